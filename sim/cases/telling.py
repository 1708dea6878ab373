"""Cases in words: the table of claims, naive figures and effects, as rows of text, Markdown and CSV."""

import csv
import io
from collections.abc import Sequence
from typing import NamedTuple

from models.data.csv_cells import escaped
from sim.cases.case import Figure
from sim.cases.results import CaseResult, Mean, Told, counted
from sim.results import beside_public
from sim.results.metrics import REGISTRY
from sim.results.windows import LABELS
from sim.words import Language, number, say, with_sign

_FLOORS = {"floor": "at least {claim}", "ceiling": "below {claim}"}


class Line(NamedTuple):
    """A row of the table: a figure in one spelling; what is the same as in the row above is empty."""

    case: str
    figure: str
    claim: str
    spelling: str
    naive: str
    effect: str
    met: str


def heads(lang: Language) -> Line:
    """The heads of the table's columns."""
    words = ("case", "measure", "claim", "spelling", "naive", "effect", "met")
    return Line(*(say(word, lang) for word in words))


def lines(results: Sequence[CaseResult], lang: Language = "en") -> list[Line]:
    """The rows of all cases: for each figure one a spelling."""
    told: list[Line] = []
    for result in results:
        for number_of, figure in enumerate(result.case.text.figures):
            rows = [row for row in result.rows if row.figure is figure]
            for place, row in enumerate(rows):
                first = place == 0
                told.append(
                    Line(
                        _name(result, lang) if first and number_of == 0 else "",
                        label(figure, lang) if first else "",
                        claim(figure, lang) if first else "",
                        str(row.spelling),
                        _with_interval(figure, row.naive, False, lang) + ("" if row.precise else " ~"),
                        _with_interval(figure, row.effect, True, lang),
                        _met(result, row, first and number_of == 0, lang),
                    )
                )
    return told


def _name(result: CaseResult, lang: Language) -> str:
    text = result.case.text
    return say("{case} (input)", lang, case=text.id) if text.input else text.id


def _met(result: CaseResult, row: Told, first: bool, lang: Language) -> str:
    """Whether this figure is met in this spelling; in the case's first row how many spellings are met whole, too."""
    own = say("yes" if row.met else "no", lang)
    if not first:
        return own
    met = result.spellings
    return say("{own}; {k} of {n} spellings", lang, own=own, k=sum(met.values()), n=len(met))


def label(figure: Figure, lang: Language) -> str:
    """What a figure is of: its measure, of whom, on which side of the change."""
    name = figure.measure
    if name == beside_public.NAME:
        text = say(beside_public.LABEL, lang)
    else:
        text = say(LABELS[name] if name in LABELS else REGISTRY[name].label, lang)
    if figure.who:
        text = say("{measure}, of {who}", lang, measure=text, who=figure.who)
    side = {"before": "{measure}, before", "after": "{measure}, after", "change": "{measure}, change"}[figure.side]
    return say(side, lang, measure=text)


def claim(figure: Figure, lang: Language) -> str:
    """What was published."""
    own = shown(figure, figure.claim, False, lang)
    return say(_FLOORS[figure.kind], lang, claim=own) if figure.kind in _FLOORS else own


def shown(figure: Figure, value: float | None, effect: bool, lang: Language) -> str:
    """A value of a figure, or its effect: of a share the effect is in percentage points, of another level a difference."""
    if value is None:
        return "–"
    if figure.kind == "lift":
        return number(value, "share", lang, signed=True)
    if figure.kind == "ratio":
        is_multiple = figure.side == "change" or figure.measure == beside_public.NAME
        if is_multiple:
            return f"× {number(value, 'ratio', lang)}"
        return number(value, "ratio", lang, signed=effect)
    if not effect:
        return number(value, "share", lang)
    return say("{points} points", lang, points=_in_points(value))


def _in_points(value: float) -> str:
    """A difference of shares in percentage points, with its sign."""
    return with_sign(f"{100 * value:.1f}")


