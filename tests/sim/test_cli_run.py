"""simulate, compare and sweep as a planner runs them: files, JSON, exit codes, one sentence for bad input."""

import json
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from sim.results.metrics import REGISTRY

ROOT = Path(__file__).parents[2]
BALANCED, BLAST = ROOT / "benchmarks/cdnow/balanced.yaml", ROOT / "benchmarks/cdnow/blast.yaml"
SIZE = ["--members", "300", "--days", "60"]


def siyu(*arguments, folder):
    command = [sys.executable, "-c", "from sim.cli import main; main()", *map(str, arguments)]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=600)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("planner")


@pytest.fixture(scope="module")
def simulated(folder):
    done = siyu("simulate", BALANCED, *SIZE, "--json", "one.json", folder=folder)
    assert done.returncode == 0, done.stderr
    return folder / "results/balanced", json.loads((folder / "one.json").read_text())


def test_simulate_writes_what_it_says(simulated):
    out, told = simulated
    assert {p.name for p in out.iterdir()} == {
        "orders.parquet", "daily.parquet", "members.parquet", "measures.json", "scenario.yaml", "manifest.json",
        "by_segment.csv", "by_cohort.csv", "by_channel.csv", "stage_flows.csv",
        "funnel.png", "activity.png", "stage_flows.png", "retention.png", "money.png",
    }  # fmt: skip
    assert {"version", "seed", "members", "days", "seconds", "member_days_per_second", "measures"} <= set(told)
    assert told["kind"] == "siyu simulate"
    assert (told["members"], told["days"], told["seed"]) == (300, 60, 1)
    assert set(told["measures"]) == set(REGISTRY)
    orders = pd.read_parquet(out / "orders.parquet")
    assert len(orders) == told["measures"]["orders"]
    assert orders["time"].is_monotonic_increasing
    daily = pd.read_parquet(out / "daily.parquet")
    assert len(daily) == 60
    assert daily["orders"].sum() == len(orders)
    members = pd.read_parquet(out / "members.parquet")
    assert len(members) == told["measures"]["members"]
    assert set(orders["customer"]) <= set(members["customer"])


def test_orders_can_be_read_as_an_export(simulated):
    from models import read_orders, summarise

    out, told = simulated
    read = read_orders(out / "orders.parquet", today=pd.Timestamp("2030-01-01"))
    assert read.rows_used == told["measures"]["orders"]
    assert len(summarise(read)) > 10


def test_the_scenario_written_repeats_the_run(simulated, folder):
    out, told = simulated
    again = siyu("simulate", out / "scenario.yaml", "--out", "again", "--json", "two.json", folder=folder)
    assert again.returncode == 0, again.stderr
    assert json.loads((folder / "two.json").read_text())["measures"] == told["measures"]
    pd.testing.assert_frame_equal(
        pd.read_parquet(out / "orders.parquet"), pd.read_parquet(folder / "again/orders.parquet")
    )


def test_agents_give_the_same(simulated, folder):
    _, _told = simulated
    small = ["--members", "40", "--days", "20", "--json"]
    siyu("simulate", BALANCED, *small, "a.json", "--out", "a", folder=folder)
    siyu("simulate", BALANCED, *small, "b.json", "--out", "b", "--engine", "agents", folder=folder)
    one, other = (json.loads((folder / name).read_text())["measures"] for name in ("a.json", "b.json"))
    assert one == other


def test_nothing_is_overwritten_without_force(simulated, folder):
    refused = siyu("simulate", BALANCED, *SIZE, folder=folder)
    assert refused.returncode == 2
    expected = "results/balanced: holds the results of another run; choose another --out, or add --force.\n"
    assert refused.stderr == expected
    assert siyu("simulate", BALANCED, *SIZE, "--force", folder=folder).returncode == 0


def test_compare_writes_json_table_plots_and_report(folder):
    done = siyu(
        "compare", BLAST, BALANCED, *SIZE, "--replicates", 3, "--seed", 5, "--json", "c.json", "--lang", "zh",
        folder=folder,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    told = json.loads((folder / "c.json").read_text())
    assert {"version", "seed", "members", "days", "seconds", "member_days_per_second"} <= set(told)
    assert (told["seed"], told["members"], told["days"]) == (5, 300, 60)
    assert [s["name"] for s in told["scenarios"]] == ["blast", "balanced"]
    for scenario in told["scenarios"]:
        assert set(scenario["measures"]) == set(REGISTRY)
        for name, interval in scenario["measures"].items():
            censored = {"value", "censored", "beyond", "low_censored", "high_censored"}
            assert set(interval) == {"mean", "low", "high"} | (censored if name == "payback_days" else set())
            assert scenario["simulation_only"][name]["mean"] == interval["mean"]
    (difference,) = told["differences"]
    assert (difference["scenario"], difference["against"]) == ("balanced", "blast")
    assert set(difference["measures"]["churn"]) == {
        "mean", "low", "high", "probability_better", "probability_mean_better",
    }  # fmt: skip
    out = folder / "results/compare-blast-balanced"
    assert (out / "report.html").stat().st_size > 20_000
    assert {"blast.yaml", "balanced.yaml", "measures.csv", "comparison.json"} <= {p.name for p in out.iterdir()}
    assert "分不出高下" in done.stdout  # 3 replicates cannot tell
    assert done.stdout.rstrip().endswith("。")  # the verdict comes last
    assert "±仅随机因素" in done.stdout.replace("\n", "").replace(" ", "")


def test_sweep_tells_the_best(folder):
    done = siyu(
        "sweep", BALANCED, "policy.push.per_week=1,4", *SIZE, "--replicates", 2, "--json", "s.json", folder=folder
    )
    assert done.returncode == 0, done.stderr
    told = json.loads((folder / "s.json").read_text())
    assert [p["values"] for p in told["points"]] == [{"policy.push.per_week": 1}, {"policy.push.per_week": 4}]
    assert told["best"] in [p["values"] for p in told["points"]]
    assert done.stdout.rstrip().endswith(told["verdict"].split()[-1])  # the verdict comes last
    assert told["verdict"] in done.stdout.replace("\n", " ").replace("  ", " ")
    assert (folder / "results/sweep-balanced-per_week/report.html").exists()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["simulate", "nowhere.yaml"], "nowhere.yaml: "),
        (["simulate", BALANCED, "--days", "0"], "days: "),
        (["simulate", BALANCED, "--members", "-5"], "members: "),
        (["compare", BALANCED, "--against", "nobody"], "nobody: no scenario of this name; compare against balanced"),
        (["compare", BALANCED, BALANCED], "balanced: 2 scenarios have this name"),
        (["sweep", BALANCED, "policy.push.per_weeks=1..3"], "policy.push.per_weeks: unknown key"),
        (["sweep", BALANCED, "policy.push.per_week"], "policy.push.per_week: write what to sweep as"),
    ],
)
def test_bad_input_is_one_sentence_and_exit_code_2(arguments, sentence, tmp_path):
    done = siyu(*arguments, folder=tmp_path)
    assert done.returncode == 2
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stderr.count("\n") == 1
    assert not list(tmp_path.iterdir()), "nothing half-written"


@pytest.mark.parametrize("command", ["simulate", "compare", "sweep", "forecast", "calibrate", "new", "check"])
def test_help_shows_an_example(command, tmp_path):
    done = siyu(command, "--help", folder=tmp_path)
    assert done.returncode == 0
    assert "Example" in done.stdout
    assert f"siyu {command}" in done.stdout
