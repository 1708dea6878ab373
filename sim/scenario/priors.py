"""Drawing from the priors of parameters: each about its value, keyed by its name, cut to its range."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo


def drawn(model: BaseModel, key: Any, path: str = "", scaled: Mapping[str, float] | None = None) -> dict[str, Any]:
    """A draw of every parameter of `model` and its parts, as a mapping that the model reads.

    A parameter's draw belongs to its dotted name under `key`, so that a new parameter moves none of the others. scaled:
    factors on the draws of parameters of these names; what they lead out of a range is cut to it.
    """
    values: dict[str, Any] = {}
    factors = scaled or {}
    for name, field in type(model).model_fields.items():
        value = getattr(model, name)
        where = f"{path}.{name}"
        if isinstance(value, BaseModel):
            if inside := drawn(value, key, where, scaled):
                values[name] = inside
        elif isinstance(field.json_schema_extra, dict):  # what names or spreads the whole is no parameter
            values[name] = _from_prior(value, field, key, where, factors.get(name, 1.0))
    return values


def standard_normal(key: Any, name: str) -> float:
    """The standard normal number that belongs to `name` under `key`."""
    from scipy.special import ndtri

    from sim.draws import named_uniform

    return float(ndtri(named_uniform(key, name)))


def _from_prior(value: float, field: FieldInfo, key: Any, where: str, factor: float) -> float:
    """A normal about `value`, cut to the parameter's range, by inverting its distribution function; times `factor`."""
    about = field.json_schema_extra
    assert isinstance(about, dict)
    spread: Any = about["prior_sd"]
    # by the name of the persona or the content that has the parameter
    sd = float(spread[where.split(".")[-2]] if isinstance(spread, dict) else spread)
    low, high = float(str(about["low"])), float(str(about["high"]))
    if sd == 0.0:
        return value
    from scipy.special import ndtr, ndtri

    from sim.draws import named_uniform

    below, above = ndtr((low - value) / sd), ndtr((high - value) / sd)
    u = named_uniform(key, where)
    return float(min(max(factor * min(max(value + sd * ndtri(below + u * (above - below)), low), high), low), high))
