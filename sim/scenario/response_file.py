"""Responses as files: reading one, and laying what a scenario changes upon it."""

from os import PathLike
from pathlib import Path
from typing import TypeAlias

from models.errors import BadInput
from sim.reading.files import merge, read_response
from sim.reading.positions import Tree
from sim.reading.refusals import validated
from sim.scenario.response import Response

ResponseSource: TypeAlias = str | Path | Response


def load_response(source: ResponseSource) -> Response:
    """The response in a file (its path relative to the working directory), or as it is.

    Raises BadInput, one sentence with file, line and column.
    """
    if isinstance(source, Response):
        return source
    if not isinstance(source, str | PathLike):
        raise BadInput("a response is a file or a Response, not {given!r}", given=source)
    return validated(Response, _with_digest(read_response(source)))


def with_response_laid_out(scenario: Tree) -> Tree:
    """The tree of a scenario in which what its response file holds and what stands beside `file` are one mapping.

    The file is checked by itself, so that what it holds is refused with its own line; its values keep their digest, by
    which changed ones are told. Raises BadInput.
    """
    response = scenario.value.get("response") if isinstance(scenario.value, dict) else None
    if response is None or not isinstance(response.value, dict) or "file" not in response.value:
        return scenario
    beside = dict(response.value)
    merged = merge(_with_digest(beside.pop("file")), Tree(beside, response.place))
    return Tree(scenario.value | {"response": merged}, scenario.place, scenario.whole)


def _with_digest(read: Tree) -> Tree:
    """A response file's tree with the digest of its values; it may not give one. Raises BadInput."""
    given = read.value.get("named_digest")
    if given is not None:
        raise BadInput(
            "{place}: named_digest: siyu writes it into scenarios by itself; leave it out of a response file",
            place=given.place,
        )
    digest = validated(Response, read).digest
    return Tree(read.value | {"named_digest": Tree(digest, read.place)}, read.place)
