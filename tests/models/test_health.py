"""A log's own health: each finding on a log that has just that, and nothing on sound ones."""

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pytest

from models.data.day_counts import calendar
from models.data.health import Finding, health
from models.data.health.imported import health_of
from models.data.imports import import_exports
from models.data.masking import shown_ids
from models.data.orders import Orders, read_orders
from models.words import WORDS

DATA = Path(__file__).parents[2] / ".." / "shared" / "data"
START = date(2023, 1, 2)


@pytest.fixture(scope="module")
def log() -> pd.DataFrame:
    """A year of a shop: 300 customers, about eight orders a day, amounts around 50."""
    rng = np.random.default_rng(14)
    rate = rng.gamma(2.0, 0.5, 300)
    who = rng.choice(300, 2900, p=rate / rate.sum())
    days = rng.integers(0, 365, 2900)
    seconds = rng.integers(8 * 3600, 22 * 3600, 2900)
    time = pd.Timestamp(START) + pd.to_timedelta(days, "D") + pd.to_timedelta(seconds, "s")
    amount = rng.gamma(4.0, 12.5, 2900).round(2)
    return pd.DataFrame({"customer": [f"c{k:03}" for k in who], "date": time, "amount": amount})


def with_rows(log: pd.DataFrame, rows: list[tuple[str, str, float]]) -> pd.DataFrame:
    more = pd.DataFrame(rows, columns=["customer", "date", "amount"])
    return pd.concat([log, more.assign(date=pd.to_datetime(more["date"]))], ignore_index=True)


def found(frame: pd.DataFrame) -> dict[str, Finding]:
    return {finding.kind: finding for finding in health(read_orders(frame, today=date(2025, 1, 1)))}


def reseller(log: pd.DataFrame) -> pd.DataFrame:
    """One customer with 28 % of the value in 40 orders."""
    each = round(0.28 / 0.72 * log["amount"].sum() / 40, 2)
    return with_rows(log, [("c500", str(START + timedelta(days=9 * k)), each) for k in range(40)])


def till(log: pd.DataFrame) -> pd.DataFrame:
    """A card of the shop's own, on which passers-by are rung up twice a day in one month, at small amounts."""
    days = [f"2023-03-{day:02} {hour}:00" for day in range(1, 25) for hour in (9, 18)]
    return with_rows(log, [("till", day, 1.0 + k) for k, day in enumerate(days)])


def closed(log: pd.DataFrame) -> pd.DataFrame:
    return log[(log["date"] < "2023-05-10") | (log["date"] >= "2023-05-30")]


def entered_late(log: pd.DataFrame) -> pd.DataFrame:
    return with_rows(log, [(f"c{k:03}", f"2023-09-09 12:{k // 60:02}:{k % 60:02}", 40.0 + k) for k in range(150)])


def refunds_first(log: pd.DataFrame) -> pd.DataFrame:
    first = log.groupby("customer")["date"].min()
    early = first[first > "2023-01-10"].head(6)
    return with_rows(log, [(str(who), str(day - pd.Timedelta(days=3)), -20.0) for who, day in early.items()])


def refunds_only(log: pd.DataFrame) -> pd.DataFrame:
    return with_rows(log, [("z1", "2023-04-04", -20.0), ("z2", "2023-04-05", -20.0)])


def zero(log: pd.DataFrame) -> pd.DataFrame:
    return log.assign(amount=log["amount"].where(np.arange(len(log)) % 20 > 0, 0.0))


def copied(log: pd.DataFrame) -> pd.DataFrame:
    return pd.concat([log, log.head(200)])


BROKEN: list[tuple[Callable[[pd.DataFrame], pd.DataFrame], str, int, float, str]] = [
    (reseller, "concentration", 1, 0.28, "Customer c500 alone makes up 28% of the value (40 orders from 2023-01-02 to 2023"),
    (till, "many_a_day", 1, 48 / 2948, "1 customer orders more than once a day for weeks and places 2% of the orders"),
    (closed, "gaps", 20, 0.06, "20 days are without any order although about 1"),
    (entered_late, "spikes", 1, 0.05, "1 day stands far above the usual, most of all 2023-09-09 with 1"),
    (refunds_first, "refunds_first", 6, 0.02, "The first row of 6 customers (2%) is a refund"),
    (refunds_only, "refunds_only", 2, 2 / 290, "2 of 290 customers are left out"),
    (zero, "zero_orders", 145, 0.05, "145 orders (5%) have the amount 0."),
    (copied, "copies", 200, 200 / 3100, "200 rows (6%), most of them dated"),
]  # fmt: skip


def test_a_sound_log_has_nothing_to_say(log: pd.DataFrame, sample_orders: Orders) -> None:
    assert found(log) == {}
    assert health(sample_orders) == ()


@pytest.mark.parametrize(("broken", "kind", "count", "share", "sentence"), BROKEN, ids=[b[1] for b in BROKEN])
def test_one_thing_is_wrong_and_just_that_is_said(
    log: pd.DataFrame,
    broken: Callable[[pd.DataFrame], pd.DataFrame],
    kind: str,
    count: int,
    share: float,
    sentence: str,
) -> None:
    told = found(broken(log))
    assert set(told) == {kind}
    assert told[kind].count == count and told[kind].share == pytest.approx(share, abs=0.006)
    assert str(told[kind]).startswith(sentence)
    chinese = told[kind].say("zh")
    assert (
        WORDS.chinese(told[kind].remark.text) and "{" not in chinese and not any("alone" in w for w in chinese.split())
    )


