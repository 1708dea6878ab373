"""Former names of response parameters: files that have them still mean what they meant.

One rate of clicks has become one chance by type of content (`click_rate`: `contents.*.engage`), and the appeal of coupons
that of money off in any form (`coupon_appeal`: `price_appeal`). What is refused is told under the name that was written.
"""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from sim.catalogue import CONTENT_TYPES, PERSONAS
from sim.reading.part import Misfit

CLICK_RATE, COUPON_APPEAL = "click_rate", "coupon_appeal"
_ENGAGE, _PRICE_APPEAL = "engage", "price_appeal"
_BOTH = "is the former name of {today}, which is given, too; leave {former} out"


class _Former(BaseModel):
    """The former keys with their ranges, so that a bad value is refused under the key as written."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, strict=True)

    click_rate: float = Field(default=0.0, ge=0, le=0.9)
    coupon_appeal: float = Field(default=0.0, ge=0, le=20)


def renamed_click_rate(given: dict[str, Any]) -> dict[str, Any]:
    """A response's values with `click_rate` as the `engage` of every content. Raises Misfit if one is given, too."""
    values = dict(given)
    rate = _checked(CLICK_RATE, values.pop(CLICK_RATE))
    contents = values.get("contents", {})
    if not isinstance(
        contents, Mapping
    ):  # a part that is already checked has every key; anything else is refused there
        if isinstance(contents, BaseModel):
            raise Misfit(_BOTH, CLICK_RATE, today="contents.*.engage", former=CLICK_RATE)
        return values
    for name, content in contents.items():
        if isinstance(content, BaseModel) or (isinstance(content, Mapping) and _ENGAGE in content):
            raise Misfit(_BOTH, CLICK_RATE, today=f"contents.{name}.engage", former=CLICK_RATE)
    own = {name: {_ENGAGE: rate} for name in CONTENT_TYPES}
    laid_upon = {
        name: {**own.get(name, {}), **content} if isinstance(content, Mapping) else content
        for name, content in contents.items()
    }
    return values | {"contents": own | laid_upon}


def renamed_coupon_appeal(given: dict[str, Any]) -> dict[str, Any]:
    """A persona's values with `coupon_appeal` as `price_appeal`. Raises Misfit if that is given, too."""
    values = dict(given)
    appeal = _checked(COUPON_APPEAL, values.pop(COUPON_APPEAL))
    if _PRICE_APPEAL in values:
        raise Misfit(_BOTH, COUPON_APPEAL, today=_PRICE_APPEAL, former=COUPON_APPEAL)
    return values | {_PRICE_APPEAL: appeal}


def in_todays_words(response: Any) -> Any:
    """What a file says of the response, with today's keys; anything that is no response's values as it is."""
    if not isinstance(response, dict):
        return response
    values = renamed_click_rate(response) if CLICK_RATE in response else dict(response)
    if isinstance(people := values.get("personas"), dict):
        values["personas"] = {
            name: renamed_coupon_appeal(said) if isinstance(said, dict) and COUPON_APPEAL in said else said
            for name, said in people.items()
        }
    return values


def make_way(values: dict[str, Any], dotted: str) -> None:
    """Take out of a whole scenario's `values`, in place, what a former key `dotted` is going to set."""
    if dotted == "response.file":
        values["response"] = {}
        return
    contents, personas = values["response"]["contents"], values["response"]["personas"]
    if dotted == f"response.{CLICK_RATE}":
        for name in CONTENT_TYPES:
            contents[name].pop(_ENGAGE, None)
    for name in PERSONAS:
        if dotted == f"response.personas.{name}.{COUPON_APPEAL}":
            personas[name].pop(_PRICE_APPEAL, None)


def _checked(key: str, value: Any) -> float:
    return float(getattr(_Former.model_validate({key: value}), key))
