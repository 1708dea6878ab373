"""Compiled code that is kept between runs: never old, never damaged, never somebody else's."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from sim.engine import code_cache
from sim.engine.fields import Column
from sim.engine.lanes import LaneType
from sim.records import MEMBER, TILE, tile_of

ROOT = Path(__file__).parents[2]
# quick to compile: prints its answer and how many functions came from the cache
SMALL = """
from sim.behaviour.coupons import within_reach
print(within_reach(20.0, 40.0), sum(within_reach.stats.cache_hits.values()))
"""


def python(code: str, cache: Path, root: Path = ROOT) -> tuple[str, list[str]]:
    """What a program says, and the lines on its standard error."""
    environment = os.environ | {"SIYU_CACHE": str(cache), "PYTHONPATH": str(root), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=root, env=environment, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip(), done.stderr.splitlines()


@pytest.fixture
def kept(tmp_path: Path) -> tuple[Path, Path]:
    """A cache (SIYU_CACHE, its folder of code) with one function in it, that the next process uses."""
    assert python(SMALL, tmp_path) == ("0.125 0", [])
    (folder,) = (tmp_path / "siyu").iterdir()
    assert folder.stat().st_mode & 0o777 == 0o700
    return tmp_path, folder


def test_what_is_kept_is_used(kept: tuple[Path, Path]) -> None:
    assert python(SMALL, kept[0]) == ("0.125 1", [])


def test_damaged_code_is_compiled_again(kept: tuple[Path, Path]) -> None:
    """A flipped bit in machine code, a torn index, an empty file: the same answer, one line, and whole files again."""
    cache, folder = kept
    (index,), (code,) = folder.glob("*.nbi"), folder.glob("*.nbc")
    whole = code.read_bytes()
    for path, content in (
        (code, whole[:-100] + bytes([whole[-100] ^ 1]) + whole[-99:]),
        (index, index.read_bytes()[:50]),
        (code, b""),
    ):
        path.write_bytes(content)
        said, lines = python(SMALL, cache)
        assert said == "0.125 0"
        assert lines == [f"siyu: compiled code in {folder} is damaged and is compiled again"]
        assert python(SMALL, cache) == ("0.125 1", [])


def test_a_folder_that_cannot_be_written_to_keeps_nothing(tmp_path: Path) -> None:
    """And nothing is looked up elsewhere: numba's next choice is beside the source."""
    (tmp_path / "file").write_text("not a folder")
    for _ in range(2):
        said, (line,) = python(SMALL, tmp_path / "file")
        assert said == "0.125 0"
        assert line.startswith("siyu: compiled code is not kept, so each run compiles again: ")
        assert "cannot be written to" in line and "SIYU_CACHE" in line
    assert list((ROOT / "sim").rglob("*.nb[ic]")) == []


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="folders have no owner or mode here")
@pytest.mark.parametrize("open_to", ["others", "group"])
@pytest.mark.parametrize("which", ["the folder", "above"])
def test_a_folder_that_others_can_write_to_is_not_trusted(kept: tuple[Path, Path], open_to: str, which: str) -> None:
    """What others may have put there is not run: here a pickle, under a good checksum, that would leave a file behind."""
    cache, folder = kept
    (index,) = folder.glob("*.nbi")
    trap = f"cposix\nsystem\n(S'touch {cache / 'trodden'}'\ntR.".encode()
    index.write_bytes(code_cache._checksum(trap) + trap)
    opened = folder if which == "the folder" else cache
    opened.chmod(0o777 if open_to == "others" else 0o770)
    if open_to == "group":
        me = os.getuid()
        os.chown(opened, -1, next((g for g in os.getgroups() if g != me), 12345 if me == 0 else me))
        if not code_cache.shared_with(folder):
            pytest.skip("the only group of this user is her own")
    said, (line,) = python(SMALL, cache)
    assert said == "0.125 0"
    assert f"others can write to {opened}" in line
    assert not (cache / "trodden").exists()


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="folders have no owner or mode here")
def test_somebody_elses_folder_is_not_trusted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "siyu" / "digest"
    folder.mkdir(parents=True)
    for each in (folder, folder.parent):
        each.chmod(0o755)
    assert code_cache.shared_with(folder) == ""
    file = folder / "code.nbi"
    file.touch()
    file.chmod(0o666)
    assert code_cache.shared_with(folder) == f"others can write to {file}"
    file.chmod(0o644)
    if os.getuid() == 0:
        os.chown(file, 12345, -1)
        assert code_cache.shared_with(folder) == f"{file} belongs to somebody else"
        os.chown(folder.parent, 12345, -1)
        assert code_cache.shared_with(folder) == f"{folder.parent} belongs to somebody else"
    else:
        monkeypatch.setattr(os, "getuid", lambda: 12345)
        assert code_cache.shared_with(folder) == f"{folder} belongs to somebody else"


