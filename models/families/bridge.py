"""Between these models and those of the package `lifetimes`, so that existing notebooks can go on."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol

import numpy as np

from models.data.summary import Summary

if TYPE_CHECKING:
    import pandas as pd
    from lifetimes import BetaGeoFitter


class LifetimesFitter(Protocol):
    """A fitted model of `lifetimes`."""

    @property
    def params_(self) -> Mapping[str, float]:
        """Its parameters by name."""
        ...


def give_lifetimes(fitter: "BetaGeoFitter", params: "pd.Series[float]", summary: Summary | None) -> "BetaGeoFitter":
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
