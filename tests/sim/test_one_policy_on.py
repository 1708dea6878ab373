"""Each thing that a brand can do, switched on alone: it shows in its own measure, costs what it costs, and moves no draw.

Members are matched by key. What is drawn is the same with and without: who she is, when the next order would be due, what
the n-th basket holds, whether the n-th order is her last. Whom it does not concern lives the same life to the bit.
"""

from collections.abc import Callable
from importlib import import_module
from typing import Any, NamedTuple

import numpy as np
import pytest

from sim import draws
from sim.catalogue import FOUNDER, MINOR_UNITS, NEVER, PERSONAS
from sim.order_log import OrdersInMemory
from sim.policies.policy import POLICIES
from sim.results.simulation import simulate
from sim.scenario import Scenario

from .conftest import made

DAYS = 150
MESSAGE, EXTRA, CAC = 0.02, 0.25, 9.0  # money: a message, what a touch costs beside it, a joiner
STAFF = 30.0  # a month for who answers, and for a bot
REWARD = 4.0  # for a friend who joins, to each side
BASE: dict[str, Any] = {
    "acquisition": [{"channel": "card", "per_day": 3, "cac": CAC, "buyers": 0.5}],
    "push": {"per_week": 3, "hour": [9, 23], "cap_per_day": 3},
    "benefits": {"gift": {"kind": "gift", "worth": 1, "unit_cost": 0.5}, "tenth": {"kind": "percent", "off": 0.1}},
}
# baskets as drawn, neither raised by trust nor filled up to a threshold; hours that matter; complaints that happen
RESPONSE = {
    "trust_on_basket": 0.0,
    "top_up": 0.0,
    "leave_fatigue": 0.02,
    "complaint_share": 0.5,
    "refer": 0.004,
    "personas": {name: {"hour_match": 1.0} for name in PERSONAS},
}
SAY = {"content": "education", "cost": EXTRA}


def founders(members: np.ndarray) -> np.ndarray:
    return members["group"] == FOUNDER


def quiet_of_temper(members: np.ndarray) -> np.ndarray:
    return members["complaints"] == 0


def not_busy(members: np.ndarray) -> np.ndarray:
    return members["tag"] != PERSONAS.index("busy")


def born_later(members: np.ndarray) -> np.ndarray:
    return np.array([365 * draws.uniform(key, draws.BIRTHDAY, 0) > DAYS + 1 for key in members["key"]])


def outside(members: np.ndarray) -> np.ndarray:
    return members["in_group"] == 0


def never_bought(members: np.ndarray) -> np.ndarray:
    return members["prospect"] == 1


def never_rose(members: np.ndarray) -> np.ndarray:
    return members["tier"] == 0  # within 150 days nobody falls


def joined_after_it(members: np.ndarray) -> np.ndarray:
    return members["joined"] > 60


def not_in_the_arm(members: np.ndarray) -> np.ndarray:
    return np.array([draws.uniform(key, draws.ARM, 0) >= 0.5 for key in members["key"]])


SALE_DAYS = {"from_day": 40, "until_day": 46}


def joined_later(members: np.ndarray) -> np.ndarray:
    return members["joined"] > SALE_DAYS["until_day"]


class Alone(NamedTuple):
    """What is switched on, the measure that it shows in, and whom it does not concern."""

    on: dict[str, Any]  # changes to BASE
    measure: str
    off: dict[str, Any] | str = ""  # changes to BASE, or the policy whose `off` is taken
    untouched: Callable[[np.ndarray], np.ndarray] | None = None
    costs: str = "message_cost"  # the count that it adds to; "" where it costs nothing by itself


