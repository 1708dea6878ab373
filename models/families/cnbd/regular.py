"""How regular is a log? The shape k of gamma times between purchases, by two estimators; 1 is a Poisson rhythm."""

from dataclasses import dataclass
from typing import Any, Unpack

import numpy as np
from scipy.special import psi

from models.data.orders import Orders, OrdersLike, ReadOptions, orders_of
from models.data.rfm import DayLike, day_of
from models.errors import CannotIdentify
from models.numerics.arrays import Floats
from models.numerics.special import trigamma


@dataclass(frozen=True)
class Regularity:
    """Two estimates of k and how many customers each rests on.

    wheat_morrison takes one k for all; mle is the median of the customers' own, which is above their mean k since a few gaps
    make a shape look regular. nan where no customer has enough purchases.
    """

    wheat_morrison: float
    wheat_morrison_customers: int
    mle: float
    mle_customers: int


def regularity(
    orders: OrdersLike, end: DayLike | None = None, least_gaps: int = 10, **columns: Unpack[ReadOptions]
) -> Regularity:
    """The regularity of `orders` (whatever `read_orders` takes, with its options) up to and with the day `end`.

    Wheat & Morrison (1990), "Estimating purchase regularity with two interpurchase times", Journal of Marketing Research 27:
    of each customer's last two gaps the share M of one is Beta(k, k), so k = (1 - 4 var M)/(8 var M); either gap is taken
    half, so no random choice is made. MLE: the gamma shape of each customer with at least `least_gaps` gaps, then their
    median. Purchases of one day are one; refunds are none.

    `columns`: customer, date, amount, order, status, keep, refund, currency, lines, timezone, date_format, sheet, identity,
    exclude, bad_rows, today and money, as `read_orders` takes them.
    Raises CannotIdentify where no customer has bought on three days.
    """
    read = orders_of(orders, columns, money="auto")
    customer, gap = _gaps(read, end)
    n = np.bincount(customer)
    if not (n >= 2).any():
        raise CannotIdentify(
            "{source}: nobody has bought on three days, so no two gaps can be compared.",
            source=read.source,
        )
    final = np.cumsum(n) - 1  # each customer's last gap; rows are sorted by customer and day
    final = final[n >= 2]
    share = gap[final] / (gap[final] + gap[final - 1])
    variance = float(np.mean((share - 0.5) ** 2))
    wheat = (1.0 - 4.0 * variance) / (8.0 * variance) if variance > 0 else np.inf
    enough = n >= max(least_gaps, 2)
    if not enough.any():
        return Regularity(wheat, int(final.size), np.nan, 0)
    total, logs = np.bincount(customer, gap), np.bincount(customer, np.log(gap))
    unevenness = np.log(total[enough] / n[enough]) - logs[enough] / n[enough]
    return Regularity(wheat, int(final.size), float(np.median(gamma_shape(unevenness))), int(enough.sum()))


def _gaps(read: Orders, end: DayLike | None) -> tuple[Any, Floats]:
    """Days between each customer's purchase days, sorted by customer and day, and whose they are (0, 1, ...)."""
    import narwhals as nw

    last = day_of(end, "end") if end is not None else read.last_day
    bought = read.frame.filter(nw.col("amount") >= 0).select("customer", day=nw.col("time").dt.truncate("1d"))
    table = bought.unique().collect(backend="pyarrow").to_arrow()
    day = table["day"].to_numpy().astype("datetime64[D]")
    code = table["customer"].combine_chunks().dictionary_encode().indices.to_numpy().astype(np.int64)
    kept = day <= np.datetime64(last, "D")
    day, code = day[kept], code[kept]
    order = np.lexsort((day, code))
    day, code = day[order], code[order]
    same = code[1:] == code[:-1]
    _, customer = np.unique(code[1:][same], return_inverse=True)
    return customer.reshape(-1), (day[1:] - day[:-1])[same].astype(np.float64)


def gamma_shape(unevenness: Floats) -> Floats:
    """The shape k of gamma variables by maximum likelihood, where ln(mean) - mean(ln) is `unevenness`, (n,); inf at 0.

    Solves ln k - psi(k) = unevenness by Minka's (2002) generalised Newton steps, which square the error; below 1e-4 Thom's
    (1958) formula is exact to 1e-12.
    """
    s = np.asarray(unevenness, dtype=np.float64)
    even = s < 1e-4
    safe = np.where(even, 1.0, s)
    k = (3.0 - safe + np.sqrt((safe - 3.0) ** 2 + 24.0 * safe)) / (12.0 * safe)
    for _ in range(6):
        k = 1.0 / (1.0 / k + (np.log(k) - psi(k) - safe) / (k - k**2 * trigamma(k)))
    with np.errstate(divide="ignore"):
        thom = (1.0 + np.sqrt(1.0 + 4.0 / 3.0 * np.maximum(s, 0.0))) / (4.0 * np.maximum(s, 0.0))
    return np.where(even, np.where(s < 1e-13, np.inf, thom), k)
