"""The total as a prior: what a year of ordinary messages adds to orders, over draws of all parameters."""

from functools import cache

import numpy as np
import pytest

from sim.catalogue import PERSONAS
from sim.draws import prior_key
from sim.results.replication import panel
from sim.scenario import Response, load_market
from sim.scenario.total import HIGHEST, LOWEST, MEAN, SD, once

DRAWS = 40
BEYOND = Response(
    trust_on_demand=0.95, interest_on_demand=5.0, personas={name: {"attention": 5.0} for name in PERSONAS}
)


@cache
def drawn() -> list[Response]:
    return [Response().draw(1, r) for r in range(DRAWS)]


def test_a_year_of_ordinary_messages_lifts_orders_by_what_is_believed() -> None:
    """Orders with 3.5 mixed one-to-one messages a week over those with none: mean and spread within 5 standard errors."""
    logs = np.log([panel.uplift(response) for response in drawn()])
    assert logs.min() >= np.log(LOWEST) and logs.max() <= np.log(HIGHEST)
    assert abs(logs.mean() - np.log(MEAN)) < 5 * SD / np.sqrt(DRAWS)
    assert abs(logs.std(ddof=1) - SD) < 5 * SD / np.sqrt(2 * DRAWS)
    assert LOWEST < panel.uplift(Response()) < HIGHEST


def test_the_common_factor_gives_the_spread() -> None:
    """Before what is not believable is drawn again, and without it the single priors average out."""
    first = [response for r in range(DRAWS) if (response := once(Response(), prior_key(1, r))) is not None]
    assert abs(np.log([panel.uplift(response) for response in first]).std(ddof=1) - SD) < 5 * SD / np.sqrt(2 * DRAWS)


def test_without_a_message_there_is_no_lift() -> None:
    """Whatever the response: demand, loss and rhythm are those of the public."""
    assert len({panel.orders(response, 0) for response in [Response(), BEYOND, *drawn()[:4]]}) == 1


def test_a_draw_beyond_what_is_believed_is_drawn_again() -> None:
    """About a response near the upper end: the first draw within is taken, so what is believable at first is kept."""
    near = Response(trust_on_demand=0.7, interest_on_demand=1.5)
    assert 1.3 < panel.uplift(near) < HIGHEST
    kept = 0
    for r in range(12):
        first, response = once(near, prior_key(1, r)), near.draw(1, r)
        assert first is not None
        if LOWEST <= panel.uplift(first) <= HIGHEST:
            assert response == first
            kept += 1
        else:
            assert response != first
            assert LOWEST <= panel.uplift(response) <= HIGHEST
    assert 0 < kept < 12, "all or none had to be drawn again"


def test_who_writes_a_response_beyond_the_total_has_said_so() -> None:
    assert panel.uplift(BEYOND) > HIGHEST
    assert [BEYOND.draw(1, r) for r in range(3)] == [once(BEYOND, prior_key(1, r)) for r in range(3)]


def test_draws_are_the_same_again_and_differ_between_replicates_and_seeds() -> None:
    response = Response()
    assert response.draw(1, 0) == drawn()[0] == Response().draw(1, 0)
    assert len({response.draw(seed, r).trust_half_life for seed in (1, 2) for r in range(3)}) == 6


def test_the_panel_lives_on_the_shipped_market() -> None:
    shipped, ours = load_market("scenarios/markets/cdnow.yaml"), panel.panel(panel.PER_WEEK).market
    for part in ("rhythm", "baskets"):
        expected = getattr(shipped, part).model_dump(exclude={"covariance"})
        assert getattr(ours, part).model_dump(exclude={"covariance"}) == pytest.approx(expected)
    assert ours.personas == shipped.personas
