"""What the models' formulas are worth at 50 digits: their likelihoods and expectations written again with mpmath.

Nothing here is taken from models/: these are the papers' closed forms and series, with as many digits more as their
cancellations eat. Tests and `python -m benchmarks exact` compare the models with them.

BG/NBD, MBG/NBD, BG/CNBD-k and MBG/CNBD-k are one family: each k-th hidden event is a purchase, and `first` is 1 where a
customer may be lost after her first purchase already. A history is (x, t_x, T); see families/cnbd/likelihood.py for names.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import mpmath

DIGITS = 50
UNDERFLOW = mpmath.mpf("1e-290")  # below it a float has no nine digits left

m = mpmath.mpf


def relative_error(value: float, exact: mpmath.mpf, least: float = 0.0) -> float:
    """|value - exact| / |exact|, or over `least` where |exact| is less; 0 where both underflow, inf for a NaN."""
    if not mpmath.isfinite(m(float(value))):
        return float("inf")
    if abs(exact) < UNDERFLOW and least == 0.0:
        return 0.0 if abs(float(value)) <= 10 * UNDERFLOW else float("inf")
    return float(abs(m(float(value)) - exact) / max(abs(exact), m(least)))


# -- BG/NBD, MBG/NBD, BG/CNBD-k, MBG/CNBD-k ----------------------------------------------------------------------------


@dataclass(frozen=True)
class Regular:
    """One customer of the family: parameters and history."""

    k: int
    first: int
    r: float
    alpha: float
    a: float
    b: float
    x: int
    t_x: float
    T: float

    @property
    def shape(self) -> mpmath.mpf:
        """Shape of her rate's posterior before the hidden events since the last purchase."""
        return m(self.r) + self.k * self.x

    @property
    def end(self) -> mpmath.mpf:
        """alpha + T."""
        return m(self.alpha) + m(self.T)

    @property
    def stays(self) -> mpmath.mpf:
        """Second shape of her loss chance's posterior if alive."""
        return m(self.b) + self.x + self.first

    def new(self) -> "Regular":
        """A customer of whom nothing is known."""
        return Regular(self.k, self.first, self.r, self.alpha, self.a, self.b, 0, 0.0, 0.0)


def stage_sum(c: Regular) -> mpmath.mpf:
    """Q: the sum over fewer than k hidden events since the last purchase."""
    v = (m(c.T) - m(c.t_x)) / c.end
    return sum(mpmath.rf(c.shape, j) * v**j / mpmath.factorial(j) for j in range(c.k))


def braces(c: Regular) -> tuple[mpmath.mpf, mpmath.mpf]:
    """The alive and the lost brace of the likelihood times alpha^(r + k x)."""
    s = c.x + c.first
    base = mpmath.beta(c.a, c.b)
    alive = mpmath.beta(c.a, m(c.b) + s) / base * (m(c.alpha) / c.end) ** c.shape * stage_sum(c)
    if not s:
        return alive, m(0)
    return alive, mpmath.beta(m(c.a) + 1, m(c.b) + s - 1) / base * (m(c.alpha) / (m(c.alpha) + m(c.t_x))) ** c.shape


def log_likelihood(c: Regular, log_gaps: float = 0.0) -> mpmath.mpf:
    """Platzer & Reutterer (2016); Fader, Hardie & Lee (2005), eq. 6; Batislam et al. (2007)."""
    if not c.x and not c.T:
        return m(0)
    # Without a purchase it may be all but 0: the chance of k hidden events.
    rare = 0 if c.x else max(0, -c.k * int(mpmath.log10(m(c.T) / c.end)))
    with mpmath.workdps(DIGITS + rare):
        events = c.k * c.x
        gaps = (c.k - 1) * m(log_gaps) - c.x * mpmath.loggamma(c.k)
        rising = mpmath.loggamma(c.shape) - mpmath.loggamma(c.r)
        return gaps + rising - events * mpmath.log(c.alpha) + mpmath.log(sum(braces(c)))


def alive(c: Regular) -> mpmath.mpf:
    """P(alive)."""
    staying, lost = braces(c)
    return staying / (staying + lost)


def expected(c: Regular, t: float) -> mpmath.mpf:
    """Expected purchases in the next `t`, given the history."""
    return alive(c) * by_counting(c, t)


