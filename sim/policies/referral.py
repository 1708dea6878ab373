"""Referral: members who trust bring friends; what both are paid, how many there are to be won, what is shared in public."""

from typing import TYPE_CHECKING, Any

import numpy as np
from pydantic import Field

from sim.catalogue import CONTENT_TYPES, K_DAYS, MAX_MESSAGES, MILLION, PERSONAS
from sim.engine.fields import record
from sim.policies import community
from sim.policies.acquisition import CHANNEL, Channel, FirstOrder, channel_records, opened
from sim.policies.in_force import InForce
from sim.policies.lines import always
from sim.reading.part import Misfit, Money, Name, Part, suggestion

if TYPE_CHECKING:
    from sim.policies.policy import Policy
    from sim.scenario.scenario import Scenario

NAME = "referral"
CHANNEL_NAME = "referral"  # what the way in is called by which friends come
MEET_UP = 3.0  # times as often in a week with a meet-up, to which members take friends along
PLAN = record([("hazard", "f4")])  # of referring a friend, a day at full trust; 0: nobody does
_UGC = CONTENT_TYPES.index("ugc")


class Referral(Part):
    """What the brand does so that members bring friends."""

    reward: Money = Field(default=0, description="money that a member gets for each friend who joins by her word")
    friend_reward: Money = Field(default=0, description="money that the friend gets for joining")
    market: float = Field(
        ge=1,
        le=1e10,
        description="how many people the pool could hold at most: the fuller it is, the fewer friends are left to bring",
    )
    outward: Name | None = Field(
        default=None,
        description="name of the acquisition channel by which people come whom a member reaches by sharing in public; "
        "nothing is paid for them; left out: nobody",
    )
    per_share: float = Field(
        default=0,
        ge=0,
        le=5,
        description="how many join through `outward` with each friend that a member brings; fractions allowed",
    )
    first_order: FirstOrder = Field(default_factory=FirstOrder, description="when friends order first")

    @property
    def rewards(self) -> float:
        """Money for one friend who joins, both sides together."""
        return self.reward + self.friend_reward


def off(policy: "Policy") -> "Policy":
    """Nobody brings a friend."""
    return policy.model_copy(update={NAME: None})


def check(policy: "Policy") -> None:
    """Raise Misfit where what is shared leads to no channel, or a channel is called as the way of friends is."""
    referral, names = policy.referral, tuple(channel.channel for channel in policy.acquisition)
    if referral is None:
        return
    if CHANNEL_NAME in names:
        raise Misfit(
            "{name} is what the way of those whom members bring is called; give the channel another name",
            "acquisition",
            names.index(CHANNEL_NAME),
            "channel",
            name=CHANNEL_NAME,
        )
    if referral.outward is not None and referral.outward not in names:
        raise Misfit(
            "there is no channel {name} in policy.acquisition; {suggestion}"
            if names
            else "there is no channel {name}: write it into policy.acquisition first",
            NAME,
            "outward",
            name=referral.outward,
            suggestion=suggestion(referral.outward, names),
        )
    if bool(referral.per_share) != (referral.outward is not None):
        raise Misfit(
            "goes with per_share above 0: how many join by it with each friend"
            if referral.outward
            else "goes with outward: the channel by which they come",
            NAME,
            "outward" if referral.outward else "per_share",
        )


def ways(scenario: "Scenario") -> tuple[Channel, ...]:
    """All ways into the pool, by a member's `channel` from 1 on: the channels, and last those of friends if there are any.

    Friends who order first at another time, or for whom something else is paid, come by another way of the same name.
    """
    friends = (_way_of_friends(policy.referral) for policy in InForce(scenario).policies if policy.referral is not None)
    return (*(way.channel for way in opened(scenario)), *dict.fromkeys(friends))


def _way_of_friends(referral: Referral) -> Channel:
    """The way in of friends; what is paid for one is its cost."""
    return Channel(channel=CHANNEL_NAME, per_day=0, cac=referral.rewards, first_order=referral.first_order)


