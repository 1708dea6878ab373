"""A folder of results: whole or absent, of one run at a time, and never at the cost of what others put there.

A run writes into a folder of a random name beside the one it is asked for, which takes its place at the end by two
renames: the old folder steps aside, the new one takes its name. Files that the old folder's manifest does not list were
not written by siyu and are carried along.
"""

import errno
import hashlib
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import typer

from models.data.files import (
    TEMPORARY,
    WRITTEN,
    CannotWrite,
    json_text,
    make_folders,
    reason,
    remove_folders,
    told_of,
    umask,
    write_all,
    write_whole,
)
from models.errors import BadInput
from models.words import Listed, Quoted, Remark
from sim.outputs.guards import MANIFEST, inside, listed, refuse_inputs_in, refuse_outputs
from sim.outputs.lock import locked

_OF_THE_DISK = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EIO)  # said in the middle of the work

_ADVICE = "make room, or choose another place"


@dataclass
class Results:
    """Where a run writes (`path`), and the folder as the user named it (`folder`)."""

    folder: Path
    path: Path
    json: Path | None
    _told: tuple[str, Any] | None = field(default=None, init=False)

    def tell(self, kind: str, values: Any) -> None:
        """What --json is to hold: it is written together with the folder. `kind`: the command."""
        self._told = kind, values

    @property
    def _json(self) -> dict[Path, str]:
        return {} if self.json is None or self._told is None else {self.json: json_text(*self._told)}


@contextmanager
def result_folder(
    out: Path | None, name: str, *, force: bool, inputs: Iterable[Path] = (), json: Path | None = None
) -> Iterator[Results]:
    """The folder for a run's results, `out` or results/NAME, which appears when the block ends and not if it fails.

    Asked before the work: whether the place can be written to, whether another run is at it, whether a file that the run
    reads (`inputs`) lies where it would write, and whether results of an earlier run are there (then `force` is needed).
    Raises BadInput.
    """
    folder = out if out is not None else Path("results") / name
    with told_of(folder):
        target = _target(folder)
    read = list(inputs)
    refuse_inputs_in(folder, target, read)
    if json is not None and inside(json, target):
        _refuse_among_results(json, target)
    elif json is not None:
        refuse_outputs([json], read, force=force)
    created: list[Path] = []
    try:
        with told_of(folder):
            created = make_folders(target.parent)
            _long_name(target)
        with locked(target, folder):
            _refuse_what_is_there(folder, target, force)
            yield from _in_place(folder, target, json)
    finally:
        remove_folders(created)


def _in_place(folder: Path, target: Path, json: Path | None) -> Iterator[Results]:
    prefix = TEMPORARY + hashlib.sha256(os.fsencode(target.name)).hexdigest()[:8] + "-"
    _tidy(target, prefix)
    with told_of(folder):
        work = Path(mkdtemp(prefix=prefix, dir=target.parent))
    try:
        (work / "new").mkdir()
        results = Results(folder, work / "new", json)
        yield results
        _finish(results, target, work)
    except CannotWrite as problem:  # told with the name that the user knows
        raise CannotWrite(folder, problem.why, _ADVICE) if inside(problem.path, work) else problem from None
    except OSError as error:
        raise CannotWrite(folder, reason(error), _ADVICE) if error.errno in _OF_THE_DISK else error from None
    finally:
        _settle(work, target, folder)


def _finish(results: Results, target: Path, work: Path) -> None:
    """The manifest, then the renames; --json outside the folder appears with them."""
    aside = results._json
    for path in [p for p in aside if inside(p, target)]:
        write_whole(results.path / path.name, aside.pop(path))
    names = sorted(each.name for each in results.path.iterdir())
    write_whole(results.path / MANIFEST, json_text("manifest", {"files": [*names, MANIFEST]}))
    results.path.chmod(target.stat().st_mode & 0o7777 if target.exists() else 0o777 & ~umask())

    def swap() -> None:
        with told_of(results.folder):
            if target.exists():
                target.rename(work / "old")
            results.path.rename(target)
        WRITTEN.extend(results.folder / name for name in names)

    write_all(aside, then=swap)


