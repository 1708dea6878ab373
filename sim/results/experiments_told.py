"""Experiments and naive differences in words and in the rows of tables, in both languages."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from sim.policies.experiments import ties
from sim.policies.in_force import InForce
from sim.results import naive
from sim.results.experiments import OUTCOMES, Record, Trial, trials
from sim.results.wording import apart, in_points, joined, percent, signed_number
from sim.scenario import Scenario
from sim.scenario.measures import Kind
from sim.words import Language, number, say, significant, told_apart, whole, with_unit

_LABELS = {
    "orders": "orders a member",
    "sales": "sales a member",
    "contribution": "contribution a member",
    "left": "share who left",
    "clicks": "clicks a member",
}
_TIES = {
    "budgets": "the budgets of coupons and benefits",
    "groups": "their groups, with mood and costs",
    "sessions": "the costs of sessions for all groups",
    "high_value": "the spend from which a member is of high value",
    "friends": "the market whose people are still to be won",
    "service": "the queue of the service",
    "events": "the costs of events",
    "guard": "the guard, whose acts are for all",
}
_DRAWN = {
    (
        "member",
        "members",
    ): "{name}, days {first} to {last}: {treated} with the change, {others} without, each drawn by herself",
    (
        "community",
        "members",
    ): "{name}, days {first} to {last}: {treated} with the change, {others} without, drawn by group",
    **dict.fromkeys(
        (("member", "joiners"), ("community", "joiners")),
        "{name}, those who joined on days {first} to {last}: {treated} with the change, {others} without",
    ),
}
HEADS = (
    "outcome", "without", "with", "estimate", "95 %", "seen with 80 % from", "true effect", "chance to see it",
    "interference",
)  # fmt: skip


def sentences(scenario: Scenario, records: Sequence[Record], lang: Language = "en") -> list[str]:
    """What an analyst would say of each experiment, beside the truth; a sentence an outcome, one before and one after."""
    return [text for trial in trials(scenario) for text in _of_trial(scenario, trial, records, lang)]


def _of_trial(scenario: Scenario, trial: Trial, records: Sequence[Record], lang: Language) -> Iterator[str]:
    own = [record for record in records if record["experiment"] == trial.experiment.name]
    for who in dict.fromkeys(record["who"] for record in own):
        rows = [record for record in own if record["who"] == who]
        yield head(rows[0], lang)
        for row in rows:
            yield _result(row, scenario.market.currency, lang)
    if own:
        yield disturbance(scenario, trial, own, lang)


def head(record: Record, lang: Language) -> str:
    """Who is compared, over which days."""
    return say(
        _DRAWN[record["by"], record["who"]],
        lang,
        name=record["experiment"],
        first=record["begins"],
        last=record["ends"] - 1,
        treated=_arm(record, "with", lang),
        others=_arm(record, "without", lang),
    )


def _arm(record: Record, which: str, lang: Language) -> str:
    """How many are in an arm, and in how many groups where whole groups are drawn."""
    members, groups = (_mean_count(record[f"{of}_{which}"] or 0.0) for of in ("members", "groups"))
    if members == "0":
        return say("nobody", lang)
    if record["by"] == "member":
        return say("{n} {n:member|members}", lang, n=members)
    if record[f"groups_{which}"] % 1:  # the mean of replicates
        return say(
            "on average {n} {n:member|members} in {groups} {groups:group|groups}", lang, n=members, groups=groups
        )
    return say("{n} {n:member|members} in {groups} {groups:group|groups}", lang, n=members, groups=groups)


def _mean_count(value: float) -> str:
    """How many there are, in the mean of replicates; few with the digits that tell them from none."""
    return whole(value) if value >= 10 else significant(value)


def label(outcome: str, currency: str, lang: Language) -> str:
    """What an outcome is called, with the unit of its numbers."""
    return with_unit(say(_LABELS[outcome], lang), OUTCOMES[outcome], currency, lang)


def _result(record: Record, currency: str, lang: Language) -> str:
    kind, outcome = OUTCOMES[record["outcome"]], label(record["outcome"], currency, lang)
    if record["error"] is None:
        return _too_few(record, outcome, lang)
    without, having = _pair(record["without"], record["with"], kind, lang)
    known = {
        "outcome": outcome,
        "estimate": signed_number(record["estimate"], kind, lang),
        "low": signed_number(record["low"], kind, lang),
        "high": signed_number(record["high"], kind, lang),
        "smallest": in_points(number(record["smallest"], kind), kind, lang),
        "without": without,
        "having": having,
    }
    said = say(
        "{outcome}: {having} with, {without} without, {estimate} ({low} to {high} with 95 %); an effect of {smallest} and "
        "more is seen with 80 %"
        if record["error"]
        else "{outcome}: {having} with, {without} without, the same for all in each arm",
        lang,
        **known,
    )
    if record["truth"] is None:
        return said
    effect = signed_number(record["truth"], kind, lang)
    if record["power"] is None:
        return said + say("; truly {effect}", lang, effect=effect)
    return said + say("; truly {effect}, seen with {power}", lang, effect=effect, power=percent(record["power"], lang))


def _too_few(record: Record, outcome: str, lang: Language) -> str:
    """Of arms that are too small to compare; what the change does is known all the same, if it was run."""
    if record["truth"] is None:
        return say("{outcome}: too few to compare", lang, outcome=outcome)
    effect = signed_number(record["truth"], OUTCOMES[record["outcome"]], lang)
    return say("{outcome}: too few to compare; truly {effect}", lang, outcome=outcome, effect=effect)


def _pair(one: float | None, other: float | None, kind: Kind, lang: Language) -> list[str]:
    """Two numbers that are compared, one of which may be missing."""
    if one is None or other is None:
        return [number(value, kind, lang) for value in (one, other)]
    return told_apart(*((value, partial(number, value, kind, lang)) for value in (one, other)))


def disturbance(scenario: Scenario, trial: Trial, records: Iterable[Record], lang: Language) -> str:
    """What the arms share, and how much of the estimates that is; nothing is told of what was not run."""
    policies = InForce(scenario).between(trial.begins, trial.ends)
    there = {name for policy in policies for name in ties(policy, trial.number)}
    shared = [say(words, lang) for name, words in _TIES.items() if name in there]
    if not shared:
        return say(
            "The arms share nothing, so an estimate misses the truth by the luck of the draw alone.",
            lang,
        )
    text = say("Both arms share {what}.", lang, what=joined(shared, lang))
    own = [record for record in records if record["who"] == "members" and record["interference"] is not None]
    if not own:
        return text
    told = []
    for record in own:
        kind = OUTCOMES[record["outcome"]]
        size = signed_number(record["interference"], kind, lang)
        if any(digit in size for digit in "123456789"):
            unit = f" {scenario.market.currency}" if kind == "money" else ""
            outcome = say(_LABELS[record["outcome"]], lang)
            told.append(say("{outcome} {size}", lang, outcome=outcome, size=size + unit))
    what = (
        say("By this interference estimates are off by: {what}.", lang, what=joined(told, lang))
        if told
        else say("By this interference estimates are off by less than is shown.", lang)
    )
    return apart(text, what, lang)


def rows(scenario: Scenario, records: Sequence[Record], lang: Language) -> list[list[str]]:
    """Cells under HEADS of each of one experiment's records."""
    shown = []
    for record in records:
        kind = OUTCOMES[record["outcome"]]
        few = record["error"] is None
        low, high = (signed_number(record[end], kind, lang) for end in ("low", "high"))
        shown.append(
            [
                label(record["outcome"], scenario.market.currency, lang),
                *_pair(record["without"], record["with"], kind, lang),
                say("too few to compare", lang) if few else signed_number(record["estimate"], kind, lang),
                "–" if few else say("{low} to {high}", lang, low=low, high=high),
                in_points(number(record["smallest"], kind), kind, lang),
                signed_number(record["truth"], kind, lang),
                percent(record["power"], lang),
                signed_number(record["interference"], kind, lang),
            ]
        )
    return shown


