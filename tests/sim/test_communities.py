# ruff: noqa: E501  (sentences as they are said)
"""Communities: who is in a group, what its mood does and costs, and how groups live and die (docs/model.md, section 6)."""

from typing import Any

import numpy as np
import pytest

from sim import draws
from sim.behaviour import community
from sim.catalogue import CONTENT_TYPES, LIMITS, MILLION, NEVER, PERSONAS, PUSH_CHANNELS, WEEK
from sim.drafting.explained import explained
from sim.engine.lanes import LANES
from sim.policies.push import schedules
from sim.pool import PoolModel
from sim.results.metrics import measures
from sim.results.metrics.account import Account
from sim.results.simulation import simulate
from sim.scenario import Response, Scenario

from .conftest import lived, made
from .test_direction import falls, rises
from .test_explained import said_of

PROGRAMME = [{"kind": "live"}, {"kind": "ugc", "per_week": 2}, {"kind": "check_in", "per_week": 5, "hour": 9}]
LIVELY: dict[str, Any] = {"push": {"cap_per_day": 3}, "community": {"programme": PROGRAMME}}
GROUP = {"channel": "group", "hour": 9}
ADVERTS = {"push": {"cap_per_day": 3}, "lines": [{"per_week": 7, "content": "promotion", **GROUP}], "community": {}}
BENEFITS = {
    "prize": {"kind": "vote", "worth": 0.4, "unit_cost": 0.2},
    "today": {"kind": "percent", "off": 0.2, "valid_days": 1},
    "week": {"kind": "percent", "off": 0.2},
}


def weeks_of(scenario: Scenario, weeks: int) -> tuple[PoolModel, list[np.ndarray]]:
    """A pool after so many weeks, and its groups (COMMUNITY[n]) as they were looked back at after each."""
    model, seen = PoolModel(scenario, threads=1), []
    for _ in range(weeks):
        for _ in range(WEEK):
            model.step()
        entries = model.brand.communities.entries
        seen.append(entries[entries["members"] > 0].copy())
    return model, seen


def shares(groups: np.ndarray) -> np.ndarray:
    return groups["talkers"] / groups["members"]


# --- who is in one, and what reaches her ------------------------------------------------------------------------------


def test_who_takes_part() -> None:
    """Eight of ten, all of the sociable (1.5 times as often, cut at 1), four of ten of the busy."""
    members = lived(made("cdnow", members=20_000, days=1, policy=LIVELY)).members
    for persona, chance in zip(PERSONAS, (0.8, 0.8, 1.0, 0.4), strict=True):
        own = members["in_group"][members["persona"] == PERSONAS.index(persona)]
        assert own.mean() == pytest.approx(chance, abs=5 * np.sqrt(chance * (1 - chance) / len(own))), persona
    few = lived(made("cdnow", members=20_000, days=1, policy=LIVELY, response={"group_share": 0.5})).members
    assert (few["in_group"] <= members["in_group"]).all() and few["in_group"].sum() < members["in_group"].sum()
    assert not lived(made("cdnow", members=500, days=1, policy={"push": {"per_week": 3}})).members["in_group"].any()


def test_what_is_written_in_groups_reaches_who_is_in_them() -> None:
    kept = lived(made("cdnow", members=3000, days=28, policy=LIVELY))
    inside = kept.members["in_group"] == 1
    assert (kept.members["last_sent"][inside] != NEVER).all() and (kept.members["last_sent"][~inside] == NEVER).all()
    (schedule,) = schedules(kept.run.scenario)
    totals, stayed = kept.run.totals, kept.members["left"] == NEVER
    assert totals["delivered"] == totals["group_messages"] > 0.99 * (inside & stayed).sum() * schedule.sends[:28].sum()
    assert totals["message_cost"] == 0


def test_without_communities_the_channel_reaches_everybody() -> None:
    kept = lived(made("cdnow", members=500, days=14, policy={"lines": [{"per_week": 7, **GROUP}]}))
    assert (kept.members["last_sent"] != NEVER).all() and kept.run.totals["groups"] == kept.run.totals[
        "group_messages"
    ] == 0


