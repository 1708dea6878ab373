"""Groups live and die: EVIDENCE.md (docs/evidence.md), row 26, and the one equilibrium of trust and mood."""

from typing import Any

import numpy as np

from sim.catalogue import PERSONAS, WEEK
from sim.draws import prior_key
from sim.engine.lanes import LANES
from sim.policies.message import Decided, message_of
from sim.pool import PoolModel
from sim.results.simulation import simulate
from sim.scenario import Response
from sim.scenario.total import once

from .conftest import made
from .test_communities import ADVERTS, GROUP, LIVELY, shares, weeks_of


def test_groups_that_are_only_advertised_to_die_within_two_months() -> None:
    """From wherever it was: of a mood of 0.5 hardly 6 % are left after eight weeks of promotions, and talk is a fraction of
    what a programme gets."""
    scenario = made("cdnow", members=20 * LANES, days=63, policy=ADVERTS)
    model = PoolModel(scenario, threads=1)
    model.step()
    model.brand.communities.entries["mood"] = 0.5
    for _ in range(8 * WEEK):
        model.step()
    groups = model.brand.communities.entries
    groups = groups[groups["members"] > 0]
    np.testing.assert_allclose(groups["mood"], 0.5 * 0.7**8, rtol=1e-9)
    assert (groups["mood"] < 0.03).all() and (groups["promotions"] == 1).all()
    _, lively = weeks_of(made("cdnow", members=20 * LANES, days=63, policy=LIVELY), 9)
    assert shares(groups).mean() < 0.3 * shares(lively[-1]).mean() and lively[-1]["mood"].mean() > 0.3
    done = simulate(scenario, threads=1)
    assert done.measures["quiet_groups"] == 1 and done.measures["mood"] == 0


def test_activity_spreads_and_decays_as_groups_do() -> None:
    """E26, P8: two messages a day, 40 % of them promotions. Of 67 groups most have fewer than half their members active,
    some are lively (40 to 50 % and more) while others sleep (below 20 %), and activity falls by a quarter in two months and
    by more than 40 % in six. Without a spirit of their own groups would be alike, and none would sleep. That most are over
    within two months is met by groups with nothing but promotions alone."""
    lines = [{"per_week": n, "content": c, **GROUP} for n, c in ((5, "education"), (3, "emotion"), (6, "promotion"))]
    policy = {
        "push": {"cap_per_day": 4},
        "lines": lines,
        "community": {"programme": [{"kind": "live"}, {"kind": "ugc"}]},
    }
    given: dict[str, Any] = {"members": 67 * LANES, "days": 182, "policy": policy}
    _, seen = weeks_of(made("cdnow", **given), 26)
    first, two_months, last = (shares(seen[week]) for week in (0, 8, 25))
    assert (two_months < 0.5).mean() > 0.75
    assert (two_months < 0.2).mean() > 0.08 and (two_months > 0.4).mean() > 0.15
    assert two_months.mean() < 0.78 * first.mean() and last.mean() < 0.62 * first.mean()
    assert (last < 0.2).mean() > 2 * (first < 0.2).mean()
    _, alike = weeks_of(made("cdnow", response={"energy_spread": 0.0}, **{**given, "days": 63}), 9)
    even = shares(alike[8])
    assert even.std() < 0.05 < 0.1 < two_months.std() and not (even < 0.2).any()


def settled(response: Response, starts: int) -> float:
    """The width of where (R, mood) of a sociable member in a group of her kind ends, from so many starts: the expected day,
    with three messages a day in the group, none of which sells."""
    scenario = made("cdnow", members=1, policy=LIVELY, response=response.model_dump())
    kinds = [
        message_of(scenario, Decided("group", c, 0, False, 0, None, regular=True)) for c in ("live", "ugc", "education")
    ]
    persona, r = PERSONAS.index("sociable"), response
    trust, mood = (grid.ravel() for grid in np.meshgrid(np.linspace(-0.9, 0.9, starts // 5), np.linspace(0.0, 1.0, 5)))
    fatigue, o = np.zeros(len(trust)), r.personas.sociable.attention
    tolerance = r.personas.sociable.tolerance * r.tolerance_factor / (1 - 0.5 ** (1 / r.fatigue_half_life))
    for _ in range(1500):
        silent, before = np.ones(len(trust)), np.stack([trust, mood])
        for _ in range(WEEK):
            trust, fatigue = trust * 0.5 ** (1 / r.trust_half_life), fatigue * 0.5 ** (1 / r.fatigue_half_life)
            for m in kinds:
                looks = (
                    m["affinity"][persona]
                    + r.trust_on_attention * trust
                    + r.mood_on_attention * mood
                    - fatigue / tolerance
                )
                q = 1 - np.exp(-o * m["reach"][persona] * np.exp(looks))
                trust = trust + m["trust"] * q * (1 - trust)
                talks = min(2 * m["engage"], 0.95) * q
                trust = trust + r.click_trust * talks * (1 - trust)
                fatigue = fatigue + m["weight"] * (1 - q / 2)
                silent = silent * (1 - talks)
            trust = trust + r.click_trust * r.visit * np.maximum(trust, 0) * (1 - trust)
        mood = mood + 0.3 * (1 - silent - mood)
        trust = trust + r.mood_gain * mood * (1 - trust)
        width = max(np.ptp(trust), np.ptp(mood))
        if width < 1e-9 or abs(np.stack([trust, mood]) - before).max() < 1e-12:
            return float(width)
    return float(width)


def test_trust_and_mood_have_one_equilibrium() -> None:
    """From 50 starts, in 500 draws of the priors, the joint map of (R, mood) ends at one point. A mood with b_mood = 4 and
    trust to match would have several."""
    usual, drawn = Response(), 0
    for replicate in range(520):
        response = once(usual, prior_key(7, replicate))
        if response is not None and drawn < 500:
            drawn += 1
            assert settled(response, 50) < 1e-6, replicate
    assert drawn == 500
