"""`python -m benchmarks.baseline [--update]`: the numbers of a dozen scenarios, to the bit, as they have been so far.

tests/baseline.json holds for each scenario a hash of every field of every member, of every daily column, of the totals, the
closing, the cohorts and the orders, and the measures in plain numbers. A redesign must leave all of them as they are; a
change that means to change results updates the file by this command, and the changelog says why.

Hashes are equal on one type of machine with the pinned packages (the last bit of `math.exp` is the C library's);
`comparable` says whether this is one. Elsewhere the measures are compared, within rounding.
"""

import json
import math
import platform
import sys
from collections.abc import Iterator
from hashlib import blake2b
from importlib.metadata import version
from pathlib import Path
from random import Random
from typing import Any

import numpy as np

from sim.called import Engine
from sim.order_log import OrdersInMemory
from sim.pool import PoolModel
from sim.results.simulation import simulate
from sim.scenario import Scenario, load

FILE = Path(__file__).parent.parent / "tests" / "baseline.json"
SEED = 20

MARKET: dict[str, Any] = {
    "name": "lively",
    "currency": "USD",
    "margin": 0.5,
    "rhythm": {"r": 0.8, "alpha": 20.0, "a": 0.8, "b": 2.5},
    "baskets": {"p": 6.25, "q": 3.74, "v": 15.44},
    "personas": {"price_sensitive": 0.35, "quality_seeker": 0.25, "sociable": 0.2, "busy": 0.2},
}
SEASON = {"months": [1, 0.6, 1, 1, 1, 1, 1, 1, 1, 1, 1.5, 1]}
ADVERT = {"channel": "advert", "per_day": 1.5, "cac": 10, "organic": 0.3, "first_order": {"mean_days": 30}, "fit": 0.7}
CARD = {"channel": "package_card", "per_day": 2.25, "buyers": 0.8, "personas": {"busy": 0.5, "sociable": 0.5}}
BLIND = {"kind": "percent", "off": 0.15, "every_days": 20, "valid_days": 6}
BY_TAG = {"kind": "threshold", "off": 5, "min_spend": 25, "to": "price_sensitive", "every_days": 15, "valid_days": 9}
WAKE = {"kind": "percent", "off": 0.3, "to": "silent", "every_days": 7, "valid_days": 7}
SEGMENTS: dict[str, Any] = {
    "high_value": {"push": {"per_week": 2}, "coupons": []},
    "new": {"content": {"education": 1.0}},
    "busy": {"push": {"per_week": 3, "channel": "mini_program"}, "lines": []},
    "silent": {"push": {"per_week": 1}, "coupons": [{**BY_TAG, "off": 8, "start_day": 10}]},
    "repeat": {"push": {"cap_per_day": 1}},
}
BENEFITS: dict[str, Any] = {
    "tenth": {"kind": "percent", "off": 0.1, "valid_days": 6},
    "five_off": {"kind": "threshold", "off": 5, "min_spend": 30, "valid_days": 9},
    "sample": {"kind": "trial", "worth": 1.0, "unit_cost": 2, "valid_days": 14},
    "present": {"kind": "gift", "worth": 0.8, "unit_cost": 3, "valid_days": 10},
    "vote": {"kind": "vote", "worth": 0.3, "unit_cost": 0.1},
    "preview": {"kind": "early_access", "worth": 0.5, "unit_cost": 1},
}
LINES: list[dict[str, Any]] = [
    {"per_week": 2, "hour": 23, "channel": "mass", "content": "education", "aim": True},
    {"per_week": 1, "hour": 12, "channel": "mini_program", "content": "live", "benefit": "preview"},
    {"per_week": 0.5, "hour": 15, "channel": "sms", "content": {"promotion": 0.6, "ugc": 0.4}, "executed": 0.8},
]
TOUCHES: dict[str, Any] = {
    "welcome": [
        {"delay": 0, "content": "education", "benefit": "present"},
        {"delay": 1, "content": "emotion", "survey": True},
        {"delay": 2, "content": "promotion", "benefit": "five_off", "aim": True, "consent": True},
    ],
    "follow_up": [
        {"delay": 3, "content": "education", "aim": True, "survey": True, "cost": 0.3},
        {
            "delay": 14,
            "every": 14,
            "times": 3,
            "channel": "call",
            "content": "promotion",
            "benefit": "sample",
            "aim": True,
        },
    ],
    "wake_up": [
        {"delay": 30, "every": 20, "times": 3, "content": "promotion", "benefit": "tenth"},
        {"delay": 33, "content": "emotion", "executed": 0.7, "consent": True},
    ],
    "birthday": [{"delay": -2, "content": "emotion", "benefit": "vote", "channel": "moments"}],
    "care": [{"delay": 1, "content": "emotion", "channel": "call"}],
    "touches": [
        {
            "anchor": "ordered",
            "delay": 20,
            "at_own_rhythm": True,
            "from_order": 2,
            "content": "ugc",
            "channel": "group",
        },
        {"anchor": "joined", "delay": 21, "to": "customer", "content": "live", "channel": "official"},
    ],
}
EVERYTHING: dict[str, Any] = {
    "acquisition": [ADVERT, CARD],
    "push": {"per_week": 10, "hour": [9, 12, 20], "cap_per_day": 2, "aim": True, "benefit": "tenth"},
    "content": {"education": 0.4, "emotion": 0.25, "promotion": 0.35},
    "lines": LINES,
    "quiet_hours": {"from": 22, "to": 8},
    "account": "adviser",
    "coupons": [BLIND, BY_TAG, WAKE],
    "benefits": BENEFITS,
    **TOUCHES,
    "segments": SEGMENTS,
    "tag_lag": 8,
}
COMMUNITY: dict[str, Any] = {
    "adviser": True,
    "moderated": False,
    "manager_per_month": 60,
    "programme": [
        {"kind": "live", "hour": 12, "cost": 8},
        {"kind": "check_in", "per_week": 3, "hour": 9},
        {"kind": "ugc", "hour": 13},
        {"kind": "game", "benefit": "vote", "cost_per_group": 2},
        {"kind": "meet_up", "per_week": 0.25, "benefit": "present"},
    ],
}
MEMBERSHIP: dict[str, Any] = {
    "points": 0.02,
    "tiers": [
        {"spend": 50, "discount": 0.03},
        {"spend": 150, "points": 0.05, "items": [{"kind": "tasting", "worth": 1, "every_days": 30, "unit_cost": 1}]},
    ],
}
REFERRAL = {"market": 100_000, "reward": 2, "friend_reward": 3, "outward": "advert", "per_share": 0.5}
COSTS = {"message": 0.02, "tools_per_month": 500}


