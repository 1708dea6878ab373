"""The verdict on a sweep: how wide the flat top is, the best value, and whether it lies at the end of the values tried."""

from typing import Any

from models.errors import BadInput
from sim.results.metrics import REGISTRY
from sim.results.sweep_outcomes import SweepOutcomes
from sim.results.wording import joined, percent
from sim.words import Language, minus, number, say


def sweep_sentence(sweep: SweepOutcomes, lang: Language = "en") -> str:
    """`Profit a member: per_week 1 to 6 all within 5 % of the best; best by mean is per_week = 4 (6.32 USD, ...).`"""
    label = say(REGISTRY[sweep.objective].label, lang)
    if no_difference(sweep):
        text = "{label}: the same at every value tried ({reached} on average); {keys} makes no difference to it here"
        values = {
            "reached": _amount(sweep, sweep.ranking.means[0], lang),
            "keys": joined(list(sweep.heads), lang),
        }
        return say(text, lang, label=label[:1].upper() + label[1:], **values) + say(".", lang)
    head = say("{label}: {flat}", lang, label=label[:1].upper() + label[1:], flat=_flat(sweep, lang))
    end = say(".", lang)
    text = head + say("; ", lang) + _best(sweep, lang) + end
    beyond = _at_the_end(sweep)
    if beyond:
        told = [say(_WIDER[up], lang, key=key, value=value) for key, value, up in beyond]
        text += ("" if lang == "zh" else " ") + say("; ", lang).join(told) + end
    return text


_WIDER = {
    True: "{key} = {value} is the highest value tried: try higher ones, too",
    False: "{key} = {value} is the lowest value tried: try lower ones, too",
}


def no_difference(sweep: SweepOutcomes) -> bool:
    """True if the objective is the same in every replicate, whatever the value: then none of them is best."""
    rows = [sweep.comparison.values(name, sweep.objective) for name in sweep.comparison.names]
    return all(row == rows[0] for row in rows[1:])


def near(sweep: SweepOutcomes, lang: Language = "en") -> str:
    """How near to the best counts as flat: 5 % of it, or the amount itself where the best is near 0."""
    if not sweep.near_zero:
        return spoken("5 %", lang)
    return _amount(sweep, sweep.margin, lang)


def _amount(sweep: SweepOutcomes, value: float | None, lang: Language) -> str:
    kind = REGISTRY[sweep.objective].kind
    text = number(value, kind, lang)
    return f"{text} {sweep.comparison.scenarios[0].market.currency}" if kind == "money" else text


def spoken(text: str, lang: Language) -> str:
    """Per cents in a sentence: Chinese has no space in them."""
    return text.replace(" %", "%") if lang == "zh" else text


def _flat(sweep: SweepOutcomes, lang: Language) -> str:
    """The flat range first, since a value is chosen from it and not from its top."""
    values = {"near": near(sweep, lang)}
    if len(sweep.flat) == 1:
        return say("every other value tried costs more than {near}", lang, **values)
    if len(sweep.flat) == len(sweep.points):
        return say("all values tried within {near} of the best", lang, **values)
    ranges = _ranges(sweep, lang)
    if ranges is None:
        count = {"n": len(sweep.flat), "all": len(sweep.points)}
        return say("{n} of {all} combinations within {near} of the best", lang, **count, **values)
    return say("{ranges} all within {near} of the best", lang, ranges=ranges, **values)


def _ranges(sweep: SweepOutcomes, lang: Language) -> str | None:
    """`per_week 1 to 3 and 6`, with two keys `per_week 1 to 3 with every_days 15 to 60`; None if they are no rectangle."""
    chosen = [[v for v in values if any(p[k] == v for p in sweep.flat)] for k, values in enumerate(sweep.values)]
    size = 1
    for values in chosen:
        size *= len(values)
    if size != len(sweep.flat):
        return None
    parts = [
        say("{key} {runs}", lang, key=head, runs=_runs(values, flat, lang))
        for head, values, flat in zip(sweep.heads, sweep.values, chosen, strict=True)
    ]
    return say(" with ", lang).join(parts)


