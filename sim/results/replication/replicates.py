"""Replicates: each runs all scenarios on the same keyed draws; they are spread over workers, and kept as they end."""

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields
from functools import partial
from pathlib import Path
from typing import Any, Literal, TypeAlias

import numpy as np

from models.errors import BadInput
from models.words import Listed, Remark
from sim.guarding import plain_alerts
from sim.pool import PoolModel, compile_first
from sim.reading.files import DATASETS
from sim.results import experiments
from sim.results.looks import Looks
from sim.results.metrics import REGISTRY, Account, cohort_curve, measures, wholes
from sim.results.metrics.by_cluster import moved_by_clusters
from sim.results.replication.kept import Kept, content_digest, digest
from sim.results.replication.uncertainty import believed, replicate_seed
from sim.results.replication.workers import ProcessesDied, in_workers, workers
from sim.results.simulation import counterfactual, uses, without_benefits
from sim.run import Run
from sim.scenario import Scenario
from sim.scenario.response_named import NAMING

Kind = Literal["simulation", "all"]
Values = dict[str, float | None]
Progress: TypeAlias = Callable[[int, int], None]


@dataclass(frozen=True)
class Replicate:
    """The results that a worker returns for one replicate of one scenario.

    Fields are arrays, numbers, text, None, and mappings and lists of them: what can be kept (kept.py).
    """

    measures: Values
    daily: dict[str, np.ndarray]
    payback: np.ndarray
    member_days: float
    seconds: float
    wholes: dict[str, float]  # what each share is a share of, of those who are simulated
    moved: dict[str, np.ndarray]  # of a pool of which a part is simulated: by measure what each cluster moves by chance
    freedom: float  # degrees of freedom of the variance that these tell
    alerts: list[dict[str, Any]]  # of the guard, as sim/guarding.py's `plain_alerts` has them
    parts: dict[str, np.ndarray]  # the run taken apart: Breakdowns.arrays
    experiments: list[dict[str, Any]] = field(default_factory=list)  # of `experiments.read`


@dataclass(frozen=True)
class _Task:
    """One replicate of the scenarios at `places`. `benefits`: also measure what they gained."""

    kind: Kind
    r: int
    benefits: bool
    places: tuple[int, ...]


@dataclass
class Progressing:
    """Progress of a run of many replicates, and the folder where finished ones are kept (None: they are not)."""

    total: int
    kept: Kept | None
    done: int = 0
    resumed: int = 0  # of `done`: taken whole from an earlier run


_latest: list[Progressing] = []


def set_under_way(state: Progressing) -> None:
    """From now on `to_resume` speaks of this work."""
    _latest[:] = [state]


def to_resume() -> tuple[int, int, Path] | None:
    """After a stop: (replicates kept, replicates in all, folder); None if the next run has to start from the beginning."""
    if not _latest or _latest[0].kept is None or _latest[0].kept.trouble or not _latest[0].done:
        return None
    return _latest[0].done, _latest[0].total, _latest[0].kept.folder


