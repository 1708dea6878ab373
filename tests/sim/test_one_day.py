"""The day stands in one list; records have no padding; a policy that is switched off is a policy that is not there."""

import ast
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from numba import TypingError
from numba.core.caching import NullCache

from benchmarks.baseline import COSTS, EVERYTHING, MARKET, differing, hashes
from sim import closing, members, records, replay
from sim.agents import Member
from sim.behaviour import day, state
from sim.engine import code_cache
from sim.engine.compiling import inlined
from sim.engine.loops import Here, Stage, in_order, stage_of
from sim.policies import acquisition, audience, coupons, push
from sim.policies.policy import POLICIES
from sim.scenario import load

from .whole import WHOLE, without

SIM = Path(records.__file__).parent
RECORDS = {
    f"{module.__name__}.{name}": value
    for module in (records, members, replay, closing, acquisition, audience, coupons, push)
    for name, value in vars(module).items()
    if isinstance(value, np.dtype)
}


@pytest.mark.parametrize("name", RECORDS)
def test_records_have_no_padding(name: str) -> None:
    """Padding holds whatever was in memory: equal records would not be equal bytes."""

    def filled(dtype: np.dtype) -> int:
        if dtype.subdtype:
            base, shape = dtype.subdtype
            return filled(base) * int(np.prod(shape))
        return sum(filled(field[0]) for field in dtype.fields.values()) if dtype.fields else dtype.itemsize

    assert filled(RECORDS[name]) == RECORDS[name].itemsize


def test_a_member_stays_below_300_bytes() -> None:
    assert records.MEMBER.itemsize < 300


def test_orders_are_whole_bytes(make, live) -> None:
    """Two runs leave the same bytes behind, whatever was in memory before them."""
    scenario = make(members=300, days=40, policy={"coupons": [EVERYTHING["coupons"][0]]})
    first, second = live(scenario), live(scenario)
    assert first.orders.tobytes() == second.orders.tobytes() and first.members.tobytes() == second.members.tobytes()


def stages() -> dict[str, str]:
    """The name of every stage that a mechanism defines, with the module that does."""
    found = {}
    for mechanism in day.MECHANISMS:
        for name, value in vars(mechanism).items():
            if isinstance(value, Stage):
                found[name] = mechanism.__name__
    return found


def test_the_order_of_the_stages_stands_in_one_place() -> None:
    """No module but sim/behaviour/day.py names two of the day's stages: nobody else puts them in an order."""
    defined = stages()
    assert {"NIGHT", "HAND_OUT", "MESSAGES", "EXIT", "BUY", "REFER", "COUNT"} <= defined.keys()
    naming = {}
    for path in SIM.rglob("*.py"):
        module = ".".join(["sim", *path.relative_to(SIM).with_suffix("").parts])
        names = {
            node.attr if isinstance(node, ast.Attribute) else node.id
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            if isinstance(node, (ast.Attribute, ast.Name))
        }
        naming[module] = {name for name in names & defined.keys() if defined[name] != module}
    assert [module for module, named in naming.items() if len(named) > 1] == ["sim.behaviour.day"]
    assert naming["sim.behaviour.day"] == defined.keys() - {"READ", "PRESENT"}  # parts of MESSAGES and of COUNT


def test_every_stage_can_be_replaced_in_an_agent() -> None:
    assert [stage.name for stage in day.STAGES] == ["age", "receive", "decide_to_leave", "buy", "refer", "count"]
    assert all(callable(getattr(Member, stage.name)) for stage in day.STAGES)


@inlined
def asks_for_spend(member: Any, here: Here) -> None:
    member.trust = member.spend


def test_a_stage_for_everybody_gets_no_field_that_is_not_daily() -> None:
    """It would be right and slow, and nobody would know: so it is not compiled."""
    stage = stage_of("asks_for_spend_of_all", asks_for_spend)
    tile, members = np.zeros(1, records.TILE)[0], np.zeros(1, records.MEMBER)
    with pytest.raises(TypingError, match="spend"):
        stage.of_tile(tile, members, 1, Here(0, tile, tile, tile, tile))


def test_no_two_built_functions_share_a_name() -> None:
    """The name is what the cache knows a built function by: a second one is refused, but not of a notebook's own."""
    assert stage_of("asks_again", asks_for_spend).of_tile is not stage_of("asks_again", asks_for_spend).of_tile
    with pytest.raises(ValueError, match="two stages or functions are called night"):
        stage_of("night", state.age)


def test_a_stage_of_ones_own_functions_is_not_kept() -> None:
    """No digest knows the file of a notebook: code that was kept would answer after an edit."""
    own = in_order("own", stage_of("own_stage", asks_for_spend), state.NIGHT)
    assert isinstance(own.of_tile._cache, NullCache)
    assert isinstance(state.NIGHT.of_tile._cache, code_cache._NamedCache) or code_cache.FOLDER is None


# beside what the baseline lives: all that comes with messages, members of which some complain, hours that matter
WHOLE_LIFE: dict[str, Any] = (
    EVERYTHING
    | WHOLE
    | {
        "push": EVERYTHING["push"] | WHOLE["push"],
        "acquisition": [*EVERYTHING["acquisition"], *WHOLE["acquisition"]],
        "wake_up": [{"delay": 20, "content": "promotion"}],
        "guard": {"watch": {"click_rate": 0.99}, "acts": [{"act": "drop_promotions"}]},
        "segments": EVERYTHING["segments"] | {"busy": EVERYTHING["segments"]["busy"] | WHOLE["segments"]["busy"]},
    }
)
RESPONSE = {"personas": {"busy": {"hour_match": 1.0}}, "complaint_share": 0.9, "leave_fatigue": 0.02, "refer": 0.004}
SMALL = {"name": "all", "members": 60, "days": 50, "market": MARKET, "costs": COSTS, "response": RESPONSE}


@cache
def lived_by(engine: Any) -> dict[str, Any]:
    """The hashes of the whole life."""
    return hashes(load(SMALL | {"policy": WHOLE_LIFE}), engine)


@pytest.mark.parametrize("policy", POLICIES, ids=lambda policy: policy.NAME)
@pytest.mark.parametrize("engine", ["compiled", "agents"])
def test_switched_off_equals_absent(policy: ModuleType, engine: Any) -> None:
    everything = load(SMALL | {"policy": WHOLE_LIFE})
    off = hashes(everything.model_copy(update={"policy": policy.off(everything.policy)}), engine)
    absent = hashes(load(SMALL | {"policy": without(WHOLE_LIFE, policy.NAME)}), engine)
    assert differing(off, absent) == []
    assert differing(off, lived_by(engine)) != []
