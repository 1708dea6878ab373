"""Members as Mesa agents: one agent holds one record and lives its days through the same compiled stages.

To try another behaviour, subclass `Member`, replace one stage, and pass the class to the pool:

    class Patient(Member):
        def decide_to_leave(self, day: int) -> None:
            if self.fatigue < 2 * self.tolerance:      # does not even think of leaving before that
                return
            super().decide_to_leave(day)

    PoolModel(scenario, engine="agents", member_class=Patient).run()
"""

from typing import TYPE_CHECKING, Any

from sim import behaviour
from sim.counting import Agent
from sim.engine.week import live_alone
from sim.members import NEVER, MemberRecord

if TYPE_CHECKING:
    from sim.pool import PoolModel

STAGES = ("age", "receive", "decide_to_leave", "buy", "count")


class Member(Agent):
    """A member of the pool. `record` is a view of her place in a block: what a stage writes there stays."""

    model: "PoolModel"
    _replaced = False  # whether a subclass replaces a stage; if not, one call lives the whole day

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls._replaced = any(getattr(cls, name) is not getattr(Member, name) for name in STAGES)

    def __init__(self, model: "PoolModel", record: MemberRecord, block: int) -> None:
        super().__init__(model)
        self.record = record
        self.block = block

    def __getattr__(self, name: str) -> Any:
        """A field of the record as a Python number: `member.trust`, `member.joined`."""
        try:
            return self.__dict__["record"][name].item()
        except (KeyError, ValueError):
            raise AttributeError(f"{type(self).__name__} has no {name}") from None

    @property
    def in_pool(self) -> bool:
        """Whether she can be reached."""
        return bool(self.record["left"] == NEVER)

    def step(self) -> None:
        """Live today, if she has joined."""
        day = self.model.day
        if self.record["joined"] > day:
            return
        if not self._replaced:
            live_alone(self.record, day, *self._surroundings())
            self.model.take_orders(self.block)
            return
        self.age(day)
        if self.in_pool:
            self.receive(day)
            self.decide_to_leave(day)
        self.buy(day)
        self.count(day)

    def _surroundings(self) -> tuple[Any, ...]:
        pool = self.model
        return pool.world, pool.tally_of(self.block), pool.purses[self.block]

    def age(self, day: int) -> None:
        """The night: everything that fades, fades."""
        behaviour.age(self.record, self.model.world)

    def receive(self, day: int) -> None:
        """Today's messages and coupons."""
        world, today, _ = self._surroundings()
        behaviour.receive(self.record, day, world, None, today)

    def decide_to_leave(self, day: int) -> None:
        """Leave, or complain, or stay."""
        world, today, _ = self._surroundings()
        behaviour.decide_to_leave(self.record, day, world, None, today)

    def buy(self, day: int) -> None:
        """Today's orders."""
        world, today, purse = self._surroundings()
        behaviour.buy(self.record, day, world, None, today, purse)
        self.model.take_orders(self.block)

    def count(self, day: int) -> None:
        """Stand in today's totals."""
        world, today, _ = self._surroundings()
        behaviour.count(self.record, day, world, today)
