"""Lines, touches, benefits and aim point the right way: EVIDENCE.md (docs/evidence.md), row by row.

On common draws and fixed seeds, members matched by key; a difference counts when its mean is 5 of its standard errors from
0. Where the published size is not met, or a sign holds under one reading only, the docstring says so.
"""

import itertools
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from sim.catalogue import CONTENT_TYPES, FOUNDER, KEPT_7, LIMITS, NEVER, PERSONAS, WEEK
from sim.policies.push import schedules
from sim.pool import PoolModel
from sim.records import MEMBER
from sim.results.metrics.anyway import bought_anyway

from .conftest import Kept, lived, made
from .test_direction import counted, falls, rises

MEMBERS = 20_000
CARD = {"channel": "card", "per_day": 100, "buyers": 1.0}
ADVERT = {"channel": "advert", "per_day": 200}
_cache: dict[str, Kept] = {}


@pytest.fixture(scope="module", autouse=True)
def _forgotten_at_the_end() -> Iterator[None]:
    yield
    _cache.clear()


def pool(policy: dict[str, Any], market: str = "cdnow", **more: Any) -> Kept:
    """A pool lived once; founders only unless `more` says otherwise. Two tests may ask for the same one."""
    given = {"members": MEMBERS, "days": 180} | more
    key = repr((policy, market, given))
    if key not in _cache:
        _cache[key] = lived(made(market, policy=policy, **given))
    return _cache[key]


def gone(kept: Kept) -> np.ndarray:
    return kept.members["left"] != NEVER


def ordered(kept: Kept, from_: float = 0, to: float = 1e9) -> np.ndarray:
    """float64[members]: orders between two days."""
    times = kept.orders["time"]
    count = counted(kept, (times >= from_) & (times < to))
    return np.array([count.get(key, 0) for key in kept.members["key"].tolist()], float)


def clicks_of_seeds(policy: dict[str, Any], **given: Any) -> np.ndarray:
    """float64[8]: clicks a delivered message, by seed."""
    totals = [lived(made("cdnow", policy=policy, **given), seed=seed).run.totals for seed in range(8)]
    return np.array([t["clicks"] / t["delivered"] for t in totals])


def test_what_comes_at_her_moment_is_clicked_more() -> None:
    """E24, P5: an education message three days after an order, and even more one on the day of joining, is clicked more a
    message than the same content sent to everybody three times a week. Sizes are x 1.2 and x 2.2 here; the row's 15 to 20
    (different brands, flows against campaigns) are not met."""
    broadcast = clicks_of_seeds({"push": {"per_week": 3}, "content": {"education": 1.0}}, members=1500, days=180)
    after_order = clicks_of_seeds({"follow_up": [{"delay": 3, "content": "education"}]}, members=1500, days=180)
    greeting = [{"delay": 0, "content": "education"}]
    at_joining = clicks_of_seeds({"acquisition": [CARD], "welcome": greeting}, members=0, days=40)
    rises(broadcast, after_order)
    rises(after_order, at_joining)
    assert at_joining.mean() > 2 * broadcast.mean()


@pytest.mark.parametrize("what", ["clicks", "tau", "trust"])
def test_aim_pays_where_tags_are_right(what: str) -> None:
    """E8, E13: fitted to a taste that tags know in 92 % of cases, messages are clicked more, trusted more and sell more
    (tau: the order clock); with tags right in 20 % all three are worse than without any aim."""
    without, right, wrong = (
        pool({"push": {"per_week": 3} | aim, "tag_accuracy": accuracy}).members[what]
        for aim, accuracy in (({}, 0.92), ({"aim": True}, 0.92), ({"aim": True}, 0.2))
    )
    rises(without, right)
    falls(without, wrong)


# --- the silent ------------------------------------------------------------------------------------------------------

OFFER = {"offer": {"kind": "percent", "off": 0.2, "valid_days": 30}}
WAKE = {"delay": 90, "content": "promotion"}


def silent_at_90(day: int = 150) -> np.ndarray:
    """bool[members]: those of a pool that nobody writes to who have not ordered for 90 days, so all alike."""
    return ordered(pool({}, days=day), 0, 90) == 0


