"""What a forecast decides by itself: the season, the log's start, covariates; and how sure totals and weeks then are.

Fixed seeds; statistical tolerances are 5 standard errors, or intervals of the forecast itself.
"""

from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from models.checks.tracking import _new, weekly_tracking
from models.data.beginning import truncation
from models.data.orders import Orders, read_orders
from models.errors import BadInput, CannotIdentify
from models.families.bg_nbd import BGNBD
from models.families.covariates.informed import Informed
from models.families.covariates.informed_spend import InformedSpend
from models.families.pareto_nbd import ParetoNBD
from models.families.run_in import AfterRunIn, fit_after_run_in
from models.forecasting.fitting import fit_log, with_covariates
from models.forecasting.pipeline import Forecast, forecast
from models.season import Peak, Season, SeasonFit
from models.season.files import read_season
from models.value.predictive import predict

TRUTH = BGNBD.known(r=1.6, alpha=60.0, a=0.8, b=3.0)
AUTUMN = Season(peaks=(Peak("autumn", "10-20", "12-10", 3.0),))


def log_of(season: Season, n: int, days: int, seed: int, start: str = "2020-01-01") -> pd.DataFrame:
    """Orders of `n` customers who begin evenly over `days` days, on the season's clock; amounts differ by customer."""
    rng = np.random.default_rng(seed)
    clock = season.cumulative(start, days)
    first = rng.integers(0, days, n)
    made = TRUTH.simulate(n, clock[-1] - clock[first + 1], rng)
    day = np.searchsorted(clock, clock[first + 1][made.customer] + made.time) - 1
    who = np.concatenate([np.arange(n), made.customer])
    spend = 40.0 * rng.gamma(3.0, 1.0 / 3.0, n) * np.where(np.arange(n) % 2, 2.0, 1.0)
    return pd.DataFrame(
        {
            "customer": [f"{c:05d}" for c in who],
            "date": np.datetime64(start) + np.concatenate([first, day]),
            "amount": np.round(spend[who] * rng.gamma(5.0, 0.2, who.size), 2) + 0.01,
        }
    )


@pytest.fixture(scope="module")
def seasonal() -> Orders:
    return read_orders(log_of(AUTUMN, 6_000, 1_075, 5))


@pytest.fixture(scope="module")
def found(seasonal: Orders) -> Forecast:
    """Two years and eleven months that are cut in the autumn's peak after less than two."""
    return forecast(seasonal, holdout="2021-12-10", horizon=365.0)


def test_a_log_that_ends_on_a_peak_does_not_overshoot_by_itself(seasonal: Orders, found: Forecast) -> None:
    """Nobody tells the season. The plain model overshoots by two fifths; ours holds the truth in its interval."""
    assert isinstance(found.season, SeasonFit) and found.scored is not None
    assert found.scored.total_error is not None and abs(found.scored.total_error) < 0.15
    plain = forecast(seasonal, holdout="2021-12-10", horizon=365.0, season=None)
    assert plain.scored is not None and plain.scored.total_error is not None
    assert plain.scored.total_error > 0.3
    days = (seasonal.last_day - date(2021, 12, 10)).days
    ours = forecast(seasonal, holdout="2021-12-10", horizon=float(days), run_in=None)
    assert ours.orders_interval[0] < found.scored.actual_orders < ours.orders_interval[1]
    narrow, wide = (np.log(f.orders_interval[1] / f.orders_interval[0]) for f in (plain, ours))
    assert wide > 2 * narrow  # what is not known of the season is said
    assert str(found.fitted.notes[0]).startswith("Season: season and model converged")


def test_weeks_follow_the_season(seasonal: Orders, found: Forecast) -> None:
    assert found.scored is not None
    tracking = weekly_tracking(seasonal, found.scored, 1, draws=30, season=found.season)
    assert tracking.band is not None
    low, high = tracking.band
    seen = tracking.week <= tracking.split
    assert ((low <= tracking.actual) & (tracking.actual <= high))[seen].mean() > 0.8
    assert tracking.expected[seen].sum() == pytest.approx(tracking.actual[seen].sum(), rel=0.03)
    # The peak of the year held out is there: its weeks beside those of the summer before.
    week = (np.datetime64("2022-11-15") - np.datetime64(seasonal.first_day)).astype(int) // 7
    assert tracking.expected[week] > 1.5 * tracking.expected[week - 16]


def test_less_than_a_year_gets_no_season_and_says_so(seasonal: Orders) -> None:
    fitted = fit_log(seasonal, date(2020, 11, 1), BGNBD)
    assert fitted.season is None
    assert [str(note) for note in fitted.notes] == ["Season: none, as the log spans 306 days, less than a year."]
    assert isinstance(fit_log(seasonal, date(2020, 11, 1), BGNBD, "estimate").season, SeasonFit)


