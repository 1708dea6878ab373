"""Whatever the response and the policy, within their ranges: states stay in their bounds and everything is finite."""

from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sim.behaviour.buying import demand, loyalty_exponent
from sim.catalogue import (
    ACCOUNT_PERSONAS,
    ANCHORS,
    CONTENT_TYPES,
    MAX_MESSAGES,
    MOST_ORDERS_A_DAY,
    NEVER,
    PERSONAS,
    PUSH_CHANNELS,
)
from sim.order_log import OrdersInMemory
from sim.pool import PoolModel
from sim.scenario import Response
from sim.scenario.self_ignition import MOST_FED, MOST_FRIENDS, friends_brought, trust_fed

DAYS = 45


def numbers(model: type, *left_out: str) -> st.SearchStrategy[dict[str, float]]:
    """Any value in its range for some parameters of a part of the response, ends more often than by chance."""
    ranges = {
        name: (float(about["low"]), float(about["high"]))
        for name, field in model.model_fields.items()
        if isinstance(about := field.json_schema_extra, dict) and name not in left_out
    }
    values = {
        name: st.one_of(st.sampled_from([low, high]), st.floats(low, high)) for name, (low, high) in ranges.items()
    }
    return st.fixed_dictionaries({}, optional=values)


def parts(model: type, names: tuple[str, ...]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional={name: numbers(model.model_fields[name].annotation) for name in names})


def below_ignition(
    visit: float = 0.06,
    click_trust: float = 0.02,
    trust_half_life: float = 45.0,
    mood_gain: float = 0.04,
    **others: float,
) -> bool:
    """A file may say so: at the defaults of what is left out, trust does not feed itself."""
    return trust_fed(visit, click_trust, trust_half_life, mood_gain) <= MOST_FED


def few_friends(refer: float = 0.0006, reward_effect: float = 0.5, ugc_effect: float = 0.5, **others: float) -> bool:
    """A file may say so: friends do not bring friends without an end."""
    return friends_brought(refer, reward_effect, ugc_effect) < MOST_FRIENDS


FIELDS = Response.model_fields
RESPONSES = st.builds(
    lambda scalars, **parts: scalars | parts,
    numbers(Response).filter(lambda given: below_ignition(**given) and few_friends(**given)),
    contents=parts(FIELDS["contents"].annotation, CONTENT_TYPES),
    personas=parts(FIELDS["personas"].annotation, PERSONAS),
    reach=numbers(FIELDS["reach"].annotation),
    tiring=numbers(FIELDS["tiring"].annotation),
)


@st.composite
def mixes(draw: st.DrawFn) -> dict[str, float]:
    parts = draw(st.lists(st.integers(0, 10), min_size=len(CONTENT_TYPES), max_size=len(CONTENT_TYPES)).filter(any))
    return dict(zip(CONTENT_TYPES, (part / sum(parts) for part in parts), strict=True))


BUDGET = st.sampled_from([None, 0.01, 50.0, 1e6])


@st.composite
def coupons(draw: st.DrawFn) -> dict[str, Any]:
    made: dict[str, Any] = {
        "to": draw(st.sampled_from(["all", "silent", "high_value", "busy", "new", "repeat"])),
        "every_days": draw(st.integers(1, 30)),
        "valid_days": draw(st.integers(1, 60)),
        "start_day": draw(st.integers(0, 50)),
        "budget": draw(BUDGET),
    }
    if draw(st.booleans()):
        return {**made, "kind": "percent", "off": draw(st.floats(0.01, 1.0))}
    off = draw(st.floats(0.1, 100))
    return {**made, "kind": "threshold", "off": off, "min_spend": off + draw(st.floats(0.1, 500))}


CARRIED = st.sampled_from([None, "money", "novelty"])
PUSH = st.fixed_dictionaries(
    {
        "per_week": st.sampled_from([0, 0.5, 3, 7, 30, 280]),
        "cap_per_day": st.integers(1, MAX_MESSAGES),
        "hour": st.lists(st.integers(0, 23), min_size=1, max_size=3),
        "channel": st.sampled_from(PUSH_CHANNELS),
        "aim": st.booleans(),
        "benefit": CARRIED,
        "executed": st.sampled_from([None, 0.0, 0.4, 1.0]),
    }
)
LINE = st.fixed_dictionaries(
    {"per_week": st.floats(0, 20), "channel": st.sampled_from(PUSH_CHANNELS), "content": mixes(), "benefit": CARRIED}
)


