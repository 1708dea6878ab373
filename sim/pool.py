"""The pool: brand and members together, a Mesa model with two engines that agree to the bit.

`engine="compiled"` takes blocks of members through a whole week in compiled code, in threads; `engine="agents"` holds
every member as a Mesa agent. Both take them through the same day (sim/behaviour/day.py), and `step()` is one day in
both.
"""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import mesa
import numpy as np

from models.errors import BadInput
from models.words import Language
from sim.agents import Member
from sim.brand import Brand
from sim.breakdowns.noting import Noting
from sim.called import Engine, check_call
from sim.catalogue import (
    BLOCK,
    MAX_COHORTS,
    MILLION,
    MINOR_UNITS,
    PERSONAS,
    SOON,
    WEEK,
    WINDOW,
)
from sim.closing import CLOSING, close
from sim.clusters import TILES, Clusters, Sums
from sim.collecting import POOLS
from sim.ending import horizon_of
from sim.engine import compiling
from sim.founding import histories
from sim.guarding import alerts_frame
from sim.joining import Joining, Places
from sim.living import live_days
from sim.members import begin_fresh, begin_from_history
from sim.notebook import html_table
from sim.onward import can_live_on
from sim.order_log import OrderLog
from sim.records import COSTS, MONEY, ORDER, PURSE, ROOM, TALLY, TILE
from sim.rest_of_life import path_along
from sim.roles import Tally, World
from sim.run import DailySeries, Run, of_the_pool, summed, version
from sim.scenario import Scenario
from sim.warming import warm_up
from sim.weekly import Weekly
from sim.words import whole
from sim.world import brand_view, world_of

