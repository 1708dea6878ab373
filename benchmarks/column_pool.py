"""The day of docs/model.md on columns, for the NumPy peer; read it beside sim/behaviour/, stage by stage."""

import time
from collections import Counter
from typing import Any

import numpy as np

from benchmarks.column_draws import exponential, gamma, uniform
from sim import draws
from sim.catalogue import FOUNDER, KEPT_7, KEPT_30, MILLION, MONTH, NEVER, SECOND_IN_TIME, SILENT_AFTER, TOUCH, WEEK
from sim.policies.coupons import REACH
from sim.pool import PoolModel
from sim.records import MEMBER
from sim.scenario import Scenario

Array = np.ndarray


class Columns:
    """A slice of members: one contiguous array a field. `width` is the type that is computed in, fields keep their own."""

    def __init__(self, records: Array, width: Any) -> None:
        for name in MEMBER.names:
            setattr(self, name, np.ascontiguousarray(records[name]))
        self.width = width
        self.together = bool((self.joined == self.joined[0]).all())
        self.founders = bool((self.group == FOUNDER).all())  # nobody is new: neither looks more nor leaves early

    def age(self, day: int, who: Array | slice = slice(None)) -> Any:
        """Days since joining: one number where all joined together, so that nothing is looked up member by member."""
        return max(day - int(self.joined[0]), 0) if self.together else np.maximum(day - self.joined[who], 0)

    def __getattr__(self, name: str) -> Array:  # for type checkers: every field of MEMBER
        raise AttributeError(name)


class ColumnPool:
    """As sim.pool.PoolModel, with slices of `size` members as columns. Members who join live from the week they join."""

    def __init__(self, scenario: Scenario, size: int, width: Any = np.float64) -> None:
        self.host = PoolModel(scenario, threads=1)
        self.size, self.width, self.seconds, self.day = size, width, 0.0, 0
        self.totals: Counter[str] = Counter()
        self.slices: list[Columns] = []
        self._taken = 0
        self._take_joiners()

    def run(self) -> Counter[str]:
        """Live all days; returns totals."""
        host = self.host
        while self.day < host.scenario.days:
            days = min(WEEK, host.scenario.days - self.day)
            host._joining.join(self.day, days)
            self._take_joiners()
            host.brand.plan_week(host.world, self.day)
            started = time.perf_counter()
            self._review()
            for members in self.slices:
                for day in range(self.day, self.day + days):
                    live_one_day(members, day, host.world, self.totals)
            self.seconds += time.perf_counter() - started
            self.day += days
        return self.totals

    def _take_joiners(self) -> None:
        records = np.concatenate(self.host.member_blocks())[self._taken :]
        self._taken += len(records)
        self.slices += [Columns(records[k : k + self.size], self.width) for k in range(0, len(records), self.size)]

    def _review(self) -> None:
        """Segments by spend and coupons by tag, which is all that the balanced strategy asks for."""
        brand = self.host.brand
        buyers = [c.spend[(c.left == NEVER) & (c.spend > 0)] for c in self.slices]
        spend = np.concatenate(buyers)
        high = np.quantile(spend, 0.8, method="higher") if len(spend) else np.inf
        for c in self.slices:
            c.segment = (c.spend >= high).astype(np.uint8)
            c.eligible = (c.tag == brand.coupons.targets[0]["code"]).astype(np.uint16)


def live_one_day(c: Columns, day: int, world: Any, today: Counter[str]) -> None:
    """Every member's day, stage by stage; `left` is settled before buying, as in the engine."""
    response = world["response"]
    for name in ("trust", "interest", "fatigue", "pull"):
        column = getattr(c, name)
        column *= response[name + "_decay"]
    here = (c.left == NEVER) & (c.joined <= day)
    receive(c, day, here, world, today)
    visit(c, day, here, response, today)
    decide_to_leave(c, day, here, world, today)
    buy(c, day, world, today)
    count(c, day, world, today)


def receive(c: Columns, day: int, here: Array, world: Any, today: Counter[str]) -> None:
    """Coupons, then messages segment by segment."""
    in_week = day - int(world["week_start"])
    if world["coupons"]["issues"][in_week]:
        who = np.flatnonzero(here & (c.eligible != 0))
        today["issued"] += len(who)
        c.coupon[who] = 1
        c.coupon_until[who] = day + world["coupons"]["rules"][0]["valid_days"] - 1
        c.coupon_lift[who] = world["response"]["price_appeal"][c.persona[who]] * worth(c, who, world)
    for segment in range(2):
        for slot in range(world["push"]["sends"][segment, in_week]):
            who = np.flatnonzero(here & (c.segment == segment))
            read(c, who, day, world["push"]["messages"][segment, in_week, slot], world, today)


