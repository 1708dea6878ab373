"""Legal input never ends in a traceback: parameters at their bounds, names that other programs would interpret, Ctrl-C."""

import gc
import os
import signal
import subprocess
import sys
import time
import weakref
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import sim.cli
from models.data.yaml_depth import DEEPEST
from models.errors import BadInput
from models.families.bg_nbd import BGNBD
from models.report.plots import histories
from models.season.files import read_season
from sim.cli import forecast
from sim.cli.calibrate import _named
from sim.collecting import Collecting
from sim.draws import gamma
from sim.members import _posterior_loss_chance
from sim.outputs.tables import show_sweep
from sim.pool import PoolModel
from sim.quadrature import quadrature
from sim.records import MARKET
from sim.results.replication.uncertainty import believed
from sim.results.simulation import simulate
from sim.scenario import load
from tests.sim import mutations

ROOT = Path(__file__).resolve().parents[2]
SIZES = (1e-300, 1e-17, 1e-9, 1e-3, 1.0, 1e3, 1e9)


def scenario(**changes: Any) -> Any:
    """The mutations' whole scenario with other values at dotted keys (`__` for the dot)."""
    return load(mutations.WHOLE).with_changes({key.replace("__", "."): value for key, value in changes.items()})


# --- parameters ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("r", SIZES)
@pytest.mark.parametrize("a", SIZES)
def test_quadrature_has_the_means_whatever_the_parameters(r: float, a: float) -> None:
    for b in SIZES:
        nodes = quadrature(r, a, b)
        assert all(np.isfinite(nodes[name]).all() for name in nodes.dtype.names)
        shapes = r + np.arange(13)
        assert np.allclose(nodes["rate_weights"].sum(axis=1), shapes), "E lambda, before it is scaled"
        mean = (nodes["rates"] * nodes["rate_weights"]).sum(axis=1) / shapes
        assert np.allclose(mean, shapes + 1, rtol=0.02), "of the distribution with the factor lambda"
        chance = (-np.expm1(nodes["stays"]) * nodes["loss_weights"]).sum(axis=1)
        exact = np.array([a / (a + b + g) for g in nodes["exponents"]])
        assert np.allclose(chance, exact, rtol=1e-6, atol=1e-11), "E p"


@pytest.mark.parametrize(
    "changes",
    [
        {"market__rhythm__a": 1e-17},
        {"market__rhythm__b": 1e-17},
        {"market__rhythm__a": 1e-17, "market__rhythm__b": 1e-17},
        {"market__rhythm__r": 1e9, "market__rhythm__alpha": 1e9},
        {"market__rhythm__r": 1e-300},
        {"market__baskets__q": 1 + 1e-12, "market__baskets__v": 1e-9},
        {"market__rhythm__covariance": np.diag([100.0] * 4).tolist(), "market__baskets__covariance": None},
        {"market__season__months": [1e-300] * 12},
        {"members": 1, "days": 1, "replicates": 1, "policy__acquisition": []},
        {"members": 0, "policy__acquisition__0__per_day": 0.0, "policy__acquisition__1__per_day": 0.0},
        {"start": "0001-01-01"},
    ],
    ids=lambda changes: ", ".join(f"{key.split('__')[-1]}={str(value)[:12]}" for key, value in changes.items()),
)
def test_extremes_are_simulated(changes: dict[str, Any]) -> None:
    chosen = scenario(**{key: value for key, value in changes.items() if value is not None})
    for lived in (chosen, believed(chosen, 0), believed(chosen, 1)):
        measured = simulate(lived).measures
        assert measured["members"] == pytest.approx(lived.members + measured["joiners"])
        assert measured["sales"] >= 0
        if lived.members:
            assert measured["ltv_member"] is not None


def test_a_market_that_loses_nobody_is_the_limit_of_one_that_loses_few() -> None:
    few, none = (simulate(scenario(market__rhythm__a=a, members=300), seed=3).measures for a in (1e-7, 1e-17))
    assert none["ltv_founders"] == pytest.approx(few["ltv_founders"], rel=1e-4)


def test_a_loss_that_is_next_to_impossible_is_drawn_in_finite_time() -> None:
    market = np.zeros(1, MARKET)[0]
    market["a"], market["b"] = 1e-17, 2.0
    drawn = [_posterior_loss_chance(np.uint64(key), 4.0, True, market) for key in range(200)]
    # Beta(a + 1, b + x - 1) = Beta(1, 5): mean 1/6, sd 0.141
    assert np.mean(drawn) == pytest.approx(1 / 6, abs=5 * 0.141 / np.sqrt(200))
    assert gamma(np.uint64(1), 1, 0, 1e-17) == 0.0


