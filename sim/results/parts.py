"""What each policy of a strategy is worth: each switched off in turn, on the same lives.

A policy's worth is a measure of the whole strategy less that of the strategy without it, replicate by replicate on the same
draws. Policies work on one another (a benefit needs a message that brings it), so their worths do not add up to the worth of
all of them; that stands beside them, the whole less no operations at all.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from models.errors import BadInput
from sim.clock import duration
from sim.policies.in_force import InForce
from sim.policies.policy import POLICIES
from sim.results.comparison import Comparison, prepared
from sim.results.metrics import REGISTRY
from sim.results.quick_look import looked_at
from sim.results.replication.replicates import Kind, run_replicates
from sim.results.replication.workers import workers
from sim.results.showing import ends_of
from sim.results.statistics.intervals import Difference
from sim.results.wording import in_points, joined, signed_number
from sim.scenario import Scenario, load
from sim.scenario.loading import Source
from sim.words import Language, counted, number, say, told_apart, with_sign, with_unit

if TYPE_CHECKING:
    import pandas as pd

FEW = 5  # replicates: enough to tell large worths, and as many runs as there are policies
ALL = "all operations"
PHASES = "phases"
VALUE = "ltv_member"
SHOWN = (VALUE, "profit_per_member", "orders_per_year", "churn", "d30_retention", "messages_per_month")
ON_SCREEN = SHOWN[:4]  # as many as 100 columns hold
_RULE = (
    "Each is the whole strategy less the strategy without it, on the same lives; policies work on one another, so their "
    "worths do not add up."
)
_VERDICTS = {1: "Worth having, by LTV a member: {parts}.", -1: "Better left out, by LTV a member: {parts}."}
_WORDS = {
    "acquisition": "acquisition channels",
    "push": "the push",
    "coupons": "coupons",
    "benefits": "benefits",
    "touches": "further touches",
    "community": "communities",
    "membership": "membership",
    "referral": "referral",
    "lines": "further lines",
    "quiet_hours": "quiet hours",
    "account": "the account's persona",
    "welcome": "welcome",
    "follow_up": "follow-up",
    "wake_up": "wake-up",
    "birthday": "birthdays",
    "care": "care after complaints",
    "events": "events of the calendar",
    "service": "service",
    "crisis": "the crisis",
    "guard": "the guard",
    "experiments": "experiments",
    PHASES: "the changes of policy (phases)",
    ALL: "all operations",
}


@dataclass(frozen=True, repr=False)
class Parts:
    """What each policy of one strategy is worth. `comparison` has the whole strategy and a scenario without each part."""

    comparison: Comparison
    names: tuple[str, ...]  # of the policies that can be switched off, in the order of POLICIES, then PHASES and ALL

    def __repr__(self) -> str:
        n = len(self.comparison.replicates[self.comparison.kind])
        return f"Parts({self.whole}: {', '.join(self.names)}; {counted(n, 'replicate')})"

    def _repr_html_(self) -> str:
        """The table of worths in a notebook."""
        from sim.notebook import html_table

        heads, rows = self.table()
        return html_table(repr(self), heads, rows, self.sentences())

    @property
    def whole(self) -> str:
        """The name of the strategy as it is written."""
        return self.comparison.against

    def worth(self, part: str, measure: str = VALUE) -> Difference:
        """A measure of the whole strategy less that of the strategy without a part. Raises BadInput for other names."""
        if part not in self.names:
            raise BadInput(
                "{part}: no policy of {scenario} that can be switched off; it has {parts}",
                part=part,
                scenario=self.whole,
                parts=", ".join(self.names),
            )
        return self.comparison.difference(self.whole, measure, _without(self.whole, part))

    def ranked(self) -> list[str]:
        """The policies, that of the highest worth in LTV a member first; then those whose worth is undefined, then ALL."""
        means = {part: self.worth(part).interval.mean for part in self.names if part != ALL}
        known = sorted((part for part in means if means[part] is not None), key=lambda part: -(means[part] or 0.0))
        return [*known, *(part for part in means if means[part] is None), ALL]

    def table(self, lang: Language = "en", measures: tuple[str, ...] = SHOWN) -> tuple[list[str], list[list[str]]]:
        """Heads and rows: a policy a row, in each the worth in each measure, `+1.2 (0.4 … 2.0)`, of shares in points."""
        currency = self.comparison.scenarios[0].market.currency
        labels = [with_unit(say(REGISTRY[m].label, lang), REGISTRY[m].kind, currency, lang) for m in measures]
        rows = [
            [called(part, lang), *(worth_said(self.worth(part, m), m, lang) for m in measures)]
            for part in self.ranked()
        ]
        return [say("policy", lang), *labels], rows

    def frame(self) -> "pd.DataFrame":
        """One row a policy and measure: mean worth, its 90 % interval, and the chance that it is on the better side."""
        import pandas as pd

        rows = []
        for part in self.names:
            for measure in REGISTRY:
                worth = self.worth(part, measure)
                own = worth.interval
                told = {
                    "mean": own.mean,
                    "low": own.low,
                    "high": own.high,
                    "probability_better": worth.probability_better,
                }
                rows.append({"part": part, "measure": measure, **told})
        return pd.DataFrame(rows)

    def sentences(self, lang: Language = "en") -> list[str]:
        """What is surely worth having or not (its interval has no 0), what does nothing, and what cannot be told."""
        n = self.comparison.interval(self.whole, VALUE).n
        currency = self.comparison.scenarios[0].market.currency
        told, surely = [], [part for part in self.ranked() if part != ALL and self._is_sure(part)]
        for sign, text in _VERDICTS.items():
            chosen = [part for part in surely if part != "crisis"]  # which nobody chooses to have
            those = [part for part in chosen if (self.worth(part).interval.mean or 0.0) * sign > 0]
            if those:
                worths = [signed_number(self.worth(part).interval.mean, "money", lang) for part in those]
                listed = [f"{called(part, lang)} {w} {currency}" for part, w in zip(those, worths, strict=True)]
                told.append(say(text, lang, parts=joined(listed, lang)))
        nothing = [part for part in self.ranked() if part != ALL and self._is_nothing(part)]
        untold = [part for part in self.ranked() if part not in (*surely, *nothing, ALL)]
        unclear = [part for part in untold if part != "crisis"]
        if nothing:
            text = "Without any effect on LTV here: {parts}."
            told.append(say(text, lang, parts=joined([called(part, lang) for part in nothing], lang)))
        if unclear and n > 1:
            text = "The worth of {parts} cannot be told by {n} {n:replicate|replicates}."
            told.append(say(text, lang, parts=joined([called(part, lang) for part in unclear], lang), n=n))
        if len(untold) > len(unclear) and n > 1:
            told.append(say("What the crisis costs cannot be told by {n} {n:replicate|replicates}.", lang, n=n))
        return [*told, say(_RULE, lang)]

    def _is_sure(self, part: str) -> bool:
        own = self.worth(part).interval
        return own.low is not None and own.high is not None and (own.low > 0 or own.high < 0)

    def _is_nothing(self, part: str) -> bool:
        own = self.worth(part).interval
        return own.mean == 0 and not own.sd


def called(part: str, lang: Language = "en") -> str:
    """What a policy is called in tables; one without words of its own by its key."""
    return say(_WORDS[part], lang) if part in _WORDS else part


def worth_said(worth: Difference, measure: str, lang: Language) -> str:
    """`+1.2 (0.4 … 2.0)`; a dash where it is undefined, 0 where nothing differs."""
    own, kind = worth.interval, REGISTRY[measure].kind
    ends = ends_of(own, kind)
    if ends is None or own.low is None or own.mean is None or own.high is None or own.past:
        around = f" ({' … '.join(end.removesuffix(' %') for end in ends)})" if ends else ""
        return signed_number(own.mean, kind, lang) + around
    shown = (own.low, own.mean, own.high)  # a small mean lies within its interval as written, too
    low, mean, high = told_apart(*((value, partial(number, value, kind, "en")) for value in shown))
    return in_points(with_sign(mean), kind, lang) + f" ({low.removesuffix(' %')} … {high.removesuffix(' %')})"


def can_be_switched_off(scenario: Scenario) -> list[str]:
    """The policies that a scenario uses and that leave somebody in the pool when they are off; last its changes of "
    "policy."""
    in_force = InForce(scenario)
    used = [
        part.NAME
        for part in POLICIES
        # a copy that says its defaults is the same policy
        if any(
            part.off(policy).model_dump() != policy.model_dump() for policy in in_force.policies[: len(in_force.begins)]
        )
    ]
    nobody = scenario.founding == "fresh" and not scenario.members
    kept = [name for name in used if not (nobody and name == "acquisition")]
    return [*kept, PHASES] if _changes(scenario) and not (nobody and not scenario.policy.acquisition) else kept


