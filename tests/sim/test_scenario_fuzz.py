"""Whatever is in a scenario file, a planner sees a scenario or one sentence, never a traceback."""

import copy
import json
import math
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.errors import BadInput
from sim.catalogue import AUDIENCES, PERSONAS, PUSH_CHANNELS, SEGMENTS
from sim.scenario import Scenario, load

GOOD: dict[str, Any] = {
    "name": "s",
    "believes": "x",
    "market": {
        "name": "shop",
        "currency": "CNY",
        "margin": 0.5,
        "rhythm": {"r": 0.25, "alpha": 33.0, "a": 0.7, "b": 2.2},
        "baskets": {"p": 6.0, "q": 4.0, "v": 15.0},
        "personas": {"busy": 1},
        "season": {"months": [1] * 12, "peaks": [{"name": "x", "from": "06-16", "to": "06-18", "lift": 2}]},
        "source": {"file": "a"},
    },
    "members": 10,
    "start": "2026-01-01",
    "policy": {
        "acquisition": [{"channel": "card", "per_day": 1, "personas": {"busy": 1}, "first_order": {"shape": 1}}],
        "push": {"per_week": 3, "hour": [9, 20], "benefit": "ten"},
        "content": {"education": 1},
        "lines": [{"per_week": 1, "channel": "sms", "content": "live", "executed": 0.5}],
        "quiet_hours": {"from": 22, "to": 8},
        "benefits": {"ten": {"kind": "percent", "off": 0.1}, "gift": {"kind": "gift", "worth": 1, "unit_cost": 2}},
        "welcome": [{"delay": 0, "content": "education", "benefit": "gift", "survey": True}],
        "touches": [{"anchor": "ordered", "delay": 3, "every": 3, "times": 2, "content": "ugc", "channel": "call"}],
        "coupons": [{"kind": "threshold", "off": 8, "min_spend": 40, "every_days": 30, "valid_days": 7}],
        "referral": {"market": 1000, "reward": 2, "outward": "card", "per_share": 0.5, "first_order": {"shape": 1}},
        "segments": {"silent": {"push": {"per_week": 1}, "coupons": []}},
        "membership": {
            "points": 0.02,
            "tiers": [{"spend": 90, "items": [{"kind": "vote", "worth": 1, "every_days": 9}]}],
        },
    },
    "costs": {"message": 0.1},
    "targets": {"ltv_cac": ">= 3"},
    "response": {"fatigue_half_life": 5, "personas": {"busy": {"attention": 0.5}}},
}
FILES = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=100)

anything = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["", "all", "3", "20%", ">= 3", "2026-02-30", ".inf", "null", "1e999", "s.yaml", "/", "~", "\0"])
    | st.sampled_from([10**400, -(10**30), 2**63, -1, 0, math.inf, math.nan, 1e308, 5e-324]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)


