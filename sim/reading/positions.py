"""YAML text -> a tree of values that know where they were written; refuses what a scenario never needs.

Anchors are understood, but what they expand to is limited; tags and keys other than text are refused.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from numbers import Integral, Real
from typing import Any, TypeAlias

from ruamel.yaml.composer import MaxDepthExceededError
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import Node, ScalarNode, SequenceNode

from models.data.yaml_depth import DEEPEST, shallow_yaml
from models.data.yaml_depth import told as said_of
from models.errors import BadInput
from models.words import Quoted, Remark
from sim.reading.wide import SPACE, first_wide, to_blame, told

MOST_VALUES = 20_000
_EARLIER = 3  # lines before a failure in which its cause may stand: a word goes on over lines
_PREFIX = "tag:yaml.org,2002:"
_UNREADABLE = "{place}: cannot be read as YAML: {reason}"
_SCALAR_TAGS = {_PREFIX + kind for kind in ("null", "bool", "int", "float", "timestamp", "str")}


@dataclass(frozen=True, slots=True)
class Place:
    """A position in a file; line and column count from 1."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class Tree:
    """A value and where its key stands: a dict or list of trees, or a scalar.

    `whole` says that an extending file replaces what was there instead of merging into it; `starts` is where the text of
    a scalar itself begins.
    """

    value: Any
    place: Place | None = None
    whole: bool = False
    starts: Place | None = None

    def plain(self) -> Any:
        """The values alone: dicts, lists and scalars."""
        if isinstance(self.value, dict):
            return {key: tree.plain() for key, tree in self.value.items()}
        if isinstance(self.value, list):
            return [tree.plain() for tree in self.value]
        return self.value

    def at(self, path: tuple[str | int, ...]) -> "Tree":
        """The tree at `path`, or the deepest one on the way that exists."""
        tree = self
        for step in path:
            inside = dict(enumerate(tree.value)) if isinstance(tree.value, list) else tree.value
            if isinstance(inside, dict):
                tree = inside.get(step, tree)
        return tree


Parts: TypeAlias = dict[str, Tree]


WRITES_SCENARIO = Remark("`siyu new NAME` writes one to start from")


def parse(text: str, file: str, advice: Remark = WRITES_SCENARIO) -> Tree:
    """The tree written in `text`; `file` is the name that positions carry, `advice` what to do about an empty one.

    Raises BadInput.
    """
    try:
        root = shallow_yaml().compose(text)
        if root is None:
            raise BadInput("{file}: the file is empty; {advice}", file=file, advice=advice)
        _refuse_lone_wide(root, file)
        return _Builder(file).build(root, Place(file, 1, 1), 0)
    except MarkedYAMLError as error:
        raise BadInput(_wide_sign(error, text, file) or _not_yaml(error, file)) from None
    except (YAMLError, RecursionError, ValueError) as error:
        if isinstance(error, BadInput):
            raise
        why = Remark("it is nested too deeply") if isinstance(error, RecursionError) else Quoted(_first_line(error))
        raise BadInput(_UNREADABLE, place=file, reason=why) from None


def from_plain(value: Any, depth: int = 0) -> Tree:
    """The tree of values that come from Python, without places; NumPy numbers become Python's."""
    if depth > DEEPEST:
        raise BadInput("the mapping is nested too deeply for a scenario")
    if isinstance(value, Mapping):
        if not all(isinstance(key, str) for key in value):
            raise BadInput("the keys of a scenario must be text")
        return Tree({key: from_plain(item, depth + 1) for key, item in value.items()})
    if isinstance(value, (list, tuple)):
        return Tree([from_plain(item, depth + 1) for item in value])
    if isinstance(value, (bool, str)) or value is None:
        return Tree(value)
    if isinstance(value, Integral):
        return Tree(int(value))
    return Tree(float(value) if isinstance(value, Real) else value)


def _refuse_lone_wide(root: Node, file: str) -> None:
    """A file of one line such as `days：365` is one word to YAML."""
    at = first_wide(root.value) if isinstance(root, ScalarNode) and root.style is None else None
    if at is not None:
        place = Place(file, root.start_mark.line + 1, root.start_mark.column + 1 + at)
        raise BadInput("{place}: {wide}", place=place, wide=told(root.value[at]))


def _wide_sign(error: MarkedYAMLError, text: str, file: str) -> Remark | None:
    """The complaint about a full-width sign that keeps `text` from being YAML; None if none does."""
    marks = [mark.line for mark in (error.context_mark, error.problem_mark) if mark]
    if not marks:
        return None
    sign = to_blame(text, min(marks) - _EARLIER, max(marks), _fails_at)
    if sign is None:
        return None
    line, column = sign
    place = Place(file, line + 1, column + 1)
    return Remark("{place}: {wide}", {"place": place, "wide": told(text.split("\n")[line][column])})


