"""A scenario file written for version 0.1 reads for ever, and gives the numbers it gave then (coupons: since 0.2).

tests/written_for_0_1 has the files as they were, one with every key that 0.1 knew, and the numbers of the code of 0.2
before the day was written once. They are not to be edited; a change of results on purpose updates the numbers, and the
changelog says why.
"""

import json
from pathlib import Path

import pytest

from sim.pool import PoolModel
from sim.scenario import load

FOLDER = Path(__file__).parents[1] / "written_for_0_1"
NUMBERS = json.loads((FOLDER / "numbers.json").read_text(encoding="utf-8"))
RELATIVE = 1e-6  # between types of machine: another last bit of `exp` may move a rare event


@pytest.mark.parametrize("name", NUMBERS)
def test_it_reads_and_gives_the_same_numbers(name: str) -> None:
    scenario = load(FOLDER / f"{name}.yaml").with_changes({"members": 300, "days": 120})
    run = PoolModel(scenario, seed=5, threads=1).run()
    now = {count: float(run.totals[count]) for count in NUMBERS[name] if count not in ("value", "rest")}
    now |= {kind: float(run.closing[kind].sum()) for kind in ("value", "rest")}
    assert now == pytest.approx(NUMBERS[name], rel=RELATIVE)


def test_no_file_is_left_out() -> None:
    assert {path.stem for path in FOLDER.glob("*.yaml")} == set(NUMBERS)
    assert NUMBERS["every_key"]["discounts"] > 0 and NUMBERS["every_key"]["clicks"] > 20
