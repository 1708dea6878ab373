"""The day as docs/model.md writes it, once more in plain Python, against the compiled one.

Slow and simple on purpose: one member, double precision, no tricks. States agree to single precision, events on the day.
"""

import math
from functools import lru_cache
from typing import Any

import numpy as np
import pytest

from sim import draws
from sim.behaviour.buying import loyalty_exponent
from sim.behaviour.coupons import worth
from sim.catalogue import CONTENT_TYPES, NEVER, PERSONAS
from sim.policies.coupons import COUPON
from sim.policies.message import hour_match
from sim.pool import PoolModel
from sim.scenario import Scenario

DAYS = 150
POLICY = {
    "push": {"per_week": 11, "cap_per_day": 2, "hour": [9, 21]},
    "content": {"education": 0.3, "emotion": 0.2, "promotion": 0.5},
    "coupons": [
        {"kind": "percent", "off": 0.25, "every_days": 21, "valid_days": 12},
        {"kind": "threshold", "off": 9, "min_spend": 45, "every_days": 9, "valid_days": 5},
    ],
}


class Person:
    """One founding member, from her traits on."""

    def __init__(self, record: Any, scenario: Scenario, model: PoolModel) -> None:
        self.s, self.r = scenario, scenario.response
        self.model = model
        self.key = np.uint64(record["key"])
        self.who = getattr(self.r.personas, PERSONAS[record["persona"]])
        self.persona = int(record["persona"])
        for name in ("attention", "tolerance", "frailty", "rate", "loss_chance", "basket_rate"):
            setattr(self, name, float(record[name]))
        self.trust = self.interest = self.fatigue = self.habit = self.pull = self.tau = self.G = 0.0
        self.left, self.lost, self.seen, self.sent = None, False, 0, None
        self.clicks = self.complaints = 0
        self.orders: list[tuple[float, int, int]] = []
        self.coupon: tuple[Any, int] | None = None
        self.click_hazard = self.leave_hazard = self.complaint_hazard = 0.0
        self.order_hazard = 0.0

    def threshold(self, kind: int, n: int) -> float:
        return draws.exponential(self.key, kind, n)

    def move(self, step: float) -> None:
        self.trust += step * (1 - self.trust) if step >= 0 else step * (1 + self.trust)

    def live(self, day: int) -> None:
        r = self.r
        self.trust *= 0.5 ** (1 / r.trust_half_life)
        self.interest *= 0.5 ** (1 / r.interest_half_life)
        self.fatigue *= 0.5 ** (1 / r.fatigue_half_life)
        self.pull *= 0.5 ** (1 / r.pull_half_life)
        if self.left is None:
            self.receive(day)
            self.maybe_leave(day)
        self.buy(day)

    def receive(self, day: int) -> None:
        for rule in self.s.policy.coupons:
            if day % rule.every_days == 0 and self.value(rule) >= (
                self.value(self.coupon[0]) if self.hand(day) else 0.0
            ):
                self.coupon = rule, day + rule.valid_days - 1
        for content, reach in messages(self.s)[day]:
            affinity = [getattr(self.who, c) for c in CONTENT_TYPES]
            pull = affinity[content] - sum(affinity) / 3 + self.r.trust_on_attention * self.trust
            A = self.attention * reach[self.persona] * math.exp(pull - self.fatigue / self.tolerance)
            q = 1 - math.exp(-A * (self.r.lost_attention if self.lost else 1.0))
            kind = getattr(self.r.contents, CONTENT_TYPES[content])
            self.move(kind.trust * q)
            self.interest += kind.interest * q
            self.fatigue += kind.weight * (1 - q / 2)
            self.sent = day
            self.click_hazard += -math.log(1 - self.r.click_rate * q)
            if self.click_hazard >= self.threshold(draws.CLICK, self.clicks):  # overshoot is discarded
                self.clicks, self.click_hazard = self.clicks + 1, 0.0
                self.move(self.r.click_trust)
                self.interest += self.r.click_interest
                self.seen = day

    def maybe_leave(self, day: int) -> None:
        r = self.r
        tired = r.leave_fatigue * max(0.0, self.fatigue / self.tolerance - 1) ** 3
        dog = r.sleeping_dog * len(messages(self.s)[day]) if day - self.seen >= 90 else 0.0
        self.complaint_hazard += self.frailty * r.complaint_share * min(1.0, tired)
        if self.complaint_hazard >= self.threshold(draws.COMPLAINT, self.complaints):
            self.complaints, self.complaint_hazard = self.complaints + 1, 0.0
            self.move(-r.complaint_trust)
        self.leave_hazard += self.frailty * min(1.0, r.leave_base + r.leave_early * math.exp(-day / 3) + tired + dog)
        if self.leave_hazard >= self.threshold(draws.LEAVE, 0):
            self.left, self.coupon = day, None

    def hand(self, day: int) -> bool:
        return self.coupon is not None and day <= self.coupon[1]

    def value(self, rule: Any) -> float:
        usual = self.s.market.baskets.p / self.basket_rate
        if rule.kind == "percent":
            return min(1.0, rule.off * usual / usual)
        if usual < rule.min_spend / 3:
            return 0.0
        return min(1.0, rule.off / max(rule.min_spend, usual)) * min(1.0, usual / rule.min_spend) ** 2

    def demand(self, day: int) -> float:
        r = self.r
        x = (1 - r.habit_on_demand * self.habit) * (1 - self.pull)
        if self.left is not None:
            return x
        x *= (1 + r.trust_on_demand * self.trust) * (1 + r.interest_on_demand * self.interest / (1 + self.interest))
        if self.hand(day):
            x *= 1 + self.who.coupon_appeal * self.value(self.coupon[0])
        return r.ceiling * x / (r.ceiling - 1 + x)

    def buy(self, day: int) -> None:
        m = self.demand(day)
        clock = m * self.model.world["season"][day]
        from_ = 0.0
        while not self.lost:
            needed = (self.threshold(draws.ORDER, len(self.orders)) - self.order_hazard) / self.rate
            if needed > clock - from_:
                self.order_hazard += self.rate * (clock - from_)
                break
            from_, self.order_hazard = from_ + needed, 0.0
            self.order(day, day + from_ / clock, m)
        self.tau += clock

    def order(self, day: int, when: float, m: float) -> None:
        r, n = self.r, len(self.orders)
        basket = draws.gamma(self.key, draws.BASKET, n, self.s.market.baskets.p) / self.basket_rate
        off = 0.0
        if self.left is None:
            basket *= 1 + r.trust_on_basket * max(0.0, self.trust)
            if self.hand(day):
                rule = self.coupon[0]
                share = basket / rule.min_spend if rule.min_spend else 1.0
                if 1 / 3 <= share < 1 and draws.uniform(self.key, draws.TOP_UP, n) < r.top_up * share**3:
                    basket = rule.min_spend
                if basket >= rule.min_spend:
                    off = min(rule.off * basket if rule.kind == "percent" else rule.off, basket)
            self.seen = day
        g = min(max(math.exp(-r.trust_on_loyalty * self.trust) * m**-r.life_exponent, 0.2), 3.0)
        self.G += g
        if off:
            self.habit += r.habit_up * (1 - self.habit)
            self.pull, self.coupon = r.pull_depth, None
        else:
            self.habit -= r.habit_down * self.habit
        self.orders.append((when, round(100 * basket) - round(100 * off), round(100 * off)))
        self.lost = draws.uniform(self.key, draws.LOSS, n + 1) >= (1 - self.loss_chance) ** g


