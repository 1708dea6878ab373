"""The reference panel: how far a response lets a year of ordinary messages lift orders.

2,000 fresh founders of the shipped CDNOW market, one year, 3.5 one-to-one messages a week in thirds of education, emotion
and promotion, against the same lives without a message. Draws are keyed, so that two responses differ in what they do and
hardly by chance: the standard error of an uplift is below 1 %.
"""

from functools import cache, lru_cache

from sim.pool import PoolModel
from sim.scenario import Response, Scenario

MEMBERS, DAYS, PER_WEEK = 2_000, 365, 3.5
_SEED = 20_250_101
_THIRD = 1 / 3
# the market of scenarios/markets/cdnow.yaml, which an installed package need not have
_RHYTHM = {"r": 0.267127765, "alpha": 41.9054425, "a": 0.483516984, "b": 2.11160839}
_BASKETS = {"p": 5.09074046, "q": 3.99672242, "v": 21.2454016}
_PERSONAS = {"price_sensitive": 0.35, "quality_seeker": 0.25, "sociable": 0.2, "busy": 0.2}


@lru_cache(maxsize=4096)
def uplift(response: Response) -> float:
    """Orders of the panel under `response`, in the pool and out of it, as a multiple of those without a message."""
    return orders(response, PER_WEEK) / _orders_without()


def orders(response: Response, per_week: float) -> float:
    """Orders that the panel places in its year at so many messages a week."""
    scenario = panel(per_week).model_copy(update={"response": response})
    return float(PoolModel(scenario, seed=_SEED, threads=1).run().totals["orders"])


@cache
def panel(per_week: float) -> Scenario:
    """The panel's scenario, with the default response."""
    return Scenario.model_validate(
        {
            "name": "panel",
            "market": {"margin": 0.5, "rhythm": _RHYTHM, "baskets": _BASKETS, "personas": _PERSONAS},
            "members": MEMBERS,
            "days": DAYS,
            "policy": {
                "push": {"per_week": per_week, "channel": "one_to_one"},
                "content": {"education": _THIRD, "emotion": _THIRD, "promotion": _THIRD},
            },
        }
    )


@cache
def _orders_without() -> float:
    """Without a message nobody's demand is moved, so no response counts."""
    return orders(Response(), 0)
