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
    all_figures,
    contribution_over_time,
    fatigue_and_trust,
    lifecycle,
    measures_side_by_side,
    sweep_curves,
)

__all__ = [
    "all_figures", "calibration_by_frequency", "contribution_over_time", "fatigue_and_trust", "frequency_recency_matrix",
    "histories", "lifecycle", "measures_side_by_side", "posterior_pairs", "probability_alive_matrix", "season",
    "spend_density", "sweep_curves", "weekly_orders",
]  # fmt: skip