def test_a_covariance_that_knows_nothing_gives_draws_that_a_file_could_hold() -> None:
    chosen = scenario(market__rhythm__covariance=np.diag([1e6] * 4).tolist())
    wide = scenario(market__rhythm__covariance=np.diag([4.0] * 4).tolist())
    for r in range(30):
        for drawn in (believed(chosen, r), believed(wide, r)):
            load(drawn.plain())
    assert len({believed(wide, r).market.rhythm.r for r in range(30)}) == 30


@pytest.mark.parametrize("lift", [1e-9, 1e-300, 100.0])
def test_peaks_that_leave_a_double_leave_a_season(lift: float) -> None:
    peaks = [{"name": str(n), "from": "06-01", "to": "06-10", "lift": lift} for n in range(300)]
    year = scenario(market__season__peaks=peaks).market.season.year()
    assert np.isfinite(year).all() and (year > 0).all()
    assert year.mean() == pytest.approx(1)
    assert (year[151] > year[0]) == (lift > 1)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"market__rhythm__r": 1e9}, "orders a day (r / alpha) to the mean customer"),
        ({"market__baskets__v": 1e9}, "gives a mean basket"),
        ({"policy__acquisition__0__per_day": 1e9}, "policy.acquisition.0.per_day: must be at most"),
        ({"policy__acquisition__0__per_day": 1e6, "days": 3650}, "more than the 50,000,000 people"),
        ({"start": "9999-12-31"}, "beyond the year 9999"),
        ({"market__baskets__p": 1e-300}, "must be at least 1e-09"),
        ({"seed": -1}, "seed: must be at least 0"),
    ],
)
def test_what_cannot_be_simulated_is_told(changes: dict[str, Any], sentence: str) -> None:
    with pytest.raises(BadInput) as told:
        scenario(**changes)
    assert sentence in str(told.value)
    assert "\n" not in str(told.value)


def test_a_seed_below_zero_is_told() -> None:
    with pytest.raises(BadInput, match="seed: must be from 0"):
        PoolModel(scenario(), seed=-1)


def test_a_pool_that_nobody_holds_is_given_back() -> None:
    """A comparison runs hundreds of them."""
    gone = []
    for engine in ("compiled", "agents"):
        pool = PoolModel(scenario(), engine=engine)
        pool.run()
        gone.append(weakref.ref(pool))
        del pool
    gc.collect()
    assert [pool() for pool in gone] == [None, None]


def test_pools_that_nobody_holds_are_given_back_while_many_are_run() -> None:
    """Python itself looks for them by the number of objects, of which a pool has few, and not by their size."""
    pool = PoolModel(scenario())
    gone = weakref.ref(pool)
    del pool
    collecting = Collecting()
    gc.disable()
    try:
        collecting.add(400_000)
        assert gone() is not None
        collecting.add(400_000)
        assert gone() is None
    finally:
        gc.enable()


# --- mutations -------------------------------------------------------------------------------------------------------


def test_mutated_scenarios_never_end_in_a_traceback() -> None:
    ends = {n: mutations.tried(n, lambda path, _: mutations.used(path)) for n in range(10_000, 10_024)}
    assert {n: end for n, end in ends.items() if end.startswith("traceback")} == {}
    assert sum(end == "run" for end in ends.values()) >= 12, "most of them are legal and were run"


def test_mutated_scenarios_through_the_command_line() -> None:
    ends = [mutations.tried(n, lambda path, folder: str(mutations.commanded(path, folder))) for n in (10_001, 10_004)]
    assert set(ends) <= {"0", "2"}, ends


# --- YAML ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text", ["[" * 20_000, "{a: " * 20_000 + "1", "- " * 20_000 + "1", "a: " + "[" * 9_000 + "]" * 9_000]
)
def test_yaml_that_is_nested_too_deeply_is_refused_at_once(tmp_path: Path, text: str) -> None:
    path = tmp_path / "deep.yaml"
    path.write_text(text)
    begun = time.perf_counter()
    with pytest.raises(BadInput, match=r"deep\.yaml:1:\d+: this is nested too deeply"):
        load(path)
    with pytest.raises(BadInput, match=r"deep\.yaml:1:\d+: is not YAML \(this is nested too deeply\)"):
        read_season(path)
    assert time.perf_counter() - begun < 10, "minutes, if the whole file were looked at"


def test_what_people_nest_is_not_too_deep(tmp_path: Path) -> None:
    path = tmp_path / "deep.yaml"
    path.write_text("a: " + "[" * (DEEPEST - 2) + "]" * (DEEPEST - 2))
    with pytest.raises(BadInput, match="unknown key"):
        load(path)


@pytest.mark.parametrize(
    "text",
    [
        f"months: [{10**400}, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1]",
        "peaks: true",
        "peaks: [3]",
        "peaks: [{1: 2, 2.5: x}]",
        "peaks: [{name: x, from: '06-01', to: '06-02', lift: [1]}]",
        "peaks: [{name: x, from: [1], to: '06-02', lift: 1}]",
        "peaks: [{name: x, dates: 3}]",
        "1: 2\nx: 3",
        "harmonics: 3",
    ],
)
def test_a_season_file_of_the_wrong_kind_is_told(tmp_path: Path, text: str) -> None:
    path = tmp_path / "season.yaml"
    path.write_text(text)
    with pytest.raises(BadInput, match="season"):
        read_season(path)


