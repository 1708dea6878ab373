"""A policy: everything the brand decides. Each kind of decision is a model in its own file and a field here.

Every field has a neutral default, so `policy: {}` is a pool without operations. To add a kind of decision,
write its model in a new file and add its field here; reading, errors, schema and reference page follow.
"""

from dataclasses import dataclass
from typing import Annotated

from pydantic import AfterValidator, Field, model_validator

from sim.scenario.acquisition import Channel
from sim.scenario.base import Misfit, Part, Share
from sim.scenario.catalogue import Segment
from sim.scenario.content import ContentMix, even
from sim.scenario.coupons import MOST_COUPONS, Coupon
from sim.scenario.push import Push, PushChange


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
        if len(different) > MOST_COUPONS:
            raise Misfit(
                "there are {coupons} different coupons, over all segments; at most {most}",
                coupons=len(different),
                most=MOST_COUPONS,
            )
        return self

    def for_segment(self, name: str | None) -> SegmentPlan:
        """The whole plan of segment `name`; the base plan for None or a segment without overrides."""
        change = next((found for segment, found in self.segments.items() if segment == name), SegmentChange())
        return SegmentPlan(
            push=change.push.applied_to(self.push) if change.push else self.push,
            content=change.content or self.content,
            coupons=self.coupons if change.coupons is None else change.coupons,
        )
