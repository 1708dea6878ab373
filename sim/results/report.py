"""The report: one HTML file that needs no network, to read on a phone, to print, and enough to repeat the run.

Tables and plots stand inline; plots are SVG whose labels are text, so that the reader's own fonts show Chinese.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from models.data.files import write_whole
from models.words import Listed
from sim.results import comparison, details, first_page
from sim.results.alerts import alert_tables
from sim.results.beliefs import beliefs
from sim.results.cells import SIGNS, in_signs, label_of, range_of, value_cell
from sim.results.experiments_told import table_of_naive, tables_of_experiments
from sim.results.figures import drawn
from sim.results.metrics import REGISTRY, Measure, in_use
from sim.results.showing import chance_of, mean_of, target_words
from sim.results.statistics.chances import CLEARLY
from sim.results.sweep_verdict import near, written_value
from sim.results.tables import sweep_columns
from sim.results.wording import percent, signed_number, unbroken
from sim.words import Language, number, say, with_unit

if TYPE_CHECKING:
    from sim.results.comparison import Comparison
    from sim.results.parts import Parts
    from sim.results.statistics.intervals import Difference
    from sim.results.sweeping import Sweep
    from sim.scenario import Scenario

Row = dict[str, Any]
_MAIN = ("ltv_member", "ltv_cac", "roi", "profit_per_member", "churn", "d30_retention", "orders_per_year")
_SECTION_STARTS = {  # the registry's order is that of sim/results/metrics/
    "ltv_cac": "Money",
    "churn": "Loyalty",
    "orders": "Orders",
    "messages_per_month": "Messages",
    "coupon_redemption": "Coupons and benefits",
    "talkers_7_days": "Communities",
    "k_factor": "Referral",
    "members": "People",
    "tier_0_members": "Membership",
    "ltv_times_public": "People",
    "questions_per_month": "Service",
    "health_alerts": "Guard",
    "pre_order_share": "Events",
}
_MOST_IN_TITLE = 5  # strategies that a title names
_MOST_SCENARIOS = 12  # of a sweep in full: beyond, tables of settings say the same again and again


def write(
    result: "Comparison", path: Path, lang: Language = "en", command: str = "", parts: "Sequence[Parts]" = ()
) -> Path:
    """Write the report of a comparison to `path`, whole or not at all. `command`: what repeats the run; `parts`: what the
    policies of its scenarios are worth, where that was asked."""
    return write_whole(Path(path), html(result, lang, command, parts))


def write_sweep(sweep: "Sweep", path: Path, lang: Language = "en", command: str = "") -> Path:
    """Write the report of a sweep to `path`, whole or not at all. `command`: what repeats the run."""
    return write_whole(Path(path), sweep_html(sweep, lang, command))


def html(result: "Comparison", lang: Language = "en", command: str = "", parts: "Sequence[Parts]" = ()) -> str:
    """The report of a comparison as the text of an HTML page."""
    from sim.results import plots

    others = [name for name in result.names if name != result.against]
    differences = _differences(result, others, lang) if others else []
    first = first_page.of_comparison(result, lang)
    return _page(
        lang,
        title=_title(result, lang),
        first=first,
        verdicts=result.verdict(lang),
        choice=_choice(result, lang),
        groups=_groups(result, not first["shows_all"], lang),
        alerts=alert_tables(result, lang),
        heads=[{"name": name, "reference": name == result.against and bool(others)} for name in result.names],
        differences=[r for r in differences if r["name"] in _MAIN],
        differences_beside=[r for r in differences if r["name"] not in _MAIN],
        others=others,
        figures=drawn(lambda: plots.outcomes(result, lang), lang),
        views=drawn(lambda: plots.views(result, lang), lang),
        breakdowns=details.tables(result, lang),
        worths=details.worths(parts, lang),
        changes=[_changes(result, name, lang) for name in others],
        experiments=[p for s in result.scenarios for p in tables_of_experiments(s, result.experiments(s.name), lang)],
        naive=table_of_naive(result.naive_records, result.scenarios[0].market.currency, lang),
        beliefs=beliefs(result, lang),
        sweep=None,
        **_common(result, list(result.scenarios), lang, command),
    )


def sweep_html(sweep: "Sweep", lang: Language = "en", command: str = "") -> str:
    """The report of a sweep as the text of an HTML page."""
    result = sweep.comparison
    listed = list(result.scenarios) if len(result.scenarios) <= _MOST_SCENARIOS else [result.scenarios[0]]
    return _page(
        lang,
        title=say("Sweep of {keys}", lang, keys=say(", ", lang).join(sweep.heads)),
        first=first_page.of_sweep(sweep, lang),
        verdicts=[],
        choice=None,
        groups=[],
        alerts=[],
        heads=[],
        differences=[],
        differences_beside=[],
        others=[],
        figures=[],
        views=[],
        breakdowns=[],
        worths=[],
        changes=[],
        experiments=[],
        naive=None,
        beliefs=[],
        sweep=_sweep_table(sweep, lang),
        **_common(result, listed, lang, command),
    )


def _page(lang: Language, **content: Any) -> str:
    from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=ChoiceLoader(
            [PackageLoader("sim.results"), PackageLoader("models.report")]
        ),  # both pages share their style
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )

    environment.filters["unbroken"] = unbroken

    def words(text: str, **values: object) -> str:
        return say(text, lang, **values)

    return environment.get_template("report.html.j2").render(lang=lang, t=words, **content)


def _title(result: "Comparison", lang: Language) -> str:
    """What is compared; of many strategies only how many, since their names stand in the tables."""
    if len(result.names) == 1:
        return say("Strategy {name}", lang, name=result.names[0])
    if len(result.names) > _MOST_IN_TITLE:
        return say("Comparison of {n} strategies", lang, n=len(result.names))
    return say("Comparison of strategies: {names}", lang, names=Listed(result.names, ","))


def _common(result: "Comparison", listed: "list[Scenario]", lang: Language, command: str) -> dict[str, Any]:
    """What every report ends with: definitions, how intervals are made, what repeats the run."""
    return {
        "kind": result.kind,
        "sizes": result.sizes(lang),
        "definitions": [
            (say(m.label, lang), m.name, say(m.definition, lang))
            for m in map(REGISTRY.get, in_use(result.scenarios))
            if m
        ],
        "intervals": say(_how_intervals_are_made(), lang),
        "command": command or _in_python(result),
        "run": {"version": result.version, "seed": result.seed},
        "scenarios": [{"name": s.name, "digest": s.digest, "yaml": s.to_yaml()} for s in listed],
    }


def _how_intervals_are_made() -> str:
    """The second paragraph of sim/results/comparison.py, on one line."""
    return " ".join((comparison.__doc__ or "").split("\n\n")[1].split())


def _in_python(result: "Comparison") -> str:
    files = ", ".join(f'"{name}.yaml"' for name in result.names)
    fixed = "" if result.kind == "all" else ", fixed_response=True"
    return f'from siyu import compare; compare([{files}], against="{result.against}"{fixed})'


# --- tables ----------------------------------------------------------------------------------------------------------


def _groups(result: "Comparison", at_a_glance: bool, lang: Language) -> list[Row]:
    """Measures of what is in use by section, a cell a scenario in each row. at_a_glance: those of the verdict first."""
    targets = {name: result.targets(name) for name in result.names}
    aimed_at = (measure for own in targets.values() for measure in own)
    main = list(dict.fromkeys([*_MAIN, *aimed_at])) if at_a_glance else []
    grouped = {say("At a glance", lang): main} if at_a_glance else {}
    section, telling = "", set(in_use(result.scenarios))
    for name in REGISTRY:
        section = _SECTION_STARTS.get(name, section)
        if name not in main and name in telling:
            grouped.setdefault(say(section, lang), []).append(name)
    return [
        {"title": title, "rows": [_row(result, REGISTRY[name], targets, lang) for name in names]}
        for title, names in grouped.items()
    ]


def _row(result: "Comparison", measure: Measure, targets: dict[str, Any], lang: Language) -> Row:
    return {
        "label": label_of(result, measure, lang),
        "cells": [
            value_cell(result, name, measure, lang)
            | {
                "chance": _chance(result, name, measure, lang),
                "target": _target(result, name, measure, targets[name].get(measure.name), lang),
            }
            for name in result.names
        ],
    }


def _chance(result: "Comparison", name: str, measure: Measure, lang: Language) -> str:
    """How far chance alone moves the mean, where the interval above covers other uncertainty too."""
    spread = chance_of(result.by_chance(name, measure.name), measure.kind)
    return say("by chance alone {spread}", lang, spread=spread) if spread else ""


def _target(
    result: "Comparison",
    name: str,
    measure: Measure,
    target: tuple[str, float | None, bool | None] | None,
    lang: Language,
) -> Row | None:
    if target is None:
        return None
    text, _, met = target
    words = target_words(lang, met, result.target_chance(name, measure.name))
    told = say("{target}: {met}", lang, target=in_signs(text), met=words)
    return {"text": told, "sign": SIGNS[met]}


def _differences(result: "Comparison", others: list[str], lang: Language) -> list[Row]:
    """Paired differences; a measure in which no scenario ever differs is left out."""
    rows = []
    for name in [*_MAIN, *(n for n in REGISTRY if n not in _MAIN)]:
        measure = REGISTRY[name]
        points = say(" points", lang) if measure.kind == "share" else ""
        better = "earlier with {chance} %" if measure.followed else "better with {chance} %"
        differences = [result.difference(other, name) for other in others]
        if all(_no_difference(d) for d in differences):
            continue
        cells = []
        for difference in differences:
            chance = difference.probability_better
            sign = "" if chance is None else "good" if chance >= CLEARLY else "bad" if chance <= 1 - CLEARLY else ""
            better = percent(chance, lang, difference.interval.n)
            cells.append(
                {
                    "mean": signed_number(difference.interval.mean, measure.kind, lang),
                    "range": range_of(difference.interval, measure, lang, points),
                    "better": "" if chance is None else say("better with {chance}", lang, chance=better),
                    "sign": sign,
                }
            )
        rows.append({"name": name, "label": label_of(result, measure, lang), "cells": cells})
    return rows


def _no_difference(difference: "Difference") -> bool:
    """True if nothing differs, or nothing can be said."""
    if difference.interval.mean is None:
        return difference.above is None or difference.above == 0.5
    return difference.interval.mean == 0 and not difference.interval.sd


def _changes(result: "Comparison", name: str, lang: Language) -> Row:
    """What was changed against the reference, key by key."""
    by_name = dict(zip(result.names, result.scenarios, strict=True))
    mine, theirs = (by_name[who].changed_values() for who in (name, result.against))
    rows = []
    for key, my_value, their_value in by_name[name].differences(by_name[result.against]):
        shown = (_as_written(theirs, key, their_value), _as_written(mine, key, my_value))
        rows.append((key, *(_setting(value, lang) for value in shown)))
    return {"name": name, "rows": rows}


def _as_written(changed: Any, key: str, value: Any) -> Any:
    """What a whole part of a scenario says without what is so by default, as `changed` has it; other values as they are."""
    if not isinstance(value, dict):
        return value
    for step in key.split("."):
        if isinstance(changed, list):
            changed = changed[int(step)] if step.isdigit() and int(step) < len(changed) else None
        else:
            changed = changed.get(step) if isinstance(changed, dict) else None
    return changed or value


def _setting(value: Any, lang: Language) -> str:
    if value is None:
        return say("not set", lang)
    if isinstance(value, float) and value.is_integer():
        return f"{value:,.0f}"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str).replace('"', "")


def _choice(result: "Comparison", lang: Language) -> Row | None:
    """A row a scenario, the highest mean first: LTV a member, chance of being best in one pool, expected regret."""
    ranking = result.ranking()
    if len(result.names) < 3 or ranking.best is None:  # of two the first page has it all
        return None
    measure = REGISTRY["ltv_member"]
    rows = [
        [
            result.names[k],
            number(ranking.means[k], measure.kind),
            percent(ranking.chances[k], lang, ranking.n, short=True),
            number(ranking.regrets[k], measure.kind),
        ]
        for k in [*ranking.order, *(k for k, mean in enumerate(ranking.means) if mean is None)]
    ]
    regret = with_unit(say("expected regret", lang), measure.kind, result.scenarios[0].market.currency, lang)
    heads = [say("strategy", lang), label_of(result, measure, lang), say("chance of being best", lang), regret]
    return {"heads": heads, "rows": rows}


def _sweep_table(sweep: "Sweep", lang: Language) -> Row:
    """A row a point: the swept values, the objective and other main measures, the chance of being best."""
    result, ranking = sweep.comparison, sweep.ranking
    shown = [REGISTRY[m] for m in sweep_columns(sweep)]
    flat, rows = set(sweep.flat), []
    within = say("within {near}", lang, near=near(sweep, lang))
    for point, name, chance in zip(sweep.points, result.names, ranking.chances, strict=True):
        cells = [(result.interval(name, m.name), m) for m in shown]
        notes = [say("best", lang)] if point == sweep.best else [within] if point in flat else []
        if point == sweep.most_often_best != sweep.best:
            notes.append(say("most often best", lang))
        rows.append(
            {
                "values": list(map(written_value, point)),
                "cells": [{"mean": mean_of(i, m.kind, lang), "range": range_of(i, m, lang)} for i, m in cells],
                "chance": percent(chance, lang, ranking.n, short=True),
                "sign": "best" if point == sweep.best else "flat" if point in flat else "",
                "note": say(", ", lang).join(notes),
            }
        )
    return {
        "keys": sweep.heads,
        "written": sweep.keys,
        "labels": [label_of(result, m, lang) for m in shown],
        "chance": say("chance of being best", lang),
        "rows": rows,
    }