def over_replicates(records: Sequence[Record], lang: Language) -> list[str]:
    """How often intervals held the truth and left out 0, for each outcome of who was in the pool when it began."""
    left_out = [record for record in records if record["too_few"] and record["error"] is not None]
    told = [
        say(
            "{name}: in {few} of {n} {n:replicate|replicates} there are too few to compare; the others alone are told of",
            lang,
            name=record["experiment"],
            few=record["too_few"],
            n=record["too_few"] + record["replicates"],
        )
        for record in left_out[:1]  # the arms are those of every outcome
    ]
    return told + [
        say(
            "{name}, {outcome}: in {n} {n:replicate|replicates} the interval leaves out 0 in {significant}, and holds "
            "the truth in {covered} of those that know it",
            lang,
            name=record["experiment"],
            outcome=say(_LABELS[record["outcome"]], lang),
            n=record["replicates"],
            significant=percent(record["significant"], lang),
            covered=percent(record["covered"], lang),
        )
        for record in records
        if record["who"] == "members" and record["covered"] is not None
    ]


def tables_of_experiments(scenario: Scenario, records: Sequence[Record], lang: Language) -> list[dict[str, Any]]:
    """For each experiment and population a title, heads and rows, and the sentences after them: for a page."""
    parts = []
    for trial in trials(scenario):
        own = [record for record in records if record["experiment"] == trial.experiment.name]
        for who in dict.fromkeys(record["who"] for record in own):
            shown = [record for record in own if record["who"] == who]
            after = [disturbance(scenario, trial, shown, lang)] if who == "members" else []
            parts.append(
                {
                    "title": say("{name}: {what}", lang, name=scenario.name, what=head(shown[0], lang)),
                    "heads": [say(text, lang) for text in HEADS],
                    "rows": rows(scenario, shown, lang),
                    "after": [*after, *over_replicates(shown, lang)],
                }
            )
    return parts


