"""What the day function reads beside the member: parameters, season, and this week's plan, as records and arrays."""

from typing import Any

import numpy as np

from sim.scenario.response import CONTENTS, PERSONAS, Persona, Response

MINOR_UNITS = 100  # fen, cents
MILLION = 1e6  # millionths of the currency: what a day's money is added up in
WEEK = 7
MAX_DAYS = 3650
MAX_SEGMENTS = 12  # the base plan and every name a segment can have
MAX_MESSAGES = 10  # a day
MAX_CHANNELS = 254
MAX_RULES = 16  # coupon rules: one bit each of a member's `eligible`
MOST_ORDERS_A_DAY = 256  # what a member's day can hold; a further crossing waits for the next day, nothing is lost
MONTH = 30  # days of a cohort's month
MAX_COHORTS = -(-3650 // MONTH)
EARLY_DAYS = 3.0  # e-folding time of the hazard of leaving just after joining
TINY = 1e-300  # in place of a chance of 0, under a logarithm
SILENT_AFTER = 90  # days without interaction
WINDOW = 90  # days at the end whose means carry the rest of a member's life
TOUCH = 2  # what happens on the day of a message or so many days after counts as following it (72 hours)

MESSAGE = np.dtype(
    [
        ("content", "i8"),
        ("cost", "f8"),  # millionths
        ("reach", "f8", (len(PERSONAS),)),
    ],  # reach: channel x hour x sameness
    align=True,
)
COUPON = np.dtype(
    [
        ("percent", "u1"),
        ("off", "f8"),  # share of the value, or currency
        ("min_spend", "f8"),  # currency
        ("valid_days", "i8"),
    ],
    align=True,
)
MARKET = np.dtype(
    [(name, "f8") for name in ("r", "alpha", "a", "b", "p", "q", "v", "margin", "minor_units")], align=True
)
# a test by the brand: whom a segment or a coupon rule means
TARGET = np.dtype([("kind", "i8"), ("code", "i8"), ("segment", "i8")], align=True)
EVERYBODY, STAGE, HIGH_VALUE, TAG = 0, 1, 2, 3

TALLY = np.dtype(
    [
        *[
            (name, "f8")
            for name in (
                "pool", "joined", "departed", "active_7", "active_30",
                "delivered", "reads", "clicks", "complaints", "message_cost",
                "converted", "blamed", "opted_out",  # messages: the last before an order, a complaint, leaving
                "orders", "pool_orders", "first_orders", "sales", "discounts",
                "discounted_orders", "issued", "gaps", "gap_days",
                "episodes", "woken", "woken_followed", "woken_bought",
                "trust", "fatigue",
            )
        ],
        ("stages", "f8", (8,)),
        ("contribution", "f8", (3,)),  # by group: margin - discounts - messages
        ("orders_by_group", "f8", (3,)),
        ("gross_by_tag", "f8", (len(PERSONAS),)),  # baskets before discounts of those in the pool,
        ("discounts_by_tag", "f8", (len(PERSONAS),)),  # and what was taken off them
        ("present", "f8", (3,)),  # in the pool, discounted to the day of joining: carries the tools' cost
        ("cohort_contribution", "f8", (MAX_COHORTS,)),  # of joiners, by month of joining
        ("cohort_pool", "f8", (MAX_COHORTS,)),  # how many of them are in the pool
    ]
)  # fmt: skip
MONEY = (
    "message_cost", "sales", "discounts", "contribution", "gross_by_tag", "discounts_by_tag", "cohort_contribution",
)  # fmt: skip
NEW, ENGAGED, CUSTOMER, REPEAT, LOYAL, SILENT, LEFT, NOT_YET = range(8)
STAGES = ("new", "engaged", "customer", "repeat", "loyal", "silent", "left")

ORDER = np.dtype(
    [
        ("key", "u8"), ("time", "f8"), ("amount", "i8"), ("discount", "i8"), ("in_pool", "u1"),
        ("coupon_from", "i2"), ("coupon_until", "i2"),  # of the coupon redeemed: first and last day; 0 without a discount
    ],
    align=True,
)  # fmt: skip

_DERIVED = ("trust_decay", "interest_decay", "fatigue_decay", "pull_decay")


def response_record(response: Response) -> np.ndarray:
    """`response` as RESPONSE[1]: scalars by their names, traits as float64[4] by persona, effects as float64[3]."""
    values = _response_values(response)
    kinds = {name: "f4" if name in _DERIVED else "f8" for name in values}  # as what decays: no conversion a day
    dtype = np.dtype([(name, kinds[name], np.shape(value)) for name, value in values.items()], align=True)
    made = np.zeros(1, dtype)
    for name, value in values.items():
        made[name] = value
    return made


def _response_values(response: Response) -> dict[str, Any]:
    scalars = {k: v for k, v in response if isinstance(v, float)}
    decays = {d: 0.5 ** (1.0 / scalars[d.replace("decay", "half_life")]) for d in _DERIVED}
    return scalars | decays | _traits(response, decays["fatigue_decay"])


def _traits(response: Response, fatigue_decay: float) -> dict[str, np.ndarray]:
    people: list[Persona] = [getattr(response.personas, name) for name in PERSONAS]
    contents = [getattr(response.contents, name) for name in CONTENTS]
    affinity = np.array([[p.education, p.emotion, p.promotion] for p in people])
    one_a_day = 1.0 / (1.0 - fatigue_decay)  # the steady state of fatigue at one unit a day
    return {
        "attention_mean": np.array([p.attention for p in people]),
        "tolerance_mean": np.array([p.tolerance for p in people]) * one_a_day,
        "coupon_appeal": np.array([p.coupon_appeal for p in people]),
        "affinity": affinity - affinity.mean(axis=1, keepdims=True),  # the scale: affinities sum to 0
        "trust_gain": np.array([c.trust for c in contents]),
        "interest_gain": np.array([c.interest for c in contents]),
        "fatigue_weight": np.array([c.weight for c in contents]),
    }


def hour_match(response: Response, hour: float) -> np.ndarray:
    """float64[4]: relative attention of each persona at an hour, mean 1 over the day (von Mises density)."""
    from scipy.special import i0e

    people: list[Persona] = [getattr(response.personas, name) for name in PERSONAS]
    peak = np.array([p.peak_hour for p in people])
    strength = np.array([p.hour_match for p in people])
    angle = 2.0 * np.pi * (hour - peak) / 24.0
    found: np.ndarray = np.exp(strength * (np.cos(angle) - 1.0)) / i0e(strength)
    return found


RESPONSE = response_record(Response()).dtype

# Everything outside the member that her day depends on: one record, so that compiled code passes one pointer. Its shape is
# fixed, so that it is compiled once.
WORLD = np.dtype(
    [
        ("response", RESPONSE),
        ("market", MARKET),
        ("window_from", "i8"),  # the first day of the last WINDOW days
        ("days", "i8"),
        ("repurchase_window", "i8"),
        ("week_start", "i8"),
        ("sends", "i8", (MAX_SEGMENTS, WEEK)),  # messages a day
        ("messages", MESSAGE, (MAX_SEGMENTS, WEEK, MAX_MESSAGES)),
        ("issues", "i8", (WEEK,)),  # bits of the coupon rules that hand out today
        ("coupons", COUPON, (MAX_RULES,)),
        ("rules", "i8"),
        ("fit", "f8", (MAX_CHANNELS + 1,)),  # between a channel's promise and the pool; founders first, 1
        ("season", "f8", (MAX_DAYS,)),  # s(t)
        ("early", "f8", (MAX_DAYS + 1,)),  # hazard of leaving just after joining, at that age
        ("discount", "f8", (MAX_DAYS + 1,)),  # present value of one unit at that age; 0 beyond the years of an LTV
    ],
    align=True,
)
# What a block may spend this week: minor units of discounts left, by coupon rule; and the orders that were just made
PURSE = np.dtype(
    [("budget", "i8", (MAX_RULES,)), ("ordered", "i8"), ("orders", ORDER, (2 * MOST_ORDERS_A_DAY,))], align=True
)