def read(c: Columns, who: Array, day: int, message: Any, world: Any, today: Counter[str]) -> None:
    """One message to those in `who`: one-to-one, not aimed, without a benefit, as all of the balanced strategy's are."""
    response = world["response"]
    persona, trust, fatigue = c.persona[who], c.trust[who], c.fatigue[who]
    reach = message["reach"] * np.exp(message["affinity"])  # by persona
    hazard = c.width(response["trust_on_attention"]) * trust
    hazard -= fatigue / c.tolerance[who]
    np.exp(hazard, out=hazard)
    hazard *= c.attention[who]
    hazard *= reach.astype(c.width)[persona]
    if not c.founders:
        hazard *= np.where(c.group[who] == FOUNDER, 1, world["newness"].astype(c.width)[c.age(day, who)])
    hazard[c.lost[who] != 0] *= c.width(response["lost_attention"])
    q = -np.expm1(-hazard)
    gain = c.width(message["trust"]) * q  # at most a quarter of the way, which gains of a tenth never reach
    trust += gain * (1 - trust) if message["trust"] >= 0 else gain * (1 + trust)
    fatigue += c.width(message["weight"]) * (1 - c.width(0.5) * q)
    c.trust[who], c.fatigue[who] = trust, fatigue
    c.interest[who] += c.width(message["interest"]) * q * fit(c, world)[who]
    c.last_sent[who] = day
    cost = float(message["cost"]) / MILLION
    c.window_cost[who] += c.width(cost)
    c.value[who] -= cost * world["discount"][c.age(day, who)]
    today["delivered"] += len(who)
    today["reads"] += float(q.sum(dtype=np.float64))
    today["message_cost"] += cost * len(who)
    left = c.click_left[who] / (1 - c.width(message["engage"]) * q)
    c.click_left[who] = left
    click(c, who[left >= 1], day, response, today)


def fit(c: Columns, world: Any) -> Array:
    """How well each one's channel fits the pool."""
    fits: Array = world["acquisition"]["fit"].astype(c.width)[c.channel]
    return fits


def click(c: Columns, who: Array, day: int, response: Any, today: Counter[str]) -> None:
    """Those who clicked."""
    c.clicks[who] += 1
    c.click_left[who] = uniform(c.key[who], draws.CLICK, c.clicks[who] + c.visits[who])
    c.last_talk[who] = day
    c.trust[who] += response["click_trust"] * (1 - c.trust[who])
    c.interest[who] += response["click_interest"]
    today["clicks"] += len(who)
    interact(c, who, day)


def visit(c: Columns, day: int, here: Array, response: Any, today: Counter[str]) -> None:
    """Who trusts comes by: the chance moves everybody, a visit is seen of those whose threshold it reaches."""
    chance = np.maximum(c.trust, 0) * c.width(response["visit"])
    chance[c.lost != 0] *= c.width(response["lost_attention"])
    chance[~here] = 0
    c.trust += c.width(response["click_trust"]) * chance * (1 - c.trust)
    c.interest += c.width(response["click_interest"]) * chance
    c.click_left /= 1 - chance
    who = np.flatnonzero(here & (c.click_left >= 1))
    c.visits[who] += 1
    c.click_left[who] = uniform(c.key[who], draws.CLICK, c.clicks[who] + c.visits[who])
    today["visits"] += len(who)
    interact(c, who, day)


def interact(c: Columns, who: Array, day: int) -> None:
    """An interaction ends a silence (nobody can wake within 90 days, so waking is left out)."""
    c.last_seen[who] = day
    tenure = day - c.joined[who]
    c.kept[who[(tenure >= 1) & (tenure <= 7)]] |= KEPT_7
    c.kept[who[(tenure >= 24) & (tenure <= 30)]] |= KEPT_30


