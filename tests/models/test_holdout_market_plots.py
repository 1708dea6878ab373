"""Holdout scores, market files, plots and the words on them."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from ruamel.yaml import YAML

from models.checks.holdout import Holdout, score_holdout
from models.checks.tracking import weekly_tracking
from models.data.files import write_whole
from models.data.orders import Orders, cdnow, read_orders
from models.data.rfm import summarise
from models.errors import BadInput, CannotIdentify
from models.families.bg_nbd.met import Met
from models.forecasting.market import market_from_orders, market_text, write_market
from models.report import plots


@pytest.fixture(scope="module")
def held(sample_orders: Orders) -> Holdout:
    return score_holdout(sample_orders, "1997-09-30")


def test_scores_are_what_they_say(held: Holdout) -> None:
    assert held.days == 273
    assert held.mae == pytest.approx(np.abs(held.actual - held.expected).mean())
    assert held.rmse == pytest.approx(np.sqrt(((held.actual - held.expected) ** 2).mean()))
    assert held.total_error == pytest.approx(held.expected_orders / held.actual_orders - 1)
    table = held.by_frequency(3)
    assert table["customers"].sum() == 2_357
    assert (table["customers"] * table["actual"]).sum() == pytest.approx(held.actual_orders)


def test_actual_orders_are_those_of_the_log(held: Holdout, sample_orders: Orders) -> None:
    frame = sample_orders.to_frame()
    frame["day"] = frame["time"].dt.normalize()
    later = frame[frame["day"] > "1997-09-30"].drop_duplicates(["customer", "day"])
    assert held.actual_orders == len(later)


def test_weekly_tracking_adds_up(held: Holdout, sample_orders: Orders) -> None:
    tracking = weekly_tracking(sample_orders, held)
    whole = summarise(sample_orders)
    assert tracking.actual.sum() == whole.frequency.sum()  # 78 whole weeks
    assert tracking.week.size == 78
    assert tracking.split == pytest.approx(39.0)
    expected = held.model.expected_purchases_new(545.5 - (whole.first_day - whole.first_day.min()).astype(float))  # type: ignore[union-attr]
    assert tracking.expected.sum() == pytest.approx(expected.sum(), rel=1e-9)


def test_a_market_from_members_of_a_repeat_parcel(sample_orders: Orders) -> None:
    """Who was met by how often she orders is no newcomer: the newcomers' rate is lower; the shop's age is written down."""
    options = {"end": "1997-09-30", "currency": "USD"}
    plain = market_from_orders(sample_orders, **options)["rhythm"]
    market = market_from_orders(sample_orders, **options, run_in=Met(1, 100.0))
    assert market["shop_age"] == 100.0 and market["source"]["met"] == "repeat_parcel"
    assert market["rhythm"]["r"] / market["rhythm"]["alpha"] < 0.8 * plain["r"] / plain["alpha"]
    assert "shop_age: 100.0\n" in market_text(market)
    with pytest.raises(BadInput, match="leave season out"):
        market_from_orders(sample_orders, **options, run_in=Met(1, 9), season="auto")
    with pytest.raises(BadInput, match="for others call fit_met"):
        market_from_orders(sample_orders, **options, run_in=Met(0, 9))


@pytest.mark.parametrize("day", ["1996-12-31", "1998-06-30", "2001-01-01"])
def test_a_holdout_needs_two_sides(day: str, sample_orders: Orders) -> None:
    with pytest.raises(BadInput, match="must lie between the first order on 1997-01-01 and the end on 1998-06-30"):
        score_holdout(sample_orders, day)


def test_market_of_cdnow(tmp_path: Path, sample_orders: Orders) -> None:
    market = market_from_orders(sample_orders, name="small", currency="USD", margin=0.4, end="1997-09-30")
    assert list(market) == ["name", "currency", "margin", "rhythm", "baskets", "personas", "source"]
    assert market["rhythm"]["alpha"] == pytest.approx(4.4136 * 7, rel=1e-4)
    assert market["baskets"]["q"] == pytest.approx(3.744, abs=1e-3)
    assert market["source"]["customers"] == 2_357
    assert market["source"]["orders"] == 6_919 - 1_959
    for part, size in (("rhythm", 4), ("baskets", 3)):
        matrix = np.array(market[part]["covariance"])
        assert matrix.shape == (size, size)
        assert (matrix == matrix.T).all()
        assert (np.linalg.eigvalsh(matrix) > 0).all()
    path = write_market(tmp_path / "new" / "small.yaml", market)
    assert YAML(typ="safe").load(path.read_text(encoding="utf-8")) == market
    assert "ASSUMPTION" in path.read_text(encoding="utf-8")
    assert [p.name for p in path.parent.iterdir()] == ["small.yaml"]


def test_market_text_is_safe_whatever_the_names() -> None:
    odd = 'a: "b" # c\n- 张三'
    market = market_from_orders("cdnow", name=odd, end="1997-04-30")
    market["currency"] = "￥\n#"
    market["source"]["file"] = odd
    market["rhythm"]["r"] = 1e-7
    assert YAML(typ="safe").load(market_text(market)) == market


def test_markets_that_cannot_be_made() -> None:
    rng = np.random.default_rng(70)
    n = 4_000
    frame = pd.DataFrame(
        {
            "customer": rng.integers(0, 800, n).astype(str),
            "date": pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 300, n), unit="D"),
        }
    )
    heavy = 10.0 / rng.gamma(0.6, 1.0, 800)
    frame["amount"] = heavy[frame["customer"].astype(int)] * rng.gamma(4.0, 0.25, n)
    with pytest.warns(UserWarning), pytest.raises(CannotIdentify, match="the mean spend is infinite"):
        market_from_orders(frame, currency="CNY")
    with pytest.raises(
        BadInput, match="do not say their currency, and a market needs one; give its code with currency"
    ):
        market_from_orders(frame)
    with pytest.raises(BadInput, match="cdnow: the orders are in USD, not in CNY; leave currency out"):
        market_from_orders(cdnow(), currency="CNY")
    with pytest.raises(BadInput, match="margin is 30"):
        market_from_orders("cdnow", margin=30)
    with pytest.raises(CannotIdentify, match="none of the 2 customers"):
        market_from_orders(
            pd.DataFrame({"customer": ["a", "b"], "date": ["2024-01-01"] * 2, "amount": [1, 2]}), currency="CNY"
        )


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_plots_have_titles_units_and_no_empty_boxes(
    lang: str, held: Holdout, sample_orders: Orders, tmp_path: Path
) -> None:
    tracking = weekly_tracking(sample_orders, held)
    figures = [
        plots.frequency_recency_matrix(held.model, 273.0, 272.0, lang=lang),  # type: ignore[arg-type]
        plots.weekly_orders(tracking, lang),  # type: ignore[arg-type]
        plots.calibration_by_frequency(held, lang=lang),  # type: ignore[arg-type]
    ]
    for i, figure in enumerate(figures):
        axes = figure.axes[0]
        texts = [axes.get_title(loc="left"), axes.get_xlabel(), axes.get_ylabel()]
        assert all(texts)
        chinese = any(ord(ch) > 0x2E80 for ch in "".join(texts))
        assert chinese == (lang == "zh" and plots.chinese_font() is not None)
        figure.savefig(tmp_path / f"{i}.png")  # a missing letter would warn


def test_chinese_labels_where_a_font_is_there(monkeypatch: pytest.MonkeyPatch, held: Holdout) -> None:
    monkeypatch.setattr(plots.canvas, "chinese_font", lambda: "DejaVu Sans")
    figure = plots.calibration_by_frequency(held, lang="zh")
    assert figure.axes[0].get_ylabel() == "人均订单数"


def test_files_appear_whole_or_not_at_all(tmp_path: Path) -> None:
    def fail(path: Path) -> None:
        path.write_text("half")
        raise RuntimeError("in the middle")

    with pytest.raises(RuntimeError):
        write_whole(tmp_path / "x.csv", fail)
    assert list(tmp_path.iterdir()) == []
    write_whole(tmp_path / "x.csv", b"whole")
    assert (tmp_path / "x.csv").read_bytes() == b"whole"
    with pytest.raises(BadInput, match="cannot be written"):
        write_whole(tmp_path / "x.csv" / "y.csv", "no folder")


def test_nothing_heavy_is_imported_with_the_package() -> None:
    import subprocess
    import sys

    code = (
        "import sys, models; heavy = {'pandas', 'duckdb', 'scipy', 'matplotlib', 'lifetimes', 'numpy'} & set(sys.modules);"
        "assert not heavy, heavy; assert callable(models.read_orders); assert 'BGNBD' in dir(models)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_unknown_names_are_unknown() -> None:
    import models

    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        models.nothing  # noqa: B018
    assert models.read_orders is read_orders
