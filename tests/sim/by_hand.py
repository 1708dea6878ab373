"""One member's day as docs/model.md writes it, in plain Python: slow and simple on purpose, double precision, no tricks."""

import math
from typing import Any, NamedTuple

import numpy as np

from sim import draws
from sim.catalogue import CONTENT_TYPES, PERSONAS, UNKNOWN
from sim.policies.message import hour_match
from sim.pool import PoolModel
from sim.scenario import Scenario

from .plan_by_hand import Told, calendar, is_sent, numbered, touches
from .tiers_by_hand import Standing

WEEKLY = (math.inf, 7 / 30, 1, 2, 3, 4, 7)  # messages a week, by the level that a member chose
MONEY_OFF, PAID_AT_ONCE = ("percent", "threshold"), ("gift", "vote")
NOVELTIES = ("trial", "gift", "vote", "early_access")
SPOKEN = ("one_to_one", "call")


class Held(NamedTuple):
    """A coupon or benefit in hand."""

    rule: Any
    until: int
    lift: float
    known: float
    v: int


class Person(Standing):
    """One member, from her traits on: what the record keeps for ever, and keyed draws for the rest."""

    def __init__(self, record: Any, scenario: Scenario, model: PoolModel) -> None:
        self.s, self.r, self.p, self.model = scenario, scenario.response, scenario.policy, model
        self.key = np.uint64(record["key"])
        self.persona = int(record["persona"])
        self.who = getattr(self.r.personas, PERSONAS[self.persona])
        for name in ("attention", "tolerance", "loss_chance", "basket_rate"):
            setattr(self, name, float(record[name]))
        self.frailty = draws.gamma(self.key, draws.FRAILTY, 0, self.r.frailty_shape) / self.r.frailty_shape
        self.joined, self.taste, channel = int(record["joined"]), int(record["taste"]), int(record["channel"])
        self.founder, self.prospect, self.fit = channel == 0, False, 1.0
        self.rate = draws.gamma(self.key, draws.RATE, 0, scenario.market.rhythm.r) / scenario.market.rhythm.alpha
        self.known = self.believed()
        if not self.founder:
            self.came_through(self.p.acquisition[channel - 1])
        self.trust = self.interest = self.fatigue = self.habit = self.pull = self.tau = self.G = 0.0
        self.left, self.lost, self.complained = None, False, None
        self.seen = self.first_order = self.last_order = self.joined
        self.clicks = self.visits = self.complaints = self.frequency = self.arrived = 0
        self.orders: list[tuple[float, int, int]] = []
        self.coupon: Held | None = None
        self.subscribed, self.limit, self.muted = not self.prospect, 0, None
        self.noticed, self.noticed_on = 0.0, 0
        self.stirred = self.leave_hazard = self.complaint_hazard = self.order_hazard = 0.0
        self.tally: dict[str, float] = {}
        self.tier, self.qbar, self.standing, self.sent_on = 0, 0.0, 0.0, None
        self.year_spend = round(100 * scenario.market.baskets.p / self.basket_rate) if self.founder else 0

    def came_through(self, channel: Any) -> None:
        self.fit = channel.fit
        self.prospect = draws.uniform(self.key, draws.BUYER, 0) >= channel.buyers
        if self.prospect:
            shape = channel.first_order.shape
            first = draws.gamma(self.key, draws.FIRST_RATE, 0, shape)
            self.rate = first / (shape * channel.first_order.mean_days)
        if self.p.tag_lag > 0:
            self.known = UNKNOWN

    def believed(self) -> int:
        if draws.uniform(self.key, draws.KNOWN, 0) < self.p.tag_accuracy:
            return self.taste
        tastes = self.s.market.tastes
        return (self.taste + 1 + int(draws.uniform(self.key, draws.KNOWN, 1) * (tastes - 1))) % tastes

    def note(self, name: str, amount: float = 1.0) -> None:
        self.tally[name] = self.tally.get(name, 0.0) + amount

    def threshold(self, kind: int, n: int) -> float:
        return draws.exponential(self.key, kind, n)

    def move(self, step: float) -> None:
        self.trust += step * (1 - self.trust) if step >= 0 else step * (1 + self.trust)

    # --- a day ---------------------------------------------------------------------------------------------------------

    def live(self, day: int) -> None:
        r = self.r
        if day % 7 == 0:
            self.be_reviewed(day)
        if day < self.joined:
            return
        self.trust *= 0.5 ** (1 / r.trust_half_life)
        self.interest *= 0.5 ** (1 / r.interest_half_life)
        self.fatigue *= 0.5 ** (1 / r.fatigue_half_life)
        self.pull *= 0.5 ** (1 / r.pull_half_life)
        if self.left is None:
            self.arrived = 0
            self.pay_for_items(day)
            self.take_coupons(day)
            for touch, told, exempt in touches(self.s):
                if self.is_due(touch, day) and self.is_meant(touch, day):
                    self.get(day, told, exempt, touch)
            for told in calendar(self.s)[day]:
                self.get(day, told)
            self.come_by(day)
            self.maybe_leave(day)
        self.buy(day)

    def be_reviewed(self, day: int) -> None:
        if self.left is None and self.p.membership is not None and self.joined < day + 7:
            self.stand(day)
        here = self.left is None and not self.founder and day - self.joined >= self.p.tag_lag
        if here and self.known == UNKNOWN:
            self.known = self.believed()
        if self.left is None and self.coupon is not None and self.coupon.rule.kind in NOVELTIES:
            older = self.coupon.lift * 0.5 ** (7 / self.r.novelty_half_life)
            self.coupon = self.coupon._replace(lift=older)

    def is_due(self, touch: Any, day: int) -> bool:
        anchor, delay = touch.counts_from, touch.delay
        if anchor == "birthday":
            return (day - int(365 * draws.uniform(self.key, draws.BIRTHDAY, 0)) - delay) % 365 == 0
        dates = {
            "joined": None if self.founder else self.joined,
            "ordered": None if self.prospect else math.floor(self.last_order),
            "silent": self.seen,
            "complained": self.complained,
        }
        if dates[anchor] is None:
            return False
        if touch.keeps_her_rhythm and self.frequency >= 2:
            delay = max(1, round(0.8 * (self.last_order - self.first_order) / self.frequency))
        late = day - dates[anchor] - delay
        if touch.every is None:
            return late == 0
        return late >= 0 and late % touch.every == 0 and late // touch.every < touch.times

    def is_meant(self, touch: Any, day: int) -> bool:
        so_far = self.frequency + (not self.prospect)
        return so_far >= touch.from_order and touch.to in ("all", self.stage(day))

    def stage(self, day: int) -> str:
        if day - self.seen >= 90:
            return "silent"
        if day - self.joined < 3:
            return "new"
        if self.prospect:
            return "engaged"
        return "customer" if self.frequency < 1 else "repeat" if self.frequency < 3 else "loyal"

    # --- messages --------------------------------------------------------------------------------------------------------

    def get(self, day: int, told: Told, exempt: bool = False, touch: Any = None) -> None:
        if not is_sent(self.model.key, day, told):
            return self.note("unsent")
        if self.muted == told.content or not self.wants(told):
            return self.note("declined")
        if (self.arrived >= self.p.push.cap_per_day and not exempt) or (
            told.channel == "mini_program" and not self.subscribed
        ):
            return self.note("capped")
        if told.channel == "mini_program":
            self.subscribed = False
        self.arrived, self.sent_on = self.arrived + 1, day
        self.note("delivered")
        v = 0 if not told.aim or self.known == UNKNOWN else 1 if self.known == self.taste else -1
        q = self.read(day, told, v)
        self.note("reads", q)
        if touch is not None:
            self.note("touched")
        if told.benefit is not None:
            self.take_benefit(day, told.benefit, q, v)
        self.stirred += -math.log(1 - getattr(self.r.contents, told.content).engage * q)
        if self.stirred >= self.threshold(draws.CLICK, self.clicks + self.visits):  # overshoot is discarded
            self.clicks, self.stirred, self.seen = self.clicks + 1, 0.0, day
            self.move(self.r.click_trust)
            self.interest += self.r.click_interest
            if touch is not None and touch.survey:
                self.answer()
            if touch is not None and touch.consent:
                self.choose()
        return None

    def wants(self, told: Told) -> bool:
        """Of the n messages of a week that are not of the type she muted, evenly as many as she wants."""
        limit = WEEKLY[self.limit]
        if told.place is None or math.isinf(limit):
            return True
        at, n = told.place if self.muted is None else numbered(self.s, told, self.muted)
        return math.floor((at + 1) * limit / n + 1e-9) > math.floor(at * limit / n + 1e-9)

    def read(self, day: int, told: Told, v: int) -> float:
        r, kind = self.r, getattr(self.r.contents, told.content)
        affinity = {content: getattr(self.who, content) for content in CONTENT_TYPES}
        level = (affinity["education"] + affinity["emotion"] + affinity["promotion"]) / 3
        pull = affinity[told.content] - level + r.aim_on_attention * v + r.trust_on_attention * self.trust
        reach = getattr(r.reach, told.channel) * math.exp(-r.sameness * told.same)
        reach *= float(hour_match(r, told.hour)[self.persona])
        n = 1.0 if self.founder else 1.0 + r.newness * math.exp(-(day - self.joined) / 3)
        A = self.attention * reach * n * math.exp(pull - self.fatigue / self.tolerance)
        q = 1 - math.exp(-A * (r.lost_attention if self.lost else 1.0))
        q *= r.picked_up if told.channel == "call" else 1.0
        gain = kind.trust
        if gain > 0 and (told.channel in SPOKEN or told.content == "live"):
            gain *= {"shop": 1.0, "friend": r.adviser**0.5, "adviser": r.adviser}[self.p.account]
        self.move(min(max(gain * q, -0.25), 0.25))
        self.interest += kind.interest * self.fit * math.exp(r.aim_on_attention * v) * q
        self.fatigue += kind.weight * getattr(r.tiring, told.channel) * (1 - q / 2)
        return q

    def answer(self) -> None:
        self.note("surveyed")
        if draws.uniform(self.key, draws.SURVEY, 0) < 0.97:
            self.known = self.taste

    def choose(self) -> None:
        """The largest limit below 7 tolerance e^(.4 z), and the type of her lowest affinity below -.3."""
        if self.limit == 0:
            self.note("chose")
        a_day = self.tolerance * (1 - 0.5 ** (1 / self.r.fatigue_half_life))
        z = draws.normal(self.key, draws.named_kind("consent"), 0)
        self.limit = max([1, *(k for k in range(2, 7) if WEEKLY[k] < 7 * a_day * math.exp(0.4 * z))])
        affinity = {content: getattr(self.who, content) for content in CONTENT_TYPES}
        level = (affinity["education"] + affinity["emotion"] + affinity["promotion"]) / 3
        lowest = min(CONTENT_TYPES, key=lambda content: affinity[content])
        self.muted = lowest if affinity[lowest] - level < -0.3 else None

    def come_by(self, day: int) -> None:
        w = self.r.visit * max(self.trust, 0.0) * (self.r.lost_attention if self.lost else 1.0)
        self.move(self.r.click_trust * w)
        self.interest += self.r.click_interest * w
        self.stirred += -math.log(1 - w)
        if self.stirred >= self.threshold(draws.CLICK, self.clicks + self.visits):
            self.visits, self.stirred, self.seen = self.visits + 1, 0.0, day

    def maybe_leave(self, day: int) -> None:
        r = self.r
        tired = r.leave_fatigue * max(0.0, self.fatigue / self.tolerance - 1) ** 3
        dog = r.sleeping_dog * self.arrived if day - self.seen >= 90 else 0.0
        early = r.leave_early * math.exp(-(day - self.joined) / 3) * (2 - min(1.0, self.fit))
        base = r.leave_base + (0.0 if self.founder else early)
        hazard = min(1.0, base * (1 - self.trust) + tired + dog)
        self.complaint_hazard += self.frailty * r.complaint_share * min(1.0, tired)
        if self.complaint_hazard >= self.threshold(draws.COMPLAINT, self.complaints):
            self.complaints, self.complaint_hazard, self.complained = self.complaints + 1, 0.0, day
            self.move(-r.complaint_trust)
        self.leave_hazard += self.frailty * hazard
        if self.leave_hazard >= self.threshold(draws.LEAVE, 0):
            if self.coupon is not None:
                self.note("benefits_lost" if self.hand(day) else "benefits_expired")
            self.left, self.coupon = day, None

    # --- in hand ---------------------------------------------------------------------------------------------------------

    def hand(self, day: int) -> bool:
        return self.coupon is not None and day <= self.coupon.until

    def take_coupons(self, day: int) -> None:
        for rule in self.p.coupons:
            if day % rule.every_days == 0:
                self.note("issued")
                self.keep(day, Held(rule, day + rule.valid_days - 1, self.who.price_appeal * self.value(rule), 1.0, 0))

    def take_benefit(self, day: int, name: str, q: float, v: int) -> None:
        rule = self.p.benefits[name]
        self.note("benefits_issued")
        if rule.kind in PAID_AT_ONCE:
            self.note("gifts", rule.unit_cost)
        fit = math.exp(self.r.aim_on_attention * v)
        if rule.kind in MONEY_OFF:
            lift = self.who.price_appeal * self.value(rule)
        else:
            faded = self.noticed * 0.5 ** ((day - self.noticed_on) / self.r.novelty_half_life)
            lift = self.who.novelty_appeal * rule.worth * 0.5**faded * self.within_means(rule)
            self.noticed, self.noticed_on = faded + q * rule.worth, day
        self.keep(day, Held(rule, day + rule.valid_days - 1, lift * fit, q, v))

    def keep(self, day: int, new: Held) -> None:
        """Of two the one that adds more, known as it is; of two with money off the one worth more; equals: the newest."""
        old = self.coupon
        if old is not None and self.hand(day):
            self.note("benefits_replaced")
            if self.rank(new, old) < self.rank(old, new):
                return
        elif old is not None:
            self.note("benefits_expired")
        self.coupon = new

    def rank(self, one: Held, other: Held) -> float:
        if {one.rule.kind, other.rule.kind} <= set(MONEY_OFF):
            return self.value(one.rule) * math.exp(self.r.aim_on_attention * one.v) * one.known
        return one.lift * one.known

    def value(self, rule: Any) -> float:
        usual = self.s.market.baskets.p / self.basket_rate
        face = rule.off * usual if rule.kind == "percent" else rule.off
        share = min(1.0, face / max(rule.min_spend, usual))
        if self.p.membership is not None and self.p.membership.stacking == "best":
            share = max(0.0, share - self.off_by_tier(1.0))
        return share * self.within_means(rule)

    def within_means(self, rule: Any) -> float:
        usual = self.s.market.baskets.p / self.basket_rate
        if not rule.min_spend:
            return 1.0
        return 0.0 if usual < rule.min_spend / 3 else min(1.0, usual / rule.min_spend) ** 2

    # --- orders ----------------------------------------------------------------------------------------------------------

    def ceiled(self, x: float) -> float:
        return self.r.ceiling * x / (self.r.ceiling - 1 + x)

    def demand_parts(self, day: int) -> tuple[float, float]:
        """(1 - q) m(x0), and q m(x0 (1 + lift))."""
        r = self.r
        x = (1 - r.habit_on_demand * self.habit) * (1 - self.pull)
        if self.left is not None:
            return x, 0.0
        x *= (1 + r.trust_on_demand * self.trust) * (1 + r.interest_on_demand * self.interest / (1 + self.interest))
        x *= 1 + self.standing
        q, lift = (self.coupon.known, self.coupon.lift) if self.hand(day) else (0.0, 0.0)
        return (1 - q) * self.ceiled(x), q * self.ceiled(x * (1 + lift))

    def buy(self, day: int) -> None:
        m = sum(self.demand_parts(day))
        clock = ahead = m * float(self.model.world["season"][day])
        while not self.lost:
            needed = (self.threshold(draws.ORDER, len(self.orders)) - self.order_hazard) / self.rate
            if needed > ahead:
                self.order_hazard += self.rate * ahead
                break
            ahead, self.order_hazard = ahead - needed, 0.0
            self.tau += needed
            self.order(day, day + 1 - ahead / clock, m)
        self.tau += ahead

    def order(self, day: int, when: float, m: float) -> None:
        r, n = self.r, len(self.orders)
        unaware, knowing = self.demand_parts(day)
        wants = self.hand(day) and draws.uniform(self.key, draws.USE, n) < knowing / (unaware + knowing)
        basket, off = draws.gamma(self.key, draws.BASKET, n, self.s.market.baskets.p) / self.basket_rate, 0.0
        coupon = False
        if self.left is None:
            basket *= 1 + r.trust_on_basket * max(0.0, self.trust)
            basket, off = self.use(day, n, basket, wants)
            by_tier = self.off_by_tier(basket)
            if off and self.p.membership is not None and self.p.membership.stacking == "best":
                by_tier = 0.0
            coupon, off = off > 0, off + by_tier
            self.earn(basket, off, by_tier)
            self.seen, self.subscribed = day, True
        if self.prospect:
            self.prospect, self.tau, self.first_order = False, 0.0, when
            self.rate = draws.gamma(self.key, draws.RATE, 0, self.s.market.rhythm.r) / self.s.market.rhythm.alpha
            g = None
        else:
            self.frequency += 1
            g = min(max(math.exp(-r.trust_on_loyalty * self.trust) * m**-r.life_exponent, 0.2), 3.0)
            self.G += g
        felt = 1.0 if coupon else r.standing if off else 0.0
        self.habit += felt * r.habit_up * (1 - self.habit) - (1 - felt) * r.habit_down * self.habit
        self.pull = r.pull_depth if coupon else self.pull
        self.last_order = when
        self.orders.append((when, round(100 * basket) - round(100 * off), round(100 * off)))
        self.lost = g is not None and draws.uniform(self.key, draws.LOSS, n + 1) >= (1 - self.loss_chance) ** g

    def use(self, day: int, n: int, basket: float, wants: bool) -> tuple[float, float]:
        """The basket, filled up to the threshold by some who want to use what they have in hand, and what is taken off."""
        if self.coupon is None or not self.hand(day):
            return basket, 0.0
        rule, off = self.coupon.rule, 0.0
        share = basket / rule.min_spend if rule.min_spend else 1.0
        if wants and 1 / 3 <= share < 1 and draws.uniform(self.key, draws.TOP_UP, n) < self.r.top_up * share**3:
            basket = rule.min_spend
        if basket < rule.min_spend:
            return basket, 0.0
        full = min(rule.off * basket if rule.kind == "percent" else rule.off, basket) if rule.kind in MONEY_OFF else 0.0
        best = self.p.membership is not None and self.p.membership.stacking == "best"
        if rule.kind in MONEY_OFF and best and self.tier and round(100 * full) <= round(100 * self.off_by_tier(basket)):
            return basket, 0.0
        if not wants:
            self.coupon = self.coupon._replace(known=0.0)
            return basket, 0.0
        if rule.kind in MONEY_OFF:
            off = full if best else min(full, basket - self.off_by_tier(basket))
        elif rule.kind not in PAID_AT_ONCE:
            self.note("gifts", rule.unit_cost)
            if self.coupon.lift > 0:
                self.pull = self.r.pull_depth  # what she tries she does not buy elsewhere
        self.note("benefits_used")
        self.coupon = None
        return basket, off
