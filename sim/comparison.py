"""Strategies compared on the same lives: replicates, paired differences, both kinds of uncertainty, a verdict in words.

Every replicate runs all scenarios on the same keyed draws. Two sets of replicates are run: with the response and the market
as they stand ("simulation only"), and with replicate r taking draw r of the priors and of the market's covariance ("all
uncertainty"). The mean is that of all uncertainty, and an interval says where one pool's outcome lies with 90 %: mean +- t
sd sqrt(1 + 1/R), Student's t with R - 1 degrees of freedom (the prediction interval of a normal sample), of shares on the
logit scale, of sums and ratios that are positive by their nature on that of logarithms; of shares with fewer than 20 events
a run by the beta-binomial distribution; of times that a run may not reach by their order. "By chance alone" is how far the
draws of lives alone move it, around the same mean.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from models.errors import BadInput
from models.words import Listed
from sim.chances import Ranking, ranking
from sim.intervals import Difference, by_chance, chance_of, difference, interval
from sim.market_head import one_currency
from sim.metrics import REGISTRY
from sim.quick_look import QuickLook, looked_at, sentences
from sim.replicates import Kind, Replicate, run_replicates
from sim.run import version
from sim.scenario import Scenario, load
from sim.scenario.loading import Source
from sim.simulation import resized
from sim.spread import Interval

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from models.words import Language

__all__ = ["Comparison", "Difference", "Interval", "Replicate", "compare"]


@dataclass(frozen=True)
class Comparison:
    """Scenarios, their replicates' measures, and what follows from them."""

    scenarios: tuple[Scenario, ...]
    against: str
    replicates: dict[Kind, list[list[Replicate]]]  # by kind: [replicate][scenario]
    seconds: float
    version: str = field(default_factory=version)
    quick_looks: tuple[QuickLook | None, ...] = ()  # of each scenario, where its pool had another size than written
    resumed: int = 0  # replicates (of either kind) that an earlier run had kept

    @property
    def names(self) -> list[str]:
        """The scenarios' names, in order."""
        return [s.name for s in self.scenarios]

    @property
    def seed(self) -> int:
        """The seed of all draws."""
        return self.scenarios[0].seed

    @property
    def kind(self) -> Kind:
        """The uncertainty that verdicts use: all of it, unless the response was fixed."""
        return "all" if "all" in self.replicates else "simulation"

    def values(self, name: str, measure: str, kind: Kind | None = None) -> list[float | None]:
        """One measure of one scenario, a value a replicate."""
        at = self._at(name)
        return [row[at].measures[measure] for row in self.replicates[kind or self.kind]]

    def interval(self, name: str, measure: str, kind: Kind | None = None) -> Interval:
        """Mean and 90 % interval of one measure of one scenario."""
        at, known = self._at(name), REGISTRY[measure]
        wholes = [row[at].wholes.get(measure) for row in self.replicates[kind or self.kind]]
        followed = known.followed(self.scenarios[at]) if known.followed else None
        return interval(known, self.values(name, measure, kind), wholes, followed)

    def by_chance(self, name: str, measure: str) -> Interval:
        """How far the draws of lives alone move a measure, around the mean of all uncertainty; without ends where only
        the one or the other was run."""
        about = self.interval(name, measure)
        apart = self.kind == "all" and "simulation" in self.replicates
        return by_chance(REGISTRY[measure], about, self.values(name, measure, "simulation") if apart else [])

    def difference(self, name: str, measure: str, against: str | None = None, kind: Kind | None = None) -> Difference:
        """The paired difference of a measure between two scenarios, replicate by replicate."""
        mine, theirs = self.values(name, measure, kind), self.values(against or self.against, measure, kind)
        return difference(REGISTRY[measure], mine, theirs)

    def daily(self, name: str, column: str) -> np.ndarray:
        """A daily series averaged over the replicates of `kind`, float64[days]."""
        at = self._at(name)
        return np.mean([row[at].daily[column] for row in self.replicates[self.kind]], axis=0)  # type: ignore[no-any-return]

    def payback(self, name: str) -> np.ndarray:
        """Mean contribution per joiner in each 30 days of membership, averaged over replicates, float64[months]."""
        at = self._at(name)
        return np.mean([row[at].payback for row in self.replicates[self.kind]], axis=0)  # type: ignore[no-any-return]

    def targets(self, name: str) -> dict[str, tuple[str, float | None, bool | None]]:
        """Each target of a scenario: as written, the mean reached, whether it is met.

        A measure that can be censored meets its target where more than half of the runs do (`target_chance`); its mean is
        the median, None where that is censored."""
        scenario = self.scenarios[self._at(name)]
        told = {}
        for measure, target in scenario.targets.items():
            reached = self.interval(name, measure).mean
            met = target.met(reached) if not REGISTRY[measure].followed else self._chance_of(name, measure)[0]
            told[measure] = target.text, reached, met
        return told

    def target_chance(self, name: str, measure: str) -> float | None:
        """The share of runs that meet the target on a measure that can be censored; None for other measures, and where
        it depends on what came after the run."""
        return self._chance_of(name, measure)[1] if REGISTRY[measure].followed else None

    def _chance_of(self, name: str, measure: str) -> tuple[bool | None, float | None]:
        scenario, followed = self.scenarios[self._at(name)], self.interval(name, measure).beyond or 0.0
        target = scenario.targets[measure]
        known = [v for v in self.values(name, measure) if v is not None]
        # of what lies beyond the run nothing is known but that: a target still further out is open
        return chance_of([None if v > followed < target.value else target.met(v) for v in known])

    def frame(self, kind: Kind | None = None) -> "pd.DataFrame":
        """One row a scenario and measure: mean, low, high, and the difference against the reference. `beyond`: what of
        them is missing lies beyond this (a time that runs did not reach)."""
        import pandas as pd

        rows = []
        for name in self.names:
            for measure in REGISTRY:
                own, diff = self.interval(name, measure, kind), self.difference(name, measure, kind=kind)
                rows.append(
                    {
                        "scenario": name,
                        "measure": measure,
                        "mean": own.mean,
                        "low": own.low,
                        "high": own.high,
                        "beyond": own.beyond if own.past else None,
                        "difference": diff.interval.mean,
                        "difference_low": diff.interval.low,
                        "difference_high": diff.interval.high,
                        "probability_better": diff.probability_better,
                    }
                )
        return pd.DataFrame(rows)

    def ranking(self, measure: str = "ltv_member") -> Ranking:
        """Means, chances of being best and expected regrets of the scenarios, in their order, from joint draws."""
        return ranking([self.values(name, measure) for name in self.names], self.seed)

    def verdict(self, lang: "Language" = "en") -> list[str]:
        """With three and more scenarios a text on which to choose; then one for each scenario but the reference."""
        from sim.verdict import verdicts

        return verdicts(self, lang)

    def cautions(self, lang: "Language" = "en") -> list[str]:
        """Measures not to steer by, since they reward whoever writes most; empty where there is none."""
        from sim.verdict import cautions

        return cautions(self, lang)

    def sizes(self, lang: "Language" = "en") -> list[str]:
        """What to know where pools were not as large as written; nothing where they were."""
        return sentences(self.scenarios, self.quick_looks, lang)

    def plot(self, lang: "Language" = "en") -> "Figure":
        """The measures side by side, with their intervals."""
        from sim.plots import measures_side_by_side

        return measures_side_by_side(self, lang)

    def _at(self, name: str) -> int:
        if name not in self.names:
            raise BadInput(
                "{name}: no such scenario in this comparison; it has {names}",
                name=name,
                names=", ".join(self.names),
            )
        return self.names.index(name)


