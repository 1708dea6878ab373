"""What Pareto/NBD's formulas are worth at 50 digits, written again with mpmath; see benchmarks/references.py."""

from collections.abc import Sequence
from functools import lru_cache

import mpmath

from benchmarks.references import m


def of_history(case: Sequence[float]) -> tuple[mpmath.mpf, mpmath.mpf, mpmath.mpf]:
    """ln L, P(alive), expected purchases of (r, alpha, s, beta, x, t_x, T, t): Fader & Hardie (2005), with 2F1, and 60
    digits more for what cancels."""
    t, T = m(case[7]), m(case[6])
    slight = min((m(v) for v in (t, T - m(case[5])) if v), default=m(1)) / (m(case[1]) + m(case[3]) + T)
    with mpmath.workdps(110 + max(0, -2 * int(mpmath.log10(slight)))):
        r, alpha, s, beta, x, t_x, T, t = (m(v) for v in case)
        R, lost = r + x, m(0)
        if t_x < T:
            great, less, b = (alpha, beta, s + 1) if alpha >= beta else (beta, alpha, R)

            def part(u: mpmath.mpf) -> mpmath.mpf:
                z = (great - less) / (great + u)
                return mpmath.hyp2f1(R + s, b, R + s + 1, z, maxterms=10**6, maxprec=10**5) / (great + u) ** (R + s)

            lost = s / (R + s) * (part(t_x) - part(T))
        staying = (alpha + T) ** -R * (beta + T) ** -s
        front = mpmath.loggamma(R) - mpmath.loggamma(r) + r * mpmath.log(alpha) + s * mpmath.log(beta)
        chance = staying / (staying + lost)
        value = front + mpmath.log(staying + lost) if T else m(0)
        return value, chance, chance * R / (alpha + T) * time_alive(s, beta + T, t)


def time_alive(s: mpmath.mpf, B: mpmath.mpf, t: mpmath.mpf) -> mpmath.mpf:
    """Expected time alive in the next `t`; s = 1 as a limit."""
    aside = m(10) ** -40
    with mpmath.workdps(mpmath.mp.dps + 90):
        s = s + aside if abs(s - 1) < aside else s
        return B / (s - 1) * (1 - (B / (B + t)) ** (s - 1))


def discounted_time(delta: float, s: float, B: float) -> mpmath.mpf:
    """Discounted expected time alive for ever, B int_0^inf (1+u)^-s e^(-delta B u) du, by the trapezium's rule in ln u.

    It is Tricomi's function (Fader, Hardie & Lee 2005, "RFM and CLV"), whose series fails mpmath next to whole s.
    """
    z, step = m(delta) * m(B), m(1) / 8
    first, last = (
        int(mpmath.floor(-60 / step)) + int(mpmath.log(1 / (1 + s + z)) / step),
        int(mpmath.log(120 / z) / step) + 1,
    )
    total = m(0)
    for i in range(first, last + 1):
        u = mpmath.exp(i * step)
        total += mpmath.exp(i * step - s * mpmath.log1p(u) - z * u)
    return m(B) * step * total


@lru_cache(maxsize=12)
def _tanh_sinh(level: int) -> list[tuple[mpmath.mpf, mpmath.mpf, mpmath.mpf]]:
    """New nodes of a level: place on (0, 1), what is left to 1, weight times the step."""
    step, out = m(1) / 2 ** (level + 3), []
    count = int(m("4.4") / step)
    for i in range(-count, count + 1):
        if level and i % 2 == 0:
            continue
        g = mpmath.pi * mpmath.sinh(i * step)
        at, left = 1 / (1 + mpmath.exp(-g)), 1 / (1 + mpmath.exp(g))
        out.append((at, left, mpmath.pi * mpmath.cosh(i * step) * at * left * step))
    return out


def distribution(R: float, A: float, s: float, B: float, t: float, n_most: int) -> list[mpmath.mpf]:
    """P(0..n_most purchases in the next `t`) of customers alive: alive at the end, or lost at a time integrated over.

    With A <= B and w = time/(A + time) the integral is s A/B int w^n (1-w)^(R+s-1) (1 - c w)^-(s+1) dw up to
    t/(A + t), c = 1 - A/B, and alike with A and B in each other's place otherwise: by the tanh-sinh rule, halved until
    it stands still to 1e-13, which leaves far less.
    """
    R, A, s, B, t = (m(v) for v in (R, A, s, B, t))
    lost = _lost_after(R, A, s, B, t, n_most)
    stay, out, ways = (A / (A + t)) ** R * (B / (B + t)) ** s, [], m(1)
    for n in range(n_most + 1):
        out.append(ways * (stay + lost[n]))
        stay *= t / (A + t)
        ways *= (R + n) / (n + 1)
    return out


def _lost_after(
    R: mpmath.mpf, A: mpmath.mpf, s: mpmath.mpf, B: mpmath.mpf, t: mpmath.mpf, n_most: int
) -> list[mpmath.mpf]:
    less, great = min(A, B), max(A, B)
    c, z, left_of_z = (great - less) / great, t / (less + t), less / (less + t)
    power = s + 1 if A <= B else R
    front = s * z * (less / great if A <= B else m(1))
    sums, level = [m(0)] * (n_most + 1), 0
    while True:
        before = [value / 2 for value in sums]
        sums = before.copy()
        for at, left, weight in _tanh_sinh(level):
            w, rest = z * at, left_of_z + z * left
            on = mpmath.log(less / great + c * rest) if c else m(0)  # ln(1 - c w)
            value = front * weight * mpmath.exp((R + s - 1) * mpmath.log(rest) - power * on)
            ratio = w if A <= B else less / great * w / mpmath.exp(on)
            for n in range(n_most + 1):
                sums[n] += value
                value *= ratio
        moved = max(abs(new - 2 * old) / new for new, old in zip(sums, before, strict=True))
        if level >= 2 and moved < m(10) ** -13:
            return sums
        level += 1
        assert level < 9, "the integral does not settle"
