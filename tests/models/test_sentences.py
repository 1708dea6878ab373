"""Every sentence that a log can cause, read over shops of many kinds: numbers with sense, in both languages."""

import re
from collections.abc import Iterator

import numpy as np
import pandas as pd
import pytest

from models.data.beginning import _remark, truncation
from models.data.orders import Orders, read_orders
from models.data.rfm import summarise
from models.families.bg_nbd import BGNBD
from models.families.cnbd import MBGCNBDk
from models.families.covariates import WithCovariates
from models.forecasting.fitting import fit_log, spend
from models.forecasting.left_out import account
from models.report.sentences import _held_out, number
from models.season import estimate_season
from models.words import Remark
from models.words.fit import fit_said

_START = np.datetime64("2013-03-01")


def shop(seed: int, joined: np.ndarray, days: int, rate: float = 0.02, loss: float = 0.15) -> pd.DataFrame:
    """Orders in the days 0 to `days` of customers who joined on the days `joined`, before the log too."""
    rng = np.random.default_rng(seed)
    rows = []
    for i, day in enumerate(joined):
        mine, t = rate * rng.gamma(1.0), float(day)
        while t < days:
            if t >= 0:
                rows.append((f"c{i}", _START + int(t), round(float(rng.gamma(3, 40)), 2)))
            if rng.random() < loss:
                break
            t += rng.exponential(1.0 / mine)
    return pd.DataFrame(rows, columns=["customer", "date", "amount"])


def shops() -> Iterator[tuple[str, pd.DataFrame]]:
    rng = np.random.default_rng(8)
    yield "growing", shop(1, 400 * rng.random(400) ** 0.3, 400)
    yield "dying", shop(2, 1.0 - rng.exponential(600, 1_500), 340, rate=0.06)
    yield "shrinking", shop(3, 5.0 - rng.exponential(200, 1_000), 340)
    yield "ten customers", shop(4, 200 * rng.random(10), 400, rate=0.04)
    yield "ten years", shop(5, 3_650 * rng.random(120), 3_650)
    yield "open before", shop(6, 1_840 * rng.random(1_500) - 1_500, 340, loss=0.08)
    yield "a launch", shop(7, rng.exponential(10, 400), 340)
    yield "seven weeks", shop(9, 40 * rng.random(300), 50)
    yield "nobody again", shop(10, 300 * rng.random(200), 400, loss=1.0)
    yield (
        "month ends",
        shop(11, 400 * rng.random(150), 400).assign(date=lambda f: f["date"].dt.to_period("M").dt.to_timestamp()),
    )
    yield "joined to itself", pd.concat([shop(12, 150 * rng.random(200), 200)] * 2)
    yield "profits", shop(13, 150 * rng.random(200), 200).assign(amount=lambda f: f["amount"] - 100)


def remarks(orders: Orders) -> list[Remark]:
    fitted = fit_log(orders, orders.last_day, BGNBD)
    out = [*account(orders, orders.last_day, fitted.summary, fitted.model).remarks, *fitted.notes]
    if fitted.truncation is not None:
        out.append(fitted.truncation.remark)
    return out + ([fitted.festivals] if fitted.festivals is not None else [])


def complaints(text: str) -> list[str]:
    """What no sentence may hold: no number at all, shares that are none, more than 20 times anything, loose places."""
    low = text.lower()
    found = [
        word for word in ("nan", "inf ", "none %", "{", "}", " 0 days", "..") if word in low.replace("none of", "")
    ]
    found += [p for p in re.findall(r"(\d+(?:\.\d+)?) ?%", text) if float(p) > 100]
    found += [t for t in re.findall(r"([\d,.]+) (?:times|倍)", text) if float(t.replace(",", "")) > 20]
    return found + re.findall(r"\d{7,}", text)


@pytest.mark.filterwarnings("ignore::models.WeaklyIdentified")
def test_no_log_causes_an_absurd_sentence() -> None:
    said: dict[str, str] = {}
    for name, frame in shops():
        for remark in remarks(read_orders(frame)):
            for text in (remark.say(), remark.say("zh")):  # the longest of these logs have seasons, the others none
                assert complaints(text) == [], (name, text)
                said[text] = name
            # In Chinese nothing is left in English but names and days.
            left = re.findall(r"[a-z]{3,}", remark.say("zh").replace("amount", ""))
            assert left == [], (name, remark.say("zh"))
    assert len(said) > 30
    assert any("more than 20 times" in text for text in said)  # the dying shop: 2331.1 once


