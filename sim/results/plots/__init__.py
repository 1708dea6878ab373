"""Plots of comparisons and sweeps: each function takes the result and a language and returns a matplotlib Figure.

Colours are those of Okabe & Ito (2008), told apart by colour-blind readers too, and never the only sign: scenarios have
line styles and markers of their own. With lang="zh" labels are Chinese where a font can show them (canvas.py).
"""

from typing import TYPE_CHECKING

from models.words import Language
from sim.results.alerts import watched
from sim.results.outcomes import Outcomes
from sim.results.plots.activity import activity
from sim.results.plots.alerts import alert_timeline
from sim.results.plots.communities import any_communities, communities
from sim.results.plots.funnel import funnel
from sim.results.plots.measures import measures_side_by_side
from sim.results.plots.money import money_waterfall
from sim.results.plots.over_time import contribution_over_time, fatigue_and_trust, lifecycle
from sim.results.plots.retention import any_retention, retention
from sim.results.plots.stage_flows import stage_flows
from sim.results.plots.sweeps import sweep_curves
from sim.results.plots.why import why_chosen
from sim.results.views import Shown

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = [
    "activity", "alert_timeline", "all_figures", "communities", "contribution_over_time", "fatigue_and_trust", "funnel",
    "lifecycle", "measures_side_by_side", "money_waterfall", "retention", "stage_flows", "sweep_curves", "views",
    "why_chosen",
]  # fmt: skip


def all_figures(result: Outcomes, lang: Language = "en") -> "dict[str, Figure]":
    """Every plot of a comparison by the name of its file, in the order of the report: what came out, then views."""
    return outcomes(result, lang) | views(result, lang)


def outcomes(result: Outcomes, lang: Language = "en") -> "dict[str, Figure]":
    """The plots of what came out of a comparison, by the name of its file."""
    figures = {
        "measures": measures_side_by_side(result, lang),
        "lifecycle": lifecycle(result, lang=lang),
        "contribution": contribution_over_time(result, lang),
        "fatigue_and_trust": fatigue_and_trust(result, lang),
    }
    return figures | ({"alerts": alert_timeline(result, lang)} if watched(result) else {})


def views(result: Shown, lang: Language = "en") -> "dict[str, Figure]":
    """Who the members are and what they do, of one run or of a comparison, by the name of its file."""
    cohorts = {"retention": retention(result, lang)} if any_retention(result) else {}
    groups = {"communities": communities(result, lang)} if any_communities(result) else {}
    return {
        "funnel": funnel(result, lang),
        "activity": activity(result, lang),
        "stage_flows": stage_flows(result, lang),
        **cohorts,
        **groups,
        "money": money_waterfall(result, lang),
    }
