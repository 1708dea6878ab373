"""What runs of the published cases leave: the page and its pictures say what the JSON says, and what they say is right."""

import io
import json
import math
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.cases import left_out, sensitivity
from benchmarks.cases.page import PAGE, headline, markets, needed, parts, results, with_parts, without_family
from benchmarks.cases.picture import FULL_PICTURE, SENSITIVITY_PICTURE, drawn, of_full_run, of_sensitivity
from benchmarks.cases.records import (
    FULL,
    LEFT_OUT,
    SENSITIVITY,
    gains,
    near_ends,
    part_of_claim,
    read_record,
    results_of,
    write_record,
)
from benchmarks.cases.speaks import SPEAKS
from benchmarks.response import store
from benchmarks.response.figures import cases_digest, claims_of, on_scale
from benchmarks.response.rounds import Plan
from benchmarks.response.search import Objective
from benchmarks.response.space import Space
from benchmarks.response.written import searches
from sim.cases import Case, CaseResult, Figure, Mean, Told, counted, read_cases, within
from sim.scenario.market import Market
from sim.scenario.response import Response

ROOT = PAGE.parent.parent
RECORDS = {path.stem: read_record(path) for path in (FULL, LEFT_OUT, SENSITIVITY)}


@pytest.fixture(scope="module")
def cases() -> dict[str, Case]:
    return {case.id: case for case in read_cases()}


@pytest.fixture(scope="module")
def fitted(cases: dict[str, Case]) -> list[Case]:
    """The cases that count."""
    return [case for case in cases.values() if not case.text.input]


def told(figure: Figure, spelling: int, naive: float, effect: float | None) -> Told:
    half = 0.01 * abs(naive)
    mean = Mean(effect, effect, effect)
    return Told(figure, spelling, Mean(naive, naive - half, naive + half), mean, 20_000, 10, True)


def result(case: Case, *values: list[tuple[float, float | None]]) -> CaseResult:
    """A result by spelling, and in each by figure: naive and effect."""
    rows = [
        told(figure, number, *pair)
        for number, of in enumerate(values, 1)
        for figure, pair in zip(case.text.figures, of, strict=True)
    ]
    return CaseResult(case, "evidence", tuple(rows))


# --- what is committed ----------------------------------------------------------------------------------------------


def test_the_page_says_what_the_records_say() -> None:
    page = PAGE.read_text(encoding="utf-8")
    texts = parts(RECORDS["full"], RECORDS["left_out"], RECORDS["sensitivity"])
    assert with_parts(page, texts) == page, "run `python -m benchmarks.cases.page`"


@pytest.mark.parametrize("name", sorted(RECORDS))
def test_records_are_of_the_cases_as_frozen_and_of_these_equations(name: str) -> None:
    record = RECORDS[name]
    assert record is not None, f"benchmarks/cases/{name}.json is not there"
    assert record["cases"] == cases_digest()
    assert record["equations"] == searches()[-1]["equations"], (
        f"an equation has changed; run what writes {name}.json again"
    )


def test_pictures_are_small_and_there_for_each_run() -> None:
    for name, picture in (("full", FULL_PICTURE), ("sensitivity", SENSITIVITY_PICTURE)):
        assert picture.is_file() == (RECORDS[name] is not None)
        assert not picture.is_file() or picture.stat().st_size < 80_000
        shown = f"({picture.relative_to(PAGE.parent).as_posix()})" in PAGE.read_text(encoding="utf-8")
        assert shown == picture.is_file()


def test_every_case_that_counts_has_what_bears_on_it(fitted: list[Case]) -> None:
    rows = set(re.findall(r"^\| (E\d+) \|", (ROOT / "docs" / "evidence.md").read_text(encoding="utf-8"), re.MULTILINE))
    assert set(SPEAKS) == {case.id for case in fitted}
    for name, text in SPEAKS.items():
        assert set(re.findall(r"E\d+", text)) <= rows, name
        assert re.search(r"E\d+", text) or "no experiment" in text, name


# --- figures beside their claims --------------------------------------------------------------------------------------