def test_an_offer_brings_silent_buyers_back() -> None:
    """E16: of buyers silent for 90 days more order in the next 30 if the wake-up brings 20 % off than if the same message
    brings nothing, or none comes: 5.8 % against 5.2 % and 5.1 %, a relative lift of 12 % (the row: 11 % at four months)."""
    silent = silent_at_90()
    none, plain, offer = (
        (ordered(pool(policy, days=150), 90, 120) > 0)[silent]
        for policy in ({}, {"wake_up": [WAKE]}, {"wake_up": [WAKE | {"benefit": "offer"}], "benefits": OFFER})
    )
    rises(plain, offer)
    rises(none, offer)
    assert 1.05 < offer.mean() / none.mean() < 1.3


def test_waking_sleeping_dogs_makes_them_leave() -> None:
    """E18, P9: a wake-up, and more so one that comes again every week, makes more of the silent leave than silence does."""
    silent = silent_at_90()
    often = [{"delay": 90, "every": 7, "times": 13, "content": "emotion"}]
    left_alone, once, again = (
        gone(pool(policy, days=150))[silent] for policy in ({}, {"wake_up": [WAKE]}, {"wake_up": often})
    )
    rises(left_alone, once)
    rises(left_alone, again)
    assert again.mean() > once.mean()


# --- what comes with messages ----------------------------------------------------------------------------------------


def test_a_deep_discount_wins_newcomers_and_spoils_buyers() -> None:
    """E14, P3: 70 % off for everybody for 60 days. In the nine months after, those who had not bought before order more than
    without it, since more of them have become customers; those who had order less, for they wait for the next. (On CDNOW's
    slower market the gain of newcomers has the same sign, but 3 standard errors only.)"""
    deep = [{"kind": "percent", "off": 0.7, "start_day": 30, "every_days": 3650, "valid_days": 60}]
    slow = {"channel": "advert", "per_day": 190, "first_order": {"mean_days": 1460, "shape": 1}}
    policies = [{"coupons": coupons, "acquisition": [slow]} for coupons in ([], deep)]
    without, with_it = (pool(policy, "lively", members=MEMBERS, days=365) for policy in policies)
    buyers = without.members["group"] == FOUNDER
    newcomers = ~buyers & (without.members["joined"] < 30)
    one, two = (ordered(kept, 90, 365) for kept in (without, with_it))
    rises(one[newcomers], two[newcomers])
    falls(one[buyers], two[buyers])


def test_an_offer_works_as_an_advertisement_first() -> None:
    """E9, E10, P4: of a weekly promotion with 10 % off the message itself (against no message) brings more orders than the
    offer does (against the same message without). A deep offer turns that round, and most of the orders that an offer adds
    are redeemed: that only 10 % come with redemption (E9) is not what this model gives."""
    promotion = {"content": {"promotion": 1.0}}

    def offering(off: float) -> Kept:
        offer = {"kind": "percent", "off": off, "valid_days": 7}
        return pool({**promotion, "push": {"per_week": 1, "benefit": "offer"}, "benefits": {"offer": offer}}, "lively")

    none, message = pool({}, "lively"), pool({**promotion, "push": {"per_week": 1}}, "lively")
    exposure = ordered(message) - ordered(none)
    rises(np.zeros(MEMBERS), exposure)
    rises(ordered(offering(0.1)) - ordered(message), exposure)
    falls(ordered(offering(0.4)) - ordered(message), exposure)
    used = offering(0.4).orders
    used = used[used["used"] != 0]
    assert len(used) - bought_anyway(used, message.orders) > 0.5 * (ordered(offering(0.4)) - ordered(none)).sum()


# --- how often -------------------------------------------------------------------------------------------------------


def weekly(messages: float, **more: Any) -> Kept:
    return pool({"push": {"per_week": messages, "cap_per_day": 4}}, **{"days": 400} | more)


