"""Touches: messages that a member gets so many days after something that happened to her.

Welcome, follow-up, wake-up, birthday and care (files of their own) are rows of the same table, each with the date that it
counts from; under `touches` a row names that date itself.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

import numpy as np
from pydantic import Field, model_validator

from sim.catalogue import (
    ANCHORS,
    AT_JOINING,
    AT_SILENCE,
    MAX_DAYS,
    MAX_TOUCHES,
    SILENT_AFTER,
    STAGES,
    WAKES_WITHIN,
    Anchor,
    Audience,
    ContentType,
)
from sim.engine.fields import record
from sim.policies import benefits
from sim.policies.audience import EVERYBODY, HIGH_VALUE, STAGE, target
from sim.policies.consent import unmuted
from sim.policies.in_force import InForce
from sim.policies.message import MESSAGE, Aim, Carried, Decided, Executed, Through, hour_match, message_of
from sim.policies.quiet_hours import moved
from sim.policies.routines import ROUTINES, all_rows, keyed_rows
from sim.reading.part import Misfit, Money, Part

if TYPE_CHECKING:
    from sim.policies.policy import Policy
    from sim.scenario.scenario import Scenario

BEFORE_BIRTHDAY = 30  # days
_BEYOND_DAYS = 18  # bits of 64 x MAX_DAYS


class Touch(Part):
    """One personal message: when after what, to whom, through which channel, about what, with which benefit."""

    ANCHOR: ClassVar[Anchor | None] = None  # what a routine's rows count from; None: the row says it

    delay: int = Field(le=MAX_DAYS, description="days after the date that it counts from; 0 is that day")
    every: int | None = Field(
        default=None, ge=1, le=MAX_DAYS, description="days from one repetition to the next; left out: it comes once"
    )
    times: int | None = Field(
        default=None, ge=1, le=MAX_DAYS, description="how often it comes in all, the first included; goes with every"
    )
    to: Audience = Field(
        default="all",
        description="who gets it that day: all, a stage, high_value, a tier (tier1 to tier4) or a tag as the brand sees it",
    )
    from_order: int = Field(default=0, ge=0, le=1000, description="orders so far, at least")
    channel: Through = "one_to_one"
    content: ContentType = Field(description="what it is about: education, emotion, promotion, live or ugc")
    hour: int = Field(default=20, ge=0, le=23, description="hour of the day, 0 to 23")
    aim: Aim = False
    benefit: Carried = None
    cost: Money = Field(
        default=0, description="money beside the channel's, a delivered message: a gift, staff's minutes"
    )
    survey: bool = Field(default=False, description="true: asks her taste; whoever answers (a click) is known then")
    consent: bool = Field(
        default=False,
        description="true: asks how many messages she wants and of which type none; an answer (a click) is kept to",
    )
    executed: Executed = None

    @property
    def counts_from(self) -> Anchor:
        """The date that the delay counts from."""
        assert self.ANCHOR is not None
        return self.ANCHOR

    @property
    def keeps_her_rhythm(self) -> bool:
        """True if it comes at her own rhythm of orders."""
        return False

    @property
    def last_delay(self) -> int:
        """Days from the date that it counts from to its last repetition."""
        return self.delay + (self.every or 0) * ((self.times or 1) - 1)

    @model_validator(mode="after")
    def _repeated(self) -> "Touch":
        for key, other in (("times", "every"), ("every", "times")):
            if getattr(self, key) is not None and getattr(self, other) is None:
                raise Misfit("goes with {other}; write both, or neither", key, other=other)
        if self.counts_from == "birthday" and self.every is not None:
            raise Misfit("leave it out: a birthday comes back every year by itself", "every")
        return self

    @model_validator(mode="after")
    def _delayed(self) -> "Touch":
        lowest, highest = {"joined": (0, MAX_DAYS), "birthday": (-BEFORE_BIRTHDAY, BEFORE_BIRTHDAY)}.get(
            self.counts_from, (1, MAX_DAYS)
        )
        if not lowest <= self.delay <= highest:
            raise Misfit(
                "must be from {lowest} to {highest} days for a touch that counts from {anchor}, not {delay}",
                "delay",
                lowest=lowest,
                highest=highest,
                anchor=self.counts_from,
                delay=self.delay,
            )
        return self


class RhythmicTouch(Touch):
    """A personal message that can come at a member's own rhythm of orders."""

    at_own_rhythm: bool = Field(
        default=False,
        description="true: comes at 0.8 of her own mean gap between orders once she has ordered three times, before that "
        "after delay; for touches that count from orders only",
    )

    @property
    def keeps_her_rhythm(self) -> bool:
        """True if it comes at her own rhythm of orders."""
        return self.at_own_rhythm

    @model_validator(mode="after")
    def _of_orders(self) -> "RhythmicTouch":
        if self.at_own_rhythm and self.counts_from != "ordered":
            raise Misfit("is for touches that count from orders only; leave it out", "at_own_rhythm")
        return self


