"""Where one more run lies, given the replicates: three kinds of predictive distribution.

`Scaled`: Student's t on a scale on which values are about normal (as they are, logarithm, empirical logit, bent by how
skewed they still are). `Counted`: few
events of many chances, beta-binomial. `Ordered`: times of which some are censored, by their order alone. Each tells the ends
of its central interval, and for tests of coverage the place of a further run in it (its probability integral transform,
randomised where there are ties: uniform if the distribution is right).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import NamedTuple, Protocol

import numpy as np

from sim.results.statistics.one_pool import TAIL, Lives, one_more
from sim.results.statistics.skewness import bends, bent, unbent

_CONTINUOUS = 0.1  # part of a pool below which its counts are so many that chance in them no longer matters
FEW = 20.0  # events a run below which a share scatters as counts do
_TAU = (np.arange(16) + 0.5) * 0.16  # grid of the standard deviation of log odds between runs
_ODDS = np.linspace(-60.0, 0.0, 481)  # log odds of a rare event for which spreads are tabulated
_NEWTON = 8  # steps; five are enough for all digits
Floats = np.ndarray


class Predictive(Protocol):
    """A distribution of one more run's value."""

    def ends(self) -> tuple[float, float] | None:
        """Ends of the central 90 %, infinity where the end is censored; None where the replicates are too few."""
        ...

    def place(self, value: float, whole: float, u: float) -> float:
        """P(less) + u P(equal) of a further run's value; `whole`: what it is a share of; u from 0 to 1."""
        ...


# --- Student's t on a scale ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Scale:
    """A scale on which values are about normal: transformation, inverse, slope. `whole`: what a share is a share of."""

    there: Callable[[Floats, Floats], Floats]
    back: Callable[[float, float], float]
    slope: Callable[[Floats, Floats], Floats]


PLAIN = Scale(lambda v, whole: v, lambda x, whole: x, lambda v, whole: np.ones_like(v))
LOG = Scale(lambda v, whole: np.log(v), lambda x, whole: float(np.exp(x)), lambda v, whole: 1.0 / v)


def _logit(share: Floats, whole: Floats) -> Floats:
    """The empirical logit: half an event is added on both sides (Cox & Snell 1989, section 2.1)."""
    logit: Floats = np.log((share * whole + 0.5) / ((1.0 - share) * whole + 0.5))
    return logit


def _share(x: float, whole: float) -> float:
    share = (whole + 1.0) / (1.0 + np.exp(-x)) - 0.5
    return float(min(max(share / whole, 0.0), 1.0))


def _steepness(share: Floats, whole: Floats) -> Floats:
    steepness: Floats = whole / (share * whole + 0.5) + whole / ((1.0 - share) * whole + 0.5)
    return steepness


LOGIT = Scale(_logit, _share, _steepness)


class _OneMore(NamedTuple):
    """Where one more run lies: Student's t on the bent scale, that of standardised values."""

    centre: float  # mean and standard deviation by which values on their scale are standardised
    size: float
    bend: float
    mean: float  # of the bent values
    width: float  # scale of Student's t
    freedom: float

    def bent(self, x: float) -> float:
        """A value on its scale, on that of t; infinite beyond the threshold."""
        return float(bent(np.array((x - self.centre) / self.size), self.bend))

    def unbent(self, z: float) -> float:
        """The inverse."""
        return self.centre + self.size * float(unbent(np.array(z), self.bend))


@dataclass(frozen=True)
class Scaled:
    """mean +- t sd sqrt(1 + 1/R) on a scale bent by the skewness of the values, its ends transformed back, R >= 2.

    The prediction interval of a normal sample (Geisser 1993, section 2.2) on a scale on which they are one: `scale`, bent by
    what the values tell of their skewness (skewness.py). Student's t has R - 1 degrees of freedom less the part of one that
    the bend takes, by which sd is widened, too; narrower where a replicate is a part of the pool (`one_more`).
    """

    values: Floats  # (R,)
    wholes: Floats  # (R,)
    scale: Scale = PLAIN
    lives: Lives | None = None  # on the scale of the values; their chance is the mean over these

    @cached_property
    def _one_more(self) -> _OneMore | None:
        """None where all values are equal. Around the first value, so that equal values have their mean exactly."""
        x = self.scale.there(self.values, self.wholes)
        centre, size = float(x[0] + np.mean(x - x[0])), float(np.std(x - x[0], ddof=1))
        if size == 0:
            return None
        u = (x - centre) / size
        bend, told = (float(part) for part in bends(u))
        z = bent(u, bend)
        freedom = len(x) - 1.0 - told
        sd = float(np.std(z, ddof=1)) * float(np.sqrt((len(x) - 1.0) / freedom))
        slope = self.scale.slope(self.values, self.wholes) * sd / size  # chance keeps its part of the variance
        lives = self.lives and self.lives.times(float((slope**2).mean()))
        return _OneMore(centre, size, bend, float(z.mean()), *one_more(sd, len(x), lives, freedom))

    def ends(self) -> tuple[float, float]:
        """Ends of the central 90 %."""
        from scipy.stats import t

        told = self._one_more
        if told is None:
            return float(self.values[0]), float(self.values[0])
        half, whole = float(t.ppf(1 - TAIL, told.freedom)) * told.width, float(self.wholes.mean())
        low, high = (self.scale.back(told.unbent(told.mean + step), whole) for step in (-half, half))
        return low, high

    def place(self, value: float, whole: float, u: float) -> float:
        """P(less) + u P(equal)."""
        from scipy.stats import t

        told, x = self._one_more, float(self.scale.there(np.array(value), np.array(whole)))
        if told is None:
            first = float(self.scale.there(self.values, self.wholes)[0])
            return u if x == first else float(x > first)
        return float(t.cdf((told.bent(x) - told.mean) / told.width, told.freedom))


