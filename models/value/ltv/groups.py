"""How sure totals of groups of customers are: segments, or all of them.

Customers' variances add; the parameters' errors move a group's members together (delta method); both in the logarithm of
the total, so that its interval is positive, but for totals of few orders. Of a large group some members stand for the
rest, evenly taken.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
from scipy.special import gammaincinv, ndtri

from models.data.summary import Summary
from models.families.ahead import Ahead
from models.families.gamma_gamma import GammaGamma
from models.families.model import Model
from models.numerics.arrays import Floats
from models.numerics.merge import Whole
from models.value.ltv.general import spread, squared_orders
from models.value.ltv.result import LifetimeValue

_PER_GROUP = 5_000  # members of a group from whom chance and the parameters' part are told
_STEP = 1e-4
_LEVEL = 0.9  # of the interval of orders where there are no amounts
_FEW = 0.25  # relative variance of a total beyond which it is of few orders: four, if chance alone makes it


@dataclass(frozen=True)
class GroupTotals:
    """Orders and value of each group over the horizon and the interval of what will come, (groups,) each.

    The value's are None where the orders have no amounts.
    """

    orders: Floats
    orders_low: Floats
    orders_high: Floats
    value: Floats | None = None
    value_low: Floats | None = None
    value_high: Floats | None = None


def group_totals(
    model: Model,
    baskets: GammaGamma,
    summary: Summary,
    worth: LifetimeValue,
    ahead: Ahead,
    group: Whole | None = None,
    groups: int = 1,
) -> GroupTotals:
    """Totals of the `groups` groups that `group` (n,) numbers, all customers together without it, with their intervals.

    `worth` is the lifetime value of the same customers, whose horizon, margin and level hold.
    """
    group = np.zeros(len(summary), dtype=np.int64) if group is None else group
    t = ahead.at(worth.horizon)
    some = members(group, groups)
    part, at = summary[some], group[some]
    expected, value = worth.expected_orders[some], worth.value[some]
    each = np.maximum(expected * worth.spend[some], 1e-300)
    squares = spread(model, baskets, part, t, value / each, worth.level)
    chance = partial(_relative_chance, at=at, groups=groups)
    orders, spent = (np.asarray(np.bincount(group, v, groups), float) for v in (worth.expected_orders, worth.value))
    orders_variance = chance(squares.orders - expected**2, expected, total=orders) * ahead.dispersion
    value_variance = chance(squares.value - value**2, value, total=spent) * ahead.dispersion
    for variance, weight in ((orders_variance, expected), (value_variance, value)):
        variance += rhythm_variance(model, part, t, weight, ahead, at, groups)
    value_variance += spend_variance(baskets, part, value, at, groups)
    return GroupTotals(orders, *interval(orders, orders_variance, worth.level), spent,
                       *interval(spent, value_variance, worth.level))  # fmt: skip


def order_totals(
    model: Model,
    summary: Summary,
    expected: Floats,
    horizon: float,
    ahead: Ahead,
    group: Whole | None = None,
    groups: int = 1,
) -> GroupTotals:
    """The same of orders alone, where there are no amounts; `expected` (n,): each customer's orders over `horizon` days."""
    group = np.zeros(len(summary), dtype=np.int64) if group is None else group
    t = ahead.at(horizon)
    some = members(group, groups)
    part, at, each = summary[some], group[some], expected[some]
    orders = np.asarray(np.bincount(group, expected, groups), float)
    variance = _relative_chance(squared_orders(model, part, t) - each**2, each, at, groups, orders) * ahead.dispersion
    variance += rhythm_variance(model, part, t, each, ahead, at, groups)
    return GroupTotals(orders, *interval(orders, variance, _LEVEL))


