"""Strategies compared on the same lives: replicates, paired differences, both kinds of uncertainty, a verdict in words.

Every replicate runs all scenarios on the same keyed draws. Two sets of replicates are run: with the response and the market
as they stand ("simulation only"), and with replicate r taking draw r of the priors and of the market's covariance ("all
uncertainty"). An interval says where one pool's outcome lies with 90 %: mean +- t sd sqrt(1 + 1/R), Student's t with R - 1
degrees of freedom (the prediction interval of a normal sample).
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from models.errors import BadInput
from sim.metrics import REGISTRY, Better
from sim.replicates import Kind, Replicate, run_replicates
from sim.run import version
from sim.scenario import Scenario, load
from sim.scenario.loading import Source
from sim.simulation import resized

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from models.words import Language


@dataclass(frozen=True)
class Interval:
    """A mean and where one pool's outcome lies with 90 %; None where undefined (or with one replicate, unknown)."""

    mean: float | None
    low: float | None
    high: float | None
    sd: float | None = None
    n: int = 0

    @classmethod
    def of(cls, values: Sequence[float | None], share: bool = False) -> "Interval":
        """From the replicates' values, those undefined left out; a share's interval stays where shares can be."""
        from scipy.stats import t

        known = np.array([v for v in values if v is not None], float)
        n = len(known)
        if n == 0:
            return cls(None, None, None)
        # around the first value: equal replicates have their mean and spread exactly
        mean = float(known[0] + np.mean(known - known[0]))
        if n == 1:
            return cls(mean, None, None, None, 1)
        sd = float(np.std(known - known[0], ddof=1))
        half = float(t.ppf(0.95, n - 1)) * sd * float(np.sqrt(1 + 1 / n))
        low, high = mean - half, mean + half
        if share and known.min() >= 0 and known.max() <= 1:
            low, high = max(low, 0.0), min(high, 1.0)
        return cls(mean, low, high, sd, n)

    def probability_above_zero(self) -> float | None:
        """The chance that one pool's value is above 0; one half if it is always exactly 0."""
        from scipy.stats import t

        if self.mean is None:
            return None
        if not self.sd:
            return 0.5 if self.mean == 0 else float(self.mean > 0)
        return float(t.cdf(self.mean / (self.sd * np.sqrt(1 + 1 / self.n)), self.n - 1))


@dataclass(frozen=True)
class Difference:
    """One measure's paired difference: scenario less the one it is compared against."""

    interval: Interval
    better: Better

    @property
    def probability_better(self) -> float | None:
        """The chance that the scenario is the better one; None where neither way is better."""
        above = self.interval.probability_above_zero()
        if above is None or self.better == "neither":
            return None
        return above if self.better == "higher" else 1.0 - above


@dataclass(frozen=True)
class Comparison:
    """Scenarios, their replicates' measures, and what follows from them."""

    scenarios: tuple[Scenario, ...]
    against: str
    replicates: dict[Kind, list[list[Replicate]]]  # by kind: [replicate][scenario]
    seconds: float
    version: str = field(default_factory=version)
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
        return Interval.of(self.values(name, measure, kind), REGISTRY[measure].kind == "share")

    def difference(self, name: str, measure: str, against: str | None = None, kind: Kind | None = None) -> Difference:
        """The paired difference of a measure between two scenarios, replicate by replicate."""
        pairs = zip(self.values(name, measure, kind), self.values(against or self.against, measure, kind), strict=True)
        paired = [None if x is None or y is None else x - y for x, y in pairs]
        return Difference(Interval.of(paired), REGISTRY[measure].better)

    def daily(self, name: str, column: str) -> np.ndarray:
        """A daily series averaged over the replicates of `kind`, float64[days]."""
        at = self._at(name)
        return np.mean([row[at].daily[column] for row in self.replicates[self.kind]], axis=0)  # type: ignore[no-any-return]

    def payback(self, name: str) -> np.ndarray:
        """Mean contribution per joiner in each 30 days of membership, averaged over replicates, float64[months]."""
        at = self._at(name)
        return np.mean([row[at].payback for row in self.replicates[self.kind]], axis=0)  # type: ignore[no-any-return]

    def targets(self, name: str) -> dict[str, tuple[str, float | None, bool | None]]:
        """Each target of a scenario: as written, the mean reached, whether it is met."""
        scenario = self.scenarios[self._at(name)]
        reached = {m: self.interval(name, m).mean for m in scenario.targets}
        return {m: (t.text, reached[m], t.met(reached[m])) for m, t in scenario.targets.items()}

    def frame(self, kind: Kind | None = None) -> "pd.DataFrame":
        """One row a scenario and measure: mean, low, high, and the difference against the reference."""
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
                        "difference": diff.interval.mean,
                        "difference_low": diff.interval.low,
                        "difference_high": diff.interval.high,
                        "probability_better": diff.probability_better,
                    }
                )
        return pd.DataFrame(rows)

    def verdict(self, lang: "Language" = "en") -> list[str]:
        """One sentence for each scenario but the reference."""
        from sim.verdict import sentence

        return [sentence(self, name, lang) for name in self.names if name != self.against]

    def plot(self, lang: "Language" = "en") -> "Figure":
        """The measures side by side, with their intervals."""
        from sim.plots import measures_side_by_side

        return measures_side_by_side(self, lang)

    def _at(self, name: str) -> int:
        if name not in self.names:
            raise BadInput(f"{name}: no such scenario in this comparison; it has {', '.join(self.names)}")
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
    resume: bool = False,
) -> Comparison:
    """Compare scenarios (files, mappings or `Scenario`s) on common draws.

    members, days, replicates, seed: replace the scenarios' own; replicates and seed are otherwise the first scenario's.
    against: the name of the scenario that the others are compared with; the first by default. fixed_response: leave
    the uncertainty of response and market out. jobs: how many replicates at a time (all cores by default), in threads
    up to 4, in processes beyond; an active joblib backend (Dask, Ray) is used if one is set. progress(done, all) is told
    as replicates end. resume: keep each replicate as it ends, and take those that an earlier run kept (the same to the
    bit); the command line does, a call only if asked, since it follows measures and models changed in a notebook that no
    digest of files can tell. Raises BadInput.
    """
    started = time.perf_counter()
    chosen = prepared(scenarios, members, days, replicates, seed)
    reference = against or chosen[0].name
    if reference not in [s.name for s in chosen]:
        raise BadInput(f"{reference}: no scenario of this name; compare against {' or '.join(s.name for s in chosen)}")
    kinds: list[Kind] = ["simulation"] if fixed_response else ["all", "simulation"]
    found, resumed = run_replicates(chosen, kinds, jobs, progress, resume=resume)
    return Comparison(tuple(chosen), reference, found, time.perf_counter() - started, resumed=resumed)


def prepared(
    scenarios: Sequence[Source], members: int | None, days: int | None, replicates: int | None, seed: int | None
) -> list[Scenario]:
    """The scenarios as they are run: one number of replicates and one seed for all."""
    if isinstance(scenarios, str) or not scenarios:
        raise BadInput("compare needs a list of at least one scenario")
    chosen = [resized(load(s), members, days) for s in scenarios]
    names = [s.name for s in chosen]
    for name in names:
        if names.count(name) > 1:
            raise BadInput(f"{name}: {names.count(name)} scenarios have this name; give each its own with `name:`")
    common = {"replicates": replicates or chosen[0].replicates, "seed": chosen[0].seed if seed is None else seed}
    return [s.with_changes(common) for s in chosen]
