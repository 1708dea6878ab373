"""One scenario, one seed: the run, the same lives with no operations and without coupons and benefits, and the measures."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.breakdowns import Breakdowns
from sim.called import Engine
from sim.order_log import OrderLog, OrdersInMemory, OrdersToAll
from sim.policies import benefits, coupons, events, in_use
from sim.policies.in_force import InForce
from sim.pool import PoolModel
from sim.results import experiments, lives, naive
from sim.results.looks import Looks
from sim.results.metrics import Account, WithoutBenefits, measures
from sim.results.metrics.anyway import matched
from sim.results.metrics.by_channel import by_channel
from sim.results.one_run import measures_html
from sim.results.quick_look import QuickLook, looked_at
from sim.run import Run
from sim.scenario import Scenario
from sim.scenario.loading import Source, responded
from sim.scenario.response_file import ResponseSource
from sim.words import Language

if TYPE_CHECKING:
    import pandas as pd

Progress = Callable[[int, int], None]


@dataclass(frozen=True, repr=False)
class Simulation:
    """One run with its measures."""

    run: Run
    measures: dict[str, float | None]
    quick_look: QuickLook | None = None  # where the pool had another size than written
    experiment_records: list[dict[str, Any]] = field(default_factory=list)  # of `experiments.read`
    naive_records: list[dict[str, Any]] = field(default_factory=list)  # of `naive.read`, where that was asked for

    def __repr__(self) -> str:
        return f"Simulation({self.run!r}, {len(self.measures)} measures)"

    def _repr_html_(self) -> str:
        """The table of the measures, in a notebook."""
        return measures_html(self.run, self.measures)

    def by_channel(self) -> "pd.DataFrame":
        """Joiners, spend, CAC, LTV and LTV/CAC by the channel through which they came, a row each (`by_channel`).

        Raises ValueError unless the run kept its members (`keep_members=True`).
        """
        return by_channel(self.run)

    @property
    def alerts(self) -> "pd.DataFrame":
        """One row an alert of the guard (sim/guarding.py's `Alert`); none where nobody watches."""
        return self.run.alerts

    @property
    def experiments(self) -> "pd.DataFrame":
        """One row for each experiment, population (`who`: members there when it began, joiners of its days) and outcome.

        `without` and `with` are the means of the arms, `estimate` their difference with its `error` and 95 % interval
        (`low`, `high`), `smallest` the effect that such a test shows with 80 %; `truth` what the change does to everybody,
        `power` the chance to see that, `interference` by how much the arms disturb one another. Missing: cannot be told. No
        rows where nothing is tried.
        """
        import pandas as pd

        return pd.DataFrame(self.experiment_records, columns=experiments.COLUMNS)

    @property
    def naive(self) -> "pd.DataFrame":
        """One row for each naive difference and outcome: `one` against `other` (`difference`), and beside it the same lives
        `with` and `without` (`effect`); no rows unless asked for (`simulate(..., naive_differences=True)`)."""
        import pandas as pd

        return pd.DataFrame(self.naive_records, columns=naive.COLUMNS)

    @property
    def names(self) -> list[str]:
        """The one scenario's name; with what follows, what views are drawn of (sim/results/plots)."""
        return [self.run.scenario.name]

    @property
    def scenarios(self) -> tuple[Scenario, ...]:
        """The one scenario."""
        return (self.run.scenario,)

    def series(self, name: str, column: str) -> list[np.ndarray]:
        """A daily series of the run, float64[days]."""
        return [self.run.daily[column].to_numpy(float)]

    def breakdowns(self, name: str = "") -> Breakdowns:
        """The run taken apart: tables by segment, cohort, channel, tier and community, and flows between stages."""
        assert self.run.breakdowns is not None  # every run of a PoolModel has them
        return self.run.breakdowns

    def spent(self, name: str = "") -> float:
        """All that the run costs after the product margin."""
        return self.measures["spend"] or 0.0

    def sizes(self, lang: Language = "en") -> list[str]:
        """What to know where the pool was not as large as written, or a part of it was simulated; else nothing."""
        look = [self.quick_look.sentence(lang)] if self.quick_look else []
        return [*look, *lives.sentences([self.run.scenario], lang)]


def simulate(
    scenario: Source,
    *,
    members: int | None = None,
    days: int | None = None,
    seed: int | None = None,
    engine: Engine = "compiled",
    threads: int | None = None,
    orders: OrderLog | None = None,
    progress: Progress | None = None,
    keep_members: bool = False,
    as_written: bool = False,
    lives: int | None = None,
    naive_differences: bool = False,
    response: ResponseSource | None = None,
) -> Simulation:
    """Simulate one scenario (a file, a mapping or a `Scenario`) once and measure it.

    `members`, `lives`, `days` and `seed` replace the scenario's own; what the members share (joiners a day, tools, budgets)
    is scaled with `members` unless `as_written`. `orders` takes the orders as they come. `naive_differences`: also what an
    operator would publish, beside the effect on the same lives (`Simulation.naive`). `response`: a response file or a
    `Response` in place of the scenario's own. Raises BadInput.
    """
    source = responded(scenario, response)
    chosen, look = resized(source, members, days, as_written, lives), looked_at(source, members, as_written)[1]
    used = uses()
    both = used if orders is None else OrdersToAll(orders, used)
    model = PoolModel(chosen, seed=seed, engine=engine, threads=threads, orders=both)
    mornings = naive.days_looked_at(chosen) if naive_differences else set()
    looks = Looks(model, mornings | experiments.days_looked_at(chosen), progress)
    run = model.run(looks, keep_members=keep_members or naive_differences)
    bare = without_benefits(chosen, used, seed, threads)
    measured = measures(Account(run, counterfactual(chosen, seed, threads), bare))
    tried = experiments.read(chosen, looks, run.seed, threads)
    claimed = naive.read(run, looks, threads) if naive_differences else []
    return Simulation(run, measured, look, tried, claimed)


def resized(
    scenario: Scenario,
    members: int | None = None,
    days: int | None = None,
    as_written: bool = False,
    lives: int | None = None,
) -> Scenario:
    """The scenario with another number of founding members, and what they share scaled unless `as_written`, of which so many
    lives are simulated; or with other days. Raises BadInput."""
    chosen, _ = looked_at(scenario, members, as_written, lives)
    return chosen if days is None else chosen.with_changes({"days": days})


def counterfactual(scenario: Scenario, seed: int | None = None, threads: int | None = None) -> Run:
    """The same lives with no operations: nobody is written to, nothing is handed out; the same people join."""
    return PoolModel(scenario.no_operations(), seed=seed, threads=threads).run()


def uses() -> OrdersInMemory:
    """A log that keeps the orders that used a coupon or benefit, for `without_benefits`."""
    return OrdersInMemory(lambda orders: orders["used"] != 0)


def without_benefits(
    scenario: Scenario, used: OrdersInMemory, seed: int | None = None, threads: int | None = None
) -> WithoutBenefits | None:
    """The same lives under the same policy without coupons, and with messages that bring nothing; None if it hands out
    nothing. `used`: a log of `uses` that the run with them has filled."""
    if not any(map(in_use.hands_out, InForce(scenario).policies)):
        return None
    bare = scenario.under(lambda policy: benefits.off(coupons.off(events.without_coupons(policy))))
    with_use = used.array()
    who = np.unique(with_use["key"])
    orders = OrdersInMemory(lambda week: np.isin(week["key"], who))
    run = PoolModel(bare, seed=seed, threads=threads, orders=orders).run()
    keys, anyway = matched(with_use, orders.array())
    return WithoutBenefits(run, len(keys), int(anyway.sum()), *_by_key(keys, anyway, run))


def _by_key(keys: np.ndarray, anyway: np.ndarray, run: Run) -> tuple[np.ndarray | None, np.ndarray | None]:
    """Uses, and of these those with an order anyway, by cluster: of keys, which are hashes, since orders tell no place."""
    if run.clusters is None:
        return None, None
    n = len(run.clusters.closing)
    cluster = keys % np.uint64(n)
    return np.bincount(cluster, minlength=n), np.bincount(cluster[anyway], minlength=n)
