"""Plots of comparisons and sweeps: each function takes the result and a language and returns a matplotlib Figure.

Colours are those of Okabe & Ito (2008), told apart by colour-blind readers too, and never the only sign: scenarios have
line styles and markers of their own. With lang="zh" labels are Chinese where a font can show them (canvas.py).
"""

from typing import TYPE_CHECKING

from models.words import Language
from sim.results.alerts import watched
from sim.results.outcomes import Outcomes
from sim.results.plots.alerts import alert_timeline
from sim.results.plots.measures import measures_side_by_side
from sim.results.plots.over_time import contribution_over_time, fatigue_and_trust, lifecycle
from sim.results.plots.sweeps import sweep_curves

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = [
    "alert_timeline", "all_figures", "contribution_over_time", "fatigue_and_trust", "lifecycle", "measures_side_by_side",
    "sweep_curves",
]  # fmt: skip


def all_figures(result: Outcomes, lang: Language = "en") -> "dict[str, Figure]":
    """Every plot of a comparison, by the name of its file, in the order of the report."""
    figures = {
        "measures": measures_side_by_side(result, lang),
        "lifecycle": lifecycle(result, lang=lang),
        "contribution": contribution_over_time(result, lang),
        "fatigue_and_trust": fatigue_and_trust(result, lang),
    }
    return figures | ({"alerts": alert_timeline(result, lang)} if watched(result) else {})
