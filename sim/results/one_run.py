"""The measures of one run in rows, as a terminal and a notebook show them."""

from collections.abc import Mapping

from sim.notebook import html_table
from sim.results.lives import sentences
from sim.results.market_head import head
from sim.results.metrics import REGISTRY, in_use
from sim.results.showing import mean_of
from sim.results.statistics.intervals import interval
from sim.run import Run
from sim.scenario import Scenario
from sim.words import Language, say, with_unit


def rows_of_one(
    scenario: Scenario, measures: Mapping[str, float | None], lang: Language = "en"
) -> list[tuple[str, str]]:
    """(label with its unit, value) of each of one run's `measures` that tells something of its scenario."""
    rows = []
    for name in in_use([scenario]):
        if name in measures:
            measure, value = REGISTRY[name], measures[name]
            alone = interval(measure, [value], [1.0], measure.followed(scenario) if measure.followed else None)
            label = with_unit(say(measure.label, lang), measure.kind, scenario.market.currency, lang)
            rows.append((label, mean_of(alone, measure.kind, lang)))
    return rows


def measures_html(run: Run, measures: Mapping[str, float | None]) -> str:
    """The table of one run's measures as HTML; every text is escaped."""
    above = " ".join([f"{run!r}.", *sentences([run.scenario]), head([run.scenario])])
    return html_table(above, ["measure", run.scenario.name], rows_of_one(run.scenario, measures))