def test_the_ends_of_what_is_near_are_those_of_the_rules(cases: dict[str, Case]) -> None:
    kinds = set()
    for figure in (figure for case in cases.values() for figure in case.text.figures):
        kinds.add(figure.kind)
        low, high = near_ends(figure)
        assert part_of_claim(figure, figure.claim) == 1.0
        for end, inwards in ((low, 1), (high, -1)):
            if math.isfinite(end):
                assert within(figure.kind, figure.claim, end)
                assert within(figure.kind, figure.claim, end + inwards * 1e-6)
                assert not within(figure.kind, figure.claim, end - inwards * 1e-6)
    assert kinds == {"share", "ratio", "lift", "floor", "ceiling"}


def test_a_gain_is_a_lift_a_multiple_less_one_or_after_less_before(cases: dict[str, Case]) -> None:
    (one,) = gains(result(cases["wake-up"], [(0.10, None), (0.25, 0.14)], [(0.12, None), (0.17, 0.04)]))
    assert one.case == "wake-up" and one[1:] == pytest.approx((0.18, 0.10, 0.09))
    assert (one.seen, one.real) == pytest.approx((0.10 / 0.18, 0.5))
    (lift,) = gains(result(cases["evening-push"], [(0.1, 0.2)]))
    assert lift[1:] == pytest.approx((0.4, 0.1, 0.2)) and lift.seen == pytest.approx(0.25)
    assert gains(result(cases["twelve-promos"], [(-0.77, -0.72)])) == [], "a loss is no gain"
    (ratio,) = gains(result(cases["adviser"], [(1.7, 2.4)]))
    assert ratio[1:] == pytest.approx((7.0, 0.7, 1.4))
    members, talkers = gains(result(cases["private-public"], [(1.3, 1.2), (1.5, 1.4)]))
    assert members[1:] == pytest.approx((1.8, 0.3, 0.2)) and talkers[1:] == pytest.approx((3.3, 0.5, 0.4))
    assert gains(result(cases["catering-member"], [(0.4, 0.1)])) == [], "a level alone is no gain"


def test_results_are_had_again_from_their_records(cases: dict[str, Case], tmp_path: Path) -> None:
    whole = result(cases["wake-up"], *[[(0.1, None), (0.25, 0.14)]] * 3)
    write_record(tmp_path / "full.json", {"date": "2026-01-01", "version": "1"}, whole.records())
    record = read_record(tmp_path / "full.json")
    assert record is not None and record["date"] == "2026-01-01"
    (again,) = results_of(record["rows"])["evidence"]
    assert again.records() == json.loads(json.dumps(whole.records()))
    assert counted([again]) == (1, 1)
    assert read_record(tmp_path / "none.json") is None


# --- the page -------------------------------------------------------------------------------------------------------


def a_run(cases: dict[str, Case]) -> dict[str, Any]:
    """A full run of three cases, one of them met under the evidence."""
    told_of = [
        result(cases["wake-up"], *[[(0.1, None), (0.25, 0.09)]] * 3),
        result(cases["twelve-promos"], *[[(-0.41, -0.205)]] * 3),
        result(cases["evening-push"], *[[(0.0, 0.0)]] * 3),
    ]
    rows = [row for each in told_of for row in each.records()]
    return {"date": "2026-01-01", "version": "1", "rows": rows + [row | {"response": "claims"} for row in rows]}


def a_search(name: str, near: bool) -> dict[str, Any]:
    """A record of a search without a case's family, as near as is said."""
    value = 0.4 if near else 0.1
    return {
        "family": [name],
        "distance": 3.2,
        "moved": [{"name": "visit", "evidence": 0.06, "value": 0.12, "moved": 2.0}],
        "emulated": [{"id": name, "figure": "clicks", "value": value, "near": near}],
        "simulated": [{"id": name, "figure": "clicks", "spelling": n, "mean": value, "near": near} for n in (1, 2, 3)],
    }


def test_the_headline_counts_and_divides(cases: dict[str, Case]) -> None:
    run = a_run(cases)
    searched = {"rows": [a_search("evening-push", True) | {"what": "left out"}]}
    text = headline(run, searched)
    assert "| `evidence` | **1 of 3** | 1 of 3 |" in text and "| `claims` | **1 of 3** | 1 of 3 |" in text
    assert "without the case's own family of claims | | **1 of 1** |" in text
    # published 0.18 and 0.4, the loss apart: seen 0.833 and 0, effects 0.5 and 0
    assert "would have seen **42 %** (0 % in evening-push to 83 % in wake-up)" in text
    assert "same lives is **25 %** (0 % in evening-push to 50 % in wake-up)" in text
    assert "would have seen** **60 %** is effect, over the 1 case in" in text


