"""What docs/cases.md says of runs, from the JSON files that they left: `python -m benchmarks.cases.page` writes it again."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np

from benchmarks.cases.left_out import FURTHEST, cases_near
from benchmarks.cases.picture import FULL_PICTURE, SENSITIVITY_PICTURE, draw_all
from benchmarks.cases.records import (
    FULL,
    LEFT_OUT,
    SENSITIVITY,
    Gain,
    case_called,
    gains,
    mean_over,
    read_record,
    results_of,
)
from benchmarks.cases.speaks import SPEAKS
from benchmarks.common import ROOT
from models.data.files import write_whole
from sim.cases import Case, CaseResult, Figure, counted
from sim.cases.results import ENOUGH
from sim.cases.telling import as_page, claim, label, shown

PAGE = ROOT / "docs" / "cases.md"
SEEN = 0.1  # of what was published: from here on an operator would have seen a gain
_Record: TypeAlias = Mapping[str, Any] | None
_PARTS = {
    "headline": "end of headline",
    "results: python -m benchmarks cases": "end of results",
    "left out: python -m benchmarks cases.left_out": "end of left out",
    "sensitivity: python -m benchmarks cases.sensitivity": "end of sensitivity",
    "needed": "end of needed",
}


def parts(full: _Record, left_out: _Record, sensitivity: _Record) -> list[str]:
    """What stands between each pair of marks, in their order on the page."""
    return [
        headline(full, left_out),
        results(full),
        without_family(full, left_out),
        markets(sensitivity),
        needed(full, left_out, sensitivity),
    ]


def with_parts(page: str, texts: Sequence[str]) -> str:
    """The page with these texts between its marks. Raises ValueError where a mark is missing."""
    for (begin, end), text in zip(_PARTS.items(), texts, strict=True):
        before, mark, rest = page.partition(f"<!-- {begin} -->")
        _, close, after = rest.partition(f"<!-- {end} -->")
        if not (mark and close):
            raise ValueError(f"docs/cases.md has no marks for {begin!r}")
        page = f"{before}{mark}\n\n{text.strip()}\n\n{close}{after}"
    return page


def write() -> None:
    """Write what runs have left into the page, and draw its pictures."""
    records = (read_record(FULL), read_record(LEFT_OUT), read_record(SENSITIVITY))
    write_whole(PAGE, with_parts(PAGE.read_text(encoding="utf-8"), parts(*records)))
    draw_all()


# --- the headline -----------------------------------------------------------------------------------------------------


def headline(full: _Record, left_out: _Record) -> str:
    """How many cases are met under either response and predicted from the others, and how much of a gain is effect."""
    if full is None:
        return "The full run has not been made with this version."
    by_response = results_of(full["rows"])
    head = ["| response | cases met | near to the claim, however well known |", "|---|---|---|"]
    for response, of in by_response.items():
        met, judged = counted(of)
        close = sum(_near_enough(result) for result in of if not result.case.text.input)
        head.append(f"| `{response}` | **{met} of {judged}** | {close} of {judged} |")
    if left_out is not None:
        close_in = _predicted(left_out)
        close = sum(k >= ENOUGH * 3 for k in close_in.values())
        head.append(f"| `claims` without the case's own family of claims | | **{close} of {len(close_in)}** |")
    told = [gain for result in next(iter(by_response.values())) if not result.case.text.input for gain in gains(result)]
    return "\n".join([*head, "", *_of_gains(_by_case(told))])


def _near_enough(result: CaseResult) -> bool:
    numbers = sorted({row.spelling for row in result.rows})
    near_in = [all(row.near for row in result.rows if row.spelling == number) for number in numbers]
    return sum(near_in) >= ENOUGH * len(near_in)


def _predicted(left_out: Mapping[str, Any]) -> dict[str, int]:
    """Of each case in how many spellings it is near under a search without its family."""
    return cases_near([row for each in left_out["rows"] if each["what"] == "left out" for row in each["simulated"]])


def _by_case(told: Sequence[Gain]) -> dict[str, list[Gain]]:
    return {name: [gain for gain in told if gain.case == name] for name in dict.fromkeys(gain.case for gain in told)}


def _of_gains(by_case: Mapping[str, Sequence[Gain]]) -> list[str]:
    """Sentences on how much of a published gain its operator would have seen, and how much of it is the policy."""
    if not by_case:
        return []
    seen = {name: float(np.mean([gain.seen for gain in own])) for name, own in by_case.items()}
    real = {name: float(np.mean([gain.real for gain in own])) for name, own in by_case.items()}
    both = {name: real[name] / seen[name] for name in seen if seen[name] >= SEEN}
    told = [
        f"- **Of the gain that was published** operators would have seen {_median(seen)}, and the policy's effect on the "
        f"same lives is {_median(real)}: medians under `evidence` over the {_cases(len(by_case))} that speak of a gain."
    ]
    if both:
        told.append(
            f"- **Of the gain that an operator would have seen** {_median(both)} is effect, over the {_cases(len(both))} in "
            f"which that was at least {_percent(SEEN)} of what was published. Above 100 % the effect is larger than what "
            "shows: a pool that ages and a season that passes hide a part of it."
        )
    return told


def _cases(n: int) -> str:
    return f"{n} case" if n == 1 else f"{n} cases"


def _median(by_case: Mapping[str, float]) -> str:
    low, high = min(by_case, key=lambda name: by_case[name]), max(by_case, key=lambda name: by_case[name])
    middle = float(np.median(list(by_case.values())))
    if len(by_case) == 1:
        return f"**{_percent(middle)}**"
    return f"**{_percent(middle)}** ({_percent(by_case[low])} in {low} to {_percent(by_case[high])} in {high})"


def _percent(value: float) -> str:
    return f"{100 * value:.0f} %".replace("-", "\N{MINUS SIGN}")


# --- the tables -------------------------------------------------------------------------------------------------------


def results(full: _Record) -> str:
    """The table of each response, and the picture of both."""
    if full is None:
        return "The full run has not been made with this version; `python -m benchmarks cases` makes it."
    by_response = results_of(full["rows"])
    names = " and ".join(f"`{name}`" for name in by_response)
    words = "Each figure as a part of its claim: as its operator would have measured it, and as effect"
    ran = f"Run on {full['date']} with siyu {full['version']} under {names}.\n\n![{words}]({_from_page(FULL_PICTURE)})"
    tables = [f"### Under `{response}`\n\n{as_page(of)}" for response, of in by_response.items()]
    return "\n\n".join([ran, *tables])


def _from_page(picture: Any) -> str:
    return str(picture.relative_to(PAGE.parent).as_posix())


def without_family(full: _Record, left_out: _Record) -> str:
    """Each case's figures under a search without its family of claims, beside those with all claims in."""
    if left_out is None:
        return "This run has not been made; `python -m benchmarks cases.left_out` makes it."
    size = left_out["predicted"]
    all_in = {r.case.id: r for r in results_of(full["rows"]).get("claims", [])} if full is not None else {}
    lines = [
        f"Simulated with {size['members']:,} members and {size['replicates']} replicates. Emulated: what the search without "
        "the family expected. Distance: of what it led to from the evidence, in prior sds over all parameters.",
        "",
        "| left out | figure | claim | all claims in | near | family left out | emulated | near | distance |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for each in left_out["rows"]:
        if each["what"] == "left out":
            lines += _family_lines(each, all_in)
    close = _predicted(left_out)
    both = [name for name in close if name in all_in]
    if both:
        kept = sum(close[name] >= ENOUGH * 3 for name in both)
        had = sum(_near_enough(all_in[name]) for name in both)
        lines += [
            "",
            f"Near in two spellings or more: {had} of {len(both)} with all claims in, "
            f"{kept} with their own family left out.",
        ]
        gained = [name for name in both if close[name] >= ENOUGH * 3 and not _near_enough(all_in[name])]
        if gained:
            lines[-1] += f" At the edge of what is near, and so only without its own claims: {', '.join(gained)}."
    return "\n".join(lines)


def _family_lines(each: Mapping[str, Any], all_in: Mapping[str, CaseResult]) -> list[str]:
    lines = []
    near_in = cases_near(each["simulated"])
    for place, case in enumerate(map(case_called, each["family"])):
        for k, figure in enumerate(case.text.figures):
            result = all_in.get(case.id)
            with_all = shown(figure, mean_over(result, figure, "naive"), False, "en") if result else "–"
            near_all = f"{_near_spellings(result)} of 3" if result and k == 0 else ""
            emulated = next(e["value"] for e in each["emulated"] if (e["id"], e["figure"]) == (case.id, figure.name))
            cells = (
                case.id if k == 0 else "",
                label(figure, "en"),
                claim(figure, "en"),
                with_all,
                near_all,
                _spelt(figure, each["simulated"], case.id),
                shown(figure, emulated, False, "en"),
                f"{near_in[case.id]} of 3" if k == 0 else "",
                f"{each['distance']:.1f}" if place == 0 and k == 0 else "",
            )
            lines.append("| " + " | ".join(cells) + " |")
    return lines


def _near_spellings(result: CaseResult) -> int:
    numbers = {row.spelling for row in result.rows}
    return sum(all(row.near for row in result.rows if row.spelling == number) for number in numbers)


def _spelt(figure: Figure, rows: Sequence[Mapping[str, Any]], case: str) -> str:
    """The means of a figure's spellings, one after the other."""
    own = [row["mean"] for row in rows if (row["id"], row["figure"]) == (case, figure.name)]
    return "; ".join(shown(figure, mean, False, "en") for mean in own)


def markets(sensitivity: _Record) -> str:
    """Each figure over all markets that were tried: as the market is, from where to where, and what changes nearness."""
    if sensitivity is None:
        return "This run has not been made; `python -m benchmarks cases.sensitivity` makes it."
    rows = sensitivity["rows"]
    lines = [
        f"First spelling, {sensitivity['members']:,} members, {sensitivity['replicates']} replicates on the same draws, "
        f"under `evidence`. {_movers(rows)}",
        "",
        f"![Each figure as a part of its claim over all markets that were tried]({_from_page(SENSITIVITY_PICTURE)})",
        "",
        "| case | figure | claim | naive | from | to | effect | from, to | near, and with which number that changes |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for case in map(case_called, dict.fromkeys(row["id"] for row in rows)):
        for k, figure in enumerate(case.text.figures):
            own = [row for row in rows if (row["id"], row["figure"]) == (case.id, figure.name)]
            cells = (case.id if k == 0 else "", label(figure, "en"), claim(figure, "en"), *_range(figure, own))
            lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _movers(rows: Sequence[Mapping[str, Any]]) -> str:
    """Which numbers move most figures beyond chance: both ways, by the 90 % intervals of differences on the same draws."""
    ways: dict[tuple[str, str, str], set[bool]] = {}
    for row in rows:
        if row["number"] is not None:
            moved = ways.setdefault((row["number"], row["id"], row["figure"]), set())
            low, high = row["difference_low"], row["difference_high"]
            if low is not None and (low > 0.0 or high < 0.0):
                moved.add(low > 0.0)
    counts: dict[str, int] = {}
    for (number, _, _), moved in ways.items():
        counts[number] = counts.get(number, 0) + (len(moved) == 2)
    figures = len({at[1:] for at in ways})
    most = sorted((number for number in counts if counts[number]), key=lambda number: -counts[number])[:4]
    told = ", ".join(f"`{number}` ({counts[number]} of {figures} figures)" for number in most)
    return (
        f"Beyond chance, one way times 0.7 and the other way times 1.3, naive figures are moved by {told}."
        if told
        else ""
    )


def _range(figure: Figure, rows: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    base = next(row for row in rows if row["number"] is None)
    known = [row for row in rows if row["naive"] is not None]
    low, high = (end(known, key=lambda row: row["naive"]) for end in (min, max))
    effects = [row["effect"] for row in rows if row["effect"] is not None]
    changed = [row for row in rows if row["near"] != base["near"]]
    return (
        shown(figure, base["naive"], False, "en"),
        f"{shown(figure, low['naive'], False, 'en')}{_by(low)}",
        f"{shown(figure, high['naive'], False, 'en')}{_by(high)}",
        shown(figure, base["effect"], True, "en"),
        ", ".join(shown(figure, end, True, "en") for end in (min(effects), max(effects))) if effects else "–",
        f"{'yes' if base['near'] else 'no'}{'; ' if changed else ''}{', '.join(_changed(row) for row in changed)}",
    )


def _by(row: Mapping[str, Any]) -> str:
    return f" ({_changed(row)})" if row["number"] is not None else ""


def _changed(row: Mapping[str, Any]) -> str:
    return f"`{row['number']}` × {row['factor']:g}"


# --- what would be needed ---------------------------------------------------------------------------------------------


def needed(full: _Record, left_out: _Record, sensitivity: _Record) -> str:
    """For each case that is not met under the evidence: what would bring it near, and what bears on its claim."""
    if full is None or left_out is None:
        return "Both runs above are needed for this part, and one of them has not been made."
    by_response = results_of(full["rows"])
    evidence = next(iter(by_response.values()))
    unmet = [result for result in evidence if not result.case.text.input and not result.met]
    if not unmet:
        return "All cases that count are met."
    nearest = {each["family"][0]: each for each in left_out["rows"] if each["what"] == "needed"}
    tried = sensitivity["rows"] if sensitivity is not None else []
    size = left_out["needed"]
    head = (
        f"Simulated with {size['members']:,} members and {size['replicates']} replicates; the three spellings stand one "
        "after the other."
    )
    return "\n".join([head, "", *(_needs(result, nearest[result.case.id], tried) for result in unmet)])


def _needs(result: CaseResult, point: Mapping[str, Any], tried: Sequence[Mapping[str, Any]]) -> str:
    case = result.case
    near_now = "near but not known so well" if _near_enough(result) else "not near"
    told = [f"- **{case.id}** ({near_now} under `evidence`). {_members(case, point)}"]
    if tried:
        told.append(_market(case, tried))
    told.append(f"Experiments: {SPEAKS[case.id]}")
    return " ".join(told)


def _members(case: Case, point: Mapping[str, Any]) -> str:
    """Which response would bring a case near, by the emulators, and what a simulation shows there."""
    if point["distance"] < 0.05:
        return "By the emulators, which know the mean over spellings, its figures are near as the evidence has members."
    reached = all(each["near"] for each in point["emulated"])
    moves = ", ".join(f"`{m['name']}` {m['evidence']:.3g} → {m['value']:.3g}" for m in point["moved"][:3])
    there = "; ".join(
        f"{figure.name} {_spelt(figure, point['simulated'], case.id)} (claim {claim(figure, 'en')})"
        for figure in case.text.figures
    )
    away = f"{point['distance']:.1f} prior sds from the evidence"
    figures = "its figure" if len(case.text.figures) == 1 else "both its figures"
    begin = (
        f"By the emulators {figures} would be near at {away}, {_believed(point['distance'])}"
        if reached
        else f"Nowhere within {FURTHEST:g} prior sds of each parameter do the emulators put {figures} near; they come "
        f"nearest at {away}"
    )
    k = cases_near(point["simulated"])[case.id]
    return f"{begin}, above all {moves}. Simulated there: {there}; near in {k} of 3 spellings."


def _believed(distance: float) -> str:
    if distance <= 2.0:
        return "which the priors leave open"
    return "which the priors make unlikely" if distance <= 4.0 else "which the priors rule out"


def _market(case: Case, tried: Sequence[Mapping[str, Any]]) -> str:
    """Which number of the market, within 30 %, would bring all figures of the first spelling near."""
    own = [row for row in tried if row["id"] == case.id]
    near_with: dict[tuple[str | None, float], bool] = {}
    for row in own:
        at = (row["number"], row["factor"])
        near_with[at] = near_with.get(at, True) and row["near"]
    if near_with.get((None, 1.0)):
        return "In small pools its first spelling is near on this market."
    helps = [f"`{number}` × {factor:g}" for (number, factor), is_near in near_with.items() if is_near]
    if not helps:
        return "No number of its market brings the first spelling near within 30 %."
    return f"The first spelling is near with {' or '.join(helps)}."


if __name__ == "__main__":
    write()
