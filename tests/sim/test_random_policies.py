"""Whatever a policy says and however members respond, a run ends, its measures are numbers, people and money add up."""

from collections import Counter
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

from sim.catalogue import FOUNDER, LEFT, LIFECYCLE, MAX_RULES, MINOR_UNITS, NEVER
from sim.order_log import OrdersInMemory, OrdersToAll
from sim.policies.acquisition import opened
from sim.policies.benefits import MONEY
from sim.policies.in_force import InForce
from sim.policies.policy import Policy
from sim.pool import PoolModel
from sim.records import COSTS
from sim.replay import replay
from sim.results.metrics import REGISTRY, Account, measures
from sim.results.simulation import counterfactual, uses, without_benefits
from sim.scenario import Scenario

from .conftest import Kept, lived, made, watched
from .random_policies import given_scenarios
from .test_equality import equal

EXAMPLES = 500
ENDS = ("used", "expired", "replaced", "voided", "lost")
# of a replay: thresholds and money are not asked for, clocks lose a last digit to the log's times
NOT_ASKED = ("order_left", "click_left", "leave_left", "complaint_left", "refer_left", "value")
NEARLY = ("tau", "tau_last", "exponents", "last_exponent")


def everybody_is_somewhere(kept: Kept, scenario: Scenario) -> None:
    """Every evening: members = founders + joined, in the pool those who have not left, each in one stage."""
    daily = kept.run.daily
    channels, none = opened(scenario), np.zeros(scenario.days, np.int64)
    joined = sum((channel.joiners(scenario.days) for channel in channels), none)
    joined = joined + (daily["friends_joined"] + daily["shared_joined"]).to_numpy()
    assert (daily["joined"] == joined).all()
    assert run_of_friends(kept)
    ever, left = scenario.members + np.cumsum(joined), daily["departed"].cumsum()
    assert (daily["pool"] == ever - left).all()
    assert (daily[list(LIFECYCLE)].sum(axis=1) == ever).all()
    assert (daily[LIFECYCLE[LEFT]] == left).all()
    assert len(kept.members) == kept.run.closing["members"] == ever[-1]
    assert (kept.members["left"] != NEVER).sum() == left.iloc[-1]


