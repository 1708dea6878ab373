"""Outputs never destroy inputs, nor files that siyu did not write."""

import json
import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from models.data.files import ask_whether_writable, takes_a_stream
from models.errors import BadInput

MANIFEST = "manifest.json"  # in a folder of results: which of its files siyu wrote


def refuse_outputs(outputs: Sequence[Path], inputs: Iterable[Path], *, force: bool, own: Sequence[Path] = ()) -> None:
    """Ask before the work whether these files may and can be written.

    Raises BadInput where one is read by the same command (by any name: links count), where two are the same, where one is
    there already and neither `force` is set nor is it JSON that siyu wrote, and where it could not be written.
    """
    read = list(inputs)
    for n, path in enumerate(outputs):
        if any(same_file(path, other) for other in read):
            raise BadInput("{path}: this file is read and cannot be written to; choose another name.", path=path)
        if any(same_file(path, other) for other in outputs[:n]):
            raise BadInput("{path}: two outputs have the same name; give each its own.", path=path)
        ask_whether_writable(path)
        if path.exists() and not (force or takes_a_stream(path) or _is_own_json(path)):
            raise BadInput("{path}: this file is there already; choose another name, or add --force.", path=path)


def refuse_inputs_in(folder: Path, target: Path, inputs: Iterable[Path]) -> None:
    """Raises BadInput where a file that is read lies in the folder that would be replaced, by whatever name.

    folder: as the user knows it; target: where it is.
    """
    there = {_identity(each) for each in target.iterdir()} - {None} if target.is_dir() else set()
    for path in inputs:
        if inside(path, target) or same_file(path, target) or _identity(path) in there:
            raise BadInput(
                "{path}: this file is read and lies in {folder}, which is replaced; choose another --out.",
                path=path,
                folder=folder,
            )


def same_file(one: Path, other: Path) -> bool:
    """True if two paths lead to one file: through links, or as two names of the same content on the disk."""
    if os.path.realpath(one) == os.path.realpath(other):
        return True
    mine = _identity(one)
    return mine is not None and mine == _identity(other)


def inside(path: Path, folder: Path) -> bool:
    """True if `path` lies in `folder` (or is it), as it is written or where its links lead."""
    written = Path(os.path.realpath(path.parent)) / path.name
    return written.is_relative_to(folder) or Path(os.path.realpath(path)).is_relative_to(folder)


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino


def listed(folder: Path) -> set[str]:
    """The files that the folder's manifest says siyu wrote; none where there is no manifest, or one of others."""
    try:
        told = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        if told["kind"] != "siyu manifest":
            return set()
        return {name for name in told["files"] if isinstance(name, str)}
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return set()


def _is_own_json(path: Path) -> bool:
    """True if siyu wrote this file (its JSON says so in the first key) as one that belongs to no folder of results."""
    if path.is_symlink() or path.name in listed(path.parent):
        return False
    try:
        with path.open("rb") as file:
            head = file.read(40).decode("ascii", "replace")
    except OSError:
        return False
    return head.startswith('{\n  "kind": "siyu ')
