"""Plots of forecasts: each function returns a matplotlib Figure with units on its axes."""

from models.report.plots.canvas import chinese_font
from models.report.plots.customers import histories
from models.report.plots.holdout import calibration_by_frequency, weekly_orders
from models.report.plots.matrices import frequency_recency_matrix, probability_alive_matrix
from models.report.plots.parameters import posterior_pairs
from models.report.plots.seasons import season
from models.report.plots.spend import spend_density

__all__ = [
    "calibration_by_frequency",
    "chinese_font",
    "frequency_recency_matrix",
    "histories",
    "posterior_pairs",
    "probability_alive_matrix",
    "season",
    "spend_density",
    "weekly_orders",
]
