"""Real data that installed packages ship: the CDNOW log, found without importing the package (its import is
slow)."""

from importlib.util import find_spec
from pathlib import Path
from typing import Any

from models.errors import BadInput


def _file(name: str) -> Path:
    spec = find_spec("lifetimes")  # finds, does not import
    folders = list(spec.submodule_search_locations or []) if spec else []
    path = Path(folders[0]) / "datasets" / name if folders else Path(name)
    if not path.is_file():
        raise BadInput(
            "cdnow: the file {name} of the package lifetimes is not installed; pip install lifetimes.",
            name=name,
        )
    return path


def _table(name: str, customer: int) -> Any:
    """Columns customer (text), time, amount from a CDNOW file: columns parted by spaces, the last three
    fixed."""
    import pyarrow as pa
    import pyarrow.compute as pc

    rows = [line.split() for line in _file(name).read_text().splitlines()]
    rows = [row for row in rows if row and row[0].isdigit()]
    day = pc.strptime(pa.array([row[-3] for row in rows]), format="%Y%m%d", unit="us")
    value = pc.cast(pa.array([row[-1] for row in rows]), pa.float64())
    return pa.table({"customer": [row[customer] for row in rows], "time": day, "amount": value})


def cdnow_table(sample: bool) -> Any:
    """The CDNOW log, or the tenth of it that papers use, as an arrow table of customer, time and amount."""
    return _table("CDNOW_sample.txt", 1) if sample else _table("CDNOW_master.txt", 0)
