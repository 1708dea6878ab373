"""How a pool fares day by day: lifecycle stages, contribution and payback, fatigue and trust."""

from typing import TYPE_CHECKING

import numpy as np

from sim.catalogue import LIFECYCLE, MONTH
from sim.results.metrics.payback import lasting_passage
from sim.results.outcomes import Outcomes
from sim.results.plots.canvas import (
    GREY,
    Look,
    band,
    finished,
    legend_below,
    looks,
    mark_phases,
    panels,
    plain_numbers,
    some_days,
    spoken,
    titled,
)
from sim.results.replication.replicates import Replicate
from sim.words import Language, say

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# from first contact to best customer the colours deepen; those who fell silent or left are grey
STAGE_COLOURS = {
    "new": "#F0E442",
    "engaged": "#E69F00",
    "customer": "#56B4E9",
    "repeat": "#0072B2",
    "loyal": "#009E73",
    "silent": "#C4C4C4",
    "left": "#5A5A5A",
}


def lifecycle(result: Outcomes, name: str | None = None, lang: Language = "en") -> "Figure":
    """Members in each lifecycle stage over time, stacked, a panel a scenario (or one scenario, `name`).

    A thin broken line is where a phase begins.
    """
    lang = spoken(lang)
    names = [name] if name else result.names
    labels = {n: look.label for n, look in zip(result.names, looks(result), strict=True)}
    figure, axes = panels(len(names), 3, 3.2 if len(names) > 1 else 6.5, 3.4, sharex=True, sharey=True)
    for panel, scenario in zip(axes, names, strict=True):
        stages = [result.daily(scenario, stage) for stage in LIFECYCLE]
        days = some_days(len(stages[0]))
        panel.stackplot(
            days + 1,
            *(stage[days] for stage in stages),
            labels=[say(stage, lang) for stage in LIFECYCLE],
            colors=[STAGE_COLOURS[stage] for stage in LIFECYCLE],
            edgecolor="white",
            linewidth=0.3,
        )
        mark_phases(panel, next(s for s in result.scenarios if s.name == scenario), "black")
        titled(panel, labels.get(scenario, scenario), say("day of the simulation", lang))
        panel.margins(x=0, y=0.02)
        plain_numbers(panel)
    axes[0].set_ylabel(say("members", lang), fontsize=9)
    legend_below(figure, axes[0], 7)
    return finished(figure, result, lang)


def contribution_over_time(result: Outcomes, lang: Language = "en") -> "Figure":
    """Cumulative contribution a member over the run; that of a joiner since joining, and when it has paid her CAC.

    Tools are taken off in both. The left curves end at the measure "contribution a member"; on the right the mean
    joiner has paid her CAC (dotted) where her curve crosses it for good. Bands: 90 %, all uncertainty.
    """
    lang = spoken(lang)
    each = looks(result)
    joined = any((result.interval(name, "joiners").mean or 0) > 0 for name in result.names)
    figure, axes = panels(2 if joined else 1, 2, 4.7, 3.6)
    currency = result.scenarios[0].market.currency
    for k, look in enumerate(each):
        _draw(axes[0], [_cumulative(result, row[k], k) for row in result.replicates[result.kind]], look)
        mark_phases(axes[0], result.scenarios[k], look.colour, start=0)
        if joined:
            _payback(axes[1], result, k, look)
    unit = say("{currency} a member", lang, currency=currency)
    titled(axes[0], say("Cumulative contribution a member", lang), say("day of the simulation", lang), unit)
    if joined:
        unit = say("{currency} a joiner", lang, currency=currency)
        title = say("Cumulative contribution a joiner, and her CAC", lang)
        titled(axes[1], title, say("days since joining", lang), unit)
        axes[0].plot([], [], color=GREY, lw=1, ls=":", label=say("CAC", lang))
        axes[0].plot([], [], marker="o", ms=9, mfc="white", mec=GREY, mew=1.8, ls="", label=say("payback", lang))
    for panel in axes:
        _baseline(panel)
    legend_below(figure, axes[0], 6)
    return finished(figure, result, lang)


def fatigue_and_trust(result: Outcomes, lang: Language = "en") -> "Figure":
    """Mean fatigue and trust of the members in the pool, each day the mean of a week; bands of 90 %, all uncertainty."""
    lang = spoken(lang)
    figure, axes = panels(2, 2, 4.7, 3.4)
    for panel, column in zip(axes, ("fatigue", "trust"), strict=True):
        for k, look in enumerate(looks(result)):
            _draw(panel, [_weekly(row[k].daily[column]) for row in result.replicates[result.kind]], look, start=1)
            mark_phases(panel, result.scenarios[k], look.colour)
        _baseline(panel)
    axes[0].set_ylim(bottom=0)
    over = say("mean of the pool over 7 days", lang)
    titled(axes[0], say("Fatigue: messages still felt", lang), say("day of the simulation", lang), over)
    titled(axes[1], say("Trust: from −1 (distrust) to 1", lang), say("day of the simulation", lang), over)
    legend_below(figure, axes[0])
    return finished(figure, result, lang)


def _weekly(daily: np.ndarray) -> np.ndarray:
    """Mean of each day and up to six before it: the week's rhythm of messages taken out."""
    sums = np.cumsum(np.nan_to_num(np.asarray(daily, float)))
    days = np.arange(1, len(sums) + 1)
    before = np.concatenate([np.zeros(7), sums])[: len(sums)]
    return np.asarray((sums - before) / np.minimum(days, 7))


def _draw(axes: "Axes", rows: list[np.ndarray], look: Look, start: int = 0) -> None:
    mean, low, high = band(rows)
    at = some_days(len(mean))
    axes.fill_between(at + start, low[at], high[at], color=look.colour, alpha=0.13, lw=0)
    axes.plot(at + start, mean[at], color=look.colour, ls=look.line, lw=1.8, label=look.label)


def _cumulative(result: Outcomes, replicate: Replicate, k: int) -> np.ndarray:
    """Contribution less tools of all days up to each, over all who were ever members; from 0 before the first day."""
    members = replicate.measures["members"] or 1.0
    daily = replicate.daily["contribution"] - result.scenarios[k].costs.tools_per_day
    return np.concatenate([[0.0], np.cumsum(daily)]) / members


def _payback(axes: "Axes", result: Outcomes, k: int, look: Look) -> None:
    rows = [np.concatenate([[0.0], np.cumsum(row[k].payback)]) for row in result.replicates[result.kind]]
    mean, low, high = band(rows)
    # a cohort joins over a month: at the end of its month k its members have been in for k months less half of one
    days = np.maximum(np.arange(len(mean)) * MONTH - MONTH / 2, 0.0)
    axes.fill_between(days, low, high, color=look.colour, alpha=0.13, lw=0)
    axes.plot(days, mean, color=look.colour, ls=look.line, lw=1.8, marker=look.marker, ms=4)
    cost = result.interval(result.names[k], "cac").mean
    if cost:
        axes.axhline(cost, color=look.colour, lw=1, ls=":")
        at = lasting_passage(days, mean, cost)
        if np.isfinite(at):
            axes.plot([at], [cost], marker=look.marker, ms=9, mfc="white", mec=look.colour, mew=1.8, ls="", zorder=5)


def _baseline(axes: "Axes") -> None:
    axes.axhline(0, color="#999999", lw=0.8, zorder=0)
    axes.margins(x=0.01)
    axes.grid(axis="y", color="#E5E5E5", lw=0.8)
    axes.set_axisbelow(True)
    plain_numbers(axes)
