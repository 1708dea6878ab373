"""The first page of a report: what to do, where that was tried, five numbers, why, what came true, what is not sure.

Everything on it is taken from where the rest of the report has it: measures, paired differences, beliefs, targets.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from models.words import Listed
from sim.results.beliefs import Belief
from sim.results.cells import targets_told, value_cell
from sim.results.market_head import head, response, usual
from sim.results.metrics import REGISTRY
from sim.results.money_steps import step_called, value_made_of, value_steps
from sim.results.outcomes import Outcomes
from sim.results.recommendation import recommendation, recommended, warnings
from sim.results.showing import ends_of
from sim.results.statistics.chances import finding
from sim.results.sweep_verdict import no_difference, point_called
from sim.results.verdict import VALUE, compared_values
from sim.results.wording import apart, joined, labelled
from sim.scenario import Market
from sim.words import Language, minus, number, say

if TYPE_CHECKING:
    from sim.results.comparison import Comparison
    from sim.results.sweeping import Sweep

Row = dict[str, Any]
# what a strategist decides by; where the first of a place is undefined for all that are shown, the one after it
_FIVE = (
    (VALUE,),
    ("churn", "active_30_days"),
    ("ltv_cac", "profit_per_member"),
    ("roi", "contribution_per_member"),
    ("orders_per_year",),
)
_WORTH_SAYING = 0.05  # of LTV a member: a smaller part that lies after the run goes without saying


def of_comparison(result: "Comparison", lang: Language) -> Row:
    """What the first page of a comparison says."""
    choice = recommended(result)
    best = choice.best if choice else result.against
    other = choice.other if choice else None
    shown = list(dict.fromkeys([best, *([other] if other else []), result.against]))
    tags = {result.against: say("reference", lang)} if len(result.names) > 1 else {}
    if choice and choice.finding:
        first = say("recommended" if choice.is_sure else "highest mean", lang)
        tags[best] = _tagged(first, tags.get(best), lang)
        if other and len(result.names) > 2:
            tags[other] = _tagged(say("runner-up", lang), tags.get(other), lang)
    return {
        "advice": recommendation(result, lang),
        "warnings": warnings(result, best, lang),
        "tried_on": tried_on(result, lang),
        "numbers": _numbers(result, {name: (name, tags.get(name, "")) for name in shown}, lang),
        "came_true": [*_beliefs(result, best, lang), *targets_told(result, best, lang)],
        "others": _beliefs_of_others(result, best, lang),
        "uncertain": _uncertain(result, best, VALUE, best, lang) + _open(result, best, other, lang),
        "cautions": result.cautions(lang),
        "why": why(result, best, other, lang),
        "shows_all": len(shown) == len(result.names),
    }


def of_sweep(sweep: "Sweep", lang: Language) -> Row:
    """What the first page of a sweep says: of the best value, and of the one most often best where that is another."""
    from sim.results import plots
    from sim.results.figures import drawn

    result = sweep.comparison
    names = dict(zip(sweep.points, result.names, strict=True))
    tags = {names[sweep.most_often_best]: say("most often best", lang)} | {names[sweep.best]: say("best", lang)}
    if no_difference(sweep):
        tags = {names[sweep.best]: ""}
    called = {names[point]: point_called(sweep, point, lang) for point in sweep.points}
    best = names[sweep.best]
    shown = {name: (called[name], tag) for name, tag in reversed(tags.items())}
    return {
        "advice": [sweep.verdict(lang)],
        "warnings": warnings(result, best, lang, called[best]),
        "tried_on": tried_on(result, lang),
        "numbers": _numbers(result, shown, lang, sweep.objective),
        "came_true": targets_told(result, best, lang),
        "others": "",
        "uncertain": _uncertain(result, best, sweep.objective, called[best], lang),
        "cautions": [],
        "why": drawn(lambda: {"sweep": plots.sweep_curves(sweep, lang)}, lang)[0],
        "shows_all": False,
    }


def _tagged(tag: str, further: str | None, lang: Language) -> str:
    return say(", ", lang).join([tag, further]) if further else tag


# --- where it was tried ----------------------------------------------------------------------------------------------


def tried_on(result: Outcomes, lang: Language) -> list[str]:
    """The market, its money and the response; what its customers do by themselves; how large the pool is and how long."""
    first = result.scenarios[0]
    text = (
        "{members} founding {members:member|members}, {days} {days:day|days}, {replicates} "
        "{replicates:replicate|replicates} on the same lives."
    )
    size = {"members": f"{first.members:,}", "days": first.days, "replicates": first.replicates}
    return [head(result.scenarios, lang) + say(".", lang), *usual(result.scenarios, lang), say(text, lang, **size)]


# --- five numbers ----------------------------------------------------------------------------------------------------


def _numbers(
    result: Outcomes, shown: dict[str, tuple[str, str]], lang: Language, objective: str = VALUE
) -> list[dict[str, Any]]:
    """A row a scenario that is `shown` (by name: what it is called, and its tag) with a cell for each of the five."""
    measures = five(result, list(shown), objective)
    return [
        {"name": called, "tag": tag, "cells": [value_cell(result, name, REGISTRY[m], lang) for m in measures]}
        for name, (called, tag) in shown.items()
    ]


def five(result: Outcomes, names: Sequence[str], objective: str = VALUE) -> list[str]:
    """The five measures of the first page, `objective` the first of them."""

    def is_known(measure: str) -> bool:
        intervals = (result.interval(name, measure) for name in names)
        return any(own.mean is not None or own.past for own in intervals)

    usual_ones = [next((m for m in place if is_known(m)), place[0]) for place in _FIVE]
    return list(dict.fromkeys([objective, *usual_ones]))[: len(_FIVE)]


# --- what came true --------------------------------------------------------------------------------------------------

_SIGN_OF_WORD = {"right": "good", "wrong": "bad", "open": "open", "undefined": "open", "untried": "open"}


def _beliefs(result: "Comparison", name: str, lang: Language) -> list[Row]:
    """What a strategy believes, and of each thing that it expects whether that came true."""
    told = []
    for belief in (each for each in result.beliefs(lang) if each.name == name):
        if belief.sentence:
            text = say("{name} believes: {belief}", lang, name=name, belief=belief.sentence)
            told.append({"text": text, "sign": ""})
        told += [{"text": text, "sign": _SIGN_OF_WORD[word]} for word, text in belief.said]
    return told


def _beliefs_of_others(result: "Comparison", name: str, lang: Language) -> str:
    """How much of what the other strategies expect came true; nothing where they expect nothing."""
    others: list[Belief] = [belief for belief in result.beliefs(lang) if belief.name != name]
    words = [word for belief in others for word, _ in belief.said]
    if not words:
        return ""
    wrong = [belief.name for belief in others if any(word == "wrong" for word, _ in belief.said)]
    counts = [
        ("{n} came true", words.count("right")),
        ("{n} did not ({names})", words.count("wrong")),
        ("of {n} it cannot be told here", len(words) - words.count("right") - words.count("wrong")),
    ]
    parts = [say(text, lang, n=n, names=Listed(wrong, ",")) for text, n in counts if n]
    told = say("Of what other strategies expect, {parts}", lang, parts=say(", ", lang).join(parts))
    return told + say(".", lang)


# --- what is uncertain -----------------------------------------------------------------------------------------------


def _uncertain(result: Outcomes, name: str, measure: str, called: str, lang: Language) -> list[str]:
    """Where one pool's value lies and what that covers; how much of the value is still to come."""
    known, own = REGISTRY[measure], result.interval(name, measure)
    ends = ends_of(own, known.kind, lang)
    if own.n < 2:
        told = [say("One replicate tells no interval: run 20 of them before you decide.", lang)]
    elif ends is None:
        told = []
    else:
        unit = result.scenarios[0].market.currency if known.kind == "money" else ""
        text = "One pool's {label} with {name} lies between {low} and {high} {unit} with 90 %"
        values = {"label": say(known.label, lang), "name": called, "unit": unit}
        low, high = map(minus, ends)
        lies = " ".join(say(text, lang, low=low, high=high, **values).split()) + say(".", lang)
        told = [apart(lies, _what_it_covers(result, name, measure, lang), lang)]
    if measure == VALUE and (share := _still_to_come(result, name)) > _WORTH_SAYING:
        text = "{share} of LTV a member is expected after the {days} {days:day|days} of the run."
        days = result.scenarios[result.names.index(name)].days
        told.append(say(text, lang, share=number(share, "share", lang), days=days))
    return told


