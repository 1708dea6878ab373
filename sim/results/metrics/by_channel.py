"""LTV and CAC by the channel through which members joined: the two measures taken apart, so that their parts add up.

LTV by channel asks for each member's value, which a run keeps with its members only: what is read off the members at the end
(sim/closing.py) has it by group.
"""

from typing import TYPE_CHECKING

import numpy as np

from sim.catalogue import NEVER
from sim.policies.acquisition import opened
from sim.policies.referral import CHANNEL_NAME, ways
from sim.results.metrics.account import joined_by_day
from sim.run import YEARLY_DISCOUNT, Run

if TYPE_CHECKING:
    import pandas as pd


def by_channel(run: Run) -> "pd.DataFrame":
    """One row a way into the pool: `channel`, `joiners`, `spend`, `cac` (spend a joiner), `ltv` (a joiner), `ltv_cac`.

    Money in the market's currency, of the whole pool where a part of it was simulated; NaN where nobody joined, and LTV/CAC
    where joiners cost nothing. Weighted by joiners, `cac` and `ltv` give the measures of these names. A channel whose terms
    a phase changes is one row: what was paid for all who came by it over how many they are. Friends whom members bring are
    the channel `referral`, their rewards its spend; who joins by what members share counts in the channel that it leads to,
    and costs nothing. Raises ValueError for a run that did not keep its members.
    """
    import pandas as pd

    if run.members is None or run.rest is None:
        raise ValueError("this run did not keep its members; run with keep_members=True")
    scenario = run.scenario
    there = run.members["joined"] < scenario.days
    members = run.members[there]
    value = (members["value"] + run.rest[there] - _tools_of(run, members)) / scenario.share
    channels = [channel.channel for channel in ways(scenario)]
    names = list(dict.fromkeys(channels))
    rows = np.array([0, *(1 + names.index(channel) for channel in channels)])[members["channel"]]  # founders 0
    joiners = np.bincount(rows, minlength=len(names) + 1)[1:] / scenario.share
    worth = np.bincount(rows, weights=value, minlength=len(names) + 1)[1:]
    spend = dict.fromkeys(names, 0.0)
    for way in opened(scenario):
        spend[way.channel.channel] += float(way.cost(joined_by_day(run, way)).sum())
    if CHANNEL_NAME in spend:
        spend[CHANNEL_NAME] += float(run.totals["rewards"])
    frame = pd.DataFrame({"channel": names, "joiners": joiners, "spend": list(spend.values())})
    frame["cac"] = (frame["spend"] / frame["joiners"]).where(joiners > 0)
    frame["ltv"] = (worth / frame["joiners"]).where(joiners > 0)
    frame["ltv_cac"] = (frame["ltv"] / frame["cac"]).where(frame["cac"] > 0)
    return frame


def _tools_of(run: Run, members: np.ndarray) -> np.ndarray:
    """Each member's part of the tools over the run, discounted to her day of joining, money; float64[n].

    A day's tools are shared among those in the pool in the evening: sum over her evenings d of tools / pool(d) times
    e^-f(d - joined).
    """
    days = run.scenario.days
    pool = run.daily["pool"].to_numpy(float)
    force = np.log1p(YEARLY_DISCOUNT) / 365.0
    a_head = run.scenario.costs.tools_per_day / np.maximum(pool, 1.0) * np.exp(-force * np.arange(days))
    summed = np.r_[0.0, np.cumsum(a_head)]
    joined = members["joined"].astype(np.int64)
    last = np.where(members["left"] == NEVER, days, members["left"]).astype(np.int64)
    cost: np.ndarray = (summed[last] - summed[joined]) * np.exp(force * joined)
    return cost