def test_the_table_of_a_run_is_a_row_a_figure(cases: dict[str, Case]) -> None:
    whole = result(cases["welcome-guide"], *([(before, None), (0.55, 0.01)] for before in (0.27, 0.27, 0.1)))
    text = results({"date": "2026-01-01", "version": "1", "rows": whole.records()})
    assert "Run on 2026-01-01 with siyu 1 under `evidence`." in text and "### Under `evidence`" in text
    assert "| welcome-guide | D7 retention, before | 25 % | 27 %; 27 %; 10 % | –; –; – | 2 of 3 |" in text
    assert "In brackets" not in text, "there are none on the page"


def test_what_is_not_met_says_what_it_would_take(cases: dict[str, Case]) -> None:
    run = a_run(cases)
    points = [a_search("evening-push", True), *(a_search(n, True) for n in ("twelve-promos",))]
    for point in points:
        point["emulated"] = [{"id": point["family"][0], "figure": "x", "value": 0.0, "near": True}]
    points[1]["simulated"] = [row | {"figure": "activity"} for row in points[1]["simulated"]]
    record = {"needed": {"members": 10, "replicates": 2}, "rows": [point | {"what": "needed"} for point in points]}
    base = {"id": "evening-push", "figure": "clicks", "number": None, "factor": 1.0, "near": False}
    helped = base | {"number": "rhythm.alpha", "factor": 0.7, "near": True}
    text = needed(run, record, {"rows": [base, helped]})
    assert "**wake-up**" not in text, "it is met"
    assert "**evening-push** (not near under `evidence`)" in text
    assert (
        "near at 3.2 prior sds from the evidence, which the priors make unlikely, above all `visit` 0.06 → 0.12" in text
    )
    assert "clicks +40 %; +40 %; +40 % (claim +40 %); near in 3 of 3 spellings." in text
    assert "near with `rhythm.alpha` × 0.7." in text and "(E29, a blog" in text
    points[0]["emulated"][0]["near"] = False
    assert "Nowhere within 3 prior sds of each parameter" in needed(run, record, None)


def test_without_runs_the_page_says_so() -> None:
    texts = parts(None, None, None)
    assert all("not been made" in text for text in texts)
    page = PAGE.read_text(encoding="utf-8")
    assert with_parts(with_parts(page, texts), texts).count("has not been made") >= 4
    with pytest.raises(ValueError, match="no marks for 'headline'"):
        with_parts("# A page\n", texts)


# --- pictures -------------------------------------------------------------------------------------------------------


def test_pictures_show_parts_of_claims(cases: dict[str, Case]) -> None:
    from PIL import Image

    names, bars = of_full_run(a_run(cases)["rows"])
    assert names == ["evidence", "claims"]
    assert [(bar.case, bar.figure.name) for bar in bars] == [
        ("wake-up", "before"),
        ("wake-up", "after"),
        ("twelve-promos", "activity"),
        ("evening-push", "clicks"),
    ]
    naive, effect = bars[1].panels[0]
    assert naive is not None and naive == pytest.approx((0.25 / 0.27, 0.99 * 0.25 / 0.27, 1.01 * 0.25 / 0.27))
    assert effect is not None and effect.mean == pytest.approx(0.09 / 0.18), "a difference: a part of the gain"
    assert bars[0].panels[0][1] is None
    with Image.open(io.BytesIO(drawn(names, bars, "lines"))) as picture:
        assert picture.width == 800
    shared = {"near": False, "id": "evening-push", "figure": "clicks"}
    rows = [
        shared | {"number": None, "factor": 1.0, "naive": 0.1, "effect": 0.0},
        shared | {"number": "tastes", "factor": 0.7, "naive": 0.2, "effect": -0.1},
        shared | {"number": "tastes", "factor": 1.3, "naive": 0.1, "effect": -0.1},
        shared | {"number": "returns", "factor": 0.7, "naive": 0.1, "effect": -0.1},
    ]
    for row, ends in zip(rows, ((0.0, 0.0), (0.05, 0.15), (-0.02, -0.01), (0.01, 0.02)), strict=True):
        row |= {"difference_low": ends[0], "difference_high": ends[1]}
    (bar,) = of_sensitivity(rows)
    assert bar.panels[0] == (pytest.approx((0.25, 0.25, 0.5)), pytest.approx((0.0, -0.25, 0.0)))
    table = markets({"rows": rows, "members": 10, "replicates": 2})
    assert "naive figures are moved by `tastes` (1 of 1 figures)." in table, "returns move it one way only"
    assert "| evening-push | click rate, of busy, change | +40 % | +10 % | +10 % | +20 % (`tastes` × 0.7) |" in table


