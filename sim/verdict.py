"""The verdict on a strategy, in words a planner can repeat."""

from typing import TYPE_CHECKING, Any

from models.words import Language, say
from sim.metrics import REGISTRY
from sim.words import number

if TYPE_CHECKING:
    from sim.comparison import Comparison
    from sim.sweeping import Sweep

SURE = 0.95  # chance of being better from which we say "beats"


def sentence(result: "Comparison", name: str, lang: Language = "en") -> str:
    """`Nurture beats Blast by 41 CNY LTV a member (90 % sure between 35 and 47), churn 31 % against 58 %, ...`"""
    diff = result.difference(name, "ltv_member")
    chance, interval = diff.probability_better, diff.interval
    currency = result.scenarios[result.names.index(name)].market.currency
    values = {"name": name, "other": result.against, "currency": currency}
    if chance is None or interval.mean is None:
        head = say("{name} and {other} cannot be compared: lifetime value is undefined", lang, **values)
    elif interval.mean == 0 and not interval.sd:
        head = say("{name} and {other} do not differ", lang, **values)
    else:
        values |= {
            "gap": number(abs(interval.mean)),
            "chance": f"{100 * chance:.0f}",
            "range": _range(interval.low, interval.high, interval.mean < 0, lang),
        }
        if chance >= SURE:
            text = "{name} beats {other} by {gap} {currency} LTV a member{range}"
        elif chance <= 1 - SURE:
            text = "{name} loses to {other} by {gap} {currency} LTV a member{range}"
        elif interval.mean >= 0:
            text = (
                "{name} is perhaps better than {other}, by {gap} {currency} LTV a member{range}: better with {chance} %"
            )
        else:
            text = (
                "{name} is perhaps worse than {other}, by {gap} {currency} LTV a member{range}: better with {chance} %"
            )
        head = say(text, lang, **values)
    return head + "".join(_beside(result, name, m, lang) for m in ("churn", "ltv_cac", "roi")) + say(".", lang)


def _range(low: float | None, high: float | None, negative: bool, lang: Language) -> str:
    if low is None or high is None:
        return ""
    ends = (-high, -low) if negative else (low, high)
    return say(" (90 % sure between {low} and {high})", lang, low=number(ends[0]), high=number(ends[1]))


def _beside(result: "Comparison", name: str, measure: str, lang: Language) -> str:
    mine, theirs = result.interval(name, measure).mean, result.interval(result.against, measure).mean
    if mine is None or theirs is None:
        return ""
    kind = REGISTRY[measure].kind
    return say(
        ", {measure} {mine} against {theirs}",
        lang,
        measure=say(REGISTRY[measure].label, lang),
        mine=number(mine, kind),
        theirs=number(theirs, kind),
    )


def sweep_sentence(sweep: "Sweep", lang: Language = "en") -> str:
    """`profit a member is highest at per_week = 4; from 3 to 5 it is within 5 % of that.`"""
    label = say(REGISTRY[sweep.objective].label, lang)
    at = sweep.comparison.names[sweep.points.index(sweep.best)]
    reached = sweep.comparison.interval(at, sweep.objective).mean
    head = say(
        "{label} is highest at {best} ({reached}, the best in {chance} % of replicates)",
        lang,
        label=label,
        best=_point(sweep.keys, sweep.best),
        reached=number(reached, REGISTRY[sweep.objective].kind),
        chance=f"{100 * sweep.chance_of_being_best[sweep.points.index(sweep.best)]:.0f}",
    )
    flat = sweep.flat
    if len(flat) == 1:
        return head + say("; every other value tried costs more than 5 % of that", lang) + say(".", lang)
    if len(sweep.keys) == 1:
        return (
            head
            + say("; from {low} to {high} it stays within 5 %", lang, low=flat[0][0], high=flat[-1][0])
            + say(".", lang)
        )
    return (
        head
        + say("; {n} of {all} combinations stay within 5 %", lang, n=len(flat), all=len(sweep.points))
        + say(".", lang)
    )


def _point(keys: tuple[str, ...], point: tuple[Any, ...]) -> str:
    return ", ".join(f"{key.rsplit('.', 1)[-1]} = {value}" for key, value in zip(keys, point, strict=True))