def _fails_at(text: str) -> int | None:
    """The line (from 0) at which composing `text` fails; None if it does not."""
    try:
        shallow_yaml().compose(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        return mark.line if mark else 0
    except (YAMLError, RecursionError, ValueError):
        return 0
    return None


def _not_yaml(error: MarkedYAMLError, file: str) -> Remark:
    mark = error.problem_mark or error.context_mark
    where = str(Place(file, mark.line + 1, mark.column + 1)) if mark else file
    problem = said_of(error) or error.context or "it does not follow the rules"
    if "\\t" in problem:
        return Remark("{place}: a tab stands where YAML wants spaces; indent with spaces", {"place": where})
    if "another document" in problem:
        return Remark("{place}: a second document begins at ---; a file holds one scenario", {"place": where})
    if isinstance(error, MaxDepthExceededError):
        return Remark("{place}: this is nested too deeply for a scenario", {"place": where})
    return Remark(_UNREADABLE, {"place": where, "reason": Quoted(_first_line(problem))})


def _first_line(text: object) -> str:
    return (str(text).strip().splitlines() or ["unknown reason"])[0][:160]


class _Builder:
    """Turns composed nodes into trees; counts what aliases expand to."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.values = 0

    def build(self, node: Node, place: Place, depth: int) -> Tree:
        self.values += 1
        if self.values > MOST_VALUES or depth > DEEPEST:
            raise BadInput(
                "{place}: this expands to more than a scenario can hold; write it out without anchors",
                place=place,
            )
        if isinstance(node, ScalarNode):
            return Tree(self.scalar(node, place), place, starts=self.place_of(node, 1 if node.style else 0))
        tag = node.tag or ""
        if tag not in (_PREFIX + "map", _PREFIX + "seq"):
            raise BadInput(
                "{place}: the tag {tag} is not used in scenarios; leave it out",
                place=place,
                tag=tag[:40],
            )
        if isinstance(node, SequenceNode):
            return Tree([self.build(item, self.place_of(item), depth + 1) for item in node.value], place)
        return Tree(dict(self.entries(node.value, depth)), place)

    def entries(self, pairs: list[tuple[Node, Node]], depth: int) -> Iterator[tuple[str, Tree]]:
        seen: dict[str, Place] = {}
        for key_node, item in pairs:
            place = self.place_of(key_node)
            if not isinstance(key_node, ScalarNode) or key_node.tag != _PREFIX + "str":
                if key_node.tag == _PREFIX + "merge":
                    raise BadInput("{place}: a key must be text; use extends: instead", place=place)
                raise BadInput("{place}: a key must be text; put it in quotes if it is one", place=place)
            key = str(self.scalar(key_node, place))
            if key.startswith(SPACE):  # an indentation to the eye, a part of the word to YAML
                raise BadInput("{place}: {wide}", place=place, wide=told(SPACE))
            if key in seen:
                raise BadInput(
                    "{place}: {key}: written twice, first in line {line}; keep one",
                    place=place,
                    key=shown_key(key),
                    line=seen[key].line,
                )
            seen[key] = place
            yield key, self.build(item, place, depth + 1)

    def place_of(self, node: Node, beyond: int = 0) -> Place:
        return Place(self.file, node.start_mark.line + 1, node.start_mark.column + 1 + beyond)

    def scalar(self, node: ScalarNode, place: Place) -> Any:
        tag = node.tag or ""
        if tag not in _SCALAR_TAGS:
            raise BadInput(
                "{place}: the tag {tag} is not used in scenarios; leave it out",
                place=place,
                tag=tag[:40],
            )
        try:
            return _scalar(tag.removeprefix(_PREFIX), node.value)
        except (ValueError, OverflowError):
            raise BadInput(
                "{place}: {text!r} cannot be read; put it in quotes if it is text",
                place=place,
                text=node.value[:40],
            ) from None


def _scalar(kind: str, text: str) -> Any:
    if kind == "str":
        text.encode()  # lone surrogates cannot be written or printed again
        return text
    if kind == "null":
        return None
    if kind == "bool":
        return text.lower() in ("true", "yes", "on")
    if kind == "timestamp":
        return date.fromisoformat(text) if len(text) <= 10 else datetime.fromisoformat(text)
    digits = text.replace("_", "").lower()
    if kind == "float":
        return float(digits.replace(".inf", "inf").replace(".nan", "nan"))
    return int(digits, 0) if digits.lstrip("+-").startswith(("0x", "0o", "0b")) else int(digits)


def shown_key(key: object) -> str:
    """A key as it may stand in one line of a message."""
    text = str(key)
    return text if text.isprintable() and len(text) <= 60 else repr(text[:60])
