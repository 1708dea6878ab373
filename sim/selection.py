"""Whom a channel meets: a shop's customers as a card or a code finds them, who are not newcomers to the brand.

In a shop that has sold for A days a code at the counter meets any living customer, and a card in every repeat parcel meets
them by their rate of orders. With w = 0 and w = 1, lambda and p of such a customer have the density

    lambda^w e^(-lambda p A) Gamma(lambda; r, alpha) Beta(p; a, b)                    (docs/model.md, section 5)

so that p ~ p^(a-1) (1-p)^(b-1) (alpha + p A)^-(r+w) and lambda | p ~ Gamma(r + w, alpha + p A). p is drawn by rejection in
t = log(p / (1 - p)), where its density has one peak and falls to both sides whatever the parameters: steps from the peak
outwards lie above it, and beyond `_FAR` it is an exponential.
"""

import math

import numpy as np

from sim.catalogue import COUNTER
from sim.draws import RATE, Key, gamma, named_kind, uniform
from sim.engine.compiling import compiled
from sim.roles import Market

MET = named_kind("whom a channel meets")
_FAR = 700.0  # of t: beyond, p is 0 or 1 in a double
_GROWTH = 1.5  # of one step's width over the last one's
_NOTHING = 60.0  # e-folds below the peak
_MOST_STEPS = 128
_NARROWEST = 1e-9  # first step


@compiled
def whom_it_meets(key: Key, meets: int, alpha: float, market: Market) -> tuple[float, float]:
    """(lambda, p) of a customer whom a channel meets; `alpha` is the gamma rate of her lambda, days."""
    shape = market.r + weight_of(meets)
    p = loss_chance_met(key, shape, market.shop_age / alpha, market.a, market.b)
    return gamma(key, RATE, 0, shape) / (alpha + p * market.shop_age), p


@compiled
def weight_of(meets: int) -> int:
    """w: the power of lambda by which a channel that meets the shop's customers weighs them."""
    return meets - COUNTER


@compiled
def loss_chance_met(key: Key, s: float, c: float, a: float, b: float) -> float:
    """A draw of p ~ p^(a-1) (1-p)^(b-1) (1 + c p)^-s; exact for all a, b, s > 0 and c >= 0, in about two attempts."""
    peak = _peak(s, c, a, b)
    top = _log_density(peak, s, c, a, b)
    first = max(0.5 / math.sqrt(max(-_bend(peak, s, c, a, b), 1.0)), _NARROWEST)
    mass = np.zeros(2 * _MOST_STEPS + 2)  # of the steps to the left, of those to the right, of the two tails
    for side in range(2):
        for k in range(_MOST_STEPS):
            start, end = _step(peak, first, side, k)
            height = _log_density(start, s, c, a, b) - top
            mass[side * _MOST_STEPS + k] = abs(end - start) * math.exp(min(height, 0.0))
            if height < -_NOTHING or abs(end) >= _FAR:
                break
        tail = _log_density(_FAR if side else -_FAR, s, c, a, b) - top - math.log(b if side else a)
        mass[2 * _MOST_STEPS + side] = math.exp(min(tail, _FAR))
    attempt = 0
    while True:
        at = _place(uniform(key, MET, 3 * attempt), mass)
        if at >= 2 * _MOST_STEPS:
            return float(at - 2 * _MOST_STEPS)
        start, end = _step(peak, first, at // _MOST_STEPS, at % _MOST_STEPS)
        t = start + (end - start) * uniform(key, MET, 3 * attempt + 1)
        fall = _log_density(t, s, c, a, b) - _log_density(start, s, c, a, b)
        if math.log(uniform(key, MET, 3 * attempt + 2)) < fall:
            return 1.0 / (1.0 + math.exp(-t))
        attempt += 1


@compiled
def _step(peak: float, first: float, side: int, k: int) -> tuple[float, float]:
    """Step `k` outwards from the peak, to the left (side 0) or right: from where to where."""
    sign = 1.0 if side else -1.0
    start = peak + sign * first * (_GROWTH**k - 1.0) / (_GROWTH - 1.0)
    end = start + sign * first * _GROWTH**k
    return min(max(start, -_FAR), _FAR), min(max(end, -_FAR), _FAR)


@compiled
def _place(u: float, mass: np.ndarray) -> int:
    """Which of the masses the uniform number `u` picks."""
    left = u * mass.sum()
    last = 0
    for k in range(len(mass)):
        if mass[k] > 0.0:
            last = k
            if left < mass[k]:
                break
            left -= mass[k]
    return last


@compiled
def _softplus(t: float) -> float:
    """log(1 + e^t)."""
    return max(t, 0.0) + math.log1p(math.exp(-abs(t)))


@compiled
def _log_density(t: float, s: float, c: float, a: float, b: float) -> float:
    """Log of the density of t, but for a constant: a log p + b log(1 - p) - s log(1 + c p)."""
    p = 1.0 / (1.0 + math.exp(-t))
    return -a * _softplus(-t) - b * _softplus(t) - s * math.log1p(c * p)


@compiled
def _slope(t: float, s: float, c: float, a: float, b: float) -> float:
    """The derivative of the log density in t. It has one zero: times 1 + c p it is a parabola in p, > 0 at 0, < 0 at 1."""
    p, q = 1.0 / (1.0 + math.exp(-t)), 1.0 / (1.0 + math.exp(t))
    return a * q - b * p - s * c * p * q / (1.0 + c * p)


@compiled
def _bend(t: float, s: float, c: float, a: float, b: float) -> float:
    """The second derivative of the log density in t."""
    p, q = 1.0 / (1.0 + math.exp(-t)), 1.0 / (1.0 + math.exp(t))
    return -p * q * (a + b + s * c * (1.0 - 2.0 * p - c * p * p) / (1.0 + c * p) ** 2)


@compiled
def _peak(s: float, c: float, a: float, b: float) -> float:
    """Where the log density is highest, by halving."""
    low, high = -_FAR, _FAR
    for _ in range(64):
        middle = 0.5 * (low + high)
        if _slope(middle, s, c, a, b) > 0.0:
            low = middle
        else:
            high = middle
    return 0.5 * (low + high)
