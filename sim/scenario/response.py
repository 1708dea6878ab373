"""How members respond: every behavioural number with its unit, range, prior and source. Defaults live here only.

Symbols are those of docs/model.md. A prior is a normal distribution about the default, cut to the range; `prior_sd` 0 says
the number is a convention and not a belief. Sources are rows of the evidence table (E1 ...) or "assumption".
"""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic.fields import FieldInfo


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, strict=True)


def _number(default: float, low: float, high: float, *, unit: str, prior_sd: float, source: str, says: str) -> Any:
    """A parameter: its default, range, unit, spread of the prior and where it comes from."""
    return Field(
        default=default,
        ge=low,
        le=high,
        description=f"{says} ({unit})",
        json_schema_extra={"unit": unit, "prior_sd": prior_sd, "source": source, "low": low, "high": high},
    )


class Persona(_Frozen):
    """What members of one persona have in common."""

    attention: float = _number(
        0.6, 0.01, 10, unit="hazard a message", prior_sd=0.12, source="E24, E13: reading 20-30 %",
        says="o_mean: mean attention to a message on the reference channel",
    )  # fmt: skip
    tolerance: float = _number(
        0.8, 0.05, 20, unit="messages a day", prior_sd=0.2, source="E1, E5: optimum near one a day or below",
        says="the steady number of messages a day that fills her tolerance",
    )  # fmt: skip
    education: float = _number(
        0.0, -2, 2, unit="log attention", prior_sd=0.1, source="assumption", says="affinity to education"
    )
    emotion: float = _number(
        0.0, -2, 2, unit="log attention", prior_sd=0.1, source="assumption", says="affinity to emotion"
    )
    promotion: float = _number(
        0.0, -2, 2, unit="log attention", prior_sd=0.1, source="assumption", says="affinity to promotion"
    )
    coupon_appeal: float = _number(
        2.0, 0, 20, unit="relative demand per unit of coupon value", prior_sd=0.5, source="E9, E11 (x 3 to 5)",
        says="b_coupon: how much a coupon in hand worth the whole basket would add to demand",
    )  # fmt: skip
    peak_hour: float = _number(
        20.0, 0, 24, unit="hour", prior_sd=0.0, source="assumption", says="the hour at which she looks most"
    )
    hour_match: float = _number(
        0.0, 0, 5, unit="concentration", prior_sd=0.1, source="E29: no effect found; E26: mornings",
        says="how strongly her attention gathers about that hour (von Mises; 0: any hour will do)",
    )  # fmt: skip


class Content(_Frozen):
    """What reading (or merely getting) one message of a type does."""

    trust: float = _number(
        0.05, -0.5, 0.5, unit="share of the way a read message", prior_sd=0.015, source="assumption; E7, E8",
        says="gain_c: how far a read message moves trust toward 1 (negative: toward -1)",
    )  # fmt: skip
    interest: float = _number(
        0.2, 0, 5, unit="interest a read message", prior_sd=0.06, source="assumption; E9",
        says="size_c: interest that a read message adds",
    )  # fmt: skip
    weight: float = _number(
        0.8, 0, 5, unit="messages", prior_sd=0.1, source="assumption; E4, E6",
        says="weight_c: fatigue of one unread message of this type",
    )  # fmt: skip


_PERSONA_DEFAULTS: dict[str, dict[str, float]] = {
    "price_sensitive": {
        "tolerance": 0.9, "education": -0.3, "emotion": -0.1, "promotion": 0.4, "coupon_appeal": 5.0,
    },
    "quality_seeker": {
        "tolerance": 0.7, "education": 0.4, "emotion": 0.0, "promotion": -0.4, "coupon_appeal": 1.0,
    },
    "sociable": {
        "attention": 0.7, "tolerance": 0.9, "education": -0.1, "emotion": 0.3, "promotion": -0.2,
        "coupon_appeal": 2.0,
    },
    "busy": {
        "attention": 0.4, "tolerance": 0.5, "education": 0.1, "emotion": -0.1, "promotion": 0.0,
        "coupon_appeal": 1.5, "peak_hour": 21.0, "hour_match": 0.5,
    },
}  # fmt: skip

_CONTENT_DEFAULTS: dict[str, dict[str, float]] = {
    "education": {"trust": 0.1, "interest": 0.12, "weight": 0.7},
    "emotion": {"trust": 0.06, "interest": 0.15, "weight": 0.75},
    "promotion": {"trust": -0.05, "interest": 0.45, "weight": 1.15},
}


def _filled(given: Any, defaults: dict[str, dict[str, float]]) -> Any:
    """Fill what a planner left out of one persona or content with that one's own default, not with the class's."""
    if not isinstance(given, dict):
        return given
    return {
        name: defaults.get(name, {}) | given[name] if isinstance(given.get(name), dict) else given.get(name, own)
        for name, own in (defaults | {k: v for k, v in given.items() if k not in defaults}).items()
    }