def _with_interval(figure: Figure, mean: Mean, effect: bool, lang: Language) -> str:
    own = shown(figure, mean.mean, effect, lang)
    if mean.low is None or mean.low == mean.high:
        return own
    in_points = effect and figure.kind not in ("lift", "ratio")
    low, high = (
        _in_points(end) if in_points and end is not None else shown(figure, end, effect, lang)
        for end in (mean.low, mean.high)
    )
    return say("{mean} ({low} to {high})", lang, mean=own, low=low, high=high)


def sentences(results: Sequence[CaseResult], lang: Language = "en", intervals: bool = True) -> list[str]:
    """What is to be known beside the table: how many cases are met, under which response, what is not known well.

    intervals: whether the table has them in brackets.
    """
    if not results:
        return []
    rules, rows = results[0].case.rules, [row for result in results for row in result.rows]
    told = [
        _how_many_are_met(results, lang),
        say("Response: {response}.", lang, response=results[0].response),
        say(
            "naive: what an operator would have measured in one pool; effect: the same lives, had nothing changed "
            "(without a change: had nothing been done).",
            lang,
        ),
    ]
    if intervals:
        told.append(say("In brackets 90 % of the mean over replicates.", lang))
    wide = sum(not row.precise for row in rows)
    if wide:
        text = "~: {wide} of {all} means are not known to {part} of themselves, so they are not met, however near."
        told.append(say(text, lang, wide=wide, all=len(rows), part=number(rules.half_width, "share", lang)))
    fewest, least = min(row.members for row in rows), min(row.replicates for row in rows)
    if fewest < rules.members or least < rules.replicates:
        text = "A quick look: claims are judged on {members:,} members and {replicates} replicates or more."
        told.append(say(text, lang, members=rules.members, replicates=rules.replicates))
    return told


def _how_many_are_met(results: Sequence[CaseResult], lang: Language) -> str:
    met, judged = counted(results)
    if judged:
        text = "{met} of {judged} cases are met: two of three spellings, all figures; input is not counted."
        return say(text, lang, met=met, judged=judged)
    if any(result.met is None for result in results if not result.case.text.input):
        return say("No case was run in all its spellings, so none is judged.", lang)
    return say("None of these is judged: each is marked as input, which is shown and not counted.", lang)


def as_markdown(results: Sequence[CaseResult], lang: Language = "en") -> str:
    """The table and its sentences as Markdown."""
    rows = [heads(lang), *lines(results, lang)]
    texts = ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows]
    texts.insert(1, "|" + " --- |" * len(Line._fields))
    return "\n".join([*texts, "", *sentences(results, lang)]) + "\n"


def as_csv(results: Sequence[CaseResult]) -> str:
    """A row a figure and spelling, numbers in full."""
    records = [record for result in results for record in result.records()]
    text = io.StringIO()
    writer = csv.DictWriter(text, list(records[0]) if records else [], lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: escaped(value) for name, value in record.items()} for record in records)
    return text.getvalue()


def as_page(results: Sequence[CaseResult], lang: Language = "en") -> str:
    """A table for a page: a row a figure, the means of its spellings one after the other, and how many spellings are met."""
    words = ("case", "measure", "claim", "naive", "effect", "met")
    heads_of_page = [say(word, lang) for word in words]
    texts = ["| " + " | ".join(heads_of_page) + " |", "|" + " --- |" * len(words)]
    for result in results:
        met = result.spellings
        for number_of, figure in enumerate(result.case.text.figures):
            rows = [row for row in result.rows if row.figure is figure]
            naive = "; ".join(
                shown(figure, row.naive.mean, False, lang) + ("" if row.precise else " ~") for row in rows
            )
            effect = "; ".join(shown(figure, row.effect.mean, True, lang) for row in rows)
            k_of_n = say("{k} of {n}", lang, k=sum(met.values()), n=len(met))
            first = number_of == 0
            cells = (_name(result, lang) if first else "", label(figure, lang), claim(figure, lang), naive, effect)
            texts.append("| " + " | ".join((*cells, k_of_n if first else "")) + " |")
    return "\n".join([*texts, "", *(f"- {sentence}" for sentence in sentences(results, lang, intervals=False))]) + "\n"