def run_of_friends(kept: Kept) -> bool:
    """Friends referred = joined + waiting; each member has at most five."""
    totals, members = kept.run.totals, kept.members
    waiting = kept.run.closing["friends_waiting"]
    brought = (members["referred"] % 8).sum() == totals["referrals"] == totals["friends_joined"] + waiting
    return bool(
        brought and (members["referred"] // 8).sum() == waiting and (members["referred"] % 8).max(initial=0) <= 5
    )


def money_adds_up(kept: Kept, scenario: Scenario) -> None:
    """Day by day: contribution = margin of what was ordered, less discounts, unit costs and messages; and over groups."""
    run, orders = kept.run, kept.orders[kept.orders["returned"] == 0]
    assert run.totals["returned"] == (kept.orders["returned"] != 0).sum()
    gross = (orders["amount"] + orders["discount"]) / MINOR_UNITS
    margin = np.bincount(np.floor(orders["time"]).astype(int), scenario.market.margin * gross, scenario.days)
    earned = margin - run.daily[list(COSTS)].sum(axis=1).to_numpy()
    np.testing.assert_allclose(run.daily["contribution"], earned, rtol=1e-9, atol=1e-6)
    assert run.totals["discounts"] == pytest.approx(orders["discount"].sum() / MINOR_UNITS, rel=1e-9)
    assert run.totals["sales"] == pytest.approx(orders["amount"].sum() / MINOR_UNITS, rel=1e-9)
    assert run.totals["contribution"].sum() == pytest.approx(earned.sum(), rel=1e-9, abs=1e-6)
    joiners = run.totals["contribution"][FOUNDER + 1 :].sum()
    assert run.cohorts[:, 0].sum() == pytest.approx(joiners, rel=1e-9, abs=1e-6)


def what_is_handed_out_ends(kept: Kept) -> None:
    """Handed out = used + expired + replaced + voided + lost with leavers + held."""
    totals, end = kept.run.totals, kept.run.closing
    ended = sum(totals[f"benefits_{name}"] for name in ENDS)
    assert totals["issued"] + totals["benefits_issued"] == ended + end["held"]
    assert totals["benefits_used"] == (kept.orders["used"] != 0).sum()
    members, days = kept.members, kept.run.scenario.days
    has = members["coupon"] != 0
    assert not has[members["left"] != NEVER].any(), "what a leaver had in hand is lost"
    assert end["held"] == (has & (members["coupon_until"] >= days)).sum()


def budgets_hold(kept: Kept) -> None:
    """What was taken off with each benefit and coupon stays within its budget."""
    from sim.policies.benefits import different as different_benefits
    from sim.policies.benefits import names_in
    from sim.policies.coupons import different as different_coupons

    policies = InForce(kept.run.scenario).policies
    limits = dict(enumerate((rule.coupon.budget for rule in different_coupons(policies)), start=1))
    limits |= dict(enumerate((benefit.budget for _, benefit in different_benefits(policies)), start=MAX_RULES + 1))
    for code, name in names_in(kept.run.scenario).items():
        limit = limits[code]
        if limit is not None:
            orders = kept.orders[kept.orders["used"] == code]
            by_tier = max(most_by_tier(policy, name) for policy in policies) * (orders["amount"] + orders["discount"])
            assert (orders["discount"] - np.ceil(by_tier)).sum() <= round(limit * MINOR_UNITS), name


def most_by_tier(policy: Policy, name: str) -> float:
    """The largest share that a tier takes off beside a coupon or benefit; 0 where an order gets only one of them."""
    given = policy.membership
    novelty = name in policy.benefits and policy.benefits[name].kind not in MONEY
    if given is None or not (given.stacking == "sum" or novelty):
        return 0.0
    return max((tier.discount for tier in given.tiers), default=0.0)


def measures_are_numbers(scenario: Scenario, kept: Kept, used: OrdersInMemory) -> None:
    """Each measure is finite or undefined; only what a run can be too short for may be infinite."""
    run, seed = kept.run, scenario.seed
    account = Account(run, counterfactual(scenario, seed, 1), without_benefits(scenario, used, seed, 1))
    told = measures(account)
    assert set(told) == set(REGISTRY)
    for name, value in told.items():
        assert value is None or np.isfinite(value) or (value == np.inf and REGISTRY[name].followed), (name, value)
    assert told["members"] == len(kept.members) and told["orders"] == len(kept.orders)
    tools, advertising = scenario.costs.tools_per_day * scenario.days, account.acquisition
    operations = sum(run.totals[cost] for cost in COSTS) + tools
    assert told["spend"] == pytest.approx(operations + advertising, rel=1e-9)
    earned = scenario.market.margin * (run.totals["sales"] + run.totals["discounts"])
    assert told["contribution"] == pytest.approx(earned - operations, rel=1e-9, abs=1e-5)
    assert told["profit"] == pytest.approx(earned - operations - advertising, rel=1e-9, abs=1e-5)


def records_are_numbers(kept: Kept) -> None:
    members = kept.members
    for name in members.dtype.names:
        values = members[name].astype(float)
        done = {
            "order_left": members["lost"] == 1,
            "refer_left": members["referred"] % 8 == 5,
        }  # nothing is left to pass
        allowed = np.isfinite(values) | ((values == np.inf) & done.get(name, False))
        assert allowed.all(), name
    assert (abs(members["trust"]) < 1).all() and (members["interest"] >= 0).all() and (members["fatigue"] >= 0).all()
    assert ((members["habit"] >= 0) & (members["habit"] <= 1)).all() and (members["coupon_known"] <= 1).all()


def replays_itself(scenario: Scenario) -> None:
    """The log of a run, lived again, ends with the same members and has a likelihood."""
    kept, events = watched(scenario, seed=scenario.seed)
    lost = kept.members["key"][kept.members["lost"] == 1]
    again = replay(scenario, events, seed=scenario.seed, lost=lost)
    assert (again.evidence["unmatched"] == 0).all()
    for name in kept.members.dtype.names:
        if name not in NOT_ASKED + NEARLY:
            assert (again.members[name] == kept.members[name]).all(), name
    for name in NEARLY:
        np.testing.assert_allclose(again.members[name], kept.members[name], rtol=0, atol=1e-8, err_msg=name)
    for name in again.evidence.dtype.names:
        assert np.isfinite(again.evidence[name].astype(float)).all(), name


@settings(
    max_examples=EXAMPLES, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
)
@given(given_scenarios())
def lives(drawn: tuple[dict[str, Any], dict[str, float], str]) -> None:
    check(*drawn)


def check(keys: dict[str, Any], response: dict[str, float], also: str) -> None:
    """Everything that holds of any run."""
    scenario = made(**keys).with_changes({f"response.{name}": value for name, value in response.items()})
    log, used = OrdersInMemory(), uses()
    run = PoolModel(scenario, threads=1, orders=OrdersToAll(log, used)).run(keep_members=True)
    assert run.members is not None
    kept = Kept(run, run.members, log.array())
    everybody_is_somewhere(kept, scenario)
    money_adds_up(kept, scenario)
    what_is_handed_out_ends(kept)
    budgets_hold(kept)
    records_are_numbers(kept)
    measures_are_numbers(scenario, kept, used)
    if also == "engines":
        equal(lived(scenario, engine="agents"), kept)
    if also == "threads":
        equal(lived(scenario, threads=2), kept)
    if also == "replay":
        replays_itself(scenario)
    TRIED[also] += 1
    TRIED["all"] += 1
    TRIED.update(name for name in HAPPENS if run.totals[name] > 0)
    TRIED["acts of a guard"] += int(run.alerts["act"].notna().any())


def test_any_policy_with_any_response_can_be_lived() -> None:
    TRIED.clear()
    lives()
    assert TRIED["all"] >= EXAMPLES
    for name in ("engines", "threads", "replay"):
        assert TRIED[name] >= EXAMPLES / 10, f"{name} checked {TRIED[name]} times"
    for name in (*HAPPENS, "acts of a guard"):
        assert TRIED[name] >= EXAMPLES / 100, f"{name} happened in {TRIED[name]} of {TRIED['all']}"


TRIED: Counter[str] = Counter()  # how many examples checked what, and had what happen
# what has to happen often enough, or the runs above prove little
HAPPENS = (
    "departed", "complaints", "clicks", "visits", "touched", "unsent", "declined", "capped", "surveyed", "chose", "issued",
    "benefits_issued", "novelties", "gifts", "discounts", "woken", "group_clicks", "live_clicks",
    "community_cost", "mood", "points_cost", "items_cost", "tier_discounts", "tier_ups",
    *(f"benefits_{name}" for name in ENDS),
    "referrals", "friends_joined", "shared_joined",
    "questions", "answered", "service_complaints", "service_cost", "hit", "crisis_cost", "returned",
    "event_cost", "pre_orders",
)  # fmt: skip
