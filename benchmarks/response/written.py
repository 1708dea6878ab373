"""What a search writes: its record in searches.json, scenarios/response/claims.yaml, and its part of docs/response.md."""

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.common import ROOT
from benchmarks.response.space import Space
from docs.responses import parameter_lines
from sim.reading.told import InLanguages
from sim.scenario.response import Response

LOG = ROOT / "benchmarks" / "response" / "searches.json"
CLAIMS = ROOT / "scenarios" / "response" / "claims.yaml"
PAGE = ROOT / "docs" / "response.md"
BEGIN, END = "<!-- search: python -m benchmarks response -->", "<!-- end of search -->"
NAME = "claims"
ABOUT = InLanguages(
    en="Operators' published before-and-after figures are effects, as far as that can be believed. "
    "Not to be used for deciding.",
    zh="运营方公布的前后对比数字就是真实效果，在可信的范围内尽量如此。不可用于决策。",
)
MOVED = 0.25  # prior sds from which a parameter is listed on the page
FAR = 2.0  # sds of a figure from which it is said to be out of reach
_DIGITS = 6

_HEAD = f"""# What one would have to believe for the published cases (scenarios/cases) to be effects: docs/response.md.
# Not to be used for deciding. Written by `python -m benchmarks response`, not by hand; benchmarks/response/searches.json
# is its log.
#
# Above each value: what it does, its unit and range; "prior sd" and "source" of the prior that it was searched under; what
# the evidence says, and by how many prior sds the claims move it. What is left out is as in evidence.yaml.
name: {NAME}
about:
  en: {ABOUT.en}
  zh: {ABOUT.zh}
"""


def rounded(value: float, digits: int = _DIGITS) -> float:
    """A number as files hold it."""
    return float(f"{value:.{digits}g}")


def claims_text(space: Space, point: np.ndarray, covariance: np.ndarray) -> str:
    """The response file of a point; covariance: float64[parameters, parameters] in prior sds."""
    moved = dict(zip(space.names, point.tolist(), strict=True))
    values = {name: rounded(value) for name, value in space.values(point).items()}
    natural = covariance * np.outer(space.sd, space.sd)
    was = dict(zip(space.names, space.centre.tolist(), strict=True))

    def said(name: str) -> tuple[float, str] | None:
        if name not in values:
            return None
        return values[name], f" Evidence: {was[name]:g}; moved by {moved[name]:+.2f} prior sds."

    rows = (
        f"    - [{', '.join(f'{rounded(value, 5):g}' if value else '0' for value in row)}]" for row in natural.tolist()
    )
    lines = [
        *parameter_lines(Response(), said),
        "# Of the values themselves, priors included; chance and misfit: docs/response.md.",
        "covariance:",
        "  parameters:",
        *(f"    - {name}" for name in space.names),
        "  matrix:",
        *rows,
    ]
    return _HEAD + "\n".join(lines) + "\n"


def code_digest() -> str:
    """SHA-256 over the sources of sim/behaviour: which equations a search was run with."""
    files = sorted((ROOT / "sim" / "behaviour").glob("*.py"))
    return hashlib.sha256(b"\0".join(file.name.encode() + b"\0" + file.read_bytes() for file in files)).hexdigest()


def searches(path: Path = LOG) -> list[dict[str, Any]]:
    """All searches that were logged, the latest last."""
    if not path.is_file():
        return []
    logged: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))["searches"]
    return logged


def logged(record: dict[str, Any], path: Path = LOG) -> list[dict[str, Any]]:
    """The log with one search more; those before it with other cases or equations are void, and why is said.

    A search of the same cases, equations and settings is the same one, run again, and takes the place of the earlier.
    """
    same = ("cases", "equations", "settings")
    kept = [earlier for earlier in searches(path) if any(earlier[key] != record[key] for key in same)]
    for earlier in kept:
        for key, what in (("cases", "a case file"), ("equations", "an equation or a default")):
            if earlier[key] != record[key] and "void" not in earlier:
                earlier["void"] = f"{what} has changed; searched again on {record['date']}"
    return [*kept, record]


def page_part(record: dict[str, Any]) -> str:
    """What docs/response.md says of a search, between its two marks."""
    return "\n\n".join([BEGIN, _ran(record), _figures(record), _parameters(record), _modes(record), END])


def with_search(page: str, record: dict[str, Any]) -> str:
    """The page with what it says of a search put between its marks."""
    before, _, rest = page.partition(BEGIN)
    return before + page_part(record) + rest.partition(END)[2]


