"""Pareto/NBD with a customer's own alpha (rhythm) and beta (loss): likelihood with derivatives, predictions, simulation.

alpha_i = alpha exp(-gamma' z), beta_i = beta exp(-delta' z): Fader & Hardie (2007), "Incorporating time-invariant covariates
into the Pareto/NBD and BG/NBD models", with the integral over the time of loss by positive terms
(models/families/pareto_nbd/quadrature.py).
"""

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

import numpy as np
from scipy.special import expit

from models.families.covariates.climb import Piece
from models.families.covariates.histories import Histories
from models.families.pareto_nbd.counts import count_chances, time_alive
from models.families.pareto_nbd.likelihood import _rises
from models.families.pareto_nbd.quadrature import Losses, Rows, lost_without_purchase, pieces
from models.families.simulated import SimulatedOrders
from models.numerics.arrays import ArrayLike, Floats
from models.numerics.merge import Whole


class ParetoNBDRows:
    """See models/families/covariates/model.py: Own."""

    shifted: ClassVar[Mapping[str, tuple[int, float]]] = {"rhythm": (1, -1.0), "loss": (3, -1.0)}

    def __init__(self, h: Histories) -> None:
        self.h = h

    @property
    def count(self) -> Floats:
        """Customers a row."""
        return self.h.count

    @staticmethod
    def own(u: Floats, shifts: Mapping[str, Floats], profile: Mapping[str, Whole]) -> dict[str, Any]:
        """Each row's own parameters: alpha and beta are arrays."""
        r, alpha, s, beta = np.exp(u)
        own_alpha = alpha * np.exp(shifts["rhythm"])[profile["rhythm"]]
        return {
            "r": float(r),
            "alpha": own_alpha,
            "s": float(s),
            "beta": beta * np.exp(shifts["loss"])[profile["loss"]],
        }

    def _of_rows(self, u: Floats, shifts: Mapping[str, Floats]) -> tuple[float, Floats, float, Floats]:
        own = self.own(u, shifts, self.h.profile)
        return own["r"], own["alpha"], own["s"], own["beta"]

    def _losses(self, r: float, alpha: Floats, s: float, beta: Floats) -> tuple[Floats, ...]:
        """R, A, B and span of the integral over the time of loss."""
        h = self.h
        return r + h.x, alpha + h.tau_x, beta + h.tau_x, h.tau_T - h.tau_x

    def pieces(self, u: Floats, shifts: Mapping[str, Floats]) -> Iterator[Piece]:
        """Log-likelihood of some rows with gradient and Hessian in their own ln(r, alpha, s, beta)."""
        r, alpha, s, beta = self._of_rows(u, shifts)
        R, A, B, span = self._losses(r, alpha, s, beta)
        losses = Losses.of(R, A, s, B, span)
        rises = _rises(r, self.h.x, 1.0)  # by purchases: equal alphas cannot be assumed
        for rows, n in pieces(losses.length, losses.swing):
            value, first, second = _alive(self.h.x[rows], self.h.tau_T[rows], r, alpha[rows], s, beta[rows])
            value += rises[0, rows]
            first[0] += r * rises[1, rows]
            second[0, 0] += r * rises[1, rows] + r * r * rises[2, rows]
            _add_lost(losses, rows, n, span[rows], (r, alpha[rows], beta[rows]), (value, first, second))
            yield rows, value, first, second

    # -- predictions --------------------------------------------------------------------------------------------------

    def alive(self, u: Floats, shifts: Mapping[str, Floats]) -> Floats:
        """P(alive), (rows,)."""
        r, alpha, s, beta = self._of_rows(u, shifts)
        R, A, B, span = self._losses(r, alpha, s, beta)
        with np.errstate(divide="ignore"):
            lost = np.log(lost_without_purchase(R, A, s, B, span))
        return np.asarray(expit(-(lost + R * np.log1p(span / A) + s * np.log1p(span / B))))

    def expected(self, t: Floats, u: Floats, shifts: Mapping[str, Floats]) -> Floats:
        """Expected purchases in the next `t`, (rows,)."""
        r, alpha, s, beta = self._of_rows(u, shifts)
        rate = (r + self.h.x) / (alpha + self.h.tau_T)
        return np.asarray(self.alive(u, shifts) * rate * time_alive(t, s, beta + self.h.tau_T))

    def chances(self, t: float, n_most: int, u: Floats, shifts: Mapping[str, Floats]) -> Floats:
        """P(0..n_most purchases in the next `t`), (rows, n_most + 1)."""
        r, alpha, s, beta = self._of_rows(u, shifts)
        alive = self.alive(u, shifts)[:, None]
        out = alive * count_chances(n_most, t, r + self.h.x, alpha + self.h.tau_T, s, beta + self.h.tau_T)
        out[:, 0] += 1.0 - alive[:, 0]
        return out

    @classmethod
    def simulate(cls, n: int, T: ArrayLike, rng: np.random.Generator, own: Mapping[str, Any]) -> SimulatedOrders:
        """New customers with their own parameters, drawn in the order in which ParetoNBD draws."""
        T = np.broadcast_to(np.asarray(T, dtype=np.float64), (n,)).copy()
        rate, loss = rng.gamma(own["r"], 1.0 / own["alpha"], n), rng.gamma(own["s"], 1.0 / own["beta"], n)
        with np.errstate(divide="ignore", over="ignore"):  # a hazard may underflow to 0: she is never lost
            life = rng.standard_exponential(n) / loss
        until = np.minimum(life, T)
        customer = np.repeat(np.arange(n), rng.poisson(rate * until))
        time = rng.random(customer.size) * until[customer]
        order = np.lexsort((time, customer))
        return SimulatedOrders(customer, time[order], T, rate, loss, life > T)