def _changes(scenario: Scenario) -> bool:
    """True if another policy than the first is in force on some day."""
    in_force = InForce(scenario)
    return any(policy != scenario.policy for policy in in_force.policies[: len(in_force.begins)])


def _switched_off(scenario: Scenario, part: str) -> Scenario:
    """The scenario without a part: a policy is off in every phase; without its phases it stays as it begins."""
    if part == PHASES:
        return scenario.model_copy(update={"phases": ()})
    off = next(policy.off for policy in POLICIES if part == policy.NAME)
    return scenario.under(off)


def runs_of(scenario: Scenario, replicates: int | None = None) -> int:
    """How many runs it takes to tell what a scenario's policies are worth."""
    return (2 + len(can_be_switched_off(scenario))) * (replicates or min(FEW, scenario.replicates))


def time_of(result: Comparison, scenario: Scenario, jobs: int | None, lang: Language = "en") -> str:
    """How long that takes, told by the runs of a comparison that has the scenario."""
    at = result.names.index(scenario.name)
    runs = [row[at].seconds for row in result.replicates[result.kind]]
    side_by_side = workers(jobs, min(FEW, scenario.replicates))
    # each run comes with another one without operations, which takes hardly any time
    return duration(runs_of(scenario) * sum(runs) / len(runs) / side_by_side, lang)


