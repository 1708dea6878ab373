"""`python -m benchmarks [NAME ...]`: run all benchmarks, or those named, and print one table of ratios.

Names: engine, policies, lean_mesa, numpy_columns, memory, lives, forecast, startup, coverage, launches, big_log, reading,
exact; and, only where they are named, cases (published cases, an hour or more), cases.sensitivity (the same on other
markets), cases.left_out (each predicted from the others) and response (what claims would have one believe).
Writes results/bench.json. Exit code 1 if a requirement is not met, 2 for an unknown name.
"""

import json
import sys
import time
from dataclasses import asdict
from importlib import import_module

from rich.console import Console
from rich.table import Table

from benchmarks.common import ROOT, Row, machine

NAMES = (
    "engine",
    "policies",
    "lean_mesa",
    "numpy_columns",
    "memory",
    "lives",
    "forecast",
    "startup",
    "coverage",
    "launches",
    "big_log",
    "reading",
    "exact",
)
ALONE = ("cases", "cases.sensitivity", "cases.left_out", "response")  # take too long to run with all others


def table(rows: list[Row]) -> Table:
    """The rows as a Rich table."""
    made = Table("what", "ours", "peer", "ratio", "required", "met", "note", title="siyu: speed and memory")
    for row in rows:
        met = {True: "yes", False: "NO", None: ""}[row.met]
        ratio = "" if row.ratio is None else f"{row.ratio:.3g}{row.unit}"
        required = "" if row.required is None else f"{row.sense} {row.required:g}{row.unit}"
        made.add_row(row.what, row.ours, row.peer, ratio, required, met, row.note)
    return made


def main(names: list[str]) -> int:
    """Run, print, write; returns the exit code."""
    console = Console(width=None if sys.stdout.isatty() else 160)
    unknown = [name for name in names if name not in (*NAMES, *ALONE)]
    if unknown:
        console.print(f"unknown: {', '.join(unknown)}; there are {', '.join((*NAMES, *ALONE))}")
        return 2
    where = machine()
    rows: list[Row] = []
    for name in names or NAMES:
        started = time.perf_counter()
        rows += import_module(f"benchmarks.{name}").rows()
        console.print(f"{name}: {time.perf_counter() - started:.0f} s", style="dim")
    console.print(table(rows))
    console.print(", ".join(f"{key} {value}" for key, value in where.items()))
    path = ROOT / "results" / "bench.json"
    path.parent.mkdir(exist_ok=True)
    found = {"machine": where, "rows": [asdict(row) | {"met": row.met} for row in rows]}
    path.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return 1 if any(row.met is False for row in rows) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