# --- other markets --------------------------------------------------------------------------------------------------


def test_every_number_of_a_market_is_varied_or_said_to_be_left_out(cases: dict[str, Case]) -> None:
    market = cases["wake-up"].spellings[0].first.market
    named = {name.partition(".")[0] for name in sensitivity.NUMBERS} | set(sensitivity.LEFT_OUT)
    assert named | {"name", "currency", "source"} == set(Market.model_fields)
    for part in ("rhythm", "baskets", "personas", "season"):
        own = {name.partition(".")[2] for name in sensitivity.NUMBERS if name.startswith(part)}
        there = {key for key, value in getattr(market, part).model_dump().items() if value is not None}
        assert own == there, part


@pytest.mark.parametrize("number", sorted(sensitivity.NUMBERS))
def test_a_varied_market_differs_in_that_number_alone(cases: dict[str, Case], number: str) -> None:
    scenario = cases["wake-up"].spellings[0].first
    for factor in sensitivity.FACTORS:
        varied = sensitivity.varied(scenario, number, factor)
        keys = [key for key, _, _ in varied.differences(scenario)]
        part = number.partition(".")[0] if number.startswith("personas") else number
        assert keys and all(key.startswith(f"market.{part}") for key in keys)
        assert sum(varied.market.personas.model_dump().values()) == pytest.approx(1.0)
    assert varied.market.season is not None and scenario.market.season is not None
    if number == "season.peaks":
        assert [peak.lift for peak in varied.market.season.peaks] == pytest.approx([1 + 1.3 * 0.6, 1 + 1.3 * 1.0])
    if number == "rhythm.alpha":
        assert varied.market.rhythm.alpha == pytest.approx(1.3 * scenario.market.rhythm.alpha)


