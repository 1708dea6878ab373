"""What the simulator's tests share: small scenarios on a lively market, and a run with everything kept."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import settings

from sim import draws
from sim.behaviour.service import answer_of
from sim.catalogue import NEVER, WEEK
from sim.engine.week import Groups
from sim.living import live_days
from sim.order_log import OrdersInMemory
from sim.pool import PoolModel
from sim.records import TALLY
from sim.replay import ANSWERED, CLICKED, HAPPENED, Events
from sim.run import Run
from sim.scenario import Scenario, load

settings.register_profile("compiled", deadline=None)  # the first example may have to compile
settings.load_profile("compiled")

# Quick orders and a fair share of losses, so that a few hundred days of a few thousand members tell a lot.
LIVELY = {
    "name": "lively",
    "currency": "USD",
    "margin": 0.5,
    "rhythm": {"r": 0.8, "alpha": 20.0, "a": 0.8, "b": 2.5},
    "baskets": {"p": 6.25, "q": 3.74, "v": 15.44},
    "personas": {"price_sensitive": 0.35, "quality_seeker": 0.25, "sociable": 0.2, "busy": 0.2},
}
# scenarios/markets/cdnow.yaml, kept here so that editing that file does not move the tests
CDNOW = {
    **LIVELY,
    "name": "cdnow",
    "rhythm": {"r": 0.25162, "alpha": 33.523, "a": 0.72343, "b": 2.1611},
}


class Kept(NamedTuple):
    """A run, all members' records (MEMBER[n]) and all orders (ORDER[n], sorted by time)."""

    run: Run
    members: np.ndarray
    orders: np.ndarray


def made(market: str = "lively", changes: Mapping[str, Any] | None = None, **more: Any) -> Scenario:
    """A scenario on the lively market or CDNOW's, with `changes` to the market; everything else as in a file."""
    chosen = {"lively": LIVELY, "cdnow": CDNOW}[market]
    return load({"name": "test", "members": 0, **more, "market": chosen | dict(changes or {})})


def lived(scenario: Scenario, **how: Any) -> Kept:
    """`scenario` lived to its end; `how` goes to PoolModel."""
    log = OrdersInMemory()
    run = PoolModel(scenario, orders=log, **how).run(keep_members=True)
    assert run.members is not None
    return Kept(run, run.members, log.array())


class Watched(PoolModel):
    """A pool that is looked at every evening: who clicked which message, who complained, who came by, who
    referred a friend, who asked after which order and how she was answered, whom a crisis hit."""

    def __init__(self, scenario: Scenario, **how: Any) -> None:
        kinds = ("clicks", "complaints", "visits", "referrals", "questions", "hits")
        self.seen: dict[str, list[np.ndarray]] = {kind: [] for kind in kinds}
        super().__init__(scenario, threads=1, **how)

    def _live_week(self, days: int) -> None:
        for block, members in enumerate(self.member_blocks()):
            self.open_week(block, members)
            for offset in range(days):
                day, before = self.day + offset, members.copy()
                groups = self.brand.communities.of_block(block)
                self.seen["clicks"] += self._clicks(before, day, groups)
                tally = self._tally[block][offset : offset + 1]
                placed = live_days(members, day, 1, self.world, tally, self.purses[block], True, False, groups, 0)
                self._week_orders[block].append(placed)
                for name in ("complaints", "visits"):
                    self.seen[name].append(rows(HAPPENED, members["key"][members[name] > before[name]], day))
                refers = members["referred"] > before["referred"]
                self.seen["referrals"].append(rows(HAPPENED, members["key"][refers], day))
                self.seen["questions"].append(self._questions(before, placed))
                self.seen["hits"].append(self._hits(before, day))

    def _questions(self, members: np.ndarray, placed: np.ndarray) -> np.ndarray:
        """ANSWERED[n]: after which of a day's orders the members, as they were in the morning, asked, and how it ended."""
        asked, so_far = [], dict(zip(members["key"].tolist(), members["orders"].tolist(), strict=True))
        for order in placed[np.argsort(placed["time"], kind="stable")]:
            key = int(order["key"])
            so_far[key] += 1
            chance = self.world["response"]["ask"] * self.world["service"]["on"] * order["in_pool"]
            if draws.uniform(np.uint64(key), draws.ASK, so_far[key]) < chance:
                answer = answer_of(np.uint64(key), so_far[key], self.world)
                asked.append((key, order["time"], *answer))
        return np.array(asked, ANSWERED)

    def _hits(self, members: np.ndarray, day: int) -> np.ndarray:
        """HAPPENED[n]: whom a crisis hits today, if there is one."""
        crisis = self.world["crisis"]
        there = (members["joined"] <= day) & (members["left"] == NEVER)
        if not (crisis["on"] and crisis["day"] == day):
            there[:] = False
        keys = [key for key in members["key"][there] if draws.uniform(key, draws.CRISIS, 0) < crisis["hit"]]
        return rows(HAPPENED, np.array(keys, np.uint64), day)

    def _clicks(self, members: np.ndarray, day: int, groups: Groups) -> list[np.ndarray]:
        """CLICKED[n] of one block: the day on copies, each time with one message more, so that it shows who clicked it.

        A message that has arrived tires, so it has a place among hers of the day where her fatigue rises.
        """
        world, weekday, none = self.world, day % WEEK, np.zeros(1, TALLY)
        touches, sends = int(world["touches"]["count"]), world["push"]["sends"][:, weekday].copy()
        nth, before, clicks = np.full(len(members), -1), None, []
        for shown in range(touches + int(sends.max(initial=0)) + 1):
            world["touches"]["count"] = min(shown, touches)
            world["push"]["sends"][:, weekday] = np.minimum(sends, shown - min(shown, touches))
            after = members.copy()
            live_days(after, day, 1, world, none, self.purses[0].copy(), False, False, groups, 0)
            if before is not None:
                nth += after["fatigue"] > before["fatigue"]
                clicked = after["clicks"] > before["clicks"]
                clicks.append(rows(CLICKED, members["key"][clicked], day))
                clicks[-1]["nth"] = nth[clicked]
            before = after
        world["touches"]["count"], world["push"]["sends"][:, weekday] = touches, sends
        return clicks


def rows(kind: np.dtype, keys: np.ndarray, day: Any) -> np.ndarray:
    """HAPPENED[n] or CLICKED[n]: to these members, on a day or one of each."""
    happened = np.zeros(len(keys), kind)
    happened["key"], happened["day"] = keys, day
    return happened


def watched(scenario: Scenario, seed: int = 1) -> tuple[Kept, Events]:
    """`scenario` lived to its end, and all that a perfect export would tell about it."""
    log = OrdersInMemory()
    model = Watched(scenario, seed=seed, orders=log)
    run = model.run(keep_members=True)
    assert run.members is not None
    gone = run.members[run.members["left"] != NEVER]
    seen = {name: np.concatenate(days) for name, days in model.seen.items() if days}
    events = Events(log.array(), departures=rows(HAPPENED, gone["key"], gone["left"]), **seen)
    return Kept(run, run.members, log.array()), events


@pytest.fixture(scope="session")
def watch() -> Callable[..., tuple[Kept, Events]]:
    return watched


@pytest.fixture(scope="session")
def make() -> Callable[..., Scenario]:
    return made


@pytest.fixture(scope="session")
def live() -> Callable[..., Kept]:
    return lived
