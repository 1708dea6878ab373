"""The default response points the right way: what operators and the literature report holds here too.

Every comparison is on common draws: members are matched by key, and a difference counts when its mean is 5 of its standard
errors from 0. Without budgets, members do not touch each other, so their differences are independent.
"""

import itertools
from typing import Any

import numpy as np
import pytest

from sim.catalogue import NEVER

MEMBERS = 20_000
COSTS = {"message": 0.02}


def rises(one: np.ndarray, two: np.ndarray, sigmas: float = 5.0) -> None:
    """`two` is above `one`, member by member, by at least `sigmas` standard errors of the mean difference."""
    off = np.asarray(two, float) - np.asarray(one, float)
    z = off.mean() / (off.std() / np.sqrt(len(off)))
    assert z > sigmas, f"{z:.1f} standard errors"


def falls(one: np.ndarray, two: np.ndarray, sigmas: float = 5.0) -> None:
    rises(two, one, sigmas)


@pytest.fixture(scope="module")
def by_push(make, live) -> dict[float, Any]:
    """A year of 20,000 fresh CDNOW customers at 0 to 14 messages a week of the default mix."""
    return {
        per_week: live(
            make(
                "cdnow",
                members=MEMBERS,
                policy={"push": {"per_week": per_week, "cap_per_day": 2}},
                costs=COSTS,
            )
        )
        for per_week in (0, 1, 2, 3, 5, 7, 14)
    }


def test_profit_rises_peaks_and_falls_with_contact(by_push) -> None:
    """Contribution a member, after message costs: up from 0 to 1 and 2, down from 5 to 7 to 14; the best lies between."""
    value = {per_week: kept.members["value"] for per_week, kept in by_push.items()}
    rises(value[0], value[1])
    rises(value[0], value[2])
    falls(value[5], value[7])
    falls(value[7], value[14])
    mean = {per_week: found.mean() for per_week, found in value.items()}
    assert max(mean, key=mean.__getitem__) in (1, 2, 3, 5)
    assert mean[14] < mean[0]  # the most eager are worse off than the idle


def test_more_messages_tire(by_push) -> None:
    """Fatigue rises, and of each message less is read, at every step. Departures rise in all, and at each step from 3 on;

    below, what tires is nearly balanced by trust, which holds those who would leave for no reason: (1 - R)."""
    steps = sorted(by_push)
    rises(by_push[0].members["left"] != NEVER, by_push[3].members["left"] != NEVER)
    for less, more in itertools.pairwise(steps):
        one, two = by_push[less], by_push[more]
        rises(one.members["left"] != NEVER, two.members["left"] != NEVER, sigmas=5.0 if less >= 3 else -5.0)
        daily_one, daily_two = one.run.daily["fatigue"], two.run.daily["fatigue"]
        assert (daily_two[60:] >= daily_one[60:]).mean() > 0.95
        if less:
            rate_one, rate_two = (kept.run.totals["reads"] / kept.run.totals["delivered"] for kept in (one, two))
            assert rate_two < rate_one


def test_complaints_come_from_pressure(by_push) -> None:
    assert by_push[1].run.totals["complaints"] < 0.001 * MEMBERS
    rises(by_push[3].members["complaints"], by_push[14].members["complaints"])


def test_nobody_lost_orders_and_nobody_gone_is_reached(make) -> None:
    """From one month to the next: the lost order nothing, who left is sent nothing and stays away."""
    from sim.pool import PoolModel

    policy = {"push": {"per_week": 14, "cap_per_day": 2}, "coupons": [BLANKET]}
    model = PoolModel(make(members=5000, days=210, policy=policy))
    before = None
    for _ in range(7):
        for _ in range(28):  # a month
            model.step()
        members = np.concatenate(model.member_blocks())
        if before is not None:
            lost, gone = before["lost"] == 1, before["left"] != NEVER
            assert lost.sum() > 500 and gone.sum() > 200
            for field in ("orders", "spend", "frequency", "exponents"):
                assert (members[field][lost] == before[field][lost]).all()
            assert (members["lost"][lost] == 1).all()
            for field in ("last_sent", "clicks", "complaints", "left", "last_seen"):
                assert (members[field][gone] == before[field][gone]).all()
            assert (
                members["clicks"][lost & ~gone] > before["clicks"][lost & ~gone]
            ).any()  # a lost customer still reads
            assert (members["orders"][gone] > before["orders"][gone]).any()  # who left goes on buying outside
        before = members.copy()


def test_the_lost_read_less(make, live) -> None:
    """At less than half her attention a lost customer clicks less than one who is still there."""
    kept = live(make(members=MEMBERS, days=300, policy={"push": {"per_week": 4}}))
    alike = (kept.members["left"] == NEVER) & (kept.members["frequency"] > 0)
    lost = kept.members["lost"][alike] == 1
    clicks = kept.members["clicks"][alike].astype(float)
    se = np.sqrt(clicks[lost].var() / lost.sum() + clicks[~lost].var() / (~lost).sum())
    assert clicks[lost].mean() < clicks[~lost].mean() - 5 * se


BLANKET = {"kind": "percent", "off": 0.15, "every_days": 14, "valid_days": 7}


def matched(one, two, count) -> tuple[np.ndarray, np.ndarray]:
    """`count(kept)` maps keys to numbers; both as arrays over the members of `one`."""
    keys = one.members["key"].tolist()
    mine, yours = count(one), count(two)
    return np.array([mine.get(k, 0) for k in keys]), np.array([yours.get(k, 0) for k in keys])