def test_a_limit_holds_for_what_is_meant_for_her() -> None:
    """Who is in no group and wants so many a week gets as many of the others: messages in groups are none of hers."""
    ask = [{"delay": 1, "content": "emotion", "consent": True}]
    policy = {
        "acquisition": [{"channel": "card", "per_day": 60, "buyers": 1.0}],
        "push": {"per_week": 14, "cap_per_day": 40},
        "content": {"emotion": 1.0},
        "lines": [{"per_week": 14, "content": "emotion", **GROUP}],
        "community": {},
        "welcome": ask,
    }
    answering = {"contents": {"emotion": {"engage": 0.9}}}
    free = {"changes": {"margin": 0.0}, "costs": {"message": 1.0, "channels": {"group": 0.0}}, "response": answering}
    model = PoolModel(made("cdnow", members=0, days=6 * WEEK, policy=policy, **free), threads=1)
    model.world["discount"][:] = 1.0
    for _ in range(5 * WEEK):
        model.step()
    before = np.concatenate(model.member_blocks()).copy()
    for _ in range(WEEK):
        model.step()
    now = np.concatenate(model.member_blocks())[: len(before)]
    chosen = (before["choice"] > 0) & (now["left"] == NEVER) & (before["joined"] < 4 * WEEK)
    limit, paid = np.array(LIMITS)[before["choice"] % 8], before["value"] - now["value"]
    outside = chosen & (before["in_group"] == 0) & (limit >= 1)
    assert outside.sum() > 50 and (paid[outside] == limit[outside]).all()
    inside = chosen & (before["in_group"] == 1) & (limit >= 1)
    assert (paid[inside] <= limit[inside]).all() and paid[inside].mean() < 0.8 * limit[inside].mean(), (
        "half are written there"
    )


# --- mood and energy ----------------------------------------------------------------------------------------------------


def test_mood_by_hand() -> None:
    """Week by week: mood + 0.3 (share (1 - promo) - mood), share of the members in the pool who have clicked in the week."""
    lines = [{"per_week": 2, "content": "promotion", **GROUP}, {"per_week": 3, "content": "education", **GROUP}]
    policy = LIVELY | {"lines": lines, "push": {"per_week": 2, "cap_per_day": 4}}
    model = PoolModel(made("cdnow", members=3 * LANES + 100, days=8 * WEEK, policy=policy), threads=1)
    expected = np.zeros(4)
    for week in range(8):
        for day in range(WEEK):
            model.step()
            if day == 0:
                np.testing.assert_allclose(model.brand.communities.entries["mood"][:4], expected, rtol=1e-12)
        members = np.concatenate(model.member_blocks())
        here = (members["in_group"] == 1) & (members["left"] == NEVER)
        talked = here & (members["last_talk"] >= week * WEEK)
        group = np.arange(len(members)) // LANES
        share = np.bincount(group, talked) / np.bincount(group, here)
        sent = model.world["push"]["messages"][0][model.world["push"]["sends"][0, :, None] > np.arange(40)]
        own = sent[sent["channel"] == PUSH_CHANNELS.index("group")]
        promotions = (own["content"] == CONTENT_TYPES.index("promotion")).mean()
        assert len(own) in (12, 13, 14) and 1 / 14 <= promotions <= 3 / 12
        expected += 0.3 * (share * (1 - promotions) - expected)
    assert (expected > 0.15).all()


def test_energy_by_hand() -> None:
    """exp(s z - s^2 / 2) (1 + 2^(-age / 30)), z of the group's number and the seed, age from its first joiner on."""
    joining = [{"channel": "card", "per_day": 8, "buyers": 1.0}]
    scenario = made("cdnow", members=LANES, days=63, policy=LIVELY | {"acquisition": joining})
    model, _ = weeks_of(scenario, 9)
    entries = model.brand.communities.entries
    members = np.concatenate(model.member_blocks())
    for group in range(3):
        own = draws.child_key(model.key, community.GROUP, group)
        z = draws.normal(own, community.GROUP, 0)
        began = members["joined"][group * LANES]
        level = np.exp(0.5 * z - 0.125)
        assert entries["began"][group] == began and (began > 0) == (group > 1)
        assert entries["energy"][group] == pytest.approx(level * (1 + 0.5 ** ((56 - began) / 30)), rel=1e-12)
    assert entries["began"][3] == NEVER and entries["members"][3] == 0
    many = np.zeros(20_000, entries.dtype)
    community.found(many, 0, model.key)
    assert many["spirit"].mean() == pytest.approx(0, abs=0.04) and many["spirit"].std() == pytest.approx(1, abs=0.03)


