"""Predictions with everything that is uncertain: customers, segments and the whole."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from models.data.summary import DAYS_IN, Summary
from models.errors import BadInput
from models.families.ahead import Ahead, calendar
from models.families.gamma_gamma import GammaGamma
from models.families.model import Model
from models.families.posterior import ParameterDraws, Prior, sample_posterior
from models.numerics.arrays import ArrayLike, Floats
from models.value.ltv.value import lifetime_value
from models.value.predictive.counts import count_interval
from models.value.predictive.discount import check
from models.value.predictive.groups import Crowd, GroupForecast, group_draws

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Prediction:
    """What customers will order and spend in the next `horizon` days.

    orders, orders_low, orders_high, value, value_low, value_high (n,): each customer's expectation and the interval in
    which her orders and her discounted value (times margin) will lie with chance `level`, given the fitted parameters,
    whose errors matter little for one customer. total and segments {label: ...}: the same of sums, from draws of
    parameters, lives, counts and spend together. rhythm and baskets: the draws of the parameters. Value fields are None
    without baskets.
    """

    customer: npt.NDArray[Any] | None
    probability_alive: Floats
    orders: Floats
    orders_low: Floats
    orders_high: Floats
    value: Floats | None
    value_low: Floats | None
    value_high: Floats | None
    total: GroupForecast
    segments: Mapping[Any, GroupForecast]
    rhythm: ParameterDraws
    baskets: ParameterDraws | None
    horizon: float
    level: float

    @property
    def message(self) -> str:
        """How the parameters were drawn, in one sentence."""
        return (
            self.rhythm.message if self.baskets is None else f"{self.rhythm.message}; baskets: {self.baskets.message}"
        )

    def to_frame(self) -> "pd.DataFrame":
        """One row a customer."""
        import pandas as pd

        names = (
            "customer",
            "probability_alive",
            "orders",
            "orders_low",
            "orders_high",
            "value",
            "value_low",
            "value_high",
        )
        return pd.DataFrame({name: getattr(self, name) for name in names if getattr(self, name) is not None})

    def segments_to_frame(self) -> "pd.DataFrame":
        """One row a segment: customers, orders and value with their intervals."""
        import pandas as pd

        names = ("customers", "orders", "orders_low", "orders_high", "value", "value_low", "value_high")
        rows = [[getattr(g, name) for name in names] for g in self.segments.values()]
        index = pd.Index(list(self.segments), name="segment")
        return pd.DataFrame(rows, columns=list(names), index=index).dropna(axis=1, how="all")


def predict(
    model: Model,
    baskets: GammaGamma | None,
    summary: Summary | None = None,
    horizon: float = 365.0,
    *,
    rng: np.random.Generator,
    draws: int = 1_000,
    by: ArrayLike | None = None,
    margin: float = 1.0,
    yearly_discount: float = 0.10,
    level: float = 0.9,
    prior: Prior = "weak",
    ahead: Ahead | None = None,
) -> Prediction:
    """Orders and value of each customer of `summary` (default: those fitted) over `horizon` days, with intervals.

    `baskets` None predicts orders only. `by` (n,) labels customers with segments. `yearly_discount` and `margin` as in
    `lifetime_value`; orders are not discounted. `prior`: of the parameters, see `sample_posterior`; a flat one
    makes the totals of a few hundred customers some 3 % too low, as it favours large a and b. `ahead`: the clock of the
    days to come (`SeasonFit.ahead`, `Fitted.ahead`); where it knows how sure totals on it are, that is drawn as
    one factor, in place of the parameters of its model. Raises BadInput where an argument makes no sense, the summary
    has no spend, or the baskets have covariates (models.forecast takes those).
    """
    summary = model.customers(summary)
    check(horizon, level, draws, "prediction")
    if not len(summary):
        raise BadInput("prediction: the summary has no customer.")
    if baskets is not None and (summary.monetary_value is None or summary.spend_count is None):
        raise BadInput("prediction: the summary has no monetary_value; name the amount column, or give baskets=None.")
    if baskets is not None and type(baskets) is not GammaGamma:
        raise BadInput("prediction: baskets with covariates cannot be drawn here; use models.forecast.")
    labels, group = _labels(by, len(summary))
    rhythm = _draws(model, draws, rng, prior)
    basket = None if baskets is None else sample_posterior(baskets, draws, rng, prior)
    t = (calendar(DAYS_IN[summary.time_unit]) if ahead is None else ahead).at(horizon)
    alive, orders = model.probability_alive(summary), model.expected_purchases(t, summary)
    value: Floats | None = None
    factor = np.ones(len(summary))
    ends: tuple[Floats | None, Floats | None] = (None, None)
    if baskets is not None:
        worth = lifetime_value(
            model, baskets, summary, horizon, yearly_discount=yearly_discount, margin=margin, level=level, ahead=ahead
        )
        spend = np.maximum(worth.expected_orders * worth.spend, 1e-300)
        value, factor, ends = worth.value, worth.value / spend, (worth.low, worth.high)
    crowd = Crowd(model, baskets, summary, t, group, orders, factor, value)
    points = np.column_stack([rhythm[name] for name in model.parameters])
    basket_points = None if basket is None else np.column_stack([basket[name] for name in ("p", "q", "v")])
    if ahead is not None and ahead.sd_log is not None and model is ahead.model:
        points[:] = [model.params_[name] for name in model.parameters]
    drawn = group_draws(crowd, max(len(labels), 1), points, basket_points, rng)
    if ahead is not None:
        drawn = _on_clock(crowd, drawn, ahead, rng)
    low, high = count_interval(model, summary, t, level)
    segments = {label: _forecast(crowd, drawn, np.array([i]), level) for i, label in enumerate(labels)}
    return Prediction(
        customer=summary.customer,
        probability_alive=alive,
        orders=orders,
        orders_low=low,
        orders_high=high,
        value=value,
        value_low=ends[0],
        value_high=ends[1],
        total=_forecast(crowd, drawn, np.arange(max(len(labels), 1)), level),
        segments=segments,
        rhythm=rhythm,
        baskets=basket,
        horizon=float(horizon),
        level=level,
    )


def _draws(model: Model, n: int, rng: np.random.Generator, prior: Prior) -> ParameterDraws:
    """From the model's own posterior."""
    draws = model.sample_posterior(n, rng, prior)
    if isinstance(draws, ParameterDraws):
        return draws
    return ParameterDraws(draws, "normal", "flat", float(n), float("nan"), "draws from the normal approximation")