def test_several_who_hold_much_and_orders_without_amounts(log: pd.DataFrame) -> None:
    two = reseller(reseller(log).replace({"c500": "c600"}))
    told = found(two)["concentration"]
    assert told.count == 2 and "2 customers make up 4" in str(told) and "customer c500 alone 2" in str(told)
    many = with_rows(log, [("c500", str(START + timedelta(days=k)), 1.0) for k in range(360)])
    assert found(many.drop(columns="amount").assign(amount=5.0))["concentration"].share == pytest.approx(360 / 3260)
    bare = read_orders(many[["customer", "date"]], money=False, today=date(2025, 1, 1))
    (orders,) = health(bare)
    assert str(orders).startswith("Customer c500 alone makes up 11% of the orders (360 orders")


def test_a_few_customers_all_hold_much() -> None:
    few = pd.DataFrame({"customer": list("abcabd"), "date": "2024-01-05", "amount": [90.0, 1, 1, 80, 1, 1]})
    assert "concentration" not in found(few)


def test_rows_that_name_nobody_are_counted(log: pd.DataFrame) -> None:
    guests = log.assign(customer=log["customer"].where(np.arange(len(log)) % 10 > 0, None))
    orders = read_orders(guests, bad_rows="drop", today=date(2025, 1, 1))
    (told,) = health(orders)
    assert (told.kind, told.count, told.unit) == ("guests", 290, "rows")
    assert str(told).startswith("290 rows (10%) name no customer")


def test_lazy_frames_and_other_frames_say_the_same(log: pd.DataFrame) -> None:
    broken = till(reseller(closed(log)))
    told = health(read_orders(broken))
    assert {finding.kind for finding in told} == {"concentration", "many_a_day", "gaps"}
    assert [str(each) for each in health(read_orders(pl.from_pandas(broken).lazy()))] == [str(each) for each in told]


def test_who_it_is_is_masked_where_the_id_is_a_phone_number(log: pd.DataFrame) -> None:
    phones = {who: f"138{int(who[1:]):08d}" for who in [*log["customer"].unique(), "c500"]}
    frame = reseller(log).assign(customer=lambda table: table["customer"].map(phones))
    (masked,) = health(read_orders(frame))
    assert "13800000500" not in str(masked) + masked.say("zh") + repr(masked) + str(masked.to_json())
    assert f"Customer {shown_ids(phones.values())('13800000500')} alone makes up 28% of" in str(masked)
    (shown,) = health(read_orders(frame), show_ids=True)
    assert "Customer 13800000500 alone" in str(shown)


def test_an_import_says_it_of_the_hashed_orders(log: pd.DataFrame, tmp_path: Path) -> None:
    frame = reseller(log)
    frame["customer"] = frame["customer"].where(np.arange(len(frame)) % 25 > 0, None)
    frame.to_csv(tmp_path / "till.csv", index=False)
    columns = {"customer": "customer", "date": "date", "amount": "amount"}
    imported = import_exports(
        tmp_path / "till.csv", **columns, salt=b"a salt only for tests, 32 bytes!", bad_rows="drop"
    )  # type: ignore[arg-type]
    told = {finding.kind: finding for finding in health_of(imported)}
    assert set(told) == {"concentration", "guests"}
    assert told["guests"].count == 118 and told["concentration"].share == pytest.approx(0.28, abs=0.02)
    assert imported.orders is not None and "c500" not in str(told["concentration"])
    name = str(told["concentration"]).split()[1]
    assert name in imported.orders["customer"].to_pylist()  # so that it can be left out of the file


# --- days -------------------------------------------------------------------------------------------------------------


def shop(weeks: int, orders: Callable[[int], int]) -> tuple[list[date], list[int]]:
    each = {START + timedelta(days=k): orders(k) for k in range(7 * weeks)}
    return [day for day, n in each.items() if n], [n for n in each.values() if n]


def test_days_of_rest_are_no_gap_and_a_shop_that_grows_has_no_suspicious_days() -> None:
    assert calendar(*shop(30, lambda k: 0 if k % 7 == 6 else 40)) == ([], [])
    assert calendar(*shop(60, lambda k: round(1.015**k))) == ([], [])


def test_a_closed_week_says_what_is_missing() -> None:
    days, orders = shop(20, lambda k: 0 if k % 7 == 6 or 70 <= k < 77 else 40)
    (gap,), busy = calendar(days, orders)
    assert busy == [] and (gap.first, gap.days) == (START + timedelta(days=69), 8)  # with the Sunday before
    assert gap.expected == pytest.approx(6 * 40)


def test_a_campaign_beside_a_gap_does_not_make_it_more() -> None:
    days, orders = shop(20, lambda k: 0 if 70 <= k < 77 else 4_000 if k == 69 else 40)
    (gap,), (busy,) = calendar(days, orders)
    assert gap.expected == pytest.approx(7 * 40, rel=0.05)
    assert (busy.orders, busy.usual) == (4_000, 40.0)


# --- the logs of the shared folder --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "kinds"),
    [
        ("groceryElog", set()),
        ("essec", set()),  # gifts after each mailing: its gaps and its days far above the usual are its rhythm
        ("coffee", set()),
        ("commits_tldr", set()),
        ("apparelTrans", {"spikes"}),  # one cohort: everybody's first order has the same date
        ("grocery_us", {"many_a_day"}),  # simulated households that go shopping twice a day
        ("liquor_wholesale_us", {"concentration"}),  # two stores have 18 % of the value
        ("craft_distillery_us", {"concentration"}),
    ],
)
def test_what_is_said_of_real_logs(name: str, kinds: set[str]) -> None:
    file = DATA / f"{name}.csv"
    if not file.exists():
        pytest.skip(f"needs ../shared/data/{name}.csv, which may not be passed on")
    assert {finding.kind for finding in health(read_orders(file, money="auto"))} == kinds
