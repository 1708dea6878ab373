"""The response of claims: the file is what its log says, of the cases as frozen; the search gives back what was planted."""

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import benchmarks.response as program
from benchmarks.response.emulator import Emulator
from benchmarks.response.figures import Claim, cases_digest, claims_of, fitted_cases, on_scale, simulated
from benchmarks.response.rounds import Plan
from benchmarks.response.search import Mode, Objective, inflation, modes_of, searched
from benchmarks.response.space import Space
from benchmarks.response.store import POINTS_FILE, Store, equations_digest
from benchmarks.response.written import ABOUT, CLAIMS, PAGE, logged, page_part, searches, with_search
from models.errors import BadInput
from sim.cases import Asked, read_cases, run_case
from sim.cases.case import Case, cases_folder, changed_since_frozen
from sim.drafting.responses import chosen_response
from sim.scenario.response import Response
from sim.scenario.response_file import load_response
from sim.scenario.response_named import numbers_in

FIVE_SIGMA = 5.0


@pytest.fixture(scope="module")
def space() -> Space:
    return Space.of(Response())


@pytest.fixture(scope="module")
def latest() -> dict[str, Any]:
    return searches()[-1]


# --- the file that is committed -------------------------------------------------------------------------------------


def test_the_file_is_what_the_log_says(latest: dict[str, Any], space: Space) -> None:
    response = load_response(CLAIMS)
    assert response.name == response.label == "claims" and response.about == ABOUT
    assert "Not to be used for deciding" in ABOUT.en and "不可用于决策" in ABOUT.zh
    values = {name: value for name, value, _ in numbers_in(response)}
    assert [row["name"] for row in latest["parameters"]] == list(space.names)
    assert {row["name"]: row["claims"] for row in latest["parameters"]} == {name: values[name] for name in space.names}
    default = {name: value for name, value, _ in numbers_in(Response())}
    assert {name for name in values if values[name] != default[name]} <= set(space.names)
    for row, centre, sd in zip(latest["parameters"], space.centre, space.sd, strict=True):
        assert row["claims"] == pytest.approx(centre + sd * row["moved"], abs=1e-4 * sd), row["name"]


def test_its_covariance_is_full_and_inflated_as_logged(latest: dict[str, Any], space: Space) -> None:
    covariance = load_response(CLAIMS).covariance
    assert covariance is not None and covariance.parameters == space.names
    matrix = np.array(covariance.matrix)
    fit = latest["fit"]
    assert fit["inflation"] == pytest.approx(max(1.0, (fit["of_figures"] + fit["of_priors"]) / fit["df"]), abs=1e-3)
    sds = np.array([row["sd"] for row in latest["parameters"]]) * space.sd
    assert np.sqrt(np.diagonal(matrix)) == pytest.approx(sds * np.sqrt(fit["inflation"]), rel=1e-3)
    assert np.abs(matrix - np.diag(np.diagonal(matrix))).max() > 0
    assert max(row["sd"] for row in latest["parameters"]) <= 1.0, "no figure makes a parameter less certain"


def test_the_mode_taken_is_the_nearest_to_the_prior_s_centre(latest: dict[str, Any]) -> None:
    modes = latest["modes"]
    assert modes[0]["of_priors"] == min(mode["of_priors"] for mode in modes)
    assert max(mode["nats"] for mode in modes) <= min(mode["nats"] for mode in modes) + 2.0
    assert modes[0]["point"] == pytest.approx([row["moved"] for row in latest["parameters"]], abs=1e-4)
    assert sum(mode["starts"] for mode in modes) <= len(latest["settings"]["seeds"]) * latest["settings"]["starts"]


def test_it_is_of_the_cases_as_frozen_and_of_these_equations(latest: dict[str, Any]) -> None:
    assert changed_since_frozen(cases_folder()) == []
    assert "void" not in latest
    assert latest["cases"] == cases_digest(), (
        "a case has changed: `python -m benchmarks response` logs and searches again"
    )
    assert latest["equations"] == equations_digest(), (
        "an equation or a default has changed: `python -m benchmarks response` logs it and searches again"
    )


