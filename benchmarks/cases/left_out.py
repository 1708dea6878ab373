"""Each published case predicted from the others: `OPENBLAS_NUM_THREADS=1 python -m benchmarks cases.left_out`.

A response that is fitted to claims meets some of them because it was fitted to them. So the search of benchmarks/response is
run again without the figures of one family of claims, on the same emulators and with the same starts, and the family's
cases are simulated under the response that it leads to: `MEMBERS`, `REPLICATES`, all spellings. Cases that say much the same
thing are one family; every other case is a family of its own. Market numbers are fitted in neither search.

Then, for each case: the response nearest to the evidence under which emulators put its figures near to their claims, and
what a simulation shows there.

The points of the search are those of results/response/, and are simulated where they are missing (half an hour); the rest
takes about half an hour of one core. It runs only where it is named. Writes benchmarks/cases/left_out.json and its parts of
docs/cases.md.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.cases.records import LEFT_OUT, about, near, near_ends, write_record
from benchmarks.common import Row
from benchmarks.response import WORK
from benchmarks.response.figures import Claim, claims_of, fitted_cases, on_scale
from benchmarks.response.rounds import Plan, by_rounds
from benchmarks.response.search import Figure, Mode, Objective, searched
from benchmarks.response.space import Space
from benchmarks.response.store import Store
from sim.cases import Asked, Case, run_cases
from sim.scenario.response import Response

TOGETHER = (
    ("adviser", "twelve-promos"),  # the same groups, there and back
    ("first-touch-personal", "welcome-guide"),  # what a newcomer is sent first
    ("sop-calls", "wake-up"),  # old customers who are written to again
)
MOST_MOVED = 5  # parameters that the record names


@dataclass(frozen=True)
class Size:
    """Pools of which size a response is tried in, how many, and whether an earlier run's replicates are taken."""

    members: int
    replicates: int
    resume: bool = True

    @property
    def told(self) -> dict[str, int]:
        """As the record has it."""
        return {"members": self.members, "replicates": self.replicates}


PREDICTED, NEEDED = Size(20_000, 10), Size(5_000, 4)
_STARTS_TO_NEED = 3
_TRIALS = 200  # where a figure is out of reach, the way to the nearest point grows ever slower
FURTHEST = 3.0  # prior sds that a needed response may move any one parameter by
_SHARP = 0.002  # on a figure's scale: how far from its band a needed response may leave it
_WITHIN = 0.8  # of the band: where a needed response aims at


def families(cases: Sequence[Case]) -> list[tuple[str, ...]]:
    """The names of the cases, those that say much the same together, in the order of the first."""
    names = [case.id for case in cases]
    together = {name: family for family in TOGETHER for name in family}
    return list(dict.fromkeys(tuple(n for n in together.get(name, (name,)) if n in names) for name in names))


def without(objective: Objective, family: Sequence[str]) -> Objective:
    """The objective without the figures of a family of cases."""
    return _of(objective, [k for k, claim in enumerate(objective.claims) if claim.case.id not in family])


def _of(objective: Objective, kept: Sequence[int]) -> Objective:
    return replace(
        objective,
        claims=[objective.claims[k] for k in kept],
        figures=[objective.figures[k] for k in kept],
        errors=objective.errors[list(kept)],
    )


class Band(Claim):
    """A figure that only has to be near to its claim: nothing is asked of it between two ends (on its scale)."""

    def residual(self, value: np.ndarray | float) -> np.ndarray:
        """How far beyond the nearer end of the band, in `sd`."""
        low, high = (on_scale(self.figure, end) if np.isfinite(end) else end for end in near_ends(self.figure))
        low, high = (self.target + _WITHIN * (end - self.target) for end in (low, high))
        own = np.asarray(value, float)
        return (np.maximum(own - high, 0.0) + np.minimum(own - low, 0.0)) / self.sd


@dataclass(frozen=True)
class OnAllLives:
    """A figure as the mean over the lives of some seeds, whichever seed is asked for."""

    figure: Figure
    seeds: Sequence[int]

    def at(self, point: np.ndarray, seed: int) -> tuple[float, np.ndarray]:
        """Its value on its scale, and its gradient."""
        told = [self.figure.at(point, own) for own in self.seeds]
        return float(np.mean([value for value, _ in told])), np.mean([gradient for _, gradient in told], axis=0)


def needed(objective: Objective, case: Case, seeds: Sequence[int]) -> Mode:
    """The point nearest to the prior's centre at which the emulators put all figures of a case near to their claims.

    No parameter moves by more than 3 prior sds. Where the emulators put them near nowhere, the point that comes nearest.
    """
    own = _of(objective, [k for k, claim in enumerate(objective.claims) if claim.case.id == case.id])
    bands = [Band(claim.case, claim.place, claim.target, _SHARP) for claim in own.claims]
    means = [OnAllLives(figure, seeds) for figure in own.figures]
    space = objective.space
    believable = replace(space, low=np.maximum(space.low, -FURTHEST), high=np.minimum(space.high, FURTHEST))
    sharp = Objective(believable, bands, means, np.zeros(len(bands)))
    starts = [np.zeros(len(space.names)), *believable.draws(_STARTS_TO_NEED, seeds[0])]
    return _allowed(
        space, min((sharp.minimum(start, seeds[0], _TRIALS) for start in starts), key=lambda mode: mode.nats)
    )


