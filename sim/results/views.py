"""What views are drawn of: scenarios by name, their daily series, the runs taken apart; of one run or a comparison."""

from typing import Protocol

import numpy as np

from sim.breakdowns import Breakdowns
from sim.breakdowns.broken_down import COLUMNS, JOINED
from sim.catalogue import MONTH, WEEK
from sim.policies.acquisition import opened
from sim.scenario import Scenario


class Named(Protocol):
    """What has scenarios by name."""

    @property
    def names(self) -> list[str]:
        """The scenarios' names, in order."""
        ...

    @property
    def scenarios(self) -> tuple[Scenario, ...]:
        """The scenarios, in order."""
        ...


class Shown(Named, Protocol):
    """What views are drawn of: one run, or the mean of a comparison's replicates."""

    def series(self, name: str, column: str) -> list[np.ndarray]:
        """A daily series of each run, float64[days] each."""
        ...

    def breakdowns(self, name: str) -> Breakdowns:
        """A scenario taken apart."""
        ...

    def spent(self, name: str) -> float:
        """All that it costs after the product margin."""
        ...


def steps_to_loyal(breakdowns: Breakdowns, scenario: Scenario) -> tuple[str, list[tuple[str, float]]]:
    """How many came how far: people reached (where channels say how many), joined, interacted, bought, bought again, loyal.

    Of `joiners`, those who joined during the run; of `founders` where nobody joined: which of both is told first. Each step
    is a part of the one before it.
    """
    table = breakdowns.by_channel()
    joined = table.iloc[1:]
    who, rows = ("joiners", joined) if joined["members"].sum() > 0 else ("founders", table.iloc[:1])
    steps = [("joined" if who == "joiners" else who, float(rows["members"].sum()))]
    steps += [(step, float(rows[step].sum())) for step in ("interacted", "customers", "repeat", "loyal")]
    if who == "joiners" and any(way.channel.conversion for way in opened(scenario)):
        by_channel = dict(zip(joined["channel"], joined["members"], strict=True))
        steps.insert(0, ("reached", sum(_reached(scenario, channel, n) for channel, n in by_channel.items())))
    return who, steps


def _reached(scenario: Scenario, channel: str, joiners: float) -> float:
    """People whom a channel reached; where it does not say how many, those who joined.

    Where a phase changes its terms, joiners divide over these as was to be expected.
    """
    known = [way for way in opened(scenario) if way.channel.channel == channel]
    expected = [float(way.expected(scenario.days)[-1]) for way in known]
    total, reached = sum(expected), 0.0
    for way, part in zip(known, expected, strict=True):
        own = joiners * (part / total if total else 1.0 / len(known))
        if way.channel.reached_per_day is not None:
            reached += way.channel.reached_per_day * sum(min(end, scenario.days) - start for start, end in way.spells)
        else:
            reached += own / (way.channel.conversion or 1.0)
    return reached if known else joiners


def retained(breakdowns: Breakdowns) -> tuple[np.ndarray, np.ndarray]:
    """The triangle: of each cohort the share active in the pool so many months after its month of joining was over.

    float64[cohorts, months], NaN where the run does not follow; and float64[cohorts], how many joined. Founders are the
    first cohort. In the pool and with an interaction within 30 days, on the first evening of a week's end from which all of
    the cohort have been in for so many months.
    """
    weekly, days = breakdowns.weekly_by_cohort, breakdowns.days
    active, joined = weekly[:, :, COLUMNS.index("active_30")], weekly[:, :, JOINED].sum(axis=0)
    joined[0] = breakdowns.channel_ends["members"][0]
    months = max(days // MONTH, 1)
    share = np.full((len(joined), months), np.nan)
    for cohort in range(len(joined)):
        for month in range(months):
            end = MONTH * (cohort + month + 1)
            if end <= days and joined[cohort] > 0:
                share[cohort, month] = active[min(-(-end // WEEK), len(active)) - 1, cohort] / joined[cohort]
    return share, joined
