"""Response curves of a sweep over one key; heat maps of one over two."""

from typing import TYPE_CHECKING, Any

import numpy as np

from models.report.plots.canvas import drawable, literal
from models.words import Listed
from sim.results.metrics import REGISTRY
from sim.results.plots.canvas import COLOURS, as_percent, finished, legend_below, panels, plain_numbers, spoken, titled
from sim.results.statistics.spread import Interval
from sim.results.sweep_outcomes import SweepOutcomes
from sim.results.sweep_verdict import near
from sim.words import Language, minus, number, say, with_unit

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_BESIDE = ("churn", "ltv_cac")
_INTERVALS = {
    "all": "mean and 90 % interval, all uncertainty",
    "simulation": "mean and 90 % interval, simulation only",
}
_CURVE, _BEST, _FLAT = COLOURS[1], COLOURS[0], "#E69F00"


def sweep_curves(sweep: SweepOutcomes, lang: Language = "en") -> "Figure":
    """The objective, churn and LTV/CAC over the swept values, with intervals; the best value, and how flat the top is.

    With one key a fourth panel has the loss against the best value, paired on common draws: its interval is much
    narrower than that of the curve itself. With two keys a heat map a measure.
    """
    lang = spoken(lang)
    shown = [m for m in dict.fromkeys((sweep.objective, *_BESIDE)) if any(i.mean is not None for i in sweep.curve(m))]
    drawn = _curves(sweep, shown, lang) if len(sweep.keys) == 1 else _heat_maps(sweep, shown, lang)
    return finished(drawn, sweep.comparison, lang)


def _curves(sweep: SweepOutcomes, shown: list[str], lang: Language) -> "Figure":
    at, ticks = _positions(sweep.values[0])
    figure, axes = panels(len(shown) + 1, 2, 4.7, 3.0, sharex=True)
    best = sweep.points.index(sweep.best)
    names = sweep.comparison.names
    _curve(axes[0], at, sweep.curve(sweep.objective), say(_INTERVALS[sweep.comparison.kind], lang))
    titled(axes[0], _label(sweep, sweep.objective, lang))
    loss = [sweep.comparison.difference(n, sweep.objective, names[best]).interval for n in names]
    _curve(axes[1], at, loss, "")
    label = _label(sweep, sweep.objective, lang)
    titled(axes[1], say("{measure}: against the best value, paired", lang, measure=label))
    for panel, measure in zip(axes[2:], [m for m in shown if m != sweep.objective], strict=True):
        _curve(panel, at, sweep.curve(measure), "")
        titled(panel, _label(sweep, measure, lang))
        if REGISTRY[measure].kind == "share":
            as_percent(panel, "y")
        if measure == "ltv_cac":
            panel.axhline(3, color="black", lw=1, ls=":", zorder=0)
            place = {"xycoords": ("axes fraction", "data"), "textcoords": "offset points", "ha": "right"}
            panel.annotate("3 : 1", (1, 3), (-2, 3), fontsize=8, **place)  # type: ignore[arg-type]
    if REGISTRY[sweep.objective].kind == "share":
        as_percent(axes[0], "y")
        as_percent(axes[1], "y")
    flat = [at[sweep.points.index(point)] for point in sweep.flat]
    half = 0.5 * (np.diff(np.sort(at)).min() if len(at) > 1 else 1.0)
    for panel in axes:
        for k, x in enumerate(flat):
            within = say("within {near} of the best", lang, near=near(sweep, lang)) if k == 0 else None
            panel.axvspan(x - half, x + half, color=_FLAT, alpha=0.16, lw=0, zorder=0, label=within)
        text = say("best value: {best}", lang, best=_written(sweep.best[0]))
        panel.axvline(at[best], color=_BEST, lw=1.3, ls="--", zorder=1, label=text)
        panel.grid(axis="y", color="#E5E5E5", lw=0.8)
        panel.set_xlabel(sweep.heads[0], fontsize=9)
        panel.tick_params(labelbottom=True)
        if ticks:
            panel.set_xticks(at, ticks, fontsize=8)
        panel.set_xlim(at.min() - half, at.max() + half)
    legend_below(figure, axes[0])
    return figure


