"""A figure in one replicate: one pool under A and then under B, and the same lives had A gone on.

Draws depend on the key and on the replicate alone, so that runs under other responses, other spellings or other market
numbers are of the same lives.
"""

from typing import Literal, NamedTuple

from sim.cases.case import Case, Figure, Spelling
from sim.policies.phases import Phase, whole
from sim.pool import PoolModel
from sim.results import beside_public
from sim.results.windows import Sights, Window, WindowAccount, days_of, measured
from sim.scenario import Scenario


class Value(NamedTuple):
    """A figure in one replicate: what the operator would have measured, and the effect."""

    naive: float | None
    effect: float | None


def values_of(case: Case, spelling: Spelling, seed: int, effects: bool = True) -> tuple[Value, ...]:
    """Every figure of a spelling on the lives of `seed`; without `effects` the second run is left out."""
    lived = _lived(as_run(case, spelling), case, seed)
    others = _lived(had_nothing_changed(case, spelling), case, seed) if effects else None
    groups = tuple({f.who or "": None for f in case.text.figures if f.measure == beside_public.NAME})
    beside: dict[str, Value] = {}
    if groups:
        beside = _beside_public(lived, others, as_run(case, spelling), case.windows.all[-1], groups, seed)
    accounts = _accounts(lived, case)
    unchanged = _accounts(others, case) if others is not None else None
    return tuple(
        beside[figure.who or ""] if figure.measure == beside_public.NAME else _value(figure, case, accounts, unchanged)
        for figure in case.text.figures
    )


def as_run(case: Case, spelling: Spelling) -> Scenario:
    """The pool of the case: under A and, from the change on, under B; without a change under the one policy."""
    first = spelling.first.model_copy(update={"days": days_of(case.windows.all)})
    if case.windows.switch is None:
        return first
    assert spelling.after is not None
    change = Phase(from_day=case.windows.switch, policy=whole(spelling.after.policy))
    return first.model_copy(update={"phases": (change,)})


def had_nothing_changed(case: Case, spelling: Spelling) -> Scenario:
    """The same lives had A gone on; without a change had nothing been done."""
    lived = as_run(case, spelling)
    return lived.no_operations() if case.windows.switch is None else lived.model_copy(update={"phases": ()})


def _lived(scenario: Scenario, case: Case, seed: int) -> Sights:
    return Sights(PoolModel(scenario, seed=seed, threads=1), case.windows.all)


def _accounts(sights: Sights, case: Case) -> dict[str, WindowAccount]:
    """What was seen, by side."""
    sides: tuple[Literal["before", "after"], ...] = ("before", "after")
    return {side: sights.account(window) for side in sides if (window := case.windows.of(side)) is not None}


def _value(
    figure: Figure, case: Case, accounts: dict[str, WindowAccount], unchanged: dict[str, WindowAccount] | None
) -> Value:
    """A figure and its effect.

    Of a change: after over before, and its effect the window after over the same window of the same lives had nothing
    changed; of a lift each less 1. Of a level: the level, and its effect that less the level had nothing changed; a level
    before the change has none.
    """

    def of(by_side: dict[str, WindowAccount], side: str) -> float | None:
        segments = by_side[side].segments
        known = figure.who is None or figure.who in segments
        return measured(by_side[side], figure.measure, figure.who) if known else None

    if figure.side == "change":
        less = 1.0 if figure.kind == "lift" else 0.0
        after = of(accounts, "after")
        with_it = _ratio(after, of(accounts, "before"), less)
        return Value(with_it, _ratio(after, of(unchanged, "after"), less) if unchanged else None)
    level = of(accounts, figure.side)
    if unchanged is None or (figure.side == "before" and case.windows.switch is not None):
        return Value(level, None)
    otherwise = of(unchanged, figure.side)
    return Value(level, None if level is None or otherwise is None else level - otherwise)


def _ratio(one: float | None, other: float | None, less: float) -> float | None:
    return None if one is None or not other else one / other - less


def _beside_public(
    lived: Sights, others: Sights | None, scenario: Scenario, window: Window, groups: tuple[str, ...], seed: int
) -> dict[str, Value]:
    """Groups of members beside public customers."""
    told = beside_public.multiples(lived, others or lived, scenario, window, groups, seed)
    return {name: Value(own.naive, own.effect if others is not None else None) for name, own in told.items()}