def by_series(c: Regular, t: float) -> mpmath.mpf:
    """Of customers alive, k = 1: Fader, Hardie & Lee (2005), eq. 10; singular cases as limits (1e-30 aside, 90 digits)."""
    with mpmath.workdps(90):
        aside = m(10) ** -30
        a = m(c.a) + aside if abs(m(c.a) - 1) < m(10) ** -20 else m(c.a)
        total = a + c.stays
        total = total + aside if abs(total - 1) < m(10) ** -20 else total
        # What is subtracted from 1 is next to 1 where t is small: so many digits are lost.
        few = c.shape * m(t) / c.end
        with mpmath.workdps(90 + max(0, -int(mpmath.log10(few))) if few else 90):
            tail = (c.end / (c.end + t)) ** c.shape * mpmath.hyp2f1(
                c.shape, c.stays, total - 1, t / (c.end + t), maxterms=10**6, maxprec=10**5
            )
            return (total - 1) / (a - 1) * (1 - tail)


_BITS = 256  # of fixed-point numbers
_LONGEST = 200_000  # hidden events counted; beyond, the integral


def _fixed(value: mpmath.mpf) -> int:
    return int(mpmath.floor(mpmath.ldexp(value, _BITS)))


def by_counting(c: Regular, t: float) -> mpmath.mpf:
    """Of customers alive: hidden events from the last purchase to the end of the horizon, counted one by one.

    That there are i of them, of which j < k came before T, has the weight (R)_i/i! z^i C(i, j) u^j with z = t/(end + t)
    and u = (T - t_x)/t: all together (1-z)^-R Q. They make floor(i/k) purchases if she stays.
    """
    R, y = c.shape, m(t) / c.end
    spread = mpmath.sqrt(R * y * (1 + y))
    if not t:
        return m(0)
    if R * y + 10 * spread + 60 * (1 + y) > _LONGEST:
        return by_series(c, t) if c.k == 1 else by_integral(c, t)
    z, u = m(t) / (c.end + t), (m(c.T) - m(c.t_x)) / t
    step, most, u_fixed, k = _fixed(z), float(R * y), _fixed(u), c.k
    slack = int(100 * (1 + y + spread))
    pairs = [1 << _BITS] + [0] * (k - 1)  # C(i, j) u^j
    weight, scale, rise, total, survived, survival, n = 1 << 768, -768, _fixed(z * R), 0, 0, 1 << _BITS, 0
    B, both = _fixed(c.stays), _fixed(c.stays + m(c.a))
    i = 0
    while True:
        if survived:
            share = (weight * sum(pairs)) >> _BITS
            total += (share * survived) >> _BITS
            if i > most and share * (survived + (1 << _BITS)) * slack >> _BITS < total >> 70:
                break
        weight = ((weight * rise) >> _BITS) // (i + 1)
        rise += step
        for j in range(k - 1, 0, -1):
            pairs[j] += (u_fixed * pairs[j - 1]) >> _BITS
        i += 1
        if i % k == 0:
            survived += survival
            survival = survival * (B + (n << _BITS)) // (both + (n << _BITS))
            n += 1
        if weight >> 1_024:
            weight, total, scale = weight >> 256, total >> 256, scale + 256
    return mpmath.ldexp(m(total), scale) * (1 - z) ** R / stage_sum(c)


def by_integral(c: Regular, t: float) -> mpmath.mpf:
    """Of customers alive: E over p of the purchases given p, by the trapezium rule where its error is double
    exponential."""
    k, a, B, y = c.k, m(c.a), c.stays, m(t) / c.end
    v = (m(c.T) - m(c.t_x)) / c.end
    weights = [mpmath.rf(c.shape, j) * v**j / mpmath.factorial(j) for j in range(k)]
    # The rule's step in ln(p/(1-p)) is at most 0.2 where the integrand turns, and a third of the density's standard
    # deviation at its centre: it is exact to e^-49.
    turn = max(mpmath.log1p(max(c.shape, 1) * y), mpmath.log1p(B), mpmath.log1p(a))
    step = min(m(1) / 32, m(1) / 5 / turn, mpmath.sqrt((1 / a + 1 / B) / (1 + mpmath.log(B / a) ** 2)) / 3)
    # Beyond these the density of p has fallen below e^-40 of the whole on either side.
    count = [int(mpmath.asinh(40 / rate + abs(mpmath.log(B / a)) + 40) / step) + 1 for rate in (a, B)]
    tails = [_tails(c.shape + j, y, k, j) for j in range(k)]
    total = m(0)
    for i in range(-count[0], count[1] + 1):
        s = mpmath.sinh(i * step)  # ln(p/(1-p))
        p, q = 1 / (1 + mpmath.exp(-s)), 1 / (1 + mpmath.exp(s))
        density = p**a * q**B * mpmath.cosh(i * step)
        if q < m(10) ** -12:  # the roots would cancel: a few powers of 1 - p are the whole sum
            values = [sum(tail * q**n for n, tail in enumerate(tails[j])) for j in range(k)]
        else:
            with mpmath.workdps(DIGITS + 15):
                values = _given(p, q, y, c.shape, k)
        total += density * sum(w * value for w, value in zip(weights, values, strict=True))
    return step * total / mpmath.beta(a, B) / sum(weights)


