"""Communities: groups of members with a programme, somebody who looks after them, and what that costs.

A group's members are those of one account who take part (sim/behaviour/community.py). Programme items are regular messages
on the channel `group`, so limits, cap and consent hold for them as for any line.
"""

from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
from pydantic import Field, model_validator

from sim.catalogue import MAX_ITEMS, MAX_LINES, MILLION, PERSONAS, WEEK, ProgrammeKind
from sim.engine.fields import record
from sim.policies.content import of_one_type
from sim.policies.hours import Hours
from sim.policies.in_force import InForce
from sim.policies.lines import Regular
from sim.policies.message import Carried
from sim.policies.schedule import due_by_day
from sim.reading.part import Misfit, Money, Part

if TYPE_CHECKING:
    from sim.policies.policy import Policy
    from sim.scenario.scenario import Scenario

CONTENT_OF = {  # what an item is about
    "live": "live",
    "ugc": "ugc",
    "check_in": "ugc",
    "game": "emotion",
    "flash_sale": "promotion",
    "meet_up": "emotion",
}
NEEDS_NOVELTY, NEEDS_MONEY = ("game", "meet_up"), ("flash_sale",)  # what an item cannot do without
_UGC = ("ugc", "check_in")
_CHECK_IN_WEIGHT = 0.2  # messages: a check-in is a tap
_LIKELY = {"sociable": 1.5, "busy": 0.5}  # to take part, times the share of all; the others 1
_OTHERS_NOON = 12  # hour at which a promotion of somebody else's lands in a group that nobody moderates


class Item(Part):
    """One item of a programme, so many times a week."""

    kind: ProgrammeKind = Field(
        description="live: a live session; ugc: a drive for members' own content; check_in: a daily tap; game: a game or a "
        "lottery; flash_sale: a sale of one day; meet_up: a meeting to which members bring friends"
    )
    per_week: Annotated[float, Field(ge=0, le=280, description="how often a week it takes place; 0 is never")] = 1
    hour: Hours = (20,)
    benefit: Carried = None
    cost: Money = Field(
        default=0, description="money each time, for all groups together: a studio, a host; shared by who is in a group"
    )
    cost_per_group: Money = Field(default=0, description="money each time, for each group: a prize, a room")


class Community(Part):
    """Groups of up to 256 members, of whom those who take part read, talk, and lift each other's mood."""

    programme: Annotated[tuple[Item, ...], Field(strict=False, max_length=MAX_ITEMS)] = Field(
        default=(), description="what happens in the groups every week; left out: nothing"
    )
    adviser: bool = Field(
        default=False, description="true: an adviser speaks in the groups, whose word there builds more trust"
    )
    moderated: bool = Field(
        default=True, description="false: nobody keeps strangers' promotions out of the groups: one more a week"
    )
    manager_per_month: Money = Field(
        default=0, description="money a month for each group: who looks after it, an adviser included"
    )

    @model_validator(mode="after")
    def _check_ins_once_a_day(self) -> "Community":
        daily = sum(item.per_week for item in self.programme if item.kind == "check_in")
        if daily > WEEK:
            raise Misfit(
                "members check in once a day, {most} times a week at most, not {per_week:g}",
                "programme",
                most=WEEK,
                per_week=daily,
            )
        return self


NAME = "community"
PLAN = record(
    [
        ("on", "i8"),
        ("ever", "i8"),  # 1: there are communities at some time of the run, so that it is known who takes part
        ("since", "i8"),  # day on which those that there are, or were last, have begun
        ("share", "f8", (len(PERSONAS),)),  # chance to take part
        ("fixed", "f8"),  # millionths, this week: what each group costs, beside what is written in it
        ("sessions", "f8"),  # millionths, this week: what all groups cost together
        ("meet_up", "u1"),  # 1: a meet-up this week
        ("ugc", "u1"),  # 1: a drive for members' own content this week
    ]
)


def off(policy: "Policy") -> "Policy":
    """No groups: what is written on the channel `group` reaches everybody."""
    return policy.model_copy(update={NAME: None})


def programme_of(community: Community | None) -> tuple[Regular, ...]:
    """The regular messages that a programme brings, with numbers of their own: no other line moves them."""
    if community is None:
        return ()
    items = [_regular(item, MAX_LINES + n) for n, item in enumerate(community.programme)]
    return (*items, *(() if community.moderated else (_of_others(),)))


def _regular(item: Item, number: int) -> Regular:
    return Regular(
        item.per_week,
        item.hour,
        "group",
        of_one_type(CONTENT_OF[item.kind]),
        False,
        item.benefit,
        1.0,
        number=number,
        weight=_CHECK_IN_WEIGHT if item.kind == "check_in" else None,
    )


def _of_others() -> Regular:
    """A stranger's promotion: it tires members and sells them nothing of the brand's, and the brand does not pay for it."""
    number = MAX_LINES + MAX_ITEMS
    return Regular(1.0, (_OTHERS_NOON,), "group", of_one_type("promotion"), False, None, 1.0, number=number, paid=False)


def takes_part(group_share: float) -> np.ndarray:
    """float64[personas]: the chance to take part, from the share of all: the sociable more often, the busy less."""
    return np.array([min(1.0, group_share * _LIKELY.get(name, 1.0)) for name in PERSONAS])


class Planner:
    """What the groups of a run cost, and what happens in them, week by week."""

    def __init__(self, scenario: "Scenario") -> None:
        self._share = takes_part(scenario.response.group_share)
        self._by_place = [_Groups(under) for under in InForce(scenario).scenarios()]

    def write(self, plan: Any) -> None:
        """Who takes part, into `plan` (a record of PLAN)."""
        plan["ever"], plan["share"] = any(groups.are_there for groups in self._by_place), self._share

    def write_week(self, plan: Any, first_day: int, place: int = 0) -> None:
        """What the week costs and what happens in it; of the run's last week only its days."""
        groups = self._by_place[place]
        if groups.are_there and not plan["on"]:
            plan["since"] = first_day
        plan["on"] = groups.are_there
        groups.write_week(plan, first_day)


class _Groups:
    """What the groups of one policy cost, and what happens in them, as if it were in force all the time."""

    def __init__(self, scenario: "Scenario") -> None:
        community = scenario.policy.community
        self.are_there = community is not None
        items = community.programme if community else ()
        days = -(-scenario.days // WEEK) * WEEK
        self._days, cap = scenario.days, scenario.policy.push.cap_per_day
        due = [due_by_day(item.per_week, MAX_LINES + n, days) for n, item in enumerate(items)]
        self._due = np.minimum(np.array(due, np.int64).reshape(len(items), days), cap)
        self._kinds = np.array([item.kind for item in items], dtype=object)
        self._of_all = np.array([item.cost for item in items], float)
        self._of_each = np.array([item.cost_per_group for item in items], float)
        self._pool_share = scenario.share
        self._manager = community.manager_per_month * 12 / 365 if community else 0.0

    def write_week(self, plan: Any, first_day: int) -> None:
        """What the week costs and what happens in it."""
        last_day = min(first_day + WEEK, self._days)
        times = self._due[:, first_day:last_day].sum(axis=1)
        plan["fixed"] = round((self._manager * (last_day - first_day) + times @ self._of_each) * MILLION)
        plan["sessions"] = round(float(times @ self._of_all) * self._pool_share * MILLION)
        plan["meet_up"] = times[self._kinds == "meet_up"].any()
        plan["ugc"] = times[np.isin(self._kinds, _UGC)].any()
