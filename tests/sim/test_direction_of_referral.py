"""The referred and who refers: EVIDENCE.md (docs/evidence.md), rows E20 and E21, P7."""

import numpy as np
import pytest

from sim import draws
from sim.behaviour.referring import WAITS
from sim.catalogue import FOUNDER, NEVER, PERSONAS

from .conftest import CDNOW, Kept, lived, made
from .test_direction import falls, rises
from .test_referral import WORDS


def by_key(kept: Kept, mask: np.ndarray) -> np.ndarray:
    return np.sort(kept.members[mask], order="key")


TAUGHT = {"push": {"per_week": 3}, "content": {"education": 0.6, "emotion": 0.2, "promotion": 0.2}}


def referring(days: int = 540, **response: float) -> Kept:
    policy = TAUGHT | {"referral": WORDS | {"market": 1e8}}
    return lived(made(members=40_000, days=days, policy=policy, response={"refer": 0.004, **response}), threads=2)


@pytest.fixture(scope="module")
def year() -> Kept:
    return referring()


def gone(members: np.ndarray, by: int) -> np.ndarray:
    return (members["left"] != NEVER) & (members["left"] - members["joined"] < by)


def ordered(kept: Kept, members: np.ndarray, from_: float, to: float) -> np.ndarray:
    """float64[members]: orders between two days of membership; `members` by key."""
    at = np.minimum(np.searchsorted(members["key"], kept.orders["key"]), len(members) - 1)
    age = kept.orders["time"] - members["joined"][at]
    within = (members["key"][at] == kept.orders["key"]) & (age >= from_) & (age < to)
    return np.bincount(at[within], minlength=len(members)).astype(float)


def test_the_referred_outlast_others_and_their_margin_gap_fades(year) -> None:
    """E20, P7: the same friends with the trust that is passed on to them, and without any. Fewer leave, and that gap is
    there after 30, 90 and 365 days (0.6 to 0.9 points); they order more at first (1.5 % in 90 days), and half a year later
    hardly. The signs of the row; its size (16 % in value) is not met, since friends do not share how often they order."""
    without = referring(trust_passed_on=0.0)
    both = [by_key(kept, (kept.members["channel"] == 1) & (kept.members["joined"] <= 180)) for kept in (year, without)]
    keys = np.intersect1d(both[0]["key"], both[1]["key"])
    with_it, none = (members[np.isin(members["key"], keys)] for members in both)
    assert len(keys) > 5000
    gaps = []
    for by in (30, 90, 365):
        falls(gone(none, by), gone(with_it, by))
        gaps.append(gone(none, by).mean() - gone(with_it, by).mean())
    assert gaps[2] > 0.7 * gaps[1] > 0
    early, late = (
        ordered(year, with_it, *days).mean() / ordered(without, none, *days).mean() for days in ((0, 90), (180, 360))
    )
    rises(ordered(without, none, 0, 90), ordered(year, with_it, 0, 90))
    assert late < 1 + 0.5 * (early - 1)


def test_the_referred_resemble_who_referred_them(year) -> None:
    """P7: of pairs of a member and her friend the share of one persona is rho + (1 - rho) x that of two strangers."""
    members = year.members
    place = {key: at for at, key in enumerate(members["key"].tolist())}
    refers = np.flatnonzero(members["referred"] > 0)
    pairs = [
        (at, place[key])
        for at in refers.tolist()
        for n in range(members["referred"][at] % WAITS)
        if (key := int(draws.child_key(members["key"][at], draws.FRIEND, n))) in place
    ]
    mine, theirs = members["persona"][np.array(pairs).T]
    shares = np.array([CDNOW["personas"][name] for name in PERSONAS])
    expected = 0.5 + 0.5 * shares[mine].mean()
    assert abs((mine == theirs).mean() - expected) < 5 * (0.25 / len(pairs)) ** 0.5


def test_who_refers_stays_longer_and_buys_more(year) -> None:
    """E21: of founders in the pool on day 120 with an interaction in the last 30 days, those who have referred a friend by
    then leave less in the 420 days after (12.2 against 14.8 %; the row: churn 19 to 7 % in a year, matched) and order more.
    Here trust is the cause of both, and being alive as a customer of the orders: referring itself changes nothing in her."""
    then, after = (by_key(k, k.members["group"] == FOUNDER) for k in (referring(days=120), year))
    assert (then["key"] == after["key"]).all()
    alike = (then["left"] == NEVER) & (then["last_seen"] >= 90)
    refers, others = alike & (then["referred"] > 0), alike & (then["referred"] == 0)
    left, orders = gone(after, 540), after["orders"] - then["orders"]
    for what, sign in ((left, -1), (orders, 1)):
        a, b = what[refers].astype(float), what[others].astype(float)
        se = np.hypot(a.std() / len(a) ** 0.5, b.std() / len(b) ** 0.5)
        assert sign * (a.mean() - b.mean()) > 3 * se, (a.mean(), b.mean(), se)
