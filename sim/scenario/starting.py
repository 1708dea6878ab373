"""A scenario to start from."""

from importlib.resources import files
from pathlib import Path

from models.errors import BadInput
from models.files import write_whole
from sim.scenario.base import as_name
from sim.scenario.loading import load


def start(name: str, folder: Path, force: bool = False) -> list[Path]:
    """Write the starter scenario as `folder/name.yaml`, and a market if there is none; returns what it wrote.

    Raises BadInput if the name is no name, or if the scenario is there and not `force`.
    """
    try:
        as_name(name)
    except ValueError as problem:
        raise BadInput(f"NAME: {problem}") from None
    path = folder / f"{name}.yaml"
    if path.exists() and not force:
        raise BadInput(f"{path}: is there already; choose another name, or overwrite it with --force")
    market = folder / "markets" / "cdnow.yaml"
    written = []
    if not market.exists():
        written.append(write_whole(market, _starter("market.yaml")))
    text = _starter("scenario.yaml").replace("NAME", name)
    if not (folder / "schema.json").exists():
        text = "".join(line for line in text.splitlines(keepends=True) if "yaml-language-server" not in line)
    written.insert(0, write_whole(path, text))
    load(path)
    return written


def _starter(name: str) -> str:
    return (files("sim.scenario") / "starter" / name).read_text(encoding="utf-8")
