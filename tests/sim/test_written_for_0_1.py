"""A scenario file written for version 0.1 reads for ever; with the response of then it gives the numbers of then.

tests/written_for_0_1 has the files as they were, one with every key that 0.1 knew, and the default response of then in the
words of then; they are not to be edited. A file that left the response out asks for the default, which is today's, so its
numbers are today's (tests/baseline.json holds those). Those of then can be had where the response is given in full and what
it did not have to say is said to be nothing: visits, newness, what channels tire less, a group's cheaper message. Two things
cannot: trust now holds those who would leave for no reason or just after joining, and of founders nobody leaves early. So
there the numbers are of pools in which only the weary leave.
"""

import json
import math
from pathlib import Path

import pytest

from sim.pool import PoolModel
from sim.scenario import load

from .before import FOLDER, numbers, of_0_1

BEFORE = json.loads((Path(__file__).parents[1] / "before.json").read_text(encoding="utf-8"))["files"]
RELATIVE = (
    1e-4  # reading is reckoned in single precision now, which moves a rare event; so does another last bit of `exp`
)
AS_THEN = {
    "response.visit": 0.0,
    "response.newness": 0.0,
    "response.tiring.group": 1.0,
    "response.tiring.moments": 1.0,
    "costs.channels": {"group": 0.05, "moments": 0.05},
}


@pytest.mark.parametrize("name", BEFORE)
def test_it_reads_and_lives(name: str) -> None:
    """As written: as many join as then, everything is a number, and members come by themselves where they trust."""
    run = PoolModel(load(FOLDER / f"{name}.yaml").with_changes({"members": 300, "days": 120}), seed=5, threads=1).run()
    assert run.totals["joined"] == BEFORE[name]["joined"]
    assert all(math.isfinite(run.totals[count]) for count in BEFORE[name] if count != "value")
    assert run.totals["clicks"] > 20 and run.closing["rest"].sum() > 0
    assert (run.totals["visits"] > 20) == (run.totals["trust"] > 0)


@pytest.mark.parametrize("name", BEFORE)
def test_with_the_response_of_then_it_gives_the_numbers_of_then(name: str) -> None:
    now = numbers(of_0_1(name, AS_THEN))
    assert now == pytest.approx(BEFORE[name], rel=RELATIVE)
    assert now["clicks"] > 20 and now["orders"] > 100 and now["departed"] > 0


def test_no_file_is_left_out() -> None:
    assert {path.stem for path in FOLDER.glob("*.yaml")} == set(BEFORE)