def _allowed(space: Space, mode: Mode) -> Mode:
    """The mode, drawn towards the centre as far as it takes until trust and friends do not feed themselves too much."""
    point = mode.point
    while space.excess(point).any():
        point = 0.99 * point
    return replace(mode, point=point, of_priors=float(point @ point))


def simulated_rows(cases: Sequence[Case], response: Response, size: Size) -> list[dict[str, Any]]:
    """A record a figure and spelling of the cases under a response."""
    asked = Asked(response, size.members, size.replicates, effects=False, jobs=1, resume=size.resume)
    return [
        {
            "id": result.case.id,
            "figure": row.figure.name,
            "spelling": row.spelling,
            "mean": row.naive.mean,
            "low": row.naive.low,
            "high": row.naive.high,
            "near": row.near,
        }
        for result in run_cases(cases, asked)
        for row in result.rows
    ]


def left_out(objective: Objective, cases: Sequence[Case], plan: Plan, size: Size) -> list[dict[str, Any]]:
    """A record a family: where the search leads without it, and what its figures come to there."""
    records = []
    for family in families(cases):
        mode = searched(without(objective, family), plan.seeds, plan.starts)[0]
        own = [case for case in cases if case.id in family]
        rows = simulated_rows(own, objective.space.response(mode.point), size)
        records.append(
            {
                "what": "left out",
                "family": list(family),
                **_where(objective.space, mode, np.abs(mode.point)),
                "emulated": _emulated(objective, family, mode.point, plan),
                "simulated": rows,
            }
        )
        print(f"without {', '.join(family)}: {sum(row['near'] for row in rows)} of {len(rows)} near", flush=True)
    return records


def what_is_needed(objective: Objective, cases: Sequence[Case], plan: Plan, size: Size) -> list[dict[str, Any]]:
    """A record a case: the nearest response that would put its figures near to their claims, and a simulation there."""
    records = []
    for case in cases:
        mode = needed(objective, case, plan.seeds)
        rows = simulated_rows([case], objective.space.response(mode.point), size)
        records.append(
            {
                "what": "needed",
                "family": [case.id],
                **_where(objective.space, mode, _pull(objective, case, mode.point, plan)),
                "emulated": _emulated(objective, (case.id,), mode.point, plan),
                "simulated": rows,
            }
        )
        print(f"{case.id} needs {mode.distance:.1f} prior sds: {rows}", flush=True)
    return records


def _pull(objective: Objective, case: Case, point: np.ndarray, plan: Plan) -> np.ndarray:
    """float64[parameters]: how much each parameter's move to a point does to a case's figures, on their scales.

    By the mean of the emulators' slopes at the evidence and there.
    """
    pull = np.zeros(len(point))
    for claim, figure in zip(objective.claims, objective.figures, strict=True):
        if claim.case.id == case.id:
            slopes = [OnAllLives(figure, plan.seeds).at(at, plan.seeds[0])[1] for at in (0.0 * point, point)]
            pull += np.abs(point * np.mean(slopes, axis=0))
    return pull


def _where(space: Space, mode: Mode, weights: np.ndarray) -> dict[str, Any]:
    """Of a point: how far it is from the evidence (prior sds), the parameters of largest weight, and the point whole."""
    values = space.values(mode.point)
    furthest = np.argsort(-weights)[:MOST_MOVED]
    return {
        "distance": mode.distance,
        "moved": [
            {
                "name": space.names[k],
                "evidence": float(space.centre[k]),
                "value": values[space.names[k]],
                "moved": float(mode.point[k]),
            }
            for k in furthest
        ],
        "point": [round(value, 4) for value in mode.point.tolist()],
    }


def _emulated(objective: Objective, family: Sequence[str], point: np.ndarray, plan: Plan) -> list[dict[str, Any]]:
    """What the emulators say of a family's figures at a point, the mean over spellings as they were published."""
    told = []
    for claim, figure in zip(objective.claims, objective.figures, strict=True):
        if claim.case.id in family:
            value = claim.shown(OnAllLives(figure, plan.seeds).at(point, plan.seeds[0])[0])
            told.append(
                {
                    "id": claim.case.id,
                    "figure": claim.figure.name,
                    "value": value,
                    "near": near(claim.figure, value),
                }
            )
    return told


def record(work: Path, plan: Plan, cases: Sequence[Case], predicted: Size, need: Size) -> list[dict[str, Any]]:
    """All records over some cases; points of the search are kept in the folder `work`."""
    store = Store.at(work, Space.of(Response()), cases)
    objective = by_rounds(store, claims_of(cases), plan).objective
    return [*left_out(objective, cases, plan, predicted), *what_is_needed(objective, cases, plan, need)]


def cases_near(rows: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    """Of each case in how many spellings all its figures are near."""
    near_in: dict[str, dict[int, bool]] = {}
    for row in rows:
        spellings = near_in.setdefault(row["id"], {})
        spellings[row["spelling"]] = spellings.get(row["spelling"], True) and row["near"]
    return {name: sum(spellings.values()) for name, spellings in near_in.items()}


def rows() -> list[Row]:
    """Predict every case from the others, and write the record; a row a family."""
    from benchmarks.cases.page import write

    records = record(WORK, Plan(), fitted_cases(), PREDICTED, NEEDED)
    sizes = {"predicted": PREDICTED.told, "needed": NEEDED.told}
    write_record(LEFT_OUT, about() | sizes, records)
    write()
    return [
        Row(f"{each['what']}: {name}", f"near in {k} spellings")
        for each in records
        for name, k in cases_near(each["simulated"]).items()
    ]
