"""What a forecast leaves out, and what it does not take for an order of its own, is counted and shown."""

import json
import re
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
import typer
from typer.testing import CliRunner

from models.data.orders import cdnow, read_orders
from models.data.rfm import summarise
from models.errors import BadInput
from models.forecasting.left_out import Account, Tally, account
from models.forecasting.pipeline import forecast as forecast_of
from models.report import page as forecast_page
from models.report.account import account_rows
from models.value.segments import NAMES_WITHOUT_MONEY
from models.words import WORDS
from sim.cli.calibrate import calibrate
from sim.cli.forecast import forecast

app = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False)
app.command("forecast")(forecast)
app.command("calibrate")(calibrate)
TODAY = date(2025, 1, 1)


def run(*arguments: str) -> Any:
    return CliRunner().invoke(app, list(arguments), env={"COLUMNS": "200"})


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.fixture(scope="module")
def log() -> pd.DataFrame:
    return cdnow(sample=True).to_frame().rename(columns={"time": "date"})


ROWS = [
    ("a", "2024-01-01", 10.0), ("a", "2024-01-01", 10.0), ("a", "2024-02-01", 5.0), ("a", "2024-02-03", -5.0),
    ("b", "2024-01-05", 0.0), ("b", "2024-01-09", 0.0),
    ("c", "2024-01-05", -3.0), ("c", "2024-01-06", -3.0),
    ("d", "2024-03-05", 7.0), ("a", "2024-03-06", 7.0),
    ("e", "2030-01-01", 1.0), ("a", "2030-01-01", 1.0),
]  # fmt: skip


def account_of(source: Any) -> Account:
    orders = read_orders(source, bad_rows="drop", today=TODAY)
    until = date(2024, 2, 28)
    return account(orders, until, summarise(orders, until))


def test_every_reason_is_counted_in_rows_and_customers() -> None:
    frame = pd.DataFrame(ROWS, columns=["customer", "date", "amount"])
    frame["date"] = pd.to_datetime(frame["date"])
    found = account_of(frame)
    assert found.left_out == {
        "date in the future": Tally(2, 1),  # of e and a, of whom e has no other
        "order after the end of observation": Tally(2, 1),  # of d and a
        "customer with refunds only": Tally(2, 1),
    }
    assert found.apart == {
        "refunds, taken off what was paid": Tally(1, 1),
        "same-day orders, counted as one": Tally(1, None),
        "exact copies of another row": Tally(1, 1),
        "orders of amount 0, without value": Tally(2, 1),
        "repeat buyers whose repeats are worth 0": Tally(None, 1),
    }
    assert account_of(pl.from_pandas(frame).lazy()) == found


def test_a_column_of_profits_is_seen(log: pd.DataFrame) -> None:
    """45 % of the orders at a loss: whose every order is one vanish from the forecast, and that is said everywhere."""
    some = log[log["customer"].isin(log["customer"].unique()[:800])].copy()
    loss = np.random.default_rng(5).random(len(some)) < 0.45
    some["amount"] = np.where(loss, -1.0, 1.0) * (some["amount"] + 1.0)
    lost = int((some.groupby("customer")["amount"].max() < 0).sum())
    rows = int((some.groupby("customer")["amount"].transform("max") < 0).sum())
    some.to_csv("profit.csv", index=False)
    result = run("forecast", "profit.csv", "--season", "none", "--run-in", "none")
    assert result.exit_code == 0, result.output
    found = json.loads(Path("results/profit/forecast.json").read_text())
    assert found["dropped"] == {"customer with refunds only": rows}
    assert found["dropped_customers"] == {"customer with refunds only": lost}
    assert found["customers"] == 800 - lost
    assert found["counted_apart"]["refunds, taken off what was paid"]["rows"] == int(loss.sum()) - rows
    sentence = f"{lost} of 800 customers are left out, as every amount of theirs is below 0"
    page = Path("results/profit/forecast.html").read_text()
    for place in (result.output, page, " ".join(found["diagnostics"]["notes"])):
        assert sentence in place
        assert "If the column is a profit" in place
    assert f"customers without any other order: {lost}" in result.output and "customer with refunds only" in page
    assert ("剔除的订单：只有退款的客户", f"{rows:,}", f"没有其他订单的客户：{lost} 位") in account_rows(found, "zh")