def _settle(work: Path, target: Path, folder: Path) -> None:
    """Put the old folder back if the new one has not taken its place; else carry over the files that others put there."""
    old = work / "old"
    if old.exists() and not target.exists():
        old.rename(target)
    elif old.exists():
        kept = _carry(old, target)
        if kept:
            from sim.words import say
            from sim.words.asked import language

            text = "note: {folder}: not written by siyu and still there: {kept}"
            typer.echo(say(text, language(), folder=folder, kept=Listed(kept, ",")), err=True)
    shutil.rmtree(work, ignore_errors=True)


def _carry(old: Path, target: Path) -> list[str | Remark]:
    """Move what the old folder's manifest does not list into the new one, under another name where its own is taken."""
    ours = listed(old)
    kept: list[str | Remark] = []
    for each in sorted(old.iterdir()):
        if each.name in ours and (each.is_symlink() or not each.is_dir()):
            continue
        place, n = target / each.name, 0
        while os.path.lexists(place):
            n += 1
            place = target / f"{each.stem}-{n}{each.suffix}"
        each.rename(place)
        renamed = Remark("{name} (now {new})", {"name": each.name, "new": place.name})
        kept.append(place.name if place.name == each.name else renamed)
    return kept


def _target(folder: Path) -> Path:
    """The place that is renamed: links in its path are followed, since the link is to stay. Raises BadInput, OSError."""
    _long_name(folder)
    if folder.is_symlink() and not folder.exists():
        raise BadInput("{folder}: this is a link to nothing; remove it, or choose another --out.", folder=folder)
    if folder.exists() and not folder.is_dir():
        raise BadInput("{folder}: this is a file; give a folder with --out.", folder=folder)
    return Path(os.path.realpath(folder))


def _long_name(path: Path) -> None:
    """Raises OSError where the name is too long for its disk, which renaming would say only at the end."""
    with suppress(FileNotFoundError):
        path.lstat()


def _refuse_among_results(json: Path, target: Path) -> None:
    direct = Path(os.path.realpath(json.parent)) == target
    if not direct or json.suffix.lower() != ".json" or json.name == MANIFEST:
        raise BadInput(
            "{json}: lies in the folder of results; there it has to lie directly and to end in .json (but not to be "
            "{manifest}); choose another name.",
            json=json,
            manifest=MANIFEST,
        )


def _refuse_what_is_there(folder: Path, target: Path, force: bool) -> None:
    if not target.exists():
        return
    if os.path.ismount(target):
        raise BadInput(
            "{folder}: a disk begins here, so it cannot be replaced; give a folder in it with --out.",
            folder=folder,
        )
    if inside(Path.cwd(), target):
        raise BadInput(
            "{folder}: you are in this folder, so it cannot be replaced; give another with --out.",
            folder=folder,
        )
    if not os.access(target, os.W_OK):
        raise BadInput(
            "{folder}: cannot be written ({reason}); choose another place.",
            folder=folder,
            reason=Quoted("Permission denied"),
        )
    if any(target.iterdir()) and not force:
        if listed(target):
            raise BadInput(
                "{folder}: holds the results of another run; choose another --out, or add --force.",
                folder=folder,
            )
        raise BadInput(
            "{folder}: holds files that siyu did not write; choose another --out, or add --force to keep them beside "
            "the results.",
            folder=folder,
        )


def _tidy(target: Path, prefix: str) -> None:
    """Clear up after runs into the same folder that were killed; the lock says that none of them is alive."""
    for left in target.parent.glob(f"{prefix}*"):
        with suppress(OSError):
            if left.is_symlink() or not left.is_dir() or left.stat().st_uid != _me():
                continue
            _settle(left, target, target)


def _me() -> int:
    return os.geteuid() if hasattr(os, "geteuid") else 0
