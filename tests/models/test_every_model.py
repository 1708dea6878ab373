"""Every model with every season, run-in and covariates on a log of over a year: it works, or one sentence says why not."""

from collections.abc import Callable
from datetime import timedelta
from functools import cache
from itertools import product
from pathlib import Path
from typing import TypeAlias

import numpy as np
import pandas as pd
import pytest

from models.checks.choosing import choose
from models.checks.holdout import score_holdout
from models.data.orders import Orders, read_orders
from models.errors import BadInput
from models.families.bg_nbd import BGNBD
from models.families.cnbd import MBGNBD, BGCNBDk, MBGCNBDk
from models.families.nbd import NBD
from models.forecasting.fitting import MODELS, model_named
from models.forecasting.pipeline import Forecast, forecast
from models.season import Peak, Season, SeasonFit, estimate_season

Check: TypeAlias = Callable[[Forecast], list[str]]

ESSEC = Path(__file__).parents[2] / ".." / "shared" / "data" / "essec.csv"
GIVEN = Season(peaks=(Peak("autumn", "10-20", "12-10", 2.0),))
SEASONS = {"estimated": "estimate", "given": GIVEN, "none": None}
WITH_COVARIATES = ("bg-nbd", "pareto-nbd")


@pytest.fixture(scope="module")
def log(lives: Callable[..., pd.DataFrame]) -> Orders:
    return read_orders(lives(80, 400, 17))


@pytest.fixture(scope="module")
def members(log: Orders) -> pd.DataFrame:
    names = sorted(log.to_frame()["customer"].unique())
    return pd.DataFrame({"customer": names, "channel": ["app" if i % 2 else "shop" for i in range(len(names))]})


@pytest.fixture(scope="module")
def of(log: Orders) -> Callable[..., Forecast]:
    """A function that forecasts the log, each case once."""

    @cache
    def make(key: str, season: str, run_in: int | None) -> Forecast:
        return forecast(log, model=key, season=SEASONS[season], run_in=run_in, horizon=90.0)  # type: ignore[arg-type]

    return make


@pytest.mark.parametrize(("key", "season", "run_in"), product(MODELS, SEASONS, (None, 60)))
def test_model_by_season_by_run_in(
    of: Callable[..., Forecast], key: str, season: str, run_in: int | None, check: Check
) -> None:
    found = of(key, season, run_in)
    assert check(found) == []
    assert isinstance(found.season, SeasonFit) == (season == "estimated")
    assert model_named(key).name in found.model.name  # type: ignore[attr-defined]
    assert ("run-in" in found.model.name) == (run_in is not None)


@pytest.mark.parametrize(("key", "season", "run_in"), product(WITH_COVARIATES, ("given", "none"), (None, 60)))
def test_the_same_with_covariates(
    log: Orders, members: pd.DataFrame, key: str, season: str, run_in: int | None, check: Check
) -> None:
    found = forecast(
        log, model=key, season=SEASONS[season], run_in=run_in, covariates=members, columns=["channel"], horizon=90.0
    )  # type: ignore[arg-type]
    assert check(found) == []
    assert "covariates" in found.model.name


def test_auto_with_a_season_and_covariates(log: Orders, members: pd.DataFrame, check: Check) -> None:
    """It compares what can have covariates, and says so."""
    found = forecast(log, run_in=60, covariates=members, columns=["channel"], horizon=90.0)
    assert check(found) == []
    assert isinstance(found.season, SeasonFit) and found.choice is not None
    assert {candidate.key for candidate in found.choice.candidates} == set(WITH_COVARIATES)
    assert any("which can have covariates" in note.say() for note in found.fitted.notes)


@pytest.mark.parametrize("key", [key for key in MODELS if key not in WITH_COVARIATES])
def test_models_that_have_no_covariates_say_so_at_once(log: Orders, members: pd.DataFrame, key: str) -> None:
    told: list[str] = []
    with pytest.raises(BadInput, match=r"covariates: there are none for .*; take BG/NBD or Pareto/NBD\."):
        forecast(log, model=key, covariates=members, columns=["channel"], tell=told.append)
    assert told == []  # before anything is fitted


