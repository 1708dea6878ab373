"""Setting one value in plain data by its dotted key, such as `policy.push.per_week`."""

import re
from typing import Any

from models.errors import BadInput
from models.words import Listed, Remark
from sim.reading.part import suggestion

_BENEFITS = "benefits"  # whose names are the scenario's own; those of other mappings the models know


def put(values: dict[str, Any], dotted: str, value: Any) -> None:
    """Set `value` at `dotted` in `values`, in place; makes mappings on the way, items of lists must be there.

    An item is named by its number from 0 (`coupons.0`, `coupons[0]`), a channel also by its name. Whether the
    key is known is for the models to say, but for a benefit's name. Raises BadInput.
    """
    if not dotted.strip():
        raise BadInput("the empty key names nothing; write one like policy.push.per_week")
    *way, last = re.sub(r"\[(\d+)\]", r".\1", dotted).split(".")
    here: Any = values
    above = ""
    for step in way:
        key = _key(here, step, above, dotted)
        if above == _BENEFITS and key not in here:
            raise BadInput(
                "{dotted}: there is no benefit {name}; {suggestion}",
                dotted=dotted,
                name=key,
                suggestion=suggestion(str(key), list(here)) if here else Remark("write it into policy.benefits first"),
            )
        here = here.setdefault(key, {}) if isinstance(here, dict) else here[key]
        above = step
    here[_key(here, last, above, dotted)] = value


def _key(here: Any, step: str, above: str, dotted: str) -> Any:
    """How `step` is found in `here`, a mapping or a list."""
    if isinstance(here, list):
        return _number_of(here, step, dotted, named=above == "acquisition")
    if isinstance(here, dict):
        return step
    raise BadInput("{dotted}: there is nothing below {above}; change that key itself", dotted=dotted, above=above)


def _number_of(items: list[Any], step: str, dotted: str, named: bool) -> int:
    """The number of an item, given as such or, where items are `named`, by the name of its channel."""
    if step.isascii() and step.isdigit() and int(step) < len(items):
        return int(step)
    names = [
        str(item.get("channel", n)) if named and isinstance(item, dict) else str(n) for n, item in enumerate(items)
    ]
    if step in names:
        return names.index(step)
    raise BadInput(
        "{dotted}: there is no {step} in this list; it has {names}",
        dotted=dotted,
        step=step,
        names=Listed(names, ",") if names else Remark("nothing"),
    )