@pytest.fixture(scope="module")
def old() -> Orders:
    """A shop of ten years, exported from its fourth on."""
    made = log_of(Season(), 12_000, 3_650, 7, "2010-01-01")
    return read_orders(made[made.date >= np.datetime64("2014-01-01")])


def test_a_log_from_the_middle_is_recognised_and_everybody_scored(old: Orders) -> None:
    made = forecast(old, season=None)
    assert isinstance(made.model, AfterRunIn) and made.fitted.truncation is not None
    assert made.fitted.truncation.verdict == "truncated"
    told = [str(note) for note in made.fitted.notes]
    assert told[0].startswith("The log begins in the middle of customers' lives") and told[1].startswith(
        "Start: estimated on"
    )
    assert made.worth.value.size == len(made.summary) and (made.worth.value > 0).all()
    assert made.worth.total_low is not None and made.worth.total_high is not None
    assert made.worth.total_low < made.worth.total < made.worth.total_high
    sd = {k: made.model.standard_errors_[k] / made.model.params_[k] for k in TRUTH.params_}
    for name, true in TRUTH.params_.items():
        assert abs(np.log(made.model.params_[name] / true)) < 5 * sd[name], name
    assert set(made.draws) == set(made.model.params_) and "present: r" in made.draws
    plain = forecast(old, season=None, run_in=None)
    assert not isinstance(plain.model, AfterRunIn)
    assert abs(np.log(plain.model.params_["r"] / 1.6)) > abs(np.log(made.model.params_["r"] / 1.6))


def test_a_run_in_of_one_s_own(old: Orders) -> None:
    made = forecast(old, season=None, run_in=400, horizon=90.0)
    assert isinstance(made.model, AfterRunIn) and str(made.model.settled) == "2015-02-05"
    for wrong in (99_999, -1, "soon", True):
        with pytest.raises(BadInput, match="is no number of days below"):
            forecast(old, season=None, run_in=wrong)


@pytest.fixture(scope="module")
def members(old: Orders) -> pd.DataFrame:
    names = sorted(set(old.to_frame().iloc[:, 0]))
    return pd.DataFrame({"customer": names, "tier": ["A" if int(name) % 2 else "B" for name in names]})


def test_covariates_after_a_run_in_on_rhythm_loss_and_spend(old: Orders, members: pd.DataFrame) -> None:
    made = forecast(
        old, season=None, run_in=800, covariates=members, columns=["tier"], spend_columns=["tier"], holdout="2018-12-31"
    )
    assert isinstance(made.model, AfterRunIn) and isinstance(made.model.model, Informed)
    assert isinstance(made.baskets, InformedSpend)
    name = next(name for name in made.baskets.params_ if name.startswith("spend: "))
    effect, error = made.baskets.params_[name], made.baskets.standard_errors_[name]
    assert abs(abs(effect) - np.log(2.0)) < 5 * error < 0.3  # those of A spend twice as much
    assert made.scored is not None
    tracking = weekly_tracking(old, made.scored, 1, draws=5)
    assert np.isfinite(tracking.expected).all() and tracking.expected.sum() > 0
    segments = made.by(dict(zip(members.customer, members.tier, strict=True)))
    assert segments.customers.sum() == len(made.summary)
    assert segments.ltv_total.sum() == pytest.approx(made.worth.total, rel=1e-9)
    assert segments.expected_orders.sum() == pytest.approx(made.worth.expected_orders.sum(), rel=1e-9)
    assert (segments.ltv_total_low < segments.ltv_total).all() and (segments.ltv_total < segments.ltv_total_high).all()
    spent = made.worth.to_frame().set_index("customer").expected_spend_an_order
    by_tier = spent.groupby(members.set_index("customer").tier).mean()
    assert 1.7 < by_tier["A"] / by_tier["B"] < 2.3


def test_spend_of_those_without_a_name_is_the_reference_s(old: Orders, members: pd.DataFrame) -> None:
    made = forecast(old, season=None, run_in=None, covariates=members, spend_columns=["tier"])
    baskets = made.baskets
    assert isinstance(baskets, InformedSpend)
    units = baskets.units(made.summary)
    assert units is not None and set(np.round(np.log(units), 6)) == {
        0.0,
        round(baskets.params_[list(baskets.params_)[3]], 6),
    }
    shape, rate = baskets.spend_parameters(made.summary)
    np.testing.assert_allclose(
        baskets.params_["p"] * rate / (shape - 1.0), baskets.expected_average_spend(made.summary)
    )
    moved = baskets.nudged("v", 0.1)
    assert moved.params_["v"] == pytest.approx(baskets.params_["v"] * np.exp(0.1)) and baskets.params_ != moved.params_


