"""What today's code is held to by the code before touches and visits (commit 2396444): two things that both of them can do.

Coupons alone, without a message, to the bit. And the files of 0.1 where nothing new acts: the response of then in full,
nobody who leaves for no reason (trust holds those now), no visits. `python tests/sim/before.py FILE`, with that commit's
tree as PYTHONPATH, wrote tests/before.json; another code is not to write it again.
"""

import json
import platform
import sys
from hashlib import blake2b
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from sim.order_log import OrdersInMemory
from sim.pool import PoolModel
from sim.scenario import Scenario, load

SEED = 5
FOLDER = Path(__file__).parents[1] / "written_for_0_1"
RESPONSE: dict[str, Any] = json.loads((FOLDER / "response.json").read_text(encoding="utf-8"))  # the default of then
MARKET = {
    "name": "lively", "currency": "USD", "margin": 0.5, "rhythm": {"r": 0.8, "alpha": 20.0, "a": 0.8, "b": 2.5},
    "baskets": {"p": 6.25, "q": 3.74, "v": 15.44}, "season": {"months": [1, 0.6, 1, 1, 1, 1, 1, 1, 1, 1, 1.5, 1]},
    "personas": {"price_sensitive": 0.35, "quality_seeker": 0.25, "sociable": 0.2, "busy": 0.2},
}  # fmt: skip
BLIND = {"kind": "percent", "off": 0.15, "every_days": 20, "valid_days": 6}
LARGE = {"kind": "threshold", "off": 5, "min_spend": 25, "every_days": 15, "valid_days": 9}
COUPONS = [
    BLIND,
    {**LARGE, "to": "price_sensitive", "budget": 300},
    {"kind": "percent", "off": 0.3, "to": "silent", "every_days": 7, "valid_days": 7, "min_spend": 20, "budget": 200},
    {**LARGE, "off": 9, "min_spend": 40, "to": "high_value", "start_day": 10},
]
JOINING = [
    {"channel": "advert", "per_day": 1.5, "cac": 10, "organic": 0.3, "first_order": {"mean_days": 30}, "fit": 0.7},
    {"channel": "card", "per_day": 2.25, "buyers": 0.8, "personas": {"busy": 0.5, "sociable": 0.5}},
]
DAILY = ("orders", "discounts", "issued", "sales", "discounted_orders", "pool", "departed")
MEMBERS = (
    "key",
    "orders",
    "spend",
    "habit",
    "pull",
    "coupon_lift",
    "coupon_until",
    "tau",
    "frequency",
    "left",
    "value",
)


def coupons_alone() -> Scenario:
    """Coupons of every kind, to everybody, by tag, by stage and by value, with budgets and without; no message."""
    policy = {
        "coupons": COUPONS,
        "acquisition": JOINING,
        "segments": {"loyal": {"coupons": [{**BLIND, "off": 0.4, "every_days": 9}]}},
    }
    response = RESPONSE | {"leave_early": 0.0}
    given = {"name": "coupons", "members": 900, "days": 200, "market": MARKET, "costs": {"tools_per_month": 500}}
    return load(given | {"policy": policy, "response": response})


def of_0_1(name: str, further: dict[str, Any]) -> Scenario:
    """A file of 0.1 with the response of then, but nobody who leaves for no reason; `further` changes beside."""
    asked = load(FOLDER / f"{name}.yaml")
    own = {"trust_on_demand": 0.3, "personas.busy.attention": 0.2} if name == "every_key" else {}
    full = leaves(RESPONSE) | own | {"leave_base": 0.0, "leave_early": 0.0}
    changes = {f"response.{key}": value for key, value in full.items()} | {"members": 300, "days": 120}
    if name == "every_key":  # after an order one message of a mini-program is allowed now: through another channel
        changes["policy.segments.price_sensitive.push.channel"] = "moments"
    return asked.with_changes(changes | further)


def leaves(tree: dict[str, Any], above: str = "") -> dict[str, Any]:
    """Nested values by dotted keys."""
    flat: dict[str, Any] = {}
    for key, value in tree.items():
        flat |= leaves(value, f"{above}{key}.") if isinstance(value, dict) else {above + key: value}
    return flat


def hashes(scenario: Scenario) -> dict[str, str]:
    """A hash of each daily column, field of members and column of orders that both codes have."""
    log = OrdersInMemory()
    run = PoolModel(scenario, seed=SEED, threads=1, orders=log).run(keep_members=True)
    assert run.members is not None
    members, orders = np.sort(run.members, order="key"), log.array()
    columns = {f"daily {name}": run.daily[name].to_numpy(float) for name in DAILY}
    columns |= {f"members {name}": members[name] for name in MEMBERS}
    columns |= {f"orders {name}": orders[name] for name in ("key", "time", "amount", "discount")}
    return {
        name: blake2b(np.ascontiguousarray(column).tobytes(), digest_size=8).hexdigest()
        for name, column in columns.items()
    }


def numbers(scenario: Scenario) -> dict[str, float]:
    """Totals, realised value, and the rest of life."""
    run = PoolModel(scenario, seed=SEED, threads=1).run()
    counts = (
        "pool", "delivered", "reads", "clicks", "complaints", "departed", "orders", "sales", "discounts", "issued", "joined",
        "trust", "fatigue",
    )  # fmt: skip
    found = {count: float(run.totals[count]) for count in counts}
    return found | {"value": float(run.closing["value"].sum())}


def machine() -> dict[str, str]:
    """What the last bit depends on."""
    packages = {name: version(name) for name in ("numpy", "numba", "llvmlite")}
    return {"machine": platform.machine(), "libc": " ".join(platform.libc_ver()), **packages}


def everything(further: dict[str, Any]) -> dict[str, Any]:
    """All of it; `further`: what today's code has to be told, so that nothing new acts."""
    names = sorted(path.stem for path in FOLDER.glob("*.yaml"))
    return {
        "machine": machine(),
        "coupons": {"hashes": hashes(coupons_alone()), "numbers": numbers(coupons_alone())},
        "files": {name: numbers(of_0_1(name, further)) for name in names},
    }


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(json.dumps(everything({}), indent=1) + "\n", encoding="utf-8")