def decide_to_leave(c: Columns, day: int, here: Array, world: Any, today: Counter[str]) -> None:
    """Complaints and leaving."""
    response = world["response"]
    excess = (c.fatigue / c.tolerance).astype(c.width, copy=False)
    excess -= 1
    np.maximum(excess, 0, out=excess)
    tired = excess * excess
    tired *= excess
    tired *= c.width(response["leave_fatigue"])
    ease = 1 - c.trust
    hazard = ease * c.width(response["leave_base"])
    hazard += tired
    asleep = np.flatnonzero((c.last_sent == day) & (day - c.last_seen >= SILENT_AFTER))
    hazard[asleep] += response["sleeping_dog"] * world["push"]["sends"][c.segment[asleep], day - world["week_start"]]
    frailty = np.where(here, c.frailty, c.width(0))
    c.window_exit += frailty * np.minimum(hazard, 1)
    if not c.founders:
        early = world["early"].astype(c.width)[c.age(day)] * (2 - np.minimum(1, fit(c, world)))
        hazard += np.where(c.group == FOUNDER, 0, early) * ease
    np.minimum(hazard, 1, out=hazard)
    c.complaint_left -= frailty * (c.width(response["complaint_share"]) * np.minimum(tired, 1))
    c.leave_left -= frailty * hazard
    who = np.flatnonzero(c.complaint_left <= 0)
    c.complaints[who] += 1
    c.complaint_left[who] = exponential(c.key[who], draws.COMPLAINT, c.complaints[who])
    c.trust[who] -= response["complaint_trust"] * (1 + c.trust[who])
    today["complaints"] += len(who)
    who = who[(c.last_sent[who] != NEVER) & (day - c.last_sent[who] <= TOUCH) & (c.blamed[who] != c.last_sent[who])]
    c.blamed[who] = c.last_sent[who]
    today["blamed"] += len(who)
    who = np.flatnonzero(here & (c.leave_left <= 0))
    c.left[who] = day
    put_down(c, who)
    today["departed"] += len(who)
    today["opted_out"] += int(((c.last_sent[who] != NEVER) & (day - c.last_sent[who] <= TOUCH)).sum())


def demand(c: Columns, day: int, inside: Array, world: Any) -> Array:
    """m."""
    response = world["response"]
    x = 1 - c.width(response["habit_on_demand"]) * c.habit
    x *= 1 - c.pull
    public = x.copy()
    x *= 1 + c.width(response["trust_on_demand"]) * c.trust
    x *= 1 + c.width(response["interest_on_demand"]) * c.interest / (1 + c.interest)
    who = np.flatnonzero((c.coupon != 0) & (c.coupon_until >= day))
    x[who] *= 1 + c.coupon_lift[who]
    ceiling = c.width(response["ceiling"])
    m = ceiling * x
    m /= ceiling - 1 + x
    return np.where(inside, m, public)


def put_down(c: Columns, who: Array) -> None:
    """Nothing is in hand any more."""
    c.coupon[who], c.coupon_lift[who] = 0, 0


def worth(c: Columns, who: Array, world: Any) -> Array:
    """What the one coupon of the balanced strategy is worth to those who hold it."""
    coupon = world["coupons"]["rules"][0]
    usual = world["market"]["p"] / c.basket_rate[who]
    short = np.minimum(1, usual / coupon["min_spend"])
    value = np.minimum(1, coupon["off"] / np.maximum(coupon["min_spend"], usual)) * short * short
    return np.where(REACH * usual < coupon["min_spend"], 0, value)


def buy(c: Columns, day: int, world: Any, today: Counter[str]) -> None:
    """The clock of everybody, and orders of those whose threshold is crossed, the earliest of each in turn."""
    inside = c.left == NEVER
    m = demand(c, day, inside, world)
    c.window_demand += np.where(inside, m, c.width(0))
    clock = m.astype(np.float64)  # a copy, whatever the width: rates and thresholds are float64
    clock *= world["season"][day]
    clock[c.joined > day] = 0.0
    passed = c.rate * clock
    who = np.flatnonzero(c.order_left <= passed)
    who = who[c.joined[who] <= day]
    left_today = clock[who]
    clock[who], passed[who] = 0.0, 0.0
    c.order_left -= passed
    c.tau += clock
    whole = left_today.copy()
    while len(who):
        wait = c.order_left[who] / c.rate[who]
        left_today -= wait
        c.tau[who] += wait
        place_orders(c, who, day, day + (1.0 - left_today / whole), m[who].astype(np.float64), world, today)
        again = c.order_left[who] <= c.rate[who] * left_today
        done = who[~again]
        c.order_left[done] -= c.rate[done] * left_today[~again]
        c.tau[done] += left_today[~again]
        who, left_today, whole = who[again], left_today[again], whole[again]


