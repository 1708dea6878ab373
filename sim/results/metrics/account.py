"""What a measure may look at: the run and its counterfactuals, and the sums that several measures share."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from sim.catalogue import DAYS_A_MONTH, MONTH
from sim.run import Run


@dataclass(frozen=True)
class WithoutBenefits:
    """The same lives under the same policy, with its messages but without the coupons and benefits that it hands out."""

    run: Run
    used: int  # coupons and benefits used in the run with them
    anyway: int  # of these, how many have an order of their own within its days in the run without


@dataclass(frozen=True)
class Account:
    """What a measure may look at: the run, the counterfactual, and the run without coupons and benefits (None if the
    policy has none, or if that run was not made)."""

    run: Run
    counterfactual: Run
    without_benefits: WithoutBenefits | None = None

    @property
    def total(self) -> Any:
        """Sums over all days (a record of TALLY)."""
        return self.run.totals

    @property
    def end(self) -> Any:
        """What was read off the members at the end (a record of CLOSING)."""
        return self.run.closing

    @property
    def pool_months(self) -> float:
        """Member-months in the pool: evenings of all members in it, over a twelfth of a year."""
        return float(self.total["pool"]) / DAYS_A_MONTH

    @property
    def due(self) -> float:
        """Messages due to members in the pool: delivered, or kept back on the way to them."""
        return float(sum(self.total[name] for name in ("delivered", "unsent", "declined", "capped")))

    @property
    def handed_out(self) -> float:
        """Coupons and benefits handed out."""
        return float(self.total["issued"] + self.total["benefits_issued"])

    @cached_property
    def tools(self) -> float:
        """Tools and accounts over the run."""
        return self.run.scenario.costs.tools_per_day * self.run.scenario.days

    @cached_property
    def acquisition(self) -> float:
        """Advertising over the run: what joiners and the people reached cost on their day."""
        return float(cost_by_day(self.run).sum())

    @cached_property
    def contribution(self) -> float:
        """Margin less discounts, gifts, messages and tools, before acquisition."""
        return float(self.total["contribution"].sum()) - self.tools

    @cached_property
    def lifetime_value(self) -> np.ndarray:
        """Sum of lifetime values by group, float64[3]: realised, less tools, plus the rest in closed form."""
        value: np.ndarray = self.end["value"] + self.end["rest"] - self.run.tools
        return value


def ratio(above: float, below: float) -> float | None:
    """above / below; None if `below` is 0."""
    return float(above) / float(below) if below else None


def cohort_curve(run: Run) -> np.ndarray:
    """Mean contribution per joiner in each 30 days of membership, tools included; float64[months], pooled over the
    monthly cohorts that were followed through the whole of that month."""
    months = run.scenario.days // MONTH
    joined = joined_by_cohort(run)
    earned = earned_by_cohort(run, MONTH)
    curve = np.zeros(months)
    for k in range(months):
        followed = np.arange(months - k)
        curve[k] = earned[followed + k, followed].sum() / max(joined[followed].sum(), 1.0)
    return curve


def earned_by_cohort(run: Run, month: int) -> np.ndarray:
    """Contribution of joiners, tools included, in each `month` days of the run, by month of joining; float64[months, n]."""
    months = run.scenario.days // month
    tools = run.scenario.costs.tools_per_day / np.maximum(run.daily["pool"].to_numpy(), 1.0)
    money = run.cohorts[:, 0] - tools[:, None] * run.cohorts[:, 1]
    earned: np.ndarray = money[: months * month].reshape(months, month, money.shape[1]).sum(axis=1)
    return earned


def joined_by_cohort(run: Run) -> np.ndarray:
    """How many joined in each month of 30 days, float64[MAX_COHORTS]."""
    joined = np.zeros(run.cohorts.shape[2])
    np.add.at(joined, np.arange(run.scenario.days) // MONTH, run.daily["joined"].to_numpy())
    return joined


def cac_of(run: Run, channel: str) -> float:
    """What a joiner of a channel costs on the first day."""
    return next(c.cost_per_joiner for c in run.scenario.policy.acquisition if c.channel == channel)


def joined(run: Run) -> dict[str, int]:
    """How many joined through each channel."""
    days, share = run.scenario.days, run.scenario.share
    return {c.channel: int(c.joiners(days, share).sum()) for c in run.scenario.policy.acquisition}


def cost_by_day(run: Run) -> np.ndarray:
    """Advertising of each day, float64[days]: what joiners and the people reached cost on it."""
    days, share = run.scenario.days, run.scenario.share
    return sum((c.cost(days, share) for c in run.scenario.policy.acquisition), np.zeros(days))
