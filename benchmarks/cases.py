"""Published cases: `python -m benchmarks cases` runs all of them by their rules and writes the table of docs/cases.md.

Under the default response, and under that of operators' claims where there is one. It takes an hour or more on two cores,
so it runs only where it is named; replicates that have ended are kept, and a run that was stopped goes on from them. How
many cases are met is an output: nothing here is required to be.
"""

import json
from pathlib import Path

from benchmarks.common import ROOT, Row
from sim.cases import Asked, CaseResult, read_cases, run_cases
from sim.cases.case import cases_folder, changed_since_frozen
from sim.cases.telling import as_page

PAGE = ROOT / "docs" / "cases.md"
BEGIN, END = "<!-- results: python -m benchmarks cases -->", "<!-- end of results -->"
CLAIMS = ROOT / "scenarios" / "response" / "claims.yaml"


def rows() -> list[Row]:
    """A row a case and response: how many of its spellings are met."""
    changed = changed_since_frozen(cases_folder())
    if changed:
        raise SystemExit(f"not as frozen before the first run: {', '.join(changed)}; log the change, freeze anew")
    responses: list[Path | None] = [None, *([CLAIMS] if CLAIMS.is_file() else [])]
    runs = [run_cases(read_cases(), Asked(response=response, resume=True)) for response in responses]
    PAGE.write_text(with_results(PAGE.read_text(encoding="utf-8"), runs), encoding="utf-8")
    folder = ROOT / "results"
    folder.mkdir(exist_ok=True)
    records = [record for results in runs for result in results for record in result.records()]
    (folder / "cases.json").write_text(json.dumps(records, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return [_row(result) for results in runs for result in results]


def with_results(page: str, runs: list[list[CaseResult]]) -> str:
    """The page with a table for each response between its two marks."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    tables = [f"### Under `{results[0].response}`\n\n{as_page(results)}" for results in runs if results]
    return before + "\n\n".join([BEGIN, *tables, END]) + after


def _row(result: CaseResult) -> Row:
    met = result.spellings
    note = "input, not counted" if result.case.text.input else {True: "met", False: "not met", None: ""}[result.met]
    return Row(f"case {result.case.id}, {result.response}", f"{sum(met.values())} of {len(met)} spellings", note=note)
