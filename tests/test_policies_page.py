"""docs/policies.md: each policy has a section, whose YAML is understood, whose names exist and whose picture is drawn."""

import re
from pathlib import Path

import numpy as np
import pytest

from docs.pictures import DAYS, HERE, PAGE, WEEK, Section, quantised, scenarios, sections, weekly
from sim.drafting.explained import explained
from sim.policies.policy import Policy
from sim.pool import PoolModel
from sim.results.metrics import REGISTRY
from sim.results.plots.canvas import panels
from sim.run import DAILY

TEXT = PAGE.read_text(encoding="utf-8")
SECTIONS = list(sections())
MOST_BYTES = 600_000


def test_every_policy_has_a_section() -> None:
    headings = re.findall(r"^## .*$", TEXT, re.MULTILINE)
    assert len(headings) == len(SECTIONS) > 15
    told = {key for heading in headings for key in re.findall(r"`(\w+)`", heading)}
    assert [key for key in Policy.model_fields if key not in told] == []
    assert all(re.search("[一-鿿]", heading) for heading in headings)


@pytest.mark.parametrize("section", SECTIONS, ids=[section.picture.stem for section in SECTIONS])
def test_its_yaml_is_understood_and_its_names_are_there(section: Section) -> None:
    without, with_it = scenarios(section)
    assert [line for line in explained(with_it) if line not in explained(without)]
    assert with_it.policy != without.policy and section.column in DAILY
    assert section.picture.read_bytes().startswith(b"\x89PNG")


def test_pictures_are_small_and_all_shown() -> None:
    pictures = sorted((HERE / "images" / "policies").glob("*.png"))
    assert pictures == sorted(section.picture for section in SECTIONS)
    assert sum(path.stat().st_size for path in pictures) < MOST_BYTES


def test_costs_measures_and_model_are_told_in_each() -> None:
    for part in re.split(r"^## ", TEXT, flags=re.MULTILINE)[1:]:
        for word in ("**Costs**", "**Measures**", "**Model**"):
            assert word in part, part[:40]
        measures = re.findall(r"`(\w+)`", part.partition("**Measures**")[2].partition("**Model**")[0])
        assert [name for name in measures if name not in REGISTRY] == []


def test_what_is_drawn_is_what_was_counted(tmp_path: Path) -> None:
    (section,) = (each for each in SECTIONS if each.picture.stem == "push")
    run = PoolModel(scenarios(section)[1].with_changes({"members": 50, "days": DAYS})).run()
    counted, state = weekly(run, "orders"), weekly(run, "pool")
    assert len(counted) == len(state) == DAYS // WEEK
    assert counted.sum() * 10 == pytest.approx(run.totals["orders"])  # of 1,000 of the 10,000 of the page
    assert state[0] == pytest.approx(np.mean(run.daily["pool"][:WEEK]))
    figure, (axes,) = panels(1, 1, 2, 1)
    axes.plot(counted)
    assert quantised(figure).startswith(b"\x89PNG") and len(quantised(figure)) < 20_000
