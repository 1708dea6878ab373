"""Long work resumes: what ended is kept, as data, under all that it follows from; resumed or not, equal to the bit."""

import io
import json
import os
import signal
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import numpy as np
import psutil
import pytest
from typer.testing import CliRunner

import sim.cli
from models.errors import BadInput
from sim.pool import PoolModel
from sim.results.comparison import Comparison, compare
from sim.results.replication import kept as module
from sim.results.replication.kept import Kept, packed, unpacked
from sim.results.replication.replicates import Replicate, content, orders_digest, to_resume
from sim.results.sweeping import sweep
from sim.scenario import load

from .test_metrics import SMALL

BASE = SMALL | {"name": "base", "members": 150, "days": 40, "replicates": 3}
MORE = BASE | {"name": "more", "policy": SMALL["policy"] | {"push": {"per_week": 7}}}
QUIET = BASE | {"name": "quiet", "policy": SMALL["policy"] | {"push": {"per_week": 1}}}


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """Kept replicates in a folder of the test's own; compiled code stays where it is."""
    monkeypatch.setattr(module, "cache", lambda: tmp_path / "cache/siyu")
    return tmp_path / "cache/siyu/kept"


@pytest.fixture
def runs(monkeypatch):
    """How many runs there were: one item a run."""
    ran = []
    real = PoolModel.run

    def noted(self, *how, **more):
        ran.append(self)
        return real(self, *how, **more)

    monkeypatch.setattr(PoolModel, "run", noted)
    return ran


def assert_equal(one: Comparison, other: Comparison) -> None:
    """To the bit, and in the order of keys; only the wall time may differ."""
    assert one.names == other.names
    assert set(one.replicates) == set(other.replicates)
    for kind, rows in one.replicates.items():
        for mine, theirs in zip(rows, other.replicates[kind], strict=True):
            for a, b in zip(mine, theirs, strict=True):
                for name in {f.name for f in fields(Replicate)} - {"seconds"}:
                    assert packed(getattr(a, name)) == packed(getattr(b, name)), name


def test_killed_at_90_percent_the_same_call_goes_on(cache, runs):
    fresh = compare([BASE, MORE], replicates=5)
    alone = len(runs)
    code = f"""
import os, signal
from sim.results.comparison import compare
os.environ["SIYU_CACHE"] = {str(cache.parents[1])!r}
def progress(done, total):
    if done == 9:
        os.kill(os.getpid(), signal.SIGKILL)
compare([{BASE!r}, {MORE!r}], replicates=5, resume=True, progress=progress)
"""
    killed = subprocess.run([sys.executable, "-c", code], timeout=300, check=False)
    assert killed.returncode == -signal.SIGKILL
    del runs[:]
    told = []
    resumed = compare([BASE, MORE], replicates=5, resume=True, progress=lambda *t: told.append(t))
    assert resumed.resumed >= 9
    assert len(runs) <= 1 + (alone - 1) / 10 * (10 - resumed.resumed) + 2
    assert told[0] == (resumed.resumed, 10)
    assert_equal(resumed, fresh)
    assert_equal(compare([BASE, MORE], replicates=5, resume=True, jobs=1), fresh)


def test_a_stop_in_the_middle_says_where_to_resume(cache):
    def stops(done: int, total: int) -> None:
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        compare([BASE], resume=True, progress=stops, jobs=1)
    assert to_resume() == (2, 6, cache)
    with pytest.raises(KeyboardInterrupt):
        compare([BASE], progress=stops, jobs=1)
    assert to_resume() is None


def test_more_replicates_and_another_scenario_start_from_what_is_there(cache, runs):
    compare([BASE, MORE], resume=True)
    more = compare([BASE, MORE], replicates=4, resume=True)
    assert more.resumed == 6
    del runs[:]
    three = compare([QUIET, MORE, BASE], replicates=4, resume=True)
    assert three.resumed == 0
    assert all(run.scenario.name in ("quiet", "") or run.scenario.days == 1 for run in runs), "only the new one was run"
    assert_equal(three, compare([QUIET, MORE, BASE], replicates=4))


def test_a_sweep_resumes(cache):
    over = {"policy.push.per_week": [1, 3]}
    first = sweep(BASE, over, resume=True)
    again = sweep(BASE, over, resume=True)
    assert (first.comparison.resumed, again.comparison.resumed) == (0, 3)
    assert_equal(again.comparison, sweep(BASE, over).comparison)
    wider = sweep(BASE, {"policy.push.per_week": [1, 3, 5]}, resume=True)
    assert_equal(wider.comparison, sweep(BASE, {"policy.push.per_week": [1, 3, 5]}).comparison)