def _on_clock(
    crowd: Crowd, drawn: tuple[Floats, Floats], ahead: Ahead, rng: np.random.Generator
) -> tuple[Floats, Floats]:
    """The groups' draws with what a season adds: more chance than independent lives have, and one factor for all."""
    factor = np.exp((ahead.sd_log or 0.0) * rng.standard_normal(drawn[0].shape[0]))[:, None]
    each = (crowd.orders, np.zeros(0) if crowd.value is None else crowd.value)
    out = []
    for total, expected in zip(drawn, each, strict=True):
        mean = np.bincount(crowd.group, expected, total.shape[1]) if expected.size else np.zeros(total.shape[1])
        out.append(factor * np.maximum(mean + np.sqrt(ahead.dispersion) * (total - mean), 0.0))
    return out[0], out[1]


def _labels(by: ArrayLike | None, n: int) -> tuple[list[Any], npt.NDArray[np.int64]]:
    """The distinct labels and which each customer has; none without `by`."""
    if by is None:
        return [], np.zeros(n, dtype=np.int64)
    given = np.asarray(by)
    if given.shape != (n,):
        raise BadInput(
            "prediction: by has shape {shape}; give one label for each of the {n:,} customers.",
            shape=given.shape,
            n=n,
        )
    labels, group = np.unique(given, return_inverse=True)
    return labels.tolist(), group.reshape(-1).astype(np.int64)


def _forecast(crowd: Crowd, drawn: tuple[Floats, Floats], groups: npt.NDArray[np.int64], level: float) -> GroupForecast:
    """The forecast of some groups together."""
    members = np.isin(crowd.group, groups) if groups.size > 1 else crowd.group == groups[0]
    chances = [0.5 * (1.0 - level), 0.5 * (1.0 + level)]
    orders = drawn[0][:, groups].sum(axis=1)
    low, high = np.quantile(orders, chances)
    count, expected = int(members.sum()), float(crowd.orders[members].sum())
    if crowd.value is None:
        return GroupForecast(count, expected, float(low), float(high), orders, None, None, None, None)
    value = drawn[1][:, groups].sum(axis=1)
    ends = np.quantile(value, chances)
    worth = float(crowd.value[members].sum())
    return GroupForecast(count, expected, float(low), float(high), orders, worth, float(ends[0]), float(ends[1]), value)