def test_segments_are_as_sure_as_their_future(old: Orders) -> None:
    """Known parameters and 100 segments: their 90 % intervals of orders hold what simulated futures bring in 90 %."""
    end = "2018-12-31"
    made = forecast(old, season=None, run_in=1_200, holdout=end, horizon=364.0)
    assert made.scored is not None and made.summary.customer is not None
    group = [f"{int(name) % 100:02d}" for name in made.summary.customer]
    table = made.by(dict(zip(made.summary.customer.tolist(), group, strict=True)))
    actual = pd.Series(made.scored.actual).groupby(group).sum()
    inside = (table.orders_low <= actual[table.index]) & (actual[table.index] <= table.orders_high)
    assert abs(inside.mean() - 0.9) < 5 * np.sqrt(0.9 * 0.1 / 100)


def test_a_season_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "season.yaml"
    file.write_text("peaks:\n- {name: autumn, from: 10-20, to: 12-10, lift: 3.0}\n")
    assert read_season(file) == AUTUMN
    file.write_text("name: shop\nseason:\n  months: [1, 1, 1, 1, 1, 2, 1, 1, 1, 1, 3, 1]\n")
    assert read_season(file).months[10] == 3.0
    for text, sentence in (
        ("months: [1, 2", r"season.yaml:1:1[34]: is not YAML"),
        ("months: [1, 2]", "season.yaml: season: months must be 12 positive multipliers"),
        ("name: shop", "season.yaml: season: 'name' is not known"),
        ("just words", "season.yaml: holds no season"),
    ):
        file.write_text(text)
        with pytest.raises(BadInput, match=sentence):
            read_season(file)
    with pytest.raises(BadInput, match="cannot be read"):
        read_season(tmp_path / "none.yaml")
    file.write_bytes(b"peaks: \xff")
    with pytest.raises(BadInput, match="is not UTF-8 text"):
        read_season(file)


def test_a_season_given_is_the_clock(seasonal: Orders) -> None:
    made = forecast(seasonal, holdout="2021-12-10", season=AUTUMN, run_in=None)
    assert made.season is AUTUMN and made.scored is not None and made.scored.total_error is not None
    assert abs(made.scored.total_error) < 0.1
    for name, true in TRUTH.params_.items():
        error = made.model.standard_errors_[name]
        assert abs(made.model.params_[name] - true) < 5 * error, name
    with pytest.raises(BadInput, match="season: 'summer' is not known"):
        forecast(seasonal, season="summer")


def test_a_market_has_the_season_asked_for(seasonal: Orders, tmp_path: Path) -> None:
    """Written down and read again it is the clock of the simulator, with the peak where it was found."""
    from models.forecasting.market import market_from_orders, write_market
    from sim.scenario.market import Market

    made = market_from_orders(seasonal, currency="CNY", end="2021-12-31", season="auto")
    assert "season" not in market_from_orders(seasonal, currency="CNY", end="2021-12-31")
    assert set(made["season"]) == {"months", "peaks"}
    from ruamel.yaml import YAML

    file = write_market(tmp_path / "shop.yaml", made)
    content = YAML(typ="safe").load(file.read_text(encoding="utf-8"))
    assert content["season"] == made["season"]
    assert read_season(file).to_dict()["months"] == made["season"]["months"]
    on_clock = fit_log(seasonal, date(2021, 12, 31), BGNBD, run_in=None).model
    assert made["rhythm"]["alpha"] == pytest.approx(on_clock.params_["alpha"], rel=1e-8)
    newcomers = fit_log(seasonal, date(2021, 12, 31), BGNBD, None, 200).model
    assert isinstance(newcomers, AfterRunIn)
    late = market_from_orders(seasonal, currency="CNY", end="2021-12-31", run_in=200)["rhythm"]
    assert late["r"] == pytest.approx(newcomers.model.params_["r"], rel=1e-8)
    year = Market.model_validate(content).daily(date(2022, 1, 1), 365)
    assert year.mean() == pytest.approx(1.0) and year[300:340].mean() > 1.4 * year[180:240].mean()
    for name, true in TRUTH.params_.items():
        position = list(TRUTH.params_).index(name)
        sd = np.sqrt(made["rhythm"]["covariance"][position][position])
        assert abs(np.log(made["rhythm"][name] / true)) < 5 * sd, name


