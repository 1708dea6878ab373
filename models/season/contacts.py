"""Contacts a customer received, through the same clock: each makes it run faster for a while.

s_i(day) = s(day) exp(effect * c_i(day)), c_i = sum over contacts so far of 2^-(days since / half_life); a contact works from
its own day on and is forgotten after ten half-lives. Only customers and days with contacts cost anything.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from models.data.purchase_days import Visits
from models.data.rfm import DayLike, day_of
from models.errors import BadInput, CannotIdentify
from models.families.bg_nbd import BGNBD
from models.families.model import Model
from models.numerics.arrays import Floats
from models.numerics.merge import Whole
from models.season.calendar import Season
from models.season.clock import Extra, on_clock

_FORGOTTEN = 10.0  # half-lives
_LARGEST = 3.0  # of the effect's logarithm, when it is estimated
_PIECE = 200_000  # contacts spread over days at once


@dataclass(frozen=True)
class ContactClock:
    """Who was contacted when (contacts,), and what a contact does.

    customer: ids as in the orders; day: datetime64[D]; effect: logarithm of the multiplier on the day of a single contact,
    of any sign; half_life: days. Contacts of customers not in the log are left out. Raises BadInput for unlike lengths and
    a half-life that is not positive.
    """

    customer: npt.NDArray[Any]
    day: npt.NDArray[np.datetime64]
    effect: float
    half_life: float = 7.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "customer", np.asarray(self.customer))
        object.__setattr__(self, "day", np.asarray(self.day, dtype="datetime64[D]"))
        if self.customer.shape != self.day.shape or self.customer.ndim != 1:
            raise BadInput(
                "contacts: {customers} customers and {days} days; give one day a contact.",
                customers=self.customer.size,
                days=self.day.size,
            )
        if not (np.isfinite(self.half_life) and self.half_life > 0 and np.isfinite(self.effect)):
            raise BadInput(
                "contacts: the effect is {effect}, the half-life {half_life}; both must be numbers, the half-life "
                "positive.",
                effect=self.effect,
                half_life=self.half_life,
            )  # fmt: skip
        if np.isnat(self.day).any():
            raise BadInput("contacts: row {row} has no day.", row=int(np.flatnonzero(np.isnat(self.day))[0]))

    def recent(self, log: Visits, first: int, last: int) -> tuple[Whole, Whole, Floats]:
        """Customers, days and c_i(day) where it is not 0, days `first` to `last` of the log; sorted by both."""
        import pyarrow as pa
        import pyarrow.compute as pc

        ids = pa.array(log.summary.customer, pa.large_string())
        places = pc.index_in(pa.array(self.customer.astype(str), pa.large_string()), value_set=ids)
        known = np.asarray(pc.is_valid(places).to_numpy(zero_copy_only=False), dtype=bool)
        row = places.drop_null().to_numpy().astype(np.int64)
        start = (self.day[known] - log.first_day).astype(np.int64)
        lags = np.arange(int(np.ceil(_FORGOTTEN * self.half_life)) + 1)
        kept = (start <= last) & (start + lags[-1] >= first)
        row, start, span = row[kept], start[kept], last - first + 1
        parts: list[tuple[Whole, Floats]] = []
        order = np.argsort(row, kind="stable")
        for piece in np.array_split(order, order.size // _PIECE + 1):
            day = start[piece, None] + lags
            inside = (day >= first) & (day <= last)
            keys = (row[piece, None] * span + day - first)[inside]
            weight = np.broadcast_to(0.5 ** (lags / self.half_life), day.shape)[inside]
            distinct, place = np.unique(keys, return_inverse=True)
            parts.append((distinct, np.bincount(place.reshape(-1), weight, minlength=distinct.size).astype(np.float64)))
        keys, place = np.unique(np.concatenate([part[0] for part in parts]), return_inverse=True)
        recent = np.bincount(place.reshape(-1), np.concatenate([part[1] for part in parts]), minlength=keys.size)
        return keys // span, keys % span + first, recent.astype(np.float64)

    def extra(self, log: Visits, rates: Floats) -> Extra:
        """What the contacts add to the clock with these multipliers a day, (end + 1,)."""
        row, day, recent = self.recent(log, 0, log.end)
        return _extra(log, rates, self.effect, row * (log.end + 1) + day, day, recent)

    def ahead(self, log: Visits, season: Season, from_day: DayLike, days: int) -> Floats:
        """Operational time of each customer in the `days` days from `from_day`, (n,), in days: season and contacts.

        Contacts planned in the window count, and those before it as far as they last. For `expected_purchases`, where the
        window follows the log's end.
        """
        start = day_of(from_day, "from_day")
        first = int((np.datetime64(start, "D") - log.first_day).astype(np.int64))
        rates = season.daily(start, days)
        row, day, recent = self.recent(log, first, first + days - 1)
        more = rates[day - first] * np.expm1(self.effect * recent)
        return np.asarray(rates.sum() + np.bincount(row, more, minlength=len(log.summary)))


def _extra(log: Visits, rates: Floats, effect: float, keys: Whole, day: Whole, recent: Floats) -> Extra:
    days = log.end + 1
    total = np.concatenate([[0.0], np.cumsum(rates[day] * np.expm1(effect * recent))])

    def until(row: Whole, at: Whole) -> Floats:
        """What was added up to and with a day, for all customers up to this one: only differences mean something."""
        return np.asarray(total[np.searchsorted(keys, row * days + at, side="right")])

    everyone, end = np.arange(len(log.summary)), np.full(len(log.summary), log.end)
    begun = until(everyone, log.first)
    place = np.searchsorted(keys, log.customer * days + log.day)
    hit = np.append(keys, -1)[place] == log.customer * days + log.day
    c = np.where(hit, np.append(recent, 0.0)[place], 0.0)
    return Extra(
        until(everyone, log.last) - begun,
        until(everyone, end) - begun,
        until(log.customer, log.day) - until(log.customer, log.before),
        np.exp(effect * c),
    )


@dataclass(frozen=True)
class ContactEffect:
    """The effect of a contact, its standard error, the clock with it, and the model on that clock."""

    effect: float
    error: float
    clock: ContactClock
    model: Model


def estimate_contacts(
    log: Visits, contacts: ContactClock, season: Season | None = None, model: Callable[[], Model] = BGNBD
) -> ContactEffect:
    """The effect of contacts by maximum likelihood, jointly with the model's parameters; half-life and season as given.

    The effect is causal only where contacts were not sent to those about to buy anyway, given their histories. The error
    is that of the profile likelihood. Raises CannotIdentify where no customer of the log was contacted in time, or where
    the likelihood has no maximum within a factor of 20.
    """
    from scipy.optimize import minimize_scalar

    rates = (season or Season()).daily(log.first_day, log.end + 1)
    row, day, recent = contacts.recent(log, 0, log.end)
    keys = row * (log.end + 1) + day
    if not (day > log.first[row]).any():
        raise CannotIdentify(
            "contacts: no customer of the log was contacted after her first purchase and before the end."
        )

    class _Given:
        def __init__(self, effect: float) -> None:
            self.effect = effect

        def extra(self, log: Visits, rates: Floats) -> Extra:
            return _extra(log, rates, self.effect, keys, day, recent)

    def fitted(effect: float) -> Model:
        return model().fit(on_clock(log, rates, _Given(effect)))

    def loss(effect: float) -> float:
        value = fitted(float(effect)).log_likelihood_
        assert value is not None
        return -value

    minimum = minimize_scalar(loss, bounds=(-_LARGEST, _LARGEST), method="bounded", options={"xatol": 1e-5})
    best, step = float(minimum.x), 0.02
    bend = (loss(best + step) - 2.0 * loss(best) + loss(best - step)) / step**2
    if abs(best) > 0.99 * _LARGEST or bend <= 0:
        raise CannotIdentify("contacts: the log does not tell their effect; too few customers were contacted.")
    return ContactEffect(best, float(bend**-0.5), replace(contacts, effect=best), fitted(best))


__all__ = ["ContactClock", "ContactEffect", "Extra", "estimate_contacts"]
