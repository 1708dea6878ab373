"""Experiments read as an analyst would, beside the truth that only a simulation knows, and what lies between the two.

An estimate is the difference of the means of two arms, over the days of the experiment, of those who were in the pool when
it began; joiners of its days stand apart. Its error is that of two independent means; where whole groups are drawn, groups
are the observations (Liang & Zeger 1986, with G / (G - 1)). Intervals and tests are two-sided at 95 % and 5 %, Student's t.
The smallest effect that is seen with a chance of 80 % is (z(.975) + z(.8)) errors.

The truth needs two more runs on the same keys: everybody gets the change, nobody does. A member's life depends on her own
key and on the week's plan, so where arms share nothing a treated member lives in the experiment exactly as where all are
treated. What differs is interference: the treated's mean difference to where all are treated, less the others' to where
nobody is. It is a difference on the same lives, so it is sharp where the estimate is not; what is left of the estimate's
distance to the truth is the luck of the draw.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.behaviour.arms import is_in_arm
from sim.catalogue import MINOR_UNITS, NEVER
from sim.draws import Key
from sim.engine.compiling import compiled
from sim.policies.experiments import TEST, Experiment, as_test, for_all
from sim.pool import PoolModel
from sim.results.looks import SEEN, Looks
from sim.run import YEARLY_DISCOUNT
from sim.scenario import Scenario
from sim.scenario.measures import Kind

Record = dict[str, Any]
Floats = NDArray[np.float64]
# what is compared, and its kind of number; contribution is before tools, discounted by 10 % a year to the experiment's first
# day (of joiners to theirs), and as everywhere that of a member's first three years
OUTCOMES: dict[str, Kind] = {
    "orders": "count",
    "sales": "money",
    "contribution": "money",
    "left": "share",
    "clicks": "count",
}
WHO = ("members", "joiners")
_NUMBERS = (
    "without", "with", "estimate", "error", "low", "high", "smallest", "truth", "truth_error", "power", "interference",
    "interference_error",
)  # fmt: skip
_COMPARED = (  # what takes both arms, with two observations each or more
    "without", "with", "estimate", "error", "low", "high", "smallest", "power", "interference", "interference_error",
)  # fmt: skip
_SIZES = ("members_without", "members_with", "groups_without", "groups_with")
COLUMNS = ("experiment", "by", "begins", "ends", "who", "outcome", *_SIZES, *_NUMBERS)
CONFIDENCE, POWER = 0.95, 0.8


class Trial(NamedTuple):
    """An experiment within a run: its number in the policy, and its days."""

    number: int
    experiment: Experiment
    begins: int
    ends: int  # the day after its last


def trials(scenario: Scenario) -> list[Trial]:
    """The experiments that begin within the run, in the policy's order."""
    days = scenario.days
    return [
        Trial(n, test, test.first_day, int(min(test.end_day, days)))
        for n, test in enumerate(scenario.policy.experiments)
        if test.first_day < days
    ]


def days_looked_at(scenario: Scenario) -> set[int]:
    """The mornings on which `read` needs to have looked."""
    return {day for trial in trials(scenario) for day in (trial.begins, trial.ends)}


def read(scenario: Scenario, looks: Looks, seed: int, threads: int | None, truth: bool = True) -> list[Record]:
    """A record for each experiment, population (members, joiners) and outcome; empty without experiments.

    looks: at the run with both arms, on `days_looked_at`. truth: also run both policies on everybody. None where something
    cannot be told: fewer than two members, or groups, in an arm; the truth where it was not asked for.
    """
    records = []
    for trial in trials(scenario):
        mixed = _lived(looks, trial)
        both = [_lived_by_all(scenario, trial, share, seed, threads) for share in (1.0, 0.0)] if truth else None
        for who, in_arms in zip(WHO, mixed, strict=True):
            if not len(in_arms.keys):
                continue
            arms = treated_in(trial, in_arms.keys, in_arms.accounts, seed)
            known = None if both is None else [population[WHO.index(who)] for population in both]
            records += _read(trial, who, in_arms, arms, known)
    return records


