"""One member, one day: the stages of docs/model.md as scalar functions, compiled.

Every event is a threshold that an integrated hazard crosses (docs/model.md, section 1): a day adds its hazard, nothing is
drawn on a day when nothing happens. Where events come from is the parameter `log`: None for thresholds (simulation), or
one member's logged events, and then the same day function gathers the evidence for the likelihood (sim/replay.py).

Only `math` is used in here: its functions and NumPy's differ in the last bit. Symbols: R trust, S interest, F fatigue,
H coupon habit, m demand, s season, o attention, q reading probability, g loyalty exponent, tau operational time.

A file a subject: day (the order of the stages), messages, coupons, leaving, buying; state and money are what they share.
"""

from sim.behaviour.buying import (
    begin_as_customer,
    buy,
    buy_as_logged,
    demand,
    fill_basket,
    loyalty,
    loyalty_exponent,
    note_order,
    place_order,
    place_orders,
)
from sim.behaviour.coupons import coupon_value, redeem, take_coupon, worth
from sim.behaviour.day import age, count, live_one_day, stage
from sim.behaviour.leaving import complains, decide_to_leave, leaves
from sim.behaviour.messages import attention, clicks, read, receive
from sim.behaviour.money import book, settle, spend_on
from sim.behaviour.state import interact, move_trust

__all__ = [
    "age",
    "attention",
    "begin_as_customer",
    "book",
    "buy",
    "buy_as_logged",
    "clicks",
    "complains",
    "count",
    "coupon_value",
    "decide_to_leave",
    "demand",
    "fill_basket",
    "interact",
    "leaves",
    "live_one_day",
    "loyalty",
    "loyalty_exponent",
    "move_trust",
    "note_order",
    "place_order",
    "place_orders",
    "read",
    "receive",
    "redeem",
    "settle",
    "spend_on",
    "stage",
    "take_coupon",
    "worth",
]
