"""A scenario to start from."""

from pathlib import Path

from models.errors import BadInput
from models.files import write_whole
from models.words import Language
from sim.scenario.base import as_name
from sim.scenario.filling import starter_file, starter_text
from sim.scenario.loading import load, load_market


def start(
    name: str, folder: Path, force: bool = False, market: Path | None = None, lang: Language = "en"
) -> list[Path]:
    """Write the starter scenario as `folder/name.yaml`, and a market if there is none; returns what it wrote.

    market: the file of the market that it lives on, to whose usual order its amounts are scaled; left out, the one that
    comes with siyu. lang: the language of the comments. Raises BadInput if the name is no name, if the market cannot be
    read, or if the scenario is there and not `force`.
    """
    try:
        as_name(name)
    except ValueError as problem:
        raise BadInput(f"NAME: {problem}") from None
    path = folder / f"{name}.yaml"
    if path.exists() and not force:
        raise BadInput(f"{path}: is there already; choose another name, or overwrite it with --force")
    file = market or folder / "markets" / "cdnow.yaml"
    lived_on = load_market(file) if file.exists() or market else None  # a bad one is told before anything is written
    written = []
    if lived_on is None:
        written.append(write_whole(file, starter_file("market.yaml")))
    text = starter_text(name, file, lived_on or load_market(file), folder, market is not None, lang)
    if not (folder / "schema.json").exists():
        text = "".join(line for line in text.splitlines(keepends=True) if "yaml-language-server" not in line)
    written.insert(0, write_whole(path, text))
    load(path)
    return written