class Personas(_Frozen):
    """The fixed catalogue of personas: a market sets their shares, never their behaviour."""

    price_sensitive: Persona = Persona(**_PERSONA_DEFAULTS["price_sensitive"])
    quality_seeker: Persona = Persona(**_PERSONA_DEFAULTS["quality_seeker"])
    sociable: Persona = Persona(**_PERSONA_DEFAULTS["sociable"])
    busy: Persona = Persona(**_PERSONA_DEFAULTS["busy"])

    @model_validator(mode="before")
    @classmethod
    def _own_defaults(cls, given: Any) -> Any:
        return _filled(given, _PERSONA_DEFAULTS)


class Contents(_Frozen):
    """The types of content."""

    education: Content = Content(**_CONTENT_DEFAULTS["education"])
    emotion: Content = Content(**_CONTENT_DEFAULTS["emotion"])
    promotion: Content = Content(**_CONTENT_DEFAULTS["promotion"])

    @model_validator(mode="before")
    @classmethod
    def _own_defaults(cls, given: Any) -> Any:
        return _filled(given, _CONTENT_DEFAULTS)


class Reach(_Frozen):
    """reach_k: how much attention a channel gets, the one-to-one message being 1."""

    one_to_one: float = _number(
        1.0, 0, 5, unit="relative attention", prior_sd=0.0, source="convention", says="one-to-one message"
    )
    group: float = _number(
        0.35, 0, 5, unit="relative attention", prior_sd=0.08, source="E26", says="message in a group"
    )
    moments: float = _number(
        0.2, 0, 5, unit="relative attention", prior_sd=0.06, source="assumption", says="post in Moments"
    )
    mini_program: float = _number(
        0.3, 0, 5, unit="relative attention", prior_sd=0.08, source="assumption",
        says="subscription message of a mini-program",
    )  # fmt: skip


