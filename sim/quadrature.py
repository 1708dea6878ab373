"""Gauss nodes for what is not known of a member: her rate lambda and her chance p to be lost after an order.

What is integrated in sim/closing.py falls like 1 / (1 + c lambda) and like 1 / (1 + c p), with a c that differs from member
to member. Polynomials in lambda / (lambda + h) follow that with 4 nodes as well as polynomials in lambda do with 20.
"""

from typing import Any, TypeAlias

import numpy as np

from sim.engine.fields import record

SHAPES = 12  # x up to which lambda has its own nodes; beyond, Wilson & Hilferty's cube is exact enough
# G for which p has its own nodes; between two, those of the lower are weighted anew
EXPONENTS = (0.0, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0)
# h; against 30 and 60 plain Gauss nodes on CDNOW: the sum within 0.005 %, a member's value within 0.1 % of the mean (rms)
_HALF_RATE, _HALF_LOSS = 1.0, 0.3
_FINE = 100  # points that stand for a density when its nodes are sought
_LARGEST_CHANCE = 1.0 - 1e-12  # of p: where p is 1 the logarithm of staying is not
_NO_SPREAD = 1e-28  # of y / (y + half), squared: below is rounding


MOST_RATES, MOST_LOSSES, LEGENDRE = 4, 12, 10
USUAL_LOSSES = 8
# Quadrature for lambda (rate 1) and p. Weights of lambda hold the factor lambda: they add up to its mean.
NODES = record(
    [
        ("rate_nodes", "i8"),
        ("loss_nodes", "i8"),
        ("a", "f8"),
        ("b", "f8"),
        ("rates", "f8", (SHAPES + 1, MOST_RATES)),  # nodes for lambda Gamma(r + x, 1)
        ("rate_weights", "f8", (SHAPES + 1, MOST_RATES)),
        ("normal", "f8", (MOST_RATES,)),  # nodes of the standard normal
        ("normal_weights", "f8", (MOST_RATES,)),
        ("exponents", "f8", (len(EXPONENTS),)),
        ("stays", "f8", (len(EXPONENTS), MOST_LOSSES)),  # log(1 - p) at nodes for Beta(a, b + exponent)
        ("loss_weights", "f8", (len(EXPONENTS), MOST_LOSSES)),
        ("legendre", "f8", (LEGENDRE,)),  # nodes on (0, 1)
        ("legendre_weights", "f8", (LEGENDRE,)),
    ]
)
Nodes: TypeAlias = Any  # a record of NODES


def quadrature(r: float, a: float, b: float, rates: int = MOST_RATES, losses: int = USUAL_LOSSES) -> Nodes:
    """Nodes for lambda times Gamma(r + x), x = 0..SHAPES, and for Beta(a, b + G), G in EXPONENTS.

    At most MOST_RATES and MOST_LOSSES of them. Finite for all r, a, b in (0, 1e9]: a tiny a puts the weight on p = 0, a tiny
    b on p = 1, a huge r all nodes beside the mean.
    """
    from scipy.special import roots_hermitenorm, roots_legendre

    rate = [gauss(*gamma_points(r + x + 1.0), _HALF_RATE, rates) for x in range(SHAPES + 1)]
    loss = [gauss(*beta_points(a, b + g), _HALF_LOSS, losses) for g in EXPONENTS]
    normal, normal_weights = roots_hermitenorm(rates)
    u, u_weights = roots_legendre(LEGENDRE)
    nodes = np.zeros(1, NODES)[0]
    nodes["rate_nodes"], nodes["loss_nodes"] = rates, losses
    nodes["a"], nodes["b"] = a, b
    nodes["rates"][:, :rates] = [points for points, _ in rate]
    nodes["rate_weights"][:, :rates] = [(r + x) * weights for x, (_, weights) in enumerate(rate)]
    nodes["normal"][:rates], nodes["normal_weights"][:rates] = normal, normal_weights / normal_weights.sum()
    nodes["exponents"] = EXPONENTS
    nodes["stays"][:, :losses] = np.log1p(-np.minimum([points for points, _ in loss], _LARGEST_CHANCE))
    nodes["loss_weights"][:, :losses] = [weights for _, weights in loss]
    nodes["legendre"], nodes["legendre_weights"] = (u + 1.0) / 2.0, u_weights / 2.0
    return nodes


def gamma_points(shape: float) -> tuple[np.ndarray, np.ndarray]:
    """Points and weights (sum 1) that stand for Gamma(shape, rate 1): Gauss-Laguerre."""
    n = np.arange(_FINE)
    return _rule(2.0 * n + shape, np.sqrt(n[1:] * (n[1:] + shape - 1.0)))


def beta_points(a: float, b: float) -> tuple[np.ndarray, np.ndarray]:
    """Points and weights (sum 1) that stand for Beta(a, b): Gauss-Jacobi on (0, 1).

    The recurrence is written in a and b themselves, which may be as small as 1e-300: a - 1 would have lost them.
    """
    n = np.arange(1.0, _FINE)
    c = a + b
    below = n - 1.0  # twice below + c is 2n + c - 2, and c itself at n = 1, however small
    twice = 2.0 * below + c
    last = np.where(below == 0.0, 1.0, (below + c - 1.0) / np.where(below == 0.0, 1.0, twice - 1.0))
    beside = np.sqrt(n * ((below + a) / twice) * ((below + b) / twice) * last / (twice + 1.0))
    middle = np.empty(_FINE)
    middle[0] = a / c
    middle[1:] = 0.5 * (1.0 + (a - b) / twice * ((c - 2.0) / (twice + 2.0)))
    points, weights = _rule(middle, beside)
    return np.clip(points, 0.0, 1.0), weights


def _rule(diagonal: np.ndarray, beside: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Nodes and weights of the Gauss rule whose Jacobi matrix this is (Golub & Welsch 1969); the weights sum to 1."""
    from scipy.linalg import eigh_tridiagonal

    nodes, vectors = eigh_tridiagonal(diagonal, beside)
    return nodes, vectors[0] ** 2


def gauss(points: np.ndarray, density: np.ndarray, half: float, n: int) -> tuple[np.ndarray, np.ndarray]:
    """`n` nodes and weights that integrate polynomials in point / (point + half) exactly up to degree 2n - 1.

    Stieltjes' procedure gives the recurrence, its Jacobi matrix the nodes (Golub & Welsch 1969). Where the points lie so
    close together that fewer nodes say all that a double can tell, the rest weigh nothing.
    """
    y, weights = points / (points + half), density / density.sum()
    diagonal, ratio, size = np.zeros(n), np.zeros(n), 1.0
    before, now = np.zeros_like(y), np.ones_like(y)
    kept = 0
    while kept < n:
        last, size = size, (weights * now * now).sum()
        if kept and size / last < _NO_SPREAD:
            break
        diagonal[kept], ratio[kept] = (weights * y * now * now).sum() / size, size / last
        before, now = now, (y - diagonal[kept]) * now - (ratio[kept] if kept else 0.0) * before
        kept += 1
    points_kept, share = _rule(diagonal[:kept], np.sqrt(ratio[1:kept])) if kept > 1 else (diagonal[:1], np.ones(1))
    nodes, shares = np.full(n, points_kept[0]), np.zeros(n)
    nodes[:kept], shares[:kept] = points_kept, share
    return half * nodes / (1.0 - nodes), shares
