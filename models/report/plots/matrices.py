"""What a model says of any customer, by how often and how recently she bought."""

from typing import TYPE_CHECKING

import numpy as np

from models.data.summary import Summary
from models.families.model import Model
from models.numerics.arrays import Floats
from models.report.plots.canvas import figure_in, label
from models.words import Language, say

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_STEPS = 81  # of recency


def frequency_recency_matrix(
    model: Model, horizon: float, T: float, most: int = 20, lang: Language = "en", unit: str = "days"
) -> "Figure":
    """Expected orders in the next `horizon` of customers of age `T`, by frequency (across) and recency (up)."""
    values = model.expected_purchases(horizon, _grid(T, most))
    return _matrix(values, T, most, "expected orders a customer", lang, unit, horizon)


def probability_alive_matrix(
    model: Model, T: float, most: int = 20, lang: Language = "en", unit: str = "days"
) -> "Figure":
    """P(alive) of customers of age `T`, by frequency (across) and recency (up)."""
    return _matrix(model.probability_alive(_grid(T, most)), T, most, "chance to be still a customer", lang, unit, None)


def _grid(T: float, most: int) -> Summary:
    """Histories of all frequencies and recencies; gaps are taken as even where a model asks for them."""
    frequency = np.arange(0, most + 1, dtype=np.float64)
    recency = np.linspace(0.0, T, _STEPS)
    x, t_x = (v.ravel() for v in np.meshgrid(frequency, recency))
    t_x = np.where(x > 0, np.maximum(t_x, 1e-9), 0.0)  # a repeat purchase comes after the first
    even = np.maximum(t_x, 1e-9) / np.maximum(x, 1.0)
    return Summary(x, t_x, np.full(x.size, T), log_gaps=x * np.log(even))


def _matrix(
    values: Floats, T: float, most: int, what: str, lang: Language, unit: str, horizon: float | None
) -> "Figure":
    table = values.reshape(_STEPS, most + 1).copy()
    table[1:, 0] = np.nan  # without a repeat order there is no recency
    table[0, 1:] = np.nan
    figure, axes, shown, font = figure_in(lang)
    unit_word = say(unit, shown)
    across, up = np.arange(0, most + 1), np.linspace(0.0, T, _STEPS)
    low, high = (0.0, 1.0) if horizon is None else (None, None)
    picture = axes.pcolormesh(
        across, up, np.ma.masked_invalid(table), cmap="viridis", shading="nearest", vmin=low, vmax=high, rasterized=True
    )
    figure.colorbar(picture, ax=axes).set_label(say(what, shown), **font)
    title = (
        say("Chance to be still a customer", shown)
        if horizon is None
        else say("Expected orders in the next {t:g} {unit}", shown, t=horizon, unit=unit_word)
    )
    label(
        axes,
        title,
        say("repeat orders so far", shown),
        say("age at the last order ({unit})", shown, unit=unit_word),
        font,
    )
    axes.set_xticks(np.arange(0, most + 1, max(1, most // 10)))
    return figure
