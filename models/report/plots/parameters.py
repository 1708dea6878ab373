"""What is known of a model's parameters: draws from their posterior, two by two."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from models.errors import BadInput
from models.numerics.arrays import Floats
from models.report.plots.canvas import EXPECTED, MARK, drawable, label_font, literal, name_fonts
from models.words import Language, say

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_SHOWN = 2_000  # points a panel: more only make a blot


def posterior_pairs(
    draws: Mapping[str, Floats], estimate: Mapping[str, float] | None = None, lang: Language = "en"
) -> "Figure":
    """Histogram of each parameter and scatter of each pair, from `draws` {name: (n,)}; crosses at `estimate`.

    Raises BadInput for fewer than two draws.
    """
    names = list(draws)
    if not names or min(draws[name].size for name in names) < 2:
        raise BadInput("posterior_pairs: give at least two draws of each parameter.")
    from matplotlib.figure import Figure

    font = {"fontfamily": label_font(lang)} if label_font(lang) else {}
    k = len(names)
    called = [
        drawable(literal(name)) or say("parameter {number}", "zh" if font else "en", number=number)
        for number, name in enumerate(names, 1)
    ]
    figure = Figure(figsize=(2.0 * k + 0.6, 2.0 * k + 0.4), layout="constrained")
    axes = np.atleast_2d(figure.subplots(k, k))
    rows = np.linspace(0, draws[names[0]].size - 1, min(_SHOWN, draws[names[0]].size)).astype(int)
    for i, up in enumerate(names):
        for j, across in enumerate(names):
            panel = axes[i, j]
            if j > i:
                panel.set_axis_off()
                continue
            if i == j:
                panel.hist(draws[up], bins=40, color=EXPECTED, alpha=0.6)
                panel.set_yticks([])
                if estimate is not None:
                    panel.axvline(estimate[up], color=MARK, lw=1.2)
            else:
                panel.plot(draws[across][rows], draws[up][rows], ".", ms=1.5, color=EXPECTED, alpha=0.3)
                if estimate is not None:
                    panel.plot(estimate[across], estimate[up], "+", color=MARK, ms=9, mew=1.6)
            panel.tick_params(labelsize=7)
            panel.spines[["top", "right"]].set_visible(False)
            if i == k - 1:
                panel.set_xlabel(called[j], fontfamily=name_fonts())
            if j == 0 and i > 0:
                panel.set_ylabel(called[i], fontfamily=name_fonts())
    figure.suptitle(
        say("What the data say of the parameters", "zh" if font else "en"), x=0.01, ha="left", fontsize=11, **font
    )
    return figure
