"""What came out of a sweep, in numbers: the objective at each point, the best, how flat the top is."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from models.errors import BadInput
from sim.results.outcomes import Outcomes
from sim.results.statistics.chances import Ranking, near_zero, usual_size
from sim.results.statistics.spread import Interval
from sim.words import counted

OBJECTIVE = "profit_per_member"
_FLAT = 0.05  # the top reaches as far as the objective stays within this share of the best


@dataclass(frozen=True, repr=False)
class SweepOutcomes:
    """What was swept, the outcomes of one scenario a combination of values, and what follows from them in numbers."""

    keys: tuple[str, ...]
    values: tuple[tuple[Any, ...], ...]  # by key
    points: tuple[tuple[Any, ...], ...]  # combinations, in the order of comparison.scenarios
    comparison: Outcomes
    objective: str = OBJECTIVE

    def __repr__(self) -> str:
        tried = " and ".join(
            f"{len(values)} values of {key}" for key, values in zip(self.keys, self.values, strict=True)
        )
        n = len(self.comparison.replicates[self.comparison.kind])
        return f"{type(self).__name__}({tried}; objective {self.objective}; {counted(n, 'replicate')})"

    def curve(self, measure: str) -> list[Interval]:
        """Mean and 90 % interval of a measure at each point."""
        return [self.comparison.interval(name, measure) for name in self.comparison.names]

    @property
    def heads(self) -> tuple[str, ...]:
        """What the keys are called in tables, plots and sentences."""
        return heads(self.keys)

    @cached_property
    def ranking(self) -> Ranking:
        """Mean objective, chance of being best and expected regret of each point, all from the same paired replicates.

        Raises BadInput if the objective is undefined at every value.
        """
        ranking = self.comparison.ranking(self.objective)
        if ranking.best is None:
            raise BadInput(
                "{objective}: undefined at every value; choose another --objective",
                objective=self.objective,
            )
        return ranking

    @property
    def best(self) -> tuple[Any, ...]:
        """The point with the highest mean of the objective."""
        return self.points[self.ranking.best or 0]

    @property
    def most_often_best(self) -> tuple[Any, ...]:
        """The point that is most often the best in one pool; often another than the best by mean."""
        return self.points[self.ranking.most_often or 0]

    @property
    def margin(self) -> float:
        """How far below the best mean the flat top reaches: 5 % of it, of the objective's usual size where it is near 0."""
        return _FLAT * usual_size(self._best_values)

    @property
    def near_zero(self) -> bool:
        """True if the best value's objective lies on both sides of 0, so that 5 % of its mean would be no margin."""
        return near_zero(self._best_values)

    @property
    def _best_values(self) -> list[float | None]:
        return self.comparison.values(self.comparison.names[self.ranking.best or 0], self.objective)

    @property
    def flat(self) -> list[tuple[Any, ...]]:
        """The points whose mean objective lies within `margin` of the best one's."""
        means, margin = self.ranking.means, self.margin
        top = means[self.ranking.best or 0] or 0.0
        return [p for p, m in zip(self.points, means, strict=True) if m is not None and top - m <= margin]

    @property
    def chance_of_being_best(self) -> list[float | None]:
        """The chance of each point to be the best in one pool, from joint draws; None with one replicate."""
        return list(self.ranking.chances)


def heads(keys: Sequence[str]) -> tuple[str, ...]:
    """The last part of each dotted key, with as many parts before it as tell two keys apart or name a list's item."""

    def head(key: str) -> str:
        parts = key.split(".")
        for n in range(1, len(parts)):
            tail = ".".join(parts[-n:])
            if not parts[-n].isdigit() and not any(f".{other}".endswith(f".{tail}") for other in keys if other != key):
                return tail
        return key

    return tuple(head(key) for key in keys)