def cases() -> Iterator[Scenario]:
    """The scenarios, written out here so that editing a shipped file does not move them."""
    push = {"per_week": 4, "hour": 20}
    yield _case("nothing", members=300)
    yield _case("push", members=300, policy={"push": push})
    yield _case("loud", members=200, policy={"push": {"per_week": 63, "cap_per_day": 9, "channel": "group"}})
    yield _case("content", members=300, policy={"push": push, "content": {"promotion": 1.0}})
    yield _case("coupons", members=300, policy={"push": push, "coupons": [BLIND, BY_TAG, WAKE]})
    yield _case("budgets", members=700, policy={"push": push, "coupons": [{**BLIND, "budget": 60}, WAKE]})
    yield _case("joiners", members=0, policy={"push": push, "acquisition": [CARD, {**CARD, "channel": "shop"}]})
    yield _case("prospects", members=0, policy={"push": push, "acquisition": [{**ADVERT, "per_day": 4.5}]})
    yield _case("export", members=400, founding="from_export", orders="cdnow", policy=EVERYTHING)
    yield _case("season", members=300, market=MARKET | {"season": SEASON}, start="2025-05-01", policy=EVERYTHING)
    yield _case("everything", members=300, costs=COSTS, policy=EVERYTHING)
    yield _case("everything-budgets", members=300, costs=COSTS, policy=with_budgets(EVERYTHING))
    yield from _one_by_one(push)
    yield _case("community", members=700, policy={"push": push, "benefits": BENEFITS, "community": COMMUNITY})
    yield _case("membership", members=300, policy={"push": push, "membership": MEMBERSHIP})
    referring = {"acquisition": [ADVERT, CARD], "push": push, "referral": REFERRAL}
    yield _case("referral", members=700, policy=referring, response={"refer": 0.004})
    together = {**EVERYTHING, "community": COMMUNITY, "membership": MEMBERSHIP, "referral": REFERRAL}
    yield _case("whole", members=700, costs=COSTS, policy=with_budgets(together), response={"refer": 0.004})
    yield _case(
        "lives", members=20_000, lives=700, costs=COSTS, policy=with_budgets(together), response={"refer": 0.004}
    )
    yield from _operated(push, together)
    yield _case("two-blocks", members=5000, days=20, policy={"push": push, "coupons": [{**BLIND, "budget": 900}]})
    for k in range(3):
        yield _random(k)


