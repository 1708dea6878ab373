"""Referral: who brings whom and when, what it costs, where it ends."""

from typing import Any

import numpy as np
import pytest

from models.errors import BadInput
from sim import draws
from sim.behaviour.referring import WAITS
from sim.catalogue import (
    BLOCK,
    BROUGHT,
    CAME_AS_PROSPECT,
    FOUNDER,
    K_DAYS,
    MAX_REFERRALS,
    OTHER_JOINER,
    PERSONAS,
    WEEK,
)
from sim.drafting.explained import explained
from sim.drafting.notes import notes
from sim.engine.lanes import LANES
from sim.friends import FRIEND, begin_friends, shared_keys
from sim.joining import check_room
from sim.policies import referral
from sim.pool import PoolModel
from sim.records import MEMBER
from sim.replay import replay
from sim.results.metrics.money import ltv_cac, roi_operations, spend
from sim.results.metrics.payback import paid_share
from sim.results.simulation import simulate
from sim.run import members_frame
from sim.scenario import Response
from sim.scenario.scenario import MOST_PEOPLE
from sim.scenario.self_ignition import MOST_FRIENDS, friends_brought
from sim.scenario.total import once

from .conftest import CDNOW, Kept, lived, made, watched

CARD = {"channel": "card", "per_day": 4, "cac": 8, "buyers": 0.5}
FEED = {"channel": "feed", "per_day": 0, "cac": 50, "organic": 1.0}
WORDS = {"market": 1e7, "reward": 5.0, "friend_reward": 3.0}
SHARED = WORDS | {"outward": "feed", "per_share": 1.4}
BUSY: dict[str, Any] = {
    "acquisition": [CARD, FEED],
    "push": {"per_week": 4},
    "content": {"education": 0.6, "emotion": 0.4},
    "referral": SHARED,
}
OFTEN = {"refer": 0.0049}


@pytest.fixture(scope="module")
def pool() -> tuple[PoolModel, Kept]:
    """6,000 founders for 103 days (the last week is cut short), two blocks and more, many friends."""
    model = PoolModel(made(members=6000, days=103, policy=BUSY, response=OFTEN), threads=2)
    run = model.run(keep_members=True)
    assert run.members is not None
    return model, Kept(run, run.members, np.zeros(0))


# --- who joins -------------------------------------------------------------------------------------------------------