def test_predictions_know_the_season(found: Forecast) -> None:
    """Draws of lives and parameters on the season's clock: the interval is that of `forecast`, which is by formulas."""
    rng = np.random.default_rng(3)
    made = predict(found.model, found.baskets, found.summary, 365.0, rng=rng, draws=400, ahead=found.fitted.ahead)
    assert made.orders.sum() == pytest.approx(found.worth.expected_orders.sum(), rel=1e-9)
    for drawn, formula in (
        (made.total.orders_low, found.orders_interval[0]),
        (made.total.orders_high, found.orders_interval[1]),
    ):
        assert abs(np.log(drawn / formula)) < 0.05
    plain = predict(found.model, found.baskets, found.summary, 365.0, rng=rng, draws=400)
    narrow, wide = (np.log(p.total.orders_high / p.total.orders_low) for p in (plain, made))
    assert 2 * narrow < wide


def test_predictions_with_covariates(old: Orders, members: pd.DataFrame) -> None:
    made = forecast(
        old, season=None, run_in=None, covariates=members, columns=["tier"], holdout="2016-12-31", horizon=200.0
    )
    tier = members.set_index("customer").tier[made.summary.customer].to_numpy()
    drawn = predict(made.model, made.baskets, made.summary, 200.0, rng=np.random.default_rng(4), draws=40, by=tier)
    segments = made.by(dict(zip(members.customer, members.tier, strict=True)))
    for name, group in drawn.segments.items():
        assert group.orders == pytest.approx(segments.expected_orders[name], rel=1e-9)
        assert abs(np.log(group.orders_low / segments.orders_low[name])) < 0.06
        assert abs(np.log(group.orders_high / segments.orders_high[name])) < 0.06
    worth = forecast(old, season=None, run_in=None, covariates=members, spend_columns=["tier"], holdout="2016-12-31")
    with pytest.raises(BadInput, match="baskets with covariates cannot be drawn here"):
        predict(worth.model, worth.baskets, worth.summary, rng=np.random.default_rng(4))


def test_the_curve_of_new_customers_is_that_of_the_model() -> None:
    ages = np.random.default_rng(2).uniform(0.0, 1_500.0, (30, 40))
    for model in (TRUTH, BGNBD.known(0.243, 31.0, 0.79, 2.43), ParetoNBD.known(0.55, 74.0, 0.6, 80.0)):
        np.testing.assert_allclose(_new(model, ages), model.expected_purchases_new(ages), rtol=1e-5, atol=1e-6)
    assert (_new(TRUTH, np.zeros((30, 40))) == 0).all()


def log_from(rows: list[tuple[str, int, float]], start: str = "2023-01-01") -> Orders:
    """Orders of (customer, day, amount)."""
    who, day, amount = zip(*rows, strict=True)
    return read_orders(pd.DataFrame({"customer": who, "date": np.datetime64(start) + np.array(day), "amount": amount}))


def test_whoever_joins_after_the_last_whole_week_is_expected_nowhere() -> None:
    """13 days, of which 12 are calibration: the customers of day 12 have no whole week left."""
    days = [(i, day) for i in range(60) for day in (i % 12, i % 12 + 1 + i % 5) if day < 13]
    made = forecast(log_from([(f"c{i}", day, 10.0 + i % 3) for i, day in days]), holdout="2023-01-12")
    assert made.scored is not None and made.scored.calibration.T.min() == 0
    tracking = weekly_tracking(made.orders, made.scored, 1, draws=5)
    assert tracking.week.tolist() == [1.0] and tracking.band is not None and np.isfinite(tracking.band).all()
    early = [(f"c{i}", day, 10.0 + i % 3) for i, day in days if i % 12 < 7]
    scored = replace(made.scored, calibration=made.scored.calibration[made.scored.calibration.T >= 5])
    assert weekly_tracking(log_from(early), scored).expected == pytest.approx(tracking.expected)


def test_a_log_that_begins_with_refunds_is_as_long_as_its_purchases() -> None:
    rng = np.random.default_rng(6)
    rows = [(f"c{i}", int(day), 10.0 + i % 3) for i in range(80) for day in rng.integers(0, 60, 3)]
    made = fit_log(log_from([*rows, ("z", -400, -5.0)]), date(2023, 3, 1), BGNBD)
    assert made.season is None and made.truncation is None
    assert [str(note) for note in made.notes] == ["Season: none, as the log spans 60 days, less than a year."]
    plain = fit_log(log_from(rows), date(2023, 3, 1), BGNBD)
    assert made.model.params_ == plain.model.params_


