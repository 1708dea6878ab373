"""The total is a prior, too: what all parameters together let a year of ordinary messages add to orders.

Single priors leave the sum of their effects open, and it is the sum that published figures bound. For a reference panel
(sim/results/replication/panel.py: one year of 3.5 one-to-one messages a week in thirds of education, emotion and promotion,
against none) log(orders with / orders without) is believed to be about N(log 1.15, 0.12): between the randomised studies
(E4, E7, E8, E9) and the largest before-and-after claim (E27, +30 %). It is held in three ways: the defaults of
`trust_on_demand` and `interest_on_demand` are scaled (by 0.42, from 0.5 and 1.2) so that the mean is log 1.15; a common
factor e^(s z) on what turns states and benefits into demand, z one keyed standard normal a draw, has the s that gives the
spread; and a draw whose uplift lies outside 1.0 to 1.6 is drawn again, which takes the long tail away and leaves a standard
deviation of about 0.1. All three belong to the priors: a response with a covariance of its own (a fit to what somebody
claims) says itself how its parameters and so the total spread, and is believed as it is given.
"""

from functools import lru_cache
from importlib import import_module
from math import exp
from typing import TYPE_CHECKING, Any

from sim.scenario.changing import put
from sim.scenario.priors import drawn, standard_normal
from sim.scenario.response_covariance import drawn_together
from sim.scenario.self_ignition import MOST_FED, MOST_FRIENDS, friends_brought, trust_fed

if TYPE_CHECKING:
    from sim.scenario.response import Response

MEAN, SD = 1.15, 0.12  # of the uplift (its median), and of its logarithm
LOWEST, HIGHEST = 1.0, 1.6
SPREAD = 0.9  # s
COMMON = ("trust_on_demand", "interest_on_demand", "price_appeal", "novelty_appeal")
MOST_ATTEMPTS = 20
_PANEL = (
    "sim.results.replication.panel"  # by name, as it stands above this: it runs a pool, and only who draws needs it
)


@lru_cache(maxsize=4096)
def draw(response: "Response", seed: int, replicate: int) -> "Response":
    """The `replicate`-th draw about `response` under `seed` that keeps trust below self-ignition and the total believable.

    Where the total of `response` itself is not within LOWEST and HIGHEST, whoever wrote it has said so, and draws are
    not held to it, nor those of a response with a covariance. After MOST_ATTEMPTS draws outside it is `response` itself.
    """
    from sim.draws import NOISE, child_key, prior_key  # compiled code: only who draws has to wait for it

    key = prior_key(seed, replicate)
    for attempt in range(MOST_ATTEMPTS):
        candidate = once(response, child_key(key, NOISE, attempt) if attempt else key)
        if candidate is None:
            continue
        if response.covariance is not None or _believable(candidate) or not _believable(response):
            return candidate
    return response


def once(response: "Response", key: Any) -> "Response | None":
    """The draw about `response` under `key`, whatever its total; None where trust or friends would feed themselves."""
    if response.covariance is None:
        factor = exp(SPREAD * standard_normal(key, "the total"))
        values = drawn(response, key, scaled=dict.fromkeys(COMMON, factor))
    else:
        values = drawn(response, key)
        for dotted, value in drawn_together(response, key).items():
            put(values, dotted, value)
    fed = trust_fed(*(values[name] for name in ("visit", "click_trust", "trust_half_life", "mood_gain")))
    friends = friends_brought(values["refer"], values["reward_effect"], values["ugc_effect"])
    return response.model_validate(values) if fed <= MOST_FED and friends < MOST_FRIENDS else None


def _believable(response: "Response") -> bool:
    return bool(LOWEST <= import_module(_PANEL).uplift(response) <= HIGHEST)