def place_orders(c: Columns, who: Array, day: int, when: Array, m: Array, world: Any, today: Counter[str]) -> None:
    """One order of each in `who`: basket, coupon, money, record, next threshold."""
    response, market, coupon = world["response"], world["market"], world["coupons"]["rules"][0]
    inside = c.left[who] == NEVER
    basket = gamma(c.key[who], draws.BASKET, c.orders[who], float(market["p"])) / c.basket_rate[who]
    basket[inside] *= 1 + response["trust_on_basket"] * np.maximum(0, c.trust[who[inside]])
    holds = inside & (c.coupon[who] != 0) & (c.coupon_until[who] >= day)
    tops = holds & (basket < coupon["min_spend"])
    share = basket[tops] / coupon["min_spend"]
    chance = response["top_up"] * np.where(REACH * share < 1, 0, share**3)
    tops[tops] = uniform(c.key[who[tops]], draws.TOP_UP, c.orders[who[tops]]) < chance
    basket[tops] = coupon["min_spend"]
    minor = market["minor_units"]
    amount = np.rint(basket * minor)
    used = holds & (amount >= coupon["min_spend"] * minor)
    discount = np.where(used, np.minimum(coupon["off"] * minor, amount), 0.0)
    money = (amount * market["margin"] - discount) / minor
    c.value[who] += money * world["discount"][c.age(day, who)]
    c.spend[who] += (amount - discount).astype(np.int64)
    today["contribution"] += float(money.sum())
    today["orders"] += len(who)
    today["sales"] += float((amount - discount).sum()) / minor
    today["discounts"] += float(discount.sum()) / minor
    note_orders(c, who, day, when, m, used, world, today)
    c.orders[who] += 1
    stay = np.exp(c.last_exponent[who] * np.log1p(-c.loss_chance[who]))
    lost = uniform(c.key[who], draws.LOSS, c.orders[who]) >= stay
    c.lost[who[lost]] = 1
    c.order_left[who] = np.where(lost, np.inf, exponential(c.key[who], draws.ORDER, c.orders[who]))


def note_orders(
    c: Columns, who: Array, day: int, when: Array, m: Array, used: Array, world: Any, today: Counter[str]
) -> None:
    """x, t_x, G_x, habit, buying ahead, silence. Everybody has bought before: the balanced strategy has no prospects."""
    response = world["response"]
    today["gaps"] += len(who)
    today["gap_days"] += float((when - c.last_order[who]).sum())
    c.frequency[who] += 1
    c.tau_last[who] = c.tau[who]
    g = np.exp(-response["trust_on_loyalty"] * c.trust[who]) * m ** -response["life_exponent"]
    c.last_exponent[who] = np.clip(g, 0.2, 3.0)
    c.exponents[who] += c.last_exponent[who]
    c.kept[who[day - c.bought_at[who] <= world["repurchase_window"]]] |= SECOND_IN_TIME
    c.habit[who] += np.where(used, response["habit_up"] * (1 - c.habit[who]), -response["habit_down"] * c.habit[who])
    c.pull[who[used]] = response["pull_depth"]
    put_down(c, who[used])
    c.last_order[who] = when
    inside = who[c.left[who] == NEVER]
    today["pool_orders"] += len(inside)
    follows = inside[(c.last_sent[inside] != NEVER) & (day - c.last_sent[inside] <= TOUCH)]
    follows = follows[c.converted[follows] != c.last_sent[follows]]
    c.converted[follows] = c.last_sent[follows]
    today["converted"] += len(follows)
    interact(c, inside, day)


def count(c: Columns, day: int, world: Any, today: Counter[str]) -> None:
    """The day's totals."""
    here = (c.left == NEVER) & (c.joined <= day)
    silence = day - c.last_seen
    interacted = here & (c.clicks + c.orders > 0)
    awake = here & (silence < SILENT_AFTER)
    settled = awake & (day - c.joined >= 3)
    today["pool"] += int(here.sum())
    today["silent"] += int((here & ~awake).sum())
    today["new"] += int((awake & ~settled).sum())
    repeat, loyal = int((settled & (c.frequency >= 1)).sum()), int((settled & (c.frequency >= 3)).sum())
    today["customer"] += int(settled.sum()) - repeat
    today["repeat"] += repeat - loyal
    today["loyal"] += loyal
    today["active_7"] += int((interacted & (silence < 7)).sum())
    today["active_30"] += int((interacted & (silence < 30)).sum())
    today["trust"] += float(c.trust.sum(where=here, dtype=np.float64))
    today["fatigue"] += float((c.fatigue / c.tolerance).sum(where=here, dtype=np.float64))
    today["present"] += float((world["discount"][c.age(day)] * here).sum())
    joiners = here & (c.group != 0)
    if joiners.any():
        for month, n in enumerate(np.bincount(c.joined[joiners] // MONTH)):
            today[f"cohort {month}"] += int(n)
