"""A scenario to start from."""

import json
from pathlib import Path

from models.data.files import Content, write_all
from models.errors import BadInput
from models.words import Language
from sim.drafting.filling import Origin, starter_text
from sim.drafting.schema import TITLE, schema_text
from sim.drafting.shipped import MARKET
from sim.drafting.trades import chosen_market
from sim.reading.part import as_name
from sim.scenario.loading import load, load_market

CDNOW = MARKET.stem


def start(
    name: str, folder: Path, force: bool = False, market: str | Path | None = None, lang: Language = "en"
) -> list[Path]:
    """Write the starter scenario as `folder/name.yaml`, a market if there is none, and the schema that its first line
    names; returns what it wrote.

    market: the market that it lives on, to whose usual order its amounts are scaled: the name of a trade (`TRADES`), whose
    market is copied to `folder/markets/` where it is not there yet, or the path of a file; left out, CDNOW's. lang: the
    language of the comments. Raises BadInput if the name is no name, if the market is unknown or cannot be read, or if the
    scenario is there and not `force`.
    """
    try:
        as_name(name)
    except ValueError as problem:
        raise BadInput("NAME: {problem}", problem=problem) from None
    path = folder / f"{name}.yaml"
    if path.exists() and not force:
        raise BadInput("{path}: is there already; choose another name, or overwrite it with --force", path=path)
    file, original = chosen_market(CDNOW if market is None else market, folder)
    source = original if original is not None and not file.exists() else file
    lived_on = load_market(source)  # a bad one is told before anything is written
    contents: dict[Path, Content] = {path: starter_text(name, file, lived_on, folder, origin(original), lang)}
    if source != file:
        contents[file] = source.read_bytes()
    schema = folder / "schema.json"
    if _may_be_written(schema):
        contents[schema] = schema_text()
    refuse(path, file)
    written = write_all(contents)
    load(path)
    return written


def origin(original: Path | None) -> Origin:
    """Where a market comes from: `original` is the file that comes with siyu, None for one of the planner's own."""
    if original is None:
        return "own"
    return "cdnow" if original.name == MARKET.name else "trade"


def refuse(path: Path, market: Path) -> None:
    """Raises BadInput where the scenario would be written over the market that it is to live on."""
    if path.exists() and market.exists() and path.samefile(market):
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
