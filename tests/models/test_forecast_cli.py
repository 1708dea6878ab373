"""siyu forecast and siyu calibrate, as a user runs them."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import typer
from ruamel.yaml import YAML
from typer.testing import CliRunner

from models.data.orders import cdnow
from models.errors import BadInput
from sim.cli.calibrate import calibrate
from sim.cli.forecast import forecast

app = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False)
app.command("forecast")(forecast)
app.command("calibrate")(calibrate)


def run(*arguments: str) -> Any:
    return CliRunner().invoke(app, list(arguments))


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.fixture(scope="module")
def export(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("export") / "orders.csv"
    frame = cdnow(sample=True).to_frame()
    frame.columns = ["buyer no", "paid at", "paid"]
    frame.to_csv(path, index=False)
    return path


COLUMNS = ("--customer", "buyer no", "--date", "paid at", "--amount", "paid")


def test_forecast_with_a_holdout(export: Path) -> None:
    result = run("forecast", str(export), *COLUMNS, "--holdout", "1997-09-30", "--horizon", "39w", "--json", "f.json",
                 "--seed", "7", "--model", "bg-nbd")  # fmt: skip
    assert result.exit_code == 0, result.output
    found = json.loads(Path("f.json").read_text())
    assert found == json.loads(Path("results/orders/forecast.json").read_text())
    assert found["model"] == "BG/NBD"
    assert found["seed"] == 7
    assert found["time_unit"] == "day"
    assert found["parameters"]["alpha"] / 7 == pytest.approx(4.4136, abs=1e-4)
    assert found["spend_parameters"]["p"] == pytest.approx(6.25, abs=1e-2)
    assert found["customers"] == 2_357
    assert found["expected_orders"] == pytest.approx(1_653, abs=1)
    assert found["holdout"]["actual_orders"] == 1_882
    assert found["holdout"]["expected_orders"] == pytest.approx(1_653, abs=1)
    assert found["holdout"]["mae"] == pytest.approx(0.785, abs=1e-3)
    assert set(found["ltv"]) >= {"mean", "low", "high"}
    assert found["ltv"]["low"] < found["ltv"]["mean"] < found["ltv"]["high"]
    names = {p.name for p in Path("results/orders").iterdir()}
    assert names == {
        "customers.csv", "forecast.json", "forecast.html", "frequency_recency.png", "probability_alive.png", "spend.png",
        "parameters.png", "histories.png", "weekly_orders.png", "cumulative_orders.png", "calibration.png",
        "manifest.json",
    }  # fmt: skip
    table = pd.read_csv("results/orders/customers.csv", dtype={"customer": str})
    assert len(table) == 2_357
    assert table["customer"].is_unique
    assert table["ltv"].sum() == pytest.approx(found["ltv"]["total"], rel=1e-4)
    assert table.notna().all().all()
    for word in ("LTV", "1,882", "r 0.24", "P(alive) is 1 for all"):
        assert word in result.output
    page = Path("results/orders/forecast.html").read_text(encoding="utf-8")
    once = int((table["repeat_orders"] == 0).sum())
    assert (table["probability_alive"][table["repeat_orders"] == 0] == 1).all()
    assert f"P(alive) is 1 for all {once:,} who bought once: BG/NBD lets customers go" in page
    assert any(note.startswith("P(alive) is 1") for note in found["diagnostics"]["notes"])


def test_another_run_is_not_overwritten(export: Path) -> None:
    assert run("forecast", str(export), *COLUMNS, "--holdout", "1997-09-30", "--out", "here").exit_code == 0
    again = run("forecast", str(export), *COLUMNS, "--out", "here")
    assert isinstance(again.exception, BadInput)
    assert "here: holds the results of another run; choose another --out, or add --force" in str(again.exception)
    forced = run("forecast", str(export), *COLUMNS, "--out", "here", "--force", "--lang", "zh")
    assert forced.exit_code == 0
    assert "指标" in forced.output
    assert not Path("here/calibration.png").exists()
    assert "holdout" not in json.loads(Path("here/forecast.json").read_text())


def test_same_run_twice_is_equal_to_the_bit(export: Path) -> None:
    for out in ("a", "b"):
        assert run("forecast", str(export), *COLUMNS, "--out", out).exit_code == 0
    for name in ("customers.csv", "forecast.json", "forecast.html", "parameters.png"):
        assert Path("a", name).read_bytes() == Path("b", name).read_bytes(), name


def test_bad_rows(tmp_path: Path) -> None:
    rows = [
        "customer,date,amount",
        *(f"c{i % 40},2024-{1 + i % 12:02d}-{1 + i % 28:02d},{5 + i % 7}" for i in range(300)),
    ]
    Path("o.csv").write_text("\n".join([*rows, "c1,never,3"]) + "\n")
    refused = run("forecast", "o.csv")
    assert isinstance(refused.exception, BadInput)
    assert str(refused.exception).startswith("o.csv: row 302: 'never' in column 'date' is no date")
    dropped = run("forecast", "o.csv", "--bad-rows", "drop", "--json", "o.json")
    assert dropped.exit_code == 0, dropped.output
    assert json.loads(Path("o.json").read_text())["dropped"] == {"unreadable date": 1}
    assert json.loads(Path("o.json").read_text())["rows_read"] == 301
    assert "unreadable date" in dropped.output


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("forecast", "nothing.csv"), "nothing.csv: there is no such file; check the name."),
        (("forecast", "cdnow", "--horizon", "soon"), "--horizon soon: write it like 365d, 52w or 3y"),
        (("forecast", "cdnow", "--horizon", "0d"), "--horizon 0d: write it like"),
        (("forecast", "cdnow", "--holdout", "2001-01-01"), "cdnow: the last calibration day 2001-01-01 must lie"),
        (("forecast", "cdnow", "--holdout", "spring"), "holdout: 'spring' is no day; write it as 1997-09-30."),
        (("calibrate", "nothing.csv", "-o", "m.yaml"), "nothing.csv: there is no such file"),
        (("calibrate", "cdnow", "-o", "m.yaml", "--margin", "7"), "margin is 7.0"),
    ],
)
def test_bad_input(arguments: tuple[str, ...], sentence: str) -> None:
    result = run(*arguments)
    assert isinstance(result.exception, BadInput)
    assert str(result.exception).startswith(sentence)
    assert not Path("results").exists()
    assert not Path("m.yaml").exists()


def test_one_customer_is_refused() -> None:
    Path("one.csv").write_text("customer,date,amount\na,2024-01-05,1\na,2024-01-09,2")
    result = run("forecast", "one.csv")
    assert isinstance(result.exception, BadInput)
    assert str(result.exception).startswith("BG/NBD: one customer cannot show how customers differ")


def test_calibrate_writes_a_market(export: Path) -> None:
    result = run("calibrate", str(export), "-o", "markets/mine.yaml", *COLUMNS, "--currency", "USD", "--end", "1997-09-30",
                 "--json", "m.json")  # fmt: skip
    assert result.exit_code == 0, result.output
    market = YAML(typ="safe").load(Path("markets/mine.yaml").read_text())
    assert market["name"] == "mine"
    assert market["currency"] == "USD"
    assert market["source"]["file"] == "orders.csv"
    assert market["rhythm"]["alpha"] == pytest.approx(30.895, abs=1e-2)
    assert json.loads(Path("m.json").read_text())["rhythm"] == market["rhythm"]
    assert "USD" in result.output
    assert "newcomers" not in result.output + Path("markets/mine.yaml").read_text()
    again = run("calibrate", str(export), "-o", "markets/mine.yaml", *COLUMNS)
    assert "markets/mine.yaml: this file is there already" in str(again.exception)


def test_calibrate_says_whose_figures_it_shows(export: Path) -> None:
    """Of members whom a card in repeat parcels met: the rhythm is the newcomers', on the screen and in the file's head."""
    asked = ("calibrate", str(export), *COLUMNS, "--currency", "USD", "--end", "1997-09-30", "--repeat-parcel", "100")
    result = run(*asked, "-o", "met.yaml")
    assert result.exit_code == 0, result.output
    assert result.output.count("of the shop's newcomers") == 3
    assert "均指店里的新客" in run(*asked, "-o", "zh.yaml", "--lang", "zh").output
    head = Path("met.yaml").read_text().partition("\nname:")[0]
    assert "rhythm is that of the shop's newcomers" in " ".join(head.replace("#", "").split())


@pytest.mark.parametrize("command", ["forecast", "calibrate"])
def test_help_shows_an_example(command: str) -> None:
    result = run(command, "--help")
    assert result.exit_code == 0
    assert f"siyu {command} " in result.output


@pytest.fixture(scope="module")
def members(export: Path) -> Path:
    """A table of the customers: a channel for each, which means nothing, and a segment."""
    path = export.parent / "members.csv"
    names = pd.read_csv(export, dtype=str)["buyer no"].unique()
    frame = pd.DataFrame({"customer": names})
    frame["channel"] = [("app", "store", "wechat")[i % 3] for i in range(len(names))]
    frame["层级"] = ["高" if i % 2 else "低" for i in range(len(names))]
    frame.to_csv(path, index=False, encoding="gb18030")
    return path


def test_covariates_and_segments_of_one_s_own(export: Path, members: Path) -> None:
    result = run("forecast", str(export), *COLUMNS, "--holdout", "1997-09-30", "--customers", str(members),
                 "--covariates", "channel", "--by", "层级", "--lang", "zh", "--model", "bg-nbd")  # fmt: skip
    assert result.exit_code == 0, result.output
    found = json.loads(Path("results/orders/forecast.json").read_text())
    assert found["model"] == "BG/NBD with covariates"
    assert set(found["parameters"]) == {"r", "alpha", "a", "b"}
    effects = found["diagnostics"]["covariates"]
    assert [e["process"] for e in effects] == ["rhythm", "rhythm", "loss", "loss"]
    for effect in effects:  # they mean nothing: within 5 standard errors of 1
        spread = np.log(effect["high"] / effect["low"]) / (2 * 1.6448536)
        assert abs(np.log(effect["factor"])) < 5 * spread
    segments = {row["segment"]: row for row in found["segments"]}
    assert set(segments) == {"高", "低"}
    assert sum(row["customers"] for row in segments.values()) == 2_357
    assert sum(row["expected_orders"] for row in segments.values()) == pytest.approx(found["expected_orders"])
    assert "高" in result.output
    frame = pd.read_csv("results/orders/customers.csv", dtype={"customer": str})
    assert "重要价值客户" in set(frame["segment"])
    assert {"ltv", "ltv_low", "ltv_high", "probability_alive", "recency_score", "last_order"} <= set(frame.columns)


def test_a_model_chosen_without_the_holdout(export: Path) -> None:
    result = run("forecast", str(export), *COLUMNS, "--holdout", "1997-09-30")  # auto is the default
    assert result.exit_code == 0, result.output
    found = json.loads(Path("results/orders/forecast.json").read_text())
    choice = found["diagnostics"]["choice"]
    assert choice["sentence"] in result.output.replace("\n", " ") or "is chosen" in result.output
    assert {row["model"] for row in choice["models"]} >= {"BG/NBD", "MBG/NBD", "Pareto/NBD", "NBD"}
    assert choice["models"][0]["model"] == found["model"]
    page = Path("results/orders/forecast.html").read_text(encoding="utf-8")
    assert choice["sentence"] in page and "<svg" in page and "http" not in page.replace("http://www.w3.org", "")


@pytest.mark.parametrize("model", ["mbg-nbd", "pareto-nbd", "bg-cnbd-k", "nbd"])
def test_every_model_gives_values_with_intervals(export: Path, model: str) -> None:
    result = run("forecast", str(export), *COLUMNS, "--model", model, "--horizon", "90d", "--season", "none")
    assert result.exit_code == 0, result.output
    found = json.loads(Path("results/orders/forecast.json").read_text())
    ltv, orders = found["ltv"], found["intervals"]["expected_orders"]
    assert ltv["total_low"] < ltv["total"] < ltv["total_high"]
    assert orders["low"] < found["expected_orders"] < orders["high"]


def test_a_season_from_the_log(export: Path) -> None:
    result = run("forecast", str(export), *COLUMNS, "--season", "estimate", "--horizon", "60d")
    assert result.exit_code == 0, result.output
    found = json.loads(Path("results/orders/forecast.json").read_text())
    peaks = found["diagnostics"]["season"]["peaks"]
    assert peaks and all(0 < p["low"] <= p["lift"] <= p["high"] for p in peaks.values())
    assert Path("results/orders/season.png").exists()


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        (("--by", "channel"), "--by: give --customers FILE besides"),
        (("--covariates", "channel"), "--covariates: give --customers FILE besides"),
        (("--customers", "none.csv", "--by", "x"), "none.csv: there is no such file"),
        (("--customers", "MEMBERS", "--by", "tier"), "no column 'tier'; there are customer, channel, 层级"),
        (
            ("--season", "summer"),
            "summer: cannot be read (No such file or directory); give auto, estimate, none, or a YAML",
        ),
        (("--run-in", "soon"), "--run-in soon: write auto, none, or a number of days like 90 or 90d."),
        (("--run-in", "9999"), "run-in: 9999 is no number of days below the"),
        (("--spend-covariates", "channel"), "--spend-covariates: give --customers FILE besides"),
    ],
)
def test_what_does_not_fit_is_refused(export: Path, members: Path, more: tuple[str, ...], sentence: str) -> None:
    given = [str(members) if word == "MEMBERS" else word for word in more]
    result = run("forecast", str(export), *COLUMNS, *given)
    assert isinstance(result.exception, BadInput)
    assert sentence in str(result.exception)
    assert not Path("results/orders/forecast.json").exists()


def test_customers_in_two_rows_or_none(export: Path, members: Path) -> None:
    frame = pd.read_csv(members, dtype=str, encoding="gb18030")
    pd.concat([frame, frame.head(3)]).to_csv("twice.csv", index=False)
    frame.iloc[5:].to_csv("fewer.csv", index=False)
    for name, sentence in (
        ("twice.csv", "this customer stands in a row before, too (3 rows too many)"),
        ("fewer.csv", "have no segment"),
    ):
        result = run("forecast", str(export), *COLUMNS, "--season", "none", "--customers", name, "--by", "channel")
        assert isinstance(result.exception, BadInput), result.output
        assert sentence in str(result.exception)


# --- orders that came back ---------------------------------------------------------------------------------------------


def test_what_came_back_is_taken_off_and_said(export: Path) -> None:
    """Every other order of each customer came back: as many are expected, at about half the value."""
    frame = pd.read_csv(export)
    frame["returned"] = frame.groupby("buyer no").cumcount() % 2 == 1
    frame.to_csv("net.csv", index=False)
    known = (*COLUMNS, "--model", "bg-nbd", "--season", "none")
    found = {}
    for name in (str(export), "net.csv"):
        result = run("forecast", name, *known, "--json", "f.json", "--force", "--out", f"out-{Path(name).stem}")
        assert result.exit_code == 0, result.output
        assert ("came back: " in result.output) == (name == "net.csv")
        found[name] = json.loads(Path("f.json").read_text())
    whole, net = found.values()
    assert net["expected_orders"] == whole["expected_orders"]
    assert (
        net["counted_apart"]["refunds, taken off what was paid"]["rows"]
        == frame.loc[frame["paid"] > 0, "returned"].sum()
    )
    assert 0.4 < net["ltv"]["mean"] / whole["ltv"]["mean"] < 0.75
    market = run(
        "calibrate", "net.csv", *COLUMNS, "--currency", "USD", "--margin", "0.5", "--season", "none", "-o", "m.yaml"
    )
    assert market.exit_code == 0 and "came back: " in market.output, market.output
