"""Nothing that a brand can do pays for ever: each sweep has an inside best, or levels off below 1.3 times the demand.

A year of 16,000 fresh customers of CDNOW's market at 0.02 a message, matched by key. Profit is the contribution a member
before acquisition, demand the orders over those of the same people when nobody is written to. What is said holds by 5
standard errors of the paired difference.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
import pytest

from sim.catalogue import MAX_A_WEEK
from sim.draws import prior_key
from sim.pool import PoolModel
from sim.scenario import Response, Scenario
from sim.scenario.self_ignition import MOST_FED
from sim.scenario.total import once

from .conftest import made

MEMBERS, SIGMAS, PLATEAU = 16_000, 5.0, 1.3
MIX = {"education": 0.4, "emotion": 0.3, "promotion": 0.3}


class Outcome(NamedTuple):
    """What a year of a policy brought, a number a member, by key."""

    orders: np.ndarray
    profit: np.ndarray


def year(policy: dict[str, Any], response: dict[str, Any] | None = None, members: int = MEMBERS) -> Outcome:
    scenario = made("cdnow", members=members, days=365, policy=policy, costs={"message": 0.02}, response=response or {})
    lived = PoolModel(scenario, threads=1).run(keep_members=True).members
    assert lived is not None
    return Outcome(lived["orders"].astype(float), lived["value"])


@pytest.fixture(scope="module")
def untouched() -> Outcome:
    return year({})


def sigmas(difference: np.ndarray) -> float:
    """The mean in its standard errors; 0 where nothing differs."""
    return float(difference.mean() / (difference.std() / np.sqrt(len(difference)) or 1.0))


def below(outcome: Outcome, untouched: Outcome, times: float = PLATEAU) -> None:
    """Orders stay below so many times those of the untouched."""
    demand = outcome.orders.mean() / untouched.orders.mean()
    assert sigmas(times * untouched.orders - outcome.orders) > SIGMAS, f"x {demand:.3f}"


def lined(per_week: float, content: str, benefit: dict[str, Any]) -> dict[str, Any]:
    """Only a line that brings a benefit, so many times a week."""
    line = {"per_week": per_week, "content": content, "benefit": "this"}
    return {"push": {"cap_per_day": 40}, "lines": [line], "benefits": {"this": {"valid_days": 7} | benefit}}


def pushed(benefit: dict[str, Any]) -> dict[str, Any]:
    """One mixed message a week that brings a benefit."""
    return {
        "push": {"per_week": 1, "benefit": "this"}, "content": MIX, "benefits": {"this": {"valid_days": 7} | benefit},
    }  # fmt: skip


def off(face: float, min_spend: float = 40) -> dict[str, Any]:
    return {"kind": "threshold", "off": face, "min_spend": min_spend}


def monthly(coupon: dict[str, Any]) -> dict[str, Any]:
    return {"coupons": [{"every_days": 30, "valid_days": 7} | coupon]}


def of_a_tier(per_week: float = 3.5, **gives: Any) -> dict[str, Any]:
    """Mixed messages, and one tier for whoever has ever bought."""
    return {
        "push": {"per_week": per_week}, "content": MIX, "membership": {"tiers": [{"spend": 0.01, **gives}]},
    }  # fmt: skip


# --- what costs money as it grows: beyond the best it earns less -------------------------------------------------------

FACES, SHARES, WEEKLY = (1, 2, 4, 8, 16, 32, 39), (0.01, 0.02, 0.05, 0.1, 0.2, 0.4, 0.8), (0.25, 0.5, 1, 2, 4, 8)
Sweep = tuple[Sequence[float], Callable[[float], dict[str, Any]]]
BEST_IS_NOT_THE_MOST: dict[str, Sweep] = {
    "coupon face": (FACES, lambda face: monthly(off(face))),
    "coupon share": (SHARES, lambda share: monthly({"kind": "percent", "off": share})),
    "benefit face": (FACES, lambda face: pushed(off(face))),
    "benefit share": (SHARES, lambda share: pushed({"kind": "percent", "off": share})),
    "money off, a week": (WEEKLY, lambda n: lined(n, "promotion", {"kind": "percent", "off": 0.1})),
    "trials a week": (WEEKLY, lambda n: lined(n, "emotion", {"kind": "trial", "worth": 1, "unit_cost": 1})),
    "trials of a month, a week": (
        WEEKLY,
        lambda n: lined(n, "emotion", {"kind": "trial", "worth": 1, "unit_cost": 1, "valid_days": 30}),
    ),
    "votes a week": ((*WEEKLY, 16), lambda n: lined(n, "emotion", {"kind": "vote", "worth": 1})),
    "a tier's discount": ((0.01, 0.05, 0.2, 0.6), lambda off: of_a_tier(discount=off)),
    "points": ((0.01, 0.05, 0.2, 0.6), lambda share: of_a_tier(points=share)),
    "a tier's new items a year": (
        (1, 4, 12, 52, 365),
        lambda n: of_a_tier(items=[{"kind": "tasting", "worth": 1, "every_days": round(365 / n), "unit_cost": 0.1}]),
    ),
    "messages a week": (
        (0.5, 1, 2, 4, 8, 16),
        lambda n: {"push": {"per_week": n, "cap_per_day": 3}, "content": MIX},
    ),
}


@pytest.mark.parametrize("name", BEST_IS_NOT_THE_MOST)
def test_more_of_what_costs_is_not_always_better(untouched, name: str) -> None:
    """Profit at the end of the sweep is far below its best, and demand below 1.3 times that of the untouched all along."""
    values, policy = BEST_IS_NOT_THE_MOST[name]
    outcomes = [year(policy(value)) for value in values]
    best = max(outcomes, key=lambda outcome: outcome.profit.mean())
    assert sigmas(best.profit - outcomes[-1].profit) > SIGMAS
    for outcome in outcomes:
        below(outcome, untouched)


@pytest.mark.parametrize("name", ["trials a week", "votes a week", "a tier's new items a year", "messages a week"])
def test_some_is_better_than_none_and_than_the_most(untouched, name: str) -> None:
    """Novelties and messages that cost little have an inside best: above nothing, and above the most, by far."""
    values, policy = BEST_IS_NOT_THE_MOST[name]
    profits = [untouched.profit, *(year(policy(value)).profit for value in values)]
    best = max(range(len(profits)), key=lambda k: profits[k].mean())
    assert 0 < best < len(values)
    assert sigmas(profits[best] - profits[0]) > SIGMAS
    assert sigmas(profits[best] - profits[-1]) > SIGMAS


# --- what moves nobody any more ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "policy", [lambda m: monthly(off(4, m)), lambda m: pushed(off(4, m))], ids=["coupon", "benefit"]
)
def test_no_threshold_pays_for_ever(untouched, policy: Callable[[float], dict[str, Any]]) -> None:
    """The higher the threshold of 4 off, the fewer reach it: from 320 on doubling it moves neither orders nor profit, and
    they are those without it. Nobody fills a basket up to a threshold that is out of reach."""
    outcomes = {m: year(policy(m)) for m in (5, 10, 20, 40, 80, 160, 320, 4000, 8000)}
    for outcome in outcomes.values():
        below(outcome, untouched)
    for one, two in ((320, 4000), (4000, 8000)):
        for what in ("orders", "profit"):
            assert abs(sigmas(getattr(outcomes[two], what) - getattr(outcomes[one], what))) < SIGMAS, what
    without = {key: value for key, value in policy(1e6).items() if key == "content"}
    bare = year({**without, "push": {"per_week": 1}}) if without else untouched
    assert (bare.orders == outcomes[8000].orders).mean() > 0.999


# --- what a range bounds -----------------------------------------------------------------------------------------------


def gains(outcomes: Sequence[Outcome], values: Sequence[float]) -> list[np.ndarray]:
    """Orders gained a unit of what is swept, from one value to the next, by member."""
    steps = zip(outcomes, outcomes[1:], values, values[1:], strict=False)
    return [(more.orders - less.orders) / (high - low) for less, more, low, high in steps]


def test_the_worth_of_a_novelty_has_an_inside_best(untouched) -> None:
    """Early access every week that costs nothing, worth up to the 5 that a file may say: orders are best in between, for the
    more a novelty was worth the duller is the next, and demand stays below 1.3."""

    def early_access(worth: float) -> dict[str, Any]:
        return lined(1, "emotion", {"kind": "early_access", "worth": worth})

    values = (0.0, 0.5, 5.0)
    for worth in values:
        below(year(early_access(worth)), untouched)
    none, some, most = (year(early_access(worth), members=4 * MEMBERS).orders for worth in values)
    assert sigmas(some - none) > SIGMAS and sigmas(some - most) > SIGMAS


def test_what_a_tier_gets_for_nothing_levels_off(untouched) -> None:
    """Something new every day that costs nothing, worth up to the 1.5 that a file may say: demand stays below 1.3 at a
    message a week, and at 3.5 below 1.3 times what these bring; each further unit brings less at the end than at the
    beginning."""
    values = (0.0, 0.5, 1.0, 1.5)
    items = [[{"kind": "early_access", "worth": worth, "every_days": 1}] for worth in values]
    outcomes = [year(of_a_tier(1, items=new)) for new in items]
    for outcome in outcomes:
        below(outcome, untouched)
    below(year(of_a_tier(items=items[-1])), year(of_a_tier()))
    first, *_, last = gains(outcomes, values)
    assert first.mean() > last.mean() and sigmas(first) > SIGMAS


def bound(response: Response) -> float:
    """The largest chance of a visit that self-ignition leaves, with all else as it is."""
    brings = response.click_trust + response.mood_gain / 7
    return min(0.5, MOST_FED * (1 - 0.5 ** (1 / response.trust_half_life)) / brings * (1 - 1e-9))


def test_visits_stay_within_bounds(untouched) -> None:
    """At 3.5 messages a week, from no visits to as many as self-ignition leaves: demand grows no faster than in line, and is
    below 1.3 there. Without a message visits bring nothing, since nobody trusts."""
    most = bound(Response())
    values = [0.0, most / 4, most / 2, most]
    push = {"push": {"per_week": 3.5}, "content": MIX}
    outcomes = [year(push, {"visit": visit}) for visit in values]
    for outcome in outcomes:
        below(outcome, untouched)
    *_, before, last = gains(outcomes, values)
    assert sigmas(last - before) < SIGMAS
    assert (year({}, {"visit": most}).orders == untouched.orders).all()


# --- no message, no lift -----------------------------------------------------------------------------------------------


def trusting(response: Response, days: int, members: int = 10) -> np.ndarray:
    """float64[weeks + 1, members]: trust from 0.9 on without a message; nobody leaves, so that all of them visit."""
    stay = {"leave_base": 0.0, "leave_early": 0.0}
    given: Scenario = made(members=members, days=days).model_copy(update={"response": response.model_copy(update=stay)})
    model = PoolModel(given, threads=1)
    (pool,) = model.member_blocks()
    pool["trust"] = 0.9
    course = [pool["trust"].astype(float)]
    for _ in range(-(-days // 7)):  # a week is lived at once
        for _ in range(7):
            model.step()
        course.append(pool["trust"].astype(float))
    return np.array(course)


def test_trust_decays_without_a_message_whatever_the_response() -> None:
    """From R = 0.9, in 100 draws of the priors and at the bound of self-ignition: trust falls every week, at least half as
    fast as without visits, so it goes to 0."""
    drawn = [response for r in range(140) if (response := once(Response(), prior_key(5, r))) is not None][:100]
    assert len(drawn) == 100
    at_the_bound = Response(visit=bound(Response()))
    for response in [*drawn, at_the_bound]:
        course = trusting(response, days=35)
        half = (
            1 + 0.5 ** (1 / response.trust_half_life)
        ) / 2  # what is left of trust after a day in which visits give back half
        weeks = np.arange(len(course))
        assert (np.diff(course, axis=0) < 0).all()
        assert (course <= 0.9 * half ** (7 * weeks)[:, None] + 1e-6).all()
    long = trusting(at_the_bound, days=7 * 260)
    assert (long[-1] < 1e-4).all() and (long >= 0).all()


def in_groups(kind: str, per_week: float) -> dict[str, Any]:
    """Only one kind of item in the groups, so many times a week."""
    item = {"kind": kind, "per_week": per_week} | ({"benefit": "prize"} if kind in ("game", "meet_up") else {})
    prize = {"kind": "vote", "worth": 0.3, "unit_cost": 0.05}
    return {"push": {"cap_per_day": 40}, "benefits": {"prize": prize}, "community": {"programme": [item]}}


@pytest.mark.parametrize("kind", ["live", "game"])
def test_no_programme_pays_for_ever(kind: str) -> None:
    """Four a day are better than one, and eight a day worse: members tire and leave, however good the mood of those who
    stay. (Check-ins, which hardly tire, come once a day at most.)"""
    one, four, eight = (year(in_groups(kind, per_week)).orders for per_week in (7, 28, 56))
    assert sigmas(four - one) > SIGMAS and sigmas(four - eight) > SIGMAS


def test_most_messages_that_can_be_written_lose_everybody(untouched) -> None:
    """280 a week: hardly anybody stays for two months, and it earns less than silence."""
    push = {"per_week": MAX_A_WEEK, "cap_per_day": 40}
    run = PoolModel(made("cdnow", members=2000, days=60, policy={"push": push, "content": MIX}), threads=1).run()
    assert run.totals["delivered"] > 2000 * 40 and run.daily["pool"].iloc[-1] < 0.01 * 2000
    assert sigmas(untouched.profit - year({"push": push, "content": MIX}).profit) > SIGMAS


@pytest.mark.parametrize("valid_days", [30, 365])
def test_what_stays_in_hand_is_new_no_more(untouched, valid_days: int) -> None:
    """The best sample there can be, every week, good for a month or a year: its newness fades while she has it."""
    benefit = {"kind": "trial", "worth": 3, "unit_cost": 1, "valid_days": valid_days}
    below(year(lined(1, "emotion", benefit)), untouched)


def test_a_novelty_that_nobody_can_use_draws_nobody() -> None:
    """Behind a threshold out of reach it adds not one order, and the lower its threshold the more of it is used."""
    without = year(pushed({"kind": "trial", "worth": 0}))

    def with_threshold(min_spend: float) -> Outcome:
        return year(pushed({"kind": "trial", "worth": 2, "unit_cost": 1, "min_spend": min_spend}))

    out_of_reach, far, near = with_threshold(1e9), with_threshold(80), with_threshold(20)
    bare = year(pushed({"kind": "trial", "worth": 0, "min_spend": 1e9}))
    assert (out_of_reach.orders == bare.orders).all()
    assert sigmas(near.orders - far.orders) > SIGMAS
    assert sigmas(far.orders - bare.orders) > 0
    assert (without.orders == bare.orders).mean() > 0.99  # used or not, what drew nobody has brought no order forward