def test_a_shop_too_small_says_so_instead_of_shares_of_nobody() -> None:
    """Eight of ten customers bought again, and "0% of the first customers" once stood there."""
    small = dict(shops())["ten customers"]
    seen = truncation(read_orders(small))
    assert np.isnan(seen.again_first) and "%" not in seen.message and "cannot be told" in seen.message


def test_every_advice_makes_sense() -> None:
    told = _remark("truncated", 2_331.1, (0.5, 0.2, 90), 196, 0.99)
    assert "more than 20 times as many" in told.say() and "most are old customers" in told.say()
    assert "20 倍以上" in told.say("zh")
    told = _remark("truncated", 4.25, (0.5, 0.2, 90), 70, 0.02)
    assert "4.2 times as many" in told.say() and "after 70 days, of whom about 2% are still old" in told.say()
    assert "none need be left out" in _remark("truncated", 3.0, (0.5, 0.2, 90), 0, 0.01).say()
    assert "%" not in _remark("unclear", 3.0, (np.nan, np.nan, 90), 70, 0.01).say()
    assert "the customers may have changed" in _remark("unclear", 1.0, (0.5, 0.2, 90), 0, 0.0).say()


def test_numbers_in_sentences_have_sense() -> None:
    assert [number(v) for v in (0.0, 0.034, 0.96, 9.4, 9.6, 1234.5)] == ["0", "0.034", "0.96", "9.4", "10", "1,234"]
    held = {"last_calibration_day": "2024-01-31", "expected_orders": 43.1, "actual_orders": 1, "total_error": 42.1}
    assert _held_out(held, "en").endswith("43 orders were forecast and 1 came, 43 times as many as came.")
    assert _held_out(held | {"total_error": -0.25, "actual_orders": 57}, "en").endswith("and 57 came (−25.0%).")
    assert _held_out(held | {"total_error": None, "actual_orders": 0}, "zh").endswith("实际没有订单。")


@pytest.mark.filterwarnings("ignore::models.WeaklyIdentified")
def test_how_fits_went_is_said_in_chinese() -> None:
    """Whatever models say of their fits: with and without priors, of one price, of nobody who came back, of regularity."""
    named = dict(shops())
    one_price = named["growing"].assign(amount=9.9)
    said = []
    for frame in (named["growing"], named["seven weeks"], named["nobody again"], one_price):
        orders = read_orders(frame)
        summary = summarise(orders)
        said += [make().fit(summary).message_ for make in (BGNBD, MBGCNBDk)]
        said.append(spend(orders, orders.last_day, summary, None, []).message_)
    said.append(
        WithCovariates(BGNBD(), rhythm=["c"]).fit(summary, {"c": ["ab"[i % 2] for i in range(len(summary))]}).message_
    )
    said += [
        "k = 20 is the likeliest of 1 to 20 (the most that is tried: k may be larger)",
        "not converged in 80 steps",
    ]
    said.append(
        "q = 0.5 <= 1: the mean spend of the population is infinite, so the observed mean 7 stands in where a customer's "
        "own orders do not give one"
    )
    assert len(set(said)) > 10
    for message in said:
        chinese = fit_said(message, "zh")
        assert not re.search(r"[a-z]{4,}", chinese.replace("alpha", "")), (message, chinese)
        assert fit_said(message, "en") == message
        assert all(steps in chinese for steps in re.findall(r"(\d+) steps", message))


# --- festivals --------------------------------------------------------------------------------------------------------


@pytest.mark.filterwarnings("ignore::models.WeaklyIdentified")
def test_festivals_whose_interval_holds_1_are_not_shown() -> None:
    """A shop that knows no festival but Christmas, where it sells three times as much, shows no other as a fact."""
    rng = np.random.default_rng(21)
    frame = shop(22, 1_095 * rng.random(700), 1_095, rate=0.03, loss=0.05)
    busy = frame[(frame["date"].dt.month == 12) & (frame["date"].dt.day <= 24)]
    more = pd.concat([frame, *(busy.assign(date=busy["date"].dt.normalize() - pd.Timedelta(days=k)) for k in (1, 2))])
    more = more[~((more["date"].dt.month == 11) & (more["date"].dt.day >= 29))]
    found = estimate_season(read_orders(more))
    clear = found.clear_lifts()
    assert "Christmas" in clear and 1.5 < clear["Christmas"][0] < 4.0
    for name, (lift, error) in found.lifts().items():
        # 2.52 standard errors each are 90 % for nine together.
        assert (name in clear) is bool(abs(np.log(lift)) > 2.523 * error)
    # Of the eight others 1.2 % each pass by chance: three or more have a chance of 0.0001.
    assert len(clear) <= 3
