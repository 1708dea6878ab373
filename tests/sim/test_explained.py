# ruff: noqa: E501  (sentences as they are said)
"""What `siyu check` says of a policy in words: what each part does, what falls away, what can never be."""

from pathlib import Path
from typing import Any

import pytest

from sim.drafting.explained import explained
from sim.drafting.notes import notes
from sim.scenario import Scenario, load

from .conftest import made
from .whole import WHOLE

ROOT = Path(__file__).resolve().parents[2]
CARD = {"acquisition": [{"channel": "card", "per_day": 1}]}


def scenario(days: int = 364, **policy: Any) -> Scenario:
    return made(members=100, days=days, policy=CARD | policy)


def said_of(key: str, s: Scenario, lang: Any = "en") -> list[str]:
    """What is noted of a key, the key itself left out."""
    sign = "：" if lang == "zh" else ": "
    return [note.partition(sign)[2] for note in notes(s, lang) if note.partition(sign)[0] == key]


def touch(anchor: str = "silent", delay: int = 90, **more: Any) -> dict[str, Any]:
    return {"touches": [{"anchor": anchor, "delay": delay, "content": "emotion", **more}]}


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_everything_is_explained_in_a_sentence_each(lang: Any) -> None:
    s = made(members=100, policy=WHOLE | {"push": WHOLE["push"] | {"aim": True}})
    routines = ["welcome.0", "welcome.1", "follow_up.0", "wake_up.0", "birthday.0", "care.0", "touches.0"]
    assert [sentence.replace("：", ":").partition(":")[0] for sentence in explained(s, lang)] == [
        "policy.push", "policy.lines.0", "policy.community.programme.0", "policy.community.programme.1",
        "policy.community.moderated", "policy.events.sale.lines.0", "policy", "policy.segments.busy.push",
        "policy.segments.busy.lines.0", "policy.segments.busy", "policy.experiments.0.push", "policy.experiments.0.lines.0",
        "policy.experiments.0", "policy.quiet_hours", "policy.community", "policy.account", "policy.tag_accuracy",
        "policy.benefits.half", "policy.benefits.gift", "policy.benefits.trial", "policy.experiments.0.coupons.0",
        "policy.acquisition.0", *(f"policy.{row}" for row in routines), "policy.membership", "policy.membership.tiers.0",
        "policy.membership.tiers.1", "policy.referral", "policy.referral.reward", "policy.referral.outward",
        *["policy.service"] * 2, "policy.crisis", "policy.experiments.0", "policy.events.sale",
    ]  # fmt: skip
    assert explained(made(members=1), lang) == []


def messages(s: Scenario, lang: Any = "en") -> list[str]:
    """What is said of all but who joins."""
    return [sentence for sentence in explained(s, lang) if not sentence.startswith("policy.acquisition")]


def test_a_sentence_holds_what_was_written() -> None:
    s = scenario(push={"per_week": 2.5, "hour": [9, 20], "executed": 0.8}, content={"ugc": 0.25, "live": 0.75})
    assert messages(s) == [
        "policy.push: 2.5 a week, one to one, at 9, 20 h in turn, live sessions 75 %, members' own content 25 %, sent by 80 % of the accounts"
    ]
    assert messages(s, "zh") == [
        "policy.push：每周 2.5 条，一对一，9、20 点轮流，直播 75%，用户内容（UGC）25%，80% 的账号会发出"
    ]


def test_of_a_segment_only_what_is_its_own_is_told() -> None:
    segments = {
        "new": {"content": {"live": 1}},
        "busy": {"push": {"per_week": 1}},
        "loyal": {"lines": []},
        "silent": {"coupons": []},
    }
    said = messages(scenario(push={"per_week": 2}, lines=[{"per_week": 1, "content": "ugc"}], segments=segments))
    assert [sentence.partition(":")[0] for sentence in said] == [
        "policy.push", "policy.lines.0", "policy", "policy.segments.new.content", "policy.segments.busy.push",
        "policy.segments.busy",
    ]  # fmt: skip
    assert "policy.segments.new.content: live sessions" in said
    assert said[-1] == "policy.segments.busy: 2 regular messages a week in all, at most 2 fit the limits"