def test_a_lively_group_answers_more_up_to_a_bound() -> None:
    """engage is times the energy, at most 0.95; what is written elsewhere is as it was."""
    loud = {"response": {"contents": {"ugc": {"engage": 0.5}}, "energy_spread": 0.0}, "members": 2000, "days": 1}
    one = {"push": {"cap_per_day": 3}, "community": {"programme": [{"kind": "ugc", "per_week": 7}]}}
    totals = lived(made("cdnow", policy=one, **loud)).run.totals
    rate, n = totals["clicks"] / totals["reads"], totals["delivered"]
    assert rate == pytest.approx(0.95, abs=0.07), "energy 2 at the beginning"
    there = totals["reads"] / n
    line = {"lines": [{"per_week": 7, "content": "ugc", **GROUP}]}
    plain = lived(made("cdnow", policy=line, **loud)).run.totals
    assert plain["clicks"] / plain["reads"] == pytest.approx(0.5, abs=0.05)
    assert there == pytest.approx(plain["reads"] / plain["delivered"], rel=0.1)


def test_mood_is_read_and_trusted() -> None:
    """E26: in groups that talk more is read, and trust is higher, than in the same groups without a mood."""
    none = {"response": {"mood_on_attention": 0.0, "mood_gain": 0.0}}
    given = {"members": 20_000, "days": 150, "policy": LIVELY}
    silent, read, trusted = (
        lived(made("cdnow", **given, **more))
        for more in (none, {"response": {"mood_gain": 0.0}}, {"response": {"mood_on_attention": 0.0}})
    )
    inside = silent.members["in_group"] == 1
    rises(silent.members["clicks"][inside], read.members["clicks"][inside])
    rises(silent.members["trust"][inside], trusted.members["trust"][inside])
    falls((silent.members["left"] != NEVER)[inside], (trusted.members["left"] != NEVER)[inside])
    for other in (read, trusted):
        assert (silent.members[~inside] == other.members[~inside]).all()


# --- what it costs ------------------------------------------------------------------------------------------------------


def test_costs_by_hand() -> None:
    """A manager a group a day, what is written once a group, an item for each group, a session for all; every week as much
    as it costs, whoever is there to share it."""
    programme = [{"kind": "live", "cost": 50}, {"kind": "ugc", "per_week": 2, "cost_per_group": 3}]
    groups = {"manager_per_month": 365, "programme": programme}
    policy = {"push": {"per_week": 2, "cap_per_day": 4}, "community": groups}
    given: dict[str, Any] = {"members": 3 * LANES, "days": 31, "policy": policy, "costs": {"message": 0.5}}
    run = lived(made("cdnow", **given)).run
    (schedule,) = schedules(run.scenario)
    line = np.repeat(np.arange(35), schedule.sends), schedule.line
    live, ugc = (np.bincount(line[0][line[1] == n], minlength=35)[:31] for n in (1, 2))
    by_day = 3 * (12 + 0.5 * (live + ugc) + 3 * ugc) + 50 * live
    by_week = np.add.reduceat(by_day, range(0, 31, WEEK))
    paid = run.daily["community_cost"].to_numpy()
    np.testing.assert_allclose(paid[::WEEK], by_week, rtol=1e-6)
    assert paid.sum() == pytest.approx(by_day.sum(), rel=1e-6)
    totals = run.totals
    assert totals["message_cost"] == pytest.approx(0.5 * (totals["delivered"] - totals["group_messages"]))
    model = PoolModel(made("cdnow", **{**given, "lives": LANES, "members": 4 * LANES}), threads=1)
    model.step()
    assert model.world["community"]["sessions"] == 0.25 * 50 * live[:WEEK].sum() * MILLION, (
        "of a pool of four times as many"
    )


def test_a_session_is_dearer_where_fewer_share_it() -> None:
    """Its members pay for a group: the smaller it is, the more each pays; a session for all costs all the same."""
    members = LANES + 30
    scenario = made("cdnow", members=members, days=WEEK, policy={"community": {"manager_per_month": 100}})
    model = PoolModel(scenario, threads=1)
    model.step()
    entries = model.brand.communities.entries[:2]
    fee = round(100 * 12 / 365 * WEEK * MILLION) / entries["members"]
    np.testing.assert_allclose(entries["fee"], np.round(fee))
    assert entries["fee"][1] > 5 * entries["fee"][0]


# --- what is in a programme -------------------------------------------------------------------------------------------


