"""Tiers, points and standing of one member, as docs/model.md writes them: a part of by_hand.py."""

import math
from typing import Any

from sim.catalogue import CONTENT_TYPES


class Standing:
    """What a Person has of membership; s, r, p are the scenario, its response and its policy, `who` her persona."""

    r: Any
    p: Any
    who: Any
    note: Any
    founder: bool
    lost: bool
    joined: int
    tier: int
    year_spend: int
    sent_on: int | None
    trust: float
    fatigue: float
    attention: float
    tolerance: float
    qbar: float

    def stand(self, day: int) -> None:
        """Tier, and (1 + standing): what she knows of what her tier gives her."""
        r, given, heard = self.r, self.p.membership, 0.0
        if self.sent_on is not None and day - self.sent_on <= 7:
            pull = math.exp(r.trust_on_attention * self.trust - self.fatigue / self.tolerance)
            hazard = self.attention * self.mean_reach() * pull * (r.lost_attention if self.lost else 1.0)
            heard = 1 - math.exp(-hazard)
        self.qbar += (heard - self.qbar) / 4
        earned = sum(self.year_spend >= round(100 * tier.spend) for tier in given.tiers)
        years = range(0 if self.founder else 365, day + 1, 365)
        at_anniversary = any(day - 7 < self.joined + year <= day for year in years)
        before, self.tier = self.tier, earned if at_anniversary else max(self.tier, earned)
        self.year_spend = 0 if at_anniversary else self.year_spend
        self.note("tier_ups", float(self.tier > before and day > self.joined))
        self.note("tier_downs", float(self.tier < before))
        own = given.tiers[self.tier - 1] if self.tier else None
        money = self.points() + (own.discount if own else 0.0)
        new = 0.0
        for item in own.items if own else ():
            if day >= item.start_day:
                new = max(new, item.worth * 0.5 ** ((day - item.start_day) % item.every_days / 90))
        self.standing = self.qbar * r.standing * (self.who.price_appeal * money + self.who.novelty_appeal * new)

    def points(self) -> float:
        """Share of what is paid that comes back and is redeemed."""
        given = self.p.membership
        if given is None:
            return 0.0
        own = given.tiers[self.tier - 1].points if self.tier else None
        return (given.points if own is None else own) * given.redeemed

    def mean_reach(self) -> float:
        """Of the regular messages: reach times e^affinity, in the mean."""
        lines = [self.p.push.model_copy(update={"content": self.p.content}), *self.p.lines]
        affinity = {content: getattr(self.who, content) for content in CONTENT_TYPES}
        level = (affinity["education"] + affinity["emotion"] + affinity["promotion"]) / 3
        sums = [0.0, 0.0]
        for line in lines:
            for content, share in (line.content or self.p.content).shares.items():
                reach = getattr(self.r.reach, line.channel) * math.exp(affinity[content] - level)
                sums[0] += line.per_week * share * reach
                sums[1] += line.per_week * share
        return sums[0] / sums[1]

    def off_by_tier(self, basket: float) -> float:
        given = self.p.membership
        return given.tiers[self.tier - 1].discount * basket if given is not None and self.tier else 0.0

    def pay_for_items(self, day: int) -> None:
        """What is new for her tier today, and costs something."""
        for item in self.p.membership.tiers[self.tier - 1].items if self.p.membership and self.tier else ():
            if day >= item.start_day and (day - item.start_day) % item.every_days == 0:
                self.note("items_cost", item.unit_cost)

    def earn(self, basket: float, off: float, by_tier: float) -> None:
        """What she paid counts toward her tier, and brings points."""
        if self.p.membership is not None:
            paid = round(100 * basket) - round(100 * off)
            self.year_spend += paid
            self.note("tier_discounts", round(100 * by_tier) / 100)
            self.note("points_cost", self.points() * paid / 100)