def _tails(R: mpmath.mpf, y: mpmath.mpf, k: int, j: int) -> list[mpmath.mpf]:
    """P(Y >= k n - j) for n = 1..3."""
    z, chance, below, out = y / (1 + y), (1 + y) ** -R, m(0), []
    for i in range(3 * k - j):
        if (i + j) % k == 0 and i + j:
            out.append(1 - below)
        below += chance
        chance *= z * (R + i) / (i + 1)
    return [*out, 1 - below]


def _given(p: mpmath.mpf, q: mpmath.mpf, y: mpmath.mpf, R: mpmath.mpf, k: int) -> list[mpmath.mpf]:
    """Expected purchases of whoever is lost with chance p, for j = 0..k-1 hidden events and R + j: the linear differential
    equations of the expectation by stage, by their eigenvalues."""
    totals, root = [m(0)] * k, mpmath.exp(mpmath.log(q) / k)
    for i in range(k):
        omega = root * mpmath.expjpi(m(2) * i / k)
        away = -mpmath.expm1(mpmath.log1p(-p) / k) if i == 0 else 1 - omega
        log_rise = mpmath.log1p(y * away)
        left, phase = mpmath.exp(-R * log_rise), omega ** (1 - k)
        for j in range(k):
            bought = -mpmath.expm1(-(R + j) * log_rise) if i == 0 else 1 - left
            totals[j] += mpmath.re(phase * bought / away)
            left, phase = left / (1 + y * away), phase * omega
    return [total / k for total in totals]


def distribution(c: Regular, t: float, n_most: int) -> list[mpmath.mpf]:
    """P(0..n_most purchases in the next `t` | history), by counting hidden events as in `by_counting`."""
    if not t:
        return [m(1)] + [m(0)] * n_most
    k, z, far = c.k, m(t) / (c.end + t), c.k * n_most
    least = mpmath.rf(c.shape, far) / mpmath.factorial(far) * z**far * (1 - z) ** c.shape
    with mpmath.workdps(DIGITS + min(max(0, -int(mpmath.log10(least))), 400)):  # tails are 1 less what is below
        z, u = m(t) / (c.end + t), (m(c.T) - m(c.t_x)) / t
        weight, pairs, chances = (1 - z) ** c.shape / stage_sum(c), [m(1)] + [m(0)] * (k - 1), []
        for i in range(far + k):
            chances.append(weight * sum(pairs))
            weight *= z * (c.shape + i) / (i + 1)
            for j in range(k - 1, 0, -1):
                pairs[j] += u * pairs[j - 1]
        (stay, lose), survival, below, out = braces(c), m(1), m(0), []
        staying = stay / (stay + lose)
        for n in range(n_most + 1):
            made = sum(chances[k * n : k * n + k])
            before = survival
            if n:
                survival *= (c.stays + n - 1) / (m(c.a) + c.stays + n - 1)
            out.append(staying * (made * survival + (1 - below) * (before - survival)))
            below += made
        return [out[0] + lose / (stay + lose), *out[1:]]


# -- NBD ---------------------------------------------------------------------------------------------------------------


def nbd_log_likelihood(r: float, alpha: float, x: int, T: float) -> mpmath.mpf:
    """Ehrenberg (1959), as a density of the purchases' times."""
    end = m(alpha) + m(T)
    return mpmath.loggamma(m(r) + x) - mpmath.loggamma(r) + m(r) * mpmath.log(m(alpha) / end) - x * mpmath.log(end)


