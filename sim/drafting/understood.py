"""A scenario as understood: YAML lines, each with whether it says anything but the default."""

from collections.abc import Iterable, Iterator
from typing import Any

from sim.reading.positions import Tree, parse
from sim.reading.told import told_in
from sim.reading.writing import yaml_text
from sim.scenario.former_keys import in_todays_words
from sim.scenario.scenario import Scenario
from sim.words import Language

_FIRST = (
    "name",
    "believes",
    "expects",
    "policy",
    "costs",
    "targets",
)  # what the strategy is, before what it is tried on
_LAST = ("market", "response")


def understood(
    scenario: Scenario, everything: bool = False, said: dict[str, Any] | None = None, lang: Language = "en"
) -> list[tuple[str, bool]]:
    """Pairs (line, True if the line only shows a default) of the scenario, the policy first.

    said: what its files say (`load_said`); left out, what differs from the defaults. Of the response only what is said,
    and no covariances, unless `everything`. Of a belief in both languages the sentence of `lang`.
    """
    values = scenario.plain()
    values["believes"] = told_in(scenario.believes, lang)
    about = told_in(scenario.response.about, lang)
    values["response"] |= {"about": about} if "about" in values["response"] else {}
    said = scenario.changed_values() if said is None else said | {"response": in_todays_words(said.get("response"))}
    if not everything:
        values["response"] = _picked(values["response"], said.get("response"))
        for told in ("covariance", "named_digest"):
            values["response"].pop(told, None)
        for part in ("rhythm", "baskets"):
            values["market"][part].pop("covariance", None)
    text = yaml_text({key: values[key] for key in _in_order(values)})
    lines = set(_lines_said(parse(text, "understood"), said))
    return [(line, number not in lines) for number, line in enumerate(text.splitlines(), 1)]


def _in_order(keys: Iterable[str]) -> list[str]:
    beside = [key for key in keys if key not in (*_FIRST, *_LAST)]
    return [key for key in (*_FIRST, *beside, *_LAST) if key in keys]


def _picked(values: dict[str, Any], said: Any) -> dict[str, Any]:
    """The part of `values` that also stands in `said`, at every depth."""
    kept = {key: value for key, value in values.items() if isinstance(said, dict) and key in said}
    return {key: _picked(value, said[key]) if isinstance(value, dict) else value for key, value in kept.items()}


def _lines_said(tree: Tree, changed: Any) -> Iterator[int]:
    """The line numbers of `tree` that show something of `changed`."""
    if tree.place:
        yield tree.place.line
    if isinstance(tree.value, dict) and isinstance(changed, dict):
        for key, item in tree.value.items():
            if key in changed:
                yield from _lines_said(item, changed[key])
    elif isinstance(tree.value, list) and isinstance(changed, list):
        for item, said in zip(tree.value, changed, strict=True):
            yield from _lines_said(item, said)
