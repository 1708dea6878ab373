"""What all plots of forecasts share: colours, fonts that can show the labels, axes with units.

Colours are those of Okabe & Ito (2008), told apart by colour-blind readers too. With lang="zh" labels are Chinese where a
font with Chinese characters is installed, else English: never empty boxes.
"""

from functools import cache
from typing import TYPE_CHECKING, Any, TypeAlias

from models.report.plots.svg import stays_text
from models.words import Language

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Font: TypeAlias = dict[str, Any]  # what matplotlib is to be told of the labels' font

ACTUAL, EXPECTED, MARK = "#000000", "#0072B2", "#D55E00"

_LONGEST = 24  # signs of a name on a plot
_CHINESE_FONTS = (
    *("Noto Sans CJK SC", "Noto Sans SC", "Source Han Sans SC", "Source Han Sans CN", "PingFang SC", "Heiti SC"),
    *("Hiragino Sans GB", "STHeiti", "Microsoft YaHei", "DengXian", "SimHei", "SimSun", "WenQuanYi Zen Hei"),
    *("WenQuanYi Micro Hei", "Arial Unicode MS", "Droid Sans Fallback"),
    "Noto Sans CJK JP",  # how a file with the fonts of all four scripts is called, of which matplotlib sees the first
)
_CHINESE = "客户订单价值概率预测"  # a font that has these is taken where none of those above is installed


@cache
def chinese_font() -> str | None:
    """An installed font with Chinese characters, a well-known one if there is any; None where there is none."""
    import logging

    from matplotlib.font_manager import fontManager

    # a font of one weight stands for all: that it is not the weight asked for is no news for a planner
    log = logging.getLogger("matplotlib.font_manager")
    log.addFilter(lambda record: "Failed to find font weight" not in record.getMessage())
    installed = {font.name: font.fname for font in fontManager.ttflist}
    known = next((name for name in _CHINESE_FONTS if name in installed), None)
    others = (name for name in installed if not name.startswith("Last Resort"))  # it has an empty box for every sign
    return known or next((name for name in others if set(map(ord, _CHINESE)) <= _signs_of(installed[name])), None)


@cache
def _signs_of(file: str) -> frozenset[int]:
    """The code points that a font's file can draw; none where it cannot be read."""
    from matplotlib.font_manager import get_font

    try:
        return frozenset(get_font(file).get_charmap())
    except (OSError, RuntimeError):
        return frozenset()


def label_font(lang: Language) -> str | None:
    """The font that can show Chinese labels if they are asked for, None where labels must be English."""
    if lang != "zh":
        return None
    return chinese_font() or ("sans-serif" if stays_text.get() else None)


def literal(text: object) -> str:
    """A name from outside as a label: its dollar signs are no formula, it has one line and at most 24 signs."""
    shown = "".join(sign if sign.isprintable() else " " for sign in str(text))
    shown = shown if len(shown) <= _LONGEST else shown[: _LONGEST - 1] + "…"
    return shown.replace("$", r"\$")


def drawable(text: str) -> str:
    """A text without the signs that no font here can draw, such as emoji; "" where letters are among them.

    In an SVG whose text stays text all signs are kept: the reader's fonts show them.
    """
    if stays_text.get():
        return text
    from matplotlib.font_manager import FontProperties, findfont

    known = frozenset[int]().union(*(_signs_of(findfont(FontProperties(family=name))) for name in name_fonts()))
    lost = [sign for sign in text if ord(sign) not in known]
    if any(sign.isalnum() for sign in lost):
        return ""
    return "".join(sign for sign in text if ord(sign) in known).strip()


def name_fonts() -> list[str]:
    """Fonts for names from outside, which may be Chinese whatever the language of the plot."""
    chinese = chinese_font()
    return ["DejaVu Sans", *([chinese] if chinese else [])]


def figure_in(lang: Language, width: float = 7.0, height: float = 4.2) -> tuple["Figure", "Axes", Language, Font]:
    """An empty figure, its axes, the language that can be shown, and the font to show it in."""
    figure, axes, shown, font = figures_in(lang, 1, width, height)
    return figure, axes[0], shown, font


def figures_in(
    lang: Language, panels: int, width: float, height: float
) -> tuple["Figure", list["Axes"], Language, Font]:
    """The same with several axes side by side."""
    from matplotlib.figure import Figure

    font = label_font(lang)
    shown: Language = "zh" if font else "en"
    figure = Figure(figsize=(width, height), layout="constrained")
    axes = [figure.add_subplot(1, panels, k + 1) for k in range(panels)]
    return figure, axes, shown, {"fontfamily": [font, "DejaVu Sans"] if font else name_fonts()}


def label(axes: "Axes", title: str, x: str, y: str, font: Font) -> None:
    """Title and axes' names, and nothing drawn that says nothing."""
    axes.set_title(title, loc="left", fontsize=11, **font)
    axes.set_xlabel(x, **font)
    axes.set_ylabel(y, **font)
    axes.spines[["top", "right"]].set_visible(False)


def legend(axes: "Axes", shown: Language) -> None:
    """A legend without a frame, in the font of the labels."""
    axes.legend(frameon=False, prop={"family": [label_font(shown)]} if shown == "zh" else None)
