"""Who would have bought anyway: uses of coupons and benefits matched with the orders of the same lives without them."""

import numpy as np

from sim.engine.compiling import compiled


def bought_anyway(used: np.ndarray, orders: np.ndarray) -> int:
    """How many of `used` (ORDER[n]) `matched` finds an order for in `orders`."""
    return int(matched(used, orders)[1].sum())


def matched(used: np.ndarray, orders: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Members' keys (uint64[n]) of `used` and which of them (bool[n]) have an order in `orders`.

    Which of `used` (ORDER[n], each with a coupon or benefit) have an order of the same member in `orders`
    (ORDER[m], of the run without) on one of the days on which that was good; each order stands for one use at most.

    The largest such matching: in the order of their last day, each takes the earliest order left to it.
    """
    coupons = np.sort(used[["key", "coupon_until", "coupon_from"]], order=["key", "coupon_until", "coupon_from"])
    mine = orders[np.isin(orders["key"], coupons["key"])][["key", "time"]]
    mine = np.sort(mine, order=["key", "time"])
    first, last = (np.searchsorted(mine["key"], coupons["key"], side) for side in ("left", "right"))
    taken = np.zeros(len(mine), np.bool_)
    start, stop = (coupons[name].astype(np.float64) for name in ("coupon_from", "coupon_until"))
    return coupons["key"], _matched(first, last, start, stop + 1.0, mine["time"].copy(), taken)


@compiled
def _matched(
    first: np.ndarray, last: np.ndarray, start: np.ndarray, stop: np.ndarray, times: np.ndarray, taken: np.ndarray
) -> np.ndarray:
    matched = np.zeros(len(first), np.bool_)
    for i in range(len(first)):
        for k in range(first[i], last[i]):
            if not taken[k] and start[i] <= times[k] < stop[i]:
                taken[k] = True
                matched[i] = True
                break
    return matched