def test_the_page_says_what_the_log_says(latest: dict[str, Any]) -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert page_part(latest) in page
    assert with_search(page, latest) == page
    figures = [claim.name for claim in claims_of(fitted_cases())]
    assert [row["figure"] for row in latest["figures"]] == figures and len(figures) == 24


# --- a response by its name -----------------------------------------------------------------------------------------


def test_a_bare_name_is_a_response_that_comes_with_siyu(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert chosen_response(None) is None
    chosen = chosen_response(Path("claims"))
    assert chosen is not None and load_response(chosen) == load_response(CLAIMS)
    assert chosen_response(Path("mine.yaml")) == Path("mine.yaml"), "a path is told by its ending, there or not"
    with pytest.raises(BadInput, match="there is no response called 'claim'; choose one of claims, evidence, or give"):
        chosen_response(Path("claim"))
    shutil.copy(CLAIMS, "claim")
    assert chosen_response(Path("claim")) == Path("claim"), "a file of one's own needs no ending"


# --- the space ------------------------------------------------------------------------------------------------------


def test_points_are_drawn_from_the_prior_within_what_a_response_may_be(space: Space) -> None:
    draws = space.draws(300, 1)
    assert space.response(np.zeros(len(space.names)), "evidence").digest == Response().digest
    assert ((draws >= space.low) & (draws <= space.high)).all()
    assert not any(space.excess(point).any() for point in draws)
    wide = (space.low < -4) & (space.high > 4)  # where no end of a range cuts the prior
    assert wide.sum() > 30
    assert draws[:, wide].std(axis=0) == pytest.approx(1.0, abs=0.2)
    assert np.abs(draws[:, wide].mean(axis=0)).max() < FIVE_SIGMA / np.sqrt(300)
    for point in draws[:3]:
        values = {name: value for name, value, _ in numbers_in(space.response(point))}
        assert [values[name] for name in space.names] == pytest.approx(
            space.centre + space.sd * point, rel=1e-3, abs=1e-3
        )
    assert (space.draws(5, 1) == space.draws(5, 1)).all() and (space.draws(5, 1) != space.draws(5, 2)).any()


# --- figures --------------------------------------------------------------------------------------------------------


def test_residuals_are_on_the_scale_of_their_kind() -> None:
    by_kind: dict[str, Claim] = {}
    for claim in claims_of(fitted_cases()):
        by_kind.setdefault(claim.figure.kind, claim)
        assert claim.shown(claim.target) == pytest.approx(claim.figure.claim)
        assert claim.residual(claim.target) == 0.0 and claim.sd == 0.5
    share, lift, ratio = by_kind["share"], by_kind["lift"], by_kind["ratio"]
    assert on_scale(share.figure, 0.25) == pytest.approx(np.log(1 / 3))
    assert on_scale(lift.figure, -0.82) == pytest.approx(np.log(0.18))
    assert float(ratio.residual(on_scale(ratio.figure, 2 * ratio.figure.claim))) == pytest.approx(np.log(2) / 0.5)
    floor, ceiling = by_kind["floor"], by_kind["ceiling"]
    assert floor.residual(floor.target + 1) == 0 and floor.residual(floor.target - 1) == pytest.approx(-2)
    assert ceiling.residual(ceiling.target - 1) == 0 and ceiling.residual(ceiling.target + 1) == pytest.approx(2)
    assert np.isfinite(on_scale(share.figure, 0.0)) and np.isfinite(on_scale(lift.figure, -1.0))
    assert {claim.sd for claim in claims_of(fitted_cases(), "D")} == {0.8}


def test_figures_are_what_an_operator_would_have_measured() -> None:
    cases = read_cases(["twelve-promos"])
    values = simulated(cases, Response(), 60, 1)
    rows = run_case(cases[0], Asked(members=60, replicates=1, effects=False, jobs=1)).rows
    assert [spelling[0] for spelling in values[0]] == [row.naive.mean for row in rows]


# --- emulators ------------------------------------------------------------------------------------------------------


def _smooth(points: np.ndarray) -> np.ndarray:
    return np.asarray(0.3 + 0.8 * points[:, 1] - 0.5 * np.tanh(points[:, 4]) + 0.2 * points[:, 1] * points[:, 4])


def test_an_emulator_learns_which_parameters_matter() -> None:
    rng = np.random.default_rng(1)
    points, seeds = rng.standard_normal((70, 40)), np.repeat([1, 2], 35)
    values = _smooth(points) + 0.1 * (seeds == 2) + 0.03 * rng.standard_normal(70)
    values[7] = np.nan
    emulator = Emulator.checked(points, seeds, values)
    assert len(emulator.points) == 69
    assert set(np.argsort(-emulator.slopes)[:2]) == {1, 4}
    new = rng.standard_normal((200, 40))
    told = np.array([emulator.at(point, 1)[0] for point in new])
    truth = _smooth(new)
    assert 1 - np.var(told - truth) / np.var(truth) > 0.9
    assert np.mean([emulator.at(p, 2)[0] - emulator.at(p, 1)[0] for p in new]) == pytest.approx(0.1, abs=0.05)
    missed = np.mean((told - truth) ** 2)
    said, alone = (np.mean([e.variance(p, 1) for p in new]) for e in (emulator, replace(emulator, unsaid=0.0)))
    assert emulator.unsaid > 0 and alone < said < 2 * missed + alone, "cross-validation adds what likelihood leaves out"
    assert emulator.explained == pytest.approx(1 - missed / np.var(truth), abs=0.1)
    assert emulator.variance(4 * new[0], 1) > emulator.variance(0 * new[0], 1)


def test_an_emulator_s_gradient_is_that_of_its_value() -> None:
    rng = np.random.default_rng(2)
    points, seeds = rng.standard_normal((40, 6)), np.ones(40, int)
    emulator = Emulator.fitted(points, seeds, _smooth(points) + 0.05 * rng.standard_normal(40))
    at, step = points[3] + 0.1, 1e-5
    _, gradient = emulator.at(at, 1)
    by_steps = [(emulator.at(at + s, 1)[0] - emulator.at(at - s, 1)[0]) / (2 * step) for s in step * np.eye(6)]
    assert gradient == pytest.approx(by_steps, abs=1e-6)


# --- the search -----------------------------------------------------------------------------------------------------


class _Curve:
    """A figure that is known exactly: slope (tanh of a weighted sum)."""

    def __init__(self, *weights: float) -> None:
        self.weights = np.array(weights)

    def at(self, point: np.ndarray, seed: int) -> tuple[float, np.ndarray]:
        bent = np.tanh(0.5 * float(self.weights @ point))
        return 2 * bent, (1 - bent**2) * self.weights


class _Valleys:
    """A figure with two sides: the square of the first parameter."""

    def at(self, point: np.ndarray, seed: int) -> tuple[float, np.ndarray]:
        return float(point[0] ** 2 + 0.1 * point[0]), np.array([2 * point[0] + 0.1, 0.0])


@pytest.fixture
def two(space: Space) -> Space:
    """A space of two parameters."""
    return Space(space.names[:2], space.centre[:2], space.sd[:2], np.full(2, -6.0), np.full(2, 6.0))


@pytest.fixture
def unconstrained(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Space, "excess", lambda self, point: np.zeros(2))


@pytest.mark.usefixtures("unconstrained")
def test_the_search_gives_back_what_was_planted(two: Space) -> None:
    """Two parameters, six figures of the planted point with noise: within 5 sigma by the covariance that is told."""
    planted = np.array([1.2, -0.8])
    rng = np.random.default_rng(3)
    curves = [_Curve(*weights) for weights in rng.normal(size=(6, 2))]
    claim = next(c for c in claims_of(fitted_cases()) if c.figure.kind == "share")
    sharp = replace(claim, sd=0.05)
    claims = [replace(sharp, target=c.at(planted, 1)[0] + 0.05 * rng.standard_normal()) for c in curves]
    objective = Objective(two, claims, curves, np.zeros(6))
    (mode,) = searched(objective, (1, 2), 20)
    assert mode.seeds == (1, 2) and mode.starts == 40
    covariance = objective.covariance(mode)
    off = mode.point - planted
    assert off @ np.linalg.solve(covariance, off) < FIVE_SIGMA**2
    assert np.sqrt(np.diagonal(covariance)).max() < 0.3, "the figures say something"
    # a claim that is 10 sds off its figure shows in chi-square, and widens the covariance
    wrong = [replace(claims[0], target=claims[0].target + 0.5), *claims[1:]]
    (worse,) = searched(Objective(two, wrong, curves, np.zeros(6)), (1,), 5)
    assert inflation(2 * worse.nats, 6) > 2.0 and inflation(3.0, 6) == 1.0


@pytest.mark.usefixtures("unconstrained")
def test_all_modes_within_two_nats_are_kept_and_the_nearest_is_first(two: Space) -> None:
    claim = next(c for c in claims_of(fitted_cases()) if c.figure.kind == "share")
    objective = Objective(two, [replace(claim, target=4.0, sd=0.5)], [_Valleys()], np.zeros(1))
    near, far = searched(objective, (1, 2), 20)
    assert near.point[0] == pytest.approx(1.9, abs=0.1) and far.point[0] == pytest.approx(-2.0, abs=0.1)
    assert near.distance < far.distance and near.nats <= far.nats + 2.0
    assert near.starts + far.starts == 40
    lone = Mode(np.array([5.0, 5.0]), 2 * near.nats + 4.1, 0.0, (1,), 1)
    assert len(modes_of([near, far, lone])) == 2, "2.05 nats below the best"


# --- the program ----------------------------------------------------------------------------------------------------


TINY = Plan(seeds=(1,), design=3, members=40, final_members=60, starts=1, around=1, least_rounds=1, most_rounds=1)


@pytest.fixture(scope="module")
def cheap() -> list[Case]:
    return [case for case in fitted_cases() if case.id in ("adviser", "twelve-promos")]


def test_a_search_in_small_is_had_again_without_simulating(tmp_path: Path, cheap: list[Case], space: Space) -> None:
    record, text = program.search(tmp_path, TINY, cheap)
    lines = (tmp_path / POINTS_FILE).read_text(encoding="utf-8").splitlines()
    assert record["points"] == len(lines) - 2 == 4 + len(record["modes"]) + 1, "all but the two of the final size"
    assert [row["figure"] for row in record["figures"]] == ["adviser", "twelve-promos"] and record["fit"]["df"] == 2
    (tmp_path / POINTS_FILE).write_text("\n".join([*lines, lines[0][:40]]), encoding="utf-8")  # cut off by a stop
    again, same = program.search(tmp_path, TINY, cheap)
    assert (again, same) == (record, text)
    (tmp_path / "claims.yaml").write_text(text, encoding="utf-8")
    response = load_response(tmp_path / "claims.yaml")
    values = {name: value for name, value, _ in numbers_in(response)}
    assert {row["name"]: row["claims"] for row in record["parameters"]} == {name: values[name] for name in space.names}
    assert response.draw(1, 0) != response.draw(1, 1)
    assert page_part(record).count("| twelve-promos |") == 1


def test_a_store_simulates_nothing_twice_and_tells_seeds_apart(tmp_path: Path, cheap: list[Case], space: Space) -> None:
    store, claims = Store.at(tmp_path, space, cheap), claims_of(cheap)
    centre = np.zeros(len(space.names))
    first = store.figures(claims, centre, 1, 40)
    assert (store.figures(claims, centre, 1, 40) == first).all() and store.simulated_now == 1
    again = Store.at(tmp_path, space, cheap)
    assert (again.figures(claims, centre, 1, 40) == first).all() and again.simulated_now == 0
    assert (again.figures(claims, centre, 2, 40) != first).any() and again.simulated_now == 1


def test_a_search_of_other_cases_or_equations_voids_those_before(tmp_path: Path) -> None:
    log = tmp_path / "searches.json"
    first = {"date": "2026-01-01", "cases": "a", "equations": "e", "settings": {"starts": 20}}
    log.write_text(json.dumps({"searches": [first]}), encoding="utf-8")
    again = first | {"date": "2026-01-02"}
    assert logged(again, log) == [again], "the same search run again"
    wider = first | {"date": "2026-01-03", "settings": {"starts": 40}}
    assert logged(wider, log) == [first, wider]
    other = first | {"date": "2026-01-04", "cases": "b"}
    before, last = logged(other, log)
    assert before["void"] == "a case file has changed; searched again on 2026-01-04" and last == other
    moved = first | {"date": "2026-01-05", "equations": "f"}
    assert "an equation or a default has changed" in logged(moved, log)[0]["void"]
