"""Histories and forecasts on the season's clock.

Orders of one day are one purchase, so a customer is at risk on the whole of each day after her first: a purchase on day d
is at S(d) - S(first day), with S(d) the season's multipliers added up to and with d. A flat season gives the calendar.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Protocol, Unpack

import numpy as np

from models.data.given import check_summary
from models.data.orders import OrdersLike, ReadOptions
from models.data.purchase_days import Visits, visits
from models.data.rfm import DayLike, day_of
from models.data.summary import DAYS_IN, Summary, TimeUnit
from models.errors import BadInput
from models.families.model import Model
from models.numerics.arrays import Floats
from models.season.calendar import Season


def with_clock(
    orders: OrdersLike | Visits,
    season: Season,
    end: DayLike | None = None,
    contacts: "Adds | None" = None,
    **columns: Unpack[ReadOptions],
) -> Summary:
    """Summary of `orders` (anything `summarise` takes, or Visits) whose clock is the season's, in days.

    Sets tau_x, tau_T, log_rates and log_gaps; T, recency and the rest stay the calendar's. `contacts` lets each
    customer's clock run faster after contacts (see ContactClock). Raises BadInput as `summarise` does.
    `columns`: customer, date, amount, order, status, keep, refund, currency, lines, timezone, date_format, sheet, identity,
    exclude, bad_rows, today and money, as `read_orders` takes them.
    """
    log = orders if isinstance(orders, Visits) else visits(orders, end, **columns)
    rates = season.daily(log.first_day, log.end + 1)
    return on_clock(log, rates, contacts)


@dataclass(frozen=True)
class Extra:
    """What contacts add to the clock: at the last purchase and the end (n,), in the gaps before and as a factor on the
    rate at each repeat purchase (visits,)."""

    at_last: Floats
    at_end: Floats
    gaps: Floats
    lift: Floats


class Adds(Protocol):
    """Whatever adds to a customer's clock."""

    def extra(self, log: Visits, rates: Floats) -> Extra:
        """What it adds to the clock with these multipliers a day."""


def on_clock(log: Visits, rates: Floats, contacts: Adds | None = None) -> Summary:
    """The log's customers on the clock with these multipliers a day, (end + 1,) from the log's first day."""
    clock = np.cumsum(rates)
    tau_x, tau_T = clock[log.last] - clock[log.first], clock[-1] - clock[log.first]
    gaps, rate = clock[log.day] - clock[log.before], rates[log.day]
    if contacts is not None:
        extra = contacts.extra(log, rates)
        tau_x, tau_T = tau_x + extra.at_last, tau_T + extra.at_end
        gaps, rate = gaps + extra.gaps, rate * extra.lift
    n = len(log.summary)
    return replace(
        log.summary,
        tau_x=np.where(log.summary.frequency > 0, np.maximum(tau_x, 0.0), 0.0),
        tau_T=np.maximum(tau_T, 0.0),
        log_rates=np.bincount(log.customer, np.log(rate), minlength=n).astype(np.float64),
        log_gaps=np.bincount(log.customer, np.log(gaps), minlength=n).astype(np.float64),
    )


def operational(season: Season, from_day: DayLike, to_day: DayLike, time_unit: TimeUnit = "day") -> float:
    """Operational time of the days `from_day` to `to_day`, both included, in `time_unit`.

    Raises BadInput where `to_day` comes before the day before `from_day`.
    """
    first, last = day_of(from_day, "from_day"), day_of(to_day, "to_day")
    days = (last - first).days + 1
    if days < 0:
        raise BadInput("season: the window ends on {last}, before it begins on {first}.", last=last, first=first)
    return float(season.daily(first, days).sum()) / DAYS_IN[time_unit]


def clock_after(season: Season, last: date) -> Callable[[Floats], Floats]:
    """Operational time, in days, that the days after `last` bring: days ahead (m,), whole or not -> time (m,)."""

    def clock(days: Floats) -> Floats:
        most = int(np.ceil(days.max(initial=1.0)))
        return np.asarray(np.interp(days, np.arange(most + 1), season.cumulative(last + timedelta(days=1), most)))

    return clock


def forecast_orders(
    model: Model, summary: Summary, season: Season, from_day: DayLike | None = None, days: int = 365
) -> Floats:
    """Expected purchases of each customer in the `days` days from `from_day` (default: the day after the end), (n,).

    `summary` is on the season's clock (`with_clock`), in the model's unit. A window that begins later is the difference of
    two forecasts. Raises BadInput where the window begins before the observation has ended or its end is not known.
    """
    summary = check_summary("season", summary)
    if summary.end is None:
        raise BadInput("season: the summary does not say on which day it ends; make it with `with_clock`.")
    if days < 0:
        raise BadInput("season: the window has {days} days; it needs at least 0.", days=days)
    morrow: date = day_of(summary.end, "end") + timedelta(days=1)
    first = morrow if from_day is None else day_of(from_day, "from_day")
    if first < morrow:
        raise BadInput(
            "season: the window begins on {first}, but purchases are known up to and with {end}.",
            first=first,
            end=summary.end,
        )
    gap = operational(season, morrow, first - timedelta(days=1), summary.time_unit)
    length = operational(season, first, first + timedelta(days=days - 1), summary.time_unit)
    until = model.expected_purchases(gap + length, summary)
    if first == morrow:
        return until
    return np.asarray(np.maximum(until - model.expected_purchases(gap, summary), 0.0))
