"""Case files: what was published and how it is measured (case.yaml), the rules for all (rules.yaml), and the spellings.

A folder of a case holds `case.yaml` and, for each spelling N, the scenarios `N-before.yaml` and `N-after.yaml`; a case
without a change of policy has one of the two.
"""

import hashlib
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Literal, TypeAlias

from pydantic import Field, model_validator

from models.errors import BadInput
from models.words import Listed, Remark
from sim.catalogue import MAX_DAYS
from sim.drafting.shipped import shipped
from sim.policies.acquisition import opened
from sim.policies.in_force import review_of
from sim.reading.files import read_of_cases
from sim.reading.part import Misfit, Name, Part, suggestion
from sim.reading.positions import Tree
from sim.reading.refusals import validated
from sim.results import beside_public, windows
from sim.results.windows import Window
from sim.scenario import Scenario, load

Side: TypeAlias = Literal["before", "after", "change"]
Kind: TypeAlias = Literal["share", "ratio", "lift", "floor", "ceiling"]
CASE_FILE, RULES_FILE, FROZEN_FILE = "case.yaml", "rules.yaml", "frozen.json"
MEASURES = (*windows.NAMES, beside_public.NAME)
_Span = Annotated[tuple[int, int], Field(strict=False)]


class Figure(Part):
    """One published number: which measure of which side, and how near a simulation has to come."""

    name: str = Field(min_length=1, max_length=40, description="what the figure is called within its case")
    measure: str = Field(description="a measure over a window (sim/results/windows.py), or sales_times_public")
    who: str | None = Field(default=None, description="of which segment or group; left out: everybody")
    side: Side = Field(description="before, after, or change: after over before")
    kind: Kind = Field(description="share, ratio, lift (relative change), floor (at least), ceiling (below)")
    claim: float = Field(description="what was published; a lift of +30 % is 0.30")

    @model_validator(mode="after")
    def _can_be_measured(self) -> "Figure":
        if self.measure not in MEASURES:
            raise Misfit(
                "{measure!r} is no measure of a case; {hint}",
                "measure",
                measure=self.measure,
                hint=suggestion(self.measure, MEASURES),
            )
        if self.measure == beside_public.NAME and self.who not in beside_public.GROUPS:
            raise Misfit("names a group of members: {groups}", "who", groups=Listed(list(beside_public.GROUPS), ","))
        if self.measure not in (*windows.OF_SEGMENTS, beside_public.NAME) and self.who is not None:
            raise Misfit(
                "goes with {names} only; leave it out",
                "who",
                names=Listed([*windows.OF_SEGMENTS, beside_public.NAME], ","),
            )
        if self.kind == "lift" and self.side != "change":
            raise Misfit("a lift is a change: write side: change, or another kind", "kind")
        if self.kind == "ratio" and self.claim <= 0:
            raise Misfit("a ratio is above 0", "claim")
        return self


class CaseText(Part):
    """case.yaml as written."""

    id: Name = Field(description="the name of the case, that of its folder")
    trade: str = Field(description="the trade that it comes from")
    input: bool = Field(default=False, description="true: it mostly follows from what is put in; shown, not counted")
    says: str = Field(description="what was published, in a sentence")
    says_zh: str = Field(description="the same in Chinese")
    windows: str = Field(description="which row of windows in rules.yaml it is measured over")
    figures: Annotated[tuple[Figure, ...], Field(strict=False)]

    @model_validator(mode="after")
    def _has_a_figure(self) -> "CaseText":
        if not self.figures:
            raise Misfit("a case has one figure at least", "figures")
        return self