def _operated(push: dict[str, Any], together: dict[str, Any]) -> Iterator[Scenario]:
    """Questions and a crisis, a policy that changes, a campaign, a watched pool, a test; then all of it together."""
    service = {"bot": 0.3, "staff": 0.2, "answers_per_week": 40, "staff_per_month": 60}
    crisis = {"day": 60, "hit": 0.4, "person": 3, "offer_cost": 0.5}
    events = {
        "sale": {"from_day": 40, "until_day": 55, "lines": [{"per_week": 7, "hour": 9}], "coupons": [BLIND], "cost": 50}
    }
    guard = {"watch": {"click_rate": 0.9}, "acts": [{"act": "drop_promotions"}]}
    tests = [{"name": "more", "from_day": 20, "until_day": 90, "push": {"per_week": 9}}]
    phases = [{"from_day": 70, "policy": {"push": {"per_week": 1}, "coupons": [BY_TAG]}}]
    returned = {"market": MARKET | {"returns": 0.2}}
    yield _case("service", members=300, policy={"push": push, "service": service, "crisis": crisis}, **returned)
    yield _case("events", members=300, policy={"push": push, "events": events})
    yield _case("guard", members=2000, policy={"push": push, "guard": guard})
    yield _case("experiments", members=700, policy={"push": push, "experiments": tests})
    yield _case("phases", members=300, policy={"push": push, "coupons": [BLIND]}, phases=phases)
    everything = together | {
        "service": service,
        "crisis": crisis,
        "events": events,
        "guard": guard,
        "experiments": tests,
    }
    yield _case("operated", members=2000, costs=COSTS, policy=with_budgets(everything), phases=phases, **returned)


def with_budgets(policy: dict[str, Any]) -> dict[str, Any]:
    """The policy with budgets that run dry on the way, on coupons and on benefits of each kind."""
    coupons = [{**BLIND, "budget": 60}, {**BY_TAG, "budget": 200}, WAKE]
    money = {"tenth": 150, "sample": 90, "present": 200, "preview": 30}
    benefits = {name: kind | ({"budget": money[name]} if name in money else {}) for name, kind in BENEFITS.items()}
    return policy | {"coupons": coupons, "benefits": benefits}


def _one_by_one(push: dict[str, Any]) -> Iterator[Scenario]:
    """Lines, touches of each anchor, benefits of each kind, aim, consent, and a pool that nobody visits by herself."""
    joining = [{**ADVERT, "per_day": 1.0}, CARD]
    yield _case("lines", members=300, policy={"push": push, "lines": [{**line, "benefit": None} for line in LINES]})
    for routine, rows in TOUCHES.items():
        plain = [{**row, "benefit": None, "aim": False, "survey": False, "consent": False} for row in rows]
        loud = {"per_week": 28, "cap_per_day": 4} if routine == "care" else push  # somebody has to complain
        yield _case(routine, members=200, policy={"acquisition": joining, "push": loud, routine: plain})
    for name, benefit in BENEFITS.items():
        policy = {"push": {**push, "benefit": name}, "benefits": {name: {**benefit, "budget": 120}}}
        yield _case(f"benefit-{benefit['kind']}", members=200, policy=policy)
    yield _case("aim", members=300, policy={"push": {**push, "aim": True}, "tag_accuracy": 0.6})
    asking = [{"delay": 1, "content": "emotion", "consent": True, "survey": True}]
    yield _case(
        "consent",
        members=100,
        policy={"acquisition": joining, "push": {"per_week": 9, "cap_per_day": 3}, "welcome": asking},
    )
    yield _case("no-visits", members=300, policy={"push": push}, response={"visit": 0.0, "newness": 0.0})


def _case(name: str, **more: Any) -> Scenario:
    return load({"name": name, "days": 130, "market": MARKET} | more)


