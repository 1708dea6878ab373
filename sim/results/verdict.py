"""The verdict on strategies, in words a planner can repeat.

First lifetime value a member: which strategy has the higher expected value (that is what to choose), and how sure one pool
is to see it. Then the measures on which the two differ clearly, then which of several to choose, then what not to steer
by. How sure is sim/results/statistics/chances.py's; signs and numbers are those of the tables.
"""

from sim.results.metrics import REGISTRY
from sim.results.outcomes import Outcomes
from sim.results.statistics.chances import LIKELY, Finding, Ranking, confidence, finding, highest
from sim.results.statistics.spread import Interval
from sim.results.whom_met import different_people
from sim.results.wording import apart, joined, labelled, percent, signed_number
from sim.words import Language, number, say

VALUE = "ltv_member"
_BESIDE = ("churn", "ltv_cac", "roi", "profit_per_member", "orders_per_year", "visits_per_month")
_HEADLINES = ("churn", "ltv_cac", "roi")  # that these cannot be told apart is worth saying
# measures of attention: more messages raise some of them, whatever becomes of the members
_ATTENTION = (
    "d7_retention", "d30_retention", "active_7_days", "active_30_days", "read_rate", "click_rate", "wake_up_rate",
)  # fmt: skip
_CLEAR_FROM = 19  # replicates from which a chance of 95 % can be stated

_HEADS = {
    (
        "clearly",
        1,
    ): "{name} clearly beats {other}: LTV a member is {gap} higher on average, and higher in one pool with "
    "{chance}{range}",
    (
        "clearly",
        -1,
    ): "{name} clearly loses to {other}: LTV a member is {gap} lower on average, and lower in one pool with "
    "{chance}{range}",
    ("likely", 1): "{name} likely beats {other}: LTV a member is {gap} higher on average, and higher in one pool with "
    "{chance}{range}",
    (
        "likely",
        -1,
    ): "{name} likely loses to {other}: LTV a member is {gap} lower on average, and lower in one pool with "
    "{chance}{range}",
    (
        "alike",
        1,
    ): "{name} and {other} are practically alike: LTV a member is {gap} higher on average, and within 1 % of "
    "{other}'s in one pool with {alike}",
    (
        "alike",
        -1,
    ): "{name} and {other} are practically alike: LTV a member is {gap} lower on average, and within 1 % of "
    "{other}'s in one pool with {alike}",
    ("alone", 1): "{name} has the higher LTV a member, by {gap}; one replicate cannot tell how sure that is",
    ("alone", -1): "{name} has the lower LTV a member, by {gap}; one replicate cannot tell how sure that is",
    ("alone", 0): "{name} and {other} have the same LTV a member in the one replicate",
}
_CHOSEN = (
    "{best} has the higher expected LTV a member, by {gap} ({sure}), and is the one to choose; in one pool {name} and "
    "{other} cannot be told apart: {best} is higher with {chance}{range}"
)
_OPEN = (
    "{name} and {other} cannot be told apart: {best} has the higher mean LTV a member, by {gap}, which for the expected "
    "value is {sure} sure; in one pool {best} is higher with {chance}{range}"
)
_LINES = {1: "{measure} higher ({values})", -1: "{measure} lower ({values})"}


def verdicts(result: Outcomes, lang: Language = "en") -> list[str]:
    """From three scenarios on one on all, then one for each but the reference; one more where channels meet different
    people, and one if replicates are too few."""
    others = [name for name in result.names if name != result.against]
    told = [which_of_several(result, lang)] if len(result.names) > 2 else []
    told += [sentence(result, name, lang) for name in others]
    told.append(different_people(result, lang))
    held_back = any(_finding(result, name, m).held_back for name in others for m in (VALUE, *_beside(result)))
    n = result.interval(result.against, VALUE).n
    if held_back and 1 < n < _CLEAR_FROM:
        text = (
            "{n} {n:replicate supports|replicates support} no chance above {highest}; from {enough} replicates on a "
            "difference can be clear"
        )
        most = say("{percent} %", lang, percent=int(100 * highest(n)))
        told.append(_ended(say(text, lang, n=n, highest=most, enough=_CLEAR_FROM), lang))
    return [text for text in told if text]


def sentence(result: Outcomes, name: str, lang: Language = "en") -> str:
    """What to choose of a scenario and the reference, how sure one pool is to see it, and where the two differ."""
    finding = _finding(result, name, VALUE)
    head = _ended(_head(result, name, finding, lang), lang)
    beside = _beside_alone(result, name, lang) if finding.word == "alone" else _beside_it(result, name, lang)
    return apart(head, beside, lang)


def _finding(result: Outcomes, name: str, measure: str) -> Finding:
    return finding(result.difference(name, measure).interval, result.values(result.against, measure))