def total_interval(
    model: Model, baskets: GammaGamma, summary: Summary, ahead: Ahead, days: float, worth: tuple[Floats, Floats],
    level: float,
) -> tuple[float, float]:  # fmt: skip
    """Interval of all customers' value within `days`; `worth`: each one's expectation and mean square, (n,)."""
    value, square = worth
    total = value.sum(keepdims=True)
    if not total[0] > 0:
        return 0.0, 0.0
    everybody = np.zeros(len(summary), dtype=np.int64)
    some = members(everybody, 1)
    part, each, one = summary[some], value[some], everybody[some]
    relative = (square - value**2).clip(0.0).sum(keepdims=True) / total / total * ahead.dispersion
    relative += rhythm_variance(model, part, ahead.at(days), each, ahead, one, 1)
    relative += spend_variance(baskets, part, each, one, 1)
    low, high = interval(total, relative, level)
    return float(low[0]), float(high[0])


def members(group: Whole, groups: int) -> Whole:
    """Rows of the customers who stand for their groups, sorted: all of a small one, some of a large one, evenly taken."""
    size = np.bincount(group, minlength=groups)
    order = np.argsort(group, kind="stable")
    place = np.arange(group.size) - np.repeat(np.cumsum(size) - size, size)
    step = np.maximum(-(-size // _PER_GROUP), 1)
    return np.sort(order[place % step[group[order]] == 0])


def interval(total: Floats, relative: Floats, level: float) -> tuple[Floats, Floats]:
    """Ends of the interval of a lognormal quantity around these totals, with this relative variance.

    A total of few orders may well be 0, which no lognormal quantity is: its lower end is that of a gamma quantity.
    """
    width = float(ndtri(0.5 * (1.0 + level))) * np.sqrt(np.log1p(relative))
    few = relative > _FEW
    shape = 1.0 / np.where(few, relative, 1.0)
    low = np.where(few, gammaincinv(shape, 0.5 * (1.0 - level)) / shape, np.exp(-width))
    return np.asarray(total * low), np.asarray(total * np.exp(width))


def _relative_chance(variance: Floats, expected: Floats, at: Whole, groups: int, total: Floats) -> Floats:
    """Variance of the groups' totals over their squares, from members who stand for them: it grows as the total does."""
    seen = np.bincount(at, expected, groups)
    share = np.bincount(at, np.maximum(variance, 0.0), groups) / np.maximum(seen, 1e-300)
    return np.asarray(share / np.maximum(total, 1e-300) * (total > 0))


def rhythm_variance(
    model: Model, summary: Summary, t: float, value: Floats, ahead: Ahead, group: Whole, groups: int
) -> Floats:
    """Relative variance of groups' totals of `value` (n,) from what is not known of the rhythm, (groups,)."""
    season = 0.0 if ahead.sd_log is None else float(np.expm1(ahead.sd_log**2))
    held = ahead.sd_log is not None and model is ahead.model
    if held or not np.any(model.covariance_) or not value.sum() > 0:
        return np.full(groups, season)
    weights = value / np.maximum(model.expected_purchases(t, summary), 1e-300)

    def orders(name: str, h: float) -> Floats:
        return weights * model.nudged(name, h).expected_purchases(t, summary)

    slopes = _slopes([partial(orders, name) for name in model.params_], value, group, groups)
    return np.asarray(season + np.einsum("ig,ij,jg->g", slopes, model.covariance_, slopes))


def spend_variance(baskets: GammaGamma, summary: Summary, value: Floats, group: Whole, groups: int) -> Floats:
    """The same from the errors of the baskets' parameters, which are independent of the rhythm's."""
    if not np.any(baskets.covariance_) or not value.sum() > 0:
        return np.zeros(groups)
    weights = value / baskets.expected_average_spend(summary)

    def spent(name: str, h: float) -> Floats:
        return weights * baskets.nudged(name, h).expected_average_spend(summary)

    slopes = _slopes([partial(spent, name) for name in baskets.params_], value, group, groups)
    return np.asarray(np.einsum("ig,ij,jg->g", slopes, baskets.covariance_, slopes))


def _slopes(nudged: list[Callable[[float], Floats]], value: Floats, group: Whole, groups: int) -> Floats:
    """Derivative of the logarithm of each group's total by each parameter's logarithm, (k, groups): central differences."""
    total = np.maximum(np.bincount(group, value, groups), 1e-300)
    rise = [np.bincount(group, of(_STEP) - of(-_STEP), groups) for of in nudged]
    return np.asarray(np.array(rise) / (2.0 * _STEP) / total)
