"""A forecast put to the test: fit up to a day, forecast what came after it, and score every customer seen by
then."""

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Unpack

import numpy as np

from models.data.orders import OrdersLike, ReadOptions, orders_of
from models.data.rfm import DayLike, day_of, summarise
from models.data.summary import Summary
from models.errors import BadInput
from models.families.bg_nbd import BGNBD
from models.families.model import Model
from models.numerics.arrays import Floats

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, repr=False)
class Holdout:
    """Forecast and truth for the customers seen by the last calibration day; arrays (n,).

    calibration: their summary on that day; model: fitted to it; actual: days with a purchase after it, up to
    and with `end`; expected: the same forecast. Orders of one day count once, as everywhere in models/.
    """

    calibration: Summary
    model: Model
    actual: Floats
    expected: Floats
    last_calibration_day: date
    end: date

    def __repr__(self) -> str:
        return (
            f"Holdout({self.actual.size:,} customers, {self.model.name}, {self.days} days after "
            f"{self.last_calibration_day}: {self.expected_orders:,.0f} orders expected, {self.actual_orders:,} came)"
        )

    @property
    def days(self) -> int:
        """Length of the holdout in days."""
        return (self.end - self.last_calibration_day).days

    @property
    def actual_orders(self) -> int:
        """Orders that came, of all customers."""
        return int(self.actual.sum())

    @property
    def expected_orders(self) -> float:
        """Orders forecast, of all customers."""
        return float(self.expected.sum())

    @property
    def total_error(self) -> float | None:
        """(expected - actual)/actual orders in all; None where no order came."""
        return self.expected_orders / self.actual_orders - 1.0 if self.actual_orders else None

    @property
    def mae(self) -> float:
        """Mean absolute error a customer, in orders."""
        return float(np.abs(self.actual - self.expected).mean())

    @property
    def rmse(self) -> float:
        """Root of the mean squared error a customer, in orders."""
        return float(np.sqrt(((self.actual - self.expected) ** 2).mean()))

    def by_frequency(self, most: int = 7) -> "pd.DataFrame":
        """Mean actual and expected orders by calibration frequency 0, 1, .. `most` and more: one row each."""
        import pandas as pd

        group = np.minimum(self.calibration.frequency, most).astype(int)
        n = np.bincount(group, minlength=most + 1)
        some = n > 0
        rows = {
            "frequency": np.arange(most + 1)[some],
            "customers": n[some],
            "actual": np.bincount(group, self.actual, most + 1)[some] / n[some],
            "expected": np.bincount(group, self.expected, most + 1)[some] / n[some],
        }
        return pd.DataFrame(rows)


def score_holdout(
    orders: OrdersLike,
    last_calibration_day: DayLike,
    model: Model | None = None,
    end: DayLike | None = None,
    **columns: Unpack[ReadOptions],
) -> Holdout:
    """Fit `model` (default BG/NBD) to `orders` up to and with `last_calibration_day`, and score it up to
    `end`.

    `columns`: customer, date, amount, order, status, keep, refund, currency, lines, timezone, date_format, sheet, identity,
    exclude, bad_rows, today and money, as `read_orders` takes them.
    Raises BadInput where the calibration does not end between the first order and `end` (default: the last
    order).
    """
    read = orders_of(orders, columns, money="auto")
    split = day_of(last_calibration_day, "holdout")
    last = day_of(end, "end") if end is not None else read.last_day
    if not read.first_day <= split < last:
        raise BadInput(
            "{source}: the last calibration day {split} must lie between the first order on {first_day} and the end "
            "on {last}, with days left to forecast.",
            source=read.source,
            split=split,
            first_day=read.first_day,
            last=last,
        )
    calibration, whole = summarise(read, split), summarise(read, last)
    fitted: Model = (model if model is not None else BGNBD()).fit(calibration)
    assert whole.customer is not None and calibration.customer is not None
    # Both are sorted by customer, and whoever is in the calibration is in the whole.
    place = np.searchsorted(whole.customer, calibration.customer)
    actual = whole.frequency[place] - calibration.frequency
    expected = fitted.expected_purchases(float((last - split).days), calibration)
    return Holdout(calibration, fitted, actual, expected, split, last)
