"""A policy: everything the brand decides. Each kind of decision is a file of its own, a field here and a name in POLICIES.

Every field has a neutral default, so `policy: {}` is a pool without operations. Reading, errors, schema and reference page
follow from the field; plans, records and counts from POLICIES (docs/extending.md).
"""

from dataclasses import dataclass
from types import ModuleType
from typing import Annotated

from pydantic import AfterValidator, Field, model_validator

from sim.catalogue import MAX_RULES, Segment
from sim.policies import acquisition, coupons, push
from sim.policies.acquisition import Channel
from sim.policies.content import ContentMix, even
from sim.policies.coupons import Coupon
from sim.policies.push import Push, PushChange
from sim.reading.part import Misfit, Part, Share

POLICIES: tuple[ModuleType, ...] = (acquisition, push, coupons)  # in the order in which their mechanisms act


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
Channels = Annotated[tuple[Channel, ...], Field(strict=False), AfterValidator(_named_once)]


class SegmentChange(Part):
    """What the brand does differently for one segment; what is left out stays as in the base policy."""

    push: PushChange | None = Field(default=None, description="changes to the push; keys left out stay as in the base")
    content: ContentMix | None = Field(default=None, description="another mix, in full")
    coupons: Coupons | None = Field(default=None, description="other coupons in place of the base ones; [] for none")


@dataclass(frozen=True, slots=True)
class SegmentPlan:
    """What one segment receives, all overrides resolved."""

    push: Push
    content: ContentMix
    coupons: tuple[Coupon, ...]


class Policy(Part):
    """Everything the brand decides; what is left out is not done."""

    acquisition: Channels = Field(default=(), description="the channels through which people join")
    push: Push = Field(default_factory=Push, description="how often and when the brand writes; left out: never")
    content: ContentMix = Field(default_factory=even, description="what the messages are about; left out: thirds")
    coupons: Coupons = Field(default=(), description="the coupons handed out; left out: none")
    segments: dict[Segment, SegmentChange] = Field(
        default_factory=dict,
        description="what is different for a segment; the first in file order that fits a member counts",
    )
    tag_accuracy: Share = Field(
        default=0.92, description="share of members whose persona tag, as the brand sees it, is right"
    )

    @model_validator(mode="after")
    def _few_coupons(self) -> "Policy":
        lists = [self.coupons, *(change.coupons or () for change in self.segments.values())]
        different = {coupon for coupons in lists for coupon in coupons}
        if len(different) > MAX_RULES:
            raise Misfit(
                "there are {coupons} different coupons, over all segments; at most {most}",
                coupons=len(different),
                most=MAX_RULES,
            )
        return self

    def plans(self) -> list[SegmentPlan]:
        """The base plan, then that of each segment in the policy's order: the rows of a week's plan."""
        return [self.for_segment(name) for name in (None, *self.segments)]

    def for_segment(self, name: str | None) -> SegmentPlan:
        """The whole plan of segment `name`; the base plan for None or a segment without overrides."""
        change = next((own for segment, own in self.segments.items() if segment == name), SegmentChange())
        return SegmentPlan(
            push=change.push.applied_to(self.push) if change.push else self.push,
            content=change.content or self.content,
            coupons=self.coupons if change.coupons is None else change.coupons,
        )