def nbd_distribution(R: mpmath.mpf, A: mpmath.mpf, t: float, n_most: int) -> list[mpmath.mpf]:
    """Negative binomial, n by n."""
    chance, out = (A / (A + t)) ** R, []
    for n in range(n_most + 1):
        out.append(chance)
        chance *= (R + n) / (n + 1) * t / (A + t)
    return out


# -- BG/BB -------------------------------------------------------------------------------------------------------------


def bgbb(case: Sequence[float]) -> tuple[mpmath.mpf, mpmath.mpf]:
    """L of (alpha, beta, gamma, delta, x, t_x, n), eq. 5 of Fader, Hardie & Shang (2010), and its first term: alive."""
    a, b, g, d, x, last, n = map(m, case)
    ab, gd = mpmath.beta(a, b), mpmath.beta(g, d)
    staying = mpmath.beta(a + x, b + n - x) / ab * mpmath.beta(g, d + n) / gd
    term = mpmath.beta(a + x, b + last - x) / ab * mpmath.beta(g + 1, d + last) / gd
    lost = m(0)
    for i in range(int(n - last)):
        lost += term
        term *= (b + last - x + i) / (a + b + last + i) * (d + last + i) / (g + 1 + d + last + i)
    return staying + lost, staying


def bgbb_periods(gamma: float, D: mpmath.mpf, t: int) -> mpmath.mpf:
    """Periods lived out of the next `t`: the sum, which has no singular case."""
    total, lived = m(0), m(1)
    for i in range(t):
        lived *= (D + i) / (m(gamma) + D + i)
        total += lived
    return total


def bgbb_distribution(case: Sequence[float], alive: mpmath.mpf, t: int, n_most: int) -> list[mpmath.mpf]:
    """P(0..n_most purchases in the next `t` periods | history): eq. 10 term by term, P(alive) being known."""
    a, b, g, d, x, _, n = map(m, case)
    A, B, D = a + x, b + n - x, d + n
    survival = mpmath.beta(g, D + t) / mpmath.beta(g, D)
    lost = [g / (g + D)]  # at the start of period i + 1
    for i in range(t):
        lost.append(lost[-1] * (D + i) / (g + 1 + D + i))
    out = []
    for k in range(n_most + 1):
        if k > t:
            out.append(m(0))
            continue
        chance, total = mpmath.beta(A + k, B) / mpmath.beta(A, B), m(0)  # k purchases in k periods
        for i in range(k, t):
            total += chance * lost[i]
            chance *= m(i + 1) / (i + 1 - k) * (B + i - k) / (A + B + i)
        out.append(alive * (total + chance * survival))
    return [out[0] + (1 - alive), *out[1:]]


def bgbb_discounted_periods(gamma: float, D: mpmath.mpf, discount: float) -> mpmath.mpf:
    """Periods to come, discounted: eq. 14 with its hypergeometric function, or added up where they are few."""
    if discount > 0.02:
        total, term, i = m(0), m(1), 0
        while term > total * m(10) ** -25:
            term *= (D + i) / (m(gamma) + D + i) / (1 + m(discount))
            total, i = total + term, i + 1
        return total
    with mpmath.workdps(DIGITS + 20):
        z = 1 / (1 + m(discount))
        return D / (m(gamma) + D) * z * mpmath.hyp2f1(1, D + 1, m(gamma) + D + 1, z, maxterms=10**6, maxprec=10**5)


# -- Gamma-Gamma -------------------------------------------------------------------------------------------------------


def gamma_gamma_log_likelihood(p: float, q: float, v: float, x: float, z: float) -> mpmath.mpf:
    """Fader & Hardie (2013), eq. 1a, of mean value `z` of `x` orders."""
    px = m(p) * m(x)
    front = mpmath.loggamma(px + q) - mpmath.loggamma(px) - mpmath.loggamma(q) + m(q) * mpmath.log(v)
    return front + (px - 1) * mpmath.log(z) + px * mpmath.log(x) - (px + q) * mpmath.log(m(v) + m(x) * m(z))


def gamma_gamma_spend(p: float, q: float, v: float, x: float, z: float) -> mpmath.mpf:
    """Fader, Hardie & Lee (2005), eq. 5."""
    return m(p) * (m(v) + m(x) * m(z)) / (m(p) * m(x) + m(q) - 1)
