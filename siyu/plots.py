"""Every plot: of comparisons and sweeps (from `sim`), of fits and forecasts (from `models`). Each gives a Figure."""

from models.report.plots import (
    calibration_by_frequency,
    frequency_recency_matrix,
    histories,
    posterior_pairs,
    probability_alive_matrix,
    season,
    spend_density,
    weekly_orders,
)
from sim.results.plots import (
    activity,
    alert_timeline,
    all_figures,
    communities,
    contribution_over_time,
    fatigue_and_trust,
    funnel,
    lifecycle,
    measures_side_by_side,
    money_waterfall,
    retention,
    stage_flows,
    sweep_curves,
    views,
    why_chosen,
)

__all__ = [
    "activity", "alert_timeline", "all_figures", "calibration_by_frequency", "communities", "contribution_over_time",
    "fatigue_and_trust", "frequency_recency_matrix", "funnel", "histories", "lifecycle", "measures_side_by_side",
    "money_waterfall",
    "posterior_pairs", "probability_alive_matrix", "retention", "season", "spend_density", "stage_flows", "sweep_curves",
    "views", "weekly_orders", "why_chosen",
]  # fmt: skip
