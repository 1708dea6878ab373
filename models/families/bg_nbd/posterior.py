"""What a history tells about one customer: alive or not, her rate lambda and her chance p to be lost after an
order.

Alive: lambda ~ Gamma(r+x, alpha+tau_T), p ~ Beta(a, b+G_x). Lost after her last order: lambda ~ Gamma(r+x,
alpha+tau_x), p ~ Beta(a, b+G_{x-1}) times the chance 1 - (1-p)^g_x of that loss (docs/model.md section 5).
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from models.errors import BadInput
from models.numerics.arrays import ArrayLike, Floats
from models.numerics.special import log_beta_ratio


@dataclass(frozen=True)
class PosteriorParameters:
    """Arrays (n,), one row a customer; `alpha` and `loss_a` are the same for all.

    x, tau_T and alpha as given; probability_alive, and probability_lost, which keeps its digits where it is
    small; shape = r + x; rate_alive = alpha + tau_T; rate_lost = alpha + tau_x; loss_a = a; loss_b_alive = b +
    G_x; loss_b_lost = b + G_{x-1}, for which p is accepted with chance 1 - (1-p)^g_last; g_last = G_x - G_{x-1}.
    """

    x: Floats
    tau_T: Floats  # noqa: N815
    alpha: float
    probability_alive: Floats
    probability_lost: Floats
    shape: Floats
    rate_alive: Floats
    rate_lost: Floats
    loss_a: float
    loss_b_alive: Floats
    loss_b_lost: Floats
    g_last: Floats
    plain: bool  # every exponent is 1 (then G_x = x)


@dataclass(frozen=True)
class PosteriorDraws:
    """Joint draws, arrays (draws, customers): alive (bool), rate = lambda, loss = p."""

    alive: npt.NDArray[np.bool_]
    rate: Floats
    loss: Floats


def _whole_history(x: ArrayLike, tau_x: ArrayLike, tau_T: ArrayLike) -> tuple[Floats, Floats, Floats]:
    x, tau_x, tau_T = (np.atleast_1d(np.asarray(v, dtype=np.float64)) for v in np.broadcast_arrays(x, tau_x, tau_T))
    if not (np.isfinite(x) & (x >= 0) & np.isfinite(tau_T) & (tau_x >= 0) & (tau_x <= tau_T * (1 + 1e-12))).all():
        raise BadInput("BG/NBD: a history needs x >= 0 and 0 <= tau_x <= tau_T, all of them numbers.")
    return x, tau_x, tau_T


def posterior_parameters(
    params: Mapping[str, float],
    x: ArrayLike,
    tau_x: ArrayLike,
    tau_T: ArrayLike,
    G_x: ArrayLike | None = None,
    G_before: ArrayLike | None = None,
) -> PosteriorParameters:
    """The pieces of each customer's posterior; exponents are all 1 where `G_x` is not given.

    Raises BadInput where a history is impossible.
    """
    x, tau_x, tau_T = _whole_history(x, tau_x, tau_T)
    r, alpha, a, b = params["r"], params["alpha"], params["a"], params["b"]
    plain = G_x is None
    G_x = x if G_x is None else np.broadcast_to(np.asarray(G_x, dtype=np.float64), x.shape)
    if G_before is None:
        G_before = np.maximum(G_x - 1.0, 0.0) if plain else None
    if G_before is None:
        raise BadInput("BG/NBD: give G_before (the exponents of the first x - 1 orders added up) with G_x.")
    G_before = np.broadcast_to(np.asarray(G_before, dtype=np.float64), x.shape)
    bought = x > 0
    g_last = np.where(bought, G_x - G_before, 1.0)
    # B(a, b+G_{x-1})/B(a, b+G_x) - 1, which is a/(b+x-1) where exponents are 1
    odds = a / (b + G_before) if plain else np.expm1(-log_beta_ratio(a, b + G_before, g_last))
    with np.errstate(over="ignore", invalid="ignore"):
        odds = odds * np.exp((r + x) * np.log1p((tau_T - tau_x) / (alpha + tau_x)))
        alive = np.where(bought, 1.0 / (1.0 + odds), 1.0)
        lost = np.where(alive > 0.5, np.where(bought, odds, 0.0) * alive, 1.0 - alive)
    return PosteriorParameters(
        x, tau_T, alpha, alive, lost, r + x, alpha + tau_T, alpha + tau_x, a, b + G_x, b + G_before, g_last, plain
    )


def draw_posterior(state: PosteriorParameters, n: int, rng: np.random.Generator) -> PosteriorDraws:
    """`n` joint draws of (alive, lambda, p) for each customer, exact."""
    shape = (n, state.shape.size)
    alive = rng.random(shape) < state.probability_alive
    rate = rng.gamma(state.shape, 1.0, shape) / np.where(alive, state.rate_alive, state.rate_lost)
    # Lost: 1-(1-p)^g lies below max(1,g) p, so Beta(a+1, .) with the ratio as acceptance is exact and rarely
    # refuses.
    loss = rng.beta(
        np.where(alive, state.loss_a, state.loss_a + 1.0),
        np.where(alive, state.loss_b_alive, state.loss_b_lost),
    )
    g = np.broadcast_to(state.g_last, shape)
    b_lost = np.broadcast_to(state.loss_b_lost, shape)
    open_ = ~alive & (g != 1.0)
    while open_.any():
        at = np.flatnonzero(open_.reshape(-1))
        p = np.maximum(loss.reshape(-1)[at], 1e-300)
        g_at = g.reshape(-1)[at]
        chance = -np.expm1(g_at * np.log1p(-p)) / (p * np.maximum(g_at, 1.0))
        refused = at[rng.random(at.size) >= chance]
        open_ = np.zeros(shape, dtype=bool)
        open_.reshape(-1)[refused] = True
        loss.reshape(-1)[refused] = rng.beta(state.loss_a + 1.0, b_lost.reshape(-1)[refused])
    return PosteriorDraws(alive, rate, loss)