def counted(kept, which: np.ndarray) -> dict[int, int]:
    keys, counts = np.unique(kept.orders["key"][which], return_counts=True)
    return dict(zip(keys.tolist(), counts.tolist(), strict=True))


def test_blanket_coupons_win_newcomers(make, live) -> None:
    """Prospects in their first 60 days: more of them order, and they order more, with 15 % off for everybody."""
    channel = {"channel": "advert", "per_day": 200, "first_order": {"mean_days": 60, "shape": 0.5}}

    def pool(coupons):
        policy = {"acquisition": [channel], "push": {"per_week": 3}, "coupons": coupons}
        return live(make("cdnow", days=130, policy=policy, costs=COSTS))

    without, with_it = pool([]), pool([BLANKET])

    def early(kept):
        joined = dict(zip(kept.members["key"].tolist(), kept.members["joined"].tolist(), strict=True))
        since = kept.orders["time"] - np.array([joined[k] for k in kept.orders["key"].tolist()])
        return counted(kept, since < 60)

    none, some = matched(without, with_it, early)
    rises(none, some)
    rises(none > 0, some > 0)


def test_blanket_coupons_cost_the_established(make, live) -> None:
    """Founders with a history: fewer orders at full price, also on days when no coupon is in hand, and less profit."""

    def pool(coupons):
        return live(make(members=MEMBERS, days=365, policy={"push": {"per_week": 3}, "coupons": coupons}, costs=COSTS))

    without, with_it = pool([]), pool([BLANKET])

    def full_price(kept):
        return counted(kept, (kept.orders["discount"] == 0) & (kept.orders["time"] > 182))

    def full_price_between(kept):
        late = (kept.orders["discount"] == 0) & (kept.orders["time"] > 182)
        return counted(kept, late & (kept.orders["time"].astype(int) % 14 >= 7))

    falls(*matched(without, with_it, full_price))
    falls(*matched(without, with_it, full_price_between))
    falls(without.members["value"], with_it.members["value"])
    assert with_it.members["habit"].mean() > 0.1


def test_education_is_kinder(make, live) -> None:
    """At five a week, from no education to all (the rest promotion): less fatigue, fewer leave, more trust, at each step."""

    def pool(education):
        content = {"education": education, "promotion": 1 - education}
        policy = {"push": {"per_week": 5}, "content": content}
        return live(make("cdnow", members=MEMBERS, days=365, policy=policy, costs=COSTS))

    mixes = [pool(education) for education in (0.0, 0.3, 0.6, 1.0)]
    for less, more in itertools.pairwise(mixes):
        both = (less.members["left"] == NEVER) & (more.members["left"] == NEVER)
        tired = [(kept.members["fatigue"] / kept.members["tolerance"])[both] for kept in (less, more)]
        falls(*tired)
        falls(less.members["left"] != NEVER, more.members["left"] != NEVER)
        rises(less.members["trust"][both], more.members["trust"][both])
    falls(churned(mixes[0]), churned(mixes[2]))
    falls(churned(mixes[1]), churned(mixes[3]))


def churned(kept) -> np.ndarray:
    """Left, or silent for 90 days at the end."""
    return (kept.members["left"] != NEVER) | (364 - kept.members["last_seen"] >= 90)


def test_trust_pays_slowly_and_promotion_fast(make, live) -> None:
    """In the first week promotion sells more than education; over the year it is the other way round."""

    def pool(content):
        return live(make(members=3 * MEMBERS, days=365, policy={"push": {"per_week": 4}, "content": content}))

    teach, sell = pool({"education": 1.0}), pool({"promotion": 1.0})

    def orders(from_: int, to: int):
        return lambda kept: counted(kept, (kept.orders["time"] >= from_) & (kept.orders["time"] < to))

    rises(*matched(teach, sell, orders(0, 7)))
    falls(*matched(teach, sell, orders(90, 365)))


def test_touching_the_silent_can_make_them_leave(make, live) -> None:
    """Sleeping dogs: a message a week to the silent loses more of them than none."""

    def pool(per_week):
        policy = {"push": {"per_week": 1}, "segments": {"silent": {"push": {"per_week": per_week}}}}
        return live(make("cdnow", members=MEMBERS, days=365, policy=policy))

    left_alone, touched = pool(0), pool(3)
    rises(left_alone.members["left"] != NEVER, touched.members["left"] != NEVER)


def test_fit_and_personas_matter(make, live) -> None:
    """What a channel promises moves interest; the price-sensitive are moved most by a coupon."""

    def pool(fit):
        channel = {"channel": "advert", "per_day": 200, "fit": fit}
        policy = {"acquisition": [channel], "push": {"per_week": 4}}
        return live(make("cdnow", days=100, policy=policy))

    bad, good = pool(0.3), pool(1.5)
    none, some = matched(bad, good, lambda kept: counted(kept, kept.orders["time"] >= 0))
    rises(none, some)
    coupon = {"kind": "percent", "off": 0.3, "every_days": 30, "valid_days": 30}
    without, with_it = (live(make(members=MEMBERS, days=30, policy={"coupons": coupons})) for coupons in ([], [coupon]))
    gain = with_it.members["tau"] - without.members["tau"]
    by_persona = [gain[without.members["persona"] == p].mean() for p in range(4)]
    assert by_persona[0] > 1.5 * max(by_persona[1:])
    assert min(by_persona) > 0
