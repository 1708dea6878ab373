"""A scenario to start from."""

import json
from importlib.resources import files
from pathlib import Path

from models.errors import BadInput
from models.files import write_whole
from sim.scenario.base import as_name
from sim.scenario.loading import load
from sim.scenario.schema import TITLE, schema_text
from sim.shipped import MARKET, shipped


def start(name: str, folder: Path, force: bool = False) -> list[Path]:
    """Write the starter scenario as `folder/name.yaml`, a market if there is none, and the schema that its first line
    names; returns what it wrote.

    Raises BadInput if the name is no name, or if the scenario is there and not `force`.
    """
    try:
        as_name(name)
    except ValueError as problem:
        raise BadInput(f"NAME: {problem}") from None
    path = folder / f"{name}.yaml"
    if path.exists() and not force:
        raise BadInput(f"{path}: is there already; choose another name, or overwrite it with --force")
    written = [write_whole(path, _starter("scenario.yaml").replace("NAME", name))]
    if not (folder / MARKET).exists():
        written.append(write_whole(folder / MARKET, (shipped() / MARKET).read_bytes()))
    schema = folder / "schema.json"
    if _may_be_written(schema):
        written.append(write_whole(schema, schema_text()))
    load(path)
    return written


def _may_be_written(schema: Path) -> bool:
    """Whether there is no schema, or one that an earlier version of siyu wrote; a file of another kind is left alone."""
    if not schema.exists():
        return True
    try:
        text = schema.read_text(encoding="utf-8")
        found = json.loads(text)
    except (OSError, ValueError, RecursionError):
        return False
    return isinstance(found, dict) and found.get("title") == TITLE and text != schema_text()


def _starter(name: str) -> str:
    return (files("sim.scenario") / "starter" / name).read_text(encoding="utf-8")