class AnchoredTouch(RhythmicTouch):
    """A personal message that names the date it counts from."""

    anchor: Anchor = Field(
        description="what it counts from: joined, ordered (her last order), silent (her last interaction), birthday, "
        "complained (her last complaint), asked (her last question to the service)"
    )

    @property
    def counts_from(self) -> Anchor:
        """The date that the delay counts from."""
        return self.anchor


NAME = "touches"
TOUCH = record(
    [
        ("anchor", "i8"),
        ("delay", "i8"),  # days after it
        ("every", "i8"),  # 0: once
        ("times", "i8"),
        ("kind", "i8"),  # whom it is for: the test of sim/policies/audience.py
        ("code", "i8"),
        ("from_order", "i8"),  # orders so far, at least
        ("exempt", "i8"),  # 1: no limit that she chose and no cap keeps it back
        ("survey", "i8"),  # 1: a click tells the brand her taste
        ("consent", "i8"),  # 1: a click says how many messages she wants, and of which type none
        ("own_rhythm", "i8"),  # 1: due at 0.8 of her mean gap between orders, once she has two gaps
        ("once", "i8"),  # 1: happens once in a life, so it is no part of what goes on
        ("message", MESSAGE),
    ]
)
PLAN = record(
    [
        ("count", "i8"),
        ("anchored", "i8"),  # bit a: some row has anchor a
        ("wakes_from", "i8"),  # day of a silence from which it is asked whether the member wakes
        ("high_value", "f8"),  # spend (minor units) from which a member is of high value, from the review
        ("renewed", "i8"),  # 1: the rows are others than last week, so that what is due when has to be asked anew
        ("rows", TOUCH, (MAX_TOUCHES,)),
    ]
)
EXEMPT = ("welcome",)  # what she gets whatever limit she chose and whatever else the day brings
Touches = Annotated[tuple[AnchoredTouch, ...], Field(strict=False)]


def off(policy: "Policy") -> "Policy":
    """No touch beside the routines'."""
    return policy.model_copy(update={NAME: ()})


def rows(policy: "Policy") -> tuple[Touch, ...]:
    """The touches that this policy brings."""
    return policy.touches


class Planner:
    """The table of touches, the same as long as a policy is in force but for benefits whose budget is spent."""

    def __init__(self, scenario: "Scenario") -> None:
        in_force = InForce(scenario)
        self._by_place = [_rows(under, in_force.policies) for under in in_force.scenarios()]
        self._place = 0
        self._benefits: benefits.Planner | None = None
        # an export's silences have begun before the run
        self._silence = MAX_DAYS if scenario.founding == "from_export" else scenario.days - WAKES_WITHIN

    @property
    def seeks_high_value(self) -> bool:
        """True if some touch is for members of high value, so that the review has to say who they are."""
        return any(bool((rows["kind"] == HIGH_VALUE).any()) for rows in self._by_place)

    def carry(self, planner: benefits.Planner) -> None:
        """Let messages carry the benefits of `planner` while their budgets last."""
        self._benefits = planner

    def write(self, plan: Any) -> None:
        """What holds for the whole run: nothing."""

    def write_week(self, plan: Any, first_day: int, place: int = 0) -> None:
        """The rows in force, without benefits whose budget is spent, into `plan` (a record of PLAN)."""
        rows = self._by_place[place]
        plan["renewed"] = place != self._place and not np.array_equal(rows, self._by_place[self._place])
        self._place = place
        plan["count"] = len(rows)
        plan["anchored"] = sum(1 << anchor for anchor in np.unique(rows["anchor"]).tolist())
        plan["wakes_from"] = wakes_from(rows, self._silence)
        week = rows.copy()
        if self._benefits is not None:
            self._benefits.withhold_spent(week["message"])
        plan["rows"][: len(week)] = week