@lru_cache(maxsize=2)
def messages(scenario: Scenario) -> list[list[tuple[int, np.ndarray]]]:
    """By day: (content, reach by persona) of each message of the plan: shares in turn, hours in turn, sameness."""
    push, shares, r = scenario.policy.push, list(scenario.policy.content.shares.values()), scenario.response
    sent, last, run, total, found = [0, 0, 0], -1, 0, 0, []
    for day in range(scenario.days):
        due = math.floor((day + 1) * push.per_week / 7 + 1e-9) - math.floor(day * push.per_week / 7 + 1e-9)
        found.append([])
        for _ in range(min(due, push.cap_per_day)):
            content = max(range(3), key=lambda k: round(shares[k] * (total + 1) - sent[k], 9))
            run = min(run + 1, 5) if content == last else 0
            at_hour = hour_match(r, push.hour[total % len(push.hour)])
            found[-1].append((content, getattr(r.reach, push.channel) * math.exp(-r.sameness * run) * at_hour))
            sent[content] += 1
            total, last = total + 1, content
    return found


@pytest.mark.parametrize("seed", [1, 2])
def test_days_by_hand(make, live, seed: int) -> None:
    """150 founders for 150 days under pressure: states, events and every order to the cent."""
    season = {"months": [1, 0.5, 1.5, 1, 1, 1, 1, 1, 1, 1, 1, 1]}
    response = {"leave_fatigue": 0.02, "complaint_share": 0.5, "sleeping_dog": 0.03}
    scenario = make(changes={"season": season}, members=150, days=DAYS, policy=POLICY, response=response)
    model = PoolModel(scenario, seed=seed)
    people = [Person(record, scenario, model) for record in model.member_blocks()[0]]
    for person in people:
        for day in range(DAYS):
            person.live(day)
    kept = live(scenario, seed=seed)
    totals = {"gone": 0, "complaints": 0, "clicks": 0, "orders": 0, "discounted": 0, "lost": 0}
    for person, member in zip(people, kept.members, strict=True):
        assert member["key"] == person.key
        left = NEVER if person.left is None else person.left
        assert (member["left"], member["clicks"], member["complaints"]) == (left, person.clicks, person.complaints)
        assert (member["orders"], bool(member["lost"])) == (len(person.orders), person.lost)
        assert member["last_seen"] == person.seen
        for name in ("trust", "interest", "fatigue", "habit", "pull", "tau"):
            assert float(member[name]) == pytest.approx(getattr(person, name), rel=1e-4, abs=1e-5), name
        assert member["exponents"] == pytest.approx(person.G, rel=1e-4)
        mine = kept.orders[kept.orders["key"] == member["key"]]
        np.testing.assert_allclose(mine["time"], [when for when, _, _ in person.orders], atol=1e-3)
        assert np.abs(mine["amount"] - [amount for _, amount, _ in person.orders]).max(initial=0) <= 1  # a cent
        assert np.abs(mine["discount"] - [off for _, _, off in person.orders]).max(initial=0) <= 1
        totals["gone"] += person.left is not None
        totals["complaints"] += person.complaints
        totals["clicks"] += person.clicks
        totals["orders"] += len(person.orders)
        totals["discounted"] += sum(off > 0 for _, _, off in person.orders)
        totals["lost"] += person.lost
    assert min(totals.values()) > 5, totals


