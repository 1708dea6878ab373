"""Predictive draws of what groups of customers will order and spend in total."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from models.data.summary import Summary
from models.families.bg_nbd import BGNBD
from models.families.gamma_gamma import GammaGamma
from models.families.model import Model, at_parameters
from models.numerics.arrays import Floats
from models.numerics.merge import Whole
from models.value.predictive.counts import distinct_histories, draw_from_state, draw_orders

_WORK = 20_000_000  # customers times draws simulated one by one: some seconds
_LEAST = 500  # customers a group of which is never thinned below
_DESIGN = 64  # parameter vectors at which a large group's expectation is worked out
_VECTORS = 200  # draws of the rhythm's parameters that are used where a future is not drawn directly
_FUTURES = 200  # of the customers that stand for a large group, for their variance


@dataclass(frozen=True)
class GroupForecast:
    """A group's orders and value over the horizon: expectation, and the interval of what will really come.

    orders and value are the sums of the customers' expectations (given the fitted parameters); low and high the ends of
    the predictive interval; the draws (d,) behind them hold parameters, lives, counts and spend together. Value fields
    are None without baskets.
    """

    customers: int
    orders: float
    orders_low: float
    orders_high: float
    orders_draws: Floats
    value: float | None
    value_low: float | None
    value_high: float | None
    value_draws: Floats | None


@dataclass(frozen=True)
class Crowd:
    """Customers and what each is worth: group (n,) from 0; orders (n,) expected; factor (n,) of spend; value (n,)."""

    model: Model
    baskets: GammaGamma | None
    summary: Summary
    t: float
    group: Whole
    orders: Floats
    factor: Floats
    value: Floats | None

    def __getitem__(self, rows: Whole) -> "Crowd":
        value = None if self.value is None else self.value[rows]
        return Crowd(
            self.model,
            self.baskets,
            self.summary[rows],
            self.t,
            self.group[rows],
            self.orders[rows],
            self.factor[rows],
            value,
        )


def futures(
    crowd: Crowd, rhythm: Floats, basket: Floats | None, rng: np.random.Generator
) -> Iterator[tuple[Floats, Floats]]:
    """Orders and (discounted) value of each customer, (n,) each, one future for each draw of the parameters (d, k).

    For models without exact draws of their own a draw of the rhythm's parameters serves several futures in a row.
    """
    exact = isinstance(crowd.model, BGNBD)
    histories = None if exact else distinct_histories(crowd.model, crowd.summary, crowd.t)
    step = 1 if exact else max(1, rhythm.shape[0] // _VECTORS)
    for start in range(0, rhythm.shape[0], step):
        model = at_parameters(crowd.model, rhythm[start])
        times = min(step, rhythm.shape[0] - start)
        if isinstance(model, BGNBD):
            many = draw_from_state(model.posterior_parameters(crowd.summary), crowd.t, rng)[None, :]
        else:
            assert histories is not None
            many = draw_orders(model, histories, crowd.t, times, rng)
        for i, orders in enumerate(many):
            yield orders, _spent(crowd, orders, None if basket is None else basket[start + i], rng)


def _spent(crowd: Crowd, orders: Floats, basket: Floats | None, rng: np.random.Generator) -> Floats:
    """What these orders (n,) bring, (n,), given the parameters p, q, v of spend."""
    value = np.zeros(orders.size)
    if basket is None:
        return value
    p, q, v = basket
    x, z = crowd.summary.spend_count, crowd.summary.monetary_value
    assert x is not None and z is not None
    buys = np.flatnonzero(orders)
    x, z = np.where(z[buys] > 0, x[buys], 0.0), z[buys]
    # nu ~ Gamma(q + p x, v + x z); N orders of Gamma(p, nu) each add up to Gamma(p N, nu).
    nu = np.maximum(rng.standard_gamma(q + p * x) / (v + x * z), 1e-300)
    with np.errstate(over="ignore"):
        value[buys] = np.minimum(rng.standard_gamma(p * orders[buys]) / nu, 1e300) * crowd.factor[buys]
    return value


def group_draws(
    crowd: Crowd, groups: int, rhythm: Floats, basket: Floats | None, rng: np.random.Generator
) -> tuple[Floats, Floats]:
    """Total orders and value of each group under each draw of the parameters (d, k), (d, groups) each.

    Groups small enough are simulated customer by customer. Of larger ones a random part is: it tells how the expectation
    depends on the parameters and how much chance adds, which is then normal, as the sum of very many customers is.
    """
    draws = rhythm.shape[0]
    sizes = np.bincount(crowd.group, minlength=groups)
    share = _WORK / (draws * max(len(crowd.summary), 1))
    large = sizes > np.maximum(_LEAST, share * sizes)
    orders, value = np.zeros((draws, groups)), np.zeros((draws, groups))
    small = crowd if not large.any() else crowd[np.flatnonzero(~large[crowd.group])]
    if len(small.summary):
        for i, (n, worth) in enumerate(futures(small, rhythm, basket, rng)):
            orders[i] = np.bincount(small.group, n, minlength=groups)
            value[i] = np.bincount(small.group, worth, minlength=groups)
    for g in np.flatnonzero(large):
        members = np.flatnonzero(crowd.group == g)
        kept = np.sort(rng.choice(members, max(_LEAST, int(share * members.size)), replace=False))
        whole = crowd[members]
        totals = (whole.orders.sum(), None if whole.value is None else whole.value.sum())
        orders[:, g], value[:, g] = _large(crowd[kept], members.size, totals, rhythm, basket, rng)
    return orders, value


def _large(
    part: Crowd,
    size: int,
    totals: tuple[float, float | None],
    rhythm: Floats,
    basket: Floats | None,
    rng: np.random.Generator,
) -> tuple[Floats, Floats]:
    """Draws of a large group's total orders and value, (d,) each, from the `part` of it that stands for all."""
    draws = rhythm.shape[0]

    def expected(values: Floats) -> Floats:
        each = at_parameters(part.model, values).expected_purchases(part.t, part.summary)
        worth = 0.0 if part.value is None else (part.value * each / np.maximum(part.orders, 1e-300)).sum()
        return np.log(np.maximum([each.sum(), worth], 1e-300))

    by_rhythm = np.exp(_response(expected, np.array([part.model.params_[k] for k in part.model.parameters]), rhythm))
    mean_orders = totals[0] * by_rhythm[:, 0]
    spread = size / len(part.summary) * _variance(part, rng)
    noise = rng.standard_normal((draws, 2)) @ _root(spread).T
    orders = np.maximum(mean_orders + noise[:, 0], 0.0)
    if part.baskets is None or basket is None or totals[1] is None or part.value is None:
        return orders, np.zeros(draws)
    baskets, worth = part.baskets, part.value
    base = baskets.expected_average_spend(part.summary)

    def spent(values: Floats) -> Floats:
        p, q, v = map(float, values)
        model = GammaGamma.known(p, q, v, mean_spend=baskets.mean_spend_)
        return np.log(np.maximum([(worth * model.expected_average_spend(part.summary) / base).sum()], 1e-300))

    by_basket = np.exp(_response(spent, np.array(list(baskets.params_.values())), basket))
    return orders, np.maximum(totals[1] * by_rhythm[:, 1] * by_basket[:, 0] + noise[:, 1], 0.0)


