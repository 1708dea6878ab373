"""Members as Mesa agents: one agent holds one record and lives its days as a tile of one, through the same compiled stages.

To try another behaviour, subclass `Member`, replace one stage, and pass the class to the pool:

    class Patient(Member):
        def decide_to_leave(self, day: int) -> None:
            if self.fatigue < 2 * self.tolerance:      # never leaves before that
                return
            super().decide_to_leave(day)

    PoolModel(scenario, engine="agents", member_class=Patient).run()
"""

from collections.abc import Callable
from typing import Any, Protocol

import numpy as np

from sim.behaviour.day import STAGES
from sim.catalogue import NEVER
from sim.counting import Agent
from sim.living import live_alone, live_stage
from sim.records import MEMBER

FIELDS = frozenset(MEMBER.names or ())


class Surroundings(Protocol):
    """The part of a pool that an agent uses."""

    day: int

    def live(self, function: Callable[..., None], one: np.ndarray, block: int) -> None:
        """Call `function` (sim/living.py) for the member in `one` (MEMBER[1]), who lives in a block."""
        ...


class Member(Agent):
    """A member of the pool. `record` is a view of her place in a block: what a stage writes there stays."""

    model: Surroundings
    _replaced = False  # whether a subclass replaces a stage; if not, one call lives the whole day

    @classmethod
    def look_for_replaced_stages(cls) -> None:
        """Find out, before members of this class are created, whether it replaces a stage: then each is called by itself."""
        cls._replaced = any(getattr(cls, stage.name) is not getattr(Member, stage.name) for stage in STAGES)

    def __init__(self, model: Any, one: np.ndarray, block: int) -> None:
        super().__init__(model)
        self.one = one
        self.record = one[0]
        self.block = block

    def __getattr__(self, name: str) -> Any:
        """A field of the record as a Python number: `member.trust`, `member.joined`; `member.key` as draws take it."""
        try:
            value = self.__dict__["record"][name]
        except (KeyError, ValueError):
            raise AttributeError(f"{type(self).__name__} has no {name}") from None
        return value if name == "key" else value.item()

    def __setattr__(self, name: str, value: Any) -> None:
        if name in FIELDS:
            raise AttributeError(f'{name} is a field of her record; write member.record["{name}"]')
        super().__setattr__(name, value)

    @property
    def in_pool(self) -> bool:
        """True if she can be reached."""
        return bool(self.record["left"] == NEVER)

    def step(self) -> None:
        """Live today, if she has joined."""
        day = self.model.day
        if self.record["joined"] > day:
            return
        if not self._replaced:
            self.model.live(live_alone, self.one, self.block)
            return
        for stage in STAGES:
            if self.in_pool or not stage.inside:
                getattr(self, stage.name)(day)

    def live(self, stage: str) -> None:
        """Live one stage of today, by its name."""
        self.model.live(live_stage[stage], self.one, self.block)

    def age(self, day: int) -> None:
        """The night: everything that fades, fades."""
        self.live("age")

    def receive(self, day: int) -> None:
        """Today's coupons and messages; only in the pool."""
        self.live("receive")

    def decide_to_leave(self, day: int) -> None:
        """Leave, or complain, or stay; only in the pool."""
        self.live("decide_to_leave")

    def buy(self, day: int) -> None:
        """Today's orders."""
        self.live("buy")

    def refer(self, day: int) -> None:
        """Bring a friend, perhaps; only in the pool."""
        self.live("refer")

    def count(self, day: int) -> None:
        """Be counted in today's totals."""
        self.live("count")
