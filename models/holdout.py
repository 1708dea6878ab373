"""A forecast put to the test: fit up to a day, forecast what came after it, and score every customer seen by
then."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np

from models.bg_nbd import BGNBD
from models.errors import BadInput
from models.model import Model
from models.orders import Orders, read_orders
from models.rfm import DayLike, day_of, summarise
from models.special import Floats
from models.summary import Summary

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
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
    orders: Any,
    last_calibration_day: DayLike,
    model: Model | None = None,
    end: DayLike | None = None,
    **columns: Any,
) -> Holdout:
    """Fit `model` (default BG/NBD) to `orders` up to and with `last_calibration_day`, and score it up to
    `end`.

    Raises BadInput where the calibration does not end between the first order and `end` (default: the last
    order).
    """
    read = orders if isinstance(orders, Orders) else read_orders(orders, **columns)
    split = day_of(last_calibration_day, "holdout")
    last = day_of(end, "end") if end is not None else read.last_day
    if not read.first_day <= split < last:
        raise BadInput(
            f"{read.source}: the last calibration day {split} must lie between the first order on {read.first_day} "
            f"and the end on {last}, with days left to forecast."
        )
    calibration, whole = summarise(read, split), summarise(read, last)
    fitted: Model = (model if model is not None else BGNBD()).fit(calibration)
    assert whole.customer is not None and calibration.customer is not None
    # Both are sorted by customer, and whoever is in the calibration is in the whole.
    place = np.searchsorted(whole.customer, calibration.customer)
    actual = whole.frequency[place] - calibration.frequency
    expected = fitted.expected_purchases(float((last - split).days), calibration)
    return Holdout(calibration, fitted, actual, expected, split, last)


@dataclass(frozen=True)
class Tracking:
    """Repeat orders a week of the customers seen by the last calibration day, and what the model expects; (weeks,).

    week: the number of the week's end, 1, 2, ... since the first order's day; split: the week in which calibration ended;
    band and cumulative_band (low, high), each (weeks,): 90 % intervals of what comes in a week and since the first, from the
    chance in customers' lives and the parameters' errors together; None where none was asked for.
    """

    week: Floats
    actual: Floats
    expected: Floats
    split: float
    band: tuple[Floats, Floats] | None = None
    cumulative_band: tuple[Floats, Floats] | None = None


def weekly_tracking(
    orders: Orders, scored: Holdout, rng: np.random.Generator | int | None = None, draws: int = 100
) -> Tracking:
    """Whole weeks from the first order on; expectations are unconditional, from each customer's first day.

    With `rng` (a generator, or a seed) intervals too: the parameters' part from `draws` of their normal approximation, the
    customers' part from simulated lives.
    """
    import narwhals as nw

    assert scored.calibration.first_day is not None and scored.calibration.customer is not None
    start = orders.first_day
    morrow = datetime.combine(scored.end + timedelta(days=1), datetime.min.time())
    bought = orders.frame.filter((nw.col("amount") >= 0) & (nw.col("time") < nw.lit(morrow)))
    days = bought.select(customer=nw.col("customer"), day=nw.col("time").dt.truncate("1d")).unique()
    first = days.with_columns(first=nw.col("day").min().over("customer"))
    limit = datetime.combine(scored.last_calibration_day, datetime.min.time())
    repeat = first.filter((nw.col("day") > nw.col("first")) & (nw.col("first") <= nw.lit(limit)))
    counts = repeat.group_by("day").agg(n=nw.len()).collect(backend="pyarrow").to_arrow()
    at = (counts["day"].to_numpy().astype("datetime64[D]") - np.datetime64(start, "D")).astype(int)
    weeks = max(((scored.end - start).days + 1) // 7, 1)
    actual = np.bincount(at // 7, weights=counts["n"].to_numpy(), minlength=weeks)[:weeks].astype(np.float64)
    joined, many = np.unique(scored.calibration.first_day, return_counts=True)
    day = (joined - np.datetime64(start, "D")).astype(np.float64)
    expected = _weekly(scored.model, day, many, weeks)
    split = ((scored.last_calibration_day - start).days + 1) / 7.0
    bands = (
        (None, None) if rng is None else _bands(scored.model, day, many, expected, np.random.default_rng(rng), draws)
    )
    return Tracking(np.arange(1.0, weeks + 1.0), actual, expected, split, *bands)


def _weekly(model: Model, day: Floats, many: np.ndarray, weeks: int) -> Floats:
    """Expected repeat orders a week, (weeks,), of `many` customers who began on each `day`."""
    age = 7.0 * np.arange(weeks + 1) - 0.5 - day[:, None]
    curve = model.expected_purchases_new(np.maximum(age, 0.0))
    return np.asarray(np.diff((curve * many[:, None]).sum(axis=0)))


_LIVES = 20_000  # simulated customers from whom the variance of one customer's weeks is taken
_NORMAL_90 = 1.6448536269514722


def _bands(
    model: Model, day: Floats, many: np.ndarray, expected: Floats, rng: np.random.Generator, draws: int
) -> tuple[tuple[Floats, Floats], tuple[Floats, Floats]]:
    """90 % intervals of a week's orders and of those since the first week: normal, cut at 0."""
    weeks = expected.size
    values = model.normal_draws(draws, rng)
    curves = np.array([_weekly(model.at({k: v[i] for k, v in values.items()}), day, many, weeks) for i in range(draws)])
    begins = rng.choice(day, _LIVES, p=many / many.sum())
    lived = model.simulate(_LIVES, np.maximum(7.0 * weeks - 0.5 - begins, 0.0), rng)
    week = ((begins[lived.customer] + lived.time + 0.5) // 7).astype(np.int64)
    inside = week < weeks
    table = np.zeros((_LIVES, weeks), dtype=np.float32)
    np.add.at(table, (lived.customer[inside], week[inside]), 1.0)
    found = []
    for curve, lives, middle in (
        (curves, table, expected),
        (curves.cumsum(axis=1), table.cumsum(axis=1), expected.cumsum()),
    ):
        width = _NORMAL_90 * np.sqrt(many.sum() * lives.var(axis=0, dtype=np.float64) + curve.var(axis=0))
        found.append((np.maximum(middle - width, 0.0), middle + width))
    return found[0], found[1]