def _response(function: Callable[[Floats], Floats], fitted: Floats, draws: Floats) -> Floats:
    """`function` (a logarithm, (m,)) at each of the draws (d, k) less that at the fitted parameters, (d, m).

    A polynomial of degree two in the parameters' logarithms (in coefficients themselves, which have a sign) through some of
    the draws: it is smooth and they are near.
    """
    base = function(fitted)
    positive = (fitted > 0) & (draws > 0).all(axis=0)
    u = np.where(positive, np.log(np.where(positive, draws / fitted, 1.0)), draws - fitted)
    scale = np.sqrt((u * u).mean(axis=0))
    if not scale.any():
        return np.zeros((draws.shape[0], base.size))
    u = u / np.where(scale > 0, scale, 1.0)
    i, j = np.triu_indices(u.shape[1])
    basis = np.column_stack([u, u[:, i] * u[:, j]])
    step = max(1, draws.shape[0] // max(_DESIGN, 3 * basis.shape[1]))
    values = np.array([function(values) - base for values in draws[::step]])
    return np.asarray(basis @ np.linalg.lstsq(basis[::step], values, rcond=None)[0])


def _variance(part: Crowd, rng: np.random.Generator) -> Floats:
    """Covariance (2, 2) of the part's total orders and value given the fitted parameters, from simulated futures."""
    rhythm = np.array([[part.model.params_[k] for k in part.model.parameters]] * _FUTURES)
    basket = None if part.baskets is None else np.array([[part.baskets.params_[k] for k in "pqv"]] * _FUTURES)
    n = len(part.summary)
    sums, squares = np.zeros((2, n)), np.zeros((3, n))
    for orders, value in futures(part, rhythm, basket, rng):
        sums += orders, value
        squares += orders * orders, value * value, orders * value
    mean = sums / _FUTURES
    products = np.stack([mean[0] * mean[0], mean[1] * mean[1], mean[0] * mean[1]])
    oo, vv, ov = ((squares / _FUTURES - products) * _FUTURES / (_FUTURES - 1.0)).sum(axis=1)
    return np.array([[oo, ov], [ov, vv]])


def _root(covariance: Floats) -> Floats:
    """A root of a covariance that may be singular."""
    values, vectors = np.linalg.eigh(covariance)
    return np.asarray(vectors * np.sqrt(np.maximum(values, 0.0)))