def _random(k: int) -> Scenario:
    """A policy that nobody would think of."""
    chance = Random(f"siyu baseline {k}")
    weights = [chance.random() for _ in range(3)]
    education, emotion = (round(w / sum(weights), 3) for w in weights[:2])
    coupons = [
        {"kind": "percent", "off": round(chance.uniform(0.02, 0.6), 2), "every_days": chance.randint(1, 40)},
        {"kind": "threshold", "off": chance.randint(1, 9), "min_spend": chance.randint(10, 90), "to": "loyal"},
    ]
    policy = {
        "acquisition": [{**ADVERT, "per_day": round(chance.uniform(0, 3), 2)}],
        "push": {"per_week": chance.randint(1, 40), "hour": [chance.randint(0, 23)], "cap_per_day": 6},
        "content": {"education": education, "emotion": emotion, "promotion": 1 - education - emotion},
        "coupons": [{"every_days": 9, "valid_days": chance.randint(1, 20)} | c for c in coupons],
        "segments": {"customer": {"push": {"per_week": chance.randint(0, 5)}}},
        "tag_accuracy": round(chance.random(), 2),
    }
    response = {"attention_on_rhythm": round(chance.uniform(-0.5, 0.5), 2), "fatigue_half_life": chance.randint(2, 20)}
    return _case(f"random-{k}", members=150, days=chance.randint(60, 200), policy=policy, response=response)


def hashes(scenario: Scenario, engine: Engine, threads: int = 1) -> dict[str, dict[str, str]]:
    """A hash of every field that a run leaves behind: by table, then by field."""
    log = OrdersInMemory()
    run = PoolModel(scenario, seed=SEED, engine=engine, threads=threads, orders=log).run(keep_members=True)
    assert run.members is not None
    members = np.sort(run.members, order="key")
    return {
        "members": _fields(members),
        "daily": {str(name): _hash(run.daily[name].to_numpy(float)) for name in run.daily},
        "totals": _fields(run.totals),
        "closing": _fields(run.closing),
        "run": {"cohorts": _hash(run.cohorts), "tools": _hash(run.tools)},
        "orders": _fields(log.array()),
    }


def plain(scenario: Scenario) -> dict[str, float | str | None]:
    """The measures, to nine digits; what the run was too short for is "censored"."""
    known = simulate(scenario, seed=SEED, threads=1).measures
    return {name: _in_digits(value) for name, value in known.items()}


def _in_digits(value: float | None) -> float | str | None:
    if value is None:
        return None
    return float(f"{value:.9g}") if math.isfinite(value) else "censored"


def _fields(records: Any) -> dict[str, str]:
    return {str(name): _hash(records[name]) for name in records.dtype.names if not name.startswith("spare")}


def _hash(values: Any) -> str:
    """Of the values: how many bytes a whole number takes in its record does not matter."""
    held = np.asarray(values)
    wide = held.astype(np.int64) if held.dtype.kind in "iub" and held.dtype.itemsize < 8 else held
    return blake2b(np.ascontiguousarray(wide).tobytes(), digest_size=6).hexdigest()


def machine() -> dict[str, str]:
    """What the last bit depends on."""
    packages = {name: version(name) for name in ("numpy", "numba", "llvmlite")}
    return {
        "machine": platform.machine(),
        "system": platform.system(),
        "libc": " ".join(platform.libc_ver()),
        **packages,
    }


def comparable(baseline: dict[str, Any]) -> bool:
    """Whether the hashes of `baseline` hold on this machine."""
    return bool(baseline["machine"] == machine())


def differing(before: dict[str, Any], now: dict[str, Any]) -> list[str]:
    """The names of what is not as before: `everything: members trust`."""
    told = []
    for table in sorted(before.keys() | now.keys()):
        old, new = before.get(table, {}), now.get(table, {})
        told += [f"{table} {field}" for field in sorted(old.keys() | new.keys()) if old.get(field) != new.get(field)]
    return told


def written() -> dict[str, Any]:
    """The baseline as the file holds it."""
    held: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
    return held


def main(arguments: list[str]) -> int:
    """Compare with the file, or write it anew."""
    update = arguments == ["--update"]
    held = written() if FILE.exists() else {"machine": {}, "scenarios": {}}
    now: dict[str, Any] = {"machine": machine(), "scenarios": {}}
    changed = 0
    for scenario in cases():
        found = {"hashes": hashes(scenario, "compiled"), "measures": plain(scenario)}
        now["scenarios"][scenario.name] = found
        before = held["scenarios"].get(scenario.name, {"hashes": {}})
        fields = differing(before["hashes"], found["hashes"])
        changed += bool(fields)
        rest = f" and {len(fields) - 5} more" if len(fields) > 5 else ""
        print(f"{scenario.name}: {', '.join(fields[:5]) + rest or 'as before'}")
    if update:
        FILE.write_text(json.dumps(now, indent=1) + "\n", encoding="utf-8")
        print(f"{FILE.name} written; say in CHANGELOG.md why results changed")
        return 0
    return 1 if changed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