def _alive(x: Floats, T: Floats, r: float, alpha: Floats, s: float, beta: Floats) -> tuple[Floats, Floats, Floats]:
    """ln [alpha^-x (1+T/alpha)^-(r+x) (1+T/beta)^-s], gradient and Hessian in ln(r, alpha, s, beta)."""
    R, on_A, on_B = r + x, np.log1p(T / alpha), np.log1p(T / beta)
    by_A, by_B = T / (alpha + T), T / (beta + T)
    second = np.zeros((4, 4, x.size))
    second[0, 0], second[2, 2] = -r * on_A, -s * on_B
    second[[0, 1], [1, 0]], second[[2, 3], [3, 2]] = r * by_A, s * by_B
    second[1, 1], second[3, 3] = -R * by_A * (1.0 - by_A), -s * by_B * (1.0 - by_B)
    return (
        -x * np.log(alpha) - R * on_A - s * on_B,
        np.stack([-r * on_A, R * by_A - x, -s * on_B, s * by_B]),
        second,
    )


def _add_lost(
    losses: Losses,
    rows: Rows,
    n: int,
    span: Floats,
    own: tuple[float, Floats, Floats],
    sums: tuple[Floats, Floats, Floats],
) -> None:
    """Add to `sums` (value, first, second) ln(1 + odds of lost to alive) and its derivatives: a customer is a mixture of
    `alive` and `lost at t_j`. `own`: r, and each row's alpha and beta."""
    (r, alpha, beta), (value, first, second) = own, sums
    s, R, A, B = losses.s, losses.R[rows], losses.A[rows], losses.B[rows]
    t, on_A, on_B, share = losses.nodes(rows, n)
    lost = share.sum(axis=0)
    end_A, end_B = np.log1p(span / A), np.log1p(span / B)
    with np.errstate(divide="ignore"):
        log_odds = np.log(lost) + R * end_A + s * end_B
    value += np.logaddexp(0.0, log_odds)
    share *= expit(log_odds) / np.maximum(lost, 1e-300)

    # How much each node's log density rises faster with ln(r, alpha, s, beta) than that of `alive`.
    in_A, in_B = alpha / (A + t), beta / (B + t)
    out_A, out_B = alpha / (A + span), beta / (B + span)
    rises = np.stack([r * (end_A - on_A), R * (out_A - in_A), s * (end_B - on_B) + 1.0, s * (out_B - in_B) - in_B])
    mean = np.einsum("kjm,jm->km", rises, share)
    first += mean
    second -= mean[:, None] * mean[None, :]
    for i in range(4):
        weighted = rises[i] * share
        for j in range(i, 4):
            product = np.einsum("jm,jm->m", weighted, rises[j])
            second[i, j] += product
            if j > i:
                second[j, i] += product
    # The second derivatives of those differences themselves.
    bend_A, bend_B = out_A * (1.0 - out_A) - in_A * (1.0 - in_A), out_B * (1.0 - out_B) - in_B * (1.0 - in_B)
    second[0, 0] += mean[0]
    second[[0, 1], [1, 0]] += r * (share * (out_A - in_A)).sum(axis=0)
    second[1, 1] += R * (share * bend_A).sum(axis=0)
    second[2, 2] += mean[2] - share.sum(axis=0)
    second[[2, 3], [3, 2]] += s * (share * (out_B - in_B)).sum(axis=0)
    second[3, 3] += (share * (s * bend_B - in_B * (1.0 - in_B))).sum(axis=0)
