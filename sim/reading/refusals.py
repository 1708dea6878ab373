"""From what pydantic refuses to one sentence: where, what, and what to do."""

import re
from collections.abc import Callable
from datetime import date
from functools import cache
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from models.errors import BadInput
from models.words import Listed, Quoted, Remark, Sayable
from sim.reading.part import Misfit, suggestion
from sim.reading.positions import Place, Tree, shown_key
from sim.reading.told import TAGS
from sim.reading.wide import first_wide, told

Model = TypeVar("Model", bound=BaseModel)
Path = tuple[str | int, ...]


def validated(model: type[Model], tree: Tree) -> Model:
    """`tree` as a `model`; BadInput with the first mistake by position and the number of others."""
    try:
        return model.model_validate(tree.plain())
    except ValidationError as error:
        raise BadInput(_sentence(error, model, tree)) from None


def _sentence(error: ValidationError, model: type[BaseModel], tree: Tree) -> Remark:
    files: list[str] = []
    for written in _places(tree):
        if written.file not in files:
            files.append(written.file)
    complaints: dict[tuple[tuple[int, int, int, bool], str], Remark] = {}
    for detail in error.errors(include_url=False):
        path = _path(detail)
        place = tree.at(path).place
        position = (files.index(place.file), place.line, place.column) if place else (0, 0, 0)
        # a key that is missing is often one that was misspelt: tell the misspelling
        order = (*position, detail["type"] == "missing")
        dotted = ".".join(map(shown_key, path))
        complaint = _wide_sign(detail, path, tree) or _at(place, dotted, _what(detail, model))
        complaints.setdefault((order, dotted), complaint)
    first = complaints[min(complaints, key=lambda key: key[0])]
    if len(complaints) == 1:
        return first
    return Remark("{first} (and {more} more)", {"first": first, "more": len(complaints) - 1})


def _at(place: Place | None, dotted: str, problem: Sayable) -> Remark:
    """What is wrong, after the position and the key that it is wrong with, where they are known."""
    text = ("{place}: " if place else "") + ("{key}: " if dotted else "") + "{problem}"
    return Remark(text, {"place": place, "key": dotted, "problem": problem})


_MAY_BE_WIDE = ("string_too_long",)  # refused for what no full-width sign changes


def _wide_sign(detail: Any, path: Path, tree: Tree) -> Remark | None:
    """The complaint, where a full-width sign in the refused key or value is the mistake; None where there is none."""
    if detail["type"] in _MAY_BE_WIDE or not path:
        return None
    here = tree.at(path)
    keys = [path[-1], *(here.value if isinstance(here.value, dict) else ())]
    texts = [(str(key), item.place) for key in keys if (item := _item(tree, path, here, key)) is not None]
    if isinstance(here.value, str):
        texts.append((here.value, here.starts))
    for text, place in texts:
        at = first_wide(text)
        if at is not None:
            spot = Place(place.file, place.line, place.column + at) if place else None
            return _at(spot, ".".join(map(shown_key, path)), told(text[at]))
    return None


def _item(tree: Tree, path: Path, here: Tree, key: str | int) -> Tree | None:
    """The tree under `key`, the last step of `path` or a key of the mapping there; None if it is no key of a file."""
    above = tree.at(path[:-1]).value
    if key == path[-1] and isinstance(above, dict) and key in above:
        return above[key]  # type: ignore[no-any-return]
    return here.value.get(key) if isinstance(here.value, dict) else None


def _places(tree: Tree) -> list[Place]:
    places = [tree.place] if tree.place else []
    inside = tree.value.values() if isinstance(tree.value, dict) else tree.value if isinstance(tree.value, list) else ()
    for item in inside:
        places.extend(_places(item))
    return places


def _path(detail: Any) -> Path:
    path = _steps(detail["loc"])
    problem = detail.get("ctx", {}).get("error")
    return path + problem.at if isinstance(problem, Misfit) else path


def _steps(loc: Path) -> Path:
    """The keys on the way to what is refused, without what pydantic puts between them."""
    return tuple(step for step in loc if step not in ("[key]", *TAGS))


