"""Which strategy a report recommends, in a sentence or two: by how much, against which other, and how sure that is.

What to choose by is the expected LTV a member, as in the verdict (sim/results/verdict.py), whose findings these are.
"""

from dataclasses import dataclass

from models.words import Listed
from sim.results.cells import targets_told
from sim.results.metrics import REGISTRY
from sim.results.outcomes import Outcomes
from sim.results.showing import ends_of
from sim.results.statistics.chances import LIKELY, Finding, finding
from sim.results.verdict import VALUE, compared_values, gap_words
from sim.results.wording import joined, percent
from sim.words import Language, minus, number, say

_MOST_NAMED = 4  # strategies of a tie that are named
_SURE = "Choose {best}: LTV a member is {gap} higher than with {other} ({values}), and higher in one pool with {chance}"
_EXPECTED = (
    "Choose {best}: expected LTV a member is {gap} higher than with {other} ({values}; {sure} sure), but one pool may not "
    "show it: there {best} is the higher one with {chance}"
)
_TIED = "No strategy is better with 90 %: {names} cannot be told apart in LTV a member"
_HIGHEST = (
    "{best} has the highest mean, {gap} above {other}; the expected value is higher with {sure}, that of one pool with "
    "{chance}. Choose by what costs less work or keeps more members"
)
_ALIKE = "{names} are practically alike in LTV a member: {best} is {gap} above {other}, less than 1 %"
_CHOOSE = "Choose by what costs less work or keeps more members"
_EQUAL = "{names} do not differ in LTV a member ({value} {currency}). Choose by what costs less work"
_FEW = (
    "{best} has the highest LTV a member, {gap} above {other} ({values}), in one pool with {chance}. {n} "
    "{n:replicate supports|replicates support} no surer word: run 20 of them"
)
_ALONE = (
    "{best} has the highest LTV a member, {gap} above {other} ({values}); one replicate cannot tell how sure that is: run "
    "20 of them"
)


@dataclass(frozen=True)
class Recommended:
    """The strategy with the highest mean LTV a member, and what stands beside it.

    other: the runner-up; None where nothing else has an LTV. finding: of the paired difference between the two. tied: other
    strategies whose expected value is not surely (with 90 %) below, or that are practically alike.
    """

    best: str
    other: str | None = None
    finding: Finding | None = None
    tied: tuple[str, ...] = ()

    @property
    def is_sure(self) -> bool:
        """True if one strategy is to be chosen before all others."""
        return self.finding is not None and not (self.tied or self.finding.word == "alone" or _needs_more(self.finding))


def recommended(result: Outcomes) -> Recommended | None:
    """The strategy to choose; None where LTV a member is undefined for all."""
    ordered = [result.names[k] for k in result.ranking(VALUE).order]
    if not ordered:
        return None
    best, *others = ordered
    if not others:
        return Recommended(best)
    findings = {name: _finding(result, best, name) for name in others}
    return Recommended(best, others[0], findings[others[0]], tuple(n for n in others if _is_tied(findings[n])))


def _finding(result: Outcomes, best: str, other: str) -> Finding:
    return finding(result.difference(best, VALUE, other).interval, result.values(other, VALUE))


def _is_tied(found: Finding) -> bool:
    is_open = found.word == "open" and (found.sure or 0.0) < LIKELY and not found.held_back
    return found.word in ("alike", "equal") or is_open


def _needs_more(found: Finding) -> bool:
    """True if it is only for want of replicates that nothing surer can be said."""
    return found.held_back and (found.sure or 0.0) < LIKELY


def recommendation(result: Outcomes, lang: Language = "en") -> list[str]:
    """What to choose and how sure that is; of one scenario alone whether it meets its targets."""
    choice = recommended(result)
    if choice is None:
        return [_ended(say("LTV a member is undefined, so no strategy can be recommended by it", lang), lang)]
    if len(result.names) == 1:
        return _of_one(result, choice.best, lang)
    if choice.other is None or choice.finding is None:
        text = "{best} is the only strategy whose LTV a member is defined, so it cannot be compared"
        return [_ended(say(text, lang, best=choice.best), lang)]
    told = _chosen(result, choice, lang)
    beside = {choice.best, choice.other, *choice.tied}
    if result.against not in beside and choice.finding.word != "alone":
        told.append(_against_reference(result, choice.best, lang))
    return told


