"""Touches: messages that a member gets so many days after something that happened to her."""

from sim.catalogue import MAX_TOUCHES
from sim.engine.fields import record
from sim.policies.message import MESSAGE

NAME = "touches"
TOUCH = record(
    [
        ("anchor", "i8"),
        ("delay", "i8"),  # days after it
        ("every", "i8"),  # 0: once
        ("times", "i8"),
        ("kind", "i8"),  # whom it is for: the test of sim/policies/audience.py
        ("code", "i8"),
        ("from_order", "i8"),  # orders so far, at least
        ("exempt", "i8"),  # 1: no limit that she chose and no cap keeps it back
        ("survey", "i8"),  # 1: a click tells the brand her taste
        ("consent", "i8"),  # 1: a click says how many messages she wants, and of which type none
        ("own_rhythm", "i8"),  # 1: due at 0.8 of her mean gap between orders, once she has two
        ("once", "i8"),  # 1: happens once in a life, so it is no part of what goes on
        ("message", MESSAGE),
    ]
)
PLAN = record(
    [
        ("count", "i8"),
        ("anchored", "i8"),  # bit a: some row has anchor a
        ("high_value", "f8"),  # spend (minor units) from which a member is of high value, from the review
        ("rows", TOUCH, (MAX_TOUCHES,)),
    ]
)