class Lived(NamedTuple):
    """Members and what happened to them within an experiment's days."""

    keys: NDArray[np.uint64]
    accounts: NDArray[np.uint16]
    outcomes: Floats  # [n, len(OUTCOMES)]


def _lived_by_all(scenario: Scenario, trial: Trial, share: float, seed: int, threads: int | None) -> list[Lived]:
    """Members and joiners of the run in which everybody is in one arm."""
    everybody = scenario.under(lambda policy: for_all(policy, trial.number, share))
    model = PoolModel(everybody, seed=seed, threads=threads)
    looks = Looks(model, (trial.begins, trial.ends))
    while model.day < trial.ends:
        model.step()
        looks(model.day, scenario.days)
    return _lived(looks, trial)


def _lived(looks: Looks, trial: Trial) -> list[Lived]:
    """Those who were in the pool when it began, and those who joined in its days."""
    before, after = looks.on[trial.begins], looks.on[trial.ends]
    inside, n = before["left"] == NEVER, len(before)
    newly = np.zeros(len(after) - n, SEEN)
    newly["joined"] = after["joined"][n:]
    return [
        _between(before[inside], after[:n][inside], trial.begins),
        _between(newly, after[n:], None),
    ]


def _between(before: np.ndarray, after: np.ndarray, day: int | None) -> Lived:
    """What happened between two looks (SEEN[n]) at the same members; `day`: to which money is discounted, None for each
    one's day of joining."""
    later = 0.0 if day is None else day - before["joined"].astype(float)
    money = (after["value"] - before["value"]) * (1.0 + YEARLY_DISCOUNT) ** (later / 365.0)
    columns = (
        after["orders"] - before["orders"],
        (after["spend"] - before["spend"]) / MINOR_UNITS,
        money,
        after["left"] != NEVER,
        after["clicks"] - before["clicks"],
    )
    outcomes = np.stack([np.asarray(column, float) for column in columns], axis=1)
    return Lived(after["key"].copy(), after["account"].copy(), outcomes)


def treated_in(trial: Trial, keys: NDArray[np.uint64], accounts: NDArray[np.uint16], seed: int) -> NDArray[np.bool_]:
    """bool[n]: who of the members with these keys and accounts gets the change, in a run on this seed."""
    test = np.array([as_test(trial.experiment, trial.number)], TEST)[0]
    return np.asarray(in_arms(keys, accounts, test, np.uint64(seed)))


@compiled
def in_arms(keys: np.ndarray, accounts: np.ndarray, test: Any, seed: Key) -> np.ndarray:
    """bool[n]: who of the members with these keys (uint64[n]) and accounts gets what a test (a record of TEST) tries."""
    inside = np.zeros(len(keys), np.bool_)
    for i in range(len(keys)):
        inside[i] = is_in_arm(keys[i], accounts[i], test, seed)
    return inside


# --- what an analyst says --------------------------------------------------------------------------------------------


class Estimate(NamedTuple):
    """The difference of two means with its standard error, outcome by outcome; NaN where there are too few."""

    without: Floats
    having: Floats
    error: Floats
    freedom: float

    @property
    def difference(self) -> Floats:
        """Means of those in the arm less those of the others."""
        return self.having - self.without


def estimate(outcomes: Floats, treated: NDArray[np.bool_], groups: NDArray[Any] | None) -> Estimate:
    """The difference between arms of outcomes[n, k]; groups: the observations, None for each member her own."""
    arms = [outcomes[~treated], outcomes[treated]]
    labels = [None, None] if groups is None else [groups[~treated], groups[treated]]
    told = [_mean(own, label) for own, label in zip(arms, labels, strict=True)]
    (low, low_variance, low_n), (high, high_variance, high_n) = told
    return Estimate(low, high, np.sqrt(low_variance + high_variance), float(low_n + high_n - 2))


