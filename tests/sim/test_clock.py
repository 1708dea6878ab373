"""Long work tells the time: compiling, comparing; and Ctrl-C says what was written."""

import io
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from sim import clock, warming
from sim.cli import INTERRUPTED
from sim.clock import compiling_clock, duration, plain_progress
from sim.outputs import stopping
from sim.warming import interruptible

ROOT = Path(__file__).resolve().parents[2]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def no_ci(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setenv("TERM", "xterm")


def slowly(seconds: float = 0.35) -> None:
    """What takes its time."""
    time.sleep(seconds)


def test_durations() -> None:
    assert [duration(s) for s in (0.4, 34, 60, 125, 4320)] == ["0 s", "34 s", "60 s", "2 min 5 s", "1 h 12 min"]
    assert duration(125, "zh") == "2 分 5 秒"


def test_compiling_in_a_pipe_is_a_line_now_and_then() -> None:
    out = io.StringIO()
    with compiling_clock(every=0.1, stream=out):
        slowly()
    lines = out.getvalue().splitlines()
    assert 3 <= len(lines) <= 5, "one at once, then one each tenth of a second"
    pattern = r"compiling the simulator, once for this version: \d+ s of about 60 s"
    assert all(re.fullmatch(pattern, line) for line in lines)
    assert clock.EVERY == 10


def test_compiling_on_a_terminal_is_one_line_that_is_gone_at_the_end() -> None:
    out = Terminal()
    with compiling_clock("zh", every=0.1, stream=out):
        slowly()
    assert "\n" not in out.getvalue()
    shown = out.getvalue().split("\r\x1b[2K")
    assert shown[0] == shown[-1] == "" and len(shown) >= 4
    assert shown[1] == "正在编译模拟器（每个版本只需一次）：已用 0 秒，共约 60 秒"


def test_what_was_compiled_before_says_nothing() -> None:
    out = io.StringIO()
    with compiling_clock(now=False, every=0.1, stream=out):
        slowly()
    assert out.getvalue() == ""


def test_a_slower_machine_is_told_that_it_takes_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "_COMPILING", 0.1)
    out = io.StringIO()
    with compiling_clock(every=0.15, stream=out):
        slowly()
    assert "longer than the usual 0 s" in out.getvalue().splitlines()[-1]


def test_progress_in_a_pipe_says_how_far_and_how_long() -> None:
    out = io.StringIO()
    with plain_progress("comparing", every=0.15, stream=out) as tell:
        slowly(0.2)
        tell(0, 8)
        slowly(0.15)
        tell(2, 8)
        slowly(0.2)
    first, second, *_, last = out.getvalue().splitlines()
    assert first == "comparing: 0 s"
    assert second == "comparing: 0 of 8, 0 s"
    assert re.fullmatch(r"comparing: 2 of 8, \d s, about [12] s to go", last)


@pytest.mark.parametrize("variable", ["CI", "TERM"])
def test_ci_and_dumb_terminals_have_plain_lines(monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
    assert clock.lives(Terminal())
    monkeypatch.setenv(variable, "dumb")
    assert not clock.lives(Terminal())
    assert not clock.lives(io.StringIO())


def test_a_reader_that_goes_away_does_not_end_the_work() -> None:
    out = io.StringIO()
    with compiling_clock(every=0.05, stream=out):
        out.close()
        slowly(0.2)


def test_an_error_passes_and_the_clock_stops() -> None:
    out = io.StringIO()
    with pytest.raises(ZeroDivisionError), compiling_clock(every=0.05, stream=out):
        raise ZeroDivisionError
    length = len(out.getvalue())
    slowly(0.15)
    assert len(out.getvalue()) == length


# --- Ctrl-C ----------------------------------------------------------------------------------------------------------


def test_a_stop_that_is_lost_in_a_callback_is_still_a_stop(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        warming, "stopped_midway", False
    )  # put back at the end: whoever leaves with it set ends the tests

    class Dying:
        def __del__(self) -> None:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), interruptible():
        Dying()
        raise RuntimeError("no compiled object yet")
    with pytest.raises(RuntimeError, match="another"), interruptible():
        raise RuntimeError("another")


def test_the_first_run_says_so_and_can_be_stopped(tmp_path: Path) -> None:
    """With nothing compiled, in a pipe; stopped while it compiles."""
    command = [sys.executable, "-c", "from sim.cli import main; main()", "compare", "benchmarks/cdnow/balanced.yaml"]
    environment = {**os.environ, "SIYU_CACHE": str(tmp_path / "cache"), "PYTHONPATH": str(ROOT)}
    results = tmp_path / "results"
    process = subprocess.Popen(
        [*command, "--out", str(results)],
        cwd=ROOT,
        env=environment,
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    assert process.stderr.readline() == "compiling the simulator, once for this version: 0 s of about 60 s\n"
    time.sleep(1)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == INTERRUPTED
    assert (out, err.splitlines()[-1]) == ("", "stopped, nothing written")
    assert "Traceback" not in err
    assert not results.exists()


def test_what_was_written_before_the_stop_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from models.data import files

    monkeypatch.setattr(files, "WRITTEN", files.WRITTEN.__class__())
    monkeypatch.delitem(
        sys.modules, "sim.results.replication.replicates", raising=False
    )  # an earlier test's comparison is not told
    assert stopping.stopped() == "stopped, nothing written"
    for name in ("a", "b", "gone"):
        files.write_whole(tmp_path / name, "x")
    (tmp_path / "gone").unlink()
    assert stopping.stopped() == f"stopped, written before: {tmp_path} (2 files)"


def test_replicates_that_are_kept_do_not_count_as_results_that_were_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from models.data import files
    from sim.results.replication.kept import Kept

    monkeypatch.setattr(files, "WRITTEN", files.WRITTEN.__class__())
    monkeypatch.setenv("SIYU_CACHE", str(tmp_path))
    kept = Kept.here()
    assert kept is not None
    kept.put("a", {"x": 1.0})
    assert kept.has("a") and files.WRITTEN
    assert stopping.stopped().startswith("stopped, nothing written")