# --- what falls away -------------------------------------------------------------------------------------------------


def test_what_a_channel_does_not_let_through() -> None:
    (note,) = said_of("policy.lines.0", scenario(lines=[{"per_week": 14, "channel": "mass"}], push={"cap_per_day": 3}))
    assert (
        note
        == "by mass sending no more than 1 a day reaches a member: 7 of the 14 a week fall away; plan fewer, or use another channel"
    )
    (note,) = said_of("policy.push", scenario(push={"per_week": 3.5, "channel": "official"}))
    assert note.startswith("from the official account no more than 4 in 30 days reach a member: 2.5 of the 3.5 a week")
    assert said_of("policy.push", scenario(push={"per_week": 7, "channel": "sms"})) == []
    (chinese,) = said_of("policy.push", scenario(push={"per_week": 14, "cap_per_day": 2, "channel": "moments"}), "zh")
    assert chinese == "朋友圈每天至多让一位会员收到 1 条：每周 14 条中有 7 条发不出去；请减少条数，或换一个渠道"


def test_what_goes_beyond_the_cap() -> None:
    (note,) = said_of("policy.push", scenario(push={"per_week": 21, "cap_per_day": 2}))
    assert note == "cap_per_day 2 lets 14 of the 21 messages a week through; raise it to send more"
    (note,) = said_of("policy.push", scenario(push={"per_week": 7}, lines=[{"per_week": 7}]))
    assert note == "cap_per_day 1 is for all lines together: 7 of 14 messages a week fall away; raise it to send more"
    assert said_of("policy.push", scenario(push={"per_week": 7, "cap_per_day": 2}, lines=[{"per_week": 7}])) == []
    own = {"busy": {"push": {"per_week": 21}}}
    s = scenario(push={"per_week": 7}, segments=own)
    assert said_of("policy.push", s) == [] and len(said_of("policy.segments.busy.push", s)) == 1


def test_the_weeks_total_is_what_goes_out() -> None:
    s = scenario(push={"per_week": 7}, lines=[{"per_week": 7}, {"per_week": 0}])
    assert "policy: 14 regular messages a week in all, at most 7 fit the limits" in explained(s)


def test_the_weeks_total_is_also_what_accounts_send() -> None:
    s = scenario(lines=[{"per_week": 3.5, "channel": "mass"}])
    assert (
        "policy: 3.5 regular messages a week in all, at most 3.5 fit the limits, 1.75 sent by the accounts"
        in explained(s)
    )
    assert "policy：常规消息合计每周 3.5 条，限额内最多发出 3.5 条，账号实际发出 1.75 条" in explained(s, "zh")
    nothing_of_it = scenario(push={"per_week": 1}, lines=[{"per_week": 0, "channel": "mass"}])
    assert "policy: 1 regular message a week in all, at most 1 fit the limits" in explained(nothing_of_it)


def test_every_day_is_said_as_one_says_it() -> None:
    (daily,) = messages(scenario(**touch(every=1, times=3)))
    assert "again every day, 3 times in all" in daily
    (chinese,) = messages(scenario(**touch(every=1, times=3)), "zh")
    assert "之后每天一次，共 3 次" in chinese
    (weekly,) = messages(scenario(**touch(every=7, times=3)))
    assert "again every 7 days, 3 times in all" in weekly


# --- touches that come oftener than their channel lets through -------------------------------------------------------


def rows(*given: dict[str, Any], **shared: Any) -> dict[str, Any]:
    return {"touches": [{"anchor": "ordered", "content": "emotion", **shared, **row} for row in given]}


