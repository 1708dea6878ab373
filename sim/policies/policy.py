"""A policy: everything the brand decides. Each kind of decision is a file of its own, a field here and a name in POLICIES.

Every field has a neutral default, so `policy: {}` is a pool without operations. Reading, errors, schema and reference page
follow from the field; plans, records and counts from POLICIES (docs/extending.md).
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from types import ModuleType
from typing import Annotated, Any

from pydantic import AfterValidator, Field, PrivateAttr, model_validator

from sim.catalogue import (
    MAX_BENEFITS,
    MAX_CHANNELS,
    MAX_RULES,
    MAX_SEGMENTS,
    MAX_TOUCHES,
    AccountPersona,
    Segment,
)
from sim.policies import (
    account,
    acquisition,
    benefits,
    birthday,
    care,
    community,
    coupons,
    crisis,
    events,
    experiments,
    follow_up,
    guard,
    lines,
    membership,
    push,
    quiet_hours,
    referral,
    service,
    touches,
    wake_up,
    welcome,
)
from sim.policies.acquisition import Channel
from sim.policies.benefits import Benefit
from sim.policies.birthday import BirthdayTouches
from sim.policies.care import CareTouches
from sim.policies.community import NEEDS_MONEY, NEEDS_NOVELTY, Community, Item, programme_of
from sim.policies.content import ContentMix, even
from sim.policies.coupons import Coupon
from sim.policies.crisis import Crisis
from sim.policies.events import Events, keyed_lines
from sim.policies.experiments import Experiment, Experiments, together
from sim.policies.follow_up import FollowUpTouches
from sim.policies.guard import Guard
from sim.policies.lines import Line, Lines, Regular
from sim.policies.membership import Membership
from sim.policies.occasions import Occasion
from sim.policies.push import Push, PushChange
from sim.policies.quiet_hours import QuietHours
from sim.policies.referral import Referral
from sim.policies.routines import all_rows
from sim.policies.service import Service
from sim.policies.touches import Touches
from sim.policies.wake_up import WakeUpTouches
from sim.policies.welcome import WelcomeTouches
from sim.reading.part import Misfit, Name, Part, Share, suggestion

# in the order in which their mechanisms act
POLICIES: tuple[ModuleType, ...] = (acquisition, push, coupons, benefits, touches, community)
POLICIES += (membership,)
POLICIES += (referral,)  # acts after orders
POLICIES += (guard,)  # one act at a time in place of the policy
# what only adds to the plans of those: lines and hours to the push's, rows to the table of touches
POLICIES += (events,)
POLICIES += (lines, quiet_hours, account, welcome, follow_up, wake_up, birthday, care)
POLICIES += (service, crisis)
POLICIES += (experiments,)  # changes rows of the plans


def _named_once(channels: tuple[Channel, ...]) -> tuple[Channel, ...]:
    names = [channel.channel for channel in channels]
    for ordinal, name in enumerate(names):
        if name in names[:ordinal]:
            raise Misfit(
                "there is a channel {name} already; give each its own name",
                ordinal,
                "channel",
                name=name,
            )
    return channels


Coupons = Annotated[tuple[Coupon, ...], Field(strict=False)]
Channels = Annotated[tuple[Channel, ...], Field(strict=False, max_length=MAX_CHANNELS), AfterValidator(_named_once)]


class SegmentChange(Part):
    """What the brand does differently for one segment; what is left out stays as in the base policy."""

    push: PushChange | None = Field(default=None, description="changes to the push; keys left out stay as in the base")
    content: ContentMix | None = Field(default=None, description="another mix, in full")
    lines: Lines | None = Field(default=None, description="other lines in place of the base ones; [] for none")
    coupons: Coupons | None = Field(default=None, description="other coupons in place of the base ones; [] for none")


Change = SegmentChange | Experiment  # what a segment or an arm does differently


@dataclass(frozen=True, slots=True)
class SegmentPlan:
    """What one segment receives, all overrides resolved."""

    push: Push
    content: ContentMix
    coupons: tuple[Coupon, ...]
    lines: tuple[Line, ...] = ()
    programme: tuple[Regular, ...] = ()  # of the groups, the same for all
    events: tuple[tuple[Line, Occasion], ...] = ()  # the lines of events, the same for all

    def changed(self, change: Change) -> "SegmentPlan":
        """The plan with a segment's or an arm's change on top."""
        return replace(
            self,
            push=change.push.applied_to(self.push) if change.push else self.push,
            content=change.content or self.content,
            coupons=self.coupons if change.coupons is None else change.coupons,
            lines=self.lines if change.lines is None else change.lines,
        )


class Policy(Part):
    """Everything the brand decides; what is left out is not done."""

    acquisition: Channels = Field(default=(), description="the channels through which people join")
    push: Push = Field(default_factory=Push, description="how often and when the brand writes; left out: never")
    content: ContentMix = Field(default_factory=even, description="what the messages are about; left out: thirds")
    lines: Lines = Field(
        default=(),
        description="further regular messages beside the push, each with a rhythm of its own; left out: none",
    )
    quiet_hours: QuietHours | None = Field(
        default=None,
        description="when nobody is written to: what falls into them goes out when they end, the same day; left out: never",
    )
    account: AccountPersona = Field(
        default="shop",
        description="who writes one-to-one, calls and goes live: a shop, a friend, or an adviser, whose word weighs more",
    )
    coupons: Coupons = Field(default=(), description="the coupons handed out; left out: none")
    benefits: dict[Name, Benefit] = Field(
        default_factory=dict,
        description="what messages can bring, by name: money off or novelties; push, lines and touches name one as benefit",
    )
    welcome: WelcomeTouches = Field(
        default=(), description="what a new member gets in her first 72 hours; left out: none"
    )
    follow_up: FollowUpTouches = Field(default=(), description="what a member gets after an order; left out: none")
    wake_up: WakeUpTouches = Field(
        default=(), description="what a member gets after so many days without an interaction; left out: none"
    )
    birthday: BirthdayTouches = Field(default=(), description="what a member gets about her birthday; left out: none")
    care: CareTouches = Field(default=(), description="what a member gets after a complaint; left out: none")
    touches: Touches = Field(
        default=(), description="further personal messages, each with the date that it counts from; left out: none"
    )
    community: Community | None = Field(
        default=None,
        description="groups of members, with a programme and somebody who looks after them; left out: none, and what is "
        "sent on the channel group reaches everybody",
    )
    membership: Membership | None = Field(
        default=None, description="points, and tiers by what is paid within a year; left out: none"
    )
    referral: Referral | None = Field(
        default=None, description="what makes members bring friends, and what is paid for it; left out: nobody does"
    )
    service: Service | None = Field(
        default=None,
        description="who answers members' questions; left out: the market's ordinary service, which moves nobody's trust",
    )
    crisis: Crisis | None = Field(
        default=None, description="what goes wrong on one day, and how fast the brand answers it; left out: nothing"
    )
    events: Events = Field(
        default_factory=dict,
        description="what is done on some days of the calendar, by name: 618, a members' day, a launch; left out: nothing",
    )
    guard: Guard | None = Field(
        default=None,
        description="which figures of the pool are watched every week, and what is done when one is beyond its line; left "
        "out: none",
    )
    segments: dict[Segment, SegmentChange] = Field(
        default_factory=dict,
        description="what is different for a segment; the first in file order that fits a member counts",
    )
    experiments: Experiments = Field(
        default=(),
        description="what is tried on some members or groups, drawn by chance, beside the rest of them; left out: nothing",
    )
    tag_accuracy: Share = Field(
        default=0.92,
        description="share of members whose persona tag and taste, as the brand sees them, are right",
    )
    tag_lag: int = Field(
        default=0, ge=0, le=365, description="days after joining until the brand believes to know a member's taste"
    )
    # the policy of which this is what is left without promotions: what an arm drops depends on the segment, so that no
    # change of the arm's own can say it
    _promoting: "Policy | None" = PrivateAttr(default=None)

    @model_validator(mode="after")
    def _few_coupons(self) -> "Policy":
        different = {(rule.coupon, rule.occasion) for rule in coupons.rules_of(self)}
        if len(different) > MAX_RULES:
            raise Misfit(
                "there are {coupons} different coupons, over all segments; at most {most}",
                coupons=len(different),
                most=MAX_RULES,
            )
        return self

    @model_validator(mode="after")
    def _few_rows(self) -> "Policy":
        rows = (1 + len(self.segments)) * len(together(self.experiments))
        if rows > MAX_SEGMENTS:
            raise Misfit(
                "{segments} segments and these experiments are {rows} different plans a week; at most {most}: try fewer "
                "things at a time, or let experiments follow one another",
                "experiments",
                segments=len(self.segments),
                rows=rows,
                most=MAX_SEGMENTS,
            )
        return self

    @model_validator(mode="after")
    def _few_touches_and_benefits(self) -> "Policy":
        rows = len(all_rows(self))
        if rows > MAX_TOUCHES:
            raise Misfit(
                "there are {rows} touches, over welcome, follow_up, wake_up, birthday, care and touches; at most {most}",
                rows=rows,
                most=MAX_TOUCHES,
            )
        if len(self.benefits) > MAX_BENEFITS:
            raise Misfit(
                "there are {benefits} benefits; at most {most}",
                "benefits",
                benefits=len(self.benefits),
                most=MAX_BENEFITS,
            )
        return self

    @model_validator(mode="after")
    def _benefits_that_are_there(self) -> "Policy":
        for key, name in benefits.carriers(self).items():
            if name not in self.benefits:
                at = [int(step) if step.isdigit() else step for step in key.split(".")]
                known = tuple(self.benefits)
                raise Misfit(
                    "there is no benefit {name} in policy.benefits; {suggestion}"
                    if known
                    else "there is no benefit {name}: write it into policy.benefits first",
                    *at,
                    "benefit",
                    name=name,
                    suggestion=suggestion(name, known),
                )
        return self

    @model_validator(mode="after")
    def _items_bring_what_they_need(self) -> "Policy":
        for n, item in enumerate(self.community.programme if self.community else ()):
            self._brings_what_it_needs(n, item)
        return self

    def _brings_what_it_needs(self, n: int, item: Item) -> None:
        at = ("community", "programme", n, "benefit")
        needs_money, needs_novelty = item.kind in NEEDS_MONEY, item.kind in NEEDS_NOVELTY
        if (needs_money or needs_novelty) and item.benefit is None:
            raise Misfit(
                "a {kind} needs benefit, the name of what it takes off orders for a day"
                if needs_money
                else "a {kind} needs benefit, the name of something new that it brings (trial, gift, vote, early_access)",
                *at[:-1],
                kind=item.kind,
            )
        brought = self.benefits[item.benefit] if item.benefit is not None else None
        if brought is not None and needs_novelty and brought.kind in benefits.MONEY:
            raise Misfit(
                "a {kind} brings something new (trial, gift, vote, early_access), and {name} is money off",
                *at,
                kind=item.kind,
                name=item.benefit,
            )
        if brought is not None and needs_money and (brought.kind not in benefits.MONEY or brought.valid_days != 1):
            raise Misfit(
                "a {kind} takes money off on its day; {name} has to be percent or threshold with valid_days: 1",
                *at,
                kind=item.kind,
                name=item.benefit,
            )

    @model_validator(mode="after")
    def _few_lines_of_events(self) -> "Policy":
        events.check(self)
        return self

    @model_validator(mode="after")
    def _ways_that_are_there(self) -> "Policy":
        referral.check(self)
        return self

    @model_validator(mode="after")
    def _guard_that_can_act(self) -> "Policy":
        guard.check(self)
        return self

    def plans(self) -> list[SegmentPlan]:
        """The base plan, then that of each segment in the policy's order."""
        return [self.for_segment(name) for name in (None, *self.segments)]

    def rows(self) -> list[SegmentPlan]:
        """The rows of a week's plan: `plans`, then these for each set of arms in which a member can be (`together`)."""
        if self._promoting is not None:
            programme = programme_of(self.community)
            whole = self._promoting.rows()
            return [replace(plan, programme=programme, **guard.other_than_promotions(plan)) for plan in whole]
        rows = []
        for arms in together(self.experiments):
            for plan in self.plans():
                for number in arms:
                    plan = plan.changed(self.experiments[number])
                rows.append(plan)
        return rows

    def with_arms_of(self, promoting: "Policy") -> "Policy":
        """This policy, which is `promoting` without its promotions, with its arms without theirs."""
        self._promoting = promoting
        return self

    def told_plans(self) -> list[SegmentPlan]:
        """`plans`, then the base plan with each experiment's change alone: what there is to tell of the policy."""
        return [*self.plans(), *(self.for_segment(None).changed(test) for test in self.experiments)]

    def changes(self) -> dict[str, Change]:
        """What segments and arms do differently, by their keys within the policy."""
        arms = {f"experiments.{n}": test for n, test in enumerate(self.experiments)}
        return {f"segments.{name}": change for name, change in self.segments.items()} | arms

    def in_all_changes(self, change: Callable[[Change], dict[str, Any]]) -> dict[str, Any]:
        """`segments` and `experiments` with what `change` makes different in each, as an update of the policy."""
        return {
            "segments": {name: own.model_copy(update=change(own)) for name, own in self.segments.items()},
            "experiments": tuple(own.model_copy(update=change(own)) for own in self.experiments),
        }

    def for_segment(self, name: str | None) -> SegmentPlan:
        """The whole plan of segment `name`; the base plan for None or a segment without overrides."""
        base = SegmentPlan(
            push=self.push,
            content=self.content,
            coupons=self.coupons,
            lines=self.lines,
            programme=programme_of(self.community),
            events=tuple((line, occasion) for _, line, occasion in keyed_lines(self)),
        )
        return next((base.changed(own) for segment, own in self.segments.items() if segment == name), base)
