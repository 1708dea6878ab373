"""A scenario as understood: YAML lines, each with whether it says anything but the default."""

from collections.abc import Iterator
from typing import Any

from sim.scenario.differing import differences
from sim.scenario.positions import Tree, parse
from sim.scenario.response import Response
from sim.scenario.scenario import Scenario
from sim.scenario.writing import yaml_text


def understood(scenario: Scenario, everything: bool = False) -> list[tuple[str, bool]]:
    """(line, whether it says the default) of the scenario; of the response only changes, or everything."""
    values = scenario.plain()
    changed = changed_values(scenario)
    if not everything:
        values["response"] = changed["response"]
    text = yaml_text(values)
    said = set(_lines_said(parse(text, "understood"), changed))
    return [(line, number not in said) for number, line in enumerate(text.splitlines(), 1)]


def changed_values(scenario: Scenario) -> dict[str, Any]:
    """The scenario as JSON has it, without what is as by default; lists keep their length."""
    changed = scenario.model_dump(mode="json", by_alias=True, exclude_none=True, exclude_defaults=True)
    # a persona's default in a response is its own and not its class's, which exclude_defaults compares with
    changed["response"] = {}
    for dotted, mine, _ in differences(scenario.response.model_dump(), Response().model_dump()):
        here = changed["response"]
        *way, last = dotted.split(".")
        for step in way:
            here = here.setdefault(step, {})
        here[last] = mine
    return changed


def _lines_said(tree: Tree, changed: Any) -> Iterator[int]:
    """The lines of `tree` on which something of `changed` stands."""
    if tree.place:
        yield tree.place.line
    if isinstance(tree.value, dict) and isinstance(changed, dict):
        for key, item in tree.value.items():
            if key in changed:
                yield from _lines_said(item, changed[key])
    elif isinstance(tree.value, list) and isinstance(changed, list):
        for item, said in zip(tree.value, changed, strict=True):
            yield from _lines_said(item, said)