# --- names that other programs would interpret -----------------------------------------------------------------------

NAMES = ["$x_{c1$", "$\\frac{", "[/red]", "[bold", "{0}", "{name", "%s", "a\nb", "x" * 300, "客户", "🎉", "$$"]


@pytest.mark.filterwarnings("ignore:Glyph")
def test_names_of_customers_are_drawn_as_they_are() -> None:
    days = {name: [date(2025, 1, 1), date(2025, 2, 1 + n)] for n, name in enumerate(NAMES)}
    figure = histories(BGNBD.known(0.8, 20.0, 0.8, 2.5), days, date(2025, 6, 1))
    figure.savefig(os.devnull, format="png", dpi=30)
    shown = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert r"\$x_{c1\$" in shown
    assert max(map(len, shown)) <= 26


def test_names_of_segments_are_printed_as_they_are(capsys: pytest.CaptureFixture[str]) -> None:
    columns = ("probability_alive", "expected_orders", "orders_low", "orders_high")
    money = ("ltv", "ltv_total", "ltv_total_low", "ltv_total_high")
    groups = pd.DataFrame({name: np.ones(len(NAMES)) for name in ("customers", *columns, *money)}, index=NAMES)
    forecast._show_groups(groups, "en")
    out = capsys.readouterr().out
    assert "[/red]" in out and "[bold" in out and "{0}" in out


def test_swept_values_are_printed_and_drawn_as_they_are(capsys: pytest.CaptureFixture[str]) -> None:
    from sim import sweep

    swept = sweep(scenario(), {"believes": ["[/red]", "$x_{c1$"]}, replicates=2, jobs=1, fixed_response=True)
    show_sweep(swept, "en")
    assert "[/red]" in capsys.readouterr().out
    swept.plot().savefig(os.devnull, format="png", dpi=30)


@pytest.mark.parametrize(("stem", "name"), [("my market (1)", "my-market-1"), ("夏天", "夏天"), ("...", "market")])
def test_a_market_is_called_what_a_scenario_can_call_it(stem: str, name: str) -> None:
    assert _named(None, Path(f"{stem}.yaml")) == name
    with pytest.raises(BadInput, match="--name: must be a name"):
        _named("my market", Path("a.yaml"))


def test_a_name_that_no_disk_holds_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code, err = ended(monkeypatch, "calibrate", "cdnow", "-o", str(tmp_path / ("x" * 300 + ".yaml")))
    assert code == 2
    assert len(err.splitlines()) == 1


# --- Ctrl-C ----------------------------------------------------------------------------------------------------------


def ended(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> tuple[Any, str]:
    """Exit code and standard error of `siyu`."""
    import io

    monkeypatch.setattr(sys, "argv", ["siyu", *arguments])
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    with pytest.raises(SystemExit) as end:
        sim.cli.main()
    return end.value.code, sys.stderr.getvalue()


@pytest.mark.parametrize("said", [KeyboardInterrupt(), RuntimeError("Query interrupted")], ids=["Python", "DuckDB"])
def test_an_interrupt_anywhere_is_one_line_and_130(monkeypatch: pytest.MonkeyPatch, said: BaseException) -> None:
    import models.data.orders

    def interrupted(*_: Any, **__: Any) -> None:
        raise said

    monkeypatch.setattr(models.data.orders, "read_orders", interrupted)
    code, err = ended(monkeypatch, "forecast", "cdnow")
    assert code == 130
    assert len(err.strip().splitlines()) == 1


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_ctrl_c_while_the_command_line_is_imported() -> None:
    code = """
import sys
class Stopped:
    def find_spec(self, name, *_):
        if name == "sim.cli":
            raise KeyboardInterrupt
sys.meta_path.insert(0, Stopped())
from sim.entry import main
main()
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "stopped, nothing written\n")


def test_ctrl_c_while_orders_are_read(tmp_path: Path) -> None:
    """The export is a pipe that gives nothing: when it has been opened, the command is reading."""
    orders = tmp_path / "orders.csv"
    os.mkfifo(orders)
    siyu = [sys.executable, "-c", "from sim.cli import main; main()"]
    command = [*siyu, "forecast", str(orders), "--out", str(tmp_path / "o")]
    reading = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    with orders.open("w"):  # waits for the reader
        time.sleep(0.3)
        reading.send_signal(signal.SIGINT)
        time.sleep(0.3)
    _, err = reading.communicate(timeout=30)  # the pipe is closed: a signal that came just before the read is seen now
    assert reading.returncode == 130
    assert err.strip().splitlines() == ["stopped, nothing written"]
    assert not (tmp_path / "o").exists()
