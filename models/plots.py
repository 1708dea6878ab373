"""Plots of forecasts: each function returns a matplotlib Figure with units on its axes.

Colours are those of Okabe & Ito (2008), told apart by colour-blind readers too. With lang="zh" labels are
Chinese where a font with Chinese characters is installed, else English: never empty boxes.
"""

from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from models.bg_nbd import BGNBD
from models.holdout import Holdout, Tracking
from models.words import Language, say

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

ACTUAL, EXPECTED, MARK = "#000000", "#0072B2", "#D55E00"

_CHINESE_FONTS = (
    *("Noto Sans CJK SC", "Noto Sans SC", "Source Han Sans SC", "Source Han Sans CN", "PingFang SC", "Heiti SC"),
    *(
        "Microsoft YaHei",
        "SimHei",
        "WenQuanYi Zen Hei",
        "WenQuanYi Micro Hei",
        "Arial Unicode MS",
        "Droid Sans Fallback",
    ),
)


@cache
def chinese_font() -> str | None:
    """The first installed font with Chinese characters, None where there is none."""
    from matplotlib.font_manager import fontManager

    installed = {font.name for font in fontManager.ttflist}
    return next((name for name in _CHINESE_FONTS if name in installed), None)


def _figure(lang: Language, width: float = 7.0, height: float = 4.2) -> tuple["Figure", "Axes", Language, Any]:
    """An empty figure, its axes, the language that can be shown, and the font to show it in."""
    from matplotlib.figure import Figure

    font = chinese_font() if lang == "zh" else None
    shown: Language = "zh" if font else "en"
    figure = Figure(figsize=(width, height), layout="constrained")
    return figure, figure.add_subplot(), shown, {"fontfamily": font} if font else {}


def _label(axes: "Axes", title: str, x: str, y: str, font: Any) -> None:
    axes.set_title(title, loc="left", fontsize=11, **font)
    axes.set_xlabel(x, **font)
    axes.set_ylabel(y, **font)
    axes.spines[["top", "right"]].set_visible(False)


def frequency_recency_matrix(
    model: BGNBD,
    horizon: float,
    T: float,
    most: int = 20,
    lang: Language = "en",
    unit: str = "days",
) -> "Figure":
    """Expected orders in the next `horizon` of customers of age `T`, by frequency (across) and recency
    (up)."""
    frequency = np.arange(0, most + 1, dtype=np.float64)
    recency = np.linspace(0.0, T, 81)
    x, tx = np.meshgrid(frequency, recency)
    expected = model.expected_purchases(horizon, x.ravel(), tx.ravel(), np.full(x.size, T)).reshape(x.shape)
    expected[1:, 0] = np.nan  # without a repeat order there is no recency
    expected[0, 1:] = np.nan
    figure, axes, shown, font = _figure(lang)
    picture = axes.pcolormesh(frequency, recency, np.ma.masked_invalid(expected), cmap="viridis", shading="nearest")
    bar = figure.colorbar(picture, ax=axes)
    unit_word = say(unit, shown)
    bar.set_label(say("expected orders a customer", shown), **font)
    title = say("Expected orders in the next {t:g} {unit}", shown, t=horizon, unit=unit_word)
    _label(
        axes,
        title,
        say("repeat orders so far", shown),
        say("age at the last order ({unit})", shown, unit=unit_word),
        font,
    )
    axes.set_xticks(np.arange(0, most + 1, max(1, most // 10)))
    return figure


def weekly_orders(tracking: Tracking, lang: Language = "en") -> "Figure":
    """Repeat orders a week, actual and expected, with a line where calibration ended."""
    figure, axes, shown, font = _figure(lang)
    axes.plot(tracking.week, tracking.actual, color=ACTUAL, lw=1.2, label=say("actual", shown))
    axes.plot(tracking.week, tracking.expected, color=EXPECTED, lw=2, ls="--", label=say("expected", shown))
    axes.axvline(tracking.split, color=MARK, lw=1.5, ls=":", label=say("end of calibration", shown))
    axes.set_ylim(bottom=0)
    axes.set_xlim(0, float(tracking.week[-1]) + 0.5)
    _label(
        axes,
        say("Repeat orders a week", shown),
        say("week since the first order", shown),
        say("orders a week", shown),
        font,
    )
    _legend(axes, shown)
    return figure


def calibration_by_frequency(scored: Holdout, most: int = 7, lang: Language = "en") -> "Figure":
    """Mean orders in the holdout by the number of repeat orders in the calibration, actual beside
    expected."""
    table = scored.by_frequency(most)
    figure, axes, shown, font = _figure(lang)
    at = np.arange(len(table))
    axes.bar(at - 0.2, table["actual"], 0.4, color=ACTUAL, alpha=0.75, label=say("actual", shown))
    axes.bar(at + 0.2, table["expected"], 0.4, color=EXPECTED, label=say("expected", shown))
    names = [f"{f}+" if f == most else str(f) for f in table["frequency"]]
    axes.set_xticks(at, [f"{name}\nn={n:,}" for name, n in zip(names, table["customers"], strict=True)])
    axes.tick_params(axis="x", labelsize=8)
    _label(
        axes,
        say("Orders in the {days} days after calibration", shown, days=scored.days),
        say("repeat orders in the calibration (n: customers)", shown),
        say("mean orders a customer", shown),
        font,
    )
    _legend(axes, shown)
    return figure


def _legend(axes: "Axes", shown: Language) -> None:
    axes.legend(frameon=False, prop={"family": chinese_font()} if shown == "zh" else None)
