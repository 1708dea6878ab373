"""Running a case: one pool under A and then under B, the same lives had A gone on, and both read as an operator would.

Draws depend on the key and on the replicate alone, so that runs under other responses, other spellings or other market
numbers are of the same lives.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, Literal, NamedTuple, TypeAlias

from sim.cases.case import Case, Figure, Spelling
from sim.cases.results import CaseResult, Mean, Told
from sim.policies.phases import Phase, whole
from sim.pool import PoolModel, compile_first
from sim.results import beside_public
from sim.results.replication.uncertainty import replicate_seed
from sim.results.replication.workers import in_workers
from sim.results.simulation import resized
from sim.results.windows import Sights, Window, WindowAccount, days_of, measured
from sim.scenario import Scenario

Progress: TypeAlias = Callable[[int, int], None]
DEFAULT_RESPONSE = "evidence"
_AT_A_TIME = 5  # replicates that are added while an interval is too wide


@dataclass(frozen=True)
class Asked:
    """How cases are run; None: as the rules say.

    response: a response file. members: founding members; joiners are scaled with them. replicates: so many and no more,
    however wide the interval. spelling: this one alone. effects: False leaves out the runs in which nothing changed, and
    with them all effects. jobs: replicates at a time.
    """

    response: Path | None = None
    members: int | None = None
    replicates: int | None = None
    key: int = 1
    spelling: int | None = None
    effects: bool = True
    jobs: int | None = None


class Value(NamedTuple):
    """A figure in one replicate: what the operator would have measured, and the effect."""

    naive: float | None
    effect: float | None


def responded(scenario: Scenario, response: Path | None) -> Scenario:
    """The scenario under the response in a file; as it is without one. Raises BadInput."""
    chosen: Any = scenario
    return scenario if response is None else chosen.with_response(response)


def response_name(scenario: Scenario) -> str:
    """What the scenario's response is called."""
    return str(getattr(scenario, "response_name", DEFAULT_RESPONSE))


def run_cases(cases: Sequence[Case], asked: Asked, progress: Progress | None = None) -> list[CaseResult]:
    """The cases, one after the other. `progress` is told of replicates of spellings: done, and all as far as is known."""
    chosen = [_chosen(case, asked) for case in cases]
    total = sum(len(case.spellings) * (asked.replicates or case.rules.replicates) for case in chosen)
    done, results = 0, []
    for case in chosen:

        def tell(ended: int, added: int) -> None:
            nonlocal done, total
            done, total = done + ended, total + added
            if progress:
                progress(done, total)

        results.append(run_case(case, asked, tell))
    return results


def _chosen(case: Case, asked: Asked) -> Case:
    """The case with the spelling that is asked for, as far as it has it."""
    if asked.spelling is None:
        return case
    return replace(case, spellings=tuple(s for s in case.spellings if s.number == asked.spelling))


def run_case(case: Case, asked: Asked, tell: Progress | None = None) -> CaseResult:
    """One case under one response, a row a figure and spelling.

    Replicates are added until each figure's mean is known as well as the rules ask, or there are as many as they allow.
    `tell` is called with how many replicates have ended, and how many have turned out to be needed beside. Raises BadInput.
    """
    rows: list[Told] = []
    name = DEFAULT_RESPONSE
    for spelling in case.spellings:
        spelt = _sized(spelling, asked)
        name = response_name(spelt.first)
        compile_first(spelt.first)
        rows += _rows(case, spelt, asked, tell)
    return CaseResult(case, name, tuple(rows))


def _sized(spelling: Spelling, asked: Asked) -> Spelling:
    """The spelling under the response and with the members that are asked for."""

    def of(scenario: Scenario | None) -> Scenario | None:
        return None if scenario is None else resized(responded(scenario, asked.response), asked.members)

    return Spelling(spelling.number, of(spelling.before), of(spelling.after))


def _rows(case: Case, spelling: Spelling, asked: Asked, tell: Progress | None) -> list[Told]:
    rules = case.rules
    values: list[tuple[Value, ...]] = []
    wanted = asked.replicates or rules.replicates
    most = wanted if asked.replicates else max(rules.most_replicates, wanted)
    while True:
        by_replicate = {}
        for r, told in in_workers(partial(_replicate, case, spelling, asked), range(len(values), wanted), asked.jobs):
            by_replicate[r] = told
            if tell:
                tell(1, 0)
        values += [by_replicate[r] for r in sorted(by_replicate)]
        means = [Mean.of([told[k].naive for told in values]) for k in range(len(case.text.figures))]
        if len(values) >= most or all(mean.known_to(rules.half_width) for mean in means):
            break
        wanted = min(most, wanted + _AT_A_TIME)
        if tell:
            tell(0, wanted - len(values))
    return [
        Told(
            figure,
            spelling.number,
            means[k],
            Mean.of([told[k].effect for told in values]),
            spelling.first.members,
            len(values),
            means[k].known_to(rules.half_width),
        )
        for k, figure in enumerate(case.text.figures)
    ]


# --- one replicate ---------------------------------------------------------------------------------------------------


def _replicate(case: Case, spelling: Spelling, asked: Asked, r: int) -> tuple[Value, ...]:
    """Every figure of a spelling in replicate `r`."""
    seed = replicate_seed(asked.key, r)
    lived = _lived(_as_run(case, spelling), case, seed)
    others = _lived(_had_nothing_changed(case, spelling), case, seed) if asked.effects else None
    groups = tuple({f.who or "": None for f in case.text.figures if f.measure == beside_public.NAME})
    beside: dict[str, Value] = {}
    if groups:
        beside = _beside_public(lived, others, _as_run(case, spelling), case.windows.all[-1], groups, seed)
    accounts = _accounts(lived, case)
    unchanged = _accounts(others, case) if others is not None else None
    return tuple(
        beside[figure.who or ""] if figure.measure == beside_public.NAME else _value(figure, case, accounts, unchanged)
        for figure in case.text.figures
    )


def _as_run(case: Case, spelling: Spelling) -> Scenario:
    """The pool of the case: under A and, from the change on, under B; without a change under the one policy."""
    first = spelling.first.model_copy(update={"days": days_of(case.windows.all)})
    if case.windows.switch is None:
        return first
    assert spelling.after is not None
    change = Phase(from_day=case.windows.switch, policy=whole(spelling.after.policy))
    return first.model_copy(update={"phases": (change,)})


def _had_nothing_changed(case: Case, spelling: Spelling) -> Scenario:
    """The same lives had A gone on; without a change had nothing been done."""
    as_run = _as_run(case, spelling)
    return as_run.no_operations() if case.windows.switch is None else as_run.model_copy(update={"phases": ()})


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
