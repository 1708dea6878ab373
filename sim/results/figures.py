"""Figures of a report: each plot as two drawings that stand in the page, with a caption and a text in place of it."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from sim.results import details
from sim.words import Language, say

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Row = dict[str, Any]
CAPTIONS = {
    "measures": "The main measures: the mean, in pale where one pool's outcome lies with 90 % given all that is not "
    "known, as a thin line around the mean (±) how far chance alone moves it.",
    "lifecycle": "Members by lifecycle stage, all who ever joined; silent: 90 days without an interaction. The founders' "
    "silence counts from the first day, so those who never responded become silent together on day 90: that step comes "
    "from the definition, nothing happens on that day.",
    "contribution": "Contribution after tools and before acquisition; on the right since joining, with the joiner's "
    "CAC: where the curve crosses it she has paid for herself.",
    "fatigue_and_trust": "Fatigue and trust of those still in the pool: who has had enough leaves, and is no longer "
    "in the mean.",
    "alerts": "Each mark is the beginning of an alert of the guard in one run; a filled one led to an act. The lines last "
    "as long as the alerts.",
    "sweep": "The best value is where the mean is highest; the shaded ones come within 5 % of it (where it is near 0, of "
    "the measure's usual size): any of them does as well.",
} | details.CAPTIONS


def drawn(make: "Callable[[], dict[str, Figure]]", lang: Language) -> list[Row]:
    """Each plot with its caption in `CAPTIONS`, whose first sentence is read out in its place."""
    told = {}
    with_captions = _drawings(make)
    for name in with_captions:
        caption = say(CAPTIONS[name], lang)
        told[name] = (caption, caption.partition("。" if lang == "zh" else ". ")[0])
    return [_row(drawings, *told[name]) for name, drawings in with_captions.items()]


def drawn_alone(make: "Callable[[], Figure]", caption: str, instead: str) -> Row:
    """One plot with a caption of its own and `instead`, what is read out in its place."""
    return _row(_drawings(lambda: {"why": make()})["why"], caption, instead)


def _drawings(make: "Callable[[], dict[str, Figure]]") -> dict[str, tuple[str, str]]:
    """Each plot twice, as SVG: as wide as a page, and with its panels below one another for a phone."""
    from models.report.plots.svg import svg, text_stays_text
    from sim.results.plots.canvas import one_column

    with text_stays_text():
        wide = {name: svg(figure, name) for name, figure in make().items()}
        with one_column():
            narrow = {name: svg(figure, f"{name}-narrow") for name, figure in make().items()}
    return {name: (wide[name], narrow[name]) for name in wide}


def _row(drawings: tuple[str, str], caption: str, instead: str) -> Row:
    from markupsafe import Markup, escape

    label = f'role="img" aria-label="{escape(instead)}"'
    wide, narrow = (Markup(drawing.replace('role="img"', label, 1)) for drawing in drawings)
    return {"wide": wide, "narrow": narrow, "caption": caption}