def parts(
    scenario: Source,
    *,
    members: int | None = None,
    days: int | None = None,
    replicates: int | None = None,
    seed: int | None = None,
    fixed_response: bool = False,
    jobs: int | None = None,
    progress: Callable[[int, int], None] | None = None,
    as_written: bool = False,
    resume: bool = False,
    lives: int | None = None,
) -> Parts:
    """What each policy of a scenario (a file, a mapping or a `Scenario`) is worth, switched off in turn.

    replicates: 5 by default, or the scenario's own where these are fewer. The other arguments are those of `compare`.
    Raises BadInput, also where the scenario has no policy.
    """
    started = time.perf_counter()
    source = load(scenario)
    few = min(FEW, source.replicates) if replicates is None else replicates
    (whole,) = prepared([source], members, days, few, seed, as_written, lives)
    used = can_be_switched_off(whole)
    if not used:
        raise BadInput(
            "{scenario}: there is no policy that could be switched off; give it one under policy.", scenario=whole.name
        )
    variants = [_switched_off(whole, part).model_copy(update={"name": _without(whole.name, part)}) for part in used]
    nothing = whole.no_operations().model_copy(update={"name": _without(whole.name, ALL)})
    scenarios = [whole, *variants, nothing]
    kind: Kind = "simulation" if fixed_response else "all"
    finished, resumed = run_replicates(scenarios, [kind], jobs, progress, benefits=False, resume=resume)
    looks = tuple(looked_at(source, members, as_written)[1] for _ in scenarios)
    seconds = time.perf_counter() - started
    comparison = Comparison(tuple(scenarios), whole.name, finished, seconds, quick_looks=looks, resumed=resumed)
    return Parts(comparison, (*used, ALL))


def _without(whole: str, part: str) -> str:
    return f"{whole} without {part}"
