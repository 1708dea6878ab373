"""How a measure's mean, its interval, the spread by chance alone and a censored value are written, in both languages."""

import math
from functools import partial
from typing import Any

from models.words.numbers import value_of
from sim.results.statistics.spread import Interval
from sim.scenario.measures import Kind
from sim.scenario.targets import Target
from sim.words import Language, number, say, told_apart

_SAME = 1e-9  # part of a spread that rounding may take off


def mean_of(interval: Interval, kind: Kind, lang: Language = "en") -> str:
    """The mean; `> 180` where it lies beyond what was followed."""
    return _end(interval, "mean", kind, lang)


def beside_target(interval: Interval, kind: Kind, target: Target, lang: Language = "en") -> str:
    """The mean as `mean_of` has it, with as many decimals more as it takes to be on its own side of the target."""
    mean = interval.mean
    if "mean" in interval.past or mean is None or not math.isfinite(mean):
        return mean_of(interval, kind, lang)
    if target.met(value_of(text := number(mean, kind, lang))) == target.met(mean):
        return text
    return told_apart((mean, partial(number, mean, kind, lang)), (target.value, lambda _: _as_written(target)))[0]


def _as_written(target: Target) -> str:
    """The number of a target, in per cent where it is written so."""
    return target.text.lstrip("<>=≥≤ ").replace("％", "%")


def ends_of(interval: Interval, kind: Kind, lang: Language = "en") -> tuple[str, str] | None:
    """Lower and upper end; None where they are not known or do not differ."""
    known = ("low" in interval.past or interval.low is not None) and (
        "high" in interval.past or interval.high is not None
    )
    if not known or (interval.low == interval.high and not interval.past):
        return None
    return _end(interval, "low", kind, lang), _end(interval, "high", kind, lang)


def chance_of(interval: Interval, kind: Kind) -> str:
    """`± 0.4`: how far chance alone moves the mean; `+0.4 −0.1` where below or above there is no more room; empty where that
    is unknown or 0."""
    spread, mean = interval.plus_minus, interval.mean
    if not spread or mean is None or interval.low is None or interval.high is None:
        return ""
    up, down = min(spread, interval.high - mean), min(spread, mean - interval.low)
    if min(up, down) > spread * (1.0 - _SAME):
        return f"± {number(spread, kind).removesuffix(' %')}"
    return " ".join(number(part, kind, signed=True).removesuffix(" %") for part in (up, -down))


def as_json(interval: Interval, can_be_censored: bool = False) -> dict[str, Any]:
    """mean, low and high; for a measure that can be censored also what is known of it (docs/json.md)."""
    told: dict[str, Any] = {"mean": interval.mean, "low": interval.low, "high": interval.high}
    if can_be_censored:
        told |= {"value": interval.mean, "censored": interval.censored, "beyond": interval.beyond}
        told |= {f"{end}_censored": end in interval.past for end in ("low", "high")}
    return told


def value_as_json(value: float | None, followed: float) -> dict[str, Any]:
    """One run's value of a measure that can be censored: a number, or null and the bound beyond which it lies."""
    censored = value == float("inf")
    return {"value": None if censored else value, "censored": censored, "beyond": followed}


def target_words(lang: Language, met: bool | None, chance: float | None) -> str:
    """`met`, and of a measure that can be censored in how many runs."""
    word = say({True: "met", False: "missed", None: "undefined"}[met], lang)
    if chance is None:
        return word
    return word + say(" (in {chance} % of runs)", lang, chance=f"{100 * chance:.0f}")


def _end(interval: Interval, which: str, kind: Kind, lang: Language) -> str:
    if which in interval.past:
        return f"> {number(interval.beyond, kind, lang)}"
    return number(getattr(interval, which), kind, lang)
