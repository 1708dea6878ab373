"""Outputs never destroy inputs nor what siyu did not write; a folder of results is whole or absent."""

import errno
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

import sim.cli
from models.data.files import ask_whether_writable, write_all, write_whole
from models.errors import BadInput
from sim.outputs.folder import result_folder

ROOT = Path(__file__).resolve().parents[1]
SCENARIO = "name: mine\nmarket: market.yaml\nfounding: from_export\norders: orders.csv\ndays: 20\nreplicates: 2\n"
ORDERS = "customer,date,amount\n" + "".join(
    f"c{k},2024-{m:02d}-{1 + k % 28:02d},{20 + k}\n" for k in range(40) for m in range(1, 2 + k % 6)
)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.chdir(tmp_path)
    Path("orders.csv").write_text(ORDERS)
    Path("market.yaml").write_text((ROOT / "scenarios/markets/cdnow.yaml").read_text(encoding="utf-8"))
    Path("s.yaml").write_text(SCENARIO)
    Path("over.yaml").write_text("extends: s.yaml\nname: over\n")
    yield tmp_path
    left = list(tmp_path.rglob(".siyu-*"))
    assert not left, "temporary files and locks are gone"


def run(*arguments: object) -> None:
    done = CliRunner().invoke(sim.cli.app, [str(a) for a in arguments])
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    assert done.exit_code == 0, done.output


def refused(*arguments: object) -> str:
    """The sentence that a command is refused with; every file is as it was."""
    before = {p: p.read_bytes() for p in Path().rglob("*") if p.is_file()}
    with pytest.raises(BadInput) as told:
        run(*arguments)
    assert {p: p.read_bytes() for p in Path().rglob("*") if p.is_file()} == before
    assert "\n" not in str(told.value)
    return str(told.value)


# --- outputs and inputs ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", ["simulate", "compare", "check", "sweep"])
@pytest.mark.parametrize("read", ["over.yaml", "s.yaml", "market.yaml", "orders.csv", "linked", "hard"])
def test_no_scenario_command_writes_over_what_it_reads(here: Path, command: str, read: str) -> None:
    Path("linked").symlink_to("s.yaml")
    os.link("orders.csv", "hard")
    more = ["policy.push.per_week=1,2"] if command == "sweep" else []
    said = refused(command, "over.yaml", *more, "--json", read, "--force")
    assert said == f"{read}: this file is read and cannot be written to; choose another name."


def test_a_folder_that_holds_what_is_read_is_not_replaced(here: Path) -> None:
    Path("out").mkdir()
    for name in ("s.yaml", "orders.csv", "market.yaml"):
        Path(name).rename(Path("out") / name)
    words = "this file is read and lies in out, which is replaced; choose another --out."
    assert refused("simulate", "out/s.yaml", "--out", "out", "--force").endswith(words)
    assert refused("compare", "out/s.yaml", "--out", "out", "--force").endswith(words)
    assert refused("forecast", "out/orders.csv", "--out", "out", "--force") == f"out/orders.csv: {words}"
    Path("way").symlink_to("out")
    assert "is replaced" in refused("forecast", "out/orders.csv", "--out", "way", "--force")
    os.link("out/orders.csv", "orders.csv")
    assert "is replaced" in refused("forecast", "orders.csv", "--out", "out", "--force")


def test_commands_on_orders_do_not_write_over_what_they_read(here: Path) -> None:
    words = "this file is read and cannot be written to; choose another name."
    assert refused("forecast", "orders.csv", "--json", "orders.csv", "--force") == f"orders.csv: {words}"
    assert refused("calibrate", "orders.csv", "-o", "orders.csv", "--force") == f"orders.csv: {words}"
    asked = ("calibrate", "orders.csv", "--season", "market.yaml", "-o")
    assert refused(*asked, "market.yaml", "--force") == f"market.yaml: {words}"
    assert refused("import", "orders.csv", "-o", "orders.csv", "--force") == f"orders.csv: {words}"
    Path("salt").write_text("0123456789abcdef")
    assert refused("import", "orders.csv", "-o", "salt", "--salt-file", "salt", "--force") == f"salt: {words}"
    same = refused("calibrate", "orders.csv", "-o", "m.yaml", "--json", "./m.yaml")
    assert same == "m.yaml: two outputs have the same name; give each its own."