def _what_it_covers(result: Outcomes, name: str, measure: str, lang: Language) -> str:
    """What moves an outcome: chance, and, unless they are taken as known, the response and the market."""
    market = next(s.market for s in result.scenarios if s.name == name)
    known = response(result.scenarios, lang)
    if result.kind != "all":
        text = "That is chance alone: response and market were taken as known, and what is not known of them adds to it"
        return say(text, lang) + say(".", lang)
    spread = result.by_chance(name, measure).plus_minus
    chance = number(spread, REGISTRY[measure].kind, lang) if spread else ""
    text = _COVERS[bool(chance), _is_uncertain(market)]
    return say(text, lang, chance=chance, response=known) + say(".", lang)


_COVERS = {
    (
        True,
        True,
    ): "Chance alone moves it by ± {chance}; the rest is what is not known of members' response ({response}) and "
    "of the market",
    (
        True,
        False,
    ): "Chance alone moves it by ± {chance}; the rest is what is not known of members' response ({response}). "
    "The market's numbers are taken as known",
    (False, True): "That is chance, and what is not known of members' response ({response}) and of the market",
    (
        False,
        False,
    ): "That is chance, and what is not known of members' response ({response}). "
    "The market's numbers are taken as known",
}


def _is_uncertain(market: Market) -> bool:
    return market.rhythm.covariance is not None or market.baskets.covariance is not None