def ends_of_rows(rows: Floats) -> tuple[Floats, Floats]:
    """Ends of the central 90 % of many series of values at once, each as `Scaled` has them; rows: float64[m, R], R >= 2."""
    from scipy.stats import t

    n = rows.shape[1]
    centre, size = rows.mean(axis=1), rows.std(axis=1, ddof=1)
    moving = size > 0
    u = (rows[moving] - centre[moving, None]) / size[moving, None]
    bend, told = bends(u)
    z, freedom = bent(u, bend[:, None]), n - 1.0 - told
    half = t.ppf(1 - TAIL, freedom) * z.std(axis=1, ddof=1) * np.sqrt((n - 1.0) / freedom * (1.0 + 1.0 / n))
    low, high = centre.copy(), centre.copy()
    for end, step in ((low, -half), (high, half)):
        end[moving] += size[moving] * unbent(z.mean(axis=1) + step, bend)
    return low, high


# --- few events ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Counted:
    """Beta-binomial: events ~ Binomial(chances, p), p differing from run to run with mean mu and a standard deviation tau of
    its log odds.

    mu has Jeffreys' prior (half an event and half a miss), tau a half-normal one with scale 1 (between two runs the odds may
    well differ by a factor of e); both are integrated over their posterior on a grid. All-zero runs get Jeffreys' 95 % point
    of mu as their upper end, since the count that comes with 95 % is then 0.
    """

    events: tuple[float, ...]  # the rarer of happening and not happening
    chances: tuple[float, ...]
    rare: bool  # whether the share is of what happens
    part: float = 1.0  # of the pool that each replicate is: a further pool has chances / part of them

    @classmethod
    def of(cls, values: Floats, wholes: Floats, part: float = 1.0) -> "Counted":
        """From shares and what they are shares of, in each replicate a part of the pool."""
        events, missed = np.round(values * wholes), np.round((1.0 - values) * wholes)
        rare = bool(events.sum() <= missed.sum())
        return cls(tuple(map(float, events if rare else missed)), tuple(map(float, events + missed)), rare, part)

    def ends(self) -> tuple[float, float]:
        """Ends of the central 90 % of a further pool with as many chances as these have in the mean."""
        from scipy.stats import beta

        if self.part < _CONTINUOUS:
            low, high = (self._share_at(p) for p in (TAIL, 1 - TAIL))
        else:
            chances = max(round(float(np.mean(self.chances)) / self.part), 1)
            below = self._cdf(np.arange(0, chances + 1), chances)
            low, high = (int(np.searchsorted(below, p)) / chances for p in (TAIL, 1 - TAIL))
        if not any(self.events):
            high = max(high, float(beta.ppf(1 - TAIL, 0.5, sum(self.chances) + 0.5)))
        return (low, high) if self.rare else (1.0 - high, 1.0 - low)

    def place(self, value: float, whole: float, u: float) -> float:
        """P(less) + u P(equal), for a run with `whole` chances."""
        events, u = (round(value * whole), u) if self.rare else (round((1.0 - value) * whole), 1.0 - u)
        less, up_to = self._cdf(np.array([events - 1, events]), round(whole))
        at = less + u * (up_to - less)
        return float(at if self.rare else 1.0 - at)

    def _share_at(self, p: float) -> float:
        """The share that a pool with very many chances stays below with chance p."""
        from scipy.optimize import brentq
        from scipy.special import betainc

        mu, spread, weight = _posterior(self.events, self.chances)
        a, b = mu * spread, (1.0 - mu) * spread
        return float(brentq(lambda share: float(weight @ betainc(a, b, share)) - p, 0.0, 1.0, xtol=1e-12))

    def _cdf(self, counts: Floats, chances: int) -> Floats:
        """P(events <= each count); float64[len(counts)]."""
        from scipy.special import betaln, gammaln

        mu, spread, weight = _posterior(self.events, self.chances)
        y = np.arange(0, min(int(counts.max(initial=0)), chances, _most(self.events, chances, self.part)) + 1)
        a, b = mu * spread, (1.0 - mu) * spread
        choose = gammaln(chances + 1) - gammaln(y + 1) - gammaln(chances - y + 1)
        log_pmf = choose + betaln(y + a[:, None], chances - y + b[:, None]) - betaln(a, b)[:, None]
        total = np.minimum(np.cumsum(weight @ np.exp(log_pmf)), 1.0)
        inside: Floats = np.where(counts < 0, 0.0, total[np.clip(counts, 0, len(total) - 1)])
        return np.where(counts >= chances, 1.0, inside)


