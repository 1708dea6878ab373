"""From what pydantic refuses to one sentence: where, what, and what to do."""

import re
from collections.abc import Callable
from datetime import date
from functools import cache
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from models.errors import BadInput
from sim.scenario.base import Misfit, suggestion
from sim.scenario.positions import Place, Tree, shown_key
from sim.scenario.wide import first_wide, told

Model = TypeVar("Model", bound=BaseModel)
Path = tuple[str | int, ...]


def validated(model: type[Model], tree: Tree) -> Model:
    """`tree` as a `model`; BadInput with the first mistake by position and the number of others."""
    try:
        return model.model_validate(tree.plain())
    except ValidationError as error:
        raise BadInput(_sentence(error, model, tree)) from None


def _sentence(error: ValidationError, model: type[BaseModel], tree: Tree) -> str:
    files: list[str] = []
    for written in _places(tree):
        if written.file not in files:
            files.append(written.file)
    complaints: dict[tuple[tuple[int, int, int, bool], str], str] = {}
    for detail in error.errors(include_url=False):
        path = _path(detail)
        place = tree.at(path).place
        position = (files.index(place.file), place.line, place.column) if place else (0, 0, 0)
        # a key that is missing is often one that was misspelt: tell the misspelling
        order = (*position, detail["type"] == "missing")
        prefix = f"{place}: " if place else ""
        dotted = ".".join(map(shown_key, path))
        text = f"{prefix}{dotted}: {_what(detail, model)}" if path else f"{prefix}{_what(detail, model)}"
        text = _wide_sign(detail, path, tree) or text
        complaints.setdefault((order, dotted), text)
    first = complaints[min(complaints, key=lambda key: key[0])]
    return first + (f" (and {len(complaints) - 1} more)" if len(complaints) > 1 else "")


_MAY_BE_WIDE = ("string_too_long",)  # refused for what no full-width sign changes


def _wide_sign(detail: Any, path: Path, tree: Tree) -> str | None:
    """The complaint, where a full-width sign in the refused key or value is the mistake; None where there is none."""
    if detail["type"] in _MAY_BE_WIDE or not path:
        return None
    here = tree.at(path)
    keys = [path[-1], *(here.value if isinstance(here.value, dict) else ())]
    found = [(str(key), item.place) for key in keys if (item := _item(tree, path, here, key)) is not None]
    if isinstance(here.value, str):
        found.append((here.value, here.starts))
    for text, place in found:
        at = first_wide(text)
        if at is not None:
            shown = ".".join(map(shown_key, path))
            spot = f"{Place(place.file, place.line, place.column + at)}: " if place else ""
            return f"{spot}{shown}: {told(text[at])}"
    return None


def _item(tree: Tree, path: Path, here: Tree, key: str | int) -> Tree | None:
    """The tree under `key`, the last step of `path` or a key of the mapping there; None if it is no key of a file."""
    above = tree.at(path[:-1]).value
    if key == path[-1] and isinstance(above, dict) and key in above:
        return above[key]  # type: ignore[no-any-return]
    return here.value.get(key) if isinstance(here.value, dict) else None


def _places(tree: Tree) -> list[Place]:
    found = [tree.place] if tree.place else []
    inside = tree.value.values() if isinstance(tree.value, dict) else tree.value if isinstance(tree.value, list) else ()
    for item in inside:
        found.extend(_places(item))
    return found


def _path(detail: Any) -> Path:
    path = tuple(step for step in detail["loc"] if step != "[key]")
    problem = detail.get("ctx", {}).get("error")
    return path + problem.at if isinstance(problem, Misfit) else path


