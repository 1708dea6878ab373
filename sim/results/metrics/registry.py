"""The registry of measures: a function, what kind of number it gives, which way is better, what it is called."""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

from models.errors import BadInput
from sim.policies.in_force import InForce
from sim.policies.policy import Policy
from sim.reading.part import suggestion
from sim.results.metrics.account import Account, ratio
from sim.scenario import Scenario
from sim.scenario.measures import MEASURES, Kind

Better = Literal["higher", "lower", "neither"]
Compute = Callable[[Account], float | None]
Parts = Callable[[Account], tuple[float, float]]


@dataclass(frozen=True)
class Measure:
    """One measure: how it is computed, what kind of number it is, which way is better.

    parts: of a share, the part and the whole, both sums over a run. counted: whether the part is a count of events, so
    that few of them scatter as counts do. positive: a sum or ratio that is seldom or never 0 or less, so that its
    logarithm is nearer to a normal distribution than it is; taken where all runs are above 0. least, most: below and above
    which it cannot be, by what it measures, so that no interval reaches there; of a share 0 and 1. followed: of a measure
    that can be censored, how long a run of this scenario follows it; a run in which it is not reached by then has it at
    infinity. used: of a measure of one part of a policy, whether a policy has that part; of: of one of something else that
    a scenario may have, whether it has it. None of a measure that always tells something.
    """

    name: str
    compute: Compute
    kind: Kind
    better: Better
    label: str
    parts: Parts | None = None
    counted: bool = False
    positive: bool = False
    least: float | None = None
    most: float | None = None
    followed: Callable[[Scenario], float] | None = None
    used: Callable[[Policy], bool] | None = None
    of: Callable[[Scenario], bool] | None = None

    @property
    def definition(self) -> str:
        """One paragraph, quoted in reports."""
        return " ".join((self.compute.__doc__ or "").split())


REGISTRY: dict[str, Measure] = {}


def in_use(scenarios: Iterable[Scenario]) -> list[str]:
    """The measures that tell something of these scenarios: all but those of parts of a policy that none of them has.

    One on which a scenario has a target is always among them.
    """
    scenarios = list(scenarios)
    aimed_at = {name for scenario in scenarios for name in scenario.targets}
    return [
        name
        for name, known in REGISTRY.items()
        if name in aimed_at or any(_tells_of(known, scenario) for scenario in scenarios)
    ]


def _tells_of(known: Measure, scenario: Scenario) -> bool:
    """True if a measure tells something of a scenario."""
    used = known.used is None or any(known.used(policy) for policy in InForce(scenario).policies)
    return used and (known.of is None or known.of(scenario))


def measure_called(name: str) -> "Measure":
    """The measure of this name. Raises BadInput where there is none."""
    if name not in REGISTRY:
        raise BadInput("{name}: no measure of this name; {hint}", name=name, hint=suggestion(name, list(REGISTRY)))
    return REGISTRY[name]


def measure(
    label: str,
    better: Better,
    *,
    positive: bool = False,
    least: float | None = None,
    most: float | None = None,
    followed: Callable[[Scenario], float] | None = None,
    used: Callable[[Policy], bool] | None = None,
) -> Callable[[Compute], Compute]:
    """Register a function as a measure; its kind of number is the one in sim/scenario/measures.py."""

    def register(compute: Compute) -> Compute:
        name = compute.__name__
        REGISTRY[name] = Measure(
            name,
            compute,
            MEASURES[name],
            better,
            label,
            positive=positive,
            least=least,
            most=most,
            followed=followed,
            used=used,
        )
        return compute

    return register


def share(
    label: str,
    better: Better,
    *,
    counted: bool = True,
    used: Callable[[Policy], bool] | None = None,
    of: Callable[[Scenario], bool] | None = None,
) -> Callable[[Parts], Compute]:
    """Register a function that gives the part and the whole as a measure: the share of the part in the whole."""

    def register(parts: Parts) -> Compute:
        name = parts.__name__

        def compute(account: Account) -> float | None:
            return ratio(*parts(account))

        compute.__doc__, compute.__name__ = parts.__doc__, name
        REGISTRY[name] = Measure(
            name, compute, MEASURES[name], better, label, parts, counted, least=0.0, most=1.0, used=used, of=of
        )
        return compute

    return register


def measures(account: Account, names: Iterable[str] | None = None) -> dict[str, float | None]:
    """All measures of a run by name, or some; None where one is undefined, infinity where it is censored."""
    wanted = REGISTRY if names is None else {name: REGISTRY[name] for name in names}
    return {name: _plain(known.compute(account), known) for name, known in wanted.items()}


def wholes(account: Account) -> dict[str, float]:
    """What each share is a share of, by name, of those who are simulated; 0 where there is nothing."""
    share = account.run.scenario.share
    return {name: float(known.parts(account)[1]) * share for name, known in REGISTRY.items() if known.parts is not None}


def _plain(value: float | None, known: Measure) -> float | None:
    if value is None or math.isnan(value):
        return None
    if math.isinf(value) and not (known.followed and value > 0):
        return None
    return float(value)