def test_fewer_messages_are_used_less_at_first_and_more_after_a_year() -> None:
    """E7, P2: from two messages a day to one. In the first week those who began come by and click less; from day 365 on they
    do more, since more of them are still there. The reading: use is visits and clicks of all who began. A member who has
    stayed visits more where she gets more messages, at any time; and from 7 a week to 3.5 only the fall shows by then."""
    many, few = (weekly(n).run.daily for n in (14, 7))

    def use(daily: Any, from_: int, to: int) -> np.ndarray:
        return (daily["visits"] + daily["clicks"])[from_:to].to_numpy()

    # days of one pool are no independent draws: the standard error is that of counts
    for (one, two), (from_, to) in (((few, many), (0, 7)), ((many, few), (365, 400))):
        less, more = use(one, from_, to).sum(), use(two, from_, to).sum()
        assert more - less > 5 * np.sqrt(less + more)
        for column in ("visits", "clicks"):
            assert two[column][from_:to].sum() > one[column][from_:to].sum(), column
    visits = [(daily["visits"] / daily["pool"])[365:].mean() for daily in (many, few)]
    assert visits[0] > visits[1]


def test_leaving_and_complaints_rise_with_frequency() -> None:
    """E4: who gets more messages leaves more often, from 3.5 a week on at each step; E6: with 40 % fewer (14 to 8.4, 7 to
    4.2) complaints fall by more than the row's half."""
    by_week = {n: weekly(n, days=120) for n in (3.5, 4.2, 7, 8.4, 14, 28)}
    steps = list(by_week)
    for less, more in itertools.pairwise(steps):
        rises(gone(by_week[less]), gone(by_week[more]))
    for often, seldom in ((14, 8.4), (7, 4.2)):
        one, two = (by_week[n].members["complaints"] for n in (often, seldom))
        falls(one, two)
        assert two.sum() < 0.5 * one.sum()


def test_the_hour_does_nothing_by_default() -> None:
    """E29: no effect of the hour found, so none is assumed: the same lives to the bit at 3 and at 20. Where hours are
    believed to matter, the wrong one is read less."""
    night, evening = ({"push": {"per_week": 3, "hour": hour}} for hour in (3, 20))
    assert (pool(night, members=3000).members == pool(evening, members=3000).members).all()
    matters = {"response": {"personas": {name: {"hour_match": 1.0} for name in PERSONAS}}}
    rises(
        pool(night, members=3000, **matters).members["clicks"], pool(evening, members=3000, **matters).members["clicks"]
    )


# --- the first days --------------------------------------------------------------------------------------------------


def welcomed(*contents: str) -> Kept:
    steps = [{"delay": day, "content": content} for day, content in enumerate(contents)]
    return pool({"acquisition": [ADVERT], "push": {"per_week": 2}, "welcome": steps}, members=0, days=60)


def test_a_welcome_keeps_more_for_a_week() -> None:
    """E25: of joiners who are welcomed with something useful more are active in days 1 to 7."""
    without, welcome = welcomed(), welcomed("education", "promotion")
    followed = without.members["joined"] <= 52
    rises(*((kept.members["kept"] & KEPT_7 > 0)[followed] for kept in (without, welcome)))


def test_the_useful_thing_first_earns_more_trust() -> None:
    """MODEL2 section 3: the same two messages, education before promotion or after it: trust after a month is higher if the
    useful one comes first, and lowest without a welcome."""
    nothing, offer_first, useful_first = (
        welcomed(),
        welcomed("promotion", "education"),
        welcomed("education", "promotion"),
    )
    month = nothing.members["joined"] <= 30
    stayed = month & ~gone(nothing) & ~gone(offer_first) & ~gone(useful_first)
    trust = [kept.members["trust"][stayed] for kept in (nothing, offer_first, useful_first)]
    rises(trust[0], trust[1])
    rises(trust[1], trust[2])


# --- consent ---------------------------------------------------------------------------------------------------------


def asked(per_week: float, consent: bool) -> Kept:
    ask = {"delay": 1, "content": "emotion", "consent": consent}
    policy = {"acquisition": [CARD], "push": {"per_week": per_week, "cap_per_day": 4}, "welcome": [ask]}
    return pool(policy, members=0, days=180)


def test_consent_keeps_members_who_are_pushed_hard() -> None:
    """E5, E6: at four messages a day, to be asked how many one wants lowers complaints and departures, above all of those
    who answered."""
    without, with_it = (asked(28, consent) for consent in (False, True))
    answered = with_it.members["choice"] > 0
    falls(without.members["complaints"], with_it.members["complaints"])
    falls(gone(without), gone(with_it))
    falls(gone(without)[answered], gone(with_it)[answered])
    assert (gone(without) == gone(with_it))[~answered].all(), "nobody else is concerned"