def test_a_file_of_another_signature_is_not_taken_for_this_one(kept: tuple[Path, Path]) -> None:
    """Two processes that compile at once may give one file's name to two signatures."""
    cache, folder = kept
    whole_numbers = SMALL.replace("20.0, 40.0", "20, 40")
    assert python(whole_numbers, cache) == ("0.125 0", [])
    one, two = sorted(folder.glob("*.nbc"))
    shutil.copy(two, one)
    assert python(SMALL, cache) == ("0.125 0", [])
    assert python(SMALL, cache) == ("0.125 1", [])
    assert python(whole_numbers, cache) == ("0.125 1", [])


def test_a_full_disk_costs_nothing_now(kept: tuple[Path, Path]) -> None:
    full = """
import errno, os
from sim.engine import code_cache
def refuse(*paths):
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
os.replace = refuse
from sim.behaviour.buying import loyalty_exponent
print(loyalty_exponent(0.0, 2.0, 0.6, 1.0), loyalty_exponent(0, 2.0, 0.6, 1.0))
"""
    said, (line,) = python(full, kept[0])
    assert said == "0.5 0.5"
    assert line.startswith("siyu: compiled code cannot be kept in ") and "No space left" in line


def test_the_digest_knows_every_file(tmp_path: Path) -> None:
    package = tmp_path / "sim"
    (package / "scenario").mkdir(parents=True)
    (package / "world.py").write_text("A = 1\n")
    (package / "scenario" / "plain.py").write_text("FIELDS = []\n")
    seen = {code_cache.digest(package)}
    (package / "notes.txt").write_text("not code")
    assert code_cache.digest(package) in seen
    for path, text in (
        ("scenario/plain.py", "FIELDS = ['x']\n"),
        ("scenario/new.py", ""),
        ("world.py", "A = 2\n"),
    ):
        (package / path).write_text(text)
        assert code_cache.digest(package) not in seen
        seen.add(code_cache.digest(package))
    (package / "world.py").rename(package / "earth.py")
    assert code_cache.digest(package) not in seen


def test_the_type_of_a_lane_tells_where_the_fields_of_tile_and_record_lie() -> None:
    from numba import from_dtype

    def name(tile: np.dtype, member: np.dtype, daily: bool = True) -> str:
        return LaneType(from_dtype(tile), from_dtype(member), daily).name

    moved = np.dtype([("spare_0", "u1"), *((n, MEMBER[n]) for n in MEMBER.names)], align=True)
    names = {
        name(TILE, MEMBER),
        name(TILE, MEMBER, False),
        name(TILE, moved),
        name(tile_of(Column("x", "f8", "")), MEMBER),
    }
    assert len(names) == 4


PROBE = """
import numpy as np
from sim.behaviour.state import interact
from sim.engine.compiling import compiled
from sim.engine.lanes import lane
from sim.engine.loops import Here
from sim.records import MEMBER, TILE

TODAY = np.dtype([("episodes", "f8"), ("woken", "f8"), ("woken_followed", "f8"), ("woken_after", "f8", (15,))])
WORLD = np.dtype([("days", "i8"), ("touches", [("wakes_from", "i8")])])


@compiled
def probe(tile, members, world, today):
    interact(lane(tile, members, 1), Here(5, world, today, today, today, None))


if __name__ == "__main__":
    members = np.zeros(2, MEMBER)
    tile = np.zeros(1, TILE)[0]
    probe(tile, members, np.zeros(1, WORLD)[0], np.zeros(1, TODAY)[0])
    before = members.copy()
    before["kept"] = 0
    print(members["kept"].tolist(), tile["last_seen"][:2].tolist(), bool((before == np.zeros(2, MEMBER)).all()))
"""


def test_a_field_declared_elsewhere_makes_old_code_old(tmp_path: Path) -> None:
    """A copy of the package whose member record takes fields from a plain file: the run after a field is added there is
    right, even where the old code lies under the new digest's name."""
    for package in ("sim", "models"):
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "sim" / "probe.py").write_text(PROBE)
    plain, state = tmp_path / "sim" / "plain_fields.py", tmp_path / "sim" / "behaviour" / "state.py"
    plain.write_text("MORE = ()\n")
    text = state.read_text(encoding="utf-8")
    assert text.count("FIELDS = (\n") == 1
    state.write_text(text.replace("FIELDS = (\n", "from sim.plain_fields import MORE\n\nFIELDS = (\n    *MORE,\n"))
    run = "import runpy; runpy.run_module('sim.probe', run_name='__main__')"
    right = ("[0, 1] [0, 5] True", [])  # KEPT_7 in her record, the day in her column, nothing elsewhere
    cache = tmp_path / "cache"
    cache.mkdir(mode=0o700)
    assert python(run, cache, tmp_path) == right
    (old,) = (cache / "siyu").iterdir()
    plain.write_text(
        "from sim.engine.fields import Field\n\n"
        "MORE = (Field('points', 'f8', 'of a card'), Field('noted', 'f8', 'rarely', daily=False))\n"
    )
    new = code_cache.digest(tmp_path / "sim")
    assert new != old.name
    old.rename(old.parent / new)
    assert python(run, cache, tmp_path) == right
