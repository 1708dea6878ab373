"""The pool: brand and members together, a Mesa model with two engines that agree to the bit.

`engine="compiled"` takes blocks of members through a whole week in compiled code, in threads; `engine="agents"` holds
every member as a Mesa agent. Both call the same behaviour, and `step()` is one day in both.
"""

import gc
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Literal

import mesa
import numpy as np

from models.errors import BadInput
from sim import compiling
from sim.agents import Member
from sim.arithmetic import on_grid
from sim.brand import Brand
from sim.closing import CLOSING, LTV_DAYS, Horizon, close
from sim.draws import name_key
from sim.engine import live_days
from sim.founding import histories
from sim.members import BLOCK, BRAND_VIEW, CHANNEL, MEMBER, begin_fresh, begin_from_history, begin_joiners
from sim.order_log import OrderLog
from sim.quadrature import quadrature
from sim.run import DAILY, YEARLY_DISCOUNT, Run, version
from sim.scenario import Scenario
from sim.scenario.response import PERSONAS
from sim.world import (
    EARLY_DAYS,
    MARKET,
    MAX_COHORTS,
    MAX_DAYS,
    MILLION,
    MINOR_UNITS,
    MONEY,
    ORDER,
    PURSE,
    TALLY,
    WEEK,
    WINDOW,
    WORLD,
    response_record,
)

Engine = Literal["compiled", "agents"]
_WORTH_THREADS = 50_000  # members below which one thread is faster
_WORTH_COLLECTING = 500_000  # members: 100 MB of records and more