def _mean(outcomes: Floats, groups: NDArray[Any] | None) -> tuple[Floats, Floats, int]:
    """Mean, its variance (by groups), and how many observations there are; NaN with fewer than two."""
    n, k = outcomes.shape
    labels = np.arange(n) if groups is None else np.unique(groups, return_inverse=True)[1]
    observed = int(labels.max()) + 1 if n else 0
    if observed < 2:
        return (outcomes.mean(axis=0) if n else np.full(k, np.nan)), np.full(k, np.nan), observed
    mean = outcomes.mean(axis=0)
    variance = _sums(outcomes - mean, labels, observed) * observed / (observed - 1) / n**2
    return mean, variance, observed


def _sums(apart: Floats, labels: NDArray[Any], observed: int) -> Floats:
    """The sum over groups of the squares of a group's sum, by column."""
    by_group = np.stack([np.bincount(labels, column, minlength=observed) for column in apart.T], axis=1)
    return np.asarray((by_group**2).sum(axis=0), float)


def chance_to_see(effect: float, error: float) -> float | None:
    """The chance that a test at 5 %, two-sided, shows an effect of this size; None where there is no error to tell it by."""
    from scipy.special import ndtr, ndtri

    if not error > 0.0:
        return None
    line, size = float(ndtri(0.5 + CONFIDENCE / 2)), abs(effect) / error
    return float(ndtr(size - line) + ndtr(-size - line))


# --- beside the truth ------------------------------------------------------------------------------------------------


class Truth(NamedTuple):
    """What everybody in an arm makes of it, on the same lives, and by how much the arms disturb one another."""

    effect: Floats
    effect_error: Floats
    interference: Floats
    interference_error: Floats


def _truth(mixed: Lived, treated: NDArray[np.bool_], everybody: Lived, nobody: Lived) -> Truth:
    """On those who are in all three runs: of joiners some may be in one only, brought by others."""
    places = _in_all(mixed.keys, everybody.keys, nobody.keys)
    own, having, without = (
        lived.outcomes[place] for lived, place in zip((mixed, everybody, nobody), places, strict=True)
    )
    arm, n = treated[places[0]], len(own)
    labels = np.unique(mixed.accounts[places[0]], return_inverse=True)[1]
    groups = int(labels.max()) + 1 if n else 0
    nothing = np.full(own.shape[1], np.nan)
    if not n:
        return Truth(nothing, nothing, nothing, nothing)
    effects, disturbed = having - without, own - np.where(arm[:, None], having, without)
    several = groups / (groups - 1) if groups > 1 else np.nan
    effect = effects.mean(axis=0)
    effect_error = np.sqrt(several * _sums(effects - effect, labels, groups)) / n
    if arm.all() or not arm.any():
        return Truth(effect, effect_error, nothing, nothing)
    parts = np.where(arm, 1.0 / arm.sum(), -1.0 / (~arm).sum())[:, None]
    means = np.where(arm[:, None], disturbed[arm].mean(axis=0), disturbed[~arm].mean(axis=0))
    error = np.sqrt(several * _sums((disturbed - means) * parts, labels, groups))
    return Truth(effect, effect_error, (disturbed * parts).sum(axis=0), error)


def _in_all(*keys: NDArray[np.uint64]) -> list[NDArray[np.int64]]:
    """For each of some lists of different keys, where those are that all of them have, in one order."""
    shared = keys[0]
    for others in keys[1:]:
        shared = np.intersect1d(shared, others)
    return [np.argsort(own)[np.searchsorted(own, shared, sorter=np.argsort(own))] for own in keys]