def _chosen(result: Outcomes, choice: Recommended, lang: Language) -> list[str]:
    assert choice.other is not None and choice.finding is not None
    best, other, found = choice.best, choice.other, choice.finding
    difference = result.difference(best, VALUE, other).interval
    currency = result.scenarios[0].market.currency
    values = {
        "best": best,
        "other": other,
        "gap": gap_words(abs(difference.mean or 0.0), currency, lang),
        "values": compared_values(result, best, VALUE, lang, other),
        "sure": percent(found.sure, lang, difference.n),
        "chance": percent(found.chance, lang, difference.n),
        "names": _names([best, *choice.tied], lang),
        "value": minus(number(result.interval(best, VALUE).mean, "money", lang)),
        "currency": currency,
        "n": difference.n,
    }
    return [_ended(say(text, lang, **values), lang) for text in _texts(found, bool(choice.tied))]


def _texts(found: Finding, is_tied: bool) -> list[str]:
    """The sentences on the best and the runner-up."""
    if found.word == "alone":
        return [_ALONE]
    if found.word in ("alike", "equal"):
        return [_EQUAL] if found.word == "equal" else [_ALIKE, _CHOOSE]
    if _needs_more(found):
        return [_FEW]
    if is_tied:
        return [_TIED, _HIGHEST]
    return [_EXPECTED if found.word == "open" else _SURE]


def _names(names: list[str], lang: Language) -> str:
    """The names of a tie; of many the first ones and how many they are."""
    if len(names) <= _MOST_NAMED:
        return joined(names, lang)
    first = Listed(names[: _MOST_NAMED - 1], ",")
    return say("{names} and {n} more", lang, names=first, n=len(names) - _MOST_NAMED + 1)


def _against_reference(result: Outcomes, best: str, lang: Language) -> str:
    difference = result.difference(best, VALUE).interval
    found = _finding(result, best, result.against)
    text = "Against the reference {other} it is {gap} higher, in one pool with {chance}"
    values = {
        "other": result.against,
        "gap": gap_words(abs(difference.mean or 0.0), result.scenarios[0].market.currency, lang),
        "chance": percent(found.chance, lang, difference.n),
    }
    return _ended(say(text, lang, **values), lang)


def _of_one(result: Outcomes, name: str, lang: Language) -> list[str]:
    """Of one scenario alone: its LTV a member, and how many of its targets it meets."""
    own, measure = result.interval(name, VALUE), REGISTRY[VALUE]
    ends = ends_of(own, measure.kind, lang)
    values = {
        "name": name,
        "value": minus(number(own.mean, "money", lang)),
        "currency": result.scenarios[0].market.currency,
        "low": minus(ends[0]) if ends else "",
        "high": minus(ends[1]) if ends else "",
    }
    text = (
        "{name}: LTV a member is {value} {currency}; that of one pool lies between {low} and {high} with 90 %"
        if ends
        else "{name}: LTV a member is {value} {currency}"
    )
    targets = targets_told(result, name, lang)
    counts = {"n": len(targets), "met": sum(target["sign"] == "good" for target in targets)}
    if not targets:
        second = "It has no targets and stands alone: compare it with another strategy to see which to choose"
    elif counts["met"] == counts["n"]:
        second = "It meets all its targets ({n})"
    else:
        second = "Of its {n} {n:target|targets} it meets {met}"
    return [_ended(say(text, lang, **values), lang), _ended(say(second, lang, **counts), lang)]


def warnings(result: Outcomes, name: str, lang: Language = "en", called: str = "") -> list[str]:
    """What speaks against a strategy although no other is better: it loses money, or earns less than doing nothing.

    called: in place of its name.
    """
    value, roi = (result.interval(name, measure).mean for measure in (VALUE, "roi"))
    told = []
    if value is not None and value < 0:
        told.append(
            say("LTV a member of {name} is below 0: members cost more than they bring", lang, name=called or name)
        )
    if roi is not None and roi < 0:
        text = "ROI of {name} is below 0 ({roi}): within the run the same people bring more if they are left alone"
        told.append(say(text, lang, name=called or name, roi=minus(number(roi, "ratio", lang))))
    return [_ended(text, lang) for text in told]


def _ended(text: str, lang: Language) -> str:
    return text + say(".", lang)