def _curve(axes: "Axes", at: np.ndarray, intervals: "list[Interval]", label: str) -> None:
    mean, low, high = (
        np.array([np.nan if v is None else v for v in values], float)
        for values in zip(*((i.mean, i.low, i.high) for i in intervals), strict=True)
    )
    order = np.argsort(at)
    axes.fill_between(at[order], low[order], high[order], color=_CURVE, alpha=0.18, lw=0)
    axes.plot(at[order], mean[order], color=_CURVE, lw=1.8, marker="o", ms=4, label=label)
    plain_numbers(axes)


def _heat_maps(sweep: SweepOutcomes, shown: list[str], lang: Language) -> "Figure":
    across, up = (len(values) for values in sweep.values)
    figure, axes = panels(len(shown), 3, max(3.3, 0.62 * across + 1.4), max(2.8, 0.4 * up + 1.3), sharey=True)
    for panel, measure in zip(axes, shown, strict=True):
        _heat_map(panel, sweep, measure, across, up, lang)
        titled(panel, _label(sweep, measure, lang), sweep.heads[0])
    axes[0].set_ylabel(sweep.heads[1], fontsize=9)
    for panel in axes:
        _boxes(panel, sweep, lang)
    legend_below(figure, axes[0])
    return figure


def _heat_map(axes: "Axes", sweep: SweepOutcomes, measure: str, across: int, up: int, lang: Language) -> None:
    curve = sweep.curve(measure)
    means = np.array([np.nan if i.mean is None else i.mean for i in curve], float).reshape(across, up).T
    picture = axes.pcolormesh(np.ma.masked_invalid(means), cmap="cividis", edgecolors="white", linewidth=0.5)
    axes.set_xticks(np.arange(across) + 0.5, [_written(v) for v in sweep.values[0]])
    axes.set_yticks(np.arange(up) + 0.5, [_written(v) for v in sweep.values[1]])
    axes.tick_params(length=0)
    if across * up > 150:
        figure = axes.get_figure()
        assert figure is not None
        figure.colorbar(picture, ax=axes)
        return
    middle = (np.nanmin(means) + np.nanmax(means)) / 2
    for (row, column), value in np.ndenumerate(means):
        dark = bool(value < middle)
        text = number(None if np.isnan(value) else float(value), REGISTRY[measure].kind, lang)
        colour = "white" if dark else "black"
        axes.text(column + 0.5, row + 0.5, text, ha="center", va="center", fontsize=7.5, color=colour)


def _boxes(axes: "Axes", sweep: SweepOutcomes, lang: Language) -> None:
    """Frames round the best combination and those within 5 % of it."""
    from matplotlib.patches import Rectangle

    said = False
    for point in [*(p for p in sweep.flat if p != sweep.best), sweep.best]:
        corner = (sweep.values[0].index(point[0]) + 0.04, sweep.values[1].index(point[1]) + 0.04)
        if point == sweep.best:
            text = say("best value: {best}", lang, best=Listed([_written(value) for value in point], ","))
            frame = Rectangle(corner, 0.92, 0.92, fill=False, ec=_BEST, lw=2.6, label=text)
        else:
            frame = Rectangle(corner, 0.92, 0.92, fill=False, ec=_FLAT, lw=2, ls=":")
            frame.set_label("" if said else say("within {near} of the best", lang, near=near(sweep, lang)))
            said = True
        axes.add_patch(frame)


def _positions(values: tuple[Any, ...]) -> tuple[np.ndarray, list[str]]:
    """Where values stand on the axis: numbers at their own place, others in a row with their names as ticks."""
    if all(isinstance(v, (int, float)) and not isinstance(v, bool) for v in values):
        return np.array(values, float), []
    return np.arange(len(values), dtype=float), [_written(v) for v in values]


def _written(value: Any) -> str:
    return minus(f"{value:g}") if isinstance(value, float) else drawable(literal(value)) or "…"


def _label(sweep: SweepOutcomes, measure: str, lang: Language) -> str:
    currency = sweep.comparison.scenarios[0].market.currency
    return with_unit(say(REGISTRY[measure].label, lang), REGISTRY[measure].kind, currency, lang)
