"""Plain scenarios key by key: what one sets, and what two do differently."""

from collections.abc import Iterator
from typing import Any, TypeAlias

Difference: TypeAlias = tuple[str, Any, Any]


def differences(mine: Any, theirs: Any, key: str = "") -> list[Difference]:
    """(dotted key, mine, theirs) wherever they differ; channels match by name, other items by number."""
    mine, theirs = _keyed(mine, key), _keyed(theirs, key)
    if isinstance(mine, dict) and isinstance(theirs, dict):
        keys = [*mine, *(other for other in theirs if other not in mine)]
        return [
            difference
            for name in keys
            for difference in differences(
                _said(mine, theirs, name), _said(theirs, mine, name), f"{key}.{name}" if key else str(name)
            )
        ]
    return [] if mine == theirs else [(key, mine, theirs)]


def _said(values: dict[str, Any], others: dict[str, Any], name: str) -> Any:
    """What `values` says of a key, None for nothing; a null that only it says is told from nothing by the word."""
    given = values.get(name)
    return "null" if given is None and name in values and name not in others else given


def flat(values: Any, key: str = "") -> Iterator[tuple[str, Any]]:
    """(dotted key, value) of everything that is set; channels go by name, other items by number, lists of scalars whole."""
    inside = _keyed(values, key) if values else values
    if not isinstance(inside, dict):
        yield key, values
        return
    for name, value in inside.items():
        if value != {}:
            yield from flat(value, f"{key}.{name}" if key else str(name))


def _keyed(value: Any, key: str) -> Any:
    """A list of mappings as one of them: channels of acquisition by their names, the rest by number."""
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        return value
    named = key.rpartition(".")[2] == "acquisition"  # lines and touches have a channel, too, which names none of them
    return {item.get("channel", str(n)) if named else str(n): item for n, item in enumerate(value)}
