"""Touches as rows of the plan, benefits as rules: what their keys become, what is off, what budgets leave."""

from types import ModuleType
from typing import Any

import numpy as np
import pytest

from sim.catalogue import ANCHORS, AUDIENCES, CONTENT_TYPES, MAX_DAYS, MAX_LINES, MAX_RULES, PERSONAS, STAGES
from sim.policies import acquisition, audience, benefits, crisis, events, membership, push, referral, service, touches
from sim.policies.message import hour_match
from sim.policies.policy import POLICIES
from sim.policies.routines import ROUTINES, all_rows, keyed_rows
from sim.scenario import Scenario, load

from .conftest import made
from .whole import WHOLE, without


def scenario(**policy: Any) -> Scenario:
    return made(members=10, days=28, policy=WHOLE | policy)


def table(s: Scenario) -> Any:
    planner, plan = touches.Planner(s), np.zeros(1, touches.PLAN)[0]
    planner.carry(benefits.Planner(s))
    planner.write(plan)
    planner.write_week(plan, 0)
    return plan


def test_routines_act_in_their_order() -> None:
    assert ROUTINES == ("welcome", "follow_up", "wake_up", "birthday", "care", "touches")
    keys = [key for key, _ in keyed_rows(scenario().policy)]
    assert keys == ["welcome.0", "welcome.1", "follow_up.0", "wake_up.0", "birthday.0", "care.0", "touches.0"]
    plan = table(scenario())
    assert plan["count"] == 7 == len(all_rows(scenario().policy))
    from_anchors = ["joined", "joined", "ordered", "silent", "birthday", "complained", "silent"]
    assert [ANCHORS[row["anchor"]] for row in plan["rows"][:7]] == from_anchors
    assert plan["anchored"] == 0b11111
    assert table(scenario(welcome=[], birthday=[]))["anchored"] == 0b10110


def test_accounts_send_each_touch_by_its_own_number() -> None:
    """One that no line of any day has, nor another touch, and that stays whatever other routines there are."""
    lines = table(scenario())["rows"]["message"]["line"][:7]
    assert len(set(lines.tolist())) == 7
    assert (lines % 64 == 0).all() and (lines >= 64 * MAX_DAYS + MAX_LINES).all()
    assert (np.diff(np.sort(lines)) > 64 * MAX_DAYS).all()
    assert (table(scenario(welcome=[]))["rows"]["message"]["line"][:5] == lines[2:]).all()


def test_a_row_says_what_its_keys_say() -> None:
    welcome, late, follow_up, wake_up, birthday, care, other = table(scenario())["rows"][:7]
    assert welcome["survey"] == welcome["exempt"] == welcome["once"] == 1
    assert (welcome["delay"], welcome["every"], welcome["times"]) == (0, 0, 1)
    assert late["message"]["executed"] == 0.8 and late["message"]["benefit"] == MAX_RULES + 3
    assert (follow_up["own_rhythm"], follow_up["message"]["aim"], follow_up["exempt"], follow_up["once"]) == (
        1,
        1,
        0,
        0,
    )
    assert (follow_up["kind"], follow_up["code"]) == (audience.TAG, PERSONAS.index("busy"))
    assert (wake_up["kind"], wake_up["code"]) == (audience.STAGE, STAGES.index("silent")) and wake_up["from_order"] == 2
    assert birthday["delay"] == -3 and birthday["message"]["benefit"] == MAX_RULES + 2
    assert care["message"]["cost"] == 2_500_000 and 0 < care["message"]["heard"] < 1
    assert (other["delay"], other["every"], other["times"], other["kind"]) == (30, 7, 3, audience.HIGH_VALUE)
    assert all(row["kind"] == audience.EVERYBODY for row in (welcome, late, birthday, care))


def test_high_value_is_asked_for_where_a_touch_means_it() -> None:
    assert touches.Planner(scenario()).seeks_high_value
    assert not touches.Planner(scenario(touches=[])).seeks_high_value
    for name in AUDIENCES:
        one = scenario(touches=[{"anchor": "ordered", "delay": 1, "content": "live", "to": name}])
        assert touches.Planner(one).seeks_high_value == (name == "high_value")


def test_a_touch_reaches_at_its_hour_and_not_in_quiet_ones() -> None:
    people = {"personas": {"busy": {"hour_match": 1.0, "peak_hour": 8}}}
    s = made(members=1, policy=WHOLE, response=people)
    birthday = table(s)["rows"][4]["message"]
    np.testing.assert_allclose(birthday["reach"], hour_match(s.response, 8))
    awake = made(members=1, policy={k: v for k, v in WHOLE.items() if k != "quiet_hours"}, response=people)
    np.testing.assert_allclose(table(awake)["rows"][4]["message"]["reach"], hour_match(awake.response, 23))


def test_with_consent_a_muted_type_keeps_a_touch_back_whatever_the_level() -> None:
    assert (table(scenario())["rows"]["message"]["allows"][:7] == -1).all(), "nobody chooses anything"
    asking = scenario(care=[{"delay": 1, "content": "emotion", "consent": True}])
    for row in table(asking)["rows"][:7]:
        for muted in range(len(CONTENT_TYPES) + 1):
            levels = (row["message"]["allows"] >> (8 * muted)) & 0b1111111
            assert levels == (0 if row["message"]["content"] == muted - 1 else 0b1111111)