@st.composite
def touches(draw: st.DrawFn) -> dict[str, Any]:
    anchor = draw(st.sampled_from(ANCHORS))
    row = {
        "anchor": anchor,
        "delay": draw(st.integers({"joined": 0, "birthday": -30}.get(anchor, 1), 30)),
        "channel": draw(st.sampled_from(PUSH_CHANNELS)),
        "content": draw(st.sampled_from(CONTENT_TYPES)),
        "benefit": draw(CARRIED),
        "cost": draw(st.sampled_from([0, 0.5, 1e4])),
        **{name: draw(st.booleans()) for name in ("aim", "survey", "consent")},
    }
    if anchor != "birthday" and draw(st.booleans()):
        row |= {"every": draw(st.integers(1, 20)), "times": draw(st.integers(1, 50))}
    return row


BENEFITS = st.fixed_dictionaries(
    {
        "money": st.fixed_dictionaries({"kind": st.just("percent"), "off": st.floats(0.01, 1.0), "budget": BUDGET}),
        "novelty": st.fixed_dictionaries(
            {
                "kind": st.sampled_from(["trial", "gift", "vote", "early_access"]),
                "worth": st.floats(0, 5),
                "unit_cost": st.sampled_from([0, 0.01, 300]),
                "valid_days": st.integers(1, 60),
                "budget": BUDGET,
            }
        ),
    }
)
CHANNEL = st.fixed_dictionaries(
    {
        "per_day": st.floats(0, 5),
        "buyers": st.floats(0, 1),
        "organic": st.floats(0, 1),
        "fit": st.floats(0, 2),
        "first_order": st.fixed_dictionaries({"mean_days": st.floats(0.5, 1000), "shape": st.floats(0.05, 20)}),
    }
)
POLICIES = st.fixed_dictionaries(
    {
        "push": PUSH,
        "content": mixes(),
        "coupons": st.lists(coupons(), max_size=3),
        "lines": st.lists(LINE, max_size=3),
        "benefits": BENEFITS,
        "touches": st.lists(touches(), max_size=6),
        "account": st.sampled_from(ACCOUNT_PERSONAS),
        "tag_lag": st.integers(0, 20),
        "segments": st.dictionaries(
            st.sampled_from(["high_value", "silent", "new", "loyal", "sociable"]),
            st.fixed_dictionaries({"push": PUSH, "content": mixes()}),
            max_size=3,
        ),
        "acquisition": CHANNEL.map(lambda c: [{"channel": "one", **c}]),
        "tag_accuracy": st.floats(0, 1),
    }
)
RHYTHMS = st.fixed_dictionaries(
    {"r": st.floats(0.05, 5), "alpha": st.floats(1, 300), "a": st.floats(0.05, 5), "b": st.floats(0.1, 10)}
)


@settings(max_examples=100, suppress_health_check=list(HealthCheck), derandomize=True)
@given(response=RESPONSES, policy=POLICIES, rhythm=RHYTHMS, seed=st.integers(0, 2**63 - 1))
def test_states_stay_in_bounds(
    make, response: dict[str, Any], policy: dict[str, Any], rhythm: dict[str, float], seed: int
) -> None:
    scenario = make(
        changes={"rhythm": rhythm}, members=60, days=DAYS, policy=policy, response=response, costs={"message": 0.02}
    )
    log = OrdersInMemory()
    model = PoolModel(scenario, seed=seed, orders=log)
    while model.day < DAYS:
        for _ in range(min(7, DAYS - model.day)):  # the records stand still between two weeks
            model.step()
        for block in model.member_blocks():
            check(block, scenario.response, model.day, full_days(log.array(), model.day - 1))
    run = model.run()
    orders = log.array()
    assert (orders["amount"] >= 0).all() and (orders["discount"] >= 0).all()
    assert ((orders["time"] >= 0) & (orders["time"] <= DAYS)).all()
    for record in (run.totals, run.closing):
        for name in record.dtype.names:
            assert np.isfinite(record[name]).all(), name
    assert np.isfinite(run.daily.fillna(0.0).to_numpy()).all()
    for rule in (*model.brand.coupons.remaining, *model.brand.benefits.remaining):
        assert rule >= 0


