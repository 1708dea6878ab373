"""Where the money goes: from baskets to profit, a waterfall."""

from typing import TYPE_CHECKING

from sim.results.money_steps import money_steps, step_called
from sim.results.plots.canvas import COLOURS, finished, looks, panels, plain_numbers, spoken, titled
from sim.results.views import Shown
from sim.words import Language, whole

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_LEFT = ("baskets", "contribution", "profit")  # what there is; all others are taken off


def money_waterfall(result: Shown, lang: Language = "en") -> "Figure":
    """From what baskets are worth to the profit: what the product, each cost of operations and acquisition take off.

    A panel a scenario, over the whole run. Steps that cost nothing are left out.
    """
    lang = spoken(lang)
    steps = {name: money_steps(result, name) for name in result.names}
    rows = max(map(len, steps.values()))
    figure, axes = panels(len(steps), 2, 4.7, max(2.4, 0.27 * rows + 0.9))
    unit = result.scenarios[0].market.currency
    for panel, look, name in zip(axes, looks(result), result.names, strict=True):
        _draw(panel, steps[name], lang)
        titled(panel, look.label, unit)
    return finished(figure, result, lang)


def _draw(axes: "Axes", steps: list[tuple[str, float]], lang: Language) -> None:
    level = 0.0
    most = max([amount for name, amount in steps if name in _LEFT] + [1.0])
    for row, (name, amount) in enumerate(steps):
        if name in _LEFT:
            start, colour, level = 0.0, COLOURS[1] if amount >= 0 else COLOURS[0], amount
        else:
            start, colour = level, COLOURS[0] if amount < 0 else COLOURS[2]
            level += amount
        axes.barh(row, amount, left=start, color=colour, height=0.68)
        right = max(start, start + amount)
        axes.text(right + 0.012 * most, row, whole(amount), va="center", fontsize=8)
        if row + 1 < len(steps):
            axes.plot([level, level], [row - 0.34, row + 1.34], color="#999999", lw=0.7)
    axes.set_yticks(range(len(steps)), [step_called(name, lang) for name, _ in steps])
    axes.tick_params(axis="y", length=0)
    axes.set_ylim(len(steps) - 0.4, -0.6)
    low, high = axes.get_xlim()
    axes.set_xlim(min(low, 0.0), high + 0.2 * (high - min(low, 0.0)))
    axes.axvline(0, color="#999999", lw=0.8, zorder=0)
    axes.locator_params(axis="x", nbins=5)
    plain_numbers(axes, "x")