def _head(result: Outcomes, name: str, finding: Finding, lang: Language) -> str:
    other = result.against
    if finding.word == "undefined":
        return say("{name} and {other} cannot be compared: lifetime value is undefined", lang, name=name, other=other)
    if finding.word == "equal":
        return say("{name} and {other} do not differ in LTV a member", lang, name=name, other=other)
    difference = result.difference(name, VALUE).interval
    mean = difference.mean or 0.0
    values = {
        "name": name,
        "other": other,
        "best": name if finding.sign >= 0 else other,
        "gap": gap_words(abs(mean), result.scenarios[result.names.index(name)].market.currency, lang),
        "chance": percent(finding.chance, lang, difference.n),
        "sure": percent(finding.sure, lang, difference.n),
        "alike": percent(finding.alike, lang, difference.n),
        "range": _range(difference, lang),
    }
    if finding.word == "open":
        if finding.sign < 0:  # the sentence speaks of the other's lead, the table of `name` less the other
            values["range"] = _range(difference, lang, name, other)
        if finding.sign == 0:
            return say("{name} and {other} cannot be told apart: their mean LTV a member is equal", lang, **values)
        return say(_CHOSEN if (finding.sure or 0.0) >= LIKELY else _OPEN, lang, **values)
    return say(_HEADS[finding.word, finding.sign or int(finding.word != "alone")], lang, **values)


def gap_words(gap: float, currency: str, lang: Language) -> str:
    """An amount of money that is never written as 0."""
    text = number(gap, "money", lang)
    if any(digit in text for digit in "123456789"):
        return f"{text} {currency}"
    return say("less than {amount}", lang, amount=f"0.01 {currency}")


def _range(difference: Interval, lang: Language, name: str = "", other: str = "") -> str:
    """Where one pool's difference lies, with the signs of the table; with names, it says what is taken from what."""
    if difference.low is None or difference.high is None:
        return ""
    low, high = (number(end, "money", lang, signed=True) for end in (difference.low, difference.high))
    text = " (the difference lies between {low} and {high} with 90 %)"
    if name:
        text = " ({name} less {other} lies between {low} and {high} with 90 %)"
    return say(text, lang, low=low, high=high, name=name, other=other)


# --- beside lifetime value -------------------------------------------------------------------------------------------


def _beside(result: Outcomes) -> list[str]:
    """The other measures that a verdict looks at: the main ones and those that a target is set on."""
    aimed = [m for scenario in result.scenarios for m in scenario.targets if REGISTRY[m].better != "neither"]
    return [m for m in dict.fromkeys((*_BESIDE, *aimed)) if m != VALUE]


def _beside_it(result: Outcomes, name: str, lang: Language) -> str:
    """On which measures the two differ, clearly or likely, and which of the headlines are alike or cannot be told apart."""
    lines: dict[str, list[str]] = {word: [] for word in _GROUPS}
    for measure in _beside(result):
        finding, label = _finding(result, name, measure), say(REGISTRY[measure].label, lang)
        if finding.word in ("clearly", "likely"):
            values = compared_values(result, name, measure, lang)
            lines[finding.word].append(say(_LINES[finding.sign], lang, measure=label, values=values))
        elif finding.word in ("alike", "open") and measure in _HEADLINES:
            lines[finding.word].append(label)
    told = [say(_GROUPS[word], lang, lines=joined(group, lang)) for word, group in lines.items() if group]
    return _ended(say("With {name}, {told}", lang, name=name, told=say("; ", lang).join(told)), lang) if told else ""


_GROUPS = {
    "clearly": "clearly: {lines}",
    "likely": "likely: {lines}",
    "alike": "practically alike: {lines}",
    "open": "cannot be told apart: {lines}",
}


def _beside_alone(result: Outcomes, name: str, lang: Language) -> str:
    """With one replicate: the headlines' values and no word on how sure."""
    parts = []
    for measure in _HEADLINES:
        if _finding(result, name, measure).word != "undefined":
            values = compared_values(result, name, measure, lang)
            parts.append(say("{measure} {values}", lang, measure=labelled(measure, lang), values=values))
    text = say(", ", lang).join(parts)
    return _ended(text[:1].upper() + text[1:] if lang == "en" else text, lang)


def compared_values(result: Outcomes, name: str, measure: str, lang: Language, other: str | None = None) -> str:
    """`44 % against 91 %`; the difference itself where the two would read alike or, undefined now and then, the other
    way round."""
    kind = REGISTRY[measure].kind
    mine, theirs = (result.interval(who, measure).mean for who in (name, other or result.against))
    mean = result.difference(name, measure, other).interval.mean
    assert mine is not None and theirs is not None and mean is not None
    texts = [number(v, kind, lang) for v in (mine, theirs)]
    if mean and (texts[0] == texts[1] or (mine - theirs) * mean < 0):
        return say("difference {gap}", lang, gap=signed_number(mean, kind, lang))
    return say("{mine} against {theirs}", lang, mine=texts[0], theirs=texts[1])


# --- several ---------------------------------------------------------------------------------------------------------