def test_json_replaces_its_own_file_and_others_only_with_force(here: Path) -> None:
    run("check", "s.yaml", "--json", "a.json")
    run("check", "s.yaml", "--json", "a.json")
    Path("package.json").write_text('{"version": "1.0"}')
    said = refused("check", "s.yaml", "--json", "package.json")
    assert said == "package.json: this file is there already; choose another name, or add --force."
    run("check", "s.yaml", "--json", "package.json", "--force")
    assert json.loads(Path("package.json").read_text())["kind"] == "siyu check"


def test_json_does_not_replace_what_belongs_to_a_folder_of_results(here: Path) -> None:
    fill(**{"comparison.json": '{\n  "kind": "siyu compare"\n}\n'})
    for name in ("manifest.json", "comparison.json"):
        before = Path("out", name).read_text()
        said = refused("check", "s.yaml", "--json", f"out/{name}")
        assert said == f"out/{name}: this file is there already; choose another name, or add --force."
        assert Path("out", name).read_text() == before


def test_json_goes_to_a_stream_and_does_not_replace_it(here: Path) -> None:
    os.mkfifo("pipe")
    script = "import sys; print(len(open(sys.argv[1]).read()))"
    reader = subprocess.Popen([sys.executable, "-c", script, "pipe"], stdout=subprocess.PIPE, text=True)
    run("check", "s.yaml", "--json", "pipe")
    assert int(reader.communicate(timeout=60)[0]) > 100
    assert Path("pipe").is_fifo()


# --- folders ---------------------------------------------------------------------------------------------------------


def fill(out: str = "out", force: bool = False, **files: str) -> None:
    with result_folder(Path(out), "x", force=force) as place:
        assert not list(place.path.iterdir())
        for name, text in files.items():
            (place.path / name).write_text(text)


