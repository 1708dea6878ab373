"""The plot of a report's first page: how strategies stand in LTV a member, and what the lead of the best is made of."""

from typing import TYPE_CHECKING

from sim.results.metrics import REGISTRY
from sim.results.money_steps import step_called, value_steps
from sim.results.outcomes import Outcomes
from sim.results.plots.canvas import COLOURS, PHONE, is_narrow, lettered, looks, panels, plain_numbers, spoken, titled
from sim.results.plots.measures import measure_panel
from sim.words import Language, number, say, with_unit

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

VALUE = "ltv_member"
_MOST = 6  # strategies; the others stand in the tables
_TOTAL = "#333333"


def why_chosen(result: Outcomes, best: str, other: str | None = None, lang: Language = "en") -> "Figure":
    """LTV a member of the best strategies, and what its lead of `best` over `other` is made of; alone, its own value.

    The parts add up to the last bar: what orders leave after the goods, what each cost takes off, what is still to come.
    """
    lang = spoken(lang)
    steps = value_steps(result, best, other)
    n = (other is not None) + bool(steps)
    figure, axes = panels(n, 2, PHONE if n > 1 or is_narrow() else 2 * PHONE, 2.05)
    if other is not None:
        _standings(axes[0], result, best, other, lang)
    if steps:
        label = say(REGISTRY[VALUE].label, lang)
        title = say("What the lead is made of", lang) if other else label
        titled(axes[-1], with_unit(title, "money", result.scenarios[0].market.currency, lang))
        _steps(axes[-1], steps, say("{label} in all", lang, label=label), lang)
    return lettered(figure)


def _standings(axes: "Axes", result: Outcomes, best: str, other: str, lang: Language) -> None:
    """The mean of each, its interval and what chance alone moves: the best first, the reference in any case."""
    ordered = [result.names[k] for k in result.ranking(VALUE).order]
    kept = [name for name in ordered[:_MOST] if name not in (best, other, result.against)]
    most = _MOST - len({best, other, result.against})
    shown = [name for name in ordered if name in (best, other, result.against) or name in kept[:most]]
    by_name = dict(zip(result.names, looks(result), strict=True))
    measure_panel(axes, result, VALUE, {name: by_name[name] for name in shown}, lang)
    axes.set_yticks(range(len(shown)), [by_name[name].label for name in shown], fontsize=9)
    axes.tick_params(axis="y", length=0)
    axes.set_ylim(len(shown) - 0.45, -0.75)


def _steps(axes: "Axes", steps: list[tuple[str, float]], total: str, lang: Language) -> None:
    """A bar a step from 0, and the sum of all below them."""
    amounts = [*(amount for _, amount in steps), sum(amount for _, amount in steps)]
    colours = [COLOURS[2] if amount >= 0 else COLOURS[0] for amount in amounts[:-1]]
    axes.barh(range(len(amounts)), amounts, color=[*colours, _TOTAL], height=0.66)
    for row, amount in enumerate(amounts):
        text, right = signed(amount), amount >= 0
        place, side = ((3, 0), "left") if right else ((-3, 0), "right")
        axes.annotate(text, (amount, row), place, textcoords="offset points", va="center", ha=side, fontsize=8.5)
    axes.set_yticks(range(len(amounts)), [*(step_called(step, lang) for step, _ in steps), total], fontsize=9)
    axes.tick_params(axis="y", length=0)
    axes.set_ylim(len(amounts) - 0.4, -0.6)
    axes.axvline(0, color="#999999", lw=0.8, zorder=0)
    axes.margins(x=0.3)
    axes.spines["left"].set_visible(False)
    axes.locator_params(axis="x", nbins=5)
    plain_numbers(axes, "x")


def signed(amount: float) -> str:
    """An amount with its sign, a real minus; what is rounded to 0 has none."""
    text = number(amount, "money")
    return f"+{text}" if amount > 0 and any(digit in text for digit in "123456789") else text
