"""Experiments: some members or groups, drawn by chance, get something else for some weeks, beside the rest of them.

An arm is a change like a segment's and goes on top of it: a member's row in the week's plan is her segment's, changed by the
arms that she is in. She is in an arm by her key, or by the account that writes to her group, so it is the same one week
after week and in every run on the same seed. Arms change at reviews.
"""

import math
from collections.abc import Sequence
from itertools import combinations
from typing import TYPE_CHECKING, Annotated, Literal

import numpy as np
from pydantic import AfterValidator, Field, model_validator

from sim.catalogue import MAX_DAYS, WEEK
from sim.engine.fields import record
from sim.policies.content import ContentMix
from sim.policies.coupons import Coupon, keyed_rules
from sim.policies.lines import Lines
from sim.policies.push import PushChange
from sim.policies.routines import all_rows
from sim.reading.part import Misfit, Name, Part, Share

if TYPE_CHECKING:
    from sim.policies.policy import Policy

MOST = 8


class Experiment(Part):
    """One experiment: who gets something else, for how long, and what. Keys left out stay as without it."""

    name: Name = Field(description="what tables call the experiment")
    by: Literal["member", "community"] = Field(
        default="member",
        description="member: each is drawn by herself; community: all whom one account writes to together, for what spreads "
        "in a group",
    )
    share: Share = Field(default=0.5, description="share of members, or of groups, who get the change")
    from_day: int = Field(
        default=0,
        ge=0,
        le=MAX_DAYS,
        description="day of the run; it begins with the next weekly review, on it or after",
    )
    until_day: int | None = Field(
        default=None,
        ge=1,
        le=MAX_DAYS,
        description="day of the run from whose review on, or the next one, all get the same again; left out: to the end",
    )
    push: PushChange | None = Field(default=None, description="changes to the push; keys left out stay")
    content: ContentMix | None = Field(default=None, description="another mix, in full")
    lines: Lines | None = Field(default=None, description="other lines in place of those of her segment; [] for none")
    coupons: Annotated[tuple[Coupon, ...], Field(strict=False)] | None = Field(
        default=None, description="other coupons in place of those of her segment; [] for none"
    )

    @model_validator(mode="after")
    def _has_a_week(self) -> "Experiment":
        if self.end_day <= self.first_day:
            raise Misfit(
                "leaves the experiment no week: it begins with the review of day {begins} and is over with that of "
                "day {ends}; make it {least} or more",
                "until_day",
                begins=self.first_day,
                ends=int(self.end_day),
                least=self.first_day + WEEK,
            )
        return self

    @property
    def first_day(self) -> int:
        """The day of the review with which it begins."""
        return -(-self.from_day // WEEK) * WEEK

    @property
    def end_day(self) -> float:
        """The day of the review from which on all get the same again; infinity if it has no end of its own."""
        return math.inf if self.until_day is None else -(-self.until_day // WEEK) * WEEK

    @property
    def changes_nothing(self) -> bool:
        """True if both arms get the same, as in an A/A test."""
        return self.push is None and self.content is None and self.lines is None and self.coupons is None


def _named_once(experiments: tuple[Experiment, ...]) -> tuple[Experiment, ...]:
    names = [experiment.name for experiment in experiments]
    for ordinal, name in enumerate(names):
        if name in names[:ordinal]:
            raise Misfit(
                "there is an experiment {name} already; give each its own name",
                ordinal,
                "name",
                name=name,
            )
    return experiments


Experiments = Annotated[tuple[Experiment, ...], Field(strict=False, max_length=MOST), AfterValidator(_named_once)]

NAME = "experiments"
# what members of both arms can share, so that what one arm gets also reaches the other: an estimate is off by it
TIES = ("budgets", "groups", "sessions", "high_value", "friends", "service", "events", "guard")
# an experiment as the review asks for a member's arm
TEST = record([("number", "i8"), ("by_community", "i8"), ("share", "f8")])


def off(policy: "Policy") -> "Policy":
    """No experiment."""
    return policy.model_copy(update={NAME: ()})


def over(policy: "Policy") -> "Policy":
    """All experiments have ended: nobody is in an arm, and what arms were given before stays what it is."""
    ended = tuple(experiment.model_copy(update={"share": 0.0}) for experiment in policy.experiments)
    return policy.model_copy(update={NAME: ended})


def for_all(policy: "Policy", number: int, share: float) -> "Policy":
    """The policy with everybody in one arm of an experiment: the change (share 1), or not (0)."""
    experiments = list(policy.experiments)
    experiments[number] = experiments[number].model_copy(update={"share": share})
    return policy.model_copy(update={NAME: tuple(experiments)})


def in_force(experiments: Sequence[Experiment], day: int) -> tuple[int, ...]:
    """The numbers of the experiments that run in the week that begins on `day`."""
    return tuple(n for n, test in enumerate(experiments) if test.first_day <= day < test.end_day)


def together(experiments: Sequence[Experiment]) -> list[tuple[int, ...]]:
    """Every set of arms (numbers of experiments) in which a member can be in one week, none first.

    Experiments that follow one another need few sets, n at the same time 2^n.
    """
    sets: set[tuple[int, ...]] = {()}
    for begins in {test.first_day for test in experiments}:
        there = in_force(experiments, begins)
        sets |= {arms for size in range(len(there) + 1) for arms in combinations(there, size)}
    return sorted(sets, key=lambda arms: (len(arms), arms))


class Arms:
    """What reviews have to know of a policy's experiments."""

    def __init__(self, policy: "Policy") -> None:
        self._experiments = policy.experiments
        self._place = {arms: place for place, arms in enumerate(together(policy.experiments))}

    def at(self, day: int) -> tuple[np.ndarray, np.ndarray]:
        """Of the week that begins on `day`: TEST[k], the experiments that run, and int64[2^k], the place in `together` of a
        set of arms, by its bits (the j-th is set for who is in the j-th of these)."""
        there = in_force(self._experiments, day)
        return np.array([as_test(self._experiments[n], n) for n in there], TEST).reshape(-1), np.array(
            [self._place[tuple(n for j, n in enumerate(there) if bits >> j & 1)] for bits in range(1 << len(there))]
        )


def as_test(experiment: Experiment, number: int) -> tuple[int, int, float]:
    """An experiment, the number-th of its policy, as a record of TEST has it."""
    return number, int(experiment.by == "community"), experiment.share


def ties(policy: "Policy", number: int) -> list[str]:
    """Which of TIES members of both arms of an experiment share. With none of it the arms are two pools side by side."""
    test, groups = policy.experiments[number], policy.community
    rules = [rule for _, rule in keyed_rules(policy)]
    budgets = [*(rule.budget for rule in rules), *(benefit.budget for benefit in policy.benefits.values())]
    audiences = [*policy.segments, *(rule.to for rule in rules), *(touch.to for touch in all_rows(policy))]
    shared = {
        "budgets": any(budget is not None for budget in budgets),
        "groups": groups is not None and test.by == "member",
        "sessions": groups is not None and test.by == "community" and any(item.cost for item in groups.programme),
        "high_value": "high_value" in audiences,
        "friends": policy.referral is not None,
        "service": policy.service is not None,
        "events": any(event.cost for event in policy.events.values()),
        "guard": policy.guard is not None and bool(policy.guard.acts),
    }
    return [name for name in TIES if shared[name]]