def _read(trial: Trial, who: str, mixed: Lived, treated: NDArray[np.bool_], both: list[Lived] | None) -> list[Record]:
    from scipy.special import ndtri, stdtrit

    test = trial.experiment
    told = estimate(mixed.outcomes, treated, mixed.accounts if test.by == "community" else None)
    truth = None if both is None else _truth(mixed, treated, *both)
    times = float(stdtrit(told.freedom, 0.5 + CONFIDENCE / 2)) if told.freedom > 0 else np.nan
    smallest = float(ndtri(0.5 + CONFIDENCE / 2) + ndtri(POWER))
    groups = (
        [len(np.unique(mixed.accounts[arm])) for arm in (~treated, treated)] if test.by == "community" else [None] * 2
    )
    few = not np.isfinite(told.error).all()  # of arms with fewer than two nothing is said but what the change does
    records = []
    for k, outcome in enumerate(OUTCOMES):
        value, error = told.difference[k], told.error[k]
        effect = None if truth is None else truth.effect[k]
        numbers = {
            "without": told.without[k],
            "with": told.having[k],
            "estimate": value,
            "error": error,
            "low": value - times * error,
            "high": value + times * error,
            "smallest": smallest * error,
            "truth": effect,
            "truth_error": None if truth is None else truth.effect_error[k],
            "power": None if effect is None else chance_to_see(effect, error),
            "interference": None if truth is None else truth.interference[k],
            "interference_error": None if truth is None else truth.interference_error[k],
        }
        records.append(
            {
                "experiment": test.name,
                "by": test.by,
                "begins": trial.begins,
                "ends": trial.ends,
                "who": who,
                "outcome": outcome,
                "members_without": int((~treated).sum()),
                "members_with": int(treated.sum()),
                "groups_without": groups[0],
                "groups_with": groups[1],
            }
            | {name: None if few and name in _COMPARED else _plain(number) for name, number in numbers.items()}
        )
    return records


def _plain(number: Any) -> float | None:
    return None if number is None or not np.isfinite(number) else float(number)


# --- over replicates -------------------------------------------------------------------------------------------------


def over_replicates(replicates: list[list[Record]]) -> list[Record]:
    """What the records of replicates come to, a record for each experiment, population and outcome.

    Numbers are means over the replicates in which both arms have enough to compare; where none has, of the truth and of how
    many there are. replicates: how many these are; too_few: how many others there are beside those compared. significant:
    the share of them whose interval leaves out 0; covered: of those that know the truth, the share whose interval holds it;
    interference_error: of its mean over replicates where there are two and more.
    """
    rows: dict[tuple[str, str, str], list[Record]] = {}
    for records in replicates:
        for record in records:
            rows.setdefault((record["experiment"], record["who"], record["outcome"]), []).append(record)
    return [_over(own) for own in rows.values()]


def _over(records: list[Record]) -> Record:
    first = records[0]
    told: Record = {name: first[name] for name in ("experiment", "by", "begins", "ends", "who", "outcome")}
    tested = [record for record in records if record["low"] is not None]  # so that the interval holds its estimate
    told |= {name: _mean_of([record[name] for record in tested or records]) for name in (*_SIZES, *_NUMBERS)}
    sizes = [record["interference"] for record in tested if record["interference"] is not None]
    if len(sizes) > 1:
        told["interference_error"] = float(np.std(sizes, ddof=1) / np.sqrt(len(sizes)))
    told["significant"] = _share(records, lambda r: not r["low"] <= 0.0 <= r["high"], "low")
    told["covered"] = _share(records, lambda r: bool(r["low"] <= r["truth"] <= r["high"]), "low", "truth")
    told["replicates"], told["too_few"] = len(tested), len(records) - len(tested)
    return told


def _mean_of(values: list[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return float(np.mean(known)) if known else None


def _share(records: list[Record], holds: Callable[[Record], bool], *needed: str) -> float | None:
    known = [record for record in records if all(record[name] is not None for name in needed)]
    return sum(map(holds, known)) / len(known) if known else None
