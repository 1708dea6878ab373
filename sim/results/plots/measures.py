"""The main measures of a comparison side by side, with their intervals and what chance alone moves."""

from typing import TYPE_CHECKING

from sim.results.metrics import REGISTRY
from sim.results.outcomes import Outcomes
from sim.results.plots.canvas import (
    GREY,
    Look,
    as_percent,
    finished,
    legend_of,
    looks,
    panels,
    plain_numbers,
    spoken,
    titled,
)
from sim.results.showing import chance_of
from sim.words import Language, number, say

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MAIN = (
    "ltv_member", "ltv_cac", "roi",
    "profit_per_member", "ltv", "orders_per_year",
    "churn", "d7_retention", "d30_retention",
)  # fmt: skip
_LINES = {"ltv_cac": (3.0, "3 : 1"), "roi": (0.0, "")}


def measures_side_by_side(result: Outcomes, lang: Language = "en") -> "Figure":
    """Each main measure in a panel, a row a scenario: mean, band of all uncertainty, thin line of chance alone around it.

    LTV/CAC has its 3 : 1 line, ROI its zero. Measures that no scenario defines are left out.
    """
    from matplotlib.lines import Line2D

    lang = spoken(lang)
    shown = [m for m in MAIN if any(result.interval(name, m).mean is not None for name in result.names)]
    each = looks(result)
    figure, axes = panels(len(shown), 3, 3.1, 0.95 + 0.42 * len(each), sharey=True)
    for panel, measure in zip(axes, shown, strict=True):
        measure_panel(panel, result, measure, dict(zip(result.names, each, strict=True)), lang)
        panel.tick_params(axis="y", length=0)
    axes[0].set_yticks(range(len(each)), [look.label for look in each], fontsize=10)
    axes[0].set_ylim(len(each) - 0.45, -0.75)
    handles = [
        Line2D([], [], color=GREY, marker="o", ls="", label=say("mean", lang)),
        Line2D([], [], color=GREY, lw=8, alpha=0.35, label=say("90 %, all uncertainty", lang)),
        Line2D([], [], color=GREY, lw=1.6, label=say("by chance alone (±), around the mean", lang)),
    ]
    if result.kind == "simulation":
        alone = Line2D([], [], color=GREY, lw=1.6, label=say("90 %, simulation only", lang))
        handles = [handles[0], alone]
    legend_of(figure, handles, [str(handle.get_label()) for handle in handles], 3)
    return finished(figure, result, lang)


def measure_panel(axes: "Axes", result: Outcomes, measure: str, shown: dict[str, Look], lang: Language) -> None:
    """One measure of the scenarios that are `shown`, from above: the mean, its interval, what chance alone moves."""
    kind = REGISTRY[measure].kind
    for row, (name, look) in enumerate(shown.items()):
        own = result.interval(name, measure)
        if own.mean is None:
            axes.text(0.5, row, say("undefined", lang), transform=axes.get_yaxis_transform(), fontsize=8, color=GREY)
            continue
        if result.kind == "all" and own.low is not None and own.high is not None:
            axes.plot([own.low, own.high], [row, row], color=look.colour, lw=8, alpha=0.35, solid_capstyle="butt")
        chance = result.by_chance(name, measure) if result.kind == "all" else own
        if chance.low is not None and chance.high is not None:
            axes.plot([chance.low, chance.high], [row, row], color=look.colour, lw=1.6, solid_capstyle="butt")
        axes.plot([own.mean], [row], color=look.colour, marker=look.marker, ms=6, mec="white", mew=0.8)
        text = number(own.mean, kind, lang)
        if spread := chance_of(result.by_chance(name, measure), kind):
            text += f" {spread}"
        axes.annotate(text, (own.mean, row), (0, 6), textcoords="offset points", ha="center", fontsize=8.5)
    titled(axes, say(REGISTRY[measure].label, lang), _unit(result, measure, lang))
    axes.margins(x=0.12)
    as_percent(axes, "x") if kind == "share" else plain_numbers(axes, "x")
    axes.locator_params(axis="x", nbins=5)
    if measure in _LINES:
        at, text = _LINES[measure]
        axes.axvline(at, color="black", lw=1, ls=":", zorder=0)
        axes.annotate(text, (at, 0), (3, 3), xycoords=("data", "axes fraction"), textcoords="offset points", fontsize=8)
    axes.grid(axis="x", color="#E5E5E5", lw=0.8)
    axes.set_axisbelow(True)


def _unit(result: Outcomes, measure: str, lang: Language) -> str:
    currency = result.scenarios[0].market.currency
    if measure == "roi":
        return say("{currency} gained per {currency} spent", lang, currency=currency)
    if measure == "ltv_cac":
        return say("times the CAC", lang)
    of = say("share of joiners" if measure in ("d7_retention", "d30_retention") else "share of members", lang)
    unit = {"money": currency, "share": of, "days": say("days", lang), "count": say("orders", lang)}
    return unit.get(REGISTRY[measure].kind, "")