CROWDED = {
    "every": (rows({"delay": 1, "every": 3, "times": 20}, channel="official"), "policy.touches.0", 10),
    "five rows": (rows(*({"delay": n} for n in range(2, 31, 6)), channel="official"), "policy.touches.4", 5),
    "one day": (rows({"delay": 3}, {"delay": 3}, channel="sms"), "policy.touches.1", 2),
    "both repeated": (rows({"delay": 3, "every": 4, "times": 9}, {"delay": 11}, channel="call"), "policy.touches.1", 2),
    "one may be both": (rows({"delay": 3, "to": "busy"}, {"delay": 3, "to": "loyal"}, channel="sms"), "policy.touches.1", 2),
    "the stage may change": (
        rows(*({"delay": n, "to": to} for n, to in enumerate(("customer", "repeat", "loyal", "loyal", "loyal"), 1)), channel="official"),
        "policy.touches.4",
        5,
    ),
    "two lists": (
        {"welcome": [{"delay": 1, "content": "live", "channel": "mass"}], **rows({"anchor": "joined", "delay": 1, "channel": "mass"})},
        "policy.touches.0",
        2,
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", CROWDED)
def test_touches_that_may_exceed_their_channels_limit_are_told(what: str) -> None:
    policy, key, sent = CROWDED[what]
    (note,) = said_of(key, scenario(**policy))
    assert "but touches are not held to that" in note and f"up to {sent} come " in note
    (chinese,) = said_of(key, scenario(**policy), "zh")
    assert "不受此限" in chinese and f"最多会触达 {sent} 次" in chinese


def test_the_rows_that_crowd_are_named() -> None:
    policy = rows({"delay": 3}, {"delay": 9}, {"delay": 3, "every": 9, "times": 2}, channel="sms")
    (note,) = said_of("policy.touches.2", scenario(**policy))
    assert note == (
        "by text message no more than 1 a day reaches a member, but touches are not held to that: up to 2 come on one day "
        "from policy.touches.0, policy.touches.2; set them on different days, or use another channel"
    )
    often = rows({"delay": 5, "every": 7, "times": 10}, channel="official")
    (note,) = said_of("policy.touches.0", scenario(**often))
    assert note == (
        "from the official account no more than 4 in 30 days reach a member, but touches are not held to that: up to 5 come "
        "in 30 days from policy.touches.0; set them further apart, or use another channel"
    )


@pytest.mark.parametrize(
    "policy",
    [
        rows({"delay": 1, "every": 10, "times": 30}, channel="official"),
        rows({"delay": 1, "every": 1, "times": 30}, channel="sms"),
        rows({"delay": 1, "every": 1, "times": 30}),  # one to one knows no limit
        rows({"delay": 3, "to": "busy"}, {"delay": 3, "to": "sociable"}, channel="sms"),  # nobody has two tags
        rows({"delay": 3, "to": "loyal"}, {"delay": 3, "to": "repeat"}, channel="sms"),  # nor two stages on one day
        rows({"delay": 3}, {"delay": 3, "executed": 0.0}, channel="call"),
        rows({"delay": 3}, {"delay": 3, "anchor": "birthday"}, channel="call"),  # two dates that seldom meet
        rows({"delay": 350, "every": 3, "times": 30}, channel="official", executed=0.5),
    ],
)
def test_nothing_is_said_of_touches_that_keep_to_their_channel(policy: dict[str, Any]) -> None:
    assert not [note for note in notes(scenario(360, **policy)) if "not held to" in note]


def test_what_quiet_hours_move() -> None:
    s = scenario(push={"per_week": 2, "hour": [7, 20]}, quiet_hours={}, **touch(hour=23))
    assert said_of("policy.push", s) == ["at 7 h is within the quiet hours, so what is planned then goes out at 8 h"]
    assert said_of("policy.touches.0", s) == [
        "at 23 h is within the quiet hours, so what is planned then goes out at 8 h"
    ]


# --- what can never be -----------------------------------------------------------------------------------------------

NEVER = {
    "nobody joins": ({"acquisition": [], **touch("joined", 1)}, "it counts from joining, and nobody joins"),
    "after the run": (touch("ordered", 400), "its delay of 400 days goes beyond the 364 days of the run"),
    "new for three days": (touch("joined", 3, to="new"), "members are new for 3 days after joining only"),
    "not silent yet": (touch("silent", 30, to="silent"), "nobody is silent before 90 days without an interaction"),
    "not silent after joining": (touch("joined", 30, to="silent"), "nobody is silent before 90 days"),
    "silent and loyal": (touch("silent", 90, to="loyal"), "who has not interacted for 90 days is silent"),
    "ordered and not": (touch("ordered", 9, to="engaged"), "engaged are those who have not ordered yet"),
    "orders and not": (touch("birthday", 9, to="engaged", from_order=1), "engaged are those who have not ordered yet"),
}


@pytest.mark.parametrize("what", NEVER)
def test_a_touch_that_can_never_be_due(what: str) -> None:
    policy, why = NEVER[what]
    (note,) = said_of("policy.touches.0", scenario(**policy))
    assert note.startswith("can never be due: " + why)


@pytest.mark.parametrize(
    "policy",
    [
        touch("joined", 2, to="new"),
        touch("silent", 30, every=30, times=3, to="silent"),
        touch("silent", 89, to="loyal"),
        touch("ordered", 363),
        touch("birthday", -30),
        touch("complained", 1),
    ],
)
def test_nothing_is_said_of_what_can_be_due(policy: dict[str, Any]) -> None:
    assert said_of("policy.touches.0", scenario(**policy)) == []


def test_nobody_complains() -> None:
    s = made(members=1, policy=touch("complained", 1), response={"complaint_share": 0.0})
    assert said_of("policy.touches.0", s) == ["can never be due: nobody complains while response.complaint_share is 0"]


def test_an_export_may_have_been_silent_for_long() -> None:
    old = load(
        {
            "name": "s",
            "market": str(ROOT / "scenarios/markets/cdnow.yaml"),
            "founding": "from_export",
            "orders": "cdnow",
        }
        | {"days": 100, "policy": touch("silent", 120) | {"welcome": [{"delay": 0, "content": "live"}]}}
    )
    assert said_of("policy.touches.0", old) == []
    assert len(said_of("policy.welcome.0", old)) == 1


# --- what does nothing, and what is out of scale ---------------------------------------------------------------------


def test_what_does_nothing() -> None:
    s = scenario(
        push={"per_week": 1, "aim": True},
        lines=[{"per_week": 1, "executed": 0}],
        benefits={"b": {"kind": "vote", "worth": 1}},
        tag_lag=365,
        **touch(channel="moments"),
    )
    assert said_of("policy.benefits.b", s)[0].startswith("no message brings it")
    assert said_of("policy.lines.0", s)[0].startswith("executed is 0")
    assert said_of("policy.push", s)[0].startswith("aim does nothing to those who join: tag_lag is 365 days")
    assert said_of("policy.touches.0", s)[0].startswith("what is posted in Moments is there for everybody")
    asked = scenario(
        push={"per_week": 1, "aim": True}, tag_lag=365, welcome=[{"delay": 0, "content": "live", "survey": True}]
    )
    assert said_of("policy.push", asked) == []


def test_benefits_and_costs_out_of_scale() -> None:
    basket = scenario().market.baskets.mean
    s = scenario(
        push={"per_week": 1, "benefit": "dear"},
        lines=[{"per_week": 0.1, "benefit": "gift"}, {"per_week": 0.1, "benefit": "loss"}],
        benefits={
            "dear": {"kind": "threshold", "off": 2 * basket, "min_spend": 3 * basket},
            "gift": {"kind": "gift", "worth": 1, "unit_cost": basket},
            "loss": {"kind": "percent", "off": 0.6},
        },
        **touch(cost=2 * basket),
    )
    assert "is more than a usual order" in said_of("policy.benefits.dear.off", s)[0]
    assert "is 2 times what a usual order leaves" in said_of("policy.benefits.gift.unit_cost", s)[0]
    assert "is more than the margin of 50 %" in said_of("policy.benefits.loss.off", s)[0]
    assert "is 4 times what a usual order leaves" in said_of("policy.touches.0.cost", s)[0]


# --- what there is to start from -------------------------------------------------------------------------------------


def test_the_scenario_of_the_benchmarks_is_as_it_was_fixed() -> None:
    s = load(ROOT / "scenarios" / "everything.yaml")
    policy = s.policy
    assert len(policy.segments) == 4 and len(policy.benefits) == 4
    for plan in policy.plans():
        assert [plan.push.per_week, *(line.per_week for line in plan.lines)] == [2, 1, 0.5]
    rows = {name: len(getattr(policy, name)) for name in ("welcome", "follow_up", "birthday", "wake_up")}
    assert (
        rows == {"welcome": 4, "follow_up": 2, "birthday": 1, "wake_up": 3} and not policy.care and not policy.touches
    )
    assert [row.consent for row in policy.welcome] == [False, True, False, False]
    assert notes(s) == []


def test_no_cap_is_blamed_where_the_channel_forbids() -> None:
    for push in (
        {"per_week": 20, "channel": "sms", "cap_per_day": 2},
        {"per_week": 14, "channel": "moments", "hour": [9, 20]},
    ):
        (note,) = notes(scenario(push=push))
        assert "no more than 1 a day reaches a member" in note


def test_a_line_that_no_account_sends_takes_no_room_below_the_cap() -> None:
    idle = scenario(push={"per_week": 7}, lines=[{"per_week": 7, "executed": 0}])
    assert said_of("policy.push", idle) == []
    assert len(said_of("policy.push", scenario(push={"per_week": 7}, lines=[{"per_week": 7, "executed": 0.1}]))) == 1


@pytest.mark.parametrize(
    ("kind", "unit_cost", "noted"), [("gift", 0, 1), ("vote", 0, 1), ("gift", 3, 0), ("early_access", 0, 0)]
)
def test_a_gift_without_a_cost_is_noted(kind: str, unit_cost: float, noted: int) -> None:
    rule = {"kind": kind, "worth": 1, "unit_cost": unit_cost}
    s = scenario(push={"per_week": 1, "benefit": "one"}, benefits={"one": rule})
    assert len([note for note in said_of("policy.benefits.one", s) if note.startswith("costs nothing")]) == noted


@pytest.mark.parametrize(
    ("row", "noted"), [({"delay": 30}, 1), ({"delay": 90}, 0), ({"delay": 30, "every": 30, "times": 3}, 0)]
)
def test_what_the_wake_up_rate_does_not_see(row: dict[str, Any], noted: int) -> None:
    s = scenario(wake_up=[{"content": "promotion", **row}])
    assert (
        len([note for note in said_of("policy.wake_up.0", s) if "the wake-up rate does not show it" in note]) == noted
    )


@pytest.mark.parametrize(
    ("buyers", "delay", "orders", "never"), [(0, 0, 1, True), (0.5, 0, 1, False), (0.5, 0, 2, True), (0, 1, 1, False)]
)
def test_a_welcome_that_asks_for_orders_nobody_has(buyers: float, delay: int, orders: int, never: bool) -> None:
    card = {"acquisition": [{"channel": "card", "per_day": 1, "buyers": buyers}]}
    s = scenario(**card, welcome=[{"delay": delay, "content": "live", "from_order": orders}])
    assert any(note.startswith("can never be due") for note in said_of("policy.welcome.0", s)) == never


def test_coupons_and_channels_are_put_into_words() -> None:
    coupon = {
        "kind": "threshold",
        "off": 8,
        "min_spend": 40,
        "to": "silent",
        "every_days": 14,
        "valid_days": 7,
        "budget": 500,
    }
    channel = {"channel": "card", "per_day": 2.5, "cac": 6, "organic": 0.3}
    s = made(members=10, policy={"coupons": [coupon], "acquisition": [channel]})
    first, second = explained(s)
    money = s.market.currency
    assert first == (
        f"policy.coupons.0: 8 {money} off orders of 40 and more, to the silent, every 14 days, good for 7 days, up to 500 {money} in all"
    )
    assert second == (
        f"policy.acquisition.0: 2.5 join a day through card, 6 {money} each, 30 % of them would have bought without the pool"
    )
    assert "每 14 天发一次" in explained(s, "zh")[0] and "每天有 2.5 人通过 card 加入" in explained(s, "zh")[1]


def test_a_benefit_dearer_than_the_margin_is_called_a_benefit() -> None:
    policy = {"push": {"per_week": 1, "benefit": "half"}, "benefits": {"half": {"kind": "percent", "off": 0.95}}}
    s = made(members=10, policy=policy)
    (note,) = said_of("policy.benefits.half.off", s)
    assert note.endswith("every order with this benefit loses money")
    assert said_of("policy.benefits.half.off", s, "zh")[0].endswith("每一笔使用该权益的订单都亏钱")