def _what(detail: Any, model: type[BaseModel]) -> Sayable:
    kind, given, context = detail["type"], detail["input"], detail.get("ctx", {})
    if kind == "extra_forbidden":
        known = known_keys(model, _steps(detail["loc"])[:-1])
        return Remark("unknown key; {suggestion}", {"suggestion": suggestion(str(detail["loc"][-1]), known)})
    if kind == "missing":
        return _missing(model, _steps(detail["loc"]))
    if kind == "value_error":
        problem = context["error"]
        return problem if isinstance(problem, Sayable) else Quoted(str(problem))
    if kind == "literal_error":
        known = tuple(re.findall(r"'([^']*)'", context["expected"]))
        if not isinstance(given, str):
            return Remark("must be one of {known}, not {given}", {"known": Listed(known, ","), "given": shown(given)})
        known_word = {"word": given[:40], "suggestion": suggestion(given, known)}
        return Remark("{word!r} is not known; {suggestion}", known_word)
    if kind in _PHRASES:
        values = {"wanted": _PHRASES[kind](context), "given": shown(context.get("actual_length", given))}
        return Remark("must be {wanted}, not {given}{hint}", values | {"hint": _hint(kind, given)})
    problem = Quoted(f"{detail['msg'][:1].lower()}{detail['msg'][1:]}")
    return Remark("{problem}, not {given}", {"problem": problem, "given": shown(given)})


_PATTERNS = {
    "^[A-Z]{3}$": Remark("an ISO code of three capitals such as CNY"),
}


def _with(text: str, key: str, shown: Callable[[Any], object] = lambda bound: bound) -> Callable[[Any], Remark]:
    """What is wanted, with the bound that pydantic tells under `key`."""
    return lambda context: Remark(text, {"bound": shown(context[key])})


def _always(text: str) -> Callable[[Any], Remark]:
    return lambda _: Remark(text)


def _like(context: dict[str, Any]) -> Remark:
    pattern = context["pattern"]
    return _PATTERNS.get(pattern) or Remark("like {pattern}", {"pattern": pattern})


def _number(value: float) -> str:
    return f"{int(value) if value == int(value) else value:,}".replace(",", "_")


_PHRASES: dict[str, Callable[[dict[str, Any]], Remark]] = {
    "float_type": _always("a number"),
    "int_type": _always("a whole number"),
    "bool_type": _always("true or false"),
    "int_from_float": _always("a whole number"),
    "finite_number": _always("a finite number"),
    "string_type": _always("text"),
    "date_type": _always("a date like 2026-01-31"),
    "tuple_type": _always("a list"),
    "dict_type": _always("a mapping of keys and values"),
    "model_type": _always("a mapping of keys and values"),
    "greater_than_equal": _with("at least {bound:g}", "ge"),
    "greater_than": _with("above {bound:g}", "gt"),
    "less_than_equal": _with("at most {bound}", "le", _number),
    "less_than": _with("below {bound}", "lt", _number),
    "string_too_long": _with("at most {bound} characters long", "max_length"),
    "string_too_short": _always("a sentence, not empty"),
    "too_short": _with("a list of at least {bound}", "min_length"),
    "too_long": _with("a list of at most {bound}", "max_length"),
    "string_pattern_mismatch": _like,
}


def _hint(kind: str, given: Any) -> str | Remark:
    if kind not in ("float_type", "int_type") or not isinstance(given, str):
        return ""
    if given.strip().endswith(("%", "％")):
        return Remark("; write a share such as 0.2 for 20 %")
    try:
        float(given)
    except ValueError:
        return ""
    return Remark("; write it without quotes")


def _missing(model: type[BaseModel], path: Path) -> Remark:
    meant = _schema_at(model, path).get("description", "")
    return Remark("is missing: {meaning}", {"meaning": Remark(meant)}) if meant else Remark("is missing")


def shown(value: Any) -> str | Remark:
    """`value` as it may stand in one line of a message."""
    if value is None:
        return Remark("nothing")
    if isinstance(value, bool):
        return _plain("true" if value else "false")
    if isinstance(value, str):
        return Remark("the text {text!r}", {"text": value[:40]})
    if isinstance(value, (int, float)):
        return _shown_number(value)
    if isinstance(value, date):
        return Remark("the date {date}", {"date": value})
    if isinstance(value, (list, tuple)):
        return Remark("a list")
    return Remark("a mapping") if isinstance(value, dict) else type(value).__name__


def _plain(text: str) -> Remark:
    """Latin letters and figures, which Chinese sets apart by a space."""
    return Remark("{plain}", {"plain": text})


def _shown_number(value: float) -> Remark:
    return Remark("so large a number") if isinstance(value, int) and abs(value) >= 10**18 else _plain(f"{value}")


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
    """The keys that `model` knows at `path`, without those that only siyu writes."""
    known = _resolved(_schema_at(model, path), _schema(model)).get("properties", {})
    return tuple(name for name, said in known.items() if not said.get("readOnly"))