class Response(_Frozen):
    """Every behavioural parameter of docs/model.md. The same for all strategies that are compared."""

    # the clock (section 2)
    ceiling: float = _number(
        4.0, 1.5, 20, unit="relative demand", prior_sd=0.0, source="convention",
        says="M: demand never exceeds this multiple",
    )  # fmt: skip
    trust_on_demand: float = _number(
        0.5, -0.95, 0.95, unit="relative demand", prior_sd=0.12, source="E27 (+30 %), E7", says="b_trust"
    )
    interest_on_demand: float = _number(
        1.2, 0, 5, unit="relative demand", prior_sd=0.3, source="E9, E27", says="b_interest"
    )
    habit_on_demand: float = _number(
        0.4, 0, 0.95, unit="relative demand", prior_sd=0.1, source="E14, E15",
        says="b_habit: what a full coupon habit takes from demand",
    )  # fmt: skip
    pull_depth: float = _number(
        0.3, 0, 0.95, unit="relative demand", prior_sd=0.08, source="E15",
        says="depth: what a discounted order takes from demand just after it (bought ahead)",
    )  # fmt: skip
    pull_half_life: float = _number(
        14.0, 1, 365, unit="days", prior_sd=4.0, source="E9, E15", says="half-life of buying ahead"
    )
    life_exponent: float = _number(
        1.0, 0, 1.5, unit="exponent", prior_sd=0.0, source="docs/model.md section 2",
        says="c_life: 1 keeps the calendar life as long as before, 0 keeps the number of orders",
    )  # fmt: skip
    trust_on_loyalty: float = _number(
        0.6, 0, 3, unit="log exponent", prior_sd=0.15, source="E21: churn 19 -> 7 %",
        says="b_loyal: trust makes each order less likely to be the last",
    )  # fmt: skip
    attention_on_rhythm: float = _number(
        0.0, -1, 1, unit="exponent", prior_sd=0.0, source="E2", says="c: 0 keeps attention and rhythm apart"
    )
    # trust, interest, habit
    trust_half_life: float = _number(
        45.0, 7, 365, unit="days", prior_sd=10.0, source="E22, E23", says="half-life of trust"
    )
    interest_half_life: float = _number(
        4.0, 0.5, 60, unit="days", prior_sd=1.0, source="E9: carry-over of a week", says="half-life of interest"
    )
    habit_up: float = _number(
        0.2, 0, 1, unit="share of the way", prior_sd=0.05, source="E14",
        says="how far a discounted order moves the coupon habit toward 1",
    )  # fmt: skip
    habit_down: float = _number(
        0.1, 0, 1, unit="share of the way", prior_sd=0.03, source="E14",
        says="how far a full-price order moves the coupon habit toward 0",
    )  # fmt: skip
    # attention (section 3)
    attention_shape: float = _number(
        1.5, 0.1, 50, unit="shape", prior_sd=0.3, source="E26: clusters of readers", says="kappa of o_i"
    )
    trust_on_attention: float = _number(0.6, -2, 3, unit="log attention", prior_sd=0.15, source="E8, E24", says="b_R")
    lost_attention: float = _number(
        0.5, 0, 1, unit="relative attention", prior_sd=0.1, source="assumption",
        says="what a lost customer keeps of her attention",
    )  # fmt: skip
    sameness: float = _number(
        0.06, 0, 1, unit="log attention a repetition", prior_sd=0.02, source="assumption",
        says="what each further message of the same type in a row takes from attention (counted up to 5)",
    )  # fmt: skip
    click_rate: float = _number(0.1, 0, 0.99, unit="clicks a read message", prior_sd=0.03, source="E24", says="c_click")
    click_trust: float = _number(
        0.02, 0, 0.5, unit="share of the way a click", prior_sd=0.005, source="assumption",
        says="trust gained by an interaction",
    )  # fmt: skip
    click_interest: float = _number(
        0.4, 0, 5, unit="interest a click", prior_sd=0.1, source="E24", says="interest added by an interaction"
    )
    # fatigue, leaving, complaining (section 4)
    fatigue_half_life: float = _number(
        7.0, 1, 60, unit="days", prior_sd=2.5, source="E23: wide, 3-21 days", says="half-life of fatigue"
    )
    tolerance_spread: float = _number(
        0.4, 0, 2, unit="log sd", prior_sd=0.08, source="E5: stated limits differ widely",
        says="how much members of a persona differ in tolerance",
    )  # fmt: skip
    leave_base: float = _number(
        0.0004, 0, 0.2, unit="hazard a day", prior_sd=0.0001, source="E25", says="base: leaving for no reason"
    )
    leave_early: float = _number(
        0.02, 0, 1, unit="hazard a day", prior_sd=0.006, source="E25", says="early: leaving just after joining"
    )
    leave_fatigue: float = _number(
        0.002, 0, 1, unit="hazard a day", prior_sd=0.0006, source="E1, E4, E6",
        says="k_F: leaving when fatigue is twice the tolerance",
    )  # fmt: skip
    frailty_shape: float = _number(
        1.5, 0.2, 50, unit="shape", prior_sd=0.3, source="assumption", says="k of omega_i (mean 1)"
    )
    complaint_share: float = _number(
        0.1, 0, 1, unit="share", prior_sd=0.03, source="E6",
        says="complaints per fatigue-driven departure",
    )  # fmt: skip
    complaint_trust: float = _number(
        0.15, 0, 1, unit="share of the way", prior_sd=0.04, source="assumption", says="trust lost by a complaint"
    )
    sleeping_dog: float = _number(
        0.003, 0, 0.5, unit="hazard a message", prior_sd=0.001, source="E18: 6 % -> 10 % in three months",
        says="leaving when a message reaches a member silent for 90 days",
    )  # fmt: skip
    # baskets and coupons
    top_up: float = _number(
        0.4, 0, 1, unit="chance", prior_sd=0.1, source="assumption",
        says="chance that a basket just below a coupon's threshold is filled up to it; times (basket / threshold)^3, "
        "none below a third of it",
    )  # fmt: skip
    trust_on_basket: float = _number(
        0.08, 0, 1, unit="relative basket", prior_sd=0.03, source="E8; assumption",
        says="how much full trust raises a basket (advice sells more than one thing)",
    )  # fmt: skip
    reach: Reach = Reach()
    contents: Contents = Contents()
    personas: Personas = Personas()

    def draw(self, seed: int, replicate: int) -> "Response":
        """The `replicate`-th draw from the priors about this response, the same for all scenarios with this seed."""
        from sim.draws import prior_key  # compiled code: only who draws has to wait for it

        return self.model_validate(_drawn(self, prior_key(seed, replicate), ""))


def _drawn(model: BaseModel, key: Any, path: str) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name, field in type(model).model_fields.items():
        value = getattr(model, name)
        where = f"{path}.{name}"
        values[name] = (
            _drawn(value, key, where) if isinstance(value, BaseModel) else _from_prior(value, field, key, where)
        )
    return values


def _from_prior(value: float, field: FieldInfo, key: Any, where: str) -> float:
    """A normal about `value`, cut to the parameter's range, by inverting its distribution function."""
    about = field.json_schema_extra
    assert isinstance(about, dict)
    sd, low, high = (float(str(about[k])) for k in ("prior_sd", "low", "high"))
    if sd == 0.0:
        return value
    from scipy.special import ndtr, ndtri

    from sim.draws import named_uniform

    below, above = ndtr((low - value) / sd), ndtr((high - value) / sd)
    u = named_uniform(key, where)
    return float(min(max(value + sd * ndtri(below + u * (above - below)), low), high))
