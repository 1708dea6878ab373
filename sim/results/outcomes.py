"""What came out of scenarios on common draws, in numbers: values, intervals, differences, targets, ranking.

What is said and drawn of them stands above: `Comparison` and `Sweep` add it.
"""

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from models.errors import BadInput
from models.words import Listed
from sim.breakdowns import Breakdowns
from sim.breakdowns.broken_down import names_of
from sim.guarding import Alert
from sim.results.experiments import over_replicates
from sim.results.metrics import REGISTRY
from sim.results.metrics.registry import measure_called
from sim.results.quick_look import QuickLook
from sim.results.replication.replicates import Kind, Replicate
from sim.results.statistics.chances import Ranking, SharedLives, ranking
from sim.results.statistics.intervals import Difference, by_chance, chance_of, difference, interval
from sim.results.statistics.one_pool import Lives
from sim.results.statistics.spread import Interval, known_of, without_ends
from sim.run import version
from sim.scenario import Scenario
from sim.words import counted

if TYPE_CHECKING:
    import pandas as pd


_NAMED = 6  # scenarios that a representation names


def _side_by_side(moved: list[np.ndarray | None]) -> np.ndarray | None:
    """float64[scenarios, clusters], None where something is not known; of fewer clusters the others move nothing."""
    known = [each for each in moved if each is not None]
    if len(known) < len(moved):
        return None
    most = max(map(len, known))
    return np.array([np.pad(each, (0, most - len(each))) for each in known])