# --- naive differences -----------------------------------------------------------------------------------------------

_COMPARED = {
    "before_after": "the {days} {days:day|days} from day {day} on against the {days} before",
    "members_public": "members in the pool at the end against public customers",
    "active_others": "members active in the 30 days before day {day} against the others, in the {days} {days:day|days} "
    "after",
}
_OUTCOMES = {
    "orders_per_year": "orders a year",
    "sales_per_year": "sales a year",
    "ltv": "lifetime value",
}
NAIVE_HEADS = ("what is compared", "outcome", "one", "other", "published", "on the same lives")


def naive_rows(records: Sequence[Record], currency: str, lang: Language) -> list[list[str]]:
    """Cells under NAIVE_HEADS of each naive difference."""
    shown = []
    for record in records:
        kind = naive.OUTCOMES[record["outcome"]]
        shown.append(
            [
                _compared(record, lang),
                with_unit(say(_OUTCOMES[record["outcome"]], lang), kind, currency, lang),
                *_pair(record["one"], record["other"], kind, lang),
                number(record["difference"], "share", lang, signed=True),
                number(record["effect"], "share", lang, signed=True),
            ]
        )
    return shown


# before all naive differences, which are of one run
ONE_RUN = (
    "One run: the difference that an operator sees, and beside it what operations did to the same lives. The rest is "
    "season, age, and who they were to begin with."
)


def naive_sentences(records: Sequence[Record], currency: str, lang: Language = "en") -> list[str]:
    """Each naive difference with the effect on the same lives."""
    texts = []
    for row in naive_rows(records, currency, lang):
        names: dict[str, Any] = dict(zip(("what", "outcome", "one", "other", "published", "effect"), row, strict=True))
        texts.append(
            say("{what}: {outcome} {one} against {other}, {published}; on the same lives {effect}", lang, **names)
        )
    return texts


def _compared(record: Record, lang: Language) -> str:
    return say(_COMPARED[record["comparison"]], lang, day=record["day"], days=record["days"])


def table_of_naive(
    records: Mapping[str, Sequence[Record]], currency: str, lang: Language
) -> dict[str, list[Any]] | None:
    """Heads, and a row for each naive difference of each scenario by name: for a page; None where there is none."""
    shown = [[name, *cells] for name, own in records.items() for cells in naive_rows(own, currency, lang)]
    heads = [say("strategy", lang), *(say(text, lang) for text in NAIVE_HEADS)]
    return {"heads": heads, "rows": shown} if shown else None
