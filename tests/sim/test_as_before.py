"""Where nothing new acts, today's code gives what the code before touches and visits gave (before.py says when that is)."""

import json
from pathlib import Path

import pytest

from .before import FOLDER, coupons_alone, hashes, machine, numbers, of_0_1

BEFORE = json.loads((Path(__file__).parents[1] / "before.json").read_text(encoding="utf-8"))
RELATIVE = 1e-6  # between types of machine: another last bit of `exp` may move a rare event
# what the response and the costs of 0.1 did not have to say
AS_THEN = {
    "response.visit": 0.0,
    "response.newness": 0.0,
    "response.tiring.group": 1.0,
    "response.tiring.moments": 1.0,
    "costs.channels": {"group": 0.05, "moments": 0.05},  # a message in a group was paid for by each member
}


def test_coupons_alone_are_as_before_to_the_bit() -> None:
    """Hand-outs without a message, of every kind, with budgets and without: orders, money, habit, pull, what is in hand."""
    assert numbers(coupons_alone()) == pytest.approx(BEFORE["coupons"]["numbers"], rel=RELATIVE)
    assert BEFORE["coupons"]["numbers"]["issued"] > 10_000 and BEFORE["coupons"]["numbers"]["discounts"] > 1000
    if BEFORE["machine"] != machine():
        pytest.skip("another machine than the one on which the hashes were written: the numbers are compared alone")
    now = hashes(coupons_alone())
    assert [name for name, told in BEFORE["coupons"]["hashes"].items() if now[name] != told] == []


@pytest.mark.parametrize("name", BEFORE["files"])
def test_files_of_0_1_are_as_before_where_nothing_new_acts(name: str) -> None:
    """With the response of then in full, no visits, nobody new to the brand, and nobody who leaves for no reason."""
    now = numbers(of_0_1(name, AS_THEN))
    assert now == pytest.approx(BEFORE["files"][name], rel=RELATIVE)
    assert now["clicks"] > 20 and now["orders"] > 100


def test_no_file_is_left_out() -> None:
    assert {path.stem for path in FOLDER.glob("*.yaml")} == set(BEFORE["files"])
