"""A whole forecast in one call: the model, its season, what customers will do and be worth, and how well it does."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np

from models.bg_nbd import BGNBD
from models.errors import BadInput
from models.gamma_gamma import GammaGamma
from models.holdout import Holdout
from models.ltv import LifetimeValue, lifetime_value
from models.model import Model
from models.orders import Orders
from models.rfm import DayLike, day_of, summarise
from models.segments import Segments, rfm_segments
from models.special import Floats
from models.summary import DAYS_IN, Summary

if TYPE_CHECKING:
    import pandas as pd

    from models.choosing import Choice
    from models.season import Season, SeasonFit

# What can be asked for by name; "auto" lets models/choosing.py choose.
MODELS: Mapping[str, tuple[str, str]] = {
    "bg-nbd": ("models.bg_nbd", "BGNBD"),
    "mbg-nbd": ("models.cnbd", "MBGNBD"),
    "pareto-nbd": ("models.pareto_nbd", "ParetoNBD"),
    "bg-cnbd-k": ("models.cnbd", "BGCNBDk"),
    "mbg-cnbd-k": ("models.cnbd", "MBGCNBDk"),
    "nbd": ("models.nbd", "NBD"),
}
AUTO = "auto"
_LEVEL = 0.9
_DRAWS = 2_000


def model_named(key: str) -> Callable[[], Model]:
    """The class of model with this key. Raises BadInput for a key that no model has."""
    if key not in MODELS:
        raise BadInput(f"model: {key!r} is not known; take {AUTO}, {', '.join(MODELS)}.")
    home, name = MODELS[key]
    made: Callable[[], Model] = getattr(import_module(home), name)
    return made


@dataclass(frozen=True)
class Forecast:
    """What `forecast` found; arrays (n,) are in the order of `summary.customer`.

    summary: the customers as of the last day looked at; model, baskets: fitted to them; worth: lifetime value of each;
    segments: RFM; scored: the holdout, or None; choice: how the model was chosen, or None; season: the season estimated, or
    the one given, or None; orders_interval: 90 % interval of all customers' orders over the horizon; draws: of the model's
    parameters from their posterior, exact for BG/NBD (with .ess, .pareto_k and .message), else from its normal
    approximation.
    """

    orders: Orders
    summary: Summary
    model: Model
    baskets: GammaGamma
    worth: LifetimeValue
    segments: Segments
    scored: Holdout | None
    choice: "Choice | None"
    season: "SeasonFit | Season | None"
    orders_interval: tuple[float, float]
    draws: Mapping[str, Floats]

    def to_frame(self) -> "pd.DataFrame":
        """One row a customer for a CRM: RFM, P(alive), expected orders, spend an order, LTV and its interval."""
        frame = self.worth.to_frame()
        frame["segment"] = self.segments.name
        for name in ("recency", "frequency", "money"):
            frame[f"{name}_score"] = getattr(self.segments, f"{name}_score")
        frame["repeat_orders"] = self.summary.frequency.astype(np.int64)
        if self.summary.first_day is not None:
            day = self.summary.first_day.astype("datetime64[D]")
            frame["first_order"] = day.astype(str)
            frame["last_order"] = (day + self.summary.recency.astype("timedelta64[D]")).astype(str)
        return frame

    def by(self, labels: Mapping[Any, Any] | None = None) -> "pd.DataFrame":
        """Customers, expected orders and LTV by segment: RFM's, or `labels` {customer: segment}; one row each.

        Raises BadInput where a customer has no label.
        """
        import pandas as pd

        group = pd.Series(self.segments.name if labels is None else _labels(self.summary, labels))
        worth = self.worth
        table = pd.DataFrame(
            {"alive": worth.probability_alive, "orders": worth.expected_orders, "value": worth.value}
        ).groupby(group.to_numpy(), sort=False)
        made = table.agg(
            customers=("value", "size"),
            probability_alive=("alive", "mean"),
            expected_orders=("orders", "sum"),
            ltv=("value", "mean"),
            ltv_total=("value", "sum"),
        )
        return made.sort_values("ltv_total", ascending=False, kind="stable").rename_axis("segment")


def _labels(summary: Summary, labels: Mapping[Any, Any]) -> np.ndarray:
    assert summary.customer is not None
    missing = [c for c in summary.customer.tolist() if c not in labels]
    if missing:
        raise BadInput(
            f"by: {len(missing):,} of {len(summary):,} customers have no segment, the first is {missing[0]!r}; give one to "
            "each."
        )
    return np.array([str(labels[c]) for c in summary.customer.tolist()])


def forecast(
    orders: Orders,
    *,
    model: str = "bg-nbd",
    season: "str | Season | None" = None,
    covariates: Any = None,
    columns: Sequence[str] = (),
    holdout: DayLike | None = None,
    horizon: float = 365.0,
    yearly_discount: float = 0.10,
    margin: float = 1.0,
    seed: int = 0,
    tell: Callable[[str], None] = lambda _: None,
) -> Forecast:
    """Forecast what each customer will do in the next `horizon` days, and what she is worth.

    model: a key of MODELS, or "auto" (models/choosing.py, which looks at nothing after `holdout`). season: None for the
    calendar as it is, "auto" to estimate one from the log, or a Season. covariates: any dataframe with one row a customer
    and a column `customer`; its `columns` act on rhythm and on loss (BG/NBD and Pareto/NBD). holdout: the last calibration
    day; what came after it scores the forecast. seed: of what is drawn for the posterior. `tell` is told what is being
    done. Raises BadInput and CannotIdentify as its parts do.
    """
    last = day_of(holdout, "holdout") if holdout is not None else orders.last_day
    if not orders.first_day <= last or (holdout is not None and last >= orders.last_day):
        raise BadInput(
            f"{orders.source}: the last calibration day {last} must lie between the first order on {orders.first_day} and "
            f"the end on {orders.last_day}, with days left to forecast."
        )
    choice = None
    if model == AUTO:
        from models.choosing import choose

        tell("choosing a model")
        choice = choose(orders, until=last)
        model = choice.best.key
    tell("fitting")
    fitted, summary, found, ahead = _fitted(orders, last, model, season)
    if covariates is not None:
        tell("fitting covariates")
        fitted = _informed(fitted, summary, covariates, columns)
    baskets = GammaGamma().fit(summary)
    tell("forecasting")
    scored = _scored(orders, last, fitted, summary, ahead) if holdout is not None else None
    worth = lifetime_value(
        fitted, baskets, summary, horizon, yearly_discount=yearly_discount, margin=margin, ahead=ahead
    )
    segments = rfm_segments(summary, baskets.expected_average_spend(summary))
    interval = _orders_interval(fitted, summary, worth, ahead, horizon)
    rng = np.random.default_rng(seed)
    draws = fitted.sample_posterior(_DRAWS, rng) if type(fitted) is BGNBD else fitted.normal_draws(_DRAWS, rng)
    return Forecast(orders, summary, fitted, baskets, worth, segments, scored, choice, found, interval, draws)


_Ahead = Callable[[Floats], Floats]


def _informed(fitted: Model, summary: Summary, table: Any, columns: Sequence[str]) -> Model:
    """The model with covariates, on the clock that it was fitted on."""
    from models.covariates import WithCovariates
    from models.informed import Informed

    found = WithCovariates(fitted, rhythm=list(columns), loss=list(columns)).fit(summary, table)
    return Informed(found, fitted, table)


def _fitted(
    orders: Orders, last: date, key: str, season: "str | Season | None"
) -> tuple[Model, Summary, "SeasonFit | Season | None", _Ahead | None]:
    """The model fitted to all up to `last`, on the season's clock if there is one, and the time that days ahead bring."""
    make = model_named(key)
    if season is None:
        summary = summarise(orders, last)
        return make().fit(summary), summary, None, None
    from models.season import Season, estimate_season, with_clock

    if isinstance(season, Season):
        summary = with_clock(orders, season, last)
        return make().fit(summary), summary, season, _ahead(season, last)
    if season != AUTO:
        raise BadInput(f"season: {season!r} is not known; take {AUTO} to estimate one, or give a season.")
    found = estimate_season(orders, make, last)
    return found.model, found.summary, found, _ahead(found.season, last)


