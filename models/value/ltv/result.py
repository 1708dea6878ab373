"""What lifetime value is told as: a value a customer, with intervals, and the total."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy.typing as npt

from models.numerics.arrays import Floats

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, repr=False)
class LifetimeValue:
    """What the customers will spend over `horizon` days, in the export's unit of money times `margin`.

    value, low, high (n,): each customer's expected value and the interval in which her real (discounted)
    spend will lie with chance `level`: it covers whether she is alive, how often she orders and what she
    spends, for the fitted parameters (their error matters little for one customer). Its ends are quantiles,
    so low is 0 for most. total, total_low, total_high: the sum and the interval of what will really come in,
    from the chance in customers' lives and from the parameters' errors (delta method) together. mean and its
    ends are those divided by n. probability_alive, expected_orders (n,): over the same horizon, orders not
    discounted. Interval fields are None where none was asked for.
    """

    customer: npt.NDArray[Any] | None
    probability_alive: Floats
    expected_orders: Floats
    spend: Floats
    value: Floats
    low: Floats | None
    high: Floats | None
    total: float
    total_low: float | None
    total_high: float | None
    horizon: float
    yearly_discount: float
    margin: float
    level: float

    def __repr__(self) -> str:
        ends = ""
        if self.total_low is not None and self.total_high is not None:
            ends = f" ({self.total_low:,.0f} to {self.total_high:,.0f})"
        return f"LifetimeValue({self.value.size:,} customers, {self.horizon:g} days: total {self.total:,.0f}{ends})"

    @property
    def mean(self) -> float:
        """Mean value of a customer."""
        return self.total / self.value.size

    @property
    def mean_low(self) -> float | None:
        """Lower end of the interval of the realised mean."""
        return None if self.total_low is None else self.total_low / self.value.size

    @property
    def mean_high(self) -> float | None:
        """Upper end of the interval of the realised mean."""
        return None if self.total_high is None else self.total_high / self.value.size

    def to_frame(self) -> "pd.DataFrame":
        """One row a customer: probability_alive, expected_orders, spend, ltv, ltv_low, ltv_high."""
        import pandas as pd

        columns = {
            "customer": self.customer,
            "probability_alive": self.probability_alive,
            "expected_orders": self.expected_orders,
            "expected_spend_an_order": self.spend,
            "ltv": self.value,
            "ltv_low": self.low,
            "ltv_high": self.high,
        }
        return pd.DataFrame({name: column for name, column in columns.items() if column is not None})
