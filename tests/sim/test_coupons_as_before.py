"""Coupons alone, without a message, give what the code before touches and visits gave (before.py), to the bit."""

import json
from pathlib import Path

import pytest

from .before import coupons_alone, hashes, machine, numbers

BEFORE = json.loads((Path(__file__).parents[1] / "before.json").read_text(encoding="utf-8"))
RELATIVE = 1e-6  # between types of machine: another last bit of `exp` may move a rare event


def test_coupons_alone_are_as_before() -> None:
    """Hand-outs of every kind, with budgets and without: orders, money, and who leaves."""
    assert numbers(coupons_alone()) == pytest.approx(BEFORE["coupons"]["numbers"], rel=RELATIVE)
    assert BEFORE["coupons"]["numbers"]["issued"] > 10_000 and BEFORE["coupons"]["numbers"]["discounts"] > 1000


def test_coupons_alone_are_as_before_to_the_bit() -> None:
    """Each day's and each member's, her habit, pull and what is in hand among it."""
    if BEFORE["machine"] != machine():
        pytest.skip(
            "another machine than the one on which the hashes were written; the test above compares the numbers"
        )
    now = hashes(coupons_alone())
    assert [name for name, told in BEFORE["coupons"]["hashes"].items() if now[name] != told] == []
