"""The pool of the Mesa peer: agents with slots, plans turned into plain Python once a week."""

# isort: off
from benchmarks import plain  # before anything of the simulator is imported

# isort: on
import gc
import json
import sys
import time
from collections import Counter
from types import SimpleNamespace
from typing import Any

import mesa
import numpy as np

from benchmarks.common import balanced
from sim.behaviour.day import DAY
from sim.brand import classify
from sim.catalogue import FOUNDER, MILLION, NEVER, WEEK
from sim.engine.loops import Here
from sim.members import begin_fresh, begin_joiners
from sim.policies.budgets import UNLIMITED
from sim.pool import PoolModel
from sim.records import MEMBER, MONEY, ORDER, PURSE, TALLY, TILE
from sim.scenario import Scenario

FIELDS = tuple(dict.fromkeys((*MEMBER.names, *TILE.names)))
_EMPTY = np.zeros(1, TALLY)[0]


class LeanMember(mesa.Agent):
    """A member whose fields are attributes; numbers are Python's."""

    __slots__ = FIELDS

    def __init__(self, model: "LeanPool") -> None:
        super().__init__(model)
        for name in FIELDS:
            setattr(self, name, 0)

    def step(self) -> None:
        """Live today."""
        DAY.of_member(self, self.model.here)


class LeanPool(mesa.Model):
    """As sim.pool.PoolModel, one process, one list of agents; `by`: "loop" or "do" (Mesa's AgentSet)."""

    def __init__(self, scenario: Scenario, by: str) -> None:
        super().__init__(rng=scenario.seed)
        # the brand's plan and the world come from a pool without members
        self.host = PoolModel(scenario.model_copy(update={"members": 0}), threads=1)
        self.scenario, self.by, self.day, self.key = scenario, by, 0, scenario.seed
        self.world = plain.Plain(self.host.world)
        self.brand_view = plain.Plain(self.host._brand_view)
        self.channels = [plain.Plain(c) for c in self.host.brand.acquisition.records]
        self.purse = plain.Plain(np.zeros(1, PURSE)[0])
        placed = [plain.Plain(np.zeros(1, ORDER)[0]) for _ in range(scenario.members)]  # room for a day
        self.orders = SimpleNamespace(ordered=0, rows=placed)
        self.today = plain.Plain(np.zeros(1, TALLY)[0])
        self.totals: Counter[str] = Counter()
        self.daily: list[dict[str, Any]] = []
        self.member_days = 0
        started = time.perf_counter()
        self.members = [LeanMember(self) for _ in range(scenario.members)]
        begin_fresh(self.members, self.key, 0, self.brand_view, self.world)
        self._begin(self.members)
        self.seconds = time.perf_counter() - started
        gc.freeze()  # the peer is not to be slowed by a collector that visits a million attributes

    def run(self) -> Counter[str]:
        """Live all days; returns totals."""
        started = time.perf_counter()
        while self.day < self.scenario.days:
            self.step()
        self.seconds += time.perf_counter() - started
        return self.totals

    def step(self) -> None:
        """One day."""
        if self.day % WEEK == 0:
            self._plan()
        self.today = plain.Plain(_EMPTY)
        self._join()
        self.here = Here(self.day, self.world, self.today, self.purse, self.orders)
        if self.by == "do":
            self.agents_by_type[LeanMember].do("step")
        else:
            for member in self.members:
                member.step()
        units = dict.fromkeys(MONEY, MILLION)
        self.daily.append(
            {name: v / units.get(name, 1.0) for name, v in vars(self.today).items() if isinstance(v, float)}
        )
        self.totals.update(self.daily[-1])
        self.member_days += len(self.members)
        self.day += 1

    def _join(self) -> None:
        self.orders.ordered = 0
        for index, coming in enumerate(self.host.brand.acquisition.joiners(self.day)):
            made = [LeanMember(self) for _ in range(coming)]
            begin_joiners(made, self.key, self.day, 0, index, self.channels[index], self.brand_view, self.world)
            self._begin(made)
            self._review(made)
            self.members += made

    def _begin(self, members: list[LeanMember]) -> None:
        for member in members:
            member.fit = self.world.acquisition.fit[member.channel]
            member.hasty = 0.0 if member.group == FOUNDER else 2.0 - min(1.0, member.fit)

    def _plan(self) -> None:
        """The brand's week as Python's own: only the messages there are."""
        world, brand = self.host.world, self.host.brand
        brand.plan_week(world, self.day)
        self.world.week_start = self.day
        self.world.coupons.issues = world["coupons"]["issues"].tolist()
        self.world.push.sends = plain.plain(world["push"]["sends"])
        self.world.push.messages = {
            (segment, day, slot): plain.plain(world["push"]["messages"][segment, day, slot])
            for (segment, day), n in self.world.push.sends.items()
            for slot in range(n)
        }
        self._high_value = self._high_value_from()
        self._review(self.members)
        self.purse.budget = [UNLIMITED] * len(self.purse.budget)  # the balanced strategy sets none

    def _high_value_from(self) -> float:
        spend = np.array([m.spend for m in self.members if m.left == NEVER and m.spend > 0])
        return float(np.quantile(spend, 0.8, method="higher")) if len(spend) else np.inf

    def _review(self, members: list[LeanMember]) -> None:
        brand = self.host.brand
        targets = (brand._segments[brand.place], brand.coupons.targets)
        segments, rules = ([plain.Plain(target) for target in tests] for tests in targets)
        review = SimpleNamespace(
            segments=segments, rules=rules, high_value=self._high_value, void=0, tests=[], arms=[0], moved=[]
        )
        classify(members, self.day, review, [self.world], [self.today], [0] * (len(rules) + 1))


def main(members: int, days: int, by: str) -> dict[str, Any]:
    """Member-days a second, and totals."""
    pool = LeanPool(balanced(members, days), by)
    totals = pool.run()
    return {"rate": pool.member_days / pool.seconds, "totals": totals}


if __name__ == "__main__":
    print(json.dumps(main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3])))