def _ran(record: dict[str, Any]) -> str:
    settings, fit = record["settings"], record["fit"]
    far = [row["figure"] for row in record["figures"] if abs(row["residual"]) >= FAR]
    seeds = " and ".join(map(str, settings["seeds"]))
    return (
        f"Searched on {record['date']} with siyu {record['version']}: {record['points']} points simulated with "
        f"{settings['members']:,} members, the result with {settings['final_members']:,}; seeds {seeds}, "
        f"{settings['starts']} starts each.\n\n"
        f"- **Chi-square** {fit['of_figures'] + fit['of_priors']:.0f} with {fit['df']} degrees of freedom: "
        f"{fit['of_figures']:.0f} of {fit['df']} figures and {fit['of_priors']:.0f} of {fit['parameters']} priors; "
        f"under the evidence the figures alone have {fit['of_figures_under_evidence']:.0f}. The covariance is "
        f"inflated by {fit['inflation']:.2f}.\n"
        f"- **Out of reach**, {FAR:g} sds or more from the claim even so ({len(far)} of {fit['df']}): "
        f"{', '.join(far) or 'none'}.\n"
        f"- **The total**: a year of 3.5 messages a week against none lifts orders by x {record['total']['claims']:.2f} "
        f"under the claims, x {record['total']['evidence']:.2f} under the evidence.\n"
        f"- Were all sources of grade D instead of C: chi-square {record['grade_d']['chi_square']:.0f}, "
        f"{record['grade_d']['distance']:.1f} instead of {np.sqrt(fit['of_priors']):.1f} prior sds from the centre over all "
        f"parameters (by the emulators)."
    )


def _figures(record: dict[str, Any]) -> str:
    rows = [
        f"| {row['figure']} | {row['kind']} | {_number(row['claim'], row)} | {_number(row['evidence'], row)} | "
        f"{row['residual_under_evidence']:+.1f} | {_number(row['claims'], row)} | {row['residual']:+.1f} | "
        f"{row['explained']:.2f} |"
        for row in record["figures"]
    ]
    head = [
        "| figure | kind | claim | evidence | off by, sds | claims | off by, sds | emulator's R² |",
        "|---|---|---|---|---|---|---|---|",
    ]
    return "\n".join([*head, *rows])


def _number(value: float, row: dict[str, Any]) -> str:
    if row["kind"] == "ratio":
        return f"{value:.2f}"
    return f"{100 * value:+.0f} %" if row["kind"] == "lift" else f"{100 * value:.1f} %"


def _parameters(record: dict[str, Any]) -> str:
    listed = [row for row in record["parameters"] if abs(row["moved"]) >= MOVED]
    listed.sort(key=lambda row: -abs(row["moved"]))
    rows = [
        f"| `{row['name']}` | {row['evidence']:g} | {row['claims']:.4g} | {row['moved']:+.2f} | {row['sd']:.2f} |"
        for row in listed
    ]
    others = len(record["parameters"]) - len(listed)
    head = [
        "| parameter | evidence | claims | moved, prior sds | sd before inflation, prior sds |",
        "|---|---|---|---|---|",
    ]
    return "\n".join([*head, *rows]) + f"\n\nThe other {others} parameters move by less than {MOVED:g} prior sds."


def _modes(record: dict[str, Any]) -> str:
    modes = [
        f"| {n} | {mode['nats']:.2f} | {mode['of_figures']:.1f} | {mode['of_priors']:.1f} | {mode['starts']} | "
        f"{', '.join(map(str, mode['seeds']))} |"
        for n, mode in enumerate(record["modes"], 1)
    ]
    rounds = [
        f"| {n} | {each['points']:.0f} | {each['modes']:.0f} | {each['nats']:.2f} | {each['agreement']:.2f} |"
        for n, each in enumerate(record["rounds"], 1)
    ]
    return "\n".join(
        [
            "| mode | nats (half of chi-square) | of figures | of priors | starts that led to it | seeds |",
            "|---|---|---|---|---|---|",
            *modes,
            "",
            "| round | points before it | modes | nats of the best | mean square of (simulated - emulated) / sd there |",
            "|---|---|---|---|---|",
            *rounds,
        ]
    )


def as_records(space: Space, point: np.ndarray, covariance: np.ndarray) -> list[dict[str, Any]]:
    """A record a parameter: its value under evidence and claims, by how many prior sds it moved, and what is left open of it
    before inflation."""
    values = space.values(point)
    spread: Sequence[float] = np.sqrt(np.diagonal(covariance)).tolist()
    return [
        {
            "name": name,
            "evidence": float(centre),
            "claims": rounded(values[name]),
            "moved": round(float(moved), 4),
            "sd": round(sd, 4),
        }
        for name, centre, moved, sd in zip(space.names, space.centre, point, spread, strict=True)
    ]