def _most(events: Sequence[float], chances: int, part: float) -> int:
    """A count that is exceeded with negligible probability: sums can stop there instead of at a million chances."""
    return min(chances, int((200 + 40 * max(events)) / part))


@lru_cache(maxsize=256)
def _posterior(events: tuple[float, ...], chances: tuple[float, ...]) -> tuple[Floats, Floats, Floats]:
    """(mu, a + b of the beta distribution, weight) of the grid points that matter; float64[n] each.

    Jeffreys' prior is uniform in arcsin sqrt(mu). A first, coarse grid finds where the posterior lies.
    """
    kinds, times = np.unique(np.array([events, chances]), axis=1, return_counts=True)
    unit = 0.5 / np.sqrt(max(sum(chances), 1.0))
    coarse = np.geomspace(unit * 0.02, np.pi / 2 * 0.999, 60)
    log = _log_posterior(coarse, kinds, times)
    near = coarse[log.max(axis=1) > log.max() - 16.0]
    step = coarse[1] / coarse[0]
    # by factors: where hardly anything happened, mu is as likely to be of one size as of the next, over several
    edges = np.geomspace(near.min() / step, min(near.max() * step, np.pi / 2), 81)
    if near.min() == coarse[0]:
        edges[0] = 0.0
    theta = (edges[1:] + edges[:-1]) / 2
    log = _log_posterior(theta, kinds, times)
    weight = np.exp(log - log.max()) * np.diff(edges)[:, None]
    keep = weight > 1e-5 * weight.max()
    mu = np.broadcast_to((np.sin(theta) ** 2)[:, None], weight.shape)
    return mu[keep], _spread(theta)[keep], weight[keep] / weight[keep].sum()


def _spread(theta: Floats) -> Floats:
    """s = a + b of Beta(mu s, (1 - mu) s) whose log odds have the standard deviation tau, at each of _TAU; float64[n, tau].

    From the table of `_rarer`, between whose points the logarithm of the rarer parameter is linear (s within 0.02 %).
    """
    rarer = np.minimum(np.sin(theta), np.cos(theta)) ** 2
    odds, table = np.log(rarer / (1.0 - rarer)), _rarer()
    log = np.stack([np.interp(odds, _ODDS, each) for each in table.T], axis=1)
    spread: Floats = np.exp(log) / rarer[:, None]
    return spread


@lru_cache(maxsize=1)
def _rarer() -> Floats:
    """log(m s) where trigamma(m s) + trigamma((1 - m) s) = tau^2, m the chance at each of _ODDS; float64[odds, tau].

    The left side is the variance of the log odds of Beta(m s, (1 - m) s) and falls with s. Newton's method on the scale of
    logarithms, on which it is next to a straight line at both ends. A short cut, 1 / (m (1 - m) s) for the left side, is
    right where tau is small alone: of few runs, which leave tau open, it made log odds of rare events scatter by 7 for 2.5.
    """
    from scipy.special import polygamma

    m = (1.0 / (1.0 + np.exp(-_ODDS)))[:, None]
    log_s = np.log(1.0 / (m * (1.0 - m) * _TAU**2) + 1.0)
    for _ in range(_NEWTON):
        a, b = m * np.exp(log_s), (1.0 - m) * np.exp(log_s)
        variance = polygamma(1, a) + polygamma(1, b)
        slope = (a * polygamma(2, a) + b * polygamma(2, b)) / variance
        log_s = log_s - np.log(variance / _TAU**2) / slope
    table: Floats = np.log(m) + log_s
    return table


def _log_posterior(theta: Floats, kinds: Floats, times: Floats) -> Floats:
    from scipy.special import betaln

    mu, spread = (np.sin(theta) ** 2)[:, None], _spread(theta)
    a, b = mu * spread, (1.0 - mu) * spread
    log: Floats = -0.5 * np.broadcast_to(_TAU**2, spread.shape)
    none = betaln(a, b)
    for (y, n), repeated in zip(kinds.T, times, strict=True):
        log = log + repeated * (betaln(y + a, n - y + b) - none)
    return log


# --- times, some of them censored ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Ordered:
    """By order alone, what is censored at infinity: a further run lies between the k-th smallest and the k-th largest of R
    with chance (R + 1 - 2k) / (R + 1); k is the largest with 90 %: the ends of 20 runs, none below 19."""

    values: Floats

    def ends(self) -> tuple[float, float] | None:
        """Ends of the narrowest such interval; None below 19 runs."""
        n = len(self.values)
        k = int(np.floor((n + 1) * TAIL + 1e-9))
        if k == 0:
            return None
        ordered = np.sort(self.values)
        return float(ordered[k - 1]), float(ordered[n - k])

    def place(self, value: float, whole: float, u: float) -> float:
        """The rank of a further run, from 0 to 1, ties at random."""
        less, equal = (self.values < value).sum(), (self.values == value).sum()
        return float((less + u * (equal + 1)) / (len(self.values) + 1))
