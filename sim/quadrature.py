"""Gauss nodes for what is not known of a member: her rate lambda and her chance p to be lost after an order.

What is integrated in sim/closing.py falls like 1 / (1 + c lambda) and like 1 / (1 + c p), with a c that differs from member
to member. Polynomials in lambda / (lambda + h) follow that with 4 nodes as well as polynomials in lambda do with 20.
"""

from typing import NamedTuple

import numpy as np

SHAPES = 12  # x up to which lambda has its own nodes; beyond, Wilson & Hilferty's cube is exact enough
# G for which p has its own nodes; between two, those of the lower are weighted anew
EXPONENTS = (0.0, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0)
# h; against 30 and 60 plain Gauss nodes on CDNOW: the sum within 0.005 %, a member's value within 0.1 % of the mean (rms)
_HALF_RATE, _HALF_LOSS = 1.0, 0.3
_FINE = 100  # points that stand for a density when its nodes are sought


class Nodes(NamedTuple):
    """Quadrature for lambda (rate 1) and p. Weights of lambda hold the factor lambda: they add up to its mean."""

    rates: np.ndarray  # float64[SHAPES + 1, n]: nodes for lambda Gamma(r + x, 1)
    rate_weights: np.ndarray
    normal: np.ndarray  # float64[n]: nodes of the standard normal
    normal_weights: np.ndarray
    exponents: np.ndarray  # float64[levels]: EXPONENTS
    stays: np.ndarray  # float64[levels, k]: log(1 - p) at nodes for Beta(a, b + exponent)
    loss_weights: np.ndarray
    legendre: np.ndarray  # float64[j]: nodes on (0, 1)
    legendre_weights: np.ndarray


def quadrature(r: float, a: float, b: float, rates: int = 4, losses: int = 8) -> Nodes:
    """Nodes for lambda times Gamma(r + x), x = 0..SHAPES, and for Beta(a, b + G), G in EXPONENTS."""
    from scipy.special import roots_genlaguerre, roots_hermitenorm, roots_jacobi, roots_legendre

    rate = [gauss(*roots_genlaguerre(_FINE, r + x), _HALF_RATE, rates) for x in range(SHAPES + 1)]
    loss = []
    for g in EXPONENTS:
        z, density = roots_jacobi(_FINE, b + g - 1.0, a - 1.0)  # (1 - z)^(b+g-1) (1 + z)^(a-1), z = 2p - 1
        loss.append(gauss((z + 1.0) / 2.0, density, _HALF_LOSS, losses))
    normal, normal_weights = roots_hermitenorm(rates)
    u, u_weights = roots_legendre(10)
    return Nodes(
        np.array([nodes for nodes, _ in rate]),
        np.array([(r + x) * weights for x, (_, weights) in enumerate(rate)]),
        normal,
        normal_weights / normal_weights.sum(),
        np.array(EXPONENTS),
        np.log1p(-np.array([nodes for nodes, _ in loss])),
        np.array([weights for _, weights in loss]),
        (u + 1.0) / 2.0,
        u_weights / 2.0,
    )


def gauss(points: np.ndarray, density: np.ndarray, half: float, n: int) -> tuple[np.ndarray, np.ndarray]:
    """`n` nodes and weights that integrate polynomials in point / (point + half) exactly up to degree 2n - 1.

    Stieltjes' procedure gives the recurrence, its Jacobi matrix the nodes (Golub & Welsch 1969).
    """
    y, weights = points / (points + half), density / density.sum()
    diagonal, ratio, size = np.zeros(n), np.zeros(n), 1.0
    before, now = np.zeros_like(y), np.ones_like(y)
    for k in range(n):
        last, size = size, (weights * now * now).sum()
        diagonal[k], ratio[k] = (weights * y * now * now).sum() / size, size / last
        before, now = now, (y - diagonal[k]) * now - (ratio[k] if k else 0.0) * before
    beside = np.sqrt(ratio[1:])
    found, vectors = np.linalg.eigh(np.diag(diagonal) + np.diag(beside, 1) + np.diag(beside, -1))
    return half * found / (1.0 - found), vectors[0] ** 2
