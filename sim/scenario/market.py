"""The market of a pool: how customers order when nobody bothers them; `siyu calibrate` fits one to orders."""

from datetime import date, timedelta
from functools import partial
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from models.errors import BadInput
from models.words.numbers import significant, told_apart
from sim.policies.personas import PersonaShares
from sim.reading.part import LARGEST, SMALLEST, Misfit, Name, Part, Positive, Share
from sim.scenario.covariances import Matrix, refuse_no_covariance, refuse_no_square

YEAR = 365
MOST_A_DAY = 50  # orders of the mean customer: nobody orders so often, and a member's day holds 256
_WITHIN_A_DOUBLE = 600.0  # of a logarithm
_LEAST_DEMAND = 1e-9  # of a day beside the year's best: a day without any has no clock
# as small as a fit says: a = 1e-17 is a market that loses nobody
Shape = Annotated[float, Field(gt=0, le=LARGEST)]
_FIRST_OF_MONTH = np.cumsum([0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])


def _covariance_of(size: int) -> AfterValidator:
    def check(rows: tuple[tuple[float, ...], ...]) -> tuple[tuple[float, ...], ...]:
        refuse_no_square(rows, size)
        refuse_no_covariance(np.array(rows))
        return rows

    return AfterValidator(check)


class Rhythm(Part):
    """How often customers order and when they are lost: the four parameters of BG/NBD, in days."""

    r: Shape = Field(description="shape of the order rates over customers; small means very unequal")
    alpha: Positive = Field(description="days; the mean order rate is r / alpha orders a day")
    a: Shape = Field(description="first parameter of the chance to be lost after an order, Beta(a, b)")
    b: Shape = Field(description="second parameter of the chance to be lost after an order, Beta(a, b)")
    covariance: Annotated[Matrix, _covariance_of(4)] | None = Field(
        default=None,
        description="covariance of the logs of r, alpha, a, b (4 by 4); left out: taken as known exactly",
    )

    @model_validator(mode="after")
    def _of_people(self) -> "Rhythm":
        rate = self.r / self.alpha
        if rate > MOST_A_DAY:
            raise Misfit(
                "gives {rate} orders a day (r / alpha) to the mean customer, at most {most} can be simulated; "
                "alpha is in days",
                "alpha",
                rate=told_apart((rate, partial(significant, rate, 3)), (MOST_A_DAY, lambda _: str(MOST_A_DAY)))[0],
                most=MOST_A_DAY,
            )
        return self


class Baskets(Part):
    """What an order is worth: the three parameters of Gamma-Gamma, v in the market's money."""

    p: Positive = Field(description="shape of one customer's order values")
    q: float = Field(
        gt=1,
        le=LARGEST,
        description="shape of the mean order values over customers; the mean is p v / (q - 1)",
    )
    v: Positive = Field(description="money; scale of the mean order values")
    covariance: Annotated[Matrix, _covariance_of(3)] | None = Field(
        default=None,
        description="covariance of the logs of p, q, v (3 by 3); left out: taken as known exactly",
    )

    @model_validator(mode="after")
    def _of_money(self) -> "Baskets":
        if not SMALLEST <= self.mean <= LARGEST:
            raise Misfit(
                "gives a mean basket p v / (q - 1) of {mean:.3g}, which has to lie from {lowest:g} to {highest:g}",
                "v",
                mean=self.mean,
                lowest=SMALLEST,
                highest=LARGEST,
            )
        return self

    @property
    def mean(self) -> float:
        """The mean order value over customers, money."""
        return self.p * self.v / (self.q - 1)


def _day_of_year(text: Any) -> Any:
    if isinstance(text, date):
        raise BadInput("a season returns every year: write month and day only, like '06-18'")
    if isinstance(text, str):
        try:
            month, day = text.split("-")
            if len(month) != 2 or len(day) != 2:
                raise ValueError
            date(2025, int(month), int(day))
        except ValueError:
            raise BadInput("{text!r} is no month and day; write it like '06-18'", text=text[:40]) from None
    return text


MonthDay = Annotated[str, BeforeValidator(_day_of_year)]


def _index(month_day: str) -> int:
    month, day = month_day.split("-")
    return int(_FIRST_OF_MONTH[int(month) - 1]) + int(day) - 1