GROUPS = {"manager_per_month": 20, "programme": [{"kind": "live", "cost": 9}, {"kind": "ugc", "cost_per_group": 3}]}
TOUCHES = {"welcome": [{"delay": 1, **SAY}]}
ALONE = {
    "acquisition": Alone({}, "joiners", "acquisition", founders, "acquisition"),
    "acquisition: by budget": Alone(
        {"acquisition": [{"channel": "ad", "budget_per_day": 30, "cac": CAC}]},
        "joiners", "acquisition", founders, "acquisition",
    ),
    "push": Alone({}, "messages_per_month", "push"),
    "coupons": Alone(
        {"coupons": [{"kind": "percent", "off": 0.2, "every_days": 20, "valid_days": 9, "to": "price_sensitive"}]},
        "coupon_redemption", "coupons", lambda m: m["tag"] != PERSONAS.index("price_sensitive"), "discounts",
    ),
    "benefits: a gift": Alone({"push": BASE["push"] | {"benefit": "gift"}}, "benefit_use", "benefits", costs="gifts"),
    "benefits: money off": Alone(
        {"push": BASE["push"] | {"benefit": "tenth"}}, "coupon_redemption", "benefits", costs="discounts"
    ),
    "lines": Alone(
        {"segments": {"busy": {"lines": [{"per_week": 2, "content": "live", "channel": "sms"}]}}},
        "messages_per_month", "lines", not_busy,
    ),
    "quiet_hours": Alone({"quiet_hours": {"from": 22, "to": 8}}, "read_rate", "quiet_hours", costs=""),
    "referral": Alone(
        {"referral": {"market": 1e6, "reward": REWARD, "friend_reward": REWARD}}, "k_factor", "referral", founders, "rewards"
    ),
    "account": Alone({"account": "adviser"}, "visits_per_month", "account", costs=""),
    "community": Alone(
        {"community": GROUPS}, "group_interactions_per_day", "community", outside, "community_cost"
    ),
    "welcome": Alone(TOUCHES, "d7_retention", "welcome", founders),
    "follow_up": Alone({"follow_up": [{"delay": 5, **SAY}]}, "touches_per_month", "follow_up", never_bought),
    "wake_up": Alone(
        {"wake_up": [{"delay": 90, **SAY}], "push": {"per_week": 0.25, "channel": "moments"}},
        "wake_up_rate",
        {"push": {"per_week": 0.25, "channel": "moments"}},
    ),
    "birthday": Alone({"birthday": [{"delay": 0, **SAY}]}, "touches_per_month", "birthday", born_later),
    "care": Alone({"care": [{"delay": 1, **SAY}]}, "touches_per_month", "care", quiet_of_temper),
    "guard": Alone(
        {"guard": {
            "watch": {"click_rate": 0.99},
            "acts": [{"act": "survey", "touch": {"anchor": "joined", "delay": 9, **SAY}}],
        }},
        "health_alerts", "guard", founders,
    ),
    "touches": Alone({"touches": [{"anchor": "joined", "delay": 9, **SAY}]}, "touches_per_month", "touches", founders),
    "membership": Alone(
        {"membership": {"tiers": [
            {"spend": 60, "discount": 0.05, "points": 0.03,
             "items": [{"kind": "tasting", "worth": 1, "every_days": 30, "unit_cost": 0.2}]},
        ]}},
        "tier_1_members", "membership", never_rose, "points_cost",
    ),
    "service": Alone(
        {"service": {"staff": 1, "reply_hours": 2, "staff_per_month": STAFF, "answers_per_week": 1000}},
        "answered_well", "service", costs="service_cost",
    ),
    "service: a bot": Alone(
        {"service": {"staff": 0, "bot": 1.0, "bot_per_month": STAFF}}, "reply_hours", "service", costs="service_cost"
    ),
    "crisis": Alone(
        {"crisis": {"day": 60, "hit": 0.5, "person": 9, "offer_cost": 1}}, "nps", "crisis", joined_after_it, "crisis_cost"
    ),
    "experiments": Alone(
        {"experiments": [{"name": "more", "from_day": 20, "push": {"per_week": 9}}]},
        "messages_per_month", "experiments", not_in_the_arm,
    ),
    "events": Alone(
        {"events": {"sale": {**SALE_DAYS, "lines": [{"per_week": 7, "hour": 12}], "cost": 100}}},
        "event_cost_per_member", "events", joined_later, "event_cost",
    ),
    "aim": Alone({"push": BASE["push"] | {"aim": True}}, "click_rate", {}, costs=""),
    "tag_accuracy": Alone({"tag_accuracy": 0.5}, "tags_right", {}, costs=""),
    "tag_lag": Alone({"tag_lag": 60}, "tags_right", {}, founders, costs=""),
    "survey": Alone(
        {"welcome": [{"delay": 1, **SAY, "survey": True}], "tag_accuracy": 0.5},
        "tags_right", {**TOUCHES, "tag_accuracy": 0.5}, founders, costs="",
    ),
    "consent": Alone({"welcome": [{"delay": 1, **SAY, "consent": True}]}, "declined", TOUCHES, founders, costs=""),
    "execution": Alone(
        {"push": BASE["push"] | {"channel": "mass"}}, "not_sent",
        {"push": BASE["push"] | {"channel": "mass", "executed": 1.0}},
    ),
}  # fmt: skip


