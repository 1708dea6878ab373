"""Between this BG/NBD and that of the package `lifetimes`, so that existing notebooks can go on."""

from typing import TYPE_CHECKING, Any

import numpy as np

from models.data.summary import Summary

if TYPE_CHECKING:
    import pandas as pd


def give_lifetimes(fitter: Any, params: "pd.Series[float]", summary: Summary | None) -> Any:
    """Give a `lifetimes` fitter our parameters (and the customers they came from) as if it had fitted
    them."""
    import pandas as pd

    fitter.params_ = params
    if summary is not None:
        fitter.data = pd.DataFrame(
            {"frequency": summary.frequency, "recency": summary.recency, "T": summary.T, "weights": 1.0}
        )
    fitter.predict = fitter.conditional_expected_number_of_purchases_up_to_time
    fitter._scale = 1.0
    fitter._max_T = float(np.max(summary.T)) if summary is not None else 1.0
    return fitter