def wakes_from(rows: np.ndarray, before: int) -> int:
    """The day of a silence from which a member counts as woken: day 90, or that of the first touch to the silent (of
    TOUCH[n]) that comes then or later.

    Only a touch to all the silent moves that day, and only one that the run can see answered: on a day `before` which
    silences are followed for 14 days more.
    """
    days = [
        int(row["delay"] + k * row["every"])
        for row in rows[rows["anchor"] == AT_SILENCE]
        if _to_all_silent(row)
        for k in range(row["times"] if row["every"] else 1)
    ]
    return min((day for day in days if SILENT_AFTER <= day < before), default=SILENT_AFTER)


def _to_all_silent(row: np.void) -> bool:
    """True if a row reaches whoever has been silent for 90 days: that is everybody, and the stage of the silent."""
    meant = row["kind"] == EVERYBODY or (row["kind"] == STAGE and row["code"] == STAGES.index("silent"))
    return bool(meant and not row["from_order"] and row["message"]["executed"] > 0)


def key_of_line(line: int) -> str:
    """The key within the policy of the touch that has this number (MESSAGE's `line`), as `keyed_rows` has it."""
    place = (int(line) >> _BEYOND_DAYS) - 1
    return f"{ROUTINES[place // MAX_TOUCHES]}.{place % MAX_TOUCHES}"


def _line_of(key: str) -> int:
    """The number by which accounts send a touch or forget it: its own, whatever routines stand before it.

    It is added to 64 times the day (sim/behaviour/delivering.py), so it lies beyond all days of lines.
    """
    routine, _, ordinal = key.partition(".")
    return (1 + MAX_TOUCHES * ROUTINES.index(routine) + int(ordinal)) << _BEYOND_DAYS


def _rows(scenario: "Scenario", policies: "Sequence[Policy]") -> np.ndarray:
    """TOUCH[n]: the rows of a scenario's policy; policies: those that can be in force, for codes."""
    policy = scenario.policy
    rows = np.zeros(len(all_rows(policy)), TOUCH)
    for n, (key, touch) in enumerate(keyed_rows(policy)):
        rows[n] = _row(scenario, touch, key, policies)
    if any(touch.consent for touch in all_rows(policy)):
        rows["message"]["allows"] = [unmuted(content) for content in rows["message"]["content"]]
    return rows


def _row(scenario: "Scenario", touch: Touch, key: str, policies: "Sequence[Policy]") -> np.void:
    """TOUCH: the row of a touch with its key within the policy."""
    policy = scenario.policy
    row: np.void = np.zeros(1, TOUCH)[0]
    row["anchor"] = ANCHORS.index(touch.counts_from)
    row["delay"], row["every"], row["times"] = touch.delay, touch.every or 0, touch.times or 1
    row["kind"], row["code"], _ = target(touch.to)
    row["from_order"], row["exempt"] = touch.from_order, key.partition(".")[0] in EXEMPT
    row["survey"], row["consent"], row["own_rhythm"] = touch.survey, touch.consent, touch.keeps_her_rhythm
    row["once"] = row["anchor"] == AT_JOINING
    code = benefits.code_of(policy, touch.benefit, policies)
    decided = Decided(touch.channel, touch.content, _line_of(key), touch.aim, code, touch.executed, touch.cost)
    row["message"] = message_of(scenario, decided)
    row["message"]["reach"] *= hour_match(scenario.response, moved(touch.hour, policy.quiet_hours))
    return row
