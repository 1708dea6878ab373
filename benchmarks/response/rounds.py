"""From simulated points to modes: a design from the prior, then rounds of search on emulators and simulation where it led.

A round fits the emulators to all points so far, searches them from every start, and simulates the modes and some draws
about the nearest one. It ends when the simulation at the modes is what the emulators said it would be, within what both
leave open.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from benchmarks.response.emulator import Emulator, emulators
from benchmarks.response.figures import Claim
from benchmarks.response.search import Mode, Objective, searched
from benchmarks.response.space import Space
from benchmarks.response.store import Store

AGREES = 1.5  # mean square of (simulated - emulated) / its sd; 1 where the emulators know what they do not know


@dataclass(frozen=True)
class Plan:
    """How a search is run.

    seeds: of lives and starts alike, one search each. design: points from the prior, a seed, `wider` times as wide
    as it, the first of `largest_design`: a design may be enlarged up to it, and what is simulated stays.
    members: founding members of the pools in the search; final_members: of those at its end. starts: a seed. around: draws
    about the nearest mode, a round and seed. most_modes: as many modes are simulated in a round at most.
    """

    seeds: tuple[int, ...] = (1, 2)
    design: int = 84
    largest_design: int = 200
    wider: float = 1.5
    members: int = 2000
    final_members: int = 20_000
    starts: int = 20
    around: int = 8
    most_modes: int = 4
    least_rounds: int = 2
    most_rounds: int = 4


@dataclass
class Simulated:
    """Points that were simulated on the lives of a seed, and the figures there on their scales."""

    points: list[np.ndarray] = field(default_factory=list)
    seeds: list[int] = field(default_factory=list)
    figures: list[np.ndarray] = field(default_factory=list)

    def add(self, point: np.ndarray, seed: int, figures: np.ndarray) -> None:
        """One more."""
        self.points.append(point)
        self.seeds.append(seed)
        self.figures.append(figures)

    def emulated(self) -> Sequence[Emulator]:
        """Emulators of all figures."""
        return emulators(np.array(self.points), np.array(self.seeds), np.array(self.figures))


@dataclass(frozen=True)
class Round:
    """What one round came to.

    points: simulated before it. agreement: mean square of (simulated - emulated) / its sd at the modes.
    """

    points: int
    modes: int
    nats: float
    agreement: float


@dataclass(frozen=True)
class Outcome:
    """What the rounds led to.

    objective: on the emulators of all points, of which there are as many as simulated says. modes: the nearest to the
    prior's centre first. rounds: in order. explained: float64[claims], the share of each figure's variance over the design
    that an emulator explains at points it was not told.
    """

    objective: Objective
    modes: list[Mode]
    rounds: list[Round]
    explained: np.ndarray
    simulated: int


def by_rounds(store: Store, claims: Sequence[Claim], plan: Plan) -> Outcome:
    """The modes, by as many rounds as agreement takes. What the store keeps is not simulated again."""
    space = store.space
    sample = _design(store, claims, plan)
    fitted = sample.emulated()
    explained = np.array([emulator.explained for emulator in fitted])
    objective = Objective(space, claims, fitted, np.array([e.values.var() * (1.0 - e.explained) for e in fitted]))
    rounds: list[Round] = []
    while True:
        modes = searched(objective, plan.seeds, plan.starts)
        if len(rounds) >= plan.most_rounds or (len(rounds) >= plan.least_rounds and rounds[-1].agreement <= AGREES):
            return Outcome(objective, modes, rounds, explained, len(sample.points))
        before = len(sample.points)
        off = [_visited(store, objective, mode, sample, plan) for mode in modes[: plan.most_modes]]
        for point, seed in _around(objective, modes[0], plan, len(rounds)):
            sample.add(point, seed, store.figures(claims, point, seed, plan.members))
        rounds.append(Round(before, len(modes), min(mode.nats for mode in modes), float(np.mean(off))))
        print(f"round {len(rounds)}: {rounds[-1]}", flush=True)
        fitted = sample.emulated()
        objective = Objective(space, claims, fitted, _errors(fitted, modes[0], plan.seeds))


def _design(store: Store, claims: Sequence[Claim], plan: Plan) -> Simulated:
    """The prior's centre and draws from the prior, on the lives of each seed."""
    sample = Simulated()
    drawn = {seed: store.space.draws(plan.largest_design, seed, plan.wider) for seed in plan.seeds}
    for k in range(-1, plan.design):
        for seed in plan.seeds:
            point = drawn[seed][k] if k >= 0 else np.zeros(len(store.space.names))
            sample.add(point, seed, store.figures(claims, point, seed, plan.members))
    return sample


def _visited(store: Store, objective: Objective, mode: Mode, sample: Simulated, plan: Plan) -> float:
    """Simulate a mode on the lives of each seed; the mean square by which the emulators were off, in their own sds."""
    squares = []
    for seed in plan.seeds:
        figures = store.figures(objective.claims, mode.point, seed, plan.members)
        for emulator, value in zip(objective.figures, figures, strict=True):
            assert isinstance(emulator, Emulator)
            if np.isfinite(value):
                off = value - emulator.at(mode.point, seed)[0]
                squares.append(off**2 / emulator.of_one_pool(mode.point, seed))
        sample.add(mode.point, seed, figures)
    return float(np.mean(squares))


def _around(objective: Objective, mode: Mode, plan: Plan, number: int) -> list[tuple[np.ndarray, int]]:
    """Draws about a mode from what figures and priors leave open, within the ranges, with the seeds of their lives."""
    space: Space = objective.space
    root = np.linalg.cholesky(objective.covariance(mode))
    points = []
    for seed in plan.seeds:
        rng = np.random.default_rng([seed, 3, number])
        while sum(1 for _, of in points if of == seed) < plan.around:
            point = np.clip(mode.point + root @ rng.standard_normal(len(mode.point)), space.low, space.high)
            if not space.excess(point).any():
                points.append((point, seed))
    return points


def _errors(fitted: Sequence[Emulator], mode: Mode, seeds: Sequence[int]) -> np.ndarray:
    """float64[claims]: what is left open of each figure's expectation at a mode, a variance on its scale."""
    return np.array([np.mean([emulator.variance(mode.point, seed) for seed in seeds]) for emulator in fitted])