def _ahead(season: "Season", last: date) -> _Ahead:
    """Operational time that the days after `last` bring: days ahead (m,), whole or not -> time (m,)."""

    def clock(days: Floats) -> Floats:
        most = int(np.ceil(days.max(initial=1.0)))
        cumulative = np.concatenate([[0.0], np.cumsum(season.daily(last + timedelta(days=1), most))])
        return np.asarray(np.interp(days, np.arange(most + 1), cumulative))

    return clock


def _orders_interval(
    fitted: Model, summary: Summary, worth: LifetimeValue, ahead: _Ahead | None, horizon: float
) -> tuple[float, float]:
    """Of the total of orders to come: customers' chance and the parameters' errors (delta method), in its logarithm."""
    from models.ltv.general import orders_interval

    unit = DAYS_IN[summary.time_unit]
    t = horizon / unit if ahead is None else float(ahead(np.array([horizon]))[0])
    return orders_interval(fitted, summary, t, worth.expected_orders, _LEVEL)


def _scored(orders: Orders, last: date, fitted: Model, summary: Summary, ahead: _Ahead | None) -> Holdout:
    """The forecast of the days after `last` beside what came."""
    whole = summarise(orders, orders.last_day)
    assert whole.customer is not None and summary.customer is not None
    actual = whole.frequency[np.searchsorted(whole.customer, summary.customer)] - summary.frequency
    days = float((orders.last_day - last).days)
    t = days if ahead is None else float(ahead(np.array([days]))[0])
    return Holdout(summary, fitted, actual, fitted.expected_purchases(t, summary), last, orders.last_day)
