"""Strategies compared on the same lives: replicates, paired differences, both kinds of uncertainty, a verdict in words.

Every replicate runs all scenarios on the same keyed draws. Two sets of replicates are run: with the response and the market
as they stand ("simulation only"), and with replicate r taking draw r of the priors and of the market's covariance ("all
uncertainty"). The mean is that of all uncertainty, and an interval says where one pool's outcome lies with 90 %: mean +- t
sd sqrt(1 + 1/R), Student's t with R - 1 degrees of freedom (the prediction interval of a normal sample), of shares on the
logit scale, of sums and ratios that are positive by their nature on that of logarithms, and from 8 replicates on as skewed
as these tell that it is; of shares with fewer than 20 events a run by the beta-binomial distribution; of times that a run
may not reach by their order. "By chance alone" is how far the draws of lives alone move it, around the same mean. Where a
share f of a pool is simulated, the variance of one pool is that between replicates less (1 - f) times their chance
variance, which leaving out one tile of members at a time tells.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from models.errors import BadInput
from models.words import Listed
from sim.results import lives, naive
from sim.results.market_head import one_currency
from sim.results.outcomes import Outcomes
from sim.results.quick_look import looked_at, sentences
from sim.results.replication.replicates import Kind, Replicate, run_replicates
from sim.results.simulation import resized
from sim.results.statistics.intervals import Difference
from sim.results.statistics.spread import Interval
from sim.results.tables import comparison_html
from sim.scenario import Scenario, load
from sim.scenario.loading import Source, responded
from sim.scenario.response_file import ResponseSource

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from models.words import Language
    from sim.results.beliefs import Belief

__all__ = ["Comparison", "Difference", "Interval", "Replicate", "compare"]


@dataclass(frozen=True, repr=False)
class Comparison(Outcomes):
    """Scenarios, their replicates' measures, what follows from them, a verdict in words and plots."""

    def verdict(self, lang: "Language" = "en") -> list[str]:
        """With three and more scenarios a text on which to choose; then one for each scenario but the reference."""
        from sim.results.verdict import verdicts

        return verdicts(self, lang)

    def cautions(self, lang: "Language" = "en") -> list[str]:
        """Measures not to steer by, since they reward whoever writes most; empty where there is none."""
        from sim.results.verdict import cautions

        return cautions(self, lang)

    def beliefs(self, lang: "Language" = "en") -> "list[Belief]":
        """What each strategy believes, and of what it expects (`expects:` of its file) whether that came true."""
        from sim.results.beliefs import beliefs

        return beliefs(self, lang)

    def wrong_beliefs(self, lang: "Language" = "en") -> list[str]:
        """A sentence for each thing that a strategy expects and that did not come true; empty where there is none."""
        from sim.results.beliefs import wrong_beliefs

        return wrong_beliefs(self, lang)

    def sizes(self, lang: "Language" = "en") -> list[str]:
        """What to know where pools were not as large as written, or a part of them was simulated; else nothing."""
        return [*sentences(self.scenarios, self.quick_looks, lang), *lives.sentences(self.scenarios, lang)]

    def _repr_html_(self) -> str:
        """The table of the main measures in a notebook, with what to make of it."""
        return comparison_html(self, [*self.sizes(), *self.cautions(), *self.verdict()])

    def plot(self, lang: "Language" = "en") -> "Figure":
        """The measures side by side, with their intervals."""
        from sim.results.plots import measures_side_by_side

        return measures_side_by_side(self, lang)


def compare(
    scenarios: Sequence[Source],
    *,
    members: int | None = None,
    days: int | None = None,
    replicates: int | None = None,
    seed: int | None = None,
    against: str | None = None,
    fixed_response: bool = False,
    jobs: int | None = None,
    progress: Callable[[int, int], None] | None = None,
    as_written: bool = False,
    resume: bool = False,
    lives: int | None = None,
    naive_differences: bool = False,
    response: ResponseSource | None = None,
) -> Comparison:
    """Compare scenarios (files, mappings or `Scenario`s) on common draws.

    members, lives, days, replicates, seed: replace the scenarios' own; replicates and seed are otherwise the first
    scenario's.
    as_written: with members, keep what they share (joiners a day, tools, budgets), which is scaled with them otherwise.
    against: the name of the scenario that the others are compared with; the first by default. fixed_response: leave
    the uncertainty of response and market out. jobs: how many replicates at a time (all cores by default), in threads
    up to 4, in processes beyond; an active joblib backend (Dask, Ray) is used if one is set. progress(done, all) is told
    as replicates end. resume: keep each replicate as it ends, and take those that an earlier run kept (the same to the
    bit); the command line does, a call only if asked, since it follows measures and models changed in a notebook that no
    digest of files can tell. naive_differences: also what an operator would publish, beside the effect on the same lives
    (a few more runs of each). response: a response file or a `Response` in place of each scenario's own. Raises BadInput.
    """
    started = time.perf_counter()
    if response is not None:
        _refuse_no_list(scenarios)
        scenarios = [responded(s, response) for s in scenarios]
    chosen = prepared(scenarios, members, days, replicates, seed, as_written, lives)
    looks = tuple(looked_at(load(s), members, as_written)[1] for s in scenarios)
    reference = against or chosen[0].name
    if reference not in [s.name for s in chosen]:
        raise BadInput(
            "{reference}: no scenario of this name; compare against {names}",
            reference=reference,
            names=Listed([s.name for s in chosen], "or"),
        )
    kinds: list[Kind] = ["simulation"] if fixed_response else ["all", "simulation"]
    finished, resumed = run_replicates(chosen, kinds, jobs, progress, resume=resume)
    claimed = {s.name: naive.of(s) for s in chosen} if naive_differences else {}
    seconds = time.perf_counter() - started
    return Comparison(
        tuple(chosen), reference, finished, seconds, quick_looks=looks, naive_records=claimed, resumed=resumed
    )


def prepared(
    scenarios: Sequence[Source],
    members: int | None,
    days: int | None,
    replicates: int | None,
    seed: int | None,
    as_written: bool = False,
    lives: int | None = None,
) -> list[Scenario]:
    """The scenarios as they are run: one number of replicates and one seed for all."""
    _refuse_no_list(scenarios)
    chosen = [resized(load(s), members, days, as_written, lives) for s in scenarios]
    names = [s.name for s in chosen]
    for name in names:
        if names.count(name) > 1:
            raise BadInput(
                "{name}: {times} scenarios have this name; give each its own with `name:`",
                name=name,
                times=names.count(name),
            )
    one_currency(chosen)
    common = {
        "replicates": chosen[0].replicates if replicates is None else replicates,
        "seed": chosen[0].seed if seed is None else seed,
    }
    return [s.with_changes(common) for s in chosen]


def _refuse_no_list(scenarios: Sequence[Source]) -> None:
    if isinstance(scenarios, str | Path | Mapping | Scenario) or not scenarios:
        raise BadInput("compare needs a list of at least one scenario")