def test_a_season_s_rates_before_its_log(found: Forecast) -> None:
    assert isinstance(found.season, SeasonFit)
    before = found.season.rates("2019-12-01", 10)
    np.testing.assert_allclose(before, found.season.season.daily("2019-12-01", 10))


@pytest.fixture(scope="module")
def tourists() -> Orders:
    """Old loyal customers, and newcomers of whom nobody comes back."""
    rng = np.random.default_rng(3)
    rows = [(f"n{i}", int(day), 12.0 + i % 5) for i, day in enumerate(rng.integers(0, 350, 400))]
    for i in range(500):
        days = np.cumsum([int(rng.exponential(20)), *np.maximum(1, rng.exponential(25, 60).astype(int))])
        rows += [(f"o{i}", int(day), 10.0 + i % 7) for day in days[days < 350]]
    return log_from(rows)


def test_a_run_in_that_nobody_asked_for_refuses_nothing(tourists: Orders) -> None:
    made = fit_log(tourists, tourists.last_day, BGNBD)
    assert made.truncation is not None and made.truncation.verdict == "truncated"
    assert isinstance(made.model, BGNBD)
    assert str(made.notes[-1]).endswith("as too few of those first seen after the run-in have bought again.")
    with pytest.raises(CannotIdentify, match="shorten the run-in"):
        fit_log(tourists, tourists.last_day, BGNBD, run_in=made.truncation.run_in)
    with pytest.raises(CannotIdentify, match="none of the 0 customers"):
        fit_after_run_in(made.summary, 10**7)


def test_a_column_that_one_side_of_the_run_in_has_one_level_of(old: Orders, members: pd.DataFrame) -> None:
    plain = fit_log(old, old.last_day, BGNBD, None, 800)
    assert isinstance(plain.model, AfterRunIn) and plain.summary.customer is not None
    present = members.customer.isin(plain.summary.customer[plain.model.present].tolist())
    for one, informed in ((present, plain.model.model), (~present, plain.model.present_model)):
        table = members.assign(tier=members.tier.where(~one, "A"))
        made = with_covariates(plain, table, ["tier"]).model
        assert isinstance(made, AfterRunIn)
        assert [isinstance(m, Informed) for m in (made.model, made.present_model)] == [
            informed is m for m in (plain.model.model, plain.model.present_model)
        ]
        assert np.isfinite(made.expected_purchases(100.0)).all()
    with pytest.raises(BadInput, match="is 'A' for every customer"):
        with_covariates(plain, members.assign(tier="A"), ["tier"])


def test_a_surge_that_is_none_is_told_as_none() -> None:
    """Newcomers who come to an end and are worse by the week: one sign, and it is not the surge."""
    rng = np.random.default_rng(1)
    rows = []
    for i, first in enumerate(rng.exponential(8.0, 600).astype(int)):
        days = first + np.cumsum([0, *np.maximum(1, rng.exponential(16.0 if first < 6 else 100.0, 12).astype(int))])
        rows += [(f"c{i}", int(day), 10.0) for day in days[days < 300]]
    seen = truncation(log_from(rows))
    assert seen.verdict == "unclear" and seen.surge_gain < 10 and seen.surge == 1.0 and not seen.old.any()


def test_a_model_with_covariates_adds_its_errors_to_the_season_s(seasonal: Orders) -> None:
    names = sorted(set(seasonal.to_frame().iloc[:, 0]))
    tiers = pd.DataFrame({"customer": names, "tier": ["A" if int(name) % 2 else "B" for name in names]})
    common = {"holdout": "2021-12-10", "horizon": 200.0}
    plain = forecast(seasonal, **common)
    told = forecast(seasonal, covariates=tiers, columns=["tier"], **common)
    width = [np.log(f.orders_interval[1] / f.orders_interval[0]) for f in (plain, told)]
    assert width[0] < width[1] < 1.3 * width[0]


def test_weeks_of_more_kinds_than_are_told_apart(old: Orders, members: pd.DataFrame) -> None:
    """A number for each customer makes thousands of kinds; the few looked at stand for all, within 5 %."""
    ages = members.assign(age=np.random.default_rng(8).normal(40.0, 10.0, len(members)))
    made = forecast(old, season=None, run_in=None, covariates=ages, columns=["age"], holdout="2016-12-31", horizon=90.0)
    plain = forecast(old, season=None, run_in=None, holdout="2016-12-31", horizon=90.0)
    assert made.scored is not None and plain.scored is not None
    assert len(made.model.kinds(made.summary)) > 1_000
    told, without = (weekly_tracking(old, f.scored).expected.sum() for f in (made, plain) if f.scored is not None)
    assert told == pytest.approx(without, rel=0.05)  # ages mean nothing
