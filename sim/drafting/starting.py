"""A scenario to start from."""

import json
from pathlib import Path

from models.data.files import Content, write_all
from models.errors import BadInput
from models.words import Language
from sim.drafting.filling import starter_text
from sim.drafting.schema import TITLE, schema_text
from sim.drafting.shipped import MARKET, shipped
from sim.reading.part import as_name
from sim.scenario.loading import load, load_market


def start(
    name: str, folder: Path, force: bool = False, market: Path | None = None, lang: Language = "en"
) -> list[Path]:
    """Write the starter scenario as `folder/name.yaml`, a market if there is none, and the schema that its first line
    names; returns what it wrote.

    market: the file of the market that it lives on, to whose usual order its amounts are scaled; left out, the one that
    comes with siyu. lang: the language of the comments. Raises BadInput if the name is no name, if the market cannot be
    read, or if the scenario is there and not `force`.
    """
    try:
        as_name(name)
    except ValueError as problem:
        raise BadInput("NAME: {problem}", problem=problem) from None
    path = folder / f"{name}.yaml"
    if path.exists() and not force:
        raise BadInput("{path}: is there already; choose another name, or overwrite it with --force", path=path)
    file = market or folder / MARKET
    new = market is None and not file.exists()
    lived_on = load_market(shipped() / MARKET if new else file)  # a bad one is told before anything is written
    contents: dict[Path, Content] = {path: starter_text(name, file, lived_on, folder, market is not None, lang)}
    if new:
        contents[file] = (shipped() / MARKET).read_bytes()
    schema = folder / "schema.json"
    if _may_be_written(schema):
        contents[schema] = schema_text()
    refuse(path, market)
    written = write_all(contents)
    load(path)
    return written


def refuse(path: Path, market: Path | None) -> None:
    """Raises BadInput where the scenario would be written over the market that it is to live on."""
    if market is not None and path.exists() and market.exists() and path.samefile(market):
        raise BadInput("{path}: is the market itself; choose another name for the scenario", path=path)


def _may_be_written(schema: Path) -> bool:
    """True if there is no schema, or one that an earlier version of siyu wrote; a file of another kind is left alone."""
    if not schema.exists():
        return True
    try:
        text = schema.read_text(encoding="utf-8")
        content = json.loads(text)
    except (OSError, ValueError, RecursionError):
        return False
    return isinstance(content, dict) and content.get("title") == TITLE and text != schema_text()
