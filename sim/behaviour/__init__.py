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
    is_due,
    loyalty,
    loyalty_exponent,
    note_order,
    place_order,
    place_orders,
    wait,
)
from sim.behaviour.coupons import coupon_value, redeem, take_coupon, within_reach, worth
from sim.behaviour.day import age, count, live_one_day, stage
from sim.behaviour.leaving import complain, complains, decide_to_leave, hazards_of, leave, leaves
from sim.behaviour.messages import attention, click, clicks, deliver, impact_on, read, receive, take_in, tempt
from sim.behaviour.money import book_today, count_present, pay, settle, spend_on
from sim.behaviour.state import follows_message, interact, move_trust

__all__ = [
    "age",
    "attention",
    "begin_as_customer",
    "book_today",
    "buy",
    "buy_as_logged",
    "click",
    "clicks",
    "complain",
    "complains",
    "count",
    "count_present",
    "coupon_value",
    "decide_to_leave",
    "deliver",
    "demand",
    "fill_basket",
    "follows_message",
    "hazards_of",
    "impact_on",
    "interact",
    "is_due",
    "leave",
    "leaves",
    "live_one_day",
    "loyalty",
    "loyalty_exponent",
    "move_trust",
    "note_order",
    "pay",
    "place_order",
    "place_orders",
    "read",
    "receive",
    "redeem",
    "settle",
    "spend_on",
    "stage",
    "take_coupon",
    "take_in",
    "tempt",
    "wait",
    "within_reach",
    "worth",
]
