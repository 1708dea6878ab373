"""Where orders are worked on: a DuckDB of our own with bounded memory, and a temporary folder for what does not fit."""

import shutil
import tempfile
import weakref
from pathlib import Path
from typing import Any

MEMORY = "2GB"  # DuckDB's share; what it cannot hold goes to the folder


class Workshop:
    """A connection and its folder; the folder is removed with it, or when Python ends."""

    def __init__(self) -> None:
        import duckdb

        self.folder = Path(tempfile.mkdtemp(prefix="siyu-"))
        config: dict[str, Any] = {"memory_limit": MEMORY, "temp_directory": str(self.folder / "spill")}
        self.connection = duckdb.connect(config=config)
        self.connection.execute("SET enable_progress_bar = false")  # it would stand in the command's own output
        weakref.finalize(self, shutil.rmtree, self.folder, ignore_errors=True)