def test_what_items_are() -> None:
    """A check-in tires as 0.2 messages do, a stranger's promotion sells nothing of the brand's and costs it nothing, an
    adviser's word in the groups builds more trust."""
    items = [{"kind": "check_in", "per_week": 7}, {"kind": "meet_up", "per_week": 7, "benefit": "prize"}]
    policy = {"push": {"cap_per_day": 9}, "benefits": BENEFITS, "community": {"programme": items, "moderated": False}}
    model = PoolModel(made("cdnow", members=1, days=7, policy=policy, costs={"message": 1}), threads=1)
    model.step()
    push = model.world["push"]
    sent = push["messages"][0][push["sends"][0, :, None] > np.arange(40)]
    by_line = {int(line): sent[sent["line"] == line][0] for line in np.unique(sent["line"])}
    assert len(by_line) == 3 and (sent["grouped"] == 1).all() and (sent["cost"] == 0).all()
    check_in, meet_up, stranger = (by_line[line] for line in sorted(by_line))
    response = Response()
    assert check_in["weight"] == pytest.approx(0.2 * response.tiring.group) and check_in["post"] == MILLION
    assert meet_up["content"] == CONTENT_TYPES.index("emotion") and meet_up["benefit"] > 0
    assert stranger["interest"] == 0 and stranger["post"] == 0 and stranger["trust"] < 0
    assert (sent["line"] == stranger["line"]).sum() == 1
    advised = policy | {"community": {"programme": items, "adviser": True}}
    other = PoolModel(made("cdnow", members=1, days=7, policy=advised), threads=1)
    other.step()
    there = other.world["push"]["messages"][0]
    there = there[there["line"] == check_in["line"]][0]
    assert there["trust"] == pytest.approx(response.adviser * check_in["trust"])


def test_weeks_with_a_meet_up_and_a_drive_are_known() -> None:
    """What referral asks for: a meet-up this week, a drive for members' own content this week."""
    programme = [{"kind": "meet_up", "per_week": 0.25, "benefit": "prize"}, {"kind": "ugc", "per_week": 0.5}]
    scenario = made("cdnow", members=5, days=84, policy={"benefits": BENEFITS, "community": {"programme": programme}})
    model, told = PoolModel(scenario, threads=1), []
    while model.day < 84:
        model.step()
        if model.day % WEEK == 0:
            push, plan = model.world["push"], model.world["community"]
            sent = push["messages"][0][push["sends"][0, :, None] > np.arange(40)]
            about = [(sent["content"] == CONTENT_TYPES.index(content)).any() for content in ("emotion", "ugc")]
            assert [bool(plan["meet_up"]), bool(plan["ugc"])] == about
            told.append(about)
    assert np.sum(told, axis=0).tolist() == [3, 6]
    nothing = PoolModel(made("cdnow", members=5, days=7), threads=1)
    nothing.step()
    assert nothing.world["community"]["meet_up"] == nothing.world["community"]["ugc"] == 0


def test_strangers_spoil_a_group() -> None:
    given = {"members": 10_000, "days": 120}
    kept = {moderated: lived(made("cdnow", policy=groups(moderated), **given)) for moderated in (True, False)}
    inside = kept[True].members["in_group"] == 1
    falls(*(kept[moderated].members["trust"][inside] for moderated in (True, False)))
    moods = [kept[moderated].run.daily["mood"].iloc[-1] for moderated in (True, False)]
    assert moods[1] < 0.95 * moods[0]


def groups(moderated: bool = True, **more: Any) -> dict[str, Any]:
    return LIVELY | {"community": {"programme": PROGRAMME, "moderated": moderated, **more}}


def test_an_adviser_is_trusted() -> None:
    given = {"members": 10_000, "days": 90}
    one, two = (lived(made("cdnow", policy=groups(adviser=adviser), **given)).members for adviser in (False, True))
    inside = one["in_group"] == 1
    rises(one["trust"][inside], two["trust"][inside])


def test_measures_by_hand() -> None:
    joining = [{"channel": "advert", "per_day": 20}]
    scenario = made("cdnow", members=600, days=45, policy=LIVELY | {"acquisition": joining})
    done = simulate(scenario, threads=1, keep_members=True)
    members, m, totals = done.run.members, done.measures, done.run.totals
    assert members is not None
    inside = members["in_group"] == 1
    there = inside & (members["left"] == NEVER)
    talked = there & (members["last_talk"] != NEVER) & (members["last_talk"] > 44 - WEEK)
    assert m["talkers_7_days"] == pytest.approx(talked.sum() / there.sum())
    followed = inside & (members["group"] > 0) & (members["joined"] < 45 - WEEK)
    lost = followed & (members["left"] != NEVER) & (members["left"] - members["joined"] <= WEEK)
    assert m["group_loss_7_days"] == pytest.approx(lost.sum() / followed.sum()) and lost.sum() > 0
    daily = done.run.daily
    assert m["group_interactions_per_day"] == pytest.approx(totals["clicks"] / daily["groups"].sum())
    assert totals["group_clicks"] == totals["clicks"] == members["clicks"].sum()
    assert m["live_completion"] == pytest.approx(totals["live_clicks"] / totals["live_reads"])
    assert 0 < totals["live_clicks"] < totals["clicks"] and 0 < totals["live_reads"] < totals["reads"]
    assert m["mood"] == pytest.approx(daily["mood"].iloc[-1]) and m["mood_spread"] > 0.02 and m["quiet_groups"] < 1
    none = Account(lived(made("cdnow", members=50, days=20)).run, done.run)
    assert all(measures(none)[name] is None for name in ("talkers_7_days", "mood", "mood_spread", "live_completion"))