def which_of_several(result: Outcomes, lang: Language = "en") -> str:
    """Which of three and more scenarios to choose, with each one's chance of being best and expected regret."""
    ranking = result.ranking(VALUE)
    if ranking.best is None:
        return ""
    best, n = result.names[ranking.best], len(ranking.order)
    currency = result.scenarios[0].market.currency
    if ranking.n < 2:
        text = "Of {n} strategies {best} has the highest LTV a member; one replicate cannot tell how sure that is"
        return _ended(say(text, lang, n=n, best=best), lang)
    text = "Of {n} strategies {best} has the highest expected LTV a member and is the one to choose ({its})"
    head = say(text, lang, n=n, best=best, its=_standing(ranking, ranking.best, currency, lang, whole=True))
    rest = [
        say("{name} ({its})", lang, name=result.names[k], its=_standing(ranking, k, currency, lang))
        for k in ranking.order
        if k != ranking.best
    ]
    if rest:
        head += say("; then {rest}", lang, rest=say(", ", lang).join(rest))
    often = ranking.most_often
    if often is not None and often != ranking.best:
        head += say("; most often best is {name}", lang, name=result.names[often])
    if absent := [name for k, name in enumerate(result.names) if ranking.means[k] is None]:
        head += say("; LTV is undefined for {names}", lang, names=joined(absent, lang))
    return _ended(head, lang)


def _standing(ranking: Ranking, k: int, currency: str, lang: Language, whole: bool = False) -> str:
    """Chance of being best and expected regret of one, for brackets; `whole`: with what the regret is."""
    chance = percent(ranking.chances[k], lang, ranking.n)
    regret = ranking.regrets[k]
    if regret is None:
        return say("the best in one pool with {chance}", lang, chance=chance) if whole else chance
    text = (
        "the best in one pool with {chance}; expected regret {regret} a member, what choosing it gives up on average "
        "against that pool's best"
        if whole
        else "{chance}, regret {regret}"
    )
    amount = number(regret, "money", lang)
    return say(text, lang, chance=chance, regret=f"{amount} {currency}")


# --- what not to steer by --------------------------------------------------------------------------------------------


def cautions(result: Outcomes, lang: Language = "en") -> list[str]:
    """A sentence if the strategy that writes most is best at measures of attention and yet loses more members or value.

    Held against the one with the highest mean LTV of the others; both ways the mean's difference has to be 90 % sure.
    """
    loud = max(result.names, key=lambda name: _loudness(result, name))
    other = _best_of_the_others(result, loud)
    if other is None or _loudness(result, loud) <= _loudness(result, other):
        return []
    praised = [m for m in _ATTENTION if _is_best(result, m, loud) and _above(result, loud, other, m)]
    harms = [(m, text) for m, text, higher in _HARMS if _above(result, loud, other, m, higher)]
    if not praised or not harms:
        return []
    text = (
        "Do not steer by {measures}: {loud}, which writes most, comes first there and yet has {harms} than {other}; such "
        "measures reward many messages"
    )
    values = {
        "measures": joined([_measured(result, loud, other, m, lang) for m in praised], lang),
        "harms": joined(
            [say(text, lang, values=compared_values(result, loud, m, lang, other)) for m, text in harms],
            lang,
            clauses=True,
        ),
    }
    return [_ended(say(text, lang, loud=loud, other=other, **values), lang)]


_HARMS = (("churn", "the higher churn ({values})", True), (VALUE, "the lower LTV a member ({values})", False))


def _measured(result: Outcomes, loud: str, other: str, measure: str, lang: Language) -> str:
    label = say(REGISTRY[measure].label, lang)
    values = compared_values(result, loud, measure, lang, other)
    return say("{measure} ({values})", lang, measure=label, values=values)


def _loudness(result: Outcomes, name: str) -> float:
    """Messages a member in the pool and day."""
    delivered, pool = (float(result.daily(name, column).sum()) for column in ("delivered", "pool"))
    return delivered / pool if pool else 0.0


def _best_of_the_others(result: Outcomes, loud: str) -> str | None:
    ranking = result.ranking(VALUE)
    return next((result.names[k] for k in ranking.order if result.names[k] != loud), None)


def _is_best(result: Outcomes, measure: str, name: str) -> bool:
    means = {n: result.interval(n, measure).mean for n in result.names}
    mine = means[name]
    return mine is not None and all(m is None or m <= mine for m in means.values())


def _above(result: Outcomes, name: str, other: str, measure: str, higher: bool = True) -> bool:
    """True if the expected value is surely higher (or lower) than the other's."""
    above = confidence(result.difference(name, measure, other).interval)
    return above is not None and (above if higher else 1.0 - above) >= LIKELY


def _ended(text: str, lang: Language) -> str:
    return text + say(".", lang) if text else ""


__all__ = ["VALUE", "cautions", "compared_values", "gap_words", "sentence", "verdicts", "which_of_several"]
