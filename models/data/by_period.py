"""From orders to whole periods: in which weeks, months or years after her first did a customer buy at all.

For models of periods, like BG/BB: yearly donations, monthly renewals, weekly check-ins.
"""

from datetime import date, datetime, timedelta
from typing import Any, Literal, TypeAlias, Unpack, get_args

import numpy as np
import numpy.typing as npt

from models.data.orders import Orders, OrdersLike, ReadOptions, orders_of
from models.data.rfm import AFTER_END, ONLY_REFUNDS, DayLike, day_of
from models.data.summary import Summary
from models.errors import BadInput

Period: TypeAlias = Literal["day", "week", "month", "quarter", "year"]
_MONTHS = {"month": 1, "quarter": 3, "year": 12}

Days: TypeAlias = npt.NDArray[np.datetime64]


def periods(orders: OrdersLike, every: Period, end: DayLike | None = None, **columns: Unpack[ReadOptions]) -> Summary:
    """Summary of `orders` (Orders, or whatever `read_orders` takes, with its options) counted in periods.

    A customer's first purchase puts her into a period, which is not counted; frequency = later periods with a purchase,
    recency = how many periods after the first the last of them is (0 without one), T = whole periods observed after the
    first. Refunds are no purchases. first_day is the first day of her first period.

    Weeks are the seven days up to `end` (default: the last day there is), and so on backwards; months, quarters and years
    are the calendar's, of which the last must be over by `end`. Orders after the last whole period are left out and
    counted in `dropped`; `end` of the summary is that period's last day.

    The summary's time_unit is "week" for weeks and "day" otherwise, since it knows no other: with months or years do not
    convert it. `columns`: customer, date, amount, order, status, keep, refund, currency, lines, timezone, date_format,
    sheet, identity, exclude, bad_rows, today and money, as `read_orders` takes them.

    Raises BadInput for an unknown period, or where no whole period is left.
    """
    if every not in get_args(Period):
        raise BadInput(
            "periods: every is {every!r}; it must be one of {known}.",
            every=every,
            known=", ".join(get_args(Period)),
        )
    read = orders_of(orders, columns)
    last = _last_whole(np.datetime64(day_of(end, "end") if end is not None else read.last_day, "D"), every)
    customer, day, names, dropped = _purchase_days(read, last)
    if not day.size:
        raise BadInput(
            "{source}: no purchase lies in a whole {every} up to {last}; choose a later end.",
            source=read.source,
            every=every,
            last=last,
        )
    number = _number(day, last, every)
    first = np.full(names.size, np.iinfo(np.int64).max)
    np.minimum.at(first, customer, number)
    latest = first.copy()
    np.maximum.at(latest, customer, number)
    span = int(number.max() - number.min()) + 1
    used = np.unique(customer * span + (number - number.min()))  # a customer's purchases of one period are one
    bought = np.bincount(used // span, minlength=names.size)
    return Summary(
        frequency=np.asarray(bought - 1.0, dtype=np.float64),
        recency=latest - first,
        T=_number(np.array([last]), last, every)[0] - first,
        customer=names,
        first_day=_first_day(first, last, every),
        time_unit="week" if every == "week" else "day",
        end=last,
        dropped=dropped,
    )


def _last_whole(end: np.datetime64, every: str) -> np.datetime64:
    """The last day of the last period that is over by `end`."""
    if every not in _MONTHS:
        return end
    morrow = end + np.timedelta64(1, "D")
    months = int(morrow.astype("datetime64[M]").astype(np.int64))
    start = np.datetime64(months - months % _MONTHS[every], "M")
    return np.datetime64(start.astype("datetime64[D]") - np.timedelta64(1, "D"))


def _number(day: Days, last: np.datetime64, every: str) -> npt.NDArray[np.int64]:
    """The number of the period in which each day lies; they rise by one from period to period."""
    if every in _MONTHS:
        return np.asarray(day.astype("datetime64[M]").astype(np.int64) // _MONTHS[every])
    back = (last - day).astype(np.int64)
    return np.asarray(-(back // (7 if every == "week" else 1)))


def _first_day(number: npt.NDArray[np.int64], last: np.datetime64, every: str) -> Days:
    if every in _MONTHS:
        return np.asarray((number * _MONTHS[every]).astype("datetime64[M]").astype("datetime64[D]"))
    length = 7 if every == "week" else 1
    return np.asarray(last + (number * length - (length - 1)).astype("timedelta64[D]"))


def _purchase_days(
    read: Orders, last: np.datetime64
) -> tuple[npt.NDArray[np.int64], Days, npt.NDArray[Any], dict[str, int]]:
    """Distinct (customer, day) with a purchase up to `last`: index into the sorted names, day, names, what was left out."""
    import narwhals as nw

    closing: date = last.astype(date)
    morrow = datetime.combine(closing + timedelta(days=1), datetime.min.time())
    in_time = nw.col("time") < nw.lit(morrow)
    days = (
        read.frame.select(
            customer=nw.col("customer"),
            day=nw.col("time").dt.truncate("1d"),
            bought=nw.when(in_time & (nw.col("amount") >= 0)).then(nw.lit(1)).otherwise(nw.lit(0)),
            refunded=nw.when(in_time & (nw.col("amount") < 0)).then(nw.lit(1)).otherwise(nw.lit(0)),
            late=nw.when(in_time).then(nw.lit(0)).otherwise(nw.lit(1)),
        )
        .group_by("customer", "day")
        .agg(*(nw.col(name).sum() for name in ("bought", "refunded", "late")))
    )
    table = days.collect(backend="pyarrow").to_arrow()
    arrays = {name: table[name].to_numpy().astype(np.float64) for name in ("bought", "refunded", "late")}
    names, customer = np.unique(table["customer"].to_numpy(zero_copy_only=False).astype(str), return_inverse=True)
    bought = arrays["bought"] > 0
    buyers = np.bincount(customer[bought], minlength=names.size) > 0
    returned = np.bincount(customer, arrays["refunded"], minlength=names.size) > 0
    dropped = dict(read.dropped)
    for reason, n in ((AFTER_END, int(arrays["late"].sum())), (ONLY_REFUNDS, int((returned & ~buyers).sum()))):
        if n:
            dropped[reason] = dropped.get(reason, 0) + n
    place = np.cumsum(buyers) - 1
    day = table["day"].to_numpy()[bought].astype("datetime64[D]")
    return place[customer[bought]], day, names[buyers].astype(object), dropped