def test_groups_of_an_empty_pool_cost_nothing() -> None:
    policy = {
        "acquisition": [{"channel": "card", "per_day": 0.05, "personas": {"sociable": 1.0}}],
        "community": {"manager_per_month": 900},
    }
    scenario = made("cdnow", members=0, days=28, policy=policy, response={"leave_early": 0.0})
    paid = PoolModel(scenario, threads=1).run().daily["community_cost"]
    assert (paid[:21] == 0).all() and paid[21] == pytest.approx(900 * 12 / 365 * WEEK), "the first joins on day 19"


# --- in words ---------------------------------------------------------------------------------------------------------


def with_groups(**policy: Any) -> Scenario:
    return made("cdnow", members=100, days=364, policy={"acquisition": [{"channel": "card", "per_day": 1}]} | policy)


def in_words(s: Scenario, lang: Any = "en") -> list[str]:
    return [sentence for sentence in explained(s, lang) if sentence.startswith("policy.community")]


def test_a_community_in_words() -> None:
    programme = [
        {"kind": "live", "cost": 1200},
        {"kind": "meet_up", "per_week": 0.25, "benefit": "b", "cost_per_group": 80},
    ]
    community = {"programme": programme, "adviser": True, "moderated": False, "manager_per_month": 300}
    s = with_groups(benefits={"b": {"kind": "vote", "worth": 1, "unit_cost": 1}}, community=community)
    assert in_words(s) == [
        "policy.community.programme.0: a live session, 1 session a week, in the groups, at 20 h, live sessions, 1,200 USD a session",
        "policy.community.programme.1: a meet-up to which members bring friends, 0.25 times a week, in the groups, at 20 h, emotion, with b, 80 USD each time for each group",
        "policy.community.moderated: strangers' promotions, which nobody keeps out, 1 a week, in the groups, at 12 h, promotion",
        "policy.community: about 76 % of members take part, in groups of up to 256 places, an adviser speaks there: what builds trust in the groups does so 1.6 times as much, each group's manager costs 300 USD a month",
    ]
    assert in_words(s, "zh")[1:3] == [
        "policy.community.programme.1：线下聚会，会员可带朋友，每周 0.25 次，社群，20 点，情感陪伴，附带 b，每次每群 80 USD",
        "policy.community.moderated：无人管理，外人来发广告，每周 1 条，社群，12 点，促销",
    ]
    assert said_of("policy.community", s) == []


def test_groups_in_which_nothing_can_grow() -> None:
    adverts = {"lines": [{"per_week": 3, "channel": "group", "content": "promotion"}]}
    nothing = [said_of("policy.community", with_groups(community={"moderated": m})) for m in (True, False)]
    assert (
        nothing == [["the brand writes nothing in the groups; give it a programme, or a line with channel: group"]] * 2
    )
    (only,) = said_of("policy.community", with_groups(community={}, **adverts))
    assert only.startswith("nothing but promotions is written in the groups")
    assert said_of("policy.community", with_groups(community={"programme": [{"kind": "ugc"}]}, **adverts)) == []
    assert said_of("policy.community", with_groups(**adverts)) == []


def test_groups_in_which_nobody_is_are_noted() -> None:
    nobody = made(members=9, policy=LIVELY, response={"group_share": 0})
    assert said_of("response.group_share", nobody)[0].startswith("is 0, so nobody takes part in the groups")
    assert "没有会员进群" in said_of("response.group_share", nobody, "zh")[0]
    assert said_of("response.group_share", made(members=9, policy=LIVELY, response={"group_share": 0.01})) == []
    assert said_of("response.group_share", made(members=9, response={"group_share": 0})) == []