class Shifted(BGNBD):
    """A model that cannot be asked about data changed after the fact."""

    def log_likelihood(self, summary: object = None) -> np.ndarray:  # type: ignore[override]
        assert getattr(summary, "log_gaps", None) is None or summary is self.summary_, "the data were changed"
        return super().log_likelihood(summary)  # type: ignore[arg-type]


def test_a_class_is_asked_whether_it_uses_gaps(log: Orders) -> None:
    assert [make().uses_gaps for make in (BGNBD, MBGNBD, BGCNBDk, MBGCNBDk)] == [False, False, True, True]
    assert [BGCNBDk(k).uses_gaps for k in (1, 2, None)] == [False, True, True]
    assert estimate_season(log, Shifted).converged
    own = "the season is BG/NBD's"
    for make, apart in ((BGCNBDk, True), (lambda: BGCNBDk(2), True), (lambda: BGCNBDk(1), False)):
        assert (own in estimate_season(log, make).message) == apart


def test_auto_on_ten_real_years(check: Check) -> None:
    """ESSEC: 51,243 payments of 2005 to 2015. Seen up to 2014 the interval of a year holds what came."""
    if not ESSEC.exists():
        pytest.skip("needs ../shared/data/essec.csv, which may not be passed on")
    log = read_orders(ESSEC)
    found = forecast(log, holdout="2014-12-31")
    assert check(found) == []
    assert isinstance(found.season, SeasonFit) and found.choice is not None and found.scored is not None
    assert all(candidate.model is not None for candidate in found.choice.candidates)
    low, high = found.orders_interval
    assert low < found.scored.actual_orders < high
    assert found.scored.end - found.scored.last_calibration_day == timedelta(days=365)


def names_of(found: Forecast) -> list[str]:
    return [note.say() for note in found.fitted.notes]


def test_models_say_of_whom_p_alive_is_one(of: Callable[..., Forecast]) -> None:
    once = int((of("nbd", "none", None).summary.frequency == 0).sum())
    for key, told in (
        ("bg-nbd", f"P(alive) is 1 for all {once} who bought once: BG/NBD lets customers go only after a repeat"),
        ("bg-cnbd-k", f"P(alive) is 1 for all {once} who bought once: BG/CNBD-k lets customers go only after a repeat"),
        ("nbd", "P(alive) is 1 for everybody: NBD has no loss of customers."),
        ("mbg-nbd", None),
        ("pareto-nbd", None),
        ("mbg-cnbd-k", None),
    ):
        found = of(key, "none", None)
        notes = [note for note in names_of(found) if note.startswith("P(alive)")]
        alive = found.worth.probability_alive[found.summary.frequency == 0]
        assert (alive == 1.0).all() == (told is not None)
        assert [note.startswith(told) for note in notes] == ([True] if told else []), key


def test_a_frame_without_amounts_is_enough_for_orders(log: Orders) -> None:
    """What only counts orders does not ask for amounts, and a frame is taken where Orders are."""
    frame = log.to_frame()[["customer", "time"]]
    bare = frame.rename(columns={"time": "date"})
    found = forecast(bare, model="nbd", season=None, run_in=None)
    assert found.worth is None and found.expected_orders.sum() > 0
    assert score_holdout(bare, "2021-10-31", NBD()).mae == score_holdout(log, "2021-10-31", NBD()).mae
    assert choose(bare, models=[NBD]).best.name == "NBD"


def test_arguments_that_make_no_sense(log: Orders) -> None:
    with pytest.raises(BadInput, match=r"margin is 30.0; it is a share of the price .* 30 % is 0\.30"):
        forecast(log, margin=30.0)
    with pytest.raises(BadInput, match="2019-01-01, the last day to look at, lies before the first order on 2021-"):
        choose(log, until="2019-01-01")