def test_markets_are_tried_on_the_same_lives_and_only_once(
    cases: dict[str, Case], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chosen = {name: sensitivity.NUMBERS[name] for name in ("rhythm.alpha", "returns")}
    monkeypatch.setattr(sensitivity, "NUMBERS", chosen)
    kept = tmp_path / "work" / "kept.jsonl"
    base, *others = sensitivity.tried(cases["catering-member"], kept, 300, 2)
    assert [(each.number, each.factor) for each in others] == [(n, f) for n in chosen for f in (0.7, 1.3)]
    often, seldom, *no_returns = others
    for each in no_returns:
        assert each.naive == base.naive, "there are none in catering, so 0.7 and 1.3 times as many change nothing"
        (record,) = each.records(base)
        assert record["difference"] == record["difference_low"] == record["difference_high"] == 0.0
    assert np.mean([v for v in often.naive[0] if v]) > np.mean([v for v in seldom.naive[0] if v])
    assert len(kept.read_text(encoding="utf-8").splitlines()) == 6, "what is the same is simulated once"

    def never(*_: object) -> None:
        raise AssertionError("simulated again")

    monkeypatch.setattr(sensitivity, "values_of", never)
    assert sensitivity.tried(cases["catering-member"], kept, 300, 2) == [base, *others]


# --- each from the others ---------------------------------------------------------------------------------------------


def test_every_case_is_left_out_once(fitted: list[Case]) -> None:
    families = left_out.families(fitted)
    assert sorted(name for family in families for name in family) == sorted(case.id for case in fitted)
    assert [family for family in families if len(family) > 1] == list(left_out.TOGETHER)


class Slope:
    """A figure that is known exactly: so much at the centre, and a slope in two parameters."""

    def __init__(self, at_centre: float, *slopes: float) -> None:
        self.at_centre, self.slopes = at_centre, np.array(slopes)

    def at(self, point: np.ndarray, seed: int) -> tuple[float, np.ndarray]:
        return self.at_centre + float(self.slopes @ point) + 0.1 * (seed == 2), self.slopes


@pytest.fixture
def two(monkeypatch: pytest.MonkeyPatch) -> Space:
    """A space of two parameters in which nothing feeds itself."""
    monkeypatch.setattr(Space, "excess", lambda self, point: np.zeros(2))
    space = Space.of(Response())
    return Space(space.names[:2], space.centre[:2], space.sd[:2], np.full(2, -6.0), np.full(2, 6.0))


def planted(two: Space, fitted: list[Case], *slopes: float) -> Objective:
    claims = [claim for claim in claims_of(fitted) if claim.case.id in ("twelve-tags", "wake-up")]
    figures = [Slope(on_scale(claim.figure, 0.2) - 0.05, *slopes) for claim in claims]
    return Objective(two, claims, figures, np.zeros(len(claims)))


def test_what_is_needed_is_the_nearest_point_that_is_near(two: Space, fitted: list[Case]) -> None:
    objective, case = planted(two, fitted, 0.6, 0.8), next(case for case in fitted if case.id == "twelve-tags")
    mode = left_out.needed(objective, case, (1, 2))
    (claim,) = (claim for claim in objective.claims if claim.case.id == case.id)
    reached = claim.shown(on_scale(claim.figure, 0.2) + float(np.array([0.6, 0.8]) @ mode.point))
    assert 0.37 < reached < 0.42 and within("share", claim.figure.claim, reached)
    assert mode.point / mode.distance == pytest.approx([0.6, 0.8], abs=0.01), "straight up the slope"
    weak = left_out.needed(planted(two, fitted, 0.03, 0.04), case, (1, 2))
    assert np.abs(weak.point).max() <= left_out.FURTHEST and weak.point == pytest.approx([3.0, 3.0], abs=0.01)


def test_a_band_asks_nothing_between_its_ends(fitted: list[Case]) -> None:
    for claim in claims_of(fitted):
        band = left_out.Band(claim.case, claim.place, claim.target, 0.1)
        low, high = near_ends(claim.figure)
        assert band.residual(claim.target) == 0.0
        if math.isfinite(low):
            assert band.residual(on_scale(claim.figure, low)) < 0.0
        if math.isfinite(high):
            assert band.residual(on_scale(claim.figure, high)) > 0.0


def test_a_family_s_figures_are_left_out_of_the_search(two: Space, fitted: list[Case]) -> None:
    objective = planted(two, fitted, 0.6, 0.8)
    rest = left_out.without(objective, ("wake-up",))
    assert [claim.case.id for claim in rest.claims] == ["twelve-tags"]
    assert rest.figures == objective.figures[:1] and len(rest.errors) == 1
    moved = [replace(claim, target=9.0) if claim.case.id == "wake-up" else claim for claim in objective.claims]
    other = left_out.without(replace(objective, claims=moved), ("wake-up",))
    assert (rest.minimum(np.zeros(2), 1).point == other.minimum(np.zeros(2), 1).point).all()


def test_the_record_in_small(tmp_path: Path, fitted: list[Case], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(left_out, "_TRIALS", 10)
    monkeypatch.setattr(store, "equations_digest", lambda: "these")
    two = [case for case in fitted if case.id in ("catering-member", "twelve-promos")]
    tiny = Plan(seeds=(1,), design=3, members=40, final_members=60, starts=1, around=1, least_rounds=1, most_rounds=1)
    size = left_out.Size(60, 2, resume=False)
    records = left_out.record(tmp_path, tiny, two, size, size)
    assert [(each["what"], each["family"]) for each in records] == [
        (what, [case.id]) for what in ("left out", "needed") for case in two
    ]
    for each in records:
        assert [row["spelling"] for row in each["simulated"]] == [1, 2, 3]
        assert len(each["moved"]) == left_out.MOST_MOVED and len(each["point"]) == len(Space.of(Response()).names)
        assert each["distance"] == pytest.approx(np.linalg.norm(each["point"]), abs=0.01)
        values = [row["mean"] for row in each["simulated"]]
        figure = next(case for case in two if case.id == each["family"][0]).text.figures[0]
        assert [row["near"] for row in each["simulated"]] == [within(figure.kind, figure.claim, v) for v in values]
    table = without_family(None, {"predicted": {"members": 60, "replicates": 2}, "rows": records})
    assert table.count("of 3 |") == 2
