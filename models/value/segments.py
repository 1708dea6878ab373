"""RFM segments of customers, as CRM tools cut them: recency, frequency and money, each high or low, eight cells by name."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from models.data.given import check_summary
from models.data.summary import Summary
from models.errors import BadInput
from models.numerics.arrays import Floats

Whole = npt.NDArray[np.int64]

# By (recent, frequent, valuable), each 0 or 1: the eight customer types of Chinese RFM practice, in English words.
NAMES = {
    (1, 1, 1): "top value",
    (1, 0, 1): "top to develop",
    (0, 1, 1): "top to keep",
    (0, 0, 1): "top to win back",
    (1, 1, 0): "usual value",
    (1, 0, 0): "usual to develop",
    (0, 1, 0): "usual to keep",
    (0, 0, 0): "usual to win back",
}


# The same by (recent, frequent), where nothing is known of money.
NAMES_WITHOUT_MONEY = {
    (1, 1): "recent and frequent",
    (1, 0): "recent, not frequent",
    (0, 1): "frequent, not recent",
    (0, 0): "neither recent nor frequent",
}


@dataclass(frozen=True)
class Segments:
    """Scores 1 (lowest) to 5 by fifths of the customers and the cell of each; arrays (n,).

    recency_score: 5 for the fifth who bought most recently; frequency_score by repeat purchases; money_score by spend an
    order, None where that is not known; name: one of NAMES, or of NAMES_WITHOUT_MONEY.
    """

    recency_score: Whole
    frequency_score: Whole
    money_score: Whole | None
    name: npt.NDArray[np.str_]


def rfm_segments(summary: Summary, spend: Floats | None) -> Segments:
    """Segments of the summary's customers; `spend` (n,) is what each spends an order (observed, or GammaGamma's), None
    where the orders have no amounts: then by recency and frequency alone.

    High means above the customers' average, as the practice has it: days since the last purchase below the average, repeat
    purchases and spend above it. Raises BadInput without customers or with spend of another length.
    """
    if len(check_summary("segments", summary)) == 0:
        raise BadInput("segments: there are no customers.")
    if spend is not None and spend.shape != summary.frequency.shape:
        raise BadInput(
            "segments: spend has {rows} rows where there are {customers} customers.",
            rows=spend.size,
            customers=len(summary),
        )
    since = summary.T - summary.recency
    recent, frequent = since <= since.mean(), summary.frequency > summary.frequency.mean()
    recency_score, frequency_score = _fifths(-since), _fifths(summary.frequency)
    if spend is None:
        short = np.array([NAMES_WITHOUT_MONEY[cell] for cell in np.ndindex(2, 2)])
        return Segments(recency_score, frequency_score, None, short[recent.astype(np.int64) * 2 + frequent])
    valuable = spend > spend.mean()
    cells = np.stack([recent, frequent, valuable]).astype(np.int64)
    names = np.array([NAMES[cell] for cell in np.ndindex(2, 2, 2)])
    return Segments(recency_score, frequency_score, _fifths(spend), names[cells[0] * 4 + cells[1] * 2 + cells[2]])


def _fifths(values: Floats) -> Whole:
    """1..5 by rank; equal values share the score of their middle."""
    _, place, count = np.unique(values, return_inverse=True, return_counts=True)
    middle = (np.cumsum(count) - 0.5 * count) / values.size
    return np.minimum(np.floor(5.0 * middle).astype(np.int64) + 1, 5)[place]