class Peak(Part):
    """A shopping festival: demand is `lift` times the month's from one day of the year to another."""

    name: str = Field(description="what the festival is called")
    from_: MonthDay = Field(alias="from", description="first day, month and day like '06-16'")
    to: MonthDay = Field(description="last day, included; may lie in the next year")
    lift: Annotated[float, Field(gt=0, le=100)] = Field(description="demand as a multiple of the month's; 1 is no peak")


class Season(Part):
    """The calendar's season: demand by month and festival, as multiples of the year's mean."""

    months: Annotated[
        tuple[Annotated[float, Field(gt=0, le=100)], ...], Field(strict=False, min_length=12, max_length=12)
    ] = Field(default=(1.0,) * 12, description="twelve multipliers, January to December; only their ratios matter")
    peaks: Annotated[tuple[Peak, ...], Field(strict=False)] = Field(
        default=(), description="festivals such as 618 and Double 11; where two overlap they multiply"
    )

    def year(self) -> NDArray[np.float64]:
        """Multipliers of the 365 days from 1 January, float64[365], mean 1."""
        demand = np.repeat(np.array(self.months, dtype=float), np.diff(_FIRST_OF_MONTH))
        size = np.log(demand)
        for peak in self.peaks:
            first, last = _index(peak.from_), _index(peak.to)
            days = (first + np.arange((last - first) % YEAR + 1)) % YEAR
            size[days] += np.log(peak.lift)
            with np.errstate(over="ignore", under="ignore"):
                demand[days] *= peak.lift
        beside_the_best = np.exp(np.maximum(size - size.max(), np.log(_LEAST_DEMAND)))
        if beside_the_best.min() <= _LEAST_DEMAND * (1 + 1e-9) or abs(size).max() > _WITHIN_A_DOUBLE:
            demand = beside_the_best
        return np.asarray(demand / demand.mean(), dtype=np.float64)


def _scalars(values: dict[str, Any]) -> dict[str, Any]:
    """Notes of one number or text each; dates are held as text, so all ways of writing them are equal."""
    for key, value in values.items():
        if not isinstance(value, (str, int, float, date)):
            raise Misfit("must be one number, text or date", key)
    return {key: str(value) if isinstance(value, date) else value for key, value in values.items()}


class Market(Part):
    """How customers order without operations, what they spend, who they are, when the season is."""

    name: Name = Field(default="market", description="what the market is called")
    currency: Annotated[str, Field(pattern="^[A-Z]{3}$")] = Field(
        default="CNY", description="the money of every amount, as an ISO code such as CNY"
    )
    margin: Share = Field(description="product margin: share of the order value that is left after the goods")
    rhythm: Rhythm = Field(description="how often customers order and when they are lost")
    baskets: Baskets = Field(description="what an order is worth")
    personas: PersonaShares = Field(
        default_factory=lambda: PersonaShares(price_sensitive=0.25, quality_seeker=0.25, sociable=0.25, busy=0.25),
        description="how members divide over the personas; left out: a quarter each",
    )
    tastes: int = Field(
        default=12, ge=2, le=250, description="how many kinds of goods members' tastes divide over, all alike"
    )
    shop_age: Annotated[float, Field(gt=0, le=36_500)] | None = Field(
        default=None,
        description="days that the shop has sold for; needed by channels that meet its customers (meets: counter or "
        "repeat_parcel), whose lives so far it tells",
    )
    returns: Share = Field(
        default=0.0,
        description="share of orders that come back, with and without operations: the money goes back whole; left out: none",
    )
    season: Season | None = Field(default=None, description="the calendar's season; left out: every day alike")
    source: Annotated[dict[str, Any], AfterValidator(_scalars)] = Field(
        default_factory=dict,
        description="where the numbers come from: file, customers, orders, first_day, last_day, fitted_by",
    )

    def daily(self, start: date, days: int) -> NDArray[np.float64]:
        """Season multipliers of `days` days from `start`, float64[days]; mean 1 over a 365-day year.

        29 February has 28 February's multiplier, so the mean of a leap year may differ from 1 a little.
        """
        if self.season is None:
            return np.ones(days)
        year = self.season.year()
        calendar = (start + timedelta(days=n) for n in range(days))
        return year[[_index("02-28" if (d.month, d.day) == (2, 29) else f"{d:%m-%d}") for d in calendar]]
