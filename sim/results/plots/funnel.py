"""From reached to loyal: how many came how far."""

from typing import TYPE_CHECKING

from sim.results.plots.canvas import COLOURS, finished, looks, panels, plain_numbers, spoken, titled
from sim.results.views import Shown, steps_to_loyal
from sim.words import Language, number, say

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_WHO = {"joiners": "people who joined", "founders": "founders"}
_STEPS = {
    "reached": "reached",
    "joined": "joined",
    "founders": "founders",
    "interacted": "interacted",
    "customers": "bought",
    "repeat": "bought again",
    "loyal": "loyal: three repeat orders",
}


def funnel(result: Shown, lang: Language = "en") -> "Figure":
    """How many of those reached joined, interacted, bought, bought again and became loyal, a panel a scenario.

    Of the people who joined during the run; of the founders where nobody joined. Beside each bar the number, and its share
    of the bar above.
    """
    lang = spoken(lang)
    figure, axes = panels(len(result.names), 3, 4.2, 3.0)
    for panel, look, name, scenario in zip(axes, looks(result), result.names, result.scenarios, strict=True):
        who, steps = steps_to_loyal(result.breakdowns(name), scenario)
        _draw(panel, steps, lang)
        titled(panel, look.label, say(_WHO[who], lang))
    return finished(figure, result, lang)


def _draw(axes: "Axes", steps: list[tuple[str, float]], lang: Language) -> None:
    numbers = [n for _, n in steps]
    axes.barh(range(len(steps)), numbers, color=COLOURS[1], height=0.72)
    most = max(numbers) or 1.0
    for row, n in enumerate(numbers):
        text = f"{n:,.0f}"
        if row and numbers[row - 1]:
            text += f" ({number(n / numbers[row - 1], 'share', lang)})"
        axes.text(n + 0.015 * most, row, text, va="center", fontsize=8.5)
    axes.set_yticks(range(len(steps)), [say(_STEPS[name], lang) for name, _ in steps])
    axes.tick_params(axis="y", length=0)
    axes.set_ylim(len(steps) - 0.4, -0.6)
    axes.set_xlim(0, 1.45 * most)
    axes.locator_params(axis="x", nbins=4)
    plain_numbers(axes, "x")