@dataclass(frozen=True, repr=False)
class Outcomes:
    """Scenarios, their replicates' measures, and what follows from them in numbers."""

    scenarios: tuple[Scenario, ...]
    against: str
    replicates: dict[Kind, list[list[Replicate]]]  # by kind: [replicate][scenario]
    seconds: float
    version: str = field(default_factory=version)
    quick_looks: tuple[QuickLook | None, ...] = ()  # of each scenario, where its pool had another size than written
    naive_records: dict[str, list[dict[str, Any]]] = field(
        default_factory=dict
    )  # by scenario, where that was asked for
    resumed: int = 0  # replicates (of either kind) that an earlier run had kept

    def __repr__(self) -> str:
        n, kind = len(self.replicates[self.kind]), "all uncertainty" if self.kind == "all" else "simulation only"
        shown = [*self.names[:_NAMED], *([f"and {len(self.names) - _NAMED} more"] if len(self.names) > _NAMED else [])]
        return f"{type(self).__name__}({', '.join(shown)}; against {self.against}; {counted(n, 'replicate')}, {kind})"

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
        measure_called(measure)
        return [row[at].measures[measure] for row in self.replicates[kind or self.kind]]

    def interval(self, name: str, measure: str, kind: Kind | None = None) -> Interval:
        """Mean and 90 % interval of one measure of one scenario; no interval around the 0 of what its policy does not do."""
        at, known = self._at(name), measure_called(measure)
        values = self.values(name, measure, kind)
        if known.used is not None and not known.used(self.scenarios[at].policy) and not any(values):
            return without_ends(known_of(values))
        wholes = [row[at].wholes.get(measure) for row in self.replicates[kind or self.kind]]
        followed = known.followed(self.scenarios[at]) if known.followed else None
        told = interval(known, values, wholes, followed, self.lives_of(name, measure, kind=kind))
        return told.within(known.least, known.most)

    def by_chance(self, name: str, measure: str) -> Interval:
        """How far the draws of lives alone move a measure, around the mean of all uncertainty; without ends where only
        the one or the other was run."""
        about = self.interval(name, measure)
        apart = self.kind == "all" and "simulation" in self.replicates
        values = self.values(name, measure, "simulation") if apart else []
        lives, known = self.lives_of(name, measure, kind="simulation") if apart else None, REGISTRY[measure]
        return by_chance(known, about, values, lives).within(known.least, known.most)

    def difference(self, name: str, measure: str, against: str | None = None, kind: Kind | None = None) -> Difference:
        """The paired difference of a measure between two scenarios, replicate by replicate."""
        other = against or self.against
        mine, theirs = self.values(name, measure, kind), self.values(other, measure, kind)
        known = REGISTRY[measure]
        told = difference(known, mine, theirs, self.lives_of(name, measure, other, kind))
        if known.least is None or known.most is None:
            return told
        widest = known.most - known.least
        return replace(told, interval=told.interval.within(-widest, widest))

    def lives_of(self, name: str, measure: str, other: str | None = None, kind: Kind | None = None) -> Lives | None:
        """What is known of chance in a measure of a scenario, or in its paired difference to another, where a part of the
        pool was simulated; None where all of it was, or where the two simulate different parts."""
        places = [self._at(who) for who in (name, other) if who is not None]
        known = self._chance(places, measure, kind)
        if known is None:
            return None
        return known.of_difference(0, 1) if other else Lives(known.share, float(known.chance[0, 0]), known.freedom)

    def _chance(self, places: list[int], measure: str, kind: Kind | None) -> SharedLives | None:
        """Covariances by chance of a measure between scenarios, from what the same clusters move in each."""
        shares = {self.scenarios[k].share for k in places}
        rows = self.replicates[kind or self.kind]
        moved = (_side_by_side([row[k].moved.get(measure) for k in places]) for row in rows)
        known = [of_all for of_all in moved if of_all is not None]
        if len(shares) > 1 or shares == {1.0} or not known:
            return None
        freedom = sum(min(row[k].freedom for k in places) for row in rows)
        return SharedLives(shares.pop(), np.mean([each @ each.T for each in known], axis=0), freedom)

    def daily(self, name: str, column: str) -> np.ndarray:
        """A daily series averaged over the replicates of `kind`, float64[days]."""
        at = self._at(name)
        return np.mean([row[at].daily[column] for row in self.replicates[self.kind]], axis=0)  # type: ignore[no-any-return]

    def series(self, name: str, column: str) -> list[np.ndarray]:
        """A daily series of each replicate of `kind`, float64[days] each."""
        at = self._at(name)
        return [row[at].daily[column] for row in self.replicates[self.kind]]

    def breakdowns(self, name: str) -> Breakdowns:
        """A scenario taken apart: tables by segment, cohort, channel, tier and community, the mean over replicates."""
        at = self._at(name)
        scenario = self.scenarios[at]
        return Breakdowns.mean_of(
            names_of(scenario), scenario.days, [row[at].parts for row in self.replicates[self.kind]]
        )

    def spent(self, name: str) -> float:
        """All that a scenario costs after the product margin, the mean over replicates."""
        return self.interval(name, "spend").mean or 0.0

    def payback(self, name: str) -> np.ndarray:
        """Mean contribution per joiner in each 30 days of membership, averaged over replicates, float64[months]."""
        at = self._at(name)
        return np.mean([row[at].payback for row in self.replicates[self.kind]], axis=0)  # type: ignore[no-any-return]

    def alerts(self, name: str) -> "pd.DataFrame":
        """One row an alert of a scenario's guard: its `replicate` of `kind`, from 0, and the columns of a run's alerts."""
        import pandas as pd

        at, columns = self._at(name), ["replicate", *Alert.__dataclass_fields__]
        rows = [
            {"replicate": r} | alert for r, row in enumerate(self.replicates[self.kind]) for alert in row[at].alerts
        ]
        return pd.DataFrame(rows, columns=columns)

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
        lives = self._chance(list(range(len(self.scenarios))), measure, None)
        return ranking([self.values(name, measure) for name in self.names], self.seed, lives)

    def experiments(self, name: str) -> list[dict[str, Any]]:
        """What a scenario's experiments come to over the replicates of `kind` (`experiments.over_replicates`)."""
        at = self._at(name)
        return over_replicates([row[at].experiments for row in self.replicates[self.kind]])

    def _at(self, name: str) -> int:
        if name not in self.names:
            raise BadInput(
                "{name}: no such scenario in this comparison; it has {names}",
                name=name,
                names=Listed(self.names, ","),
            )
        return self.names.index(name)
