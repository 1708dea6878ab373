"""A forecast beside what came: over the weeks, and by how often customers had bought."""

from typing import TYPE_CHECKING

import numpy as np

from models.checks.holdout import Holdout
from models.checks.tracking import Tracking
from models.report.plots.canvas import ACTUAL, EXPECTED, MARK, figure_in, label, legend
from models.words import Language, say

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def weekly_orders(tracking: Tracking, lang: Language = "en", cumulative: bool = False) -> "Figure":
    """Repeat orders a week, actual and expected with their 90 % interval; a line where calibration ended.

    `cumulative`: added up since the first week, the interval too where the tracking has one.
    """
    figure, axes, shown, font = figure_in(lang)
    actual, expected, band = tracking.actual, tracking.expected, tracking.band
    if cumulative:
        actual, expected, band = np.cumsum(actual), np.cumsum(expected), tracking.cumulative_band
    axes.plot(tracking.week, actual, color=ACTUAL, lw=1.2, label=say("actual", shown))
    axes.plot(tracking.week, expected, color=EXPECTED, lw=2, ls="--", label=say("expected", shown))
    if band is not None:
        axes.fill_between(tracking.week, *band, color=EXPECTED, alpha=0.2, lw=0, label=say("90 % interval", shown))
    axes.axvline(tracking.split, color=MARK, lw=1.5, ls=":", label=say("end of calibration", shown))
    axes.set_ylim(bottom=0)
    axes.set_xlim(0, float(tracking.week[-1]) + 0.5)
    title, unit = ("Repeat orders so far", "orders") if cumulative else ("Repeat orders a week", "orders a week")
    label(axes, say(title, shown), say("week since the first order", shown), say(unit, shown), font)
    legend(axes, shown)
    return figure


def calibration_by_frequency(scored: Holdout, most: int = 7, lang: Language = "en") -> "Figure":
    """Mean orders in the holdout by the number of repeat orders in the calibration, actual beside expected."""
    table = scored.by_frequency(most)
    figure, axes, shown, font = figure_in(lang)
    at = np.arange(len(table))
    axes.bar(at - 0.2, table["actual"], 0.4, color=ACTUAL, alpha=0.75, label=say("actual", shown))
    axes.bar(at + 0.2, table["expected"], 0.4, color=EXPECTED, label=say("expected", shown))
    names = [f"{f}+" if f == most else str(f) for f in table["frequency"]]
    axes.set_xticks(at, [f"{name}\nn={n:,}" for name, n in zip(names, table["customers"], strict=True)])
    axes.tick_params(axis="x", labelsize=8)
    label(
        axes,
        say("Orders in the {days} days after calibration", shown, days=scored.days),
        say("repeat orders in the calibration (n: customers)", shown),
        say("mean orders a customer", shown),
        font,
    )
    legend(axes, shown)
    return figure