def paths(value: Any, here: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [here, *(path for key, item in inside for path in paths(item, (*here, key)))]


PATHS = paths(GOOD)[1:]


def is_told(read: Any) -> None:
    """`read()` gives a scenario or one printable sentence."""
    try:
        assert isinstance(read(), Scenario)
    except BadInput as problem:
        sentence = str(problem)
        assert sentence
        assert "\n" not in sentence
        assert len(sentence) < 1500
        sentence.encode()


def read_file(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "s.yaml"
        path.write_bytes(content)
        is_told(lambda: load(path))


@FILES
@given(st.binary(max_size=200))
def test_any_bytes(content: bytes) -> None:
    read_file(content)


@FILES
@given(
    st.text(
        alphabet=st.sampled_from(list("ab: \n\t-[]{},&*!|>'\"#%@`?~<=0.1e_\\年é\ufeff\x85\u2028")),
        max_size=60,
    )
)
def test_any_text_of_yaml_signs(text: str) -> None:
    read_file(text.encode())
    read_file(f"market: {text}".encode())


@FILES
@given(anything)
def test_any_value_as_the_whole(value: Any) -> None:
    read_file(json.dumps(value).encode())
    if isinstance(value, dict):
        is_told(lambda: load(value))


@FILES
@given(st.sampled_from(PATHS), anything, st.booleans())
def test_any_value_at_any_place(path: tuple[Any, ...], value: Any, beside: bool) -> None:
    changed = copy.deepcopy(GOOD)
    here: Any = changed
    for step in path[:-1]:
        here = here[step]
    if beside and isinstance(here, dict):
        here[str(path[-1])[:-1]] = value  # a slip of the pen in the key
    else:
        here[path[-1]] = value
    is_told(lambda: load(changed))
    read_file(json.dumps(changed).encode())
    read_file(json.dumps(changed, indent=1, ensure_ascii=False).encode(errors="surrogatepass"))


@FILES
@given(st.sampled_from(PATHS), anything)
def test_any_change_of_any_key(path: tuple[Any, ...], value: Any) -> None:
    is_told(lambda: load(GOOD).with_changes({".".join(map(str, path)): value}))


@FILES
@given(st.text(max_size=20), anything)
def test_any_change_of_anything(key: str, value: Any) -> None:
    is_told(lambda: load(GOOD).with_changes({key: value}))


# --- and what is good comes back as it was

share = st.floats(0, 1)
money = st.floats(0, 1e6)
names = st.from_regex(r"[a-z夏天][\w-]{0,10}", fullmatch=True)


def shares(*of: str) -> st.SearchStrategy[dict[str, float]]:
    """Shares of 1, one for each name."""
    weights = st.lists(st.integers(0, 100), min_size=len(of), max_size=len(of)).filter(any)
    return weights.map(lambda w: {name: n / sum(w) for name, n in zip(of, w, strict=True)})


content = shares("education", "emotion", "promotion")
push = st.fixed_dictionaries(
    {},
    optional={
        "per_week": st.floats(0, 70),
        "hour": st.integers(0, 23) | st.lists(st.integers(0, 23), min_size=1, max_size=5),
        "cap_per_day": st.integers(1, 10),
        "channel": st.sampled_from(PUSH_CHANNELS),
    },
)
coupon = st.fixed_dictionaries(
    {
        "kind": st.just("percent"),
        "off": st.floats(0.001, 1),
        "every_days": st.integers(1, 400),
        "valid_days": st.integers(1, 400),
        "to": st.sampled_from(AUDIENCES),
    },
    optional={"min_spend": money, "start_day": st.integers(0, 100), "budget": st.floats(1, 1e6)},
)
channel = st.fixed_dictionaries(
    {"channel": names, "per_day": st.floats(0, 1000)},
    optional={
        "cac": money,
        "cac_growth": st.floats(-0.9, 10),
        "buyers": share,
        "organic": share,
        "personas": shares(*PERSONAS),
        "fit": st.floats(0, 2),
        "first_order": st.fixed_dictionaries({}, optional={"mean_days": st.floats(0.1, 1000)}),
    },
)
change = st.fixed_dictionaries({}, optional={"push": push, "content": content, "coupons": st.lists(coupon, max_size=1)})
policies = st.fixed_dictionaries(
    {},
    optional={
        "acquisition": st.lists(channel, max_size=3, unique_by=lambda c: c["channel"]),
        "push": push,
        "content": content,
        "coupons": st.lists(coupon, max_size=3),
        "segments": st.dictionaries(st.sampled_from(SEGMENTS), change, max_size=3),
        "tag_accuracy": share,
    },
)


@FILES
@given(policies, names, st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), max_size=30), st.dates())
def test_good_scenarios_come_back_from_their_yaml(policy: dict[str, Any], name: str, believes: str, start: Any) -> None:
    scenario = load({**GOOD, "name": name, "believes": believes, "start": start, "policy": policy})
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "again.yaml"
        path.write_text(scenario.to_yaml(), encoding="utf-8")
        again = load(path)
    assert again == scenario
    assert again.digest == scenario.digest
    assert scenario.differences(again) == []
    assert scenario.with_changes({}) == scenario
