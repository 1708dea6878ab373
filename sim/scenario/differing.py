"""Plain scenarios key by key: what one sets, and what two do differently."""

from collections.abc import Iterator
from typing import Any, TypeAlias

Difference: TypeAlias = tuple[str, Any, Any]


def differences(mine: Any, theirs: Any, key: str = "") -> list[Difference]:
    """(dotted key, mine, theirs) wherever they differ; channels match by name, other items by number."""
    mine, theirs = _keyed(mine), _keyed(theirs)
    if isinstance(mine, dict) and isinstance(theirs, dict):
        keys = [*mine, *(other for other in theirs if other not in mine)]
        return [
            difference
            for name in keys
            for difference in differences(mine.get(name), theirs.get(name), f"{key}.{name}" if key else str(name))
        ]
    return [] if mine == theirs else [(key, mine, theirs)]


def flat(values: Any, key: str = "") -> Iterator[tuple[str, Any]]:
    """(dotted key, value) of everything that is set; channels go by name, other items by number, lists of scalars whole."""
    inside = _keyed(values) if values else values
    if not isinstance(inside, dict):
        yield key, values
        return
    for name, value in inside.items():
        if value != {}:
            yield from flat(value, f"{key}.{name}" if key else str(name))


def _keyed(value: Any) -> Any:
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        return value
    return {item.get("channel", str(number)): item for number, item in enumerate(value)}
