"""The parts of a response: what differs by persona, by type of content and by channel.

Every number is declared with its unit, range, prior and source, as those of `Response` are; defaults live here only.
"""

from collections.abc import Mapping
from typing import Any, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, model_validator

from sim.scenario.former_keys import COUPON_APPEAL, renamed_coupon_appeal

Spread: TypeAlias = float | dict[str, float]
"""Standard deviation of a prior: one for all, or one by the name of the persona or the type of content."""


class Frozen(BaseModel):
    """A piece of a response: unknown keys, text for numbers, NaN and infinity are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, strict=True)


def number(default: float, low: float, high: float, *, unit: str, prior_sd: Spread, source: str, says: str) -> Any:
    """A parameter: its default, range, unit, spread of the prior and where it comes from."""
    return Field(
        default=default,
        ge=low,
        le=high,
        description=f"{says} ({unit})",
        json_schema_extra={"unit": unit, "prior_sd": prior_sd, "source": source, "low": low, "high": high},  # type: ignore[dict-item]
    )


class Persona(Frozen):
    """What members of one persona have in common.

    Of the affinities only differences count: the mean over education, emotion and promotion is taken from all five,
    because a common level is attention.
    """

    attention: float = number(
        0.6, 0.01, 10, unit="hazard a message", prior_sd=0.12, source="E24, E13: reading 20-30 %",
        says="o_mean: mean attention to a message on the reference channel",
    )  # fmt: skip
    tolerance: float = number(
        0.8, 0.05, 20, unit="messages a day", prior_sd=0.2, source="E1, E5: optimum near one a day or below",
        says="the steady number of messages a day that fills her tolerance",
    )  # fmt: skip
    education: float = number(
        0.0, -2, 2, unit="log attention", prior_sd=0.1, source="assumption", says="affinity to education"
    )
    emotion: float = number(
        0.0, -2, 2, unit="log attention", prior_sd=0.1, source="assumption", says="affinity to emotion"
    )
    promotion: float = number(
        0.0, -2, 2, unit="log attention", prior_sd=0.1, source="assumption", says="affinity to promotion"
    )
    live: float = number(
        0.0, -2, 2, unit="log attention", prior_sd=0.1, source="assumption", says="affinity to live sessions"
    )
    ugc: float = number(
        0.0, -2, 2, unit="log attention", prior_sd=0.1, source="assumption",
        says="affinity to what other members write and show",
    )  # fmt: skip
    price_appeal: float = number(
        2.0, 0, 20, unit="relative demand per unit of value", source="E9, E11 (x 3 to 5)",
        prior_sd={"price_sensitive": 0.8, "quality_seeker": 0.5, "sociable": 0.5, "busy": 0.5},
        says="b_price: how much money in hand worth the whole basket would add to demand",
    )  # fmt: skip
    novelty_appeal: float = number(
        2.0, 0, 20, unit="relative demand per unit of worth", source="assumption",
        prior_sd={"price_sensitive": 0.5, "quality_seeker": 0.8, "sociable": 0.6, "busy": 0.5},
        says="b_novelty: how much a trial, gift, vote or early access of worth 1 adds to demand while it is new to her",
    )  # fmt: skip
    peak_hour: float = number(
        20.0, 0, 24, unit="hour", prior_sd=0.0, source="assumption", says="the hour at which she looks most"
    )
    hour_match: float = number(
        0.0, 0, 1.5, unit="concentration", prior_sd=0.15, source="E29: no effect found; E26: mornings",
        says="how strongly her attention gathers about that hour (von Mises; 0: any hour will do)",
    )  # fmt: skip

    @model_validator(mode="before")
    @classmethod
    def _former_keys(cls, given: Any) -> Any:
        return renamed_coupon_appeal(given) if isinstance(given, dict) and COUPON_APPEAL in given else given


class Content(Frozen):
    """What reading (or merely getting) one message of a type does."""

    trust: float = number(
        0.05, -0.3, 0.3, unit="share of the way a read message", source="assumption; E7, E8",
        prior_sd={"education": 0.02, "emotion": 0.02, "promotion": 0.02, "live": 0.03, "ugc": 0.03},
        says="gain_c: how far a read message moves trust toward 1 (negative: toward -1)",
    )  # fmt: skip
    interest: float = number(
        0.2, 0, 2, unit="interest a read message", source="assumption; E9",
        prior_sd={"education": 0.06, "emotion": 0.06, "promotion": 0.12, "live": 0.15, "ugc": 0.1},
        says="size_c: interest that a read message adds",
    )  # fmt: skip
    weight: float = number(
        0.8, 0, 2, unit="messages", source="assumption; E4, E6",
        prior_sd={"education": 0.1, "emotion": 0.1, "promotion": 0.1, "live": 0.15, "ugc": 0.15},
        says="weight_c: fatigue of one unread message of this type",
    )  # fmt: skip
    engage: float = number(
        0.15, 0, 0.9, unit="chance a read message", source="E24: flows 5 %, broadcasts 1 %; promotion sets the scale",
        prior_sd={"education": 0.06, "emotion": 0.05, "promotion": 0.0, "live": 0.08, "ugc": 0.06},
        says="engage_c: chance that a read message is clicked or answered",
    )  # fmt: skip


PERSONA_DEFAULTS: dict[str, dict[str, float]] = {
    "price_sensitive": {
        "tolerance": 0.9, "education": -0.3, "emotion": -0.1, "promotion": 0.4, "live": 0.0, "ugc": -0.1,
        "price_appeal": 5.0, "novelty_appeal": 1.0,
    },
    "quality_seeker": {
        "tolerance": 0.7, "education": 0.4, "emotion": 0.0, "promotion": -0.4, "live": 0.2, "ugc": 0.0,
        "price_appeal": 1.0, "novelty_appeal": 3.0,
    },
    "sociable": {
        "attention": 0.7, "tolerance": 0.9, "education": -0.1, "emotion": 0.3, "promotion": -0.2, "live": 0.2,
        "ugc": 0.4, "price_appeal": 2.0, "novelty_appeal": 2.0, "peak_hour": 10.0,
    },
    "busy": {
        "attention": 0.4, "tolerance": 0.5, "education": 0.1, "emotion": -0.1, "promotion": 0.0, "live": -0.1,
        "ugc": -0.2, "price_appeal": 1.5, "novelty_appeal": 1.0, "peak_hour": 21.0,
    },
}  # fmt: skip

CONTENT_DEFAULTS: dict[str, dict[str, float]] = {
    "education": {"trust": 0.1, "interest": 0.12, "weight": 0.7, "engage": 0.2},
    "emotion": {"trust": 0.06, "interest": 0.15, "weight": 0.75, "engage": 0.15},
    "promotion": {"trust": -0.05, "interest": 0.45, "weight": 1.15, "engage": 0.08},
    "live": {"trust": 0.12, "interest": 0.5, "weight": 0.7, "engage": 0.3},
    "ugc": {"trust": 0.1, "interest": 0.3, "weight": 0.6, "engage": 0.2},
}


def _filled(given: Any, defaults: Mapping[str, dict[str, float]], former: Mapping[str, str] | None = None) -> Any:
    """Fill what a planner left out of one persona or content with that one's own default, not with the class's.

    former: old keys and what they are called today; a default never stands beside the old key of the same parameter.
    """
    if not isinstance(given, dict):
        return given
    filled: dict[str, Any] = dict(defaults)
    for name, values in given.items():
        own = defaults.get(name, {})
        if isinstance(values, dict):
            said = {(former or {}).get(key) for key in values}
            filled[name] = {key: value for key, value in own.items() if key not in said} | values
        else:
            filled[name] = values
    return filled


class Personas(Frozen):
    """The fixed catalogue of personas: a market sets their shares, never their behaviour."""

    price_sensitive: Persona = Persona(**PERSONA_DEFAULTS["price_sensitive"])
    quality_seeker: Persona = Persona(**PERSONA_DEFAULTS["quality_seeker"])
    sociable: Persona = Persona(**PERSONA_DEFAULTS["sociable"])
    busy: Persona = Persona(**PERSONA_DEFAULTS["busy"])

    @model_validator(mode="before")
    @classmethod
    def _own_defaults(cls, given: Any) -> Any:
        return _filled(given, PERSONA_DEFAULTS, {COUPON_APPEAL: "price_appeal"})


class Contents(Frozen):
    """The types of content."""

    education: Content = Content(**CONTENT_DEFAULTS["education"])
    emotion: Content = Content(**CONTENT_DEFAULTS["emotion"])
    promotion: Content = Content(**CONTENT_DEFAULTS["promotion"])
    live: Content = Content(**CONTENT_DEFAULTS["live"])
    ugc: Content = Content(**CONTENT_DEFAULTS["ugc"])

    @model_validator(mode="before")
    @classmethod
    def _own_defaults(cls, given: Any) -> Any:
        return _filled(given, CONTENT_DEFAULTS)


def _reach(default: float, *, source: str, says: str) -> Any:
    sd = 0.0 if source == "convention" else round(default / 4, 6)
    return number(default, 0, 5, unit="relative attention", prior_sd=sd, source=source, says=says)


class Reach(Frozen):
    """reach_k: how much attention a channel gets, the one-to-one message being 1."""

    one_to_one: float = _reach(1.0, source="convention", says="one-to-one message")
    group: float = _reach(0.35, source="E26", says="message in a group")
    moments: float = _reach(0.2, source="assumption", says="post in Moments")
    mini_program: float = _reach(0.3, source="assumption", says="subscription message of a mini-program")
    mass: float = _reach(0.7, source="assumption", says="one of the mass messages that staff confirm")
    official: float = _reach(0.3, source="assumption", says="message of an official account")
    sms: float = _reach(0.3, source="assumption", says="text message")
    call: float = _reach(2.0, source="assumption", says="telephone call that is picked up")


def _tiring(default: float, *, source: str, says: str) -> Any:
    sd = 0.0 if source == "convention" else round(default / 4, 6)
    return number(default, 0, 5, unit="relative fatigue", prior_sd=sd, source=source, says=says)


class Tiring(Frozen):
    """tired_k: how much a message on a channel tires, the one-to-one message being 1."""

    one_to_one: float = _tiring(1.0, source="convention", says="one-to-one message")
    group: float = _tiring(0.25, source="assumption; E26", says="message in a group")
    moments: float = _tiring(0.2, source="assumption", says="post in Moments")
    mini_program: float = _tiring(0.5, source="assumption", says="subscription message of a mini-program")
    mass: float = _tiring(1.0, source="assumption", says="one of the mass messages that staff confirm")
    official: float = _tiring(0.5, source="assumption", says="message of an official account")
    sms: float = _tiring(1.0, source="assumption", says="text message")
    call: float = _tiring(2.0, source="assumption", says="telephone call, picked up or not")