_SHOWN_DAILY = ("day", "pool", "joined", "departed", "delivered", "clicks", "orders", "sales", "trust", "fatigue")
_WORTH_THREADS = 50_000  # members below which one thread is faster


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
        check_call(scenario, seed, engine, threads, member_class)
        super().__init__(rng=scenario.seed if seed is None else seed)  # Mesa's own generator is never drawn from
        POOLS.add(scenario.people)
        if compiling.first_time():
            compile_first(scenario)
        self.scenario = scenario
        self.key: Any = np.uint64(scenario.seed if seed is None else seed)
        self.engine = engine
        self.member_class = member_class
        self.order_log = orders
        self.day: int = 0
        self.threads = threads or _default_threads(scenario)
        self.seconds = 0.0
        self.in_pool = 0.0  # of those simulated, last evening; before the first day the founders
        self._places = Places()
        self.purses = np.zeros(0, PURSE)
        self._week_orders: list[list[np.ndarray]] = []
        self.totals = np.zeros(1, TALLY)  # sums over all days so far
        self._followed = np.zeros(1, TALLY)
        self._tools = np.zeros(3)
        self._discounts = np.zeros((2, len(PERSONAS)))  # over the last WINDOW days: given away, of baskets of
        self._cohorts: list[tuple[np.ndarray, np.ndarray]] = []
        self.today: Tally = self.totals[0]
        self._clusters = Clusters(scenario.share) if scenario.share < 1.0 else None
        self._alone = np.zeros(1, TILE), np.zeros(1, ROOM)  # an agent's own tile, and her orders of the day
        self._brand_view = brand_view(scenario)
        self.brand = Brand(self)
        self.brand.round_budgets(self.key)
        self.world: World = world_of(scenario, self.key)
        self.brand.plan_run(self.world)
        self._joining = Joining(self._places, self.brand, self.key, self._brand_view, self.world)
        self.datacollector = DailySeries()
        self.weekly = Weekly()
        self.noting = Noting(scenario, float(self.world["share"]))
        started = time.perf_counter()
        self._create_founders()
        self.noting.begin(self.member_blocks())
        self.seconds += time.perf_counter() - started

    def __repr__(self) -> str:
        ever = len(self._places)
        return (
            f"PoolModel({self.scenario.name}: day {self.day:,} of {self.scenario.days:,}, {ever:,} members ever in, "
            f"{self.engine} engine)"
        )

    def _repr_html_(self) -> str:
        """The last days so far as a table, in a notebook."""
        daily = self.datacollector.get_model_vars_dataframe().tail(7)
        shown = daily[[name for name in _SHOWN_DAILY if name in daily]].map(lambda value: whole(value, 3))
        return html_table(repr(self), list(shown.columns), shown.to_numpy().tolist())

    @property
    def scenario(self) -> Scenario:
        """What is simulated."""
        return self._scenario_lived

    @scenario.setter
    def scenario(self, given: Any) -> None:
        # Mesa 3.4 and later give every model a scenario of their own kind, which holds the seed only: it is let pass
        if isinstance(given, Scenario):
            self._scenario_lived = given

    @property
    def asked_so_far(self) -> float:
        """Questions of the whole pool since the run began."""
        return float(self.totals["questions"][0])

    # --- members -----------------------------------------------------------------------------------------------------

    def member_blocks(self) -> list[np.ndarray]:
        """The members, MEMBER[n] a block; a view: what is written there stays."""
        return self._places.taken()

    def _create_founders(self) -> None:
        """Create the founding members, block by block."""
        past = histories(self.scenario, self.key)
        total = self.scenario.simulated if past is None else len(past)

        def begin(room: np.ndarray, ordinal: int) -> None:
            n = len(room)
            if past is None:
                begin_fresh(room, self.key, ordinal, self._brand_view, self.world)
            else:
                begin_from_history(room, self.key, ordinal, past[ordinal : ordinal + n], self._brand_view, self.world)

        ordinals = list(range(0, total, BLOCK))
        rooms = [room for ordinal in ordinals for room in self._places.allocate(min(BLOCK, total - ordinal))]
        self.each(begin, rooms, ordinals)
        self._make_agents(0, 0)

    def _make_agents(self, block: int, place: int) -> None:
        if self.engine != "agents":
            return
        self.member_class.look_for_replaced_stages()
        for b, members in enumerate(self.member_blocks()[block:], block):
            for i in range(place if b == block else 0, len(members)):
                self.member_class(self, members[i : i + 1], b)

    # --- time --------------------------------------------------------------------------------------------------------

    def step(self) -> None:
        """One day: on the first day of a week the brand reviews and plans; then the day is simulated for everybody.

        Raises BadInput after the last day.
        """
        if self.day >= self.scenario.days:
            raise BadInput("the run is over: all {days:,} days are lived", days=self.scenario.days)
        started = time.perf_counter()
        offset = self.day % WEEK
        if offset == 0:
            self._begin_week()
        if self.engine == "agents":
            members = self.agents_by_type.get(self.member_class)
            if members is not None:  # somebody has joined
                members.do("step")
        self.today = self._counted(offset)
        for name in MONEY:
            self.today[name] /= MILLION
        self.today["joined"] = self._joined[offset]
        if self.day == self.scenario.days - 1:
            self.today["benefits_expired"] += self._ran_out()
        self.today = of_the_pool(self.today, float(self.world["share"]))
        self.totals.view("f8")[:] += np.array([self.today]).view("f8")
        tools = self.scenario.costs.tools_per_day / self.today["pool"] if self.today["pool"] else 0.0
        self._tools += tools * self.today["present"]
        if self._clusters:
            self._clusters.end_day(offset, tools)
        if self.day >= self.scenario.days - WINDOW:
            self._discounts += (self.today["discounts_by_tag"], self.today["gross_by_tag"])
        self._cohorts.append((self.today["cohort_contribution"], self.today["cohort_pool"]))
        self.noting.end_day(self.day, self.today, self._joined[offset], self.brand.place)
        self.brand.guarding.end_day(self.today)
        self.day += 1
        if self.day == self.scenario.days - SOON + 1:
            self._followed = self.totals.copy()
            if self._clusters:
                self._clusters.note_followed()
        if offset == WEEK - 1 or self.day == self.scenario.days:
            self._end_week()
        self.datacollector.collect(self)
        self.seconds += time.perf_counter() - started

    def _begin_week(self) -> None:
        days = min(WEEK, self.scenario.days - self.day)
        before = self._places.end()
        simulated = self.today["pool"] * self.world["share"] if self.day else len(self._places)
        self.in_pool = float(simulated)
        self._brand_view["tag_accuracy"] = self.brand.in_force.policies[self.brand.place].tag_accuracy
        self._joined = self._joining.join(self.day, days)
        self._make_agents(*before)
        alerts = self.brand.guarding.review(self.day, self.datacollector.model_vars, self.member_blocks())
        self.brand.plan_week(self.world, self.day)
        self.weekly.begin(self.day)
        self.weekly.note(policy=self.brand.place, **self.brand.told)
        if self.brand.guarding.is_on:
            self.weekly.note(alerts=alerts)
        self._tally = np.zeros((len(self._places.blocks), days), TALLY)
        self.purses = np.zeros(len(self._places.blocks), PURSE)
        first = self._tally[:, 0]
        if self._clusters:
            self._clusters.open_week(len(self._places.blocks), days)
            first = self._clusters.week[:, :, 0]
        if len(first):
            self._joining.count(first)
        self.purses["budget"] = self.brand.review(self.world, self.day, first, sort_now=not self._sorts_late)
        self.brand.communities.count_days(self._clusters.week if self._clusters else self._tally)
        self._week_orders = [[] for _ in self._places.blocks]
        if self.engine == "compiled":
            self._live_week(days)
        else:
            self.each(self.open_week, range(len(self._places.blocks)), self.member_blocks())

    @property
    def _sorts_late(self) -> bool:
        """True if each block is sorted just before it lives the week, while it is on its way into the cache."""
        return self.engine == "compiled" and not self.brand.has_budgets

    def open_week(self, block: int, members: np.ndarray) -> None:
        """What comes before a block lives its week."""
        today = self._clusters.week[block, :, 0] if self._clusters else self._tally[block, :1]
        if self._sorts_late:
            self.brand.sort(members, self.world, today)
        self.brand.communities.begin_week(block, members, self.world, self.day, today)

    def _counted(self, offset: int) -> Any:
        """A record of TALLY: what a day of the week has counted so far."""
        today = summed(self._tally[:, offset])
        if self._clusters:
            both = np.array([today]).view("f8") + self._clusters.day(offset).sum(axis=0)
            today = both.view(TALLY)[0]
        return today

    def _live_week(self, days: int) -> None:
        def live(block: int, members: np.ndarray) -> None:
            self.open_week(block, members)
            self._week_orders[block] += self.live_block(block, members, days)
            self.brand.look_over(block, members, self.day + days)
            self.brand.communities.look_back(block, members, self.day + days, self.world)
            self._joining.note_friends(block, members)
            self.noting.look(block, members, self.day + days)

        self.each(live, range(len(self._places.blocks)), self.member_blocks())

    def live_block(self, block: int, members: np.ndarray, days: int) -> list[np.ndarray]:
        """Take a block through the days of this week; returns its orders, ORDER[n] each, if there is a log for them."""
        tally, apart = self.tally_of(block)
        keep, purse, groups = self.order_log is not None, self.purses[block], self.brand.communities.of_block(block)
        coupled = self.brand.coupling
        return [live_days(members, self.day, days, self.world, tally, purse, keep, coupled, groups, apart)]

    def tally_of(self, block: int) -> tuple[np.ndarray, int]:
        """TALLY[n] of a block this week, and how far apart its tiles' days lie there; 0: all count together."""
        return self._clusters.of_block(block) if self._clusters else (self._tally[block], 0)

    def _ran_out(self) -> float:
        """What members hold on the last evening that is good no more: nothing else counts it as expired."""
        days = self.scenario.days
        return float(sum(((m["coupon"] != 0) & (m["coupon_until"] < days)).sum() for m in self.member_blocks()))

    def _end_week(self) -> None:
        for block, members in enumerate(self.member_blocks()):
            self.brand.communities.look_back(block, members, self.day, self.world)
            self.noting.look(block, members, self.day)
        self.noting.end_week(self.purses, self.day, self.brand.communities.entries, self.brand.place)
        self.brand.settle(self.purses["budget"])
        if self.order_log is not None and self._places.blocks:
            placed = np.concatenate([o for orders in self._week_orders for o in orders] or [np.zeros(0, ORDER)])
            self.order_log.add(placed[np.lexsort((placed["key"], placed["time"]))])

    def each(self, work: Callable[..., Any], *arguments: Any) -> list[Any]:
        """`work` for each block, in threads if there are any to use; blocks are independent within a week."""
        jobs = list(zip(*arguments, strict=True))
        if self.threads == 1:
            return [work(*job) for job in jobs]
        results: list[Any] = [None] * len(jobs)
        places = iter(range(len(jobs)))  # one future a thread, not one a block: a future takes as long as a small block

        def serve(_: int) -> None:
            for i in places:
                results[i] = work(*jobs[i])

        with ThreadPoolExecutor(self.threads) as pool:
            list(pool.map(serve, range(self.threads)))
        return results

    # --- for the agents ----------------------------------------------------------------------------------------------

    def live(self, function: Callable[..., None], one: np.ndarray, block: int) -> None:
        """Call `function` (sim/living.py) for the member in `one` (MEMBER[1]), who lives in a block; take her orders."""
        room, placed = self._alone
        orders, purse, offset = placed[0], self.purses[block], self.day % WEEK
        account = int(one["account"][0])
        tally = self._clusters.week[block, account % TILES] if self._clusters else self._tally[block]
        groups = self.brand.communities.of_account(block, account)
        function(one, room, self.day, self.world, tally[offset : offset + 1], purse, orders, groups)
        n = orders["ordered"]
        if n and self.order_log is not None:
            self._week_orders[block].append(orders["rows"][:n].copy())
        orders["ordered"] = 0

    # --- the end -----------------------------------------------------------------------------------------------------

    def run(self, progress: Callable[[int, int], None] | None = None, keep_members: bool = False) -> Run:
        """Live all days. `progress(day, days)` is told after each; `keep_members` keeps the records in the Run."""
        while self.day < self.scenario.days:
            self.step()
            if progress:
                progress(self.day, self.scenario.days)
        started = time.perf_counter()
        blocks = self.member_blocks()
        rests = [np.zeros(len(block)) for block in blocks]
        closing, clusters = self._close(rests)
        breakdowns = self.noting.breakdowns(blocks, rests, self.world, self.each)
        self.seconds += time.perf_counter() - started
        return Run(
            scenario=self.scenario,
            seed=int(self.key),
            version=version(),
            daily=self.datacollector.get_model_vars_dataframe(),
            totals=self.totals[0],
            followed=self._followed[0],
            closing=closing,
            cohorts=np.array(self._cohorts).reshape(self.day, 2, MAX_COHORTS),
            tools=self._tools,
            seconds=self.seconds,
            members=np.concatenate(blocks) if keep_members and blocks else None,
            rest=np.concatenate(rests) if keep_members and blocks else None,
            clusters=clusters,
            weekly=self.weekly.frame(),
            breakdowns=breakdowns,
            alerts=alerts_frame(self.brand.guarding.watchman.alerts),
        )

    @property
    def _is_operated(self) -> bool:
        """True if the brand has reached anybody: else every day is like the last."""
        return any(bool(self.totals[name][0]) for name in ("delivered", "issued", *COSTS))

    def _close(self, rests: list[np.ndarray]) -> tuple[Any, Sums | None]:
        """A record of CLOSING, and where a part of the pool was simulated what its clusters contributed to the run.

        Each block's `rests` takes what is still to come of its members' lives, where that is wanted.
        """
        blocks, pool = self.member_blocks(), float(self.today["pool"])
        discounts = self._discounts[0] / np.maximum(self._discounts[1], 1e-9)
        lives_on = self._is_operated and can_live_on(self.scenario)
        horizon, nodes = horizon_of(self.scenario, self.world, self.brand, blocks, pool, discounts, lives_on)

        def read(members: np.ndarray, total: Any, rest: np.ndarray) -> None:
            close(members, self.world, horizon, nodes, path_along(horizon["outlook"], nodes)[0], total, rest)

        if self._clusters:
            totals = self._clusters.read(blocks, rests, self.each, read)
            self.brand.communities.count_at_end(totals)
            clusters = self._clusters.sums(totals, blocks, self._joining.trees, self.scenario.days)
        else:
            totals, clusters = np.zeros(max(1, len(blocks)), CLOSING), None
            self.each(read, blocks, list(totals[: len(blocks)]), rests)
            self.brand.communities.count_at_end(totals[:1])
        return of_the_pool(summed(totals), float(self.world["share"])), clusters


def compile_first(scenario: Scenario, lang: Language = "en") -> None:
    """Compile the simulator, or load what an earlier run compiled, by a pool of one member; once in a process.

    The first run of a version takes about half a minute: standard error says so, with the seconds.
    """
    warm_up(lambda: PoolModel(scenario.with_changes({"members": 1, "lives": None, "days": 1})).run(), lang)


def _default_threads(scenario: Scenario) -> int:
    if scenario.people < _WORTH_THREADS:
        return 1
    import os

    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
