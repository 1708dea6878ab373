"""Naive differences: what an operator would publish, each beside what operations did to the same lives.

before_after: the weeks after a phase changed the policy against those before, in one pool; the other side of the effect are
the same lives without that phase. members_public: members in the pool at the end against public customers of the same market
who never joined (newcomers on the first day, m = 1). active_others: members who interacted in the 30 days before a day
against those who did not, by what they do after it. The other side of the effect of the last two are the same members with
no operations. Effects are of the same keys: what else is in a naive difference is season, age, and who they were before.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.catalogue import MINOR_UNITS, MONTH, NEVER, WEEK
from sim.draws import NOISE, child_key, name_key
from sim.policies.in_force import InForce
from sim.policies.policy import Policy
from sim.pool import PoolModel
from sim.results.looks import SEEN, Looks
from sim.run import Run
from sim.scenario import Scenario
from sim.scenario.measures import Kind

Record = dict[str, Any]
Floats = NDArray[np.float64]
COLUMNS = ("comparison", "outcome", "day", "days", "one", "other", "difference", "with", "without", "effect")
OUTCOMES: dict[str, Kind] = {"orders_per_year": "count", "sales_per_year": "money", "ltv": "money"}
COMPARISONS = ("before_after", "members_public", "active_others")
_ACTIVE = MONTH  # days before, in which the active have interacted
_WINDOW = 90  # days compared
_PUBLIC = 20_000  # public customers that are simulated
_OTHERS = name_key("public customers")  # other people than the members
_YEAR = 365.0


def of(scenario: Scenario, seed: int | None = None, threads: int | None = None) -> list[Record]:
    """A record for each comparison and outcome that a run of the scenario allows, the run made for it."""
    model = PoolModel(scenario, seed=seed, threads=threads)
    looks = Looks(model, days_looked_at(scenario))
    return read(model.run(looks, keep_members=True), looks, threads)


def days_looked_at(scenario: Scenario) -> set[int]:
    """The mornings on which `read` needs to have looked."""
    return {0, _midst(scenario), scenario.days}


def read(run: Run, looks: Looks, threads: int | None = None) -> list[Record]:
    """A record for each comparison and outcome; of a run that kept its members, with looks on `days_looked_at`.

    `one` and `other` are what is compared, `difference` the naive one / other - 1; `with` and `without` the same lives with
    and without, `effect` with / without - 1. None where there is nobody, or nothing to divide by.
    """
    scenario = run.scenario
    bare = PoolModel(scenario.no_operations(), seed=run.seed, threads=threads)
    seen = Looks(bare, days_looked_at(scenario))
    untouched = bare.run(seen, keep_members=True)
    return [
        *_before_and_after(run, threads),
        *_members_against_public(run, looks, untouched, seen, public_customers(scenario, run.seed, threads)),
        *_active_against_others(scenario, looks, seen),
    ]


def _midst(scenario: Scenario) -> int:
    """The review from which what the active do is compared: the last that leaves the window, or half the run, behind it."""
    day = scenario.days - min(_WINDOW, scenario.days // 2)
    return day - day % WEEK


def _record(comparison: str, outcome: str, day: int | None, days: int, numbers: tuple[float | None, ...]) -> Record:
    one, other, with_it, without = numbers
    return {
        "comparison": comparison,
        "outcome": outcome,
        "day": day,
        "days": days,
        "one": one,
        "other": other,
        "difference": _relative(one, other),
        "with": with_it,
        "without": without,
        "effect": _relative(with_it, without),
    }


def _relative(one: float | None, other: float | None) -> float | None:
    return None if one is None or not other else one / other - 1.0


def _mean(values: Floats, days: Floats | float) -> float | None:
    """What members do a year: sums over `days` each, or the same for all."""
    lived = float(np.sum(np.broadcast_to(days, values.shape)))
    return float(values.sum()) / lived * _YEAR if lived > 0 else None


# --- before and after ------------------------------------------------------------------------------------------------


def _before_and_after(run: Run, threads: int | None) -> Iterator[Record]:
    """Of each phase that is ever in force, against the run without it; within the days compared no other begins.

    Nor do those after it in that other run, which may build on it.
    """
    scenario, in_force = run.scenario, InForce(run.scenario)
    begins = in_force.begins
    for number, day in zip(in_force.phases, begins, strict=True):
        if number is None or not day:
            continue
        before = [other for other in in_force.phases if other is not None and other < number]
        earlier = scenario.model_copy(update={"phases": scenario.phases[: before[-1] + 1 if before else 0]})
        since = max((other for other in begins if other < day), default=0)
        until = min((other for other in begins if other > day), default=scenario.days)
        days = min(_WINDOW, day - since, until - day)
        yield from before_and_after(run, PoolModel(earlier, seed=run.seed, threads=threads).run(), day, days)


def before_and_after(run: Run, without: Run, day: int, most: int = _WINDOW) -> list[Record]:
    """What members in the pool did in the days from `day` on against as many days before it, `most` at most; `without` is
    the run in which nothing changed on that day."""
    days = min(most, day, run.scenario.days - day)
    records = []
    for outcome, column in (("orders_per_year", "pool_orders"), ("sales_per_year", "pool_sales")):
        after = _of_days(run, column, slice(day, day + days))
        before, unchanged = (
            _of_days(run, column, slice(day - days, day)),
            _of_days(without, column, slice(day, day + days)),
        )
        records.append(_record("before_after", outcome, day, days, (after, before, after, unchanged)))
    return records


def _of_days(run: Run, column: str, days: slice) -> float | None:
    """A count of the daily series a member in the pool a year."""
    counted, pool = (run.daily[name].to_numpy(float)[days] for name in (column, "pool"))
    return _mean(counted, pool) if pool.any() else None


# --- members against public customers --------------------------------------------------------------------------------


def public_customers(scenario: Scenario, seed: int, threads: int | None) -> Run:
    """Customers of the same market who are in no pool: newcomers on the first day, who are left alone."""
    others = int(child_key(seed, NOISE, 0) ^ _OTHERS) >> 1
    fresh = {
        "members": _PUBLIC,
        "lives": None,
        "founding": "fresh",
        "orders": None,
        "orders_until": None,
        "policy": Policy(),
        "phases": (),
    }
    alone = scenario.no_operations().model_copy(update=fresh)
    return PoolModel(alone, seed=others, threads=threads).run(keep_members=True)


def _members_against_public(run: Run, looks: Looks, bare: Run, seen: Looks, public: Run) -> Iterator[Record]:
    days = run.scenario.days
    own, alone = _done(looks.on[0], looks.on[days]), _done(seen.on[0], seen.on[days])
    inside = looks.on[days]["left"] == NEVER
    mine, theirs = _in_both(looks.on[days]["key"], seen.on[days]["key"], inside)
    ages, ages_alone = days - looks.on[days]["joined"].astype(float), days - seen.on[days]["joined"].astype(float)
    assert run.members is not None and run.rest is not None and bare.members is not None and bare.rest is not None
    assert public.members is not None and public.rest is not None
    done_in_public = {
        "orders_per_year": public.members["orders"].astype(float),
        "sales_per_year": public.members["spend"] / MINOR_UNITS,
    }
    for outcome in done_in_public:
        numbers = (
            _mean(own[outcome][inside], ages[inside]),
            _mean(done_in_public[outcome], float(days)),
            _mean(own[outcome][mine], ages[mine]),
            _mean(alone[outcome][theirs], ages_alone[theirs]),
        )
        yield _record("members_public", outcome, None, days, numbers)
    values = [each.members["value"] + each.rest for each in (run, public, bare) if each.members is not None]
    parts = (values[0][inside], values[1], values[0][mine], values[2][theirs])
    yield _record("members_public", "ltv", None, days, tuple(float(p.mean()) if len(p) else None for p in parts))


def _done(before: np.ndarray, after: np.ndarray) -> dict[str, Floats]:
    """Orders and sales of each member of a look since an earlier one; of who has joined since, all."""
    start = np.zeros(len(after), SEEN)
    start[: len(before)] = before
    return {
        "orders_per_year": (after["orders"] - start["orders"]).astype(float),
        "sales_per_year": (after["spend"] - start["spend"]) / MINOR_UNITS,
    }


def _in_both(keys: np.ndarray, others: np.ndarray, which: NDArray[np.bool_]) -> tuple[np.ndarray, np.ndarray]:
    """Places of the members chosen by `which` (bool[n] of `keys`) who are among `others` as well, in one order."""
    chosen = np.flatnonzero(which)
    _, mine, theirs = np.intersect1d(keys[chosen], others, return_indices=True)
    return chosen[mine], theirs


# --- the active against the others -----------------------------------------------------------------------------------


def _active_against_others(scenario: Scenario, looks: Looks, seen: Looks) -> Iterator[Record]:
    day, end = _midst(scenario), scenario.days
    before, after = looks.on[day], looks.on[end]
    there = (before["left"] == NEVER) & (before["joined"] <= day - _ACTIVE)
    active = there & (before["last_seen"] >= day - _ACTIVE)
    own, alone = _done(before, after), _done(seen.on[day], seen.on[end])
    mine, theirs = _in_both(before["key"], seen.on[day]["key"], active)
    if not active.any() or not (there & ~active).any():
        return
    for outcome in own:
        first = own[outcome][: len(before)]
        numbers = tuple(
            _mean(values, float(end - day))
            for values in (first[active], first[there & ~active], first[mine], alone[outcome][theirs])
        )
        yield _record("active_others", outcome, day, end - day, numbers)