def test_the_loyalty_exponent() -> None:
    assert loyalty_exponent(0.0, 1.0, 0.6, 1.0) == 1.0
    assert loyalty_exponent(0.5, 1.0, 0.6, 1.0) == pytest.approx(math.exp(-0.3))
    assert loyalty_exponent(0.0, 2.0, 0.6, 1.0) == pytest.approx(0.5)
    assert loyalty_exponent(0.0, 2.0, 0.6, 0.0) == 1.0
    assert loyalty_exponent(-1.0, 0.1, 0.6, 1.0) == 3.0
    assert loyalty_exponent(1.0, 3.9, 3.0, 1.0) == 0.2


@pytest.mark.parametrize(
    ("kind", "off", "threshold", "usual", "expected"),
    [
        ("percent", 0.2, 0.0, 40.0, 0.2),
        ("percent", 0.2, 50.0, 40.0, 0.16 * 0.64),
        ("threshold", 10.0, 50.0, 100.0, 0.1),  # her baskets reach it: off against her basket
        ("threshold", 10.0, 50.0, 25.0, 0.2 * 0.25),  # half way there: against the threshold, and less likely
        ("threshold", 500.0, 501.0, 400.0, 500 / 501 * (400 / 501) ** 2),
        ("threshold", 10.0, 120.0, 40.1, 10 / 120 * (40.1 / 120) ** 2),
        ("threshold", 10.0, 120.0, 39.9, 0.0),  # above three of her usual baskets: out of reach
        ("percent", 0.9, 120.0, 39.9, 0.0),
    ],
)
def test_what_a_coupon_is_worth(make, kind, off, threshold, usual, expected) -> None:
    """value = min(1, face / max(threshold, B)) min(1, B / threshold)^2; without a threshold the last factor is 1,
    and above three baskets all is 0."""
    model = PoolModel(make(members=1, days=1))
    member = model.member_blocks()[0][0]
    member["basket_rate"] = 6.25 / usual
    coupon = np.zeros(1, COUPON)[0]
    coupon["percent"], coupon["off"], coupon["min_spend"] = kind == "percent", off, threshold
    assert worth(member, coupon, model.world) == pytest.approx(expected, rel=1e-6)