def run_replicates(
    scenarios: list[Scenario],
    kinds: list[Kind],
    jobs: int | None,
    progress: Progress | None,
    benefits: bool = True,
    resume: bool = False,
) -> tuple[dict[Kind, list[list[Replicate]]], int]:
    """Every replicate of every kind: by kind, [replicate][scenario]; and how many were taken from an earlier run.

    `benefits`: also measure what coupons and benefits gained, by the same draws without them, and the truth of experiments:
    more runs a scenario for few measures, so only in the first kind (the one that verdicts use), and there in a quarter of
    the replicates, at least five.
    `resume`: take replicates that an earlier run kept, and keep those that end. Raises BadInput.
    """
    n = scenarios[0].replicates
    workers(jobs, n)  # refuses what cannot be
    measured = max(5, n // 4) if benefits else 0
    everywhere = tuple(range(len(scenarios)))
    whole = [_Task(kind, r, kind == kinds[0] and r < measured, everywhere) for kind in kinds for r in range(n)]
    keeping = _Keeping.of(scenarios, Kept.here() if resume else None)
    done: dict[tuple[Kind, int], dict[int, Replicate]] = {(t.kind, t.r): keeping.taken(t) for t in whole}
    tasks = [_left(t, done[t.kind, t.r]) for t in whole]
    tasks = [t for t in tasks if t.places]
    state = Progressing(len(whole), keeping.kept, len(whole) - len(tasks), len(whole) - len(tasks))
    set_under_way(state)
    if progress and state.done:
        progress(state.done, state.total)
    if tasks:
        compile_first(scenarios[0])  # before the workers start
        _run(tasks, scenarios, keeping, jobs, done, state, progress)
    return {kind: [[done[kind, r][k] for k in everywhere] for r in range(n)] for kind in kinds}, state.resumed


def _run(
    tasks: list[_Task],
    scenarios: list[Scenario],
    keeping: "_Keeping",
    jobs: int | None,
    done: dict[tuple[Kind, int], dict[int, Replicate]],
    state: Progressing,
    progress: Progress | None,
) -> None:
    try:
        for task, finished in in_workers(partial(_replicate, scenarios, keeping), tasks, jobs):
            done[task.kind, task.r].update(finished)
            keeping.keep(task, finished)
            state.done += 1
            if progress:
                progress(state.done, state.total)
    except ProcessesDied as problem:
        raise _too_large(problem, state) from None
    finally:
        if keeping.kept is not None:
            keeping.kept.prune()
            if keeping.kept.trouble:
                text = f"finished replicates are not kept, a run that stops begins anew: {keeping.kept.trouble}"
                warnings.warn(text, UserWarning, stacklevel=4)


def _left(task: _Task, there: dict[int, Replicate]) -> _Task:
    return _Task(task.kind, task.r, task.benefits, tuple(k for k in task.places if k not in there))


def _too_large(problem: ProcessesDied, state: Progressing) -> BadInput:
    numbers = sorted({t.r for t in problem.tasks})
    which = {"numbers": Listed(numbers, ",")}
    progress = {"done": state.done, "total": state.total}
    return BadInput(
        "{which}: the process ended each time, at last alone, most likely for want of memory{kept}; run it again with "
        "fewer --members, or where there is more memory.",
        which=Remark("replicate {numbers}" if len(numbers) == 1 else "replicates {numbers}", which),
        kept="" if state.kept is None else Remark(" (the other {done} of {total} are kept)", progress),
    )


# --- one replicate ---------------------------------------------------------------------------------------------------


def _replicate(scenarios: list[Scenario], keeping: "_Keeping", task: _Task) -> dict[int, Replicate]:
    """The task's scenarios, each kept as it ends; equal counterfactuals are run once."""
    seed = replicate_seed(scenarios[0].seed, task.r)
    untouched: dict[str, Run] = {}
    finished: dict[int, Replicate] = {}
    for k in task.places:
        lived = believed(scenarios[k], task.r) if task.kind == "all" else scenarios[k]
        same = digest(content(lived.no_operations(), keeping.orders[k]))
        if same not in untouched:
            untouched[same] = counterfactual(lived, seed, 1)
        finished[k] = _measured(lived, seed, untouched[same], task.benefits)
        keeping.keep(task, {k: finished[k]})
    return finished


def _measured(scenario: Scenario, seed: int, untouched: Run, benefits: bool) -> Replicate:
    used = uses() if benefits else None
    model = PoolModel(scenario, seed=seed, threads=1, orders=used)
    looks = Looks(model, experiments.days_looked_at(scenario))
    run = model.run(looks)
    tried = experiments.read(scenario, looks, seed, 1, truth=benefits)
    account = Account(run, untouched, without_benefits(scenario, used, seed, 1) if used else None)
    daily: dict[str, Any] = {str(c): run.daily[c].to_numpy(float) for c in run.daily.columns}
    curve, days = cohort_curve(run), run.member_days
    moved, freedom = moved_by_clusters(account)
    alerts = plain_alerts(run.alerts)
    assert run.breakdowns is not None  # every run of a PoolModel has them
    parts = run.breakdowns.arrays()
    return Replicate(
        measures(account), daily, curve, days, run.seconds, wholes(account), moved, freedom, alerts, parts, tried
    )


# --- what is kept ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Keeping:
    """What is kept of these scenarios' replicates, and under which keys. It goes to the workers."""

    kept: Kept | None
    contents: tuple[str, ...]  # by scenario: digest of its content
    orders: tuple[str, ...]  # by scenario: digest of its orders file
    files: tuple[str | None, ...]  # by scenario: its orders file
    registered: tuple[str, ...] = field(default_factory=lambda: tuple(REGISTRY))

    @classmethod
    def of(cls, scenarios: Sequence[Scenario], kept: Kept | None) -> "_Keeping":
        orders = tuple(orders_digest(s) for s in scenarios)
        contents = tuple(digest(content(s, o)) for s, o in zip(scenarios, orders, strict=True))
        return cls(kept, contents, orders, tuple(s.orders for s in scenarios))

    def taken(self, task: _Task) -> dict[int, Replicate]:
        """What an earlier run kept of a replicate, by scenario."""
        if self.kept is None:
            return {}
        there = {k: self.kept.get(self._key(task, k)) for k in task.places}
        return {k: Replicate(**record) for k, record in there.items() if record is not None and set(record) == _NAMES}

    def keep(self, task: _Task, finished: dict[int, Replicate]) -> None:
        """Store what is not stored yet. A worker does so as each scenario ends; the parent run repeats it for workers
        that cannot. Nothing is stored if the orders file has changed since the key was computed."""
        if self.kept is None:
            return
        for k, replicate in finished.items():
            key = self._key(task, k)
            if not self.kept.has(key) and _orders_digest(self.files[k]) == self.orders[k]:
                self.kept.put(key, {name: getattr(replicate, name) for name in _NAMES})

    def _key(self, task: _Task, k: int) -> str:
        assert self.kept is not None
        return digest([self.kept.code, self.contents[k], task.kind, task.r, task.benefits, self.registered])


_NAMES = {f.name for f in fields(Replicate)}


def content(scenario: Scenario, orders: str) -> dict[str, Any]:
    """Everything that determines a scenario's runs, as JSON: the scenario without its name, belief, targets and number of
    replicates, and the content of its orders file."""
    values = scenario.model_dump(mode="json", by_alias=True)
    for told in NAMING:
        values["response"].pop(told, None)
    for told in ("name", "believes", "expects", "targets", "replicates"):
        values.pop(told)
    return values | {"orders": orders}


def orders_digest(scenario: Scenario) -> str:
    """Digest of the content of the scenario's orders file; empty if it has none."""
    return _orders_digest(scenario.orders)


def _orders_digest(orders: str | None) -> str:
    if orders is None:
        return ""
    if orders in DATASETS:
        from importlib.metadata import version

        return f"{orders} of lifetimes {version('lifetimes')}"
    try:
        return content_digest(Path(orders))
    except OSError:
        return "cannot be read"  # which the run itself will tell
