"""Guard: what the brand watches in its own pool, the lines that it does not want to fall below, and what it then does.

The figures are what a brand can count (sim/watching.py); an act is the policy in force with one change, known beforehand, so
that a guard is seen by members in the plan only.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeAlias, get_args

from pydantic import Field, SerializerFunctionWrapHandler, model_serializer, model_validator

from sim.catalogue import MAX_TOUCHES
from sim.policies.content import ContentMix
from sim.policies.push import PushChange
from sim.policies.routines import all_rows, keyed_rows
from sim.policies.touches import AnchoredTouch, Touch
from sim.reading.part import Misfit, Part, suggestion

if TYPE_CHECKING:
    from sim.policies.lines import Line
    from sim.policies.policy import Policy, SegmentPlan

NAME = "guard"
Statistic: TypeAlias = Literal[
    "group_interactions", "complaints", "click_rate", "cohort_return", "wake_up_rate", "d7_retention", "d30_retention"
]
ActName: TypeAlias = Literal["drop_promotions", "change_mix", "survey"]
STATISTICS: tuple[Statistic, ...] = get_args(Statistic)
ACTS: tuple[ActName, ...] = get_args(ActName)
LABELS: dict[Statistic, str] = {  # what tables and sentences call the figures
    "group_interactions": "interactions a group a day",
    "complaints": "growth of complaints",
    "click_rate": "click rate",
    "cohort_return": "contribution over CAC after 90 days",
    "wake_up_rate": "wake-up rate",
    "d7_retention": "D7 retention",
    "d30_retention": "D30 retention",
}
SHARES: tuple[Statistic, ...] = ("click_rate", "wake_up_rate", "d7_retention", "d30_retention")  # written in per cent
DEEDS: dict[ActName, str] = {
    "drop_promotions": "regular promotions dropped",
    "change_mix": "another mix of content",
    "survey": "a survey",
}
_NEEDS = {"change_mix": "content", "survey": "touch"}  # the key that an act cannot do without, and no other act has
_PROMOTION = "promotion"
_OF_ACQUISITION = ("cohort_return",)  # what joiners cost: an act on messages is no answer, unless it names the figure
ShareLine = Annotated[float, Field(gt=0, lt=1)]


class Watch(Part):
    """The line of each figure that is watched; null: that one is not."""

    group_interactions: ShareLine | None = Field(
        default=0.3,
        description="share by which interactions a group a day may fall from the 4 weeks before to the last 4; null: not "
        "watched",
    )
    complaints: Annotated[float, Field(gt=0, le=10)] | None = Field(
        default=0.1,
        description="share by which complaints a member may rise from week to week, two weeks running; null: not watched",
    )
    click_rate: ShareLine | None = Field(
        default=None,
        description="clicks over delivered messages of the last 4 weeks, at least; left out: not watched, since what is "
        "usual differs from shop to shop",
    )
    cohort_return: Annotated[float, Field(gt=0, le=100)] | None = Field(
        default=3.0,
        description="contribution so far over CAC of all who joined 90 days ago and more, at least; null: not watched",
    )
    wake_up_rate: ShareLine | None = Field(
        default=0.15,
        description="share of those fallen silent who wake within 14 days, over the last 4 weeks that can be told, at "
        "least; null: not watched",
    )
    d7_retention: ShareLine | None = Field(
        default=0.3,
        description="share of joiners still active on days 1 to 7, of those whose seventh day lies in the last 4 weeks, at "
        "least; null: not watched",
    )
    d30_retention: ShareLine | None = Field(
        default=0.2,
        description="share of joiners still active on days 24 to 30, of those whose thirtieth day lies in the last 4 weeks, "
        "at least; null: not watched",
    )

    @model_serializer(mode="wrap")
    def _with_nulls(self, serialized: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """A figure that is not watched though by default it is stays null, in every copy."""
        fields = type(self).model_fields
        ended = [name for name in fields if getattr(self, name) is None and fields[name].default is not None]
        return {**serialized(self), **dict.fromkeys(ended)}


class SurveyTouch(AnchoredTouch):
    """The message that the guard adds to ask members what they like."""

    survey: bool = Field(default=True, description="true: asks her taste; whoever answers (a click) is known then")


class Act(Part):
    """One thing that the guard may do."""

    act: ActName = Field(
        description="drop_promotions: no regular promotions; change_mix: another mix of content; survey: one more touch"
    )
    on: Annotated[tuple[Statistic, ...], Field(strict=False)] = Field(
        default=(),
        description="the figures whose alert it answers; left out: all that are watched but cohort_return, about which "
        "messages can do little",
    )
    content: ContentMix | None = Field(
        default=None, description="with change_mix: the mix that takes the place, in full"
    )
    touch: SurveyTouch | None = Field(default=None, description="with survey: the touch that asks, as under touches")

    @model_validator(mode="after")
    def _has_what_it_needs(self) -> "Act":
        twice = next((name for n, name in enumerate(self.on) if name in self.on[:n]), None)
        if twice is not None:
            raise Misfit("{name} is there twice; name each figure once", "on", name=twice)
        for act, key in _NEEDS.items():
            given = getattr(self, key) is not None
            if act == self.act and not given:
                raise Misfit("{act} needs {key}", "act", act=act, key=key)
            if act != self.act and given:
                raise Misfit("goes with {act} only; leave it out", key, act=act)
        return self

    def answers(self, statistic: str) -> bool:
        """True if it is what the guard does on an alert of this statistic."""
        return statistic in self.on if self.on else statistic not in _OF_ACQUISITION

    def applied_to(self, policy: "Policy") -> "Policy":
        """The policy while the act is in force."""
        return under(policy, self)


def _acts_once(acts: tuple[Act, ...]) -> None:
    names = [act.act for act in acts]
    for ordinal, name in enumerate(names):
        if name in names[:ordinal]:
            raise Misfit("{act} is there already; write each act once", "acts", ordinal, "act", act=name)


class Guard(Part):
    """What is watched at every weekly review, and what is done when a figure is beyond its line."""

    watch: Watch = Field(default_factory=Watch, description="the figures that are watched, each with its line")
    acts: Annotated[tuple[Act, ...], Field(strict=False)] = Field(
        default=(),
        description="what is done, one act at a time; the first in file order that answers an alert is taken; left out: the "
        "guard only watches",
    )

    @model_validator(mode="after")
    def _acts_that_can_come(self) -> "Guard":
        _acts_once(self.acts)
        for ordinal, act in enumerate(self.acts):
            for place, statistic in enumerate(act.on):
                if self.line(statistic) is None:
                    raise Misfit(
                        "{statistic} has no line, so it never alerts; write one into watch, or take it off the list",
                        *("acts", ordinal, "on", place),
                        statistic=statistic,
                    )
        return self

    def line(self, statistic: Statistic) -> float | None:
        """The line of a figure as it is written; None if it is not watched."""
        line: float | None = getattr(self.watch, statistic)
        return line


def off(policy: "Policy") -> "Policy":
    """Nobody watches."""
    return policy.model_copy(update={NAME: None})


def check(policy: "Policy") -> None:
    """Raise Misfit where the survey finds no room among the touches, or brings a benefit that is not there."""
    for ordinal, act in enumerate(policy.guard.acts if policy.guard else ()):
        if act.touch is None:
            continue
        rows = len(all_rows(policy)) + 1
        if rows > MAX_TOUCHES:
            raise Misfit(
                "with the survey there are {rows} touches; at most {most}",
                *(NAME, "acts", ordinal, "touch"),
                rows=rows,
                most=MAX_TOUCHES,
            )
        if act.touch.benefit is not None and act.touch.benefit not in policy.benefits:
            known = tuple(policy.benefits)
            raise Misfit(
                "there is no benefit {name} in policy.benefits; {suggestion}"
                if known
                else "there is no benefit {name}: write it into policy.benefits first",
                *(NAME, "acts", ordinal, "touch", "benefit"),
                name=act.touch.benefit,
                suggestion=suggestion(act.touch.benefit, known),
            )


def keyed_surveys(policy: "Policy") -> Iterator[tuple[str, SurveyTouch]]:
    """The touches that a guard may add, with their keys within the policy."""
    for ordinal, act in enumerate(policy.guard.acts if policy.guard else ()):
        if act.touch is not None:
            yield f"{NAME}.acts.{ordinal}.touch", act.touch


def keyed_touches(policy: "Policy") -> Iterator[tuple[str, Touch]]:
    """The touches of all routines, then those that a guard may add, with their keys within the policy."""
    yield from keyed_rows(policy)
    yield from keyed_surveys(policy)


def under(policy: "Policy", act: Act) -> "Policy":
    """The policy while an act is in force."""
    if act.touch is not None:
        return policy.model_copy(update={"touches": (*policy.touches, act.touch)})
    if act.content is not None:
        mix = act.content
        changed = policy.in_all_changes(lambda change: {"content": change.content and mix})
        return policy.model_copy(update={"content": mix} | changed)
    return _without_promotions(policy)


def _without_promotions(policy: "Policy") -> "Policy":
    """The policy without what is promotion in its regular messages, in every segment and arm.

    A mix loses the messages that were promotions, so that of the others as many come as before. Lines keep their places, by
    which accounts send them or forget them.
    """
    community, base = policy.community, other_than_promotions(policy.for_segment(None))
    if community is not None:
        quiet = {"flash_sale": {"per_week": 0.0}}
        items = tuple(item.model_copy(update=quiet.get(item.kind, {})) for item in community.programme)
        community = community.model_copy(update={"programme": items})
    segments = {}
    for name, change in policy.segments.items():
        resolved = other_than_promotions(policy.for_segment(name))
        rhythm = {"per_week": resolved["push"].per_week}
        resolved["push"] = (change.push or PushChange()).model_copy(update=rhythm)
        segments[name] = change.model_copy(update=resolved)
    left = policy.model_copy(update=base | {"community": community, "segments": segments})
    return left.with_arms_of(policy)


def other_than_promotions(plan: "SegmentPlan") -> dict[str, Any]:
    """Push, content and lines of a plan without promotions, as a policy has them."""
    push = plan.push.model_copy(update={"per_week": plan.push.per_week * (1.0 - plan.content.promotion)})
    return {
        "push": push,
        "content": _others(plan.content),
        "lines": tuple(_less_promotions(line, plan.content) for line in plan.lines),
    }


def _less_promotions(line: "Line", usual: ContentMix) -> "Line":
    content = line.content or usual
    per_week = line.per_week * (1.0 - content.promotion)
    return line.model_copy(update={"per_week": per_week, "content": line.content and _others(line.content)})


def _others(mix: ContentMix) -> ContentMix:
    """The mix without its promotions, the others in their proportions; as it is where there are no others."""
    others = {name: share for name, share in mix.shares.items() if name != _PROMOTION}
    left = sum(others.values())
    if not mix.promotion or left < 1e-9:
        return mix
    return ContentMix(**{name: share / left for name, share in others.items()})
