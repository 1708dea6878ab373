"""Values that a long run keeps as they end, a line of JSON each: a run that was stopped goes on where it stood."""

import hashlib
import json
from pathlib import Path
from typing import Any


def key_of(content: Any) -> str:
    """SHA-256 of what values follow from, as JSON."""
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def read_lines(path: Path) -> dict[str, Any]:
    """The values kept in a file, by their keys; none where there is no file. A line that a stop cut off is left out."""
    kept: dict[str, Any] = {}
    for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else ():
        try:
            record: dict[str, Any] = json.loads(line)
            kept[record["key"]] = record["values"]
        except (ValueError, KeyError):
            continue
    return kept


def append_line(path: Path, key: str, values: Any, **about: Any) -> None:
    """Keep values under a key; `about` is for whoever reads the file."""
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps({"key": key, **about, "values": values}) + "\n")