@pytest.mark.parametrize("engine", ["compiled", "agents"])
def test_what_a_full_day_cannot_hold_waits_for_the_next(make, engine) -> None:
    """300 orders a day where a day holds 256: every day is full, no order lies before its day, none is lost in the end."""
    log = OrdersInMemory()
    model = PoolModel(make(members=3, days=14), orders=log, engine=engine)
    for name, value in (("rate", 300.0), ("loss_chance", 0.0)):
        model.member_blocks()[0][name] = value
    while model.day < 7:
        model.step()
    orders = log.array()
    for key in np.unique(orders["key"]):
        times = orders["time"][orders["key"] == key]
        assert (np.diff(times) >= 0).all()
        assert (np.bincount(times.astype(int), minlength=7) == MOST_ORDERS_A_DAY).all()
    waiting = -model.member_blocks()[0]["order_left"]
    # what passed the next threshold is all that 7 days at 300 had left over 7 x 256 crossings of Exp(1), 5 standard errors
    assert (np.abs(waiting - 7 * (300 - MOST_ORDERS_A_DAY)) < 5 * np.sqrt(7 * MOST_ORDERS_A_DAY)).all()
    model.member_blocks()[0]["rate"] = 1e-3  # and the waiting ones come in the days after
    while model.day < 14:
        model.step()
    assert (model.member_blocks()[0]["order_left"] > 0).all()


def full_days(orders: np.ndarray, day: int) -> np.ndarray:
    """Keys of those who ordered as often on `day` as a day can hold: only their next crossing may be overdue."""
    keys, times = np.unique(orders["key"][orders["time"] >= day], return_counts=True)
    return keys[times >= MOST_ORDERS_A_DAY]


def check(members: np.ndarray, response: Response, day: int, full: np.ndarray) -> None:
    for name in members.dtype.names:
        values = members[name].astype(float)
        if name == "order_left":  # infinite once lost
            values = values[members["lost"] == 0]
        assert np.isfinite(values).all(), name
    assert (np.abs(members["trust"]) <= 1).all()  # -1 and 1 are reached in single precision only
    assert ((members["habit"] >= 0) & (members["habit"] <= 1)).all()
    assert (members["noticed"] >= 0).all() and (members["coupon_lift"] >= 0).all()
    assert ((members["coupon_known"] >= 0) & (members["coupon_known"] <= 1)).all()
    assert (members["interest"] >= 0).all() and (members["fatigue"] >= 0).all()
    assert ((members["pull"] >= 0) & (members["pull"] < 1)).all()
    on_time = ~np.isin(members["key"], full)
    assert (members["order_left"][on_time] > 0).all() and (members["leave_left"][members["left"] == NEVER] > 0).all()
    # m lies below its ceiling, so operational time does too
    lived = np.maximum(day - members["joined"], 0)
    assert (members["tau"] <= response.ceiling * lived * (1 + 1e-9)).all() and (members["tau"] >= 0).all()
    x, G = members["frequency"], members["exponents"]
    assert (0.2 * x * (1 - 1e-9) <= G).all() and (3.0 * x * (1 + 1e-9) >= G).all()
    assert (members["tau_last"] <= members["tau"]).all()


@given(st.floats(-1, 1), st.floats(0, 20), st.floats(0, 3), st.floats(0, 1.5))
def test_the_exponent_is_bounded(trust: float, m: float, loyal: float, life: float) -> None:
    assert 0.2 <= loyalty_exponent(trust, m, loyal, life) <= 3.0


@given(
    trust=st.floats(-1, 1),
    interest=st.floats(0, 1e6),
    habit=st.floats(0, 1),
    pull=st.floats(0, 0.95),
    persona=st.integers(0, 3),
    coupon=st.booleans(),
    left=st.booleans(),
    response=RESPONSES,
)
@settings(max_examples=60, suppress_health_check=list(HealthCheck), derandomize=True)
def test_demand_lies_below_its_ceiling(make, response, left, coupon, **state: float) -> None:
    """m in [0, M) for any state; exactly 1 with no operations, whatever the response."""
    policy = {"coupons": [{"kind": "percent", "off": 1.0, "every_days": 1, "valid_days": 9}]}
    model = PoolModel(make(members=1, days=1, policy=policy, response=response))
    member = model.member_blocks()[0][0]
    assert demand(member, 0, model.world) == 1.0
    for name, value in state.items():
        member[name] = value
    member["coupon"], member["coupon_until"] = coupon, 8
    member["left"] = 0 if left else NEVER
    assert 0.0 <= demand(member, 0, model.world) < model.scenario.response.ceiling