def arrived_a_week(content: dict[str, float]) -> tuple[np.ndarray, np.ndarray]:
    """(choice, messages): how many reached each member in each week, of those who had chosen before it and stayed.

    Orders earn nothing here, each message costs 1, no day is discounted: her value falls by the messages that arrive.
    """
    ask = {"delay": 1, "content": "education", "consent": True}
    policy = {"acquisition": [CARD], "push": {"per_week": 28, "cap_per_day": 4}, "content": content, "welcome": [ask]}
    answering = {"contents": {"education": {"engage": 0.9}}}
    free = {"changes": {"margin": 0.0}, "costs": {"message": 1.0}, "response": answering}
    model = PoolModel(made(policy=policy, days=12 * WEEK, **free), threads=1)
    model.world["discount"][:] = 1.0
    weeks: list[tuple[np.ndarray, np.ndarray]] = []
    before = np.zeros(0, MEMBER)
    while model.day < 12 * WEEK:
        for _ in range(WEEK):
            model.step()
        after = np.concatenate(model.member_blocks())
        now = after[: len(before)]
        chosen = (before["choice"] > 0) & (now["left"] == NEVER)
        weeks.append((now["choice"][chosen], (before["value"] - now["value"])[chosen]))
        before = after.copy()
    choice, messages = (np.concatenate(part) for part in zip(*weeks, strict=True))
    return choice, messages


def test_nobody_gets_more_than_she_chose() -> None:
    """Of 28 regular messages a week at most as many as her limit arrive; one who wants one a month gets one or none."""
    choice, messages = arrived_a_week({"emotion": 1.0})
    limit = np.array(LIMITS)[choice % 8]
    assert len(choice) > 2000 and len(np.unique(choice % 8)) >= 5
    assert (messages <= np.ceil(limit)).all()
    assert (messages[limit >= 1] == limit[limit >= 1]).all(), "and not fewer, since there are enough"
    assert messages[limit < 1].mean() == pytest.approx(7 / 30, abs=5 * 0.43 / np.sqrt((limit < 1).sum()))


def test_a_muted_type_stays_away() -> None:
    """Quality seekers mute promotion when they are asked: of promotions nothing reaches them, of the others who chose their
    limit does."""
    choice, messages = arrived_a_week({"promotion": 1.0})
    muted = choice // 8 == 1 + CONTENT_TYPES.index("promotion")
    assert muted.sum() > 500 and (~muted).sum() > 500
    assert (messages[muted] == 0).all() and messages[~muted].mean() > 1


# --- channels and hours ----------------------------------------------------------------------------------------------


def test_mass_messages_reach_half_the_accounts() -> None:
    """WeCom's staff confirm each mass message, half of them do: so on half of an account's days one reaches its members."""
    kept = pool({"push": {"per_week": 7, "channel": "mass"}}, days=60)
    daily, accounts = kept.run.daily, len(np.unique(kept.members["account"]))
    due = (daily["pool"] + daily["departed"]).sum()
    assert kept.run.totals["delivered"] / due == pytest.approx(0.5, abs=5 * 0.5 / np.sqrt(accounts * 60))
    assert kept.run.totals["delivered"] + kept.run.totals["unsent"] == due


def test_quiet_hours_move_and_cost_nothing() -> None:
    """What falls between 22 and 8 goes out at 8 the same day: as many messages, at the same cost, the same lives."""
    late = {"push": {"per_week": 7, "hour": [23, 2, 20]}}
    quiet = late | {"quiet_hours": {"from": 22, "to": 8}}
    one, two = (pool(policy, members=3000, costs={"message": 0.02}) for policy in (late, quiet))
    (before,), (after,) = (schedules(kept.run.scenario) for kept in (one, two))
    assert before.fallen.moved == 0 and after.fallen.moved == (after.hour == 8).sum() > 100
    assert set(before.hour.tolist()) == {2, 20, 23} and set(after.hour.tolist()) == {8, 20}
    assert one.run.totals["message_cost"] == two.run.totals["message_cost"] > 0
    assert (one.members == two.members).all()
