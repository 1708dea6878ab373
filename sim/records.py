"""The records that compiled code works on, put together from what every module declares (sim/engine/fields.py).

MEMBER, a member; TILE, LANES of them in columns; WORLD, everything outside her that her day depends on; TALLY, what a day
counts; PURSE, what a block may spend this week; COMMUNITY, what a group has in common; ORDER and ROOM, orders as they are
placed. None has padding.
"""

from itertools import chain
from typing import Any

import numpy as np

from sim.behaviour.breakdown import QUANTITIES
from sim.behaviour.day import MECHANISMS
from sim.catalogue import (
    MAX_BENEFITS,
    MAX_COHORTS,
    MAX_DAYS,
    MAX_RULES,
    MAX_SEGMENTS,
    MINOR_UNITS,
    MOST_ORDERS_A_DAY,
)
from sim.engine.fields import Column, Count, Field, record
from sim.engine.lanes import LANES
from sim.policies.policy import POLICIES
from sim.scenario.market import Market
from sim.scenario.response import Response
from sim.scenario.response_record import response_record


def _declared(what: str) -> tuple[Any, ...]:
    """All that modules declare of a kind: mechanisms first, then policies."""
    return tuple(chain.from_iterable(getattr(module, what, ()) for module in (*MECHANISMS, *POLICIES)))


FIELDS: tuple[Field, ...] = _declared("FIELDS")
COLUMNS: tuple[Column, ...] = _declared("COLUMNS")
COUNTS: tuple[Count, ...] = _declared("COUNTS")

_daily = [field for field in FIELDS if field.daily]
_rare = [field for field in FIELDS if not field.daily]
MEMBER = record(*([(field.name, field.kind) for field in fields] for fields in (_daily, _rare)))
DAILY_FIELDS = tuple(field.name for field in _daily)
CHANGING_FIELDS = tuple(field.name for field in _daily if not field.fixed)


def tile_of(*columns: Column) -> np.dtype:
    """A tile: bits of its segments, its account, whether anybody is in the pool, whether all joined on one day; columns."""
    # more columns come first: numba takes a record that only goes on after TILE's fields for a TILE
    kinds = [(column.name, column.kind) for column in columns]
    kinds += [(field.name, field.kind) for field in _daily] + [(column.name, column.kind) for column in COLUMNS]
    of_all = [("segments", "i8"), ("account", "i8"), ("inside", "u1"), ("together", "u1")]
    # a line of the cache between two columns: else many of them would begin a multiple of 4096 bytes apart
    gaps = ([(f"gap_{number}", "u8", (8,))] for number in range(len(kinds)))
    rows = ([(name, kind, (LANES,))] for name, kind in kinds)
    return record(of_all, *chain.from_iterable(zip(gaps, rows, strict=True)))


TILE = tile_of()
TALLY = record([(count.name, "f8", count.shape) for count in COUNTS])
MONEY = tuple(count.name for count in COUNTS if count.money)
COSTS = tuple(count.name for count in COUNTS if count.cost)

_OF_MARKET = ("r", "alpha", "a", "b", "p", "q", "v", "margin", "minor_units", "shop_age", "returns")
MARKET = record([(name, "f8") for name in _OF_MARKET])


def market_record(market: Market) -> Any:
    """A record of MARKET: the parameters of rhythm and baskets, the margin, the share of orders that come back."""
    row = np.zeros(1, MARKET)[0]
    for name in ("r", "alpha", "a", "b"):
        row[name] = getattr(market.rhythm, name)
    for name in ("p", "q", "v"):
        row[name] = getattr(market.baskets, name)
    row["margin"], row["returns"] = market.margin, market.returns
    row["minor_units"] = MINOR_UNITS
    row["shop_age"] = market.shop_age or 0.0
    return row


ORDER = record(
    [
        ("key", "u8"), ("time", "f8"), ("amount", "i8"), ("discount", "i8"), ("in_pool", "i4"),
        ("coupon_from", "i2"), ("coupon_until", "i2"),  # of the coupon or benefit used: first and last day; 0 without
        ("used", "i4"),  # its code (a member's `coupon`), 0 for none
        ("returned", "i4"),  # 1: it came back, and the money with it
    ]
)  # fmt: skip
ROOM = record([("ordered", "i8"), ("rows", ORDER, (LANES * MOST_ORDERS_A_DAY,))])
PURSE = record(
    [
        ("budget", "i8", (MAX_RULES + MAX_BENEFITS,)),  # minor units left, by coupon rule and benefit
        # what the block's week counts, by segment of the week's plan and by cohort (sim/behaviour/breakdown.py)
        ("by_segment", "f8", (MAX_SEGMENTS, len(QUANTITIES))),
        ("by_cohort", "f8", (1 + MAX_COHORTS, len(QUANTITIES))),
    ]
)

# a group of LANES places, as it is this week
COMMUNITY = record(
    [
        ("mood", "f8"),
        ("energy", "f8"),  # times the chance that what is read in it is answered
        ("spirit", "f8"),  # z_g
        ("began", "i8"),  # day on which its first member joined, or NEVER
        ("account", "i8"),  # that writes to it
        ("members", "f8"),  # who take part, at the last review
        ("talkers", "f8"),  # of them, who had talked in the week before
        ("promotions", "f8"),  # share of that week's messages
        ("fee", "f8"),  # millionths that each of them pays for this week
        (
            "part",
            "f8",
        ),  # of a whole group that it counts as: 1, or where lives stand for a pool the share of places taken
    ]
)
RESPONSE = response_record(Response()).dtype

# One record, so that compiled code passes one pointer. Its shape is fixed, so that it is compiled once.
WORLD = record(
    [
        ("response", RESPONSE),
        ("market", MARKET),
        ("seed", "u8"),
        ("tastes", "i8"),  # of the market
        ("tag_accuracy", "f8"),
        ("tag_lag", "i8"),  # days after joining until the brand believes to know a taste
        ("lags", "i8"),  # 1: there is such a lag at some time of the run
        ("window_from", "i8"),  # the first day of the last WINDOW days
        ("days", "i8"),
        ("share", "f8"),  # of the pool that is simulated
        ("repurchase_window", "i8"),
        ("week_start", "i8"),
        ("season", "f8", (MAX_DAYS,)),  # s(t)
        ("early", "f8", (MAX_DAYS + 1,)),  # hazard of leaving just after joining, at that age
        ("newness", "f8", (MAX_DAYS + 1,)),  # n: how much more a new member looks, at that age
        ("discount", "f8", (MAX_DAYS + 1,)),  # present value of one unit at that age; 0 beyond the years of an LTV
        *((policy.NAME, policy.PLAN) for policy in POLICIES if hasattr(policy, "PLAN")),
    ]
)
