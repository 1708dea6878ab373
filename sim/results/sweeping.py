"""Sweeps: one or two keys of a scenario over many values, on common draws; how flat the top is and the best value."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np

from models.errors import BadInput
from models.words import Listed
from sim.results.comparison import Comparison, prepared
from sim.results.quick_look import looked_at
from sim.results.replication.replicates import Kind, run_replicates
from sim.results.simulation import resized
from sim.results.sweep_outcomes import OBJECTIVE, SweepOutcomes
from sim.results.tables import sweep_html
from sim.scenario import Scenario
from sim.scenario.loading import Source, responded
from sim.scenario.response_file import ResponseSource

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from models.words import Language

_MOST = 400  # combinations
_LONGEST = 60  # characters of a scenario's name
_PLAIN = 2  # words after `policy` of a key that has no number and no name of the planner's own in it
_NUMBER = r"\d+(?:\.\d+)?(?:[eE][+-]?\d+)?"
_RANGE = re.compile(rf"(-?{_NUMBER})\.\.(-?{_NUMBER})(?::({_NUMBER}))?")


@dataclass(frozen=True, repr=False)
class Sweep(SweepOutcomes):
    """What was swept, a comparison with one scenario a combination of values, a verdict in words and plots."""

    comparison: Comparison

    def verdict(self, lang: "Language" = "en") -> str:
        """How wide the flat top is, the best value, and whether it lies at the end of the range."""
        from sim.results.sweep_verdict import sweep_sentence

        return sweep_sentence(self, lang)

    def _repr_html_(self) -> str | None:
        """The table of the values tried in a notebook; None, and so the text, where the objective is nowhere defined."""
        try:
            return sweep_html(self, self.verdict())
        except BadInput:
            return None

    def plot(self, lang: "Language" = "en") -> "Figure":
        """Response curves of profit, churn and LTV/CAC."""
        from sim.results.plots import sweep_curves

        return sweep_curves(self, lang)


def sweep(
    scenario: Source,
    over: Mapping[str, Sequence[Any]],
    *,
    members: int | None = None,
    days: int | None = None,
    replicates: int | None = None,
    seed: int | None = None,
    fixed_response: bool = False,
    objective: str = OBJECTIVE,
    jobs: int | None = None,
    progress: Callable[[int, int], None] | None = None,
    as_written: bool = False,
    resume: bool = False,
    lives: int | None = None,
    response: ResponseSource | None = None,
) -> Sweep:
    """Run a scenario at every value of one key, or every combination of two: {"policy.push.per_week": range(1, 15)}.

    objective: the measure whose highest mean is called best. The rest is as in `compare`; swept values are for the pool
    as written, so with `members` they are scaled like those of the scenario. Raises BadInput.
    """
    from sim.results.metrics import REGISTRY

    if objective not in REGISTRY or REGISTRY[objective].better != "higher":
        allowed = Listed([n for n, m in REGISTRY.items() if m.better == "higher"], ",")
        raise BadInput(
            "{objective}: not a measure to make large; choose one of {allowed}",
            objective=objective,
            allowed=allowed,
        )
    if not 1 <= len(over) <= 2:
        raise BadInput("a sweep takes one key or two")
    for key, each in over.items():
        if not isinstance(each, Iterable) or isinstance(each, str):
            raise BadInput("{key}: give a list of values, not {given!r}", key=key, given=each)
    values = tuple(tuple(v) for v in over.values())
    points = tuple(product(*values))
    if not 2 <= len(points) <= _MOST:
        raise BadInput(
            "{keys}: {combinations} combinations; give 2 to {most}",
            keys=Listed(list(over)),
            combinations=len(points),
            most=_MOST,
        )
    for key, given in zip(over, values, strict=True):
        twice = next((v for n, v in enumerate(given) if v in given[:n]), None)
        if twice is not None:
            raise BadInput("{key}: {twice} is given twice; give each value once", key=key, twice=twice)
    if "lives" in over:
        raise BadInput(
            "lives: says how many members stand for the pool and is no part of a strategy, so no value of it is the best; "
            "leave it out of the sweep"
        )
    if "seed" in over:
        raise BadInput(
            "seed: draws other lives and is no part of a strategy, so no value of it is the best; more replicates show how "
            "much lives differ"
        )
    if "members" in over and members is not None:
        raise BadInput("members: is swept, so its values cannot be replaced; leave out --members")
    base = resized(responded(scenario, response), None, days)
    variants = [_variant(base, tuple(over), point, index) for index, point in enumerate(points)]
    chosen = prepared(variants, members, None, replicates, seed, as_written, lives)
    looks = tuple(looked_at(v, members, as_written)[1] for v in variants)
    kinds: list[Kind] = ["simulation"] if fixed_response else ["all"]
    finished, resumed = run_replicates(chosen, kinds, jobs, progress, benefits=False, resume=resume)
    seconds = sum(r.seconds for rows in finished.values() for row in rows for r in row)
    result = Comparison(tuple(chosen), chosen[0].name, finished, seconds, quick_looks=looks, resumed=resumed)
    return Sweep(tuple(over), values, points, result, objective)


def short_name(key: str) -> str:
    """What names and folders call a key: its last word where no other key is called so, else all its words.

    The last word of `policy.service.staff` is `staff`; `phases.0.policy.service.staff` is another key, and a sweep over it
    `phases-0-service-staff`.
    """
    words = key.split(".")
    own = [word for word in words if word != "policy"]
    of_the_policy = words[0] == "policy" and len(own) <= _PLAIN and own[-1] not in Scenario.model_fields
    named = own[-1] if of_the_policy else "-".join(own)
    return re.sub(r"[^\w-]+", "-", named)


def _variant(base: Scenario, keys: tuple[str, ...], point: tuple[Any, ...], index: int) -> Scenario:
    label = "_".join(f"{short_name(key)}-{value}" for key, value in zip(keys, point, strict=True))
    changed = base.with_changes(dict(zip(keys, point, strict=True)))
    name = re.sub(r"[^\w-]+", "-", f"{base.name}-{label}").strip("-")
    return changed.model_copy(update={"name": name if len(name) <= _LONGEST else f"{base.name[:40]}-{index}"})


def parse_values(text: str) -> tuple[str, list[Any]]:
    """`KEY=1..14`, `KEY=0..1:0.25` or `KEY=a,b,c` as (key, values). Raises BadInput."""
    key, _, written = text.partition("=")
    if not key.strip() or not written.strip():
        raise BadInput("{text}: write what to sweep as KEY=1..14 or KEY=1,2,4", text=text)
    span = _RANGE.fullmatch(written.strip())
    if span is None:
        return key.strip(), [_number(part.strip()) for part in written.split(",") if part.strip()]
    low, high, step = (float(x) if x else 1.0 for x in span.groups())
    if high < low or step <= 0 or not (high - low) / step <= _MOST:
        raise BadInput("{text}: the range has to rise, in at most {most} steps", text=text, most=_MOST)
    steps = low + step * np.arange(int(np.floor((high - low) / step + 1e-9)) + 1)
    return key.strip(), [_number(f"{v:.10g}") for v in steps]


def _number(text: str) -> Any:
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return {"true": True, "false": False}.get(text, text)