def test_an_export_joined_to_itself_is_named(log: pd.DataFrame) -> None:
    def remarks(frame: pd.DataFrame) -> str:
        orders = read_orders(frame)
        return " ".join(map(str, account(orders, orders.last_day, summarise(orders)).remarks))

    assert remarks(log) == ""  # people do order the same for the same twice a day: 0.3 % of the rows here
    assert remarks(pd.concat([log, log])).startswith("Every row is there 2 times")
    march = log[(log["date"] >= "1997-03-01") & (log["date"] < "1997-04-01")]
    overlap = remarks(pd.concat([log, march]))
    copies = len(log) + len(march) - len(log.drop_duplicates())
    assert f"{copies:,} rows (15%), most of them dated 1997-03-0" in overlap and "two exports overlap" in overlap


@pytest.mark.parametrize(
    ("amounts", "told"),
    [
        (["$5", "€7.50", "$1,200"], "USD (rows: 2, the first is 2) and EUR (rows: 1, the first is 3)"),
        (["12元", "8 USD", "7"], "CNY (rows: 1, the first is 2) and USD (rows: 1, the first is 3)"),
        (["HK$5", "$5", "£3"], "GBP (rows: 1, the first is 4), HKD (rows: 1, the first is 2) and USD"),
        (["EUR 5", "5 €", "rmb 3"], "EUR (rows: 2, the first is 2) and CNY (rows: 1, the first is 4)"),
    ],
)
def test_currencies_mixed_by_sign_are_refused(amounts: list[str], told: str) -> None:
    pd.DataFrame({"customer": list("abc"), "date": "2024-01-05", "amount": amounts}).to_csv("m.csv", index=False)
    for bad_rows in ("refuse", "drop"):
        with pytest.raises(BadInput, match="'amount' are in several currencies by their signs") as refused:
            read_orders("m.csv", bad_rows=bad_rows)  # type: ignore[arg-type]
        assert told in str(refused.value)


def test_one_currency_may_be_written_in_several_ways() -> None:
    frame = pd.DataFrame(
        {"customer": list("abcde"), "date": "2024-01-05", "amount": ["¥1", "￥2", "3元", "RMB 4", "5"]}
    )
    assert read_orders(frame, today=TODAY).to_frame()["amount"].tolist() == [1.0, 2.0, 3.0, 4.0, 5.0]
    euros = pd.DataFrame({"customer": list("ab"), "date": "2024-01-05", "amount": ["1,000.50 €", "EUR2"]})
    assert read_orders(euros, today=TODAY).to_frame()["amount"].tolist() == [1000.5, 2.0]


# --- orders without amounts -------------------------------------------------------------------------------------------


def test_orders_without_amounts_are_forecast(log: pd.DataFrame) -> None:
    log[["customer", "date"]].to_csv("bare.csv", index=False)
    result = run("forecast", "bare.csv", "--holdout", "1997-09-30", "--season", "none")
    assert result.exit_code == 0, result.output
    bare = json.loads(Path("results/bare/forecast.json").read_text())
    with_amounts = forecast_of(read_orders(log), holdout="1997-09-30", season=None)
    full = json.loads(json.dumps(forecast_page.results(with_amounts, with_amounts.by(), 0)))
    for name in ("parameters", "holdout", "customers"):
        assert bare[name] == full[name], name
    assert bare["expected_orders"] == pytest.approx(full["expected_orders"], rel=1e-9)
    ends = bare["intervals"]["expected_orders"]
    assert ends == pytest.approx(full["intervals"]["expected_orders"], rel=1e-9)
    assert bare["ltv"] == {"level": 0.9} | dict.fromkeys(("mean", "low", "high", "total", "total_low", "total_high"))
    assert bare["spend_parameters"] == {"p": None, "q": None, "v": None} and bare["fit"]["spend"] is None
    assert {row["segment"] for row in bare["segments"]} <= set(NAMES_WITHOUT_MONEY.values())
    assert all(row["ltv"] is None for row in bare["segments"])
    assert sum(row["expected_orders"] for row in bare["segments"]) == pytest.approx(bare["expected_orders"])
    sentence = "Value is not forecast: no column is known as the amount (there are customer, date)."
    page = Path("results/bare/forecast.html").read_text()
    assert sentence in result.output and sentence in page
    assert "LTV" not in result.output + re.sub("<svg.*?</svg>", "", page, flags=re.DOTALL)
    table = pd.read_csv("results/bare/customers.csv")
    assert not {"ltv", "money_score", "expected_spend_an_order"} & set(table.columns)
    assert table["expected_orders"].sum() == pytest.approx(bare["expected_orders"], rel=1e-4)
    remark = forecast_of(read_orders("bare.csv", money="auto"), season=None).notes[0]
    assert remark.say("zh").startswith("未预测价值：没有认出金额列（现有的列：customer, date）")