class Lived(NamedTuple):
    scenario: Scenario
    totals: Any
    measures: dict[str, float | None]
    members: np.ndarray  # MEMBER[n], by key
    orders: np.ndarray  # ORDER[n], by key and time


def lived(policy: dict[str, Any], off: str = "") -> Lived:
    scenario = made(members=1200, days=DAYS, policy=BASE | policy, costs={"message": MESSAGE}, response=RESPONSE)
    if off:
        module = import_module(f"sim.policies.{off}")
        scenario = scenario.model_copy(update={"policy": module.off(scenario.policy)})
    log = OrdersInMemory()
    done = simulate(scenario, threads=1, orders=log, keep_members=True)
    assert done.run.members is not None
    members, orders = np.sort(done.run.members, order="key"), np.sort(log.array(), order=["key", "time"])
    return Lived(scenario, done.run.totals, done.measures, members, orders)


@pytest.fixture(scope="module")
def pair(request) -> tuple[str, Lived, Lived]:
    name = request.param
    alone = ALONE[name]
    off = lived(alone.on, alone.off) if isinstance(alone.off, str) else lived(alone.off)
    return name, lived(alone.on), off


def each_alone(test: Any) -> Any:
    return pytest.mark.parametrize("pair", ALONE, indirect=True, scope="module")(test)


def test_every_policy_is_here() -> None:
    assert {policy.NAME for policy in POLICIES} <= {name.partition(":")[0] for name in ALONE}


@each_alone
def test_it_shows_in_its_own_measure(pair) -> None:
    name, on, off = pair
    measure = ALONE[name].measure
    assert on.measures[measure] is not None
    assert on.measures[measure] != off.measures[measure]
    assert len(on.orders) > 1000 and on.totals["departed"] > 20, "a run in which little happens would prove little"


@each_alone
def test_its_cost_is_in_the_money(pair) -> None:
    """Spend and contribution hold each cost once; what it adds to them is its own."""
    name, on, off = pair
    costs = ALONE[name].costs
    for these in (on, off):
        t, m = these.totals, these.measures
        joiners = (m["joiners"] - t["friends_joined"]) * CAC + t["rewards"]
        assert t["rewards"] == 2 * REWARD * t["friends_joined"]
        assert t["message_cost"] == pytest.approx(
            MESSAGE * (t["delivered"] - t["group_messages"]) + EXTRA * t["touched"]
        )
        membership, of_service = t["points_cost"] + t["items_cost"], t["service_cost"] + t["crisis_cost"]
        sent = t["discounts"] + t["gifts"] + t["message_cost"] + t["community_cost"] + t["event_cost"]
        assert m["spend"] == pytest.approx(sent + membership + of_service + joiners)
        gross = (these.orders["amount"] + these.orders["discount"]).sum() / MINOR_UNITS
        assert m["contribution"] == pytest.approx(0.5 * gross - (m["spend"] - joiners), rel=1e-6)
        assert t["gifts"] == pytest.approx(0.5 * t["novelties"])
    if costs == "acquisition":
        assert on.measures["spend"] >= 3 * DAYS * CAC and off.measures["cac"] is None
    elif costs:
        assert (on.totals[costs] < off.totals[costs]) if name == "execution" else (on.totals[costs] > off.totals[costs])
        assert name == "execution" or on.measures["spend"] > off.measures["spend"]
    else:
        assert on.totals["touched"] == 0 or on.scenario.policy.welcome, "it sends nothing of its own"


