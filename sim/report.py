"""The report: one HTML file that needs no network, to read on a phone, to print, and enough to repeat the run.

Tables and plots stand inline; plots are SVG whose labels are text, so that the reader's own fonts show Chinese.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from models.files import write_whole
from models.words import Language, say
from sim import comparison
from sim.market_head import head
from sim.metrics import REGISTRY, Measure
from sim.words import number, with_unit
from sim.words_report import minus

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from sim.comparison import Comparison, Interval
    from sim.scenario import Scenario
    from sim.sweeping import Sweep

Row = dict[str, Any]
_MAIN = ("ltv_member", "ltv_cac", "roi", "profit_per_member", "churn", "d30_retention", "orders_per_year")
_SECTION_STARTS = {  # the registry's order is that of sim/metrics/
    "ltv_cac": "Money",
    "churn": "Loyalty",
    "orders": "Orders",
    "read_rate": "Messages and coupons",
    "members": "People",
}
_MOST_SCENARIOS = 12  # of a sweep in full: beyond, tables of settings say the same again and again


def write(result: "Comparison", path: Path, lang: Language = "en", command: str = "") -> Path:
    """Write the report of a comparison to `path`, whole or not at all. `command`: what repeats the run."""
    return write_whole(Path(path), html(result, lang, command))


def write_sweep(sweep: "Sweep", path: Path, lang: Language = "en", command: str = "") -> Path:
    """Write the report of a sweep to `path`, whole or not at all. `command`: what repeats the run."""
    return write_whole(Path(path), sweep_html(sweep, lang, command))


def html(result: "Comparison", lang: Language = "en", command: str = "") -> str:
    """The report of a comparison as the text of an HTML page."""
    from sim import plots

    others = [name for name in result.names if name != result.against]
    differences = _differences(result, others, lang) if others else []
    return _page(
        lang,
        title=say("Comparison of strategies: {names}", lang, names=", ".join(result.names)),
        verdicts=result.verdict(lang),
        groups=_groups(result, lang),
        heads=[{"name": name, "reference": name == result.against and bool(others)} for name in result.names],
        differences=[r for r in differences if r["name"] in _MAIN],
        differences_beside=[r for r in differences if r["name"] not in _MAIN],
        others=others,
        figures=_figures(lambda: plots.all_figures(result, lang), lang),
        changes=[_changes(result, name, lang) for name in others],
        beliefs=[(s.name, s.believes) for s in result.scenarios if s.believes],
        sweep=None,
        **_common(result, list(result.scenarios), lang, command),
    )


def sweep_html(sweep: "Sweep", lang: Language = "en", command: str = "") -> str:
    """The report of a sweep as the text of an HTML page."""
    from sim import plots

    result = sweep.comparison
    listed = list(result.scenarios) if len(result.scenarios) <= _MOST_SCENARIOS else [result.scenarios[0]]
    return _page(
        lang,
        title=say("Sweep of {keys}", lang, keys=", ".join(sweep.keys)),
        verdicts=[sweep.verdict(lang)],
        groups=[],
        heads=[],
        differences=[],
        differences_beside=[],
        others=[],
        figures=_figures(lambda: {"sweep": plots.sweep_curves(sweep, lang)}, lang),
        changes=[],
        beliefs=[],
        sweep=_sweep_table(sweep, lang),
        **_common(result, listed, lang, command),
    )


def _page(lang: Language, **content: Any) -> str:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("sim"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )

    def words(text: str, **values: object) -> str:
        return say(text, lang, **values)

    return environment.get_template("report.html.j2").render(lang=lang, t=words, **content)


def _common(result: "Comparison", listed: "list[Scenario]", lang: Language, command: str) -> dict[str, Any]:
    """What every report ends with: definitions, how intervals are made, what repeats the run."""
    first = result.scenarios[0]
    return {
        "kind": result.kind,
        "market": head(result.scenarios, lang),
        "definitions": [(say(m.label, lang), name, say(m.definition, lang)) for name, m in REGISTRY.items()],
        "intervals": say(_how_intervals_are_made(), lang),
        "command": command or _in_python(result),
        "run": {
            "version": result.version,
            "seed": result.seed,
            "members": f"{first.members:,}",
            "days": first.days,
            "replicates": first.replicates,
        },
        "scenarios": [{"name": s.name, "digest": s.digest, "yaml": s.to_yaml()} for s in listed],
    }


def _how_intervals_are_made() -> str:
    """The second paragraph of sim/comparison.py, on one line."""
    return " ".join((comparison.__doc__ or "").split("\n\n")[1].split())


def _in_python(result: "Comparison") -> str:
    files = ", ".join(f'"{name}.yaml"' for name in result.names)
    fixed = "" if result.kind == "all" else ", fixed_response=True"
    return f'from sim import compare; compare([{files}], against="{result.against}"{fixed})'


# --- tables ----------------------------------------------------------------------------------------------------------


def _groups(result: "Comparison", lang: Language) -> list[Row]:
    """Measures by section, those of the verdict first; in each row a cell a scenario."""
    targets = {name: result.targets(name) for name in result.names}
    main = list(dict.fromkeys([*_MAIN, *(measure for own in targets.values() for measure in own)]))
    grouped = {say("At a glance", lang): main}
    section = ""
    for name in REGISTRY:
        section = _SECTION_STARTS.get(name, section)
        if name not in main:
            grouped.setdefault(say(section, lang), []).append(name)
    return [
        {"title": title, "rows": [_row(result, REGISTRY[name], targets, lang) for name in names]}
        for title, names in grouped.items()
    ]


def _row(result: "Comparison", measure: Measure, targets: dict[str, Any], lang: Language) -> Row:
    return {
        "label": _label(result, measure, lang),
        "cells": [
            {
                "mean": minus(number(result.interval(name, measure.name).mean, measure.kind)),
                "range": _range(result.interval(name, measure.name), measure, lang),
                "chance": _chance(result, name, measure, lang),
                "target": _target(targets[name].get(measure.name), lang),
            }
            for name in result.names
        ],
    }


def _label(result: "Comparison", measure: Measure, lang: Language) -> str:
    return with_unit(say(measure.label, lang), measure.kind, result.scenarios[0].market.currency, lang)


def _range(interval: "Interval", measure: Measure, lang: Language, unit: str = "") -> str:
    """From where to where; nothing where that is not known, or where there is no spread."""
    if interval.low is None or interval.high is None or not interval.sd:
        return ""
    low, high = (minus(number(end, measure.kind)) for end in (interval.low, interval.high))
    if unit:
        low, high = low.removesuffix(" %"), high.replace(" %", unit)
    return say("{low} to {high}", lang, low=low, high=high)


def _chance(result: "Comparison", name: str, measure: Measure, lang: Language) -> str:
    """The interval of simulation only, where another one stands above it."""
    return (
        "" if result.kind == "simulation" else _range(result.interval(name, measure.name, "simulation"), measure, lang)
    )


def _target(target: tuple[str, float | None, bool | None] | None, lang: Language) -> Row | None:
    if target is None:
        return None
    text, _, met = target
    text = text.replace(">=", "≥").replace("<=", "≤")
    word = {True: "met", False: "missed", None: "undefined"}[met]
    return {"text": f"{text}: {say(word, lang)}", "sign": {True: "good", False: "bad", None: "open"}[met]}


def _differences(result: "Comparison", others: list[str], lang: Language) -> list[Row]:
    """Paired differences; a measure in which no scenario ever differs is left out."""
    rows = []
    for name in [*_MAIN, *(n for n in REGISTRY if n not in _MAIN)]:
        measure = REGISTRY[name]
        points = say(" points", lang) if measure.kind == "share" else ""
        found = [result.difference(other, name) for other in others]
        if all(d.interval.mean is None or (d.interval.mean == 0 and not d.interval.sd) for d in found):
            continue
        cells = []
        for difference in found:
            chance = difference.probability_better
            sign = "" if chance is None else "good" if chance >= 0.95 else "bad" if chance <= 0.05 else ""
            cells.append(
                {
                    "mean": _signed(difference.interval.mean, measure, points),
                    "range": _range(difference.interval, measure, lang, points),
                    "better": "" if chance is None else say("better with {chance} %", lang, chance=_percent(chance)),
                    "sign": sign,
                }
            )
        rows.append({"name": name, "label": _label(result, measure, lang), "cells": cells})
    return rows


def _signed(value: float | None, measure: Measure, unit: str) -> str:
    """A difference with its sign; of shares in percentage points."""
    text = minus(number(value, measure.kind))
    text = text.replace(" %", unit) if unit else text
    return f"+{text}" if value is not None and value > 0 else text


def _percent(chance: float) -> str:
    """A chance in per cent that never claims to be certain."""
    return "> 99" if chance > 0.99 else "< 1" if chance < 0.01 else f"{100 * chance:.0f}"


def _changes(result: "Comparison", name: str, lang: Language) -> Row:
    """What was changed against the reference, key by key."""
    by_name = dict(zip(result.names, result.scenarios, strict=True))
    found = by_name[name].differences(by_name[result.against])
    return {
        "name": name,
        "rows": [(key, _setting(theirs, lang), _setting(mine, lang)) for key, mine, theirs in found],
    }


def _setting(value: Any, lang: Language) -> str:
    if value is None:
        return say("not set", lang)
    if isinstance(value, float) and value.is_integer():
        return f"{value:,.0f}"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str).replace('"', "")


def _sweep_table(sweep: "Sweep", lang: Language) -> Row:
    """A row a point: the swept values, the objective and other main measures, the chance of being best."""
    result = sweep.comparison
    shown = [REGISTRY[m] for m in dict.fromkeys((sweep.objective, "churn", "ltv_cac", "ltv_member", "orders_per_year"))]
    flat, rows = set(sweep.flat), []
    for point, name, chance in zip(sweep.points, result.names, sweep.chance_of_being_best, strict=True):
        cells = [(result.interval(name, m.name), m) for m in shown]
        rows.append(
            {
                "values": [str(v) for v in point],
                "cells": [{"mean": minus(number(i.mean, m.kind)), "range": _range(i, m, lang)} for i, m in cells],
                "chance": f"{100 * chance:.0f} %",
                "sign": "best" if point == sweep.best else "flat" if point in flat else "",
                "note": say("best", lang) if point == sweep.best else say("within 5 %", lang) if point in flat else "",
            }
        )
    return {"keys": sweep.keys, "labels": [_label(result, m, lang) for m in shown], "rows": rows}


# --- plots -----------------------------------------------------------------------------------------------------------

_CAPTIONS = {
    "measures": "The main measures: the mean, in pale where one pool's outcome lies with 90 % given all that is not "
    "known, as a thin line where it lies by the chance of simulation alone.",
    "lifecycle": "Members by lifecycle stage, all who ever joined; silent: 90 days without an interaction.",
    "contribution": "Contribution after tools and before acquisition; on the right since joining, with the joiner's "
    "CAC: where the curve crosses it she has paid for herself.",
    "fatigue_and_trust": "Fatigue and trust of those still in the pool: who has had enough leaves, and is no longer "
    "in the mean.",
    "sweep": "The best value is where the mean is highest; the shaded ones come within 5 % of it.",
}


def _figures(make: "Callable[[], dict[str, Figure]]", lang: Language) -> list[Row]:
    from markupsafe import Markup

    from models.plots.svg import svg, text_stays_text

    with text_stays_text():
        drawn = {name: svg(figure, name) for name, figure in make().items()}
    return [{"svg": Markup(text), "caption": say(_CAPTIONS[name], lang)} for name, text in drawn.items()]