class PoolModel(mesa.Model):
    """One scenario, one seed, one day a step.

    scenario: what is simulated. seed: every draw follows from it (the scenario's own by default). engine: see above.
    threads: for the compiled engine; by default 1 below 50,000 members, else all cores; the result is the same to the bit.
    member_class: the agent's class, for engine="agents". orders: takes the orders as they come, in order of time.
    """

    minor_units = MINOR_UNITS

    def __init__(
        self,
        scenario: Scenario,
        *,
        seed: int | None = None,
        engine: Engine = "compiled",
        threads: int | None = None,
        member_class: type[Member] = Member,
        orders: OrderLog | None = None,
    ) -> None:
        if seed is not None and not 0 <= seed < 2**63:
            raise BadInput("seed: must be from 0 to 2**63 - 1, not {seed}", seed=seed)
        super().__init__(rng=scenario.seed if seed is None else seed)  # Mesa's own generator is never drawn from
        if scenario.people > _WORTH_COLLECTING:
            gc.collect()  # Mesa's models point at themselves: the pools before this one may still be there
        if compiling.first_time():
            from sim.warming import warm_up  # which builds a pool of one member

            warm_up(scenario)
        self.scenario = scenario
        self.key: Any = np.uint64(scenario.seed if seed is None else seed)
        self.engine = engine
        self.member_class = member_class
        self.order_log = orders
        self.day: int = 0
        self.threads = threads or _default_threads(scenario)
        self.seconds = 0.0
        self._blocks: list[np.ndarray] = []
        self._filled: list[int] = []
        self.purses = np.zeros(0, PURSE)
        self._week_orders: list[list[np.ndarray]] = []
        self._totals = np.zeros(1, TALLY)
        self._tools = np.zeros(3)
        self._discounts = np.zeros((2, len(PERSONAS)))  # over the last WINDOW days: given away, of baskets of
        self._cohorts: list[tuple[np.ndarray, np.ndarray]] = []
        self.today: Any = self._totals[0]
        self._channels = _channel_records(scenario)
        self._brand_view = _brand_view(scenario)
        self.brand = Brand(self)
        self.world = self._world()
        self.datacollector = mesa.DataCollector(model_reporters=dict(DAILY))
        started = time.perf_counter()
        self._found()
        self.seconds += time.perf_counter() - started

    @property
    def scenario(self) -> Scenario:
        """What is simulated."""
        return self._scenario_lived

    @scenario.setter
    def scenario(self, given: Any) -> None:
        # Mesa 3.4 and later give every model a scenario of their own kind, which holds the seed only: it is let pass
        if isinstance(given, Scenario):
            self._scenario_lived = given

    # --- members -----------------------------------------------------------------------------------------------------

    def member_blocks(self) -> list[np.ndarray]:
        """The members, MEMBER[n] a block; a view: what is written there stays."""
        return [block[:n] for block, n in zip(self._blocks, self._filled, strict=True)]

    def _world(self) -> Any:
        scenario, days = self.scenario, self.scenario.days
        channels, rules = scenario.policy.acquisition, self.brand.coupon_records
        made = np.zeros(1, WORLD)
        made["response"] = response_record(scenario.response)
        made["market"] = _market_record(scenario)
        made["window_from"], made["days"] = days - WINDOW, days
        made["repurchase_window"] = scenario.repurchase_window
        made["rules"] = len(rules)
        made["coupons"][0, : len(rules)] = rules
        made["fit"][0, : len(channels) + 1] = [1.0, *(c.fit for c in channels)]
        made["season"][0, :days] = scenario.market.daily(scenario.start, days)
        made["early"] = scenario.response.leave_early * np.exp(-np.arange(MAX_DAYS + 1) / EARLY_DAYS)
        age = np.arange(MAX_DAYS + 1)
        made["discount"] = np.where(age < LTV_DAYS, on_grid((1.0 + YEARLY_DISCOUNT) ** (-age / 365.0)), 0.0)
        return made[0]

    def _found(self) -> None:
        """Create the founding members, block by block."""
        past = histories(self.scenario, self.key)
        total = self.scenario.members if past is None else len(past)

        def begin(room: np.ndarray, ordinal: int) -> None:
            n = len(room)
            if past is None:
                begin_fresh(room, self.key, ordinal, self._brand_view, self.world)
            else:
                begin_from_history(room, self.key, ordinal, past[ordinal : ordinal + n], self._brand_view, self.world)

        ordinals = list(range(0, total, BLOCK))
        rooms = [room for ordinal in ordinals for _, _, room in self._room(min(BLOCK, total - ordinal))]
        self.each(begin, rooms, ordinals)
        self._make_agents(0, 0)

    def _room(self, n: int) -> Iterator[tuple[int, int, np.ndarray]]:
        """Places for `n` new members: (block, first place, records); opens new blocks as needed."""
        while n > 0:
            if not self._blocks or self._filled[-1] == BLOCK:
                self._blocks.append(np.zeros(BLOCK, MEMBER))
                self._filled.append(0)
            first = self._filled[-1]
            taken = min(n, BLOCK - first)
            self._filled[-1] += taken
            n -= taken
            yield len(self._blocks) - 1, first, self._blocks[-1][first : first + taken]

    def _join(self, first_day: int, days: int) -> None:
        """Create those who join this week; each lives from her day on."""
        before = (len(self._blocks) - 1, self._filled[-1]) if self._blocks else (0, 0)
        for day in range(first_day, first_day + days):
            for index, channel in enumerate(self.scenario.policy.acquisition):
                made = 0
                n = joiners_on(channel.per_day, day)
                for _, _, room in self._room(n):
                    begin_joiners(room, self.key, day, made, index, self._channels[index], self._brand_view, self.world)
                    made += len(room)
        self._make_agents(*before)

    def _make_agents(self, block: int, place: int) -> None:
        if self.engine != "agents":
            return
        for b in range(block, len(self._blocks)):
            for i in range(place if b == block else 0, self._filled[b]):
                self.member_class(self, self._blocks[b][i], b)

    # --- time --------------------------------------------------------------------------------------------------------

    def step(self) -> None:
        """One day: on the first day of a week the brand reviews and plans; then everybody lives the day."""
        started = time.perf_counter()
        offset = self.day % WEEK
        if offset == 0:
            self._begin_week()
        if self.engine == "agents":
            self.agents_by_type[self.member_class].do("step")
        self.today = _sum(self._tally[:, offset])
        for name in MONEY:
            self.today[name] /= MILLION
        self.today["joined"] = self._joined[offset]
        self._totals.view("f8")[:] += np.array([self.today]).view("f8")
        if self.today["pool"]:
            self._tools += self.scenario.costs.tools_per_day / self.today["pool"] * self.today["present"]
        if self.day >= self.scenario.days - WINDOW:
            self._discounts += (self.today["discounts_by_tag"], self.today["gross_by_tag"])
        self._cohorts.append((self.today["cohort_contribution"], self.today["cohort_pool"]))
        self.day += 1
        if offset == WEEK - 1 or self.day == self.scenario.days:
            self._end_week()
        self.datacollector.collect(self)
        self.seconds += time.perf_counter() - started

    def _begin_week(self) -> None:
        days = min(WEEK, self.scenario.days - self.day)
        self._join(self.day, days)
        self._joined = [
            sum(joiners_on(c.per_day, self.day + d) for c in self.scenario.policy.acquisition) for d in range(days)
        ]
        self.brand.plan_week(self.world, self.day)
        self.purses = np.zeros(len(self._blocks), PURSE)
        budgets = self.brand.review(self.day, sort_now=not self._sorts_late)
        self.purses["budget"][:, : budgets.shape[1]] = budgets
        self._tally = np.zeros((len(self._blocks), days), TALLY)
        self._week_orders = [[] for _ in self._blocks]
        if self.engine == "compiled":
            self._live_week(days)

    @property
    def _sorts_late(self) -> bool:
        """Whether each block is sorted just before it lives the week, while it is on its way into the cache."""
        return self.engine == "compiled" and not self.brand.has_budgets

    def open_week(self, members: np.ndarray) -> None:
        """What comes before a block lives its week."""
        if self._sorts_late:
            self.brand.sort(members)

    def _live_week(self, days: int) -> None:
        keep = self.order_log is not None
        coupled = self.brand.has_budgets

        def live(block: int, members: np.ndarray) -> None:
            self.open_week(members)
            made = live_days(
                members,
                self.day,
                days,
                self.world,
                self._tally[block],
                self.purses[block],
                keep,
                coupled,
            )
            self._week_orders[block].append(made)
            self.brand.note_spend(block, members)

        self.each(live, range(len(self._blocks)), self.member_blocks())

    def _end_week(self) -> None:
        self.brand.settle(self.purses["budget"])
        if self.order_log is not None and self._blocks:
            made = np.concatenate([o for orders in self._week_orders for o in orders] or [np.empty(0, ORDER)])
            self.order_log.add(made[np.lexsort((made["key"], made["time"]))])

    def each(self, work: Callable[..., Any], *arguments: Any) -> list[Any]:
        """`work` for each block, in threads if there are any to use; blocks are independent within a week."""
        jobs = list(zip(*arguments, strict=True))
        if self.threads == 1:
            return [work(*job) for job in jobs]
        made: list[Any] = [None] * len(jobs)
        places = iter(range(len(jobs)))  # one future a thread, not one a block: a future takes as long as a small block

        def serve(_: int) -> None:
            for i in places:
                made[i] = work(*jobs[i])

        with ThreadPoolExecutor(self.threads) as pool:
            list(pool.map(serve, range(self.threads)))
        return made

    # --- for the agents ----------------------------------------------------------------------------------------------

    def tally_of(self, block: int) -> Any:
        """Today's totals of a block (a record of TALLY)."""
        return self._tally[block, self.day % WEEK]

    def take_orders(self, block: int) -> None:
        """Take what a member has just ordered out of the purse of her block."""
        purse = self.purses[block]
        n = purse["ordered"]
        if n and self.order_log is not None:
            self._week_orders[block].append(purse["orders"][:n].copy())
        purse["ordered"] = 0

    # --- the end -----------------------------------------------------------------------------------------------------

    def run(self, progress: Callable[[int, int], None] | None = None, keep_members: bool = False) -> Run:
        """Live all days. `progress(day, days)` is told after each; `keep_members` keeps the records in the Run."""
        while self.day < self.scenario.days:
            self.step()
            if progress:
                progress(self.day, self.scenario.days)
        started = time.perf_counter()
        blocks = self.member_blocks()
        rests = [np.zeros(len(block) if keep_members else 0) for block in blocks]
        closing = self._close(rests)
        self.seconds += time.perf_counter() - started
        return Run(
            scenario=self.scenario,
            seed=int(self.key),
            version=version(),
            daily=self.datacollector.get_model_vars_dataframe(),
            totals=self._totals[0],
            closing=closing,
            cohorts=np.array(self._cohorts).reshape(self.day, 2, MAX_COHORTS),
            tools=self._tools,
            seconds=self.seconds,
            members=np.concatenate(blocks) if keep_members and blocks else None,
            rest=np.concatenate(rests) if keep_members and blocks else None,
        )

    def _close(self, rests: list[np.ndarray]) -> Any:
        market = self.scenario.market.rhythm
        nodes = quadrature(market.r, market.a, market.b)
        pool = float(self.today["pool"])
        channels = self.scenario.policy.acquisition
        horizon = Horizon(
            day=self.scenario.days,
            force=float(np.log1p(YEARLY_DISCOUNT) / 365.0),
            tools=self.scenario.costs.tools_per_day / pool if pool else 0.0,
            first_shape=np.array([1.0, *(c.first_order.shape for c in channels)]),
            first_rate=np.array([1.0, *(c.first_order.shape * c.first_order.mean_days for c in channels)]),
            discounts=self._discounts[0] / np.maximum(self._discounts[1], 1e-9),
        )
        totals = np.zeros(max(1, len(self._blocks)), CLOSING)
        self.each(
            lambda members, total, rest: close(members, self.world, horizon, nodes, total, rest),
            self.member_blocks(),
            list(totals[: len(self._blocks)]),
            rests,
        )
        return _sum(totals)