class Windows(Part):
    """When the policy changes and over which days is measured; days count from the change, without one from the first."""

    switch: int | None = Field(default=None, ge=1, le=MAX_DAYS)
    before: _Span | None = None
    after: _Span | None = None

    @property
    def changes_on(self) -> int | None:
        """The day from which the other policy is in force: a weekly review."""
        return None if self.switch is None else review_of(self.switch)

    def of(self, side: Literal["before", "after"]) -> Window | None:
        """The window of a side, in days of the run; None where the row has none."""
        span: tuple[int, int] | None = getattr(self, side)
        start = self.changes_on or 0
        return None if span is None else Window(start + span[0], start + span[1])

    @property
    def all(self) -> list[Window]:
        """Its windows, in order."""
        return [window for side in ("before", "after") if (window := self.of(side)) is not None]

    @model_validator(mode="after")
    def _within_a_run(self) -> "Windows":
        if not self.all:
            raise Misfit("has no days; give before, after, or both")
        for window in self.all:
            if not 0 <= window.first < window.end <= MAX_DAYS:
                raise Misfit(
                    "leads from day {first} to day {end} of the run; days count from the change and end after they begin",
                    first=window.first,
                    end=window.end,
                )
        if self.switch is not None and len(self.all) < 2:
            raise Misfit("needs days before it and after it", "switch")
        return self


class Rules(Part):
    """rules.yaml: one table for all cases."""

    pool: str = Field(description="the scenario that all spellings start from")
    joiners_a_day: float = Field(gt=0)
    members: int = Field(ge=1, description="founding members from which a spelling is judged")
    replicates: int = Field(ge=2, description="replicates from which a spelling is judged")
    most_replicates: int = Field(ge=2, description="replicates at most; then the interval is as wide as it is")
    half_width: float = Field(gt=0, description="of the mean's interval, over the mean, that is asked for")
    windows: dict[str, Windows]


@dataclass(frozen=True)
class Spelling:
    """How one reader spelt a case: the policy before, the one after, or the only one there is."""

    number: int
    before: Scenario | None
    after: Scenario | None

    @property
    def first(self) -> Scenario:
        """The policy of the run's first day."""
        scenario = self.before or self.after
        assert scenario is not None
        return scenario


@dataclass(frozen=True)
class Case:
    """A published case with its windows and its spellings."""

    text: CaseText
    rules: Rules
    windows: Windows
    spellings: tuple[Spelling, ...]

    @property
    def id(self) -> str:
        """Its name."""
        return self.text.id

    def with_spellings(self, spellings: tuple[Spelling, ...]) -> "Case":
        """The case with these spellings in place of its own."""
        return replace(self, spellings=spellings)

    def under(self, change: Callable[[Scenario], Scenario]) -> "Case":
        """The case with every scenario of its spellings changed alike: another response, another number of the market."""

        def of(scenario: Scenario | None) -> Scenario | None:
            return None if scenario is None else change(scenario)

        return self.with_spellings(tuple(Spelling(s.number, of(s.before), of(s.after)) for s in self.spellings))


def cases_folder() -> Path:
    """Where the cases that come with siyu lie. Raises BadInput where they are missing."""
    return shipped() / "cases"


def read_cases(names: Iterable[str] = (), folder: Path | None = None) -> list[Case]:
    """The cases of these names, each once, in the order given; all without any. Raises BadInput."""
    folder = folder or cases_folder()
    if not folder.is_dir():
        text = "{folder}: there is no such folder; a folder of cases holds rules.yaml and a folder for each case"
        raise BadInput(text, folder=folder)
    known = sorted(path.parent.name for path in folder.glob(f"*/{CASE_FILE}"))
    wanted = list(dict.fromkeys(names))
    for name in wanted:
        if name not in known:
            raise BadInput("{name}: no case of this name; {hint}", name=name, hint=suggestion(name, known or ["-"]))
    rules = read_rules(folder)
    return [read_case(folder / name, rules) for name in wanted or known]


def read_rules(folder: Path) -> Rules:
    """The rules of all cases in a folder. Raises BadInput."""
    return validated(Rules, read_of_cases(folder / RULES_FILE, is_rules=True))


def read_case(folder: Path, rules: Rules) -> Case:
    """The case in a folder, its spellings read and checked. Raises BadInput, with file, line and column."""
    tree = read_of_cases(folder / CASE_FILE)
    text = validated(CaseText, tree)
    if text.id != folder.name:
        raise _refused(tree, ("id",), "is not the name of its folder, {folder}", folder=folder.name)
    if text.windows not in rules.windows:
        hint = suggestion(text.windows, list(rules.windows))
        raise _refused(tree, ("windows",), "{name!r} is no row of the rules; {hint}", name=text.windows, hint=hint)
    own = rules.windows[text.windows]
    for number, figure in enumerate(text.figures):
        missing = [side for side in _sides(figure.side) if own.of(side) is None]
        if missing:
            raise _refused(
                tree, ("figures", number, "side"), "{windows} has no days {side}", windows=text.windows, side=missing[0]
            )
    spellings = _spellings(folder, own)
    for spelling in spellings:
        _check(spelling, text, rules, folder)
        _check_segments(spelling, text, tree)
    return Case(text, rules, own, spellings)


