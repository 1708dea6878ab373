"""The pictures of docs/cases.md, drawn from what runs have left: `python -m benchmarks.cases.picture`.

Figures of all kinds share one axis: how much of the claim each is, 0 of nothing and 1 of the claim itself.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from benchmarks.cases.records import (
    FULL,
    SENSITIVITY,
    before_of,
    case_called,
    near_ends,
    nothing,
    part_of_claim,
    read_record,
    results_of,
)
from benchmarks.common import ROOT
from docs.pictures import quantised
from models.data.files import write_whole
from sim.cases import CaseResult, Figure
from sim.cases.telling import claim
from sim.results.plots.canvas import COLOURS, GREY, lettered, panels, titled

if TYPE_CHECKING:
    from matplotlib.axes import Axes

IMAGES = ROOT / "docs" / "images" / "cases"
FULL_PICTURE, SENSITIVITY_PICTURE = IMAGES / "claims.png", IMAGES / "sensitivity.png"
_LEAST, _MOST = -0.55, 2.05  # of the claim; what lies beyond is drawn at the edge, as an arrow
_NAIVE, _EFFECT = COLOURS[1], COLOURS[0]
_HOW = (
    "A multiple is counted from × 1. The effect of a level is a part of the gain that was published, and of the level\n"
    "itself where none before it was."
)
_WIDTH, _ROW, _AROUND = 8.0, 0.235, 1.6  # inches: of a page, a row, and of heads, axis and legend


class Spread(NamedTuple):
    """A mean and the ends of the line about it, as parts of the claim."""

    mean: float
    low: float
    high: float


class Bar(NamedTuple):
    """A row of a picture: a figure, and for each panel its naive mean and its effect (None where there is none)."""

    case: str
    figure: Figure
    panels: Sequence[tuple[Spread | None, Spread | None]]
    input: bool = False


def of_full_run(rows: Sequence[Mapping[str, Any]]) -> tuple[list[str], list[Bar]]:
    """The responses of a run, and a bar a figure: the mean over spellings, the line from the lowest to the highest end of
    their 90 % intervals."""
    by_response = results_of(rows)
    first, *others = by_response.values()
    beside = [{result.case.id: result for result in results} for results in others]
    bars = []
    for result in first:
        all_of_them = [result, *(of[result.case.id] for of in beside if result.case.id in of)]
        for figure in result.case.text.figures:
            gain = gain_claimed(result.case.text.figures, figure)
            pairs = [
                (_over_spellings(r, figure, "naive", gain), _over_spellings(r, figure, "effect", gain))
                for r in all_of_them
            ]
            bars.append(Bar(result.case.id, figure, pairs, result.case.text.input))
    return list(by_response), bars


def gain_claimed(figures: Sequence[Figure], figure: Figure) -> float:
    """What the effect of a level is held against: the gain published, or the level itself where none before it was."""
    before = before_of(figures, figure)
    return figure.claim if before is None else figure.claim - before.claim


def _over_spellings(result: CaseResult, figure: Figure, which: str, gain: float) -> Spread | None:
    means = [getattr(row, which) for row in result.rows if row.figure.name == figure.name]
    known = [mean for mean in means if mean.mean is not None]
    if not known:
        return None
    ends = [end for mean in known for end in (mean.mean, mean.low, mean.high) if end is not None]
    mean = float(np.mean([mean.mean for mean in known]))
    return _spread(figure, mean, min(ends), max(ends), gain if which == "effect" else None)


def _spread(figure: Figure, mean: float, low: float, high: float, gain: float | None) -> Spread:
    """As parts of the claim; `gain`: of an effect, what that of a level, a difference, is a part of."""
    is_level = figure.side != "change" and nothing(figure) == 0.0
    of: Callable[[float], float] = (
        (lambda value: value / gain) if gain is not None and is_level else (lambda value: part_of_claim(figure, value))
    )
    ends = sorted((of(low), of(high)))
    return Spread(of(mean), ends[0], ends[1])


def of_sensitivity(rows: Sequence[Mapping[str, Any]]) -> list[Bar]:
    """A bar a figure: as the market is, the line over all its changed numbers."""
    bars = []
    for case in map(case_called, dict.fromkeys(row["id"] for row in rows)):
        for figure in case.text.figures:
            own = [row for row in rows if (row["id"], row["figure"]) == (case.id, figure.name)]
            gain = gain_claimed(case.text.figures, figure)
            pair = _over_markets(figure, own, "naive", gain), _over_markets(figure, own, "effect", gain)
            bars.append(Bar(case.id, figure, [pair]))
    return bars


def _over_markets(figure: Figure, rows: Sequence[Mapping[str, Any]], which: str, gain: float) -> Spread | None:
    base = next(row[which] for row in rows if row["number"] is None)
    known = [row[which] for row in rows if row[which] is not None]
    if base is None:
        return None
    return _spread(figure, base, min(known), max(known), gain if which == "effect" else None)


def drawn(titles: Sequence[str], bars: Sequence[Bar], line: str) -> bytes:
    """A picture, a PNG 800 pixels wide: a panel a title, a row a bar; `line` says what the lines about the points are."""
    figure, axes = panels(len(titles), len(titles), _WIDTH / len(titles), _AROUND + _ROW * len(bars), sharey=True)
    for k, (own, title) in enumerate(zip(axes, titles, strict=True)):
        titled(own, title, "part of the claim")
        _frame(own, bars)
        for row, bar in enumerate(bars):
            for spread, colour, marker, off in zip(bar.panels[k], (_NAIVE, _EFFECT), "oD", (-0.14, 0.14), strict=True):
                if spread is not None:
                    _point(own, row + off, spread, colour, marker)
    axes[0].set_yticks(range(len(bars)), [_label(bars, row) for row in range(len(bars))], fontsize=8)
    axes[0].set_ylim(len(bars) - 0.4, -0.6)
    handles = [
        axes[0].plot(
            [], [], marker="o", color=_NAIVE, ms=5, lw=1.4, label="naive: as its operator would have measured"
        )[0],
        axes[0].plot([], [], marker="D", color=_EFFECT, mfc="white", ms=5, lw=1.4, label="effect on the same lives")[0],
        axes[0].fill_between([], [], color="#D9D9D9", label="near enough to the claim"),
    ]
    figure.legend(
        handles=handles,
        loc="outside lower center",
        ncols=3,
        frameon=False,
        fontsize=8,
        title=f"{line}\n{_HOW}",
        title_fontsize=8,
    )
    return quantised(lettered(figure))


def _frame(axes: "Axes", bars: Sequence[Bar]) -> None:
    """Where nothing is, where the claim is, and between which ends a figure is near to it."""
    axes.set_xlim(_LEAST - 0.1, _MOST + 0.1)
    axes.axvline(0.0, color=GREY, lw=0.8)
    axes.axvline(1.0, color=GREY, lw=0.8, ls=(0, (4, 3)))
    axes.tick_params(axis="y", length=0)
    for row, bar in enumerate(bars):
        ends = np.clip(
            sorted(part_of_claim(bar.figure, end) for end in near_ends(bar.figure)), _LEAST - 0.1, _MOST + 0.1
        )
        axes.fill_between(ends, row - 0.38, row + 0.38, color="#D9D9D9", lw=0, zorder=0)
        if row and bars[row - 1].case != bar.case:
            axes.axhline(row - 0.5, color="#EEEEEE", lw=0.8, zorder=0)


def _point(axes: "Axes", y: float, spread: Spread, colour: str, marker: str) -> None:
    low, high = np.clip([spread.low, spread.high], _LEAST, _MOST)
    axes.plot([low, high], [y, y], color=colour, lw=1.4, solid_capstyle="butt")
    beyond = "<" if spread.mean < _LEAST else ">" if spread.mean > _MOST else ""
    fill = "white" if marker == "D" else colour
    axes.plot(np.clip(spread.mean, _LEAST, _MOST), y, marker=beyond or marker, color=colour, mfc=fill, ms=4.5, ls="")


def _label(bars: Sequence[Bar], row: int) -> str:
    """Case, figure where there are more, and the claim."""
    bar = bars[row]
    several = sum(other.case == bar.case for other in bars) > 1
    name = f"{bar.case}: {bar.figure.name}" if several else bar.case
    return f"{name}{' (input)' if bar.input else ''}  {claim(bar.figure, 'en')}"


def draw_all() -> None:
    """Draw every picture whose run has been made."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    full, sensitivity = read_record(FULL), read_record(SENSITIVITY)
    if full is not None:
        responses, bars = of_full_run(full["rows"])
        line = (
            "point: mean over three spellings; line: between the furthest ends of their 90 % intervals; arrow: beyond"
        )
        content = drawn([f"under {response}" for response in responses], bars, line)
        write_whole(FULL_PICTURE, lambda path: path.write_bytes(content))
    if sensitivity is not None:
        line = "point: the market as it is; line: over all markets with one number at 0.7 or 1.3 times its value"
        picture = drawn(["first spelling, under evidence"], of_sensitivity(sensitivity["rows"]), line)
        write_whole(SENSITIVITY_PICTURE, lambda path: path.write_bytes(picture))


if __name__ == "__main__":
    draw_all()