def joiners_on(per_day: float, day: int) -> int:
    """How many join on a day: whole people whose running total stays next to `per_day` times the days."""
    return int(np.floor((day + 1) * per_day + 1e-9) - np.floor(day * per_day + 1e-9))


def _default_threads(scenario: Scenario) -> int:
    if scenario.people < _WORTH_THREADS:
        return 1
    import os

    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _market_record(scenario: Scenario) -> Any:
    market = scenario.market
    made = np.zeros(1, MARKET)[0]
    for name in ("r", "alpha", "a", "b"):
        made[name] = getattr(market.rhythm, name)
    for name in ("p", "q", "v"):
        made[name] = getattr(market.baskets, name)
    made["margin"] = market.margin
    made["minor_units"] = MINOR_UNITS
    return made


def _cumulative(shares: dict[str, float]) -> np.ndarray:
    return np.cumsum([shares[name] for name in PERSONAS])


def _brand_view(scenario: Scenario) -> Any:
    made = np.zeros(1, BRAND_VIEW)
    made["cumulative"] = made["market_cumulative"] = _cumulative(scenario.market.personas.shares)
    made["tag_accuracy"] = scenario.policy.tag_accuracy
    return made[0]


def _channel_records(scenario: Scenario) -> np.ndarray:
    channels = scenario.policy.acquisition
    made = np.zeros(len(channels), CHANNEL)
    for record, channel in zip(made, channels, strict=True):
        record["key"] = name_key(channel.channel)
        record["buyers"], record["organic"] = channel.buyers, channel.organic
        record["first_shape"] = channel.first_order.shape
        record["first_rate"] = channel.first_order.shape * channel.first_order.mean_days
        record["cumulative"] = _cumulative((channel.personas or scenario.market.personas).shares)
    return made


def _sum(records: np.ndarray) -> Any:
    """The sum of records whose fields are all float64, added in their order: the same for any number of threads."""
    plain = np.ascontiguousarray(records).view("f8").reshape(len(records), records.dtype.itemsize // 8)
    return plain.sum(axis=0).view(records.dtype)[0]
