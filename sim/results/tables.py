"""The main measures of a comparison and the points of a sweep in rows, as a terminal and a notebook show them."""

from dataclasses import dataclass

from sim.notebook import html_table
from sim.results.market_head import head
from sim.results.metrics import REGISTRY, in_use
from sim.results.outcomes import Outcomes
from sim.results.showing import chance_of, ends_of, mean_of
from sim.results.sweep_outcomes import SweepOutcomes
from sim.results.sweep_verdict import written_value
from sim.results.wording import percent
from sim.words import Language, number, say, with_unit

MAIN = (
    "ltv_member", "ltv", "ltv_cac", "cac", "payback_days", "roi", "profit_per_member", "churn", "left_share",
    "d7_retention", "d30_retention", "active_30_days", "orders_per_year", "repurchase_rate", "messages_per_month",
    "touches_per_month", "not_sent", "tags_right", "read_rate", "click_rate", "visits_per_month", "coupon_redemption",
    "benefit_use_7_days", "bought_anyway", "orders_gained", "health_alerts",
)  # fmt: skip


@dataclass(frozen=True)
class Cell:
    """A mean, and beside it its interval and what chance alone moves: `47 %` and `(33 … 61) ± 0.4`."""

    mean: str
    beside: str = ""

    def __str__(self) -> str:
        return f"{self.mean} {self.beside}".rstrip()


def measure_rows(result: Outcomes, lang: Language = "en") -> list[tuple[str, list[Cell]]]:
    """(label with its unit, a cell a scenario) of each main measure of what some scenario uses."""
    currency = result.scenarios[0].market.currency
    telling = set(in_use(result.scenarios))
    return [
        (
            with_unit(say(REGISTRY[name].label, lang), REGISTRY[name].kind, currency, lang),
            [_cell(result, scenario, name, lang) for scenario in result.names],
        )
        for name in MAIN
        if name in telling
    ]


def _cell(result: Outcomes, scenario: str, name: str, lang: Language) -> Cell:
    interval, kind = result.interval(scenario, name), REGISTRY[name].kind
    ends = ends_of(interval, kind)  # in English: their unit stands with the mean
    around = f"({' … '.join(end.removesuffix(' %') for end in ends)})" if ends else ""
    chance = chance_of(result.by_chance(scenario, name), kind)
    return Cell(mean_of(interval, kind, lang), " ".join(part for part in (around, chance) if part))


def beside_says(result: Outcomes, lang: Language = "en") -> str:
    """What stands beside the means, in a sentence; nothing where nothing does."""
    spread = result.kind == "all" and len(result.replicates[result.kind]) > 1
    return say("mean (where one pool's outcome lies with 90 %) ± by chance alone", lang) if spread else ""


def choice_rows(result: Outcomes, lang: Language = "en") -> list[tuple[str, list[str]]]:
    """Each scenario's chance of being best by LTV a member, and its expected regret; nothing with one replicate."""
    if len(result.names) < 2:
        return []
    ranking = result.ranking()
    if ranking.n < 2:  # one replicate gives no chance
        return []
    regret = with_unit(say("expected regret", lang), "money", result.scenarios[0].market.currency, lang)
    return [
        (say("chance of being best", lang), [percent(c, lang, ranking.n, short=True) for c in ranking.chances]),
        (regret, [number(r, "money") for r in ranking.regrets]),
    ]


def sweep_columns(sweep: SweepOutcomes) -> list[str]:
    """The measures that a sweep's table has a column of, the objective first."""
    return list(dict.fromkeys((sweep.objective, "roi", "churn", "ltv_cac", "ltv_member", "orders_per_year")))


def point_rows(sweep: SweepOutcomes, measures: list[str], lang: Language = "en") -> list[list[str]]:
    """A row a point: its values, the means of `measures`, its chance of being best. Raises BadInput as `ranking`."""
    ranking = sweep.ranking
    return [
        [
            *map(written_value, point),
            *(number(sweep.comparison.interval(name, m).mean, REGISTRY[m].kind, lang) for m in measures),
            percent(chance, lang, ranking.n, short=True),
        ]
        for point, name, chance in zip(sweep.points, sweep.comparison.names, ranking.chances, strict=True)
    ]


def comparison_html(result: Outcomes, sentences: list[str]) -> str:
    """The table of a comparison as HTML, `sentences` below it; every text is escaped."""
    rows = [[label, *map(str, cells)] for label, cells in measure_rows(result)]
    rows += [[label, *cells] for label, cells in choice_rows(result)]
    return html_table(head(result.scenarios), ["measure", *result.names], rows, [beside_says(result), *sentences])


def sweep_html(sweep: SweepOutcomes, sentence: str) -> str:
    """The table of a sweep as HTML, `sentence` below it; every text is escaped. Raises BadInput as `ranking`."""
    measures = sweep_columns(sweep)
    heads = [*sweep.heads, *(REGISTRY[m].label for m in measures), "chance of being best"]
    return html_table(head(sweep.comparison.scenarios), heads, point_rows(sweep, measures), [sentence])
