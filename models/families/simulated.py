"""Simulated new customers with the unmerged times of their purchases, as every model gives them."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from models.data.summary import Summary
from models.numerics.arrays import ArrayLike, Floats


@dataclass(frozen=True)
class SimulatedOrders:
    """Repeat orders (the first, at time 0, is not listed) and what really governed each customer.

    customer (orders,) index 0..n-1, time (orders,) since the first order, sorted by customer and time; T (n,), rate (n,)
    = lambda, loss (n,): p of the models that lose customers at orders, mu of those that lose them at any time; alive (n,)
    at T.
    """

    customer: npt.NDArray[np.int64]
    time: Floats
    T: Floats
    rate: Floats
    loss: Floats
    alive: npt.NDArray[np.bool_]

    def summary(self) -> Summary:
        """Frequency, recency, T and log_gaps of each customer from the exact times."""
        n = self.T.size
        recency = np.zeros(n)
        recency[self.customer] = self.time  # sorted: the last one stays
        before = np.concatenate([[0.0], self.time[:-1]])
        first = np.concatenate([[True], self.customer[1:] != self.customer[:-1]])[: self.time.size]
        gaps = self.time - np.where(first, 0.0, before[: self.time.size])
        with np.errstate(divide="ignore"):
            log_gaps = np.bincount(self.customer, np.log(np.maximum(gaps, 1e-300)), minlength=n).astype(np.float64)
        frequency = np.bincount(self.customer, minlength=n).astype(np.float64)
        return Summary(frequency, recency, self.T, log_gaps=log_gaps)


def follow(
    rate: Floats,
    loss: Floats,
    alive: npt.NDArray[np.bool_],
    T: ArrayLike,
    rng: np.random.Generator,
    waits: Callable[[int], Floats],
) -> SimulatedOrders:
    """Customers (n,) who wait, buy, and are lost after a purchase with chance `loss`, until T.

    `waits(m)`: m waits at rate 1. `alive`: who may buy at all after the first purchase; it is written to, and says in the
    end who is alive at T.
    """
    T = np.broadcast_to(np.asarray(T, dtype=np.float64), rate.shape).copy()
    buying, clock = np.flatnonzero(alive), np.zeros(int(alive.sum()))
    customers, times = [], []
    while buying.size:
        with np.errstate(divide="ignore", over="ignore"):  # a rate may underflow to 0: she never buys again
            clock = clock + waits(buying.size) / rate[buying]
        seen = clock <= T[buying]
        buying, clock = buying[seen], clock[seen]
        customers.append(buying)
        times.append(clock)
        lost = rng.random(buying.size) < loss[buying]
        alive[buying[lost]] = False
        buying, clock = buying[~lost], clock[~lost]
    customer = np.concatenate([*customers, np.empty(0, dtype=np.int64)])
    time = np.concatenate([*times, np.empty(0)])
    order = np.argsort(customer, kind="stable")  # rounds are already in the order of time
    return SimulatedOrders(customer[order], time[order], T, rate, loss, alive)
