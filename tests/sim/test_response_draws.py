"""Draws of a response from the covariance of its file."""

from pathlib import Path

import numpy as np
import pytest
from scipy.stats import truncnorm

from sim.draws import prior_key
from sim.results.replication.uncertainty import believed
from sim.scenario import Response, load, total
from sim.scenario.response_named import numbers_in
from sim.scenario.total import COMMON, once

from .uncertain import COVARIANCE, SDS, SPREAD, TOGETHER, uncertain, value_of

BALANCED = Path(__file__).resolve().parents[2] / "scenarios" / "balanced.yaml"


def test_draws_have_the_covariance_of_the_file() -> None:
    """500 draws far from every bound: mean and covariance within 5 standard errors."""
    n, response = 500, uncertain()
    draws = [once(response, prior_key(5, r)) for r in range(n)]
    values = np.array([[value_of(draw, name) for name in TOGETHER] for draw in draws if draw is not None])
    assert len(values) == n
    centre = [value_of(response, name) for name in TOGETHER]
    assert (np.abs(values.mean(axis=0) - centre) < 5 * SDS / np.sqrt(n)).all()
    error = np.sqrt((np.outer(SDS**2, SDS**2) + COVARIANCE**2) / n)
    assert (np.abs(np.cov(values.T) - COVARIANCE) < 5 * error).all()


def test_what_the_covariance_does_not_name_is_drawn_from_its_prior() -> None:
    """The same draws as without it, but for the common factor of the total, which is the priors' alone."""
    key = prior_key(1, 3)
    plain, drawn = once(Response(), key), once(uncertain(), key)
    assert plain is not None and drawn is not None
    for (name, value, _), (_, other, _) in zip(numbers_in(plain), numbers_in(drawn), strict=True):
        if name not in TOGETHER and name.rpartition(".")[2] not in COMMON:
            assert value == other, name
    assert drawn.trust_on_demand != plain.trust_on_demand


def test_draws_are_cut_to_the_ranges() -> None:
    """Two independent ones, half and a fifth of them beyond an end: those of a normal cut there, and none outside."""
    n, sd = 400, {"trust_on_demand": 0.1, "lost_attention": 0.2}
    matrix = np.diag([s**2 for s in sd.values()]).tolist()
    response = uncertain(
        trust_on_demand=0.95, lost_attention=0.17, covariance={"parameters": list(sd), "matrix": matrix}
    )
    draws = [once(response, prior_key(2, r)) for r in range(n)]
    for name, low, high in (("trust_on_demand", 0, 0.95), ("lost_attention", 0, 1)):
        values = np.array([getattr(draw, name) for draw in draws])
        centre = getattr(response, name)
        cut = truncnorm((low - centre) / sd[name], (high - centre) / sd[name], centre, sd[name])
        assert low <= values.min() and values.max() <= high
        assert abs(values.mean() - cut.mean()) < 5 * cut.std() / np.sqrt(n), name


def test_a_parameter_keeps_its_draws_wherever_it_is_listed() -> None:
    turned = {"parameters": list(TOGETHER[::-1]), "matrix": COVARIANCE[::-1, ::-1].tolist()}
    one, other = (once(uncertain(covariance=given), prior_key(1, 0)) for given in (SPREAD, turned))
    assert one is not None and other is not None
    for name in TOGETHER:
        assert value_of(one, name) == pytest.approx(value_of(other, name), rel=1e-9)


def test_a_response_with_a_covariance_is_believed_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """No draw of it is held to the total, so the panel is not run; one without is."""

    def asked(response: Response) -> bool:
        raise AssertionError("the panel was run")

    monkeypatch.setattr(total, "_believable", asked)
    total.draw.cache_clear()
    drawn = uncertain(visit=0.061).draw(1, 0)
    assert drawn == once(uncertain(visit=0.061), prior_key(1, 0))
    with pytest.raises(AssertionError):
        Response(visit=0.061).draw(1, 0)


def test_replicates_draw_from_the_covariance() -> None:
    scenario = load(BALANCED).with_response(uncertain())
    lived = [believed(scenario, r).response for r in range(3)]
    assert lived == [scenario.response.draw(scenario.seed, r) for r in range(3)]
    assert len({response.trust_half_life for response in lived}) == 3