def test_each_friend_joins_at_the_next_review(pool) -> None:
    """Referred = joined + waiting, day by day; on the first day of a week those of the week before, before all others."""
    _, (run, members, _) = pool
    daily = run.daily
    weeks = np.add.reduceat(daily["referrals"].to_numpy(), np.arange(0, 103, WEEK))
    assert (daily["friends_joined"].to_numpy()[WEEK::WEEK] == weeks[:-1]).all() and weeks.min() > 0
    assert daily["friends_joined"].sum() == weeks[:-1].sum()
    assert run.closing["friends_waiting"] == weeks[-1] > 0
    assert (members["referred"] // WAITS).sum() == weeks[-1]
    assert (members["referred"] % WAITS).sum() == weeks.sum() == run.totals["referrals"]
    friend, other = members["channel"] == 3, members["group"] == FOUNDER
    assert set(members["joined"][friend]) == set(range(WEEK, 103, WEEK))
    for day in set(members["joined"][friend].tolist()):
        places = np.flatnonzero((members["joined"] == day) & ~other)
        brought = (members["kept"][places] & BROUGHT) != 0
        assert brought[: brought.sum()].all(), "friends come before who comes through channels"
    assert (daily["joined"].sum(), len(members)) == ((~other).sum(), run.closing["members"])


def test_a_friend_is_the_nth_of_who_referred_her(pool) -> None:
    _, (_, members, _) = pool
    joined = members["referred"] % WAITS - members["referred"] // WAITS
    pairs = [(key, n) for key, most in zip(members["key"], joined, strict=True) for n in range(most)]
    keys = np.array([draws.child_key(key, draws.FRIEND, n) for key, n in pairs], np.uint64)
    assert set(keys) == set(members["key"][members["channel"] == 3]) and len(set(keys)) == len(keys) > 300
    assert joined.max() >= 2 and (members["referred"] % WAITS).max() <= MAX_REFERRALS
    by_word = (members["channel"] == 3) & (members["referred"] % WAITS > 0)
    assert by_word.any(), "friends bring friends"


def test_only_who_has_ordered_and_trusts_refers(pool) -> None:
    _, (_, members, _) = pool
    refers = members["referred"] > 0
    assert (members["prospect"][refers] == 0).all()
    untold = lived(made(members=3000, days=60, policy={"referral": WORDS}, response=OFTEN))
    assert untold.run.totals["referrals"] == 0, "nobody trusts whom nobody writes to"


def test_five_are_the_most() -> None:
    policy = {"push": {"per_week": 7}, "content": {"education": 1.0}, "referral": WORDS}
    kept = lived(made(members=500, days=3000, policy=policy, response=OFTEN | {"leave_base": 0.0}))
    count = kept.members["referred"] % WAITS
    assert (count == MAX_REFERRALS).sum() > 20 and count.max() == MAX_REFERRALS
    assert (kept.members["refer_left"][count == MAX_REFERRALS] == np.inf).all()


def test_how_a_friend_begins() -> None:
    """Persona hers with chance rho, else as the market has them; a share of her trust; all else as a prospect's."""
    n, persona, rho = 20_000, PERSONAS.index("busy"), 0.5
    model = PoolModel(made(members=1, days=7, policy=BUSY | {"referral": SHARED | {"first_order": {"mean_days": 20}}}))
    friends = np.zeros(n, FRIEND)
    friends["key"], friends["persona"], friends["trust"] = np.arange(n), persona, np.linspace(-0.5, 0.9, n)
    members, planner = np.zeros(n, MEMBER), model.brand.planners[referral.NAME]
    begin_friends(members, friends, 7, planner.index, planner.records, model._brand_view, model.world)
    expected = rho + (1 - rho) * CDNOW["personas"]["busy"]
    assert abs((members["persona"] == persona).mean() - expected) < 5 * (expected * (1 - expected) / n) ** 0.5
    np.testing.assert_allclose(members["trust"], 0.3 * friends["trust"], rtol=1e-6)
    assert (members["kept"] == CAME_AS_PROSPECT | BROUGHT).all() and (members["prospect"] == 1).all()
    assert (members["group"] == OTHER_JOINER).all() and (members["joined"] == 7).all()
    assert members["rate"].mean() == pytest.approx(1 / 20, rel=5 * 2**0.5 / n**0.5)  # Gamma of shape 0.5


def test_what_is_shared_brings_people_to_a_channel_for_nothing(pool) -> None:
    """1.4 for each friend in the mean, each 1 or 2; nothing is paid for them, and none would have come anyway."""
    _, (run, members, _) = pool
    friends, shared = run.totals["friends_joined"], run.totals["shared_joined"]
    assert abs(shared - 1.4 * friends) < 5 * (0.24 * friends) ** 0.5
    came = members[members["channel"] == 2]
    assert len(came) == shared and ((came["kept"] & BROUGHT) != 0).all() and (came["group"] == OTHER_JOINER).all()
    told = members_frame(run)
    assert (told["cac"][told["channel"] == "feed"] == 0).all()
    assert (told["cac"][told["channel"] == "referral"] == 8).all()
    assert (told["cac"][told["channel"] == "card"] == 8).all()
    assert told["friends"].sum() == run.totals["referrals"]
    few = np.zeros(3, FRIEND)
    few["key"] = 1, 2, 3
    assert len(shared_keys(few, 2.0)) == 6 and len(shared_keys(few, 0.0)) == 0
    assert shared_keys(few, 2.0)[:, 1].tolist() == [0, 0, 1, 1, 2, 2]


def test_trees_are_rooted_where_the_first_of_them_came(pool) -> None:
    """Her own tile for founders and who came by nobody's word; else the root of who referred her, over generations."""
    model, (_, members, _) = pool
    blocks = range(-(-len(members) // BLOCK))
    roots = np.concatenate([model._joining.trees.of(block) for block in blocks])[: len(members)]
    own, brought = np.arange(len(members)) // LANES, (members["kept"] & BROUGHT) != 0
    assert (roots[~brought] == own[~brought]).all()
    place = {key: at for at, key in enumerate(members["key"].tolist())}
    told = 0
    for at, key in enumerate(members["key"]):
        for n in range(members["referred"][at] % WAITS):
            friend = place.get(int(draws.child_key(key, draws.FRIEND, n)))
            if friend is not None:
                assert roots[friend] == roots[at]
                told += roots[at] != own[friend]
    assert told > 300


# --- how often -------------------------------------------------------------------------------------------------------


def hazard(policy: dict[str, Any], members: int = 2000, share: float = 1.0) -> float:
    """The first week's hazard of referring at full trust."""
    model = PoolModel(made(members=members, days=14, policy=policy))
    model.world["share"] = share
    model.step()
    return float(model.world["referral"]["hazard"])


UGC = [{"per_week": 1, "content": "ugc"}]


def groups(item: dict[str, Any]) -> dict[str, Any]:
    """Groups in which something happens once a week."""
    return {"community": {"programme": [item]}, "benefits": {"prize": {"kind": "gift", "worth": 1}}}


@pytest.mark.parametrize(
    ("policy", "times"),
    [
        ({"referral": {"market": 1e10}}, 1.0),
        ({"referral": {"market": 1e10, "friend_reward": 1}}, 1.5),
        ({"referral": {"market": 1e10}, "lines": UGC}, 1.5),
        ({"referral": {"market": 1e10, "reward": 9}, "segments": {"busy": {"lines": UGC}}}, 2.25),
        ({"referral": {"market": 1e10}} | groups({"kind": "check_in"}), 1.5),
        ({"referral": {"market": 1e10}} | groups({"kind": "meet_up", "benefit": "prize"}), 3.0),
        ({"referral": {"market": 8000}}, 0.75),
        ({"referral": {"market": 1500}}, 0.0),
        ({}, 0.0),
    ],
)  # fmt: skip
def test_what_the_week_adds(policy: dict[str, Any], times: float) -> None:
    assert hazard(policy) == pytest.approx(0.0006 * times, rel=1e-5)


def test_some_lives_stand_for_the_pool() -> None:
    """The market is as full as the whole pool makes it."""
    assert hazard({"referral": {"market": 40_000}}, 1500, 0.05) == pytest.approx(0.0006 / 4, rel=1e-5)


def test_a_full_market_leaves_nobody_to_bring() -> None:
    """As the pool fills up, fewer friends are brought, and it stays below the market."""
    response = OFTEN | {"leave_base": 0.0, "leave_fatigue": 0.0, "leave_early": 0.0}
    policy = BUSY | {"acquisition": []}
    small, large = (
        lived(made(members=2000, days=700, policy=policy | {"referral": WORDS | {"market": market}}, response=response))
        for market in (2300, 1e9)
    )
    assert small.run.daily["pool"].max() < 2300
    assert large.run.daily["pool"].max() > 2600


@pytest.fixture(scope="module")
def log() -> Any:
    scenario = made(members=3000, days=150, policy=BUSY, response=OFTEN)
    return scenario, *watched(scenario, seed=4)


def test_a_log_lived_again_brings_the_same_friends(log) -> None:
    scenario, kept, events = log
    again = replay(scenario, events, seed=4, lost=kept.members["key"][kept.members["lost"] == 1])
    assert (again.evidence["unmatched"] == 0).all() and len(events.referrals) > 300
    for field in ("key", "referred", "trust", "joined", "channel", "clicks", "left"):
        assert (again.members[field] == kept.members[field]).all(), field


def test_the_log_knows_how_readily_members_refer(log) -> None:
    """The likelihood of the referrals: events are those of the integrated hazard, and no other evidence depends on it."""
    scenario, kept, events = log
    lost, n = kept.members["key"][kept.members["lost"] == 1], len(events.referrals)
    once_more, half = (
        replay(s, events, seed=4, lost=lost).evidence
        for s in (scenario, scenario.with_changes({"response.refer": OFTEN["refer"] / 2}))
    )
    integral = 2 * (half["refer_log"].sum() - once_more["refer_log"].sum() + n * np.log(2))
    assert abs(n - integral) < 4 * integral**0.5
    for field in ("click_log", "visit_log", "use_log", "leave_integral", "log_rates"):
        assert (once_more[field] == half[field]).all(), field


# --- money -----------------------------------------------------------------------------------------------------------


def test_rewards_are_a_cost_of_winning_members() -> None:
    """In CAC, spend, profit and payback; not in contribution or LTV; ROI of operations holds the channels' joiners equal."""
    from sim.results.metrics import Account
    from sim.results.simulation import counterfactual

    scenario = made(members=2000, days=120, policy=BUSY, response=OFTEN)
    done = simulate(scenario, threads=1, keep_members=True)
    run, measures = done.run, done.measures
    friends, shared = run.totals["friends_joined"], run.totals["shared_joined"]
    paid, advertising = 8 * friends, 8 * 4 * 120
    assert friends > 50 and run.totals["rewards"] == pytest.approx(paid)
    assert measures["joiners"] == 4 * 120 + friends + shared
    assert measures["cac"] == pytest.approx((advertising + paid) / measures["joiners"])
    assert measures["paid_cac"] == pytest.approx(8)
    assert measures["profit"] == pytest.approx(measures["contribution"] - advertising - paid)
    assert measures["self_propagation"] == pytest.approx((friends + shared) / measures["joiners"])
    assert measures["k_factor"] == pytest.approx(run.totals["referrals_followed"] / run.closing["tenured"])
    idle = counterfactual(scenario, threads=1)
    assert idle.totals["joined"] == 4 * 120 and idle.totals["referrals"] == 0
    account = Account(run, idle)
    costs = run.totals["discounts"] + run.totals["message_cost"] + run.totals["gifts"]
    assert spend(account) == pytest.approx(costs + advertising + paid)
    gain = account.contribution - idle.totals["contribution"].sum() - paid
    assert roi_operations(account) == pytest.approx(gain / (costs + paid))
    assert ltv_cac(account) == pytest.approx(measures["ltv"] / measures["cac"])
    free = simulate(scenario.with_changes({"policy.referral.reward": 0.001, "policy.referral.friend_reward": 0}))
    assert free.measures["ltv"] == measures["ltv"] and free.measures["contribution"] == measures["contribution"]
    ages, share = paid_share(run)
    _, cheaper = paid_share(free.run)
    assert len(ages) > 2 and abs(share[2]) < abs(cheaper[2])


def test_who_is_referred_within_90_days_counts_for_k(pool) -> None:
    """Founders of a run of 103 days: those whom they referred by day 89, over all of them."""
    _, (run, members, _) = pool
    daily = run.daily["referrals"].to_numpy()
    founders_most = members["referred"][members["group"] == FOUNDER] % WAITS
    assert run.totals["referrals_followed"] <= min(daily[:K_DAYS].sum(), founders_most.sum())
    assert run.totals["referrals_followed"] > 0.5 * daily[:K_DAYS].sum()
    assert run.closing["tenured"] == (members["joined"] <= 103 - K_DAYS).sum()


def test_the_closing_form_knows_friends() -> None:
    """Friends who joined within 120 days: valued then, and lived to the end of their three years: within 2 % and chance."""
    policy = {"push": {"per_week": 3}, "content": {"education": 1.0}}
    policy |= {"referral": WORDS | {"first_order": {"mean_days": 20, "shape": 2}}}
    value = []
    for days in (120, 120 + 1095):
        scenario = made(members=30_000, days=days, policy=policy, costs={"message": 0.02}, response=OFTEN)
        run = PoolModel(scenario, seed=5).run(keep_members=True)
        assert run.members is not None and run.rest is not None
        there = (run.members["channel"] == 1) & (run.members["joined"] < 120)
        order = np.argsort(run.members["key"][there])
        value.append((run.members["value"] + run.rest)[there][order])
    closed, long = value
    off = closed - long
    se = off.std(ddof=1) / np.sqrt(len(off))
    assert len(closed) == len(long) > 4000 and se < 0.03 * long.mean()
    assert abs(off.mean()) < 0.02 * long.mean() + 3 * se


# --- where it ends ---------------------------------------------------------------------------------------------------


def test_check_says_where_only_the_market_ends_the_growth() -> None:
    """0.0049 a day at full trust, half as often again in a week with a check-in, three times in one with a meet-up."""
    words = {"referral": {"market": 1e5}}
    party = groups({"kind": "meet_up", "per_week": 0.5, "benefit": "prize"})
    for policy, friends in ((words, 0.44), (words | groups({"kind": "check_in"}), 0.66), (words | party, 0.88)):
        told = [
            *explained(made(members=9, policy=policy, response=OFTEN)),
            *notes(made(members=9, policy=policy, response=OFTEN)),
        ]
        assert [
            line for line in told if f"at full trust {friends} in 90 days" in line
        ] and "only the market" not in str(told)
    loud = made(members=9, policy=words | groups({"kind": "meet_up", "benefit": "prize"}), response=OFTEN)
    assert any("brings 1.3 friends in 90 days" in note and "only the market" in note for note in notes(loud))
    assert any("1.3 位好友" in note for note in notes(loud, "zh"))
    full = made(members=90, policy={"referral": {"market": 80}}, response={"refer": 0.0})
    said = [note for note in notes(full) if note.startswith("policy.referral")]
    assert "nobody is left to bring" in said[0] and "response.refer is 0" in said[1]


def test_draws_bring_less_than_one_friend_each() -> None:
    """Also about a response near the bound, where a good part of the draws would lie above it."""
    near = Response(refer=0.0045, reward_effect=0.5, ugc_effect=0.5)
    drawn = [near.draw(3, r) for r in range(12)] + [Response().draw(3, r) for r in range(12)]
    brought = [friends_brought(d.refer, d.reward_effect, d.ugc_effect) for d in drawn]
    assert max(brought) < MOST_FRIENDS and min(brought) < 0.2
    assert sum(once(near, draws.prior_key(3, r)) is None for r in range(12)) > 2, "the bound was asked for nothing"


def test_friends_without_an_end_are_refused() -> None:
    with pytest.raises(BadInput, match=r"response.refer: friends would bring friends without an end.*= 1.13 friends"):
        made(members=1, response={"refer": 0.0036, "reward_effect": 1.33})


def test_a_pool_beyond_what_memory_is_kept_for_is_refused() -> None:
    check_room(MOST_PEOPLE, 7)
    with pytest.raises(BadInput, match=r"policy\.referral: by day 70 .* lower market"):
        check_room(MOST_PEOPLE + 1, 70)


def test_a_note_on_rewards_names_what_it_adds_up() -> None:
    """Two amounts together, or the one that there is."""
    for rewards, key in (
        ({"reward": 300, "friend_reward": 200}, "reward + friend_reward"),
        ({"reward": 500}, "reward"),
        ({"friend_reward": 500}, "friend_reward"),
    ):
        dear = made(members=9, policy={"referral": {"market": 1e5, **rewards}})
        assert any(note.startswith(f"policy.referral.{key}: 500 USD is") for note in notes(dear)), key


def test_ltv_and_cac_by_channel_add_up() -> None:
    """Friends are a way of their own, and cost their rewards; who came by what was shared costs nothing."""
    scenario = made(members=2000, days=120, policy=BUSY, response=OFTEN, costs={"tools_per_month": 400})
    done = simulate(scenario, threads=1, keep_members=True)
    parts = done.by_channel().set_index("channel")
    assert list(parts.index) == ["card", "feed", "referral"]
    assert parts.loc["card", "cac"] == pytest.approx(8) and parts.loc["referral", "cac"] == pytest.approx(8)
    assert parts.loc["feed", "spend"] == 0 and parts.loc["feed", "joiners"] == done.run.totals["shared_joined"]
    assert np.isnan(parts.loc["feed", "ltv_cac"])
    assert parts["joiners"].sum() == done.measures["joiners"]
    for name in ("cac", "ltv"):
        whole = np.average(parts[name], weights=parts["joiners"])
        assert whole == pytest.approx(done.measures[name], rel=1e-6), name
