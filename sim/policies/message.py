"""One message as the day sees it, everything that is known beforehand worked in."""

import math
from typing import TYPE_CHECKING, Annotated, NamedTuple

import numpy as np
from pydantic import Field

from sim.catalogue import CONTENT_TYPES, MILLION, PERSONAS, PUSH_CHANNELS, PushChannel
from sim.engine.fields import record
from sim.reading.part import Name, Share

if TYPE_CHECKING:
    from sim.scenario.response import Persona, Response
    from sim.scenario.scenario import Scenario

MESSAGE = record(
    [
        ("reach", "f8", (len(PERSONAS),)),  # channel x hour x sameness
        ("affinity", "f8", (len(PERSONAS),)),  # to its type of content
        ("trust", "f8"),  # what reading it moves, the account's persona worked in
        ("interest", "f8"),
        ("weight", "f8"),  # fatigue if not read, the channel's worked in
        ("engage", "f8"),  # chance of a click if read
        ("heard", "f8"),  # share of those whom it reaches at all: a call has to be picked up
        ("cost", "f8"),  # millionths
        ("executed", "f8"),  # chance that an account sends it
        ("allows", "i8"),  # bit 8 x muted type + level: whether it reaches those with that choice; -1: everybody
        ("line", "i8"),  # which line of the plan it comes from: accounts send or forget a whole line
        ("content", "i8"),
        ("channel", "i8"),
        ("aim", "i8"),  # 1: fitted to what the brand knows of her taste
        ("benefit", "i8"),  # the code of what comes with it (a member's `coupon`), 0 for nothing
        ("grouped", "i8"),  # 1: it reaches those who take part in a group, and its mood and energy count
        ("post", "f8"),  # millionths once a group, in place of `cost` for each
        ("allows_outside", "i8"),  # `allows` of those who are in no group, whom fewer messages are meant for
        ("once", "i8"),  # 1: an event brings it, so that it is no part of what goes on for the rest of a life
        ("per_order", "i8"),  # 1: one message an order (mini-programs' subscription messages)
    ]
)
EXECUTED = {"mass": 0.5}  # what staff have to confirm one by one, half of it goes out; everything else always does
LARGEST_STEP = 0.25  # of the way: the most that one message, read, moves trust
_PERSONAL = ("one_to_one", "call")  # where the account speaks as a person
_CENTRED = ("education", "emotion", "promotion")  # the types over which affinities sum to 0: the scale of attention

Through = Annotated[PushChannel, Field(description="how messages reach members")]
Aim = Annotated[bool, Field(description="true: each is fitted to what the brand believes of the member's taste")]
Carried = Annotated[Name | None, Field(description="name of the benefit that comes with each; left out: none")]
Executed = Annotated[
    Share | None,
    Field(description="share of the accounts that send it when it is due; left out: 0.5 for mass, else 1"),
]


class Decided(NamedTuple):
    """What the brand decides about a message, beside its hour."""

    channel: str
    content: str
    line: int
    aim: bool
    benefit: int  # code, 0 for none
    executed: float | None  # None: as usual on the channel
    cost: float = 0.0  # money beside the channel's
    weight: float | None = None  # fatigue if not read, in messages; None: that of its type of content
    regular: bool = False  # meant for everybody: in a group it is written once
    paid: bool = True  # False: others write it
    once: bool = False  # an event's


def message_of(scenario: "Scenario", decided: Decided) -> np.void:
    """MESSAGE: what a message does, by the scenario's response, costs and account, at an hour that suits everybody.

    Sameness and hour go into `reach` where they are known; who may get it is everybody. The account's persona lifts gains of
    trust where a person speaks: in a one-to-one message, a call, a live session (MODEL2 section 3, adv).
    """
    response = scenario.response
    content = getattr(response.contents, decided.content)
    message: np.void = np.zeros(1, MESSAGE)[0]
    message["reach"] = getattr(response.reach, decided.channel)
    message["affinity"] = affinity(response, decided.content)
    gain = content.trust * (_adviser(scenario, decided) if content.trust > 0 else 1.0)
    message["trust"] = min(max(gain, -LARGEST_STEP), LARGEST_STEP)
    message["interest"] = content.interest if decided.paid else 0.0  # what others sell is nothing of the brand's
    weight = content.weight if decided.weight is None else decided.weight
    message["weight"] = weight * getattr(response.tiring, decided.channel)
    message["engage"] = content.engage
    message["heard"] = response.picked_up if decided.channel == "call" else 1.0
    message["grouped"] = in_group = scenario.policy.community is not None and decided.channel == "group"
    if in_group and decided.regular:
        message["post"] = round(scenario.costs.of_a_post * MILLION) if decided.paid else 0
    else:
        message["cost"] = round((scenario.costs.of(decided.channel) + decided.cost) * MILLION)
    message["executed"] = executed_share(decided.channel, decided.executed)
    message["allows"] = message["allows_outside"] = -1
    message["line"], message["benefit"], message["aim"] = decided.line, decided.benefit, decided.aim
    message["content"] = CONTENT_TYPES.index(decided.content)
    message["channel"] = PUSH_CHANNELS.index(decided.channel)
    message["once"] = decided.once
    message["per_order"] = decided.channel == "mini_program"
    return message


def executed_share(channel: str, given: float | None) -> float:
    """The share of the accounts that send a message when it is due: as given, else as usual on its channel."""
    return EXECUTED.get(channel, 1.0) if given is None else given


def affinity(response: "Response", content: str) -> np.ndarray:
    """float64[4]: each persona's log attention to a type, on the scale where education, emotion and promotion sum to 0."""
    people: list[Persona] = [getattr(response.personas, name) for name in PERSONAS]
    centred = np.array([[getattr(person, name) for name in _CENTRED] for person in people])
    own = np.array([getattr(person, content) for person in people])
    return np.asarray(own - centred.mean(axis=1))


def hour_match(response: "Response", hour: float) -> np.ndarray:
    """float64[4]: relative attention of each persona at an hour, mean 1 over the day (von Mises density)."""
    from scipy.special import i0e

    people: list[Persona] = [getattr(response.personas, name) for name in PERSONAS]
    peak = np.array([p.peak_hour for p in people])
    strength = np.array([p.hour_match for p in people])
    angle = 2.0 * np.pi * (hour - peak) / 24.0
    relative: np.ndarray = np.exp(strength * (np.cos(angle) - 1.0)) / i0e(strength)
    return relative


def _adviser(scenario: "Scenario", decided: Decided) -> float:
    adviser, community = scenario.response.adviser, scenario.policy.community
    if community is not None and community.adviser and decided.channel == "group":
        return adviser
    if decided.channel not in _PERSONAL and decided.content != "live":
        return 1.0
    return {"shop": 1.0, "friend": math.sqrt(adviser), "adviser": adviser}[scenario.policy.account]
