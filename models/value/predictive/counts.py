"""Numbers of orders to come: drawn, and their quantiles, for given parameters."""

import numpy as np

from models.data.summary import Summary
from models.errors import BadInput
from models.families.bg_nbd import PosteriorParameters
from models.families.model import Model
from models.numerics.arrays import Floats
from models.numerics.merge import Whole, distinct_rows

_CELLS = 2_000_000  # chances of counts held at once
_ONE = 1.0 - 1e-10  # a chance beyond which a table of counts is not asked, as rounding ends it
_LARGEST = 1e15  # a count is no larger: whole numbers end there, and no customer lives to see it


def distinct_histories(model: Model, summary: Summary, t: float) -> tuple[Summary, Whole]:
    """The distinct histories of frequency, recency and T, and which of them each customer has, (n,).

    All customers as they are where `model` sees more of them than that: if it expects other orders in the next `t`.
    """
    kept = ("frequency", "recency", "T", "tau_x", "tau_T", "G_x", "G_before")
    columns = {name: getattr(summary, name) for name in kept if getattr(summary, name) is not None}
    everybody = summary, np.arange(len(summary))
    _, place = distinct_rows(list(columns.values()))
    if place is None:
        return everybody
    first = np.unique(place, return_index=True)[1]
    rows = Summary(time_unit=summary.time_unit, **{name: column[first] for name, column in columns.items()})
    try:
        same = np.allclose(model.expected_purchases(t, rows)[place], model.expected_purchases(t, summary), rtol=1e-9)
    except BadInput:
        same = False
    return (rows, place) if same else everybody


def draw_orders(
    model: Model, histories: tuple[Summary, Whole], t: float, times: int, rng: np.random.Generator
) -> Floats:
    """Orders of each customer in the next `t`, (times, n), given the model's parameters: exact, for any model."""
    rows, place = histories
    chance = rng.random(times * place.size)
    return count_at(model, rows, np.tile(place, times), t, chance).reshape(times, place.size)


def draw_from_state(state: PosteriorParameters, t: float, rng: np.random.Generator) -> Floats:
    """One draw of BG/NBD's orders in the next `t`, (n,); orders to come have exponent 1.

    Alive with P(alive); then lambda ~ Gamma(r+x, alpha+tau_T), p ~ Beta(a, b+G_x), and the orders are the lesser of
    those that time allows, Poisson(lambda t), and those she stays for, geometric in p.
    """
    out = np.zeros(state.shape.size)
    alive = np.flatnonzero(rng.random(out.size) < state.probability_alive)
    rate = rng.standard_gamma(state.shape[alive]) / state.rate_alive[alive]
    allowed = rng.poisson(np.minimum(rate * t, _LARGEST)).astype(np.float64)
    buys = allowed > 0
    alive, allowed = alive[buys], allowed[buys]
    loss = rng.beta(state.loss_a, state.loss_b_alive[alive])
    with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
        stays = np.ceil(rng.standard_exponential(alive.size) / -np.log1p(-loss))
    out[alive] = np.minimum(allowed, np.maximum(np.where(np.isnan(stays), np.inf, stays), 1.0))
    return out


def count_at(model: Model, rows: Summary, place: Whole, t: float, chance: Floats) -> Floats:
    """The least count whose cumulative chance reaches `chance` (n,), for customers with history rows[place], (n,)."""
    mean = model.expected_purchases(t, rows)[place]
    chance = np.minimum(chance, _ONE)
    out = np.zeros(place.size)
    left, most = np.argsort(mean, kind="stable"), 1.5
    while left.size:
        again = []
        start = 0
        while start < left.size:
            # Customers of like means need tables of like length; the last of a block has the largest mean.
            first = mean[left[start]]
            end = int(np.searchsorted(mean[left], 2.0 * first + 2.0, side="right"))
            block = left[start : min(end, start + max(1, int(_CELLS / (most * (2.0 * first + 14.0)))))]
            n_most = int(most * (mean[block[-1]] + 8.0))
            used, which = np.unique(place[block], return_inverse=True)
            below = np.cumsum(model.purchase_distribution(t, n_most, rows[used]), axis=1)
            # One search for all: rows end to end, each raised above the one before.
            raised = (np.minimum(below, 1.0) + 2.0 * np.arange(used.size)[:, None]).reshape(-1)
            places = np.searchsorted(raised, chance[block] + 2.0 * which, side="left") - which * (n_most + 1)
            out[block] = places
            again.append(block[places > n_most])
            start += block.size
        left = np.concatenate(again)
        most *= 4.0
        if most * mean[left].max(initial=1.0) > _CELLS:  # such a tail has no use: its beginning stands for it
            break
    return out


def count_interval(model: Model, summary: Summary, t: float, level: float) -> tuple[Floats, Floats]:
    """Ends of the central interval of each customer's number of orders in the next `t`, (n,) each."""
    rows, place = distinct_histories(model, summary, t)
    each = np.arange(len(rows))
    ends = [count_at(model, rows, each, t, np.full(len(rows), 0.5 * (1.0 + s * level))) for s in (-1.0, 1.0)]
    return ends[0][place], ends[1][place]
