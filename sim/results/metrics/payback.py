"""When joiners have paid back what they cost: cohorts joined as ratios, and the first passage that lasts."""

import math

import numpy as np

from sim.catalogue import MONTH
from sim.policies.acquisition import opened
from sim.results.metrics.account import cost_by_day, earned_by_cohort
from sim.run import Run
from sim.scenario import Scenario


def followed(scenario: Scenario) -> float:
    """How many days a run follows those who join first: its days less the day on which somebody first joins."""
    days = scenario.days
    joining = sum((way.joiners(days, scenario.share) for way in opened(scenario)), np.zeros(days, np.int64))
    some = np.flatnonzero(joining)
    return float(days - some[0]) if len(some) else 0.0


def days_until_paid(run: Run) -> float:
    """Days from joining until joiners have paid their cost and stay above it; infinity if the run does not reach it."""
    ages, share = paid_share(run)
    return lasting_passage(ages, share, 1.0)


def paid_share(run: Run) -> tuple[np.ndarray, np.ndarray]:
    """Ages in days, and the share of their cost that joiners have paid back by then; float64[n] each, from (0, 0) on.

    At each age the growth is what the cohorts followed to that age earned at it, over what these cohorts cost: cohorts of
    different cost, age and number are joined as ratios of sums, as claims triangles are. A cohort joins over a month, so at
    the end of its month k its members have been in for k months less half of one. What is left up to the age of the very
    first joiners, whom no whole cohort reaches, goes on as the last month did.
    """
    days = run.scenario.days
    month = min(MONTH, days)
    months = days // month
    earned, cost = earned_by_cohort(run, month), cost_by_day(run)
    spent = np.array([cost[c * month : (c + 1) * month].sum() for c in range(months)])
    ages, share = [0.0], [0.0]
    for k in range(months):
        below = spent[: months - k].sum()
        if not below:
            break
        share.append(share[-1] + sum(earned[c + k, c] for c in range(months - k)) / below)
        ages.append((k + 0.5) * month)
    end = followed(run.scenario)
    if len(ages) > 1 and end > ages[-1]:
        slope = (share[-1] - share[-2]) / (ages[-1] - ages[-2])
        share.append(share[-1] + slope * (end - ages[-1]))
        ages.append(end)
    return np.array(ages), np.array(share)


def lasting_passage(at: np.ndarray, values: np.ndarray, level: float) -> float:
    """Where a broken line through (at, values) passes `level` upwards for the last time; infinity if it ends below."""
    below = np.flatnonzero(values < level)
    if not len(below):
        return float(at[0])
    k = int(below[-1])
    if k == len(at) - 1:
        return math.inf
    return float(at[k] + (at[k + 1] - at[k]) * (level - values[k]) / (values[k + 1] - values[k]))