# --- benefits --------------------------------------------------------------------------------------------------------


def test_benefits_become_rules() -> None:
    plan, planner = np.zeros(1, benefits.PLAN)[0], benefits.Planner(scenario())
    planner.write(plan)
    half, gift, trial = plan["rules"][:3]
    assert (plan["count"], plan["carried"]) == (3, 1)
    assert (half["off"], half["min_spend"], half["percent"], half["novelty"], half["valid_days"]) == (0.5, 10, 1, 0, 3)
    assert (gift["worth"], gift["unit_cost"], gift["novelty"], gift["at_use"], gift["percent"]) == (2, 4, 1, 0, 0)
    assert (trial["novelty"], trial["at_use"], trial["valid_days"]) == (1, 1, 7)
    assert planner.has_budgets and planner.void == 0 and planner.unit[1] == 400 and planner.remaining[1] == 10_000


def test_a_benefit_that_no_message_brings_is_not_carried() -> None:
    only = made(members=1, policy={"benefits": WHOLE["benefits"], "push": {"per_week": 3}})
    plan = np.zeros(1, benefits.PLAN)[0]
    benefits.Planner(only).write(plan)
    assert (plan["count"], plan["carried"]) == (3, 0)


def test_a_spent_budget_withholds_its_benefit_and_no_other() -> None:
    s = scenario()
    purse, planner = benefits.Planner(s), touches.Planner(s)
    planner.carry(purse)
    budgets = np.zeros((3, 32), np.int64)
    budgets[:, :MAX_RULES] = 10**6  # of coupons, which are none of its business
    budgets[:, MAX_RULES + 1] = (300, 99, 0)  # below one gift of 400, in fen
    purse.settle(budgets)
    assert purse.remaining[1] == 399 and purse.void == 0, "gifts that are handed out are paid for"
    assert purse.remaining[[0, 2]].min() > 1 << 59, "no budget, nothing to settle"
    plan, rules = np.zeros(1, touches.PLAN)[0], np.zeros(1, benefits.PLAN)[0]
    planner.write(plan)
    planner.write_week(plan, 7)
    purse.write_week(rules, 7)
    carried = plan["rows"]["message"]["benefit"][:7]
    assert carried.tolist() == [0, MAX_RULES + 3, 0, 0, 0, 0, 0]
    assert (rules["rules"]["worth"][:3] == (0, 2, 1)).all() and rules["rules"]["off"][0] == 0.5


@pytest.mark.parametrize(
    ("kind", "is_void"), [("gift", False), ("vote", False), ("trial", True), ("early_access", True)]
)
def test_what_was_paid_for_when_handed_out_outlives_its_budget(kind: str, is_void: bool) -> None:
    """A gift in hand is worth what it was; a trial has still to be paid for, so it is void."""
    rule = {"kind": kind, "worth": 2, "unit_cost": 4, "budget": 1}
    purse = benefits.Planner(
        made(members=1, policy={"benefits": {"one": rule}, "push": {"per_week": 1, "benefit": "one"}})
    )
    assert not purse.funded.any()
    rules = np.zeros(1, benefits.PLAN)[0]
    purse.write(rules)
    purse.write_week(rules, 0)
    assert (purse.void != 0) == is_void
    assert rules["rules"][0]["worth"] == (0 if is_void else 2)


def test_empty_pools_settle_nothing() -> None:
    purse = benefits.Planner(scenario())
    purse.settle(np.zeros((0, 32), np.int64))
    assert purse.remaining[1] == 10_000


# --- off -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("policy", [p for p in POLICIES if p.NAME in WHOLE], ids=lambda policy: policy.NAME)
def test_off_is_as_if_it_were_not_written(policy: ModuleType) -> None:
    """The plans of a policy switched off are those of a file that does not say it, byte for byte."""
    name = policy.NAME
    everything = made(members=10, days=28, policy=WHOLE, response={"personas": {"busy": {"hour_match": 1.0}}})
    off = everything.model_copy(update={"policy": policy.off(everything.policy)})
    absent = load(everything.plain() | {"policy": without(everything.plain()["policy"], name)})
    assert plans(off) == plans(absent) != plans(everything)
    again = policy.off(off.policy)
    assert again == off.policy


def plans(s: Scenario) -> tuple[bytes, ...]:
    """What the day would read of the third week, as bytes."""
    purse, written = benefits.Planner(s), []
    planners = (touches, touches.Planner(s)), (push, push.Planner(s)), (membership, membership.Planner(s))
    planners += (acquisition, acquisition.Planner(s)), (referral, referral.Planner(s))
    planners += (service, service.Planner(s)), (crisis, crisis.Planner(s)), (events, events.Planner(s))
    for module, planner in (*planners, (benefits, purse)):
        plan = np.zeros(1, module.PLAN)[0]
        if hasattr(planner, "carry"):
            planner.carry(purse)
        planner.write(plan)
        planner.write_week(plan, 14)
        written.append(plan.tobytes())
    return tuple(written)


def test_without_operations_nothing_of_it_is_left() -> None:
    nothing = scenario(tag_lag=5).no_operations().policy
    assert not all_rows(nothing) and not nothing.benefits and not nothing.lines
    assert nothing.account == "shop" and nothing.quiet_hours is None and nothing.tag_lag == 0