def _sides(side: Side) -> tuple[Literal["before", "after"], ...]:
    return ("before", "after") if side == "change" else (side,)


def _refused(tree: Tree, at: tuple[str | int, ...], text: str, **values: object) -> BadInput:
    return BadInput(
        "{place}: {key}: {problem}",
        place=tree.at(at).place,
        key=".".join(map(str, at)),
        problem=Remark(text, values),
    )


def _spellings(folder: Path, own: Windows) -> tuple[Spelling, ...]:
    numbers = sorted({int(path.name.split("-")[0]) for path in folder.glob("[0-9]*-*.yaml")})
    if not numbers:
        raise BadInput("{folder}: there is no spelling; write 1-before.yaml or 1-after.yaml", folder=folder)
    spellings = []
    for number in numbers:
        files = {side: folder / f"{number}-{side}.yaml" for side in ("before", "after")}
        there = {side: load(path) for side, path in files.items() if path.is_file()}
        if (own.switch is None) == (len(there) == 2):
            raise BadInput(
                "{folder}: spelling {number} needs a scenario before and one after"
                if own.switch is not None
                else "{folder}: spelling {number} has no change of policy and needs one scenario, before or after",
                folder=folder,
                number=number,
            )
        spellings.append(Spelling(number, there.get("before"), there.get("after")))
    return tuple(spellings)


def _check(spelling: Spelling, text: CaseText, rules: Rules, folder: Path) -> None:
    """Raise BadInput for a spelling that breaks the rules of all."""
    if spelling.before and spelling.after:
        keys = [key for key, _, _ in spelling.after.differences(spelling.before)]
        others = [key for key in keys if not key.startswith("policy")]
        if others:
            raise BadInput(
                "{file}: {key}: before and after of a case differ in their policy only; leave it as it is before",
                file=folder / f"{spelling.number}-after.yaml",
                key=others[0],
            )
    for side, scenario in (("before", spelling.before), ("after", spelling.after)):
        if scenario is not None:
            _check_scenario(scenario, text, rules, folder / f"{spelling.number}-{side}.yaml")


def _check_scenario(scenario: Scenario, text: CaseText, rules: Rules, file: Path) -> None:
    if scenario.phases:
        raise BadInput("{file}: phases: a case changes its policy by its two scenarios; leave phases out", file=file)
    a_day = sum(float(way.expected(1)[-1]) for way in opened(scenario))
    if not text.input and abs(a_day - rules.joiners_a_day) > 1e-6 * rules.joiners_a_day:
        raise BadInput(
            "{file}: policy.acquisition: {joiners:g} join a day; in all cases that are counted it is {rule:g}",
            file=file,
            joiners=a_day,
            rule=rules.joiners_a_day,
        )


def _check_segments(spelling: Spelling, text: CaseText, tree: Tree) -> None:
    """Raise BadInput where a figure is of a segment that a policy of the spelling does not know."""
    for number, figure in enumerate(text.figures):
        if figure.who is None or figure.measure not in windows.OF_SEGMENTS:
            continue
        for scenario in (spelling.before, spelling.after):
            if scenario is not None and figure.who not in scenario.policy.segments:
                raise _refused(
                    tree,
                    ("figures", number, "who"),
                    "spelling {number} has no segment {name}",
                    number=spelling.number,
                    name=figure.who,
                )


def digests(folder: Path) -> dict[str, str]:
    """SHA-256 of every YAML file below a folder of cases, by its path there, in the order of paths."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*.yaml"))
    }


def changed_since_frozen(folder: Path) -> list[str]:
    """Files that are not as frozen.json holds them: changed, added or gone; in the order of paths."""
    frozen: dict[str, str] = json.loads((folder / FROZEN_FILE).read_text(encoding="utf-8"))["files"]
    now = digests(folder)
    return sorted(name for name in frozen.keys() | now.keys() if frozen.get(name) != now.get(name))