def _runs(values: tuple[Any, ...], flat: list[Any], lang: Language) -> str:
    """Neighbouring swept numbers as ranges; single numbers and names one by one."""
    if not _numbers(values):
        return joined([written_value(v) for v in flat], lang)
    ordered = sorted(values)
    runs: list[list[Any]] = []
    for value in sorted(flat):
        if runs and ordered.index(value) == ordered.index(runs[-1][-1]) + 1:
            runs[-1].append(value)
        else:
            runs.append([value])
    texts = []
    for run in runs:
        low, high = written_value(run[0]), written_value(run[-1])
        texts.append(low if len(run) == 1 else say("{low} to {high}", lang, low=low, high=high))
    return joined(texts, lang)


def _best(sweep: SweepOutcomes, lang: Language) -> str:
    return _best_alone(sweep, lang) + _equal_to_best(sweep, lang)


def _equal_to_best(sweep: SweepOutcomes, lang: Language) -> str:
    """The other points whose values are those of the best in every replicate."""
    known = dict(zip(sweep.points, sweep.comparison.names, strict=True))
    values = {point: sweep.comparison.values(name, sweep.objective) for point, name in known.items()}
    others = [point for point in sweep.points if point != sweep.best and values[point] == values[sweep.best]]
    if not others:
        return ""
    called = joined([point_called(sweep, point, lang) for point in others], lang)
    return say("; exactly as good: {others}", lang, others=called)


def _best_alone(sweep: SweepOutcomes, lang: Language) -> str:
    ranking = sweep.ranking
    best = sweep.points.index(sweep.best)
    values = {
        "best": point_called(sweep, sweep.best, lang),
        "reached": _amount(sweep, ranking.means[best], lang),
        "chance": percent(ranking.chances[best], lang, ranking.n),
    }
    if ranking.n < 2:
        return say("the best is {best} ({reached}); one replicate cannot tell how sure that is", lang, **values)
    often = sweep.points.index(sweep.most_often_best)
    if often == best:
        return say(
            "best by mean and most often is {best} ({reached}, the best in one pool with {chance})", lang, **values
        )
    values["often"] = point_called(sweep, sweep.points[often], lang)
    values["oftener"] = percent(ranking.chances[often], lang, ranking.n)
    text = "best by mean is {best} ({reached}, the best in one pool with {chance}), most often best {often} ({oftener})"
    return say(text, lang, **values)


def point_called(sweep: SweepOutcomes, point: tuple[Any, ...], lang: Language) -> str:
    """`per_week = 3, hour = 20`: what a point of the sweep is called."""
    return say(", ", lang).join(
        f"{key} = {written_value(value)}" for key, value in zip(sweep.heads, point, strict=True)
    )


def written_value(value: Any) -> str:
    """A swept value as people read it."""
    return minus(f"{value:,.10g}" if isinstance(value, float) else str(value)) if _numbers((value,)) else str(value)


def _numbers(values: tuple[Any, ...]) -> bool:
    return all(isinstance(v, (int, float)) and not isinstance(v, bool) for v in values)


def _at_the_end(sweep: SweepOutcomes) -> list[tuple[str, str, bool]]:
    """(head, value, at the upper end) of each key whose best value is the first or last number tried, if the scenario
    admits numbers beyond it, and if its neighbour is not as good."""
    advice = []
    for k, values in enumerate(sweep.values):
        if not _numbers(values) or len(set(values)) < 2:
            continue
        ordered, best = sorted(set(values)), sweep.best[k]
        if best not in (ordered[0], ordered[-1]):
            continue
        up = best == ordered[-1]
        neighbour = ordered[-2] if up else ordered[1]
        if not _as_good(sweep, k, neighbour) and _admitted(sweep, k, best + (best - neighbour)):
            advice.append((sweep.heads[k], written_value(best), up))
    return advice


def _as_good(sweep: SweepOutcomes, k: int, value: Any) -> bool:
    beside = tuple(value if i == k else v for i, v in enumerate(sweep.best))
    means = sweep.ranking.means
    return means[sweep.points.index(beside)] == means[sweep.points.index(sweep.best)]


def _admitted(sweep: SweepOutcomes, k: int, value: Any) -> bool:
    try:
        sweep.comparison.scenarios[sweep.points.index(sweep.best)].with_changes({sweep.keys[k]: value})
    except BadInput:
        return False
    return True