def drawn_as_by_key(these: Lived) -> None:
    """The next order's threshold and whether the last order was the last one are the draws of (key, kind, n)."""
    m = these.members
    waiting = m[m["lost"] == 0]
    threshold = waiting["order_left"] + waiting["rate"] * (waiting["tau"] - waiting["tau_last"])
    by_key = [draws.exponential(key, draws.ORDER, n) for key, n in zip(waiting["key"], waiting["orders"], strict=True)]
    np.testing.assert_allclose(threshold, by_key, rtol=1e-9, atol=1e-9)
    repeated = m[(m["frequency"] > 0) & (m["orders"] > 0)]
    chance = np.array(
        [draws.uniform(key, draws.LOSS, n) for key, n in zip(repeated["key"], repeated["orders"], strict=True)]
    )
    survives = np.exp(repeated["last_exponent"].astype(float) * np.log1p(-repeated["loss_chance"]))
    sure = abs(chance - survives) > 1e-6  # the exponent is kept in single precision
    assert ((chance >= survives) == (repeated["lost"] == 1))[sure].all() and sure.mean() > 0.99


def baskets(orders: np.ndarray) -> dict[tuple[int, int], int]:
    """(key, n) -> the n-th order's basket before a discount, minor units."""
    first = np.searchsorted(orders["key"], orders["key"])
    nth = (np.arange(len(orders)) - first).tolist()
    gross = (orders["amount"] + orders["discount"]).tolist()
    return dict(zip(zip(orders["key"].tolist(), nth, strict=True), gross, strict=True))


@each_alone
def test_it_moves_no_draw(pair) -> None:
    name, on, off = pair
    drawn_as_by_key(on)
    drawn_as_by_key(off)
    one, two = (m[np.isin(m["key"], o["key"])] for m, o in ((on.members, off.members), (off.members, on.members)))
    assert len(one) >= 1200 and (one["key"] == two["key"]).all()
    for field in ("persona", "attention", "tolerance", "taste", "loss_chance", "basket_rate", "group", "joined"):
        assert (one[field] == two[field]).all(), field
    assert (one["tag"] == two["tag"]).all() == (name != "tag_accuracy")
    stayed = (one["left"] == NEVER) & (two["left"] == NEVER)
    assert (one["frailty"] == two["frailty"])[stayed].all()
    alike = one["prospect"] == two["prospect"]
    assert (one["rate"] == two["rate"])[alike].all() and alike.mean() > 0.9
    mine, theirs = baskets(on.orders), baskets(off.orders)
    common = mine.keys() & theirs.keys()
    assert len(common) > 0.8 * max(len(mine), len(theirs)) * (len(one) / max(len(on.members), len(off.members)))
    assert all(mine[nth] == theirs[nth] for nth in common)


@each_alone
def test_whom_it_does_not_concern_lives_the_same_life(pair) -> None:
    name, on, off = pair
    untouched = ALONE[name].untouched
    if untouched is None:
        pytest.skip("it concerns everybody")
    same = np.intersect1d(on.members["key"][untouched(on.members)], off.members["key"][untouched(off.members)])
    assert len(same) > 100
    one, two = (these.members[np.isin(these.members["key"], same)] for these in (on, off))
    for field in one.dtype.names:
        if field not in ("next_touch", "eligible", "year_spend", "qbar", "refer_left", "referred"):
            assert (one[field] == two[field]).all(), field
    assert (on.orders[np.isin(on.orders["key"], same)] == off.orders[np.isin(off.orders["key"], same)]).all()


def test_a_routine_leaves_alone_what_accounts_send_of_others(make) -> None:
    """Which accounts send a follow-up does not depend on whether there is a welcome before it in the table."""
    follow_up = {"follow_up": [{"delay": 4, "every": 4, "times": 20, "content": "emotion", "executed": 0.5}]}
    welcome = {"welcome": [{"delay": 0, "content": "education"}, {"delay": 2, "content": "education"}]}
    base = {"push": {"per_week": 0}, "acquisition": [{"channel": "card", "per_day": 1}]}
    one, two = (
        simulate(made(members=600, days=60, policy=base | these), keep_members=True).run.members
        for these in (follow_up, follow_up | welcome)
    )
    own, others = (m[m["group"] == FOUNDER] for m in (one, two))
    assert (own["last_sent"] != NEVER).any() and (own["account"] != own["account"][0]).any()
    for field in own.dtype.names:
        if field != "next_touch":
            assert (own[field] == others[field]).all(), field
