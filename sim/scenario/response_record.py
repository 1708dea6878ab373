"""A response as the record that compiled code reads."""

from typing import Any

import numpy as np

from sim.catalogue import CONTENT_TYPES, PERSONAS
from sim.scenario.response import Response
from sim.scenario.response_parts import Persona

_DERIVED = ("trust_decay", "interest_decay", "fatigue_decay", "pull_decay")
# read in Python only: where messages and referrals are planned, and below
_IN_PLANS = ("picked_up", "tolerance_factor", "refer", "reward_effect", "ugc_effect", "crisis_loss", "crisis_heal")
_SUMMING_TO_0 = 3  # affinities: education, emotion and promotion; the others stand beside them


def response_record(response: Response) -> np.ndarray:
    """`response` as RESPONSE[1]: scalars by their names, traits as float64[4] by persona, effects as float64[5].

    Affinities are float64[4, 5] by persona and content. reach, tiring and picked_up are not in it: messages are planned
    with them.
    """
    values = _response_values(response)
    kinds = {name: "f4" if name in _DERIVED else "f8" for name in values}  # as what decays: no conversion a day
    dtype = np.dtype([(name, kinds[name], np.shape(value)) for name, value in values.items()], align=True)
    record = np.zeros(1, dtype)
    for name, value in values.items():
        record[name] = value
    return record


def _response_values(response: Response) -> dict[str, Any]:
    scalars = {k: v for k, v in response if isinstance(v, float) and k not in _IN_PLANS}
    decays = {d: 0.5 ** (1.0 / scalars[d.replace("decay", "half_life")]) for d in _DERIVED}
    return scalars | decays | _traits(response, decays["fatigue_decay"])


def _traits(response: Response, fatigue_decay: float) -> dict[str, Any]:
    people: list[Persona] = [getattr(response.personas, name) for name in PERSONAS]
    contents = [getattr(response.contents, name) for name in CONTENT_TYPES]
    affinity = np.array([[getattr(p, content) for content in CONTENT_TYPES] for p in people])
    one_a_day = 1.0 / (1.0 - fatigue_decay)  # the steady state of fatigue at one unit a day
    return {
        "attention_mean": np.array([p.attention for p in people]),
        "tolerance_mean": np.array([p.tolerance for p in people]) * response.tolerance_factor * one_a_day,
        "price_appeal": np.array([p.price_appeal for p in people]),
        "novelty_appeal": np.array([p.novelty_appeal for p in people]),
        # the scale: a level common to the first three is attention, so it is taken from all
        "affinity": affinity - affinity[:, :_SUMMING_TO_0].mean(axis=1, keepdims=True),
        "trust_gain": np.array([c.trust for c in contents]),
        "interest_gain": np.array([c.interest for c in contents]),
        "fatigue_weight": np.array([c.weight for c in contents]),
        "engage": np.array([c.engage for c in contents]),
        "fit_up": float(np.exp(response.aim_on_attention)),  # e^(b_fit v) of a right and of a wrong fit
        "fit_down": float(np.exp(-response.aim_on_attention)),
    }