def test_amounts_that_tell_nothing_leave_the_orders(log: pd.DataFrame) -> None:
    found = forecast_of(read_orders(log.assign(amount=0.0)), season=None, run_in=None)
    assert found.worth is None and found.baskets is None
    assert str(found.notes[0]).startswith("Value is not forecast: fewer than two customers")
    assert found.expected_orders.sum() == pytest.approx(found.totals.orders[0])
    with pytest.raises(BadInput, match="nothing can be said of spend"):
        forecast_of(read_orders(log, money=False), season=None, spend_columns=["channel"])


def test_a_market_needs_amounts(log: pd.DataFrame) -> None:
    log[["customer", "date"]].to_csv("bare.csv", index=False)
    refused = run("calibrate", "bare.csv", "-o", "m.yaml")
    assert isinstance(refused.exception, BadInput)
    assert str(refused.exception).startswith("bare.csv: a market needs baskets, and these orders have no amounts (")
    assert "customer, date" in str(refused.exception)  # which of them it was is for who reads it to say
    assert not Path("m.yaml").exists()


def test_calibrate_says_what_it_left_out(log: pd.DataFrame) -> None:
    pd.concat([log, log, pd.DataFrame([("x", log["date"].iloc[0], -9.0)], columns=log.columns)]).to_csv(
        "o.csv", index=False
    )
    result = run("calibrate", "o.csv", "-o", "m.yaml", "--json", "m.json", "--currency", "CNY")
    assert result.exit_code == 0, result.output
    found = json.loads(Path("m.json").read_text())
    assert found["dropped"] == {"customer with refunds only": 1}
    assert "Every row is there 2 times" in result.output and "Every row" in found["notes"][-1]


# --- shares and percentages -------------------------------------------------------------------------------------------


def test_a_discount_in_percent_is_asked_back(log: pd.DataFrame) -> None:
    refused = run("forecast", "cdnow", "--discount", "10")
    assert isinstance(refused.exception, BadInput)
    assert str(refused.exception) == "--discount 10: write the yearly discount as a share below 1; 10 % is 0.10."
    assert "12.5 % is 0.1250" in str(run("forecast", "cdnow", "--discount", "12.5").exception)
    with pytest.raises(BadInput, match=r"yearly_discount is 10; it must be a share below 1; 10 % is 0\.10\."):
        forecast_of(cdnow(sample=True), yearly_discount=10)
    assert str(run("calibrate", "cdnow", "-o", "m.yaml", "--margin", "35").exception).endswith("35 % is 0.35.")


def test_reasons_have_their_chinese() -> None:
    from models.data.door import problems
    from models.forecasting import left_out as module

    reasons = [getattr(module, name) for name in ("REFUND", "NO_VALUE", "SAME_DAY", "COPY", "NO_SPEND", "RUN_IN")]
    reasons += [module.AFTER_END, module.ONLY_REFUNDS, problems.NO_CUSTOMER, problems.NO_DATE]
    reasons += [problems.NO_AMOUNT, problems.FUTURE]
    assert [reason for reason in [*reasons, problems.MALFORMED] if WORDS.chinese(reason) is None] == []
    assert [name for name in NAMES_WITHOUT_MONEY.values() if WORDS.chinese(name) is None] == []
