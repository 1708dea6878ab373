"""New customers simulated exactly from BG/NBD, with the unmerged times of their orders."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from models.simulated import SimulatedOrders


def simulate(params: Mapping[str, float], n: int, T: npt.ArrayLike, rng: np.random.Generator) -> SimulatedOrders:
    """`n` customers from their first order to `T` (a number or (n,))."""
    T = np.broadcast_to(np.asarray(T, dtype=np.float64), (n,)).copy()
    rate = rng.gamma(params["r"], 1.0 / params["alpha"], n)
    loss = rng.beta(params["a"], params["b"], n)
    alive = np.ones(n, dtype=bool)
    buying, clock = np.arange(n), np.zeros(n)
    customers, times = [], []
    while buying.size:
        with np.errstate(divide="ignore", over="ignore"):  # a rate may underflow to 0: she never buys again
            clock = clock + rng.standard_exponential(buying.size) / rate[buying]
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
