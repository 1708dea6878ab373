"""What a measure may look at: the run and its counterfactuals, and the sums that several measures share."""

from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import numpy as np

from sim.catalogue import DAYS_A_MONTH, MONTH
from sim.policies.acquisition import Channel, Open, opened
from sim.run import Run


@dataclass(frozen=True)
class WithoutBenefits:
    """The same lives under the same policy, with its messages but without the coupons and benefits that it hands out."""

    run: Run
    used: int  # coupons and benefits used in the run with them
    anyway: int  # of these, how many have an order of their own within its days in the run without
    used_by: np.ndarray | None = None  # of a pool of which a part is simulated: by cluster (here of members' keys)
    anyway_by: np.ndarray | None = None


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
        tools = self.run.scenario.costs.tools_per_day * self.run.scenario.days
        return tools * self.run.left_out.members if self.run.left_out else tools

    @property
    def rewards(self) -> float:
        """What members and their friends were paid when these joined."""
        return float(self.total["rewards"])

    @cached_property
    def advertising(self) -> float:
        """Advertising over the run: what joiners and the people reached cost on their day."""
        return float(advertising_by_day(self.run).sum())

    @property
    def acquisition(self) -> float:
        """What winning members cost over the run: advertising, and rewards for referrals."""
        return self.advertising + self.rewards

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


def joined(run: Run) -> dict[Channel, float]:
    """How many joined through each channel, as it was before and after a phase changed it."""
    return {way.channel: float(joined_by_day(run, way).sum()) for way in opened(run.scenario)}


def joined_by_day(run: Run, way: Open) -> np.ndarray:
    """How many joined through a channel on each day, float64[days]: those simulated, for the whole pool."""
    share = run.scenario.share
    return _joiners(way, run.scenario.days, share) * (_there(run) / share)


def _there(run: Run) -> float:
    """The part of the joiners that a run without one of its clusters still has."""
    return run.left_out.joiners if run.left_out else 1.0


@lru_cache(maxsize=64)
def _joiners(way: Open, days: int, share: float) -> np.ndarray:
    """float64[days] of those simulated; it cannot be written to."""
    joiners = way.joiners(days, share).astype(float)
    joiners.flags.writeable = False
    return joiners


def cost_by_day(run: Run) -> np.ndarray:
    """What winning members cost on each day, float64[days]: advertising, and rewards on the day a friend joins."""
    cost: np.ndarray = advertising_by_day(run) + run.daily["rewards"].to_numpy()
    return cost


def advertising_by_day(run: Run) -> np.ndarray:
    """Advertising of each day, float64[days]: what joiners and the people reached cost on it."""
    cost = np.zeros(run.scenario.days)
    for way in opened(run.scenario):
        cost += way.cost(joined_by_day(run, way), _there(run))
    return cost
