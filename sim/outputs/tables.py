"""What simulate, compare and sweep show on screen."""

from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from sim.results.comparison import Comparison
    from sim.simulation import Simulation

_SHOWN = (
    "ltv_member", "ltv", "ltv_cac", "cac", "payback_days", "roi", "profit_per_member", "churn", "left_share",
    "d7_retention", "d30_retention", "active_30_days", "orders_per_year", "repurchase_rate", "read_rate", "click_rate",
    "coupon_redemption", "bought_anyway", "orders_gained",
)  # fmt: skip


def show_sizes(sentences: list[str]) -> None:
    """Above the results: that pools were not as large as written."""
    for sentence in sentences:
        typer.echo(sentence)


def show_measures(done: "Simulation", lang: Any) -> None:
    """The measures of one run."""
    from rich.console import Console
    from rich.table import Column, Table

    from sim.results.market_head import head
    from sim.results.metrics import REGISTRY
    from sim.results.showing import mean_of
    from sim.results.statistics.intervals import interval
    from sim.words import say, with_unit

    scenario = done.run.scenario
    table = Table(Column(overflow="fold"), Column(overflow="fold"), box=None, show_header=False)
    for name, value in done.measures.items():
        measure = REGISTRY[name]
        alone = interval(measure, [value], [1.0], measure.followed(scenario) if measure.followed else None)
        label = with_unit(say(measure.label, lang), measure.kind, scenario.market.currency, lang)
        table.add_row(label, mean_of(alone, measure.kind, lang))
    console = Console()
    console.print(head([scenario], lang), soft_wrap=True, highlight=False)
    console.print(table)


def show_comparison(result: "Comparison", lang: Any) -> None:
    """The main measures with their intervals, the targets, the verdicts; the report has every measure."""
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    from sim.outputs.sentences import show_sentence
    from sim.results.market_head import head
    from sim.results.metrics import REGISTRY
    from sim.results.showing import mean_of, target_words
    from sim.words import say, with_unit

    show_sizes(result.sizes(lang))

    # on standard output of a terminal the caption says what stands in brackets and after the sign: not of one replicate
    caption = say("mean (where one pool's outcome lies with 90 %) ± by chance alone", lang)
    spread = result.kind == "all" and len(result.replicates[result.kind]) > 1
    table = Table(caption=caption if spread else None)
    for label in (say("measure", lang), *result.names):
        table.add_column(escape(label), overflow="fold")  # Chinese has no spaces: an ellipsis would eat half of it
    currency = result.scenarios[0].market.currency
    for name in _SHOWN:
        measure = REGISTRY[name]
        cells = [_cell(result, scenario, name, lang) for scenario in result.names]
        table.add_row(with_unit(say(measure.label, lang), measure.kind, currency, lang), *cells)
    _add_choice(table, result, lang)
    console = Console()
    console.print(head(result.scenarios, lang), soft_wrap=True, highlight=False)
    console.print(table)
    for scenario in result.names:
        for name, (text, _, met) in result.targets(scenario).items():
            words = target_words(lang, met, result.target_chance(scenario, name))
            value = mean_of(result.interval(scenario, name), REGISTRY[name].kind, lang)
            console.print(f"{scenario}: {say(REGISTRY[name].label, lang)} {value}, {text}: {words}", markup=False)
    for sentence in (*result.cautions(lang), *result.verdict(lang)):
        show_sentence(console, sentence)


def _add_choice(table: Any, result: "Comparison", lang: Any) -> None:
    """Two rows: each scenario's chance of being best by LTV a member, and its expected regret."""
    from sim.words import number, say, with_unit
    from sim.words.verdict import percent

    if len(result.names) < 2:
        return
    ranking = result.ranking()
    if ranking.n < 2:  # one replicate gives no chance
        return
    table.add_section()
    table.add_row(
        say("chance of being best", lang), *(percent(c, lang, ranking.n, short=True) for c in ranking.chances)
    )
    regret = with_unit(say("expected regret", lang), "money", result.scenarios[0].market.currency, lang)
    table.add_row(regret, *(number(r, "money") for r in ranking.regrets))


def _cell(result: "Comparison", scenario: str, name: str, lang: Any) -> str:
    """`47 % (33 … 61) ± 0.4`: mean, interval, by chance alone."""
    from sim.results.metrics import REGISTRY
    from sim.results.showing import chance_of, ends_of, mean_of

    interval, kind = result.interval(scenario, name), REGISTRY[name].kind
    ends = ends_of(interval, kind)  # in English: their unit is the mean's
    around = f"({' … '.join(end.removesuffix(' %') for end in ends)})" if ends else ""
    chance = chance_of(result.by_chance(scenario, name), kind)
    beside = " ".join(part for part in (around, f"± {chance}" if chance else "") if part)
    mean = mean_of(interval, kind, lang)
    return f"{mean} [dim]{beside}[/dim]" if beside else mean


def show_sweep(made: Any, lang: Any) -> None:
    """The values tried with their measures, and the verdict below."""
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Column, Table

    from sim.outputs.sentences import show_sentence
    from sim.results.market_head import head
    from sim.results.metrics import REGISTRY
    from sim.results.report import sweep_columns
    from sim.words import number, say
    from sim.words.verdict import percent

    show_sizes(made.comparison.sizes(lang))
    shown = sweep_columns(made)[:5]  # as many as 80 columns hold beside two keys; the page has them all
    table = Table(*(Column(head, no_wrap=True) for head in made.heads))
    for label in (*(REGISTRY[m].label for m in shown), "chance of being best"):
        table.add_column(say(label, lang), overflow="fold")
    ranking, flat = made.ranking, set(made.flat)
    for point, name, chance in zip(made.points, made.comparison.names, ranking.chances, strict=True):
        cells = [number(made.comparison.interval(name, m).mean, REGISTRY[m].kind, lang) for m in shown]
        style = "bold" if point == made.best else "" if point in flat else "dim"
        cells.append(percent(chance, lang, ranking.n, short=True))
        table.add_row(*(escape(str(value)) for value in point), *cells, style=style)
    console = Console()
    console.print(head(made.comparison.scenarios, lang), soft_wrap=True, highlight=False)
    console.print(table)
    show_sentence(console, made.verdict(lang))