class Planner:
    """How readily members refer, week by week; who joins by that, and what is paid for it."""

    def __init__(self, scenario: "Scenario") -> None:
        self._response = scenario.response
        policies, all_ways = InForce(scenario).policies, ways(scenario)
        self._by_place = [policy.referral for policy in policies]
        self._indices = [
            len(all_ways) if own is None else all_ways.index(_way_of_friends(own)) for own in self._by_place
        ]
        self._outward = [_number_outward(policy, all_ways) for policy in policies]
        self._records = [_friends_records(scenario, own) for own in self._by_place]
        self._place = 0

    @property
    def _referral(self) -> Referral | None:
        """What is done now so that members bring friends."""
        return self._by_place[self._place]

    @property
    def records(self) -> np.ndarray:
        """CHANNEL[personas + 1]: the way in of those who have been brought this week."""
        return self._records[self._place]

    @property
    def is_on(self) -> bool:
        """True if members may bring friends at some time of the run."""
        return any(own is not None for own in self._by_place)

    @property
    def per_share(self) -> float:
        """How many join through the channel of what is shared with each friend."""
        return 0.0 if self._referral is None or self._referral.outward is None else self._referral.per_share

    @property
    def index(self) -> int:
        """The number of the friends' own way in, after all channels of acquisition."""
        return self._indices[self._place]

    @property
    def outward(self) -> int:
        """The number of that channel among the channels of acquisition."""
        number = self._outward[self._place]
        assert number is not None
        return number

    @property
    def rewards(self) -> float:
        """What is paid for one friend, millionths."""
        return 0.0 if self._referral is None else float(round(self._referral.rewards * MILLION))

    def write(self, plan: Any) -> None:
        """What holds for the whole run: nothing; the hazard comes with the week."""

    def write_week(self, plan: Any, first_day: int, place: int = 0) -> None:
        """The hazard of an ordinary week in a small pool, into `plan` (a record of PLAN)."""
        self._place = place
        plan["hazard"] = 0.0 if self._referral is None else referring(self._response, self._referral)

    def look_around(self, world: Any, members: float) -> None:
        """Fit the week's hazard to what the others have planned for it in `world`, and to `members` already in the pool."""
        if self._referral is None:
            return
        if shows_members_content(world["push"]):
            world[NAME]["hazard"] *= 1.0 + self._response.ugc_effect
        if world[community.NAME]["meet_up"]:
            world[NAME]["hazard"] *= MEET_UP
        world[NAME]["hazard"] *= max(0.0, 1.0 - members / self._referral.market)


def referring(response: Any, referral: Referral) -> float:
    """k_ref (1 + reward_effect [reward]): the hazard of referring a day at full trust, without what the week adds."""
    return float(response.refer * (1.0 + (response.reward_effect if referral.rewards else 0.0)))


def friends_at_full_trust(scenario: "Scenario") -> float:
    """How many friends a member of full trust brings within K_DAYS days in a small pool, meet-ups and UGC as planned.

    A week has a meet-up, or messages of members' own content, as often as these come a week, at most always.
    """
    policy, response = scenario.policy, scenario.response
    if policy.referral is None:
        return 0.0
    shown = max(sum(line.per_week * line.shares[_UGC] for line in always(plan)) for plan in policy.rows())
    items = policy.community.programme if policy.community else ()
    meets = sum(item.per_week for item in items if item.kind == "meet_up")
    times = (1.0 + response.ugc_effect * min(1.0, shown)) * (1.0 + (MEET_UP - 1.0) * min(1.0, meets))
    return K_DAYS * referring(response, policy.referral) * times


def shows_members_content(push: Any) -> bool:
    """True if some regular message of the week (a record of push's PLAN) is of the members' own content."""
    sent = np.arange(MAX_MESSAGES) < push["sends"][..., None]
    return bool((sent & (push["messages"]["content"] == _UGC)).any())


def _number_outward(policy: "Policy", all_ways: tuple[Channel, ...]) -> int | None:
    """The place, among all ways of a run, of the channel by which those come whom members reach by sharing."""
    outward = policy.referral and policy.referral.outward
    return next((all_ways.index(channel) for channel in policy.acquisition if channel.channel == outward), None)


def _friends_records(scenario: "Scenario", referral: Referral | None) -> np.ndarray:
    """CHANNEL[personas + 1]: the friends' way in by the persona that a friend shares, and last with the market's mix."""
    if referral is None:
        return np.zeros(0, CHANNEL)
    own = _way_of_friends(referral)
    records = channel_records((own,) * (len(PERSONAS) + 1), scenario.market.personas)
    for persona in range(len(PERSONAS)):
        records[persona]["cumulative"] = np.arange(len(PERSONAS)) >= persona
    return records
