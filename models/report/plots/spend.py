"""What customers spend an order: as seen, and as the Gamma-Gamma model has it."""

from typing import TYPE_CHECKING

import numpy as np
from scipy.special import betaln

from models.data.summary import Summary
from models.errors import BadInput
from models.families.gamma_gamma import GammaGamma
from models.numerics.arrays import Floats
from models.report.plots.canvas import ACTUAL, EXPECTED, drawable, figure_in, label, legend, literal
from models.words import Language, say

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_BINS = 40
_LEVELS = 400


def spend_density(
    baskets: GammaGamma, summary: Summary | None = None, lang: Language = "en", currency: str = ""
) -> "Figure":
    """Mean spend an order of repeat customers: a histogram of what is seen, and the density that the model implies.

    The model's is Fader & Hardie (2013), eq. 2a, averaged over how many orders each customer's mean is made of. Money runs
    on a logarithmic axis, and both are densities in the logarithm. Raises BadInput without spend.
    """
    summary = summary if summary is not None else baskets.summary_
    if summary is None or summary.monetary_value is None or summary.spend_count is None:
        raise BadInput("Gamma-Gamma: give a summary with monetary_value, or fit first.")
    seen = (summary.spend_count > 0) & (summary.monetary_value > 0)
    if not seen.any():
        if summary is baskets.summary_ or baskets.summary_ is None:
            raise BadInput("Gamma-Gamma: nobody has a repeat purchase of positive value to be drawn.")
        return spend_density(baskets, None, lang, currency)  # it was fitted to other purchases, first ones say
    mean, orders = summary.monetary_value[seen], summary.spend_count[seen]
    low, high = np.quantile(mean, [0.001, 0.999])
    level = np.geomspace(0.7 * low, 1.4 * high + 1e-9, _LEVELS)
    figure, axes, shown, font = figure_in(lang)
    edges = np.geomspace(level[0], level[-1], _BINS + 1)
    count, _ = np.histogram(mean, edges)
    width = np.log(edges[1] / edges[0])
    axes.stairs(count / (mean.size * width), edges, color=ACTUAL, alpha=0.4, fill=True, label=say("actual", shown))
    axes.plot(level, _density(baskets, level, orders) * level, color=EXPECTED, lw=2, label=say("expected", shown))
    axes.set_xscale("log")
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:,.4g}")
    axes.set_ylim(bottom=0)
    money = say(
        "mean spend an order ({unit})", shown, unit=drawable(literal(currency)) or say("the export's money", shown)
    )
    label(axes, say("Mean spend of repeat customers", shown), money, say("density in the logarithm", shown), font)
    legend(axes, shown)
    return figure


def _density(baskets: GammaGamma, level: Floats, orders: Floats) -> Floats:
    """Density of a customer's mean spend at each level, (levels,), averaged over customers' numbers of orders."""
    p, q, v = (baskets.params_[name] for name in ("p", "q", "v"))
    x, share = np.unique(orders, return_counts=True)
    z, x = level[:, None], x[None, :]
    log_density = -betaln(p * x, q) + q * np.log(v / (v + z * x)) + p * x * np.log(z * x / (v + z * x)) - np.log(z)
    return np.asarray(np.exp(log_density) @ (share / share.sum()))
