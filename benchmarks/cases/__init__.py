"""Published cases: `python -m benchmarks cases` runs all of them by their rules and writes the tables of docs/cases.md.

Under the default response, and under that of operators' claims where there is one. It takes an hour or more on two cores,
so it runs only where it is named; replicates that have ended are kept, and a run that was stopped goes on from them. How
many cases are met is an output: nothing here is required to be.

Beside it stand runs of their own: `cases.sensitivity` (other markets) and `cases.left_out` (each case predicted from the
others). Each leaves a JSON file in this folder, and the page is written from those (`python -m benchmarks.cases.page`).
"""

from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.common import ROOT, Row

if TYPE_CHECKING:
    from sim.cases import CaseResult

CLAIMS = ROOT / "scenarios" / "response" / "claims.yaml"


def rows() -> list[Row]:
    """A row a case and response: how many of its spellings are met."""
    from benchmarks.cases.page import write
    from benchmarks.cases.records import FULL, about, write_record
    from sim.cases import Asked, read_cases, run_cases
    from sim.cases.case import cases_folder, changed_since_frozen

    changed = changed_since_frozen(cases_folder())
    if changed:
        raise SystemExit(f"not as frozen before the first run: {', '.join(changed)}; log the change, freeze anew")
    responses: list[Path | None] = [None, *([CLAIMS] if CLAIMS.is_file() else [])]
    runs = [run_cases(read_cases(), Asked(response=response, resume=True)) for response in responses]
    write_record(FULL, about(), [record for results in runs for result in results for record in result.records()])
    write()
    return [_row(result) for results in runs for result in results]


def _row(result: "CaseResult") -> Row:
    met = result.spellings
    note = "input, not counted" if result.case.text.input else {True: "met", False: "not met", None: ""}[result.met]
    return Row(f"case {result.case.id}, {result.response}", f"{sum(met.values())} of {len(met)} spellings", note=note)
