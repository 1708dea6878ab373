"""What all plots of runs share: panels, colours, fonts that can show the labels."""

import unicodedata
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from models.report.plots.canvas import chinese_font, drawable
from models.report.plots.svg import stays_text
from sim.policies.in_force import InForce
from sim.results.market_head import head
from sim.results.statistics.predictive import ends_of_rows
from sim.results.views import Named
from sim.scenario import Scenario
from sim.words import Language, minus, say

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Okabe & Ito, the darker ones first: thin lines in them are seen on white
COLOURS = ("#D55E00", "#0072B2", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
GREY = "#767676"
_LINES = ("-", "--", "-.", ":")
_MARKERS = ("o", "s", "^", "D", "v", "P", "X")
_LATIN = ("DejaVu Sans",)  # ships with matplotlib
_BEYOND_LATIN = 0x2E80  # from here on are the characters of China, Japan and Korea
_LONGEST = 26  # columns of a scenario's name in a plot; a Chinese character takes two


PHONE = 4.4  # inches: drawn to a phone's width, labels of 9 points stay as large as text
_LEGEND = 0.97  # of the figure's width: a reader's font may be a little wider than the one measured
_one_column: ContextVar[bool] = ContextVar("one_column", default=False)


@contextmanager
def one_column() -> Iterator[None]:
    """Figures made within have their panels below one another, for a narrow page."""
    token = _one_column.set(True)
    try:
        yield
    finally:
        _one_column.reset(token)


@dataclass(frozen=True)
class Look:
    """How one scenario is drawn, in every plot alike."""

    label: str
    colour: str
    line: str
    marker: str


def looks(result: Named) -> list[Look]:
    """One for each scenario, told apart by colour, line style and marker; past seven, colours come again."""
    return [
        Look(
            label,
            COLOURS[k % len(COLOURS)],
            _LINES[k % len(_LINES)],
            _MARKERS[(k + k // 7) % len(_MARKERS)],
        )
        for k, label in enumerate(_labels(result.names))
    ]


def _labels(names: Sequence[str]) -> list[str]:
    """The scenarios' names, long ones without their middle unless two would then read alike."""
    short = [shortened(name) for name in names]
    chosen = [mine if short.count(mine) == 1 else name for name, mine in zip(names, short, strict=True)]
    return [_writable(name, k) for k, name in enumerate(chosen)]


def shortened(name: str, most: int = _LONGEST) -> str:
    """A name of at most so many columns, its middle left out where it is longer."""
    if _columns(name) <= most:
        return name
    head, tail = "", ""
    while _columns(head) < (most - 1) * 2 / 3:
        head += name[len(head)]
    while _columns(head + tail) < most - 2:
        tail = name[len(name) - len(tail) - 1] + tail
    return f"{head}…{tail}"


def _columns(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in text)


def _writable(name: str, k: int) -> str:
    """The scenario's name, or a number where no font could show it."""
    strange = any(ord(sign) >= _BEYOND_LATIN for sign in name)
    without_font = strange and not (stays_text.get() or chinese_font())
    return ("" if without_font else drawable(name)) or f"scenario {k + 1}"


def spoken(lang: Language) -> Language:
    """The language that labels can be shown in: Chinese needs a font, or an SVG that leaves text to the reader's."""
    return "zh" if lang == "zh" and (stays_text.get() or chinese_font()) else "en"


def is_narrow() -> bool:
    """True within `one_column`: a wide panel has to make do with a phone's width."""
    return _one_column.get()


def panels(n: int, columns: int, width: float, height: float, **options: object) -> "tuple[Figure, list[Axes]]":
    """A figure with n panels in rows of `columns`; `width` and `height` of one panel, in inches."""
    from matplotlib.figure import Figure

    columns = 1 if _one_column.get() else max(1, min(n, columns))
    width = max(width, PHONE) if _one_column.get() else width
    rows = -(-n // columns)
    figure = Figure(figsize=(columns * width, rows * height), layout="constrained")
    axes = [a for row in figure.subplots(rows, columns, squeeze=False, **options) for a in row]  # type: ignore[call-overload]
    for spare in axes[n:]:
        spare.remove()
    for a in axes[:n]:
        a.spines[["top", "right"]].set_visible(False)
        a.tick_params(labelsize=9, colors="#333333")
    return figure, axes[:n]


def titled(axes: "Axes", title: str, x: str = "", y: str = "") -> None:
    """Title at the left, axis labels with their units."""
    axes.set_title(title, loc="left", fontsize=11)
    axes.set_xlabel(x, fontsize=9)
    axes.set_ylabel(y, fontsize=9)


def plain_numbers(axes: "Axes", which: str = "y") -> None:
    """Ticks as 12,000 and not 1.2e4."""
    from matplotlib.ticker import FuncFormatter

    axis = axes.yaxis if which == "y" else axes.xaxis
    axis.set_major_formatter(FuncFormatter(lambda v, _: minus(f"{v:,.10g}")))


def as_percent(axes: "Axes", which: str) -> None:
    """Ticks of a share as per cent."""
    from matplotlib.ticker import FuncFormatter

    axis = axes.yaxis if which == "y" else axes.xaxis
    axis.set_major_formatter(FuncFormatter(lambda v, _: minus(f"{100 * v:.4g}%")))


def legend_below(figure: "Figure", axes: "Axes", columns: int = 4) -> None:
    """One legend under all panels, clear of the data: what the axes' artists are labelled."""
    handles, labels = axes.get_legend_handles_labels()
    legend_of(figure, handles, labels, columns)


def legend_of(figure: "Figure", handles: "Sequence[Artist]", labels: Sequence[str], columns: int) -> None:
    """A legend under all panels, in as many columns, up to `columns`, as the figure's width holds."""
    for n in range(min(columns, len(labels)), 0, -1):
        legend = figure.legend(handles, labels, loc="outside lower center", ncols=n, frameon=False, fontsize=9)
        for text in legend.get_texts():
            text.set_fontfamily(_families())
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="Glyph")  # an SVG's signs are drawn by the reader's font
            fits = legend.get_window_extent().width <= _LEGEND * figure.bbox.width
        if fits or n == 1:
            return
        legend.remove()


def _families() -> list[str]:
    chinese = chinese_font()
    return [*_LATIN, chinese] if chinese else list(_LATIN)


def finished(figure: "Figure", result: Named, lang: Language) -> "Figure":
    """The figure with its market and currency above it, and with fonts that can show all labels, Latin ones first."""
    figure.suptitle(_market(result, lang), x=0.01, ha="left", fontsize=9, color=GREY, wrap=True)
    return lettered(figure)


def lettered(figure: "Figure") -> "Figure":
    """The figure with fonts that can show all labels, Latin ones first."""
    from matplotlib.text import Text

    for text in figure.findobj(Text):
        text.set_fontfamily(_families())
    return figure


def _market(result: Named, lang: Language) -> str:
    """The head of tables, or the currency alone where no font could show the market's name."""
    text = head(result.scenarios, lang)
    strange = any(ord(sign) >= _BEYOND_LATIN for sign in text)
    if strange and not (stays_text.get() or chinese_font()):
        return say("Money in {currency}", "en", currency=result.scenarios[0].market.currency)
    return text


def mark_phases(axes: "Axes", scenario: Scenario, colour: str, start: int = 1) -> None:
    """A thin broken line on each day on which another policy begins to be in force.

    start: where the first day of the run is drawn; 0 for what has been added up before each day.
    """
    for first_day in InForce(scenario).begins[1:]:
        axes.axvline(first_day + start, color=colour, lw=0.8, ls=(0, (4, 3)), alpha=0.8)


def band(rows: Sequence[np.ndarray]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Mean and 90 % interval at each point of replicates' series, float64[n] each, as those of a comparison."""
    values = np.array(rows, float)
    mean = values.mean(axis=0)
    if len(values) == 1:
        return mean, mean, mean
    low, high = ends_of_rows(values.T)
    return mean, np.minimum(low, mean), np.maximum(high, mean)


def some_days(n: int) -> np.ndarray:
    """At most some 200 of n days, the first and the last among them: more points than a plot has dots are only weight."""
    return np.unique(np.append(np.arange(0, n, -(-n // 200)), n - 1))