def compare(
    scenarios: Sequence[Source],
    *,
    members: int | None = None,
    days: int | None = None,
    replicates: int | None = None,
    seed: int | None = None,
    against: str | None = None,
    fixed_response: bool = False,
    jobs: int | None = None,
    progress: Callable[[int, int], None] | None = None,
    as_written: bool = False,
    resume: bool = False,
) -> Comparison:
    """Compare scenarios (files, mappings or `Scenario`s) on common draws.

    members, days, replicates, seed: replace the scenarios' own; replicates and seed are otherwise the first scenario's.
    as_written: with members, keep what they share (joiners a day, tools, budgets), which is scaled with them otherwise.
    against: the name of the scenario that the others are compared with; the first by default. fixed_response: leave
    the uncertainty of response and market out. jobs: how many replicates at a time (all cores by default), in threads
    up to 4, in processes beyond; an active joblib backend (Dask, Ray) is used if one is set. progress(done, all) is told
    as replicates end. resume: keep each replicate as it ends, and take those that an earlier run kept (the same to the
    bit); the command line does, a call only if asked, since it follows measures and models changed in a notebook that no
    digest of files can tell. Raises BadInput.
    """
    started = time.perf_counter()
    chosen = prepared(scenarios, members, days, replicates, seed, as_written)
    looks = tuple(looked_at(load(s), members, as_written)[1] for s in scenarios)
    reference = against or chosen[0].name
    if reference not in [s.name for s in chosen]:
        raise BadInput(
            "{reference}: no scenario of this name; compare against {names}",
            reference=reference,
            names=Listed([s.name for s in chosen], "or"),
        )
    kinds: list[Kind] = ["simulation"] if fixed_response else ["all", "simulation"]
    found, resumed = run_replicates(chosen, kinds, jobs, progress, resume=resume)
    seconds = time.perf_counter() - started
    return Comparison(tuple(chosen), reference, found, seconds, quick_looks=looks, resumed=resumed)


def prepared(
    scenarios: Sequence[Source],
    members: int | None,
    days: int | None,
    replicates: int | None,
    seed: int | None,
    as_written: bool = False,
) -> list[Scenario]:
    """The scenarios as they are run: one number of replicates and one seed for all."""
    if isinstance(scenarios, str) or not scenarios:
        raise BadInput("compare needs a list of at least one scenario")
    chosen = [resized(load(s), members, days, as_written) for s in scenarios]
    names = [s.name for s in chosen]
    for name in names:
        if names.count(name) > 1:
            raise BadInput(
                "{name}: {times} scenarios have this name; give each its own with `name:`",
                name=name,
                times=names.count(name),
            )
    one_currency(chosen)
    common = {"replicates": replicates or chosen[0].replicates, "seed": chosen[0].seed if seed is None else seed}
    return [s.with_changes(common) for s in chosen]