def test_a_call_keeps_nothing_unless_asked(cache):
    compare([BASE], replicates=1)
    assert not cache.exists()


def test_no_resume_neither_reads_nor_writes(cache, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sim.cli.run.write_comparison", lambda *_: None)  # plots and report take their time
    Path("s.yaml").write_text(json.dumps(BASE | {"market": SMALL["market"]}))

    def run(*more: str) -> dict:
        arguments = ["compare", "s.yaml", "--replicates", "1", "--json", "a.json", "--force", *more]
        done = CliRunner().invoke(sim.cli.app, arguments, catch_exceptions=False)
        assert done.exit_code == 0
        assert ("are those of an earlier run" in done.stderr) == (json.loads(Path("a.json").read_text())["resumed"] > 0)
        return json.loads(Path("a.json").read_text())

    fresh = run("--no-resume")
    assert not cache.exists()
    assert run()["resumed"] == 0
    files = sorted(cache.iterdir())
    assert len(files) == 2
    for file in files:  # what is kept is taken as it is, so a changed file shows who reads it
        held = unpacked(file.read_bytes())
        held["values"]["measures"]["orders"] = -1.0
        file.write_bytes(packed(held))
    changed = {file: file.read_bytes() for file in files}
    assert run()["scenarios"][0]["measures"]["orders"]["mean"] == -1
    again = run("--no-resume")
    assert again["scenarios"] == fresh["scenarios"]
    assert {file: file.read_bytes() for file in cache.iterdir()} == changed


@pytest.mark.parametrize("damage", ["cut", "garbage", "empty", "bit", "pickle", "other"])
def test_what_is_damaged_is_run_again(cache, damage):
    fresh = compare([BASE], replicates=1, fixed_response=True, resume=True)
    (file,) = cache.iterdir()
    whole = file.read_bytes()
    objects = io.BytesIO()
    np.savez(objects, tree=np.array([{"key": file.stem}], object))
    contents = {
        "cut": whole[: len(whole) // 2],
        "garbage": b"no archive",
        "empty": b"",
        "bit": whole[:400] + bytes([whole[400] ^ 1]) + whole[401:],
        "pickle": objects.getvalue(),
        "other": packed({"key": "another", "values": {}}),
    }
    file.write_bytes(contents[damage])
    again = compare([BASE], replicates=1, fixed_response=True, resume=True)
    assert again.resumed == 0
    assert_equal(again, fresh)
    assert compare([BASE], replicates=1, fixed_response=True, resume=True).resumed == 1, "and kept whole"


def test_keys_hold_what_the_numbers_follow_from(tmp_path):
    plain = load(BASE)
    told = load(BASE | {"name": "b", "believes": "x", "replicates": 9, "targets": {"ltv_cac": ">= 3"}})
    assert content(told, "") == content(plain, "")
    for changes in ({"seed": 2}, {"members": 151}, {"days": 41}, {"policy.push.per_week": 4}, {"market.margin": 0.31}):
        assert content(plain.with_changes(changes), "") != content(plain, "")
    rows = "customer,date,amount\na,2024-01-01,1\na,2024-02-01,2\nb,2024-01-05,3\n"
    (tmp_path / "one").mkdir(), (tmp_path / "two").mkdir()
    same = [tmp_path / "one/orders.csv", tmp_path / "two/orders.csv"]
    for file in same:
        file.write_text(rows)
    export = [load(BASE | {"founding": "from_export", "orders": str(file)}) for file in same]
    one, two = (content(s, orders_digest(s)) for s in export)
    assert one == two, "wherever the file lies"
    same[1].write_text(rows + "c,2024-03-01,4\n")
    assert content(export[1], orders_digest(export[1])) != one


def test_two_exports_of_one_name_have_their_own_lives_without_operations(tmp_path):
    """Scenarios whose orders lie in different folders under the same name were given one counterfactual."""
    scenarios = []
    for folder, spend in (("one", 10), ("two", 500)):
        file = tmp_path / folder / "orders.csv"
        file.parent.mkdir()
        rows = [f"c{k},2024-{m:02d}-{1 + k % 28:02d},{spend + k}" for k in range(60) for m in range(1, 3 + k % 5)]
        file.write_text("\n".join(["customer,date,amount", *rows]))
        scenarios.append(BASE | {"name": folder, "members": 60, "founding": "from_export", "orders": str(file)})
    together = compare(scenarios, replicates=1, fixed_response=True)
    alone = compare(scenarios[1:], replicates=1, fixed_response=True)
    assert together.values("two", "roi") == alone.values("two", "roi")
    assert packed(together.replicates["simulation"][0][1].measures) == packed(
        alone.replicates["simulation"][0][0].measures
    )


def test_the_form_on_disk_gives_back_what_it_was_given():
    values = {
        "a": np.arange(6.0).reshape(2, 3) / 7,
        "records": np.zeros(2, [("x", "f4"), ("y", "i8")]),
        "numbers": {"ltv": 0.1 + 0.2, "none": None, "tiny": 5e-324, "nan": float("nan"), "n": 3, "yes": True},
        "cohorts": [{"age": np.array([1, 2], np.int16)}, "text", np.float64(1 / 3), np.int64(7)],
    }
    again = unpacked(packed(values))
    np.testing.assert_array_equal(again["a"], values["a"])
    assert again["records"].dtype == values["records"].dtype
    assert list(again["numbers"]) == list(values["numbers"])
    assert np.isnan(again["numbers"].pop("nan"))
    values["numbers"].pop("nan")
    assert again["numbers"] == values["numbers"]
    assert again["cohorts"][0]["age"].dtype == np.int16
    assert again["cohorts"][1:] == ["text", 1 / 3, 7]
    with pytest.raises(TypeError):
        packed({"a": object()})
    with pytest.raises(TypeError):
        packed({1: 2})


def test_the_oldest_go_when_they_take_too_much(cache):
    held = Kept.here()
    for k in range(10):
        held.put(f"{k}", {"a": np.random.default_rng(k).random(1000)})
        os.utime(cache / f"{k}.npz", (k, k))
    held.get("0")  # used now, so no longer the oldest
    size = (cache / "0.npz").stat().st_size
    held.prune(100 * size)
    assert len(list(cache.iterdir())) == 10
    held.prune(int(5.5 * size))  # and a fifth below that
    assert {p.stem for p in cache.iterdir()} == {"0", "7", "8", "9"}


def test_the_folder_is_private_or_not_used(cache, tmp_path, monkeypatch):
    assert Kept.here().folder == cache
    assert cache.stat().st_mode & 0o777 == 0o700
    cache.rmdir()
    cache.symlink_to(tmp_path)
    assert Kept.here() is None, "a link might lead anywhere"
    cache.unlink()
    cache.write_text("a file")
    assert Kept.here() is None
    cache.unlink()
    real = os.geteuid()
    Kept.here()
    monkeypatch.setattr(os, "geteuid", lambda: real + 1)
    assert Kept.here() is None, "the folder of another"


def test_the_folder_lies_where_compiled_code_does(monkeypatch, tmp_path):
    names = ("XDG_CACHE_HOME", "NUMBA_CACHE_DIR", "SIYU_CACHE")  # each goes before the last
    for name in names:
        monkeypatch.delenv(name, raising=False)
    for name in names:
        monkeypatch.setenv(name, str(tmp_path / name))
        assert module.cache() == tmp_path / name / "siyu"


def test_code_of_another_kind_is_not_taken(cache, monkeypatch):
    compare([BASE], replicates=1, fixed_response=True, resume=True)
    monkeypatch.setattr(module, "code_digest", lambda: "another")
    assert compare([BASE], replicates=1, fixed_response=True, resume=True).resumed == 0


def test_a_full_disk_ends_the_keeping_and_not_the_run(cache, monkeypatch):
    def full(*_):
        raise BadInput("kept/x.npz: cannot be written (No space left on device); choose another place.")

    monkeypatch.setattr(module, "write_whole", full)
    with pytest.warns(UserWarning, match=r"are not kept.*No space left on device"):
        done = compare([BASE], replicates=2, resume=True)
    assert len(done.values("base", "orders")) == 2
    assert to_resume() is None


def test_a_worker_that_dies_is_replaced(cache, monkeypatch):
    import joblib

    monkeypatch.setattr("sim.results.replication.workers.THREADS_AT_MOST", 0)
    monkeypatch.setattr(joblib, "cpu_count", lambda: 2)
    killed = []

    def kill_one(done: int, total: int) -> None:
        if not killed:
            busy = [p for p in psutil.Process().children() if "loky" in " ".join(p.cmdline())]
            killed.append(busy[-1].pid)
            os.kill(busy[-1].pid, signal.SIGKILL)

    many = compare([BASE, MORE], replicates=4, jobs=2, progress=kill_one, resume=True)
    assert killed
    assert_equal(many, compare([BASE, MORE], replicates=4))
