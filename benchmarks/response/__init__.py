"""What one would have to believe for published figures to be effects: `python -m benchmarks response` finds it again.

Writes scenarios/response/claims.yaml, its log benchmarks/response/searches.json, and its part of docs/response.md. It takes
about half an hour on one core, so it runs only where it is named; what has been simulated is kept in
results/response/, and a run that was stopped goes on from there. What it comes to is an output: nothing is required of it.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.common import ROOT, Row
from benchmarks.response.figures import Claim, cases_digest, claims_of, fitted_cases
from benchmarks.response.rounds import Outcome, Plan, by_rounds
from benchmarks.response.search import Mode, inflation, searched
from benchmarks.response.space import Space
from benchmarks.response.store import Store, equations_digest
from benchmarks.response.written import (
    CLAIMS,
    LOG,
    PAGE,
    as_records,
    claims_text,
    code_digest,
    logged,
    rounded,
    with_search,
)
from sim.cases.case import Case, cases_folder, changed_since_frozen
from sim.scenario.response import Response

WORK = ROOT / "results" / "response"
_PANEL = "sim.results.replication.panel"


def rows() -> list[Row]:
    """Search, write the response, the log and the page; a row a mode, and one of the figures under it."""
    changed = changed_since_frozen(cases_folder())
    if changed:
        raise SystemExit(f"not as frozen before the first run: {', '.join(changed)}; log the change, freeze anew")
    record, text = search(WORK, Plan(), fitted_cases())
    CLAIMS.write_text(text, encoding="utf-8")
    LOG.write_text(json.dumps({"searches": logged(record)}, indent=1) + "\n", encoding="utf-8")
    PAGE.write_text(with_search(PAGE.read_text(encoding="utf-8"), record), encoding="utf-8")
    return [
        *(Row(f"mode {n}", f"chi-square {2 * mode['nats']:.1f}") for n, mode in enumerate(record["modes"], 1)),
        Row(
            "claims, simulated",
            f"chi-square of figures {record['fit']['of_figures']:.1f}",
            f"{record['fit']['df']} figures",
        ),
    ]


def search(work: Path, plan: Plan, cases: Sequence[Case]) -> tuple[dict[str, Any], str]:
    """The record of a search over cases and the response file that it leads to; points are kept in the folder `work`."""
    space = Space.of(Response())
    claims = claims_of(cases)
    store = Store.at(work, space, cases)
    led = by_rounds(store, claims, plan)
    mode = led.modes[0]
    under = {
        name: _mean(store, claims, point, plan)
        for name, point in (("claims", mode.point), ("evidence", 0 * mode.point))
    }
    of_figures = {name: _chi_square(claims, figures) for name, figures in under.items()}
    covariance = led.objective.covariance(mode)
    factor = inflation(of_figures["claims"] + mode.of_priors, len(claims))
    uplift = import_module(_PANEL).uplift
    hesitant = replace(led.objective, claims=claims_of(cases, "D"))
    doubtful = searched(hesitant, plan.seeds[:1], plan.starts)[0]
    record = {
        "date": datetime.now(UTC).date().isoformat(),
        "version": version("siyu"),
        "cases": cases_digest(),
        "equations": equations_digest(),
        "behaviour": code_digest(),
        "settings": asdict(plan) | {"seeds": list(plan.seeds)},
        "points": led.simulated,
        "fit": {
            "of_figures": round(of_figures["claims"], 3),
            "of_priors": round(mode.of_priors, 3),
            "of_figures_under_evidence": round(of_figures["evidence"], 3),
            "df": len(claims),
            "parameters": len(space.names),
            "inflation": round(factor, 4),
        },
        "total": {
            "claims": round(float(uplift(space.response(mode.point))), 4),
            "evidence": round(float(uplift(Response())), 4),
        },
        "grade_d": {"chi_square": round(2 * doubtful.nats, 3), "distance": round(doubtful.distance, 3)},
        "rounds": [{key: rounded(value) for key, value in asdict(each).items()} for each in led.rounds],
        "modes": [_told(each) for each in led.modes],
        "figures": [_figure(k, claim, under, led) for k, claim in enumerate(claims)],
        "parameters": as_records(space, mode.point, covariance),
    }
    return record, claims_text(space, mode.point, factor * covariance)


def _mean(store: Store, claims: Sequence[Claim], point: np.ndarray, plan: Plan) -> np.ndarray:
    """float64[claims] on their scales: the mean over the search seeds' lives in pools of the final size."""
    by_seed = [store.figures(claims, point, seed, plan.final_members) for seed in plan.seeds]
    mean: np.ndarray = np.mean(by_seed, axis=0)
    return mean


def _chi_square(claims: Sequence[Claim], figures: np.ndarray) -> float:
    return float(sum(claim.residual(value) ** 2 for claim, value in zip(claims, figures, strict=True)))


def _told(mode: Mode) -> dict[str, Any]:
    return {
        "nats": round(mode.nats, 4),
        "of_figures": round(mode.of_figures, 4),
        "of_priors": round(mode.of_priors, 4),
        "seeds": list(mode.seeds),
        "starts": mode.starts,
        "point": [round(value, 4) for value in mode.point.tolist()],
    }


def _figure(k: int, claim: Claim, under: dict[str, np.ndarray], led: Outcome) -> dict[str, Any]:
    """One figure: as claimed, under both responses, and how far off in sds of the claim."""
    return {
        "figure": claim.name,
        "kind": claim.figure.kind,
        "claim": claim.figure.claim,
        "evidence": rounded(claim.shown(under["evidence"][k])),
        "residual_under_evidence": round(float(claim.residual(under["evidence"][k])), 3),
        "claims": rounded(claim.shown(under["claims"][k])),
        "residual": round(float(claim.residual(under["claims"][k])), 3),
        "explained": round(float(led.explained[k]), 3),
    }
