"""Logs that begin in the middle of customers' lives: recognised, said, and fitted all the same.

An export that starts when the shop was already running shows old customers as if they were new: the first purchase seen
is not their first. They come in a surge at the start, since whoever buys often is seen at once, and they are not
like newcomers: busier and more loyal as a rule, but some have all but gone, and are lost after the one purchase seen.
Fitted as newcomers they bias rates and loss.

What is done (families/run_in.py): the model is estimated on customers first seen after a run-in, when nearly everybody seen
for the first time is new; those first seen before are scored with a second fit, to themselves. What is exact and what is
not, for BG/NBD:
- customers first seen after the run-in: exact, but for the old ones among them (`left_over` says how many). These are
  the slow ones, and a few weigh much: 5 % of them lower r by a tenth or more, and hardly move loss or forecasts. The
  longer the run-in, the less; where rates differ much between customers the last of the old come after years;
- those before: purchases after the first one seen are a Poisson process until loss whatever came before, so conditioning
  on the first purchase seen is exact given a customer's own rate and loss. Their distribution over old customers is no
  longer the newcomers': a customer with x unseen purchases who is still there has lambda ~ Gamma(r + x, alpha + unseen
  time) and p ~ Beta(a, b + x). The mixture of these over x is not a Gamma and a Beta; the second fit takes the Gamma and
  the Beta nearest to it. It also takes the first purchase seen as survived, as a newcomer's is, which an old customer's
  need not be: that loss goes into the fitted p.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias, Unpack

import numpy as np

from models.data.orders import OrdersLike, ReadOptions
from models.data.purchase_days import Visits, visits
from models.data.rfm import DayLike
from models.errors import BadInput
from models.numerics.arrays import Floats
from models.words import Remark, times

Verdict: TypeAlias = Literal["complete", "truncated", "unclear"]

_SURGE = 10.0  # the surge must gain this in twice the log-likelihood, over the dispersion
_UNLIKE = 3.0  # standard errors by which the first and the last must differ in buying again
_LEFT_OVER = 0.02  # old customers among those first seen after the run-in
_POWERS = (1.5, 2.0, 3.0, 5.0)
_WEEKS = 10  # fewer show no curve
_QUARTER = 25  # customers in each quarter, at least


@dataclass(frozen=True)
class Truncation:
    """Whether a log begins in the middle of customers' lives, and how it shows.

    verdict: truncated (both signs), complete (neither), unclear (one). new_faces, expected, old (weeks,): customers first
    seen in each whole week, what the curve says, and how many of those it takes to be old. surge: new faces in the first
    week over what newcomers alone would be, by the curve, and 1 where the old gain it too little; surge_gain: twice the
    log-likelihood that they gain, over the dispersion. again_first and again_last: share of the first and the last quarter
    of new faces who bought again within `follow_up` days, NaN where they are too few; again_z: their difference in standard
    errors. run_in: days; left_over: share of old customers among those first seen after it. remark, message: all this in a
    sentence or two.
    """

    verdict: Verdict
    new_faces: Floats
    expected: Floats
    old: Floats
    surge: float
    surge_gain: float
    again_first: float
    again_last: float
    again_z: float
    follow_up: int
    run_in: int
    left_over: float
    remark: Remark

    @property
    def message(self) -> str:
        """The remark in English."""
        return self.remark.say()


def truncation(orders: OrdersLike | Visits, end: DayLike | None = None, **columns: Unpack[ReadOptions]) -> Truncation:
    """Look at who is seen for the first time when, in `orders` (anything `summarise` takes, or Visits).

    Two signs. New faces a week: old customers still alive are seen for the first time at the rate (1 + t/c)^-k if their
    rates are gamma-distributed, on top of newcomers who come at a rate that may grow exponentially; both are fitted by
    Poisson likelihood, with and without the old. And those first seen early buy again more (or less) often than the last.
    One sign alone has other causes: a launch, a change of customers. Raises BadInput for a log of fewer than 10 weeks.
    `columns`: customer, date, amount, order, status, keep, refund, currency, lines, timezone, date_format, sheet, identity,
    exclude, bad_rows, today and money, as `read_orders` takes them.
    """
    log = orders if isinstance(orders, Visits) else visits(orders, end, **columns)
    weeks = (log.end + 1) // 7
    if weeks < _WEEKS:
        raise BadInput(
            "truncation: the log spans {weeks} whole weeks; {needed} are needed to see how new faces settle.",
            weeks=weeks,
            needed=_WEEKS,
        )
    faces = np.bincount(log.first // 7, minlength=weeks)[:weeks].astype(np.float64)
    expected, old, gain, surge = _curve(faces)
    first, last, z, follow_up = _again(log)
    surges, unlike = gain > _SURGE, abs(z) > _UNLIKE
    verdict: Verdict = "truncated" if surges and unlike else "unclear" if surges or unlike else "complete"
    run_in, left_over = _run_in(expected, old) if surges else (0, 0.0)
    remark = _remark(verdict, surge, (first, last, follow_up), run_in, left_over)
    return Truncation(verdict, faces, expected, old, surge, gain, first, last, z, follow_up, run_in, left_over, remark)


def _curve(faces: Floats) -> tuple[Floats, Floats, float, float]:
    """New faces a week by the curve, the old among them, what the old gain, and the surge in the first week."""
    from scipy.optimize import minimize

    weeks = faces.size
    t = np.arange(weeks) + 0.5
    settled = np.log(max(float(np.median(faces)), 0.5))

    def curve(u: Floats, power: float) -> tuple[Floats, Floats]:
        new = np.exp(np.clip(u[0] + u[1] * (t / weeks - 0.5), -30, 30))
        return new, np.exp(np.clip(u[2], -30, 30)) * (1.0 + t / np.exp(np.clip(u[3], -3, 7))) ** -power

    def loss(u: Floats, power: float | None) -> float:
        new, old = curve(np.concatenate([u, [-30.0, 0.0]])[:4], power or 2.0)
        mean = new if power is None else new + old
        return float((mean - faces * np.log(mean)).sum())

    plain = minimize(loss, np.array([settled, 0.0]), args=(None,), method="Nelder-Mead", options={"maxiter": 2000})
    first = np.log(max(float(faces[0]) - np.exp(settled), 1.0))
    climbs = [
        (minimize(loss, np.array([settled, 0.0, first, scale]), args=(power,), method="Nelder-Mead",
                  options={"maxiter": 4000, "maxfev": 4000}), power)
        for power in _POWERS for scale in (0.7, 2.3)
    ]  # fmt: skip
    best, power = min(climbs, key=lambda climb: float(climb[0].fun))
    new, old = curve(best.x, power)
    mean = new + old
    dispersion = max(1.0, float(((faces - mean) ** 2 / mean).sum() / max(weeks - 4, 1)))
    gain = max(0.0, 2.0 * (float(plain.fun) - float(best.fun)) / dispersion)
    if gain <= _SURGE:  # newcomers alone explain it as well: whatever the old have taken is theirs
        return curve(np.append(plain.x, [-30.0, 0.0]), 2.0)[0], np.zeros(weeks), gain, 1.0
    return mean, old, gain, float(mean[0] / max(new[0], 1.0 / weeks))  # less than one newcomer in all tells no rate


def _again(log: Visits) -> tuple[float, float, float, int]:
    """Shares of the first and the last new faces who bought again in equal time, their difference in standard errors."""
    follow_up = max(7, (log.end + 1) // 4)
    n = len(log.summary)
    second = np.full(n, np.iinfo(np.int64).max // 2)
    np.minimum.at(second, log.customer, log.day)
    again = second - log.first <= follow_up
    open_ = np.flatnonzero(log.first + follow_up <= log.end)
    if open_.size < 4 * _QUARTER:
        return np.nan, np.nan, 0.0, follow_up
    low, high = np.quantile(log.first[open_], [0.25, 0.75])
    groups = again[open_[log.first[open_] <= low]], again[open_[log.first[open_] >= high]]
    if high <= low or min(group.size for group in groups) < _QUARTER:
        return np.nan, np.nan, 0.0, follow_up
    share = float(np.concatenate(groups).mean())
    error = np.sqrt(max(share * (1.0 - share), 1e-12) * sum(1.0 / group.size for group in groups))
    first, last = (float(group.mean()) for group in groups)
    return first, last, float((first - last) / error), follow_up


def _run_in(expected: Floats, old: Floats) -> tuple[int, float]:
    """The least number of weeks after which few of the new faces are old, at most half the log; and their share then."""
    share = np.cumsum(old[::-1])[::-1] / np.cumsum(expected[::-1])[::-1]
    longest = expected.size // 2
    weeks = int(np.flatnonzero(np.append(share[:longest] <= _LEFT_OVER, True))[0])
    return 7 * weeks, float(share[weeks])


# What is seen, by verdict and whether the first customers and the last can be compared, and what is to be done.
_COMPLETE = (
    "The log seems to show customers from their first purchase on: no surge of customers seen for the first time at its "
    "start, and {first:.0%} of the first customers and {last:.0%} of the last bought again within {days} days."
)
_COMPLETE_OF_FEW = (
    "The log seems to show customers from their first purchase on: no surge of customers seen for the first time at its "
    "start. Whether the first customers are like the last cannot be told, as they are too few or all came at once."
)
_CHANGED = (
    "{first:.0%} of the first customers and {last:.0%} of the last bought again within {days} days, but no surge of "
    "customers seen for the first time says that the log begins in the middle of customers' lives: the customers may have "
    "changed."
)
_UNCLEAR = (
    "The log may or may not begin in the middle of customers' lives: in its first week {surge} as many customers are seen "
    "for the first time as later weeks suggest, but {first:.0%} of the first customers and {last:.0%} of the last bought "
    "again within {days} days, which may be chance, as after a launch.{advice}"
)
_UNCLEAR_OF_FEW = (
    "The log may or may not begin in the middle of customers' lives: in its first week {surge} as many customers are seen "
    "for the first time as later weeks suggest, as after a launch too. Whether the first customers are like the last cannot "
    "be told, as they are too few or all came at once.{advice}"
)
_TRUNCATED = (
    "The log begins in the middle of customers' lives: in its first week {surge} as many customers are seen for the first "
    "time as later weeks suggest, and {first:.0%} of the first customers and {last:.0%} of the last bought again within "
    "{days} days.{advice}"
)
_SENTENCES: Mapping[tuple[Verdict, bool], str] = {
    ("complete", True): _COMPLETE,
    ("complete", False): _COMPLETE_OF_FEW,
    ("unclear", True): _UNCLEAR,
    ("unclear", False): _UNCLEAR_OF_FEW,
    ("truncated", True): _TRUNCATED,
}
_IF_OPEN = " If the shop was open before, estimate on customers first seen after {run_in} days."
_RUN_IN = (
    " Estimate on customers first seen after {run_in} days, of whom about {left_over:.0%} are still old, and score "
    "everybody."
)
_MOSTLY_OLD = (
    " Hardly anybody new has come: even of those first seen after {run_in} days most are old customers, so what is "
    "estimated says little of newcomers."
)
_FEW_OLD = " They are so few of all customers that none need be left out."
_MOSTLY = 0.5  # share of old customers after the run-in, from which it is said to have hardly any new ones


def _remark(verdict: Verdict, surge: float, again: tuple[float, float, int], run_in: int, left_over: float) -> Remark:
    first, last, days = again
    if verdict == "unclear" and surge <= 1.0:
        return Remark(_CHANGED, {"first": first, "last": last, "days": days})
    advice = _FEW_OLD if not run_in else _IF_OPEN if verdict == "unclear" else _RUN_IN
    if run_in and verdict == "truncated" and left_over > _MOSTLY:
        advice = _MOSTLY_OLD
    values: dict[str, object] = {
        "surge": times(surge),
        "advice": Remark(advice, {"run_in": run_in, "left_over": left_over}),
    }
    return Remark(_SENTENCES[verdict, bool(np.isfinite(first))], {**values, "first": first, "last": last, "days": days})


__all__ = ["Truncation", "truncation"]
