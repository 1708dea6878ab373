"""What simulate, compare and sweep show on screen."""

from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from sim.results.comparison import Comparison
    from sim.results.parts import Parts
    from sim.results.simulation import Simulation
    from sim.results.sweeping import Sweep


def show_sizes(sentences: list[str]) -> None:
    """Above the results: that pools were not as large as written."""
    for sentence in sentences:
        typer.echo(sentence)


def show_measures(done: "Simulation", lang: Any) -> None:
    """The measures of one run, without those of what its policy does not do."""
    from rich.console import Console
    from rich.table import Column, Table

    from sim.outputs.sentences import show_sentence
    from sim.results.alerts import alert_sentences
    from sim.results.market_head import head
    from sim.results.one_run import rows_of_one

    scenario = done.run.scenario
    table = Table(Column(overflow="fold"), Column(overflow="fold"), box=None, show_header=False)
    for label, value in rows_of_one(scenario, done.measures, lang):
        table.add_row(label, value)
    console = Console()
    console.print(head([scenario], lang), soft_wrap=True, highlight=False)
    console.print(table)
    for sentence in alert_sentences(scenario, done.alerts, lang):
        show_sentence(console, sentence)
    _show_differences(console, scenario, done.experiment_records, done.naive_records, lang)


def _show_differences(console: Any, scenario: Any, tried: list[Any], claimed: list[Any], lang: Any) -> None:
    """What experiments say beside the truth, and what would be published beside the effect."""
    from sim.outputs.sentences import show_sentence
    from sim.results.experiments_told import ONE_RUN, naive_sentences, sentences
    from sim.words import say

    for sentence in sentences(scenario, tried, lang):
        show_sentence(console, sentence, style="")
    if claimed:
        show_sentence(console, say(ONE_RUN, lang), style="")
    for sentence in naive_sentences(claimed, scenario.market.currency, lang):
        show_sentence(console, sentence, style="")


def show_comparison(result: "Comparison", lang: Any) -> None:
    """The main measures with their intervals, the targets, the verdicts; the report has every measure."""
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    from sim.outputs.sentences import show_sentence
    from sim.results.experiments_told import over_replicates
    from sim.results.market_head import head
    from sim.results.metrics import REGISTRY
    from sim.results.showing import beside_target, target_words
    from sim.results.tables import beside_says, choice_rows, measure_rows
    from sim.scenario.targets import Target
    from sim.words import say

    show_sizes(result.sizes(lang))

    # on standard output of a terminal the caption says what stands in brackets and after the sign: not of one replicate
    table = Table(caption=beside_says(result, lang) or None)
    for label in (say("measure", lang), *result.names):
        table.add_column(escape(label), overflow="fold")  # Chinese has no spaces: an ellipsis would eat half of it
    for label, cells in measure_rows(result, lang):
        table.add_row(label, *(f"{c.mean} [dim]{c.beside}[/dim]" if c.beside else c.mean for c in cells))
    choice = choice_rows(result, lang)
    if choice:
        table.add_section()
    for label, texts in choice:
        table.add_row(label, *texts)
    console = Console()
    console.print(head(result.scenarios, lang), soft_wrap=True, highlight=False)
    console.print(table)
    for scenario in result.names:
        for name, (text, _, met) in result.targets(scenario).items():
            words = target_words(lang, met, result.target_chance(scenario, name))
            value = beside_target(result.interval(scenario, name), REGISTRY[name].kind, Target.parse(text), lang)
            measure = say(REGISTRY[name].label, lang)
            told = {"scenario": scenario, "measure": measure, "value": value, "target": text, "met": words}
            console.print(say("{scenario}: {measure} {value}, {target}: {met}", lang, **told), markup=False)
    for one in result.scenarios:
        tried, claimed = result.experiments(one.name), result.naive_records.get(one.name, [])
        if (tried or claimed) and len(result.names) > 1:
            console.print(say("{name}:", lang, name=one.name), markup=False)
        _show_differences(console, one, tried, claimed, lang)
        for sentence in over_replicates(tried, lang):
            show_sentence(console, sentence, style="")
    for sentence in (*result.wrong_beliefs(lang), *result.cautions(lang), *result.verdict(lang)):
        show_sentence(console, sentence)


def show_parts(parts: "Parts", lang: Any) -> None:
    """What each policy is worth, and what to make of it; the report has more measures."""
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Column, Table

    from sim.outputs.sentences import show_sentence
    from sim.results.parts import ON_SCREEN
    from sim.words import say

    heads, rows = parts.table(lang, ON_SCREEN)
    title = say("What each policy of {scenario} is worth", lang, scenario=parts.whole)
    table = Table(*(Column(escape(head), overflow="fold") for head in heads), title=escape(title), title_justify="left")
    for row in rows:
        table.add_row(*map(escape, row))
    console = Console()
    console.print(table)
    for sentence in parts.sentences(lang):
        show_sentence(console, sentence)


def show_sweep(swept: "Sweep", lang: Any) -> None:
    """The values tried with their measures, and the verdict below."""
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Column, Table

    from sim.outputs.sentences import show_sentence
    from sim.results.market_head import head
    from sim.results.metrics import REGISTRY
    from sim.results.tables import point_rows, sweep_columns
    from sim.words import say

    show_sizes(swept.comparison.sizes(lang))
    shown = sweep_columns(swept)[:5]  # as many as 80 columns hold beside two keys; the page has them all
    table = Table(*(Column(head, no_wrap=True) for head in swept.heads))
    for label in (*(REGISTRY[m].label for m in shown), "chance of being best"):
        table.add_column(say(label, lang), overflow="fold")
    flat = set(swept.flat)
    for point, cells in zip(swept.points, point_rows(swept, shown, lang), strict=True):
        style = "bold" if point == swept.best else "" if point in flat else "dim"
        table.add_row(*map(escape, cells), style=style)
    console = Console()
    console.print(head(swept.comparison.scenarios, lang), soft_wrap=True, highlight=False)
    console.print(table)
    show_sentence(console, swept.verdict(lang))
