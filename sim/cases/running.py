"""Running cases: replicates of each spelling until a mean is known as well as the rules ask, kept as they end."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias

from sim.cases.case import Case, Spelling
from sim.cases.measuring import Value, as_run, had_nothing_changed, values_of
from sim.cases.results import CaseResult, Mean, Told
from sim.pool import compile_first
from sim.results.replication.kept import Kept, digest
from sim.results.replication.replicates import Progressing, content, set_under_way
from sim.results.replication.uncertainty import replicate_seed
from sim.results.replication.workers import in_workers
from sim.results.simulation import resized
from sim.scenario import Scenario
from sim.scenario.response import Response

Progress: TypeAlias = Callable[[int, int], None]
DEFAULT_RESPONSE = "evidence"
_AT_A_TIME = 5  # replicates that are added while an interval is too wide


@dataclass(frozen=True)
class Asked:
    """How cases are run; None: as the rules say.

    response: a response, or its file. members: founding members; joiners are scaled with them. replicates: so many and no
    more, however wide the interval. key: the seed of all draws. spelling: this one alone. effects: False leaves out the runs
    in which nothing changed, and with them all effects. jobs: replicates at a time. resume: take replicates that an earlier
    run kept, and keep those that end.
    """

    response: Path | Response | None = None
    members: int | None = None
    replicates: int | None = None
    key: int = 1
    spelling: int | None = None
    effects: bool = True
    jobs: int | None = None
    resume: bool = False


@dataclass
class _State:
    """How far the work is."""

    going: Progressing
    progress: Progress | None = None
    taken: set[str] = field(default_factory=set)  # keys of replicates that an earlier run had kept

    def ended(self) -> None:
        """One replicate more has ended."""
        self.going.done += 1
        self._tell()

    def added(self, more: int) -> None:
        """So many more are needed."""
        self.going.total += more
        self._tell()

    def _tell(self) -> None:
        self.going.resumed = len(self.taken)
        if self.progress:
            self.progress(self.going.done, self.going.total)


def responded(scenario: Scenario, response: Path | Response | None) -> Scenario:
    """The scenario under a response; as it is without one. Raises BadInput."""
    chosen: Any = scenario
    return scenario if response is None else chosen.with_response(response)


def response_name(scenario: Scenario) -> str:
    """What the scenario's response is called."""
    return str(getattr(scenario, "response_name", DEFAULT_RESPONSE))


def run_cases(cases: Sequence[Case], asked: Asked, progress: Progress | None = None) -> list[CaseResult]:
    """The cases under one response, one after the other; a row a figure and spelling.

    Replicates are added until each figure's mean is known as well as the rules ask, or there are as many as they allow.
    `progress` is told of replicates of spellings: done, and all as far as is known. Raises BadInput.
    """
    chosen = [_chosen(case, asked) for case in cases]
    total = sum(len(case.spellings) * (asked.replicates or case.rules.replicates) for case in chosen)
    state = _State(Progressing(total, Kept.here() if asked.resume else None), progress)
    set_under_way(state.going)
    try:
        return [_run_case(*both, asked, state) for both in zip(cases, chosen, strict=True)]
    finally:
        if state.going.kept is not None:
            state.going.kept.prune()


def run_case(case: Case, asked: Asked) -> CaseResult:
    """One case under one response, as `run_cases` runs it. Raises BadInput."""
    return run_cases([case], asked)[0]


def _chosen(case: Case, asked: Asked) -> Case:
    """The case with what is asked for: the spelling, as far as it has it, the response, the members."""

    def changed(scenario: Scenario) -> Scenario:
        return resized(responded(scenario, asked.response), asked.members)

    spellings = tuple(s for s in case.spellings if asked.spelling in (None, s.number))
    return case.with_spellings(spellings).under(changed)


def _run_case(case: Case, chosen: Case, asked: Asked, state: _State) -> CaseResult:
    rows: list[Told] = []
    before, name = len(state.taken), DEFAULT_RESPONSE
    for spelling in chosen.spellings:
        compile_first(spelling.first)
        rows += _rows(chosen, spelling, asked, state)
        name = response_name(spelling.first)
    return CaseResult(case, name, tuple(rows), len(state.taken) - before)


def _rows(case: Case, spelling: Spelling, asked: Asked, state: _State) -> list[Told]:
    rules = case.rules
    values: list[tuple[Value, ...]] = []
    wanted = asked.replicates or rules.replicates
    most = wanted if asked.replicates else max(rules.most_replicates, wanted)
    do = partial(_replicate, case, spelling, asked, state)
    while True:
        ended: dict[int, tuple[Value, ...]] = {}
        for r, told in in_workers(do, range(len(values), wanted), asked.jobs):
            ended[r] = told
            state.ended()
        values += [ended[r] for r in sorted(ended)]
        means = [Mean.of([told[k].naive for told in values]) for k in range(len(case.text.figures))]
        if len(values) >= most or all(mean.known_to(rules.half_width) for mean in means):
            break
        wanted = min(most, wanted + _AT_A_TIME)
        state.added(wanted - len(values))
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


def _replicate(case: Case, spelling: Spelling, asked: Asked, state: _State, r: int) -> tuple[Value, ...]:
    """Every figure of a spelling in replicate `r`, taken from an earlier run where that kept it."""
    seed, kept = replicate_seed(asked.key, r), state.going.kept
    if kept is None:
        return values_of(case, spelling, seed, asked.effects)
    key = _key(kept, case, spelling, asked, seed)
    there = kept.get(key)
    if there is not None:
        state.taken.add(key)
        return tuple(Value(*pair) for pair in there["values"])
    values = values_of(case, spelling, seed, asked.effects)
    kept.put(key, {"values": [list(pair) for pair in values]})
    return values


def _key(kept: Kept, case: Case, spelling: Spelling, asked: Asked, seed: int) -> str:
    """A digest of everything that the values of a replicate follow from."""
    lived = [content(scenario, "") for scenario in (as_run(case, spelling), had_nothing_changed(case, spelling))]
    figures = [figure.model_dump(mode="json", exclude={"claim"}) for figure in case.text.figures]
    windows = case.windows.model_dump(mode="json")
    return digest(["case", kept.code, lived, figures, windows, asked.effects, seed])