def _still_to_come(result: Outcomes, name: str) -> float:
    """The share of LTV a member that is expected after the run; 0 where that makes no sense."""
    parts = value_made_of(result, name)
    value = float(sum(part.mean() for part in parts.values()))
    return float(parts["later"].mean()) / value if value > 0 else 0.0


def _open(result: Outcomes, best: str, other: str | None, lang: Language) -> list[str]:
    """On which of the five the two cannot be told apart, and which main measures are undefined."""
    told = []
    if other:
        apart_not = [m for m in five(result, [best, other]) if m != VALUE and _is_open(result, best, other, m)]
        if apart_not:
            text = "{best} and {other} cannot be told apart by {measures}."
            told.append(say(text, lang, best=best, other=other, measures=_labels(apart_not, lang)))
    undefined = [place[0] for place in _FIVE if result.interval(best, place[0]).mean is None]
    if undefined:
        text = "Undefined here: {measures}; the definitions below say when."
        told.append(say(text, lang, measures=_labels(undefined, lang)))
    return told


def _is_open(result: Outcomes, best: str, other: str, measure: str) -> bool:
    found = finding(result.difference(best, measure, other).interval, result.values(other, measure))
    return found.word == "alike" or (found.word == "open" and not found.held_back)


def _labels(measures: Sequence[str], lang: Language) -> str:
    return joined([say(REGISTRY[measure].label, lang) for measure in measures], lang)


# --- why -------------------------------------------------------------------------------------------------------------


def why(result: Outcomes, best: str, other: str | None, lang: Language) -> Row | None:
    """The plot that shows why, with its caption; None where LTV a member is undefined."""
    from sim.results import plots
    from sim.results.figures import drawn_alone

    if result.interval(best, VALUE).mean is None:
        return None
    has_bars = bool(value_steps(result, best, other))
    if not has_bars and other is None:
        return None
    caption = ""
    if has_bars:
        lead = say(_LEAD if other else _MADE_OF, lang, best=best, other=other or "")
        caption = apart(lead, say(_PARTS, lang), lang)
    if other and result.interval(best, VALUE).low is not None:
        pale = say("In pale where one pool's outcome lies with 90 %.", lang)
        caption = apart(pale, caption, lang) if caption else pale
    return drawn_alone(
        lambda: plots.why_chosen(result, best, other, lang), caption, _why_in_words(result, best, other, lang)
    )


_LEAD = "The bars: what the lead of {best} over {other} is made of."
_MADE_OF = "What LTV a member of {best} is made of."
_PARTS = (
    "Margin of orders: baskets less the goods, during the run; after the run: what is still expected within three years, "
    "discounted."
)


def _why_in_words(result: Outcomes, best: str, other: str | None, lang: Language) -> str:
    """What the plot of the first page shows, for who cannot see it: every step with its amount."""
    from sim.results.plots.why import signed

    steps = [f"{step_called(step, lang)} {signed(amount)}" for step, amount in value_steps(result, best, other)]
    if not steps:
        values = compared_values(result, best, VALUE, lang, other)
        return say("{measure} {values}", lang, measure=labelled(VALUE, lang), values=values)
    text = (
        "LTV a member of {best} less that of {other}, in {currency}: {steps}"
        if other
        else "LTV a member of {best}, in {currency}: {steps}"
    )
    currency = result.scenarios[0].market.currency
    return say(text, lang, best=best, other=other or "", currency=currency, steps=say(", ", lang).join(steps))
