"""Real data that installed packages ship: the CDNOW log, found without importing the package (its import is
slow)."""

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from models.errors import BadInput

if TYPE_CHECKING:
    from models.orders import Orders


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


def cdnow(sample: bool = False) -> "Orders":
    """The CDNOW log: 69,659 orders of all 23,570 customers whose first was in January to March 1997, until
    June 1998.

    `sample=True`: the tenth of it that papers use (6,919 orders of 2,357 customers). Amounts in US dollars.
    Source: B. Hardie, brucehardie.com/datasets; read from the files of the package `lifetimes`.
    """
    from dataclasses import replace

    from models.orders import read_orders

    table = _table("CDNOW_sample.txt", 1) if sample else _table("CDNOW_master.txt", 0)
    return replace(read_orders(table), source="cdnow sample" if sample else "cdnow")