def _what(detail: Any, model: type[BaseModel]) -> str:
    kind, given, context = detail["type"], detail["input"], detail.get("ctx", {})
    if kind == "extra_forbidden":
        return f"unknown key; {suggestion(str(detail['loc'][-1]), known_keys(model, detail['loc'][:-1]))}"
    if kind == "missing":
        return "is missing" + _description(model, detail["loc"])
    if kind == "value_error":
        return str(context["error"])
    if kind == "literal_error":
        known = tuple(re.findall(r"'([^']*)'", context["expected"]))
        if not isinstance(given, str):
            return f"must be one of {', '.join(known)}, not {shown(given)}"
        return f"{given[:40]!r} is not known; {suggestion(given, known)}"
    if kind in _PHRASES:
        found = context.get("actual_length", shown(given))
        return f"must be {_PHRASES[kind](context)}, not {found}{_hint(kind, given)}"
    return f"{detail['msg'][:1].lower()}{detail['msg'][1:]}, not {shown(given)}"


_PATTERNS = {
    "^[A-Z]{3}$": "an ISO code of three capitals such as CNY",
}
_PHRASES: dict[str, Callable[[dict[str, Any]], str]] = {
    "float_type": lambda _: "a number",
    "int_type": lambda _: "a whole number",
    "int_from_float": lambda _: "a whole number",
    "finite_number": lambda _: "a finite number",
    "string_type": lambda _: "text",
    "date_type": lambda _: "a date like 2026-01-31",
    "tuple_type": lambda _: "a list",
    "dict_type": lambda _: "a mapping of keys and values",
    "model_type": lambda _: "a mapping of keys and values",
    "greater_than_equal": lambda context: f"at least {context['ge']:g}",
    "greater_than": lambda context: f"above {context['gt']:g}",
    "less_than_equal": lambda context: f"at most {_number(context['le'])}",
    "less_than": lambda context: f"below {_number(context['lt'])}",
    "string_too_long": lambda context: f"at most {context['max_length']} characters long",
    "too_short": lambda context: f"a list of at least {context['min_length']}",
    "too_long": lambda context: f"a list of at most {context['max_length']}",
    "string_pattern_mismatch": lambda context: _PATTERNS.get(context["pattern"], f"like {context['pattern']}"),
}


def _number(value: float) -> str:
    return f"{int(value) if value == int(value) else value:,}".replace(",", "_")


def _hint(kind: str, given: Any) -> str:
    if kind not in ("float_type", "int_type") or not isinstance(given, str):
        return ""
    if given.strip().endswith(("%", "％")):
        return "; write a share such as 0.2 for 20 %"
    try:
        float(given)
    except ValueError:
        return ""
    return "; write it without quotes"


def _description(model: type[BaseModel], path: Path) -> str:
    meant = _schema_at(model, path).get("description", "")
    return f": {meant}" if meant else ""


def shown(value: Any) -> str:
    """`value` as it may stand in one line of a message."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return f"the text {value[:40]!r}"
    if isinstance(value, (int, float)):
        return _shown_number(value)
    if isinstance(value, date):
        return f"the date {value}"
    return (
        "a list"
        if isinstance(value, (list, tuple))
        else "a mapping"
        if isinstance(value, dict)
        else type(value).__name__
    )


def _shown_number(value: float) -> str:
    return "so large a number" if isinstance(value, int) and abs(value) >= 10**18 else f"{value}"


@cache
def _schema(model: type[BaseModel]) -> dict[str, Any]:
    return model.model_json_schema(by_alias=True)


def _schema_at(model: type[BaseModel], path: Path) -> dict[str, Any]:
    whole = _schema(model)
    here = whole
    for step in path:
        here = _resolved(here, whole)
        if isinstance(step, int):
            here = here.get("items", {})
        else:
            here = here.get("properties", {}).get(step) or here.get("additionalProperties") or {}
        if not isinstance(here, dict):
            return {}
    return here


def _resolved(schema: dict[str, Any], whole: dict[str, Any]) -> dict[str, Any]:
    for option in schema.get("anyOf", ()):
        if "$ref" in option or "items" in option or "additionalProperties" in option:
            schema = option
    reference = schema.get("$ref")
    return whole["$defs"][reference.rsplit("/", 1)[1]] if reference else schema


def known_keys(model: type[BaseModel], path: Path) -> tuple[str, ...]:
    """The keys that `model` knows at `path`."""
    return tuple(_resolved(_schema_at(model, path), _schema(model)).get("properties", {}))