def test_force_removes_only_what_siyu_wrote(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fill(first="1", both="1", mine_soon="1")
    assert json.loads(Path("out/manifest.json").read_text())["files"] == ["both", "first", "mine_soon", "manifest.json"]
    with pytest.raises(BadInput, match="holds the results of another run; choose another --out, or add --force"):
        fill(both="2")
    Path("out/notes.txt").write_text("mine")
    Path("out/second").write_text("mine, too")
    Path("out/drafts").mkdir()
    Path("out/drafts/a").write_text("draft")
    fill(force=True, second="2", both="2")
    assert {p.name: p.read_text() for p in Path("out").iterdir() if p.is_file() and p.name != "manifest.json"} == {
        "both": "2", "second": "2", "second-1": "mine, too", "notes.txt": "mine",
    }  # fmt: skip
    assert Path("out/drafts/a").read_text() == "draft"
    told = "note: out: not written by siyu and still there: drafts, notes.txt, second (now second-1)\n"
    assert capsys.readouterr().err == told
    fill(force=True, second="3")
    assert Path("out/second-1").read_text() == "mine, too"
    assert not Path("out/both").exists()


def test_a_folder_of_others_is_kept(here: Path) -> None:
    Path("out").mkdir()
    Path("out/thesis.docx").write_text("years of work")
    with pytest.raises(BadInput, match="holds files that siyu did not write"):
        fill(a="1")
    fill(force=True, a="1")
    assert Path("out/thesis.docx").read_text() == "years of work"


def test_a_run_that_fails_leaves_the_old_folder_or_none(here: Path) -> None:
    def fails(problem: BaseException) -> None:
        with result_folder(Path("deep/er/out"), "x", force=True) as place:
            (place.path / "half").write_text("half")
            raise problem

    for problem in (RuntimeError(), KeyboardInterrupt(), MemoryError()):
        with pytest.raises(type(problem)):
            fails(problem)
        assert not Path("deep").exists()
    with pytest.raises(BadInput, match=r"deep/er/out: cannot be written \(No space left on device\); make room"):
        fails(OSError(errno.ENOSPC, "No space left on device"))
    full = Path("/dev/full")
    if full.exists():
        with (
            pytest.raises(BadInput, match=r"^deep/er/out: cannot be written \(No space left on device\); make room"),
            result_folder(Path("deep/er/out"), "x", force=True) as place,
        ):
            write_whole(place.path / "a", lambda _: full.write_text("x"))
    fill("deep/er/out", whole="1")
    with pytest.raises(KeyboardInterrupt):
        fails(KeyboardInterrupt())
    assert {p.name for p in Path("deep/er/out").iterdir()} == {"whole", "manifest.json"}


def test_if_the_second_rename_fails_the_old_folder_is_put_back(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(a="1")
    rename = Path.rename

    def once(self: Path, target: Path) -> Path:
        if self.name == "new":
            raise OSError(errno.EIO, "Input/output error")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", once)
    with pytest.raises(BadInput, match=r"out: cannot be written \(Input/output error\)"):
        fill(force=True, a="2")
    assert Path("out/a").read_text() == "1"


def test_of_two_runs_at_once_the_second_is_told(here: Path) -> None:
    with result_folder(Path("out"), "x", force=False) as place:
        (place.path / "a").write_text("1")
        with pytest.raises(BadInput) as told:
            fill(a="2")
        other = f"another run (process {os.getpid()}) is writing here; wait for it, or choose another --out."
        assert str(told.value) == f"out: {other}"
        fill("out2", a="2")
    assert Path("out/a").read_text() == "1"
    fill(force=True, a="3")


def test_what_a_killed_run_left_is_cleared_up_by_the_next(here: Path) -> None:
    fill(a="1")
    Path("out/notes").write_text("mine")
    code = """
import os, signal
from pathlib import Path
from sim.outputs.folder import result_folder
rename = Path.rename
def dies(self, target):
    if self.name == STEP:
        os.kill(os.getpid(), signal.SIGKILL)
    return rename(self, target)
Path.rename = dies
with result_folder(Path("out"), "x", force=True) as place:
    (place.path / "a").write_text("2")
"""
    for step in ("out", "new", "notes"):  # before the first rename, between the two, before what is carried along
        killed = code.replace("STEP", repr(step))
        assert subprocess.run([sys.executable, "-c", killed], timeout=60, check=False).returncode == -9
        assert list(Path().glob(".siyu-*"))
        fill(force=True, a="3")
        assert (Path("out/a").read_text(), Path("out/notes").read_text()) == ("3", "mine")
        assert not list(Path().glob(".siyu-*"))


def test_temporary_names_are_random_private_and_follow_no_link(here: Path) -> None:
    names = set()
    for _ in range(2):
        with result_folder(Path("out"), "x", force=True) as place:
            names.add(place.path.parent.name)
            assert place.path.parent.stat().st_mode & 0o077 == 0
    assert len(names) == 2
    lock = next(iter(names)).rpartition("-")[0] + ".lock"
    Path("victim").write_text("theirs")
    Path(lock).symlink_to("victim")
    with pytest.raises(BadInput, match="out: cannot be written"):
        fill(force=True, a="1")
    assert Path("victim").read_text() == "theirs"
    Path(lock).unlink()


LONG = "n" * 300


@pytest.mark.parametrize(
    ("out", "said"),
    [
        (LONG, "File name too long"),
        (f"missing/{LONG}", "File name too long"),
        (f"{LONG}/x", "File name too long"),
        ("nowhere", "nowhere: this is a link to nothing; remove it, or choose another --out."),
        ("file", "file: this is a file; give a folder with --out."),
        ("file/x", "Not a directory"),
        (".", "you are in this folder"),
    ],
)
def test_places_that_cannot_be_are_told_before_the_work(here: Path, out: str, said: str) -> None:
    Path("nowhere").symlink_to("absent")
    Path("file").write_text("x")
    for name in ("orders.csv", "s.yaml", "over.yaml", "market.yaml"):
        Path(name).unlink()
    before = {p.name for p in here.iterdir()}
    with pytest.raises(BadInput) as told, result_folder(Path(out), "x", force=True):
        pytest.fail("the work has begun")
    assert said in str(told.value)
    assert {p.name for p in here.iterdir()} == before


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_without_rights_is_told_before_the_work(here: Path) -> None:
    Path("shut").mkdir(mode=0o500)
    with pytest.raises(BadInput, match="Permission denied"):
        fill("shut/out", a="1")


def test_folders_have_the_rights_that_any_new_one_has(here: Path) -> None:
    fill(a="1")
    Path("usual").mkdir()
    assert Path("out").stat().st_mode == Path("usual").stat().st_mode
    Path("out").chmod(0o700)
    fill(force=True, a="1")
    assert Path("out").stat().st_mode & 0o777 == 0o700, "a private folder stays private"


def test_json_among_the_results_appears_with_them(here: Path) -> None:
    def write(json: str) -> None:
        with result_folder(Path("out"), "x", force=True, json=Path(json)) as place:
            place.tell("simulate", {"a": 1})

    write("out/mine.json")
    assert "mine.json" in json.loads(Path("out/manifest.json").read_text())["files"]
    write("beside.json")
    assert not Path("out/mine.json").exists()
    assert json.loads(Path("beside.json").read_text()) == {"kind": "siyu simulate", "a": 1}
    for name in ("out/report.html", "out/manifest.json", "out/deep/a.json"):
        with pytest.raises(BadInput, match="lies in the folder of results"):
            write(name)


# --- single files ----------------------------------------------------------------------------------------------------


def test_files_that_belong_together_appear_all_or_none(here: Path) -> None:
    def full(path: Path) -> None:
        path.write_text("half")
        raise OSError(errno.ENOSPC, "No space left on device")

    Path("a").write_text("old")
    with pytest.raises(BadInput, match=r"new/b: cannot be written \(No space left on device\); choose another place\."):
        write_all({Path("a"): "new", Path("new/b"): full})
    assert Path("a").read_text() == "old"
    assert not Path("new").exists()
    with pytest.raises(MemoryError):
        write_all({Path("a"): "new"}, then=lambda: (_ for _ in ()).throw(MemoryError()))
    assert Path("a").read_text() == "old"


@pytest.mark.parametrize("name", [LONG, f"missing/{LONG}.json", "nowhere", "folder", "file/x"])
def test_files_that_cannot_be_are_told_before_the_work(here: Path, name: str) -> None:
    Path("nowhere").symlink_to("absent")
    Path("folder").mkdir()
    Path("file").write_text("x")
    before = {p.name for p in here.iterdir()}
    with pytest.raises(BadInput):
        ask_whether_writable(Path(name))
    assert {p.name for p in here.iterdir()} == before


def test_a_name_as_long_as_can_be_is_no_problem(here: Path) -> None:
    name = Path("长" * 83 + ".json")
    ask_whether_writable(name)
    assert write_whole(name, "{}").read_text() == "{}"


def test_a_private_file_stays_private(here: Path) -> None:
    Path("secret").write_text("x")
    Path("secret").chmod(0o600)
    write_whole(Path("secret"), "y")
    assert Path("secret").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("problem", "said"),
    [
        (MemoryError(), "there is not enough memory for this"),
        (
            OSError(errno.ENOSPC, "No space left on device", "x.parquet"),
            "x.parquet: cannot be used (No space left on device)",
        ),
    ],
)
def test_what_the_system_refuses_is_one_sentence_and_exit_code_2(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], problem: BaseException, said: str
) -> None:
    def refuse() -> None:
        raise problem

    monkeypatch.setattr(sim.cli, "app", refuse)
    with pytest.raises(SystemExit) as end:
        sim.cli.main()
    assert end.value.code == 2
    told = capsys.readouterr().err
    assert said in told
    assert told.count("\n") == 1
