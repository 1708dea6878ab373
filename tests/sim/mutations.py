"""Scenario files with mistakes and extremes, and what becomes of them: a result or a sentence, never a traceback.

`python -m tests.sim.mutations 3000` takes 3,000 of them through check, simulate and compare (half an hour), and every
thirtieth through the command line with plots and report; the test suite takes a few dozen. The n-th is always the same.
"""

import copy
import datetime
import io
import json
import math
import os
import random
import sys
import tempfile
import time
import traceback
import warnings
from collections import Counter
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

from models.errors import BadInput

MEMBERS, DAYS, JOINERS = 20, 10, 3.0
ORDERS = "customer,date,amount\n" + "".join(
    f"c{n},2025-{1 + n % 11:02}-{1 + (7 * n) % 28:02},{5 + n}\nc{n},2025-12-{1 + n % 28:02},{9 + n}\n"
    for n in range(12)
)
WHOLE: dict[str, Any] = {
    "name": "s",
    "believes": "x",
    "market": {
        "name": "shop",
        "currency": "CNY",
        "margin": 0.5,
        "rhythm": {
            "r": 0.8, "alpha": 20.0, "a": 0.8, "b": 2.5,
            "covariance": [[0.01, 0, 0, 0], [0, 0.01, 0, 0], [0, 0, 0.01, 0], [0, 0, 0, 0.01]],
        },
        "shop_age": 900.0,
        "baskets": {
            "p": 6.0, "q": 4.0, "v": 15.0, "covariance": [[0.01, 0, 0], [0, 0.01, 0], [0, 0, 0.01]],
        },
        "personas": {"price_sensitive": 0.5, "busy": 0.5},
        "season": {
            "months": [1.0] * 12,
            "peaks": [
                {"name": "618", "from": "06-16", "to": "06-18", "lift": 2.0},
                {"name": "year", "from": "01-01", "to": "12-31", "lift": 1.0},
            ],
        },
        "source": {"file": "a", "customers": 3, "first_day": "2025-01-01"},
    },
    "members": MEMBERS,
    "days": DAYS,
    "replicates": 2,
    "seed": 1,
    "start": "2026-01-01",
    "repurchase_window": 90,
    "policy": {
        "acquisition": [
            {
                "channel": "card", "per_day": 1.0, "cac": 5.0, "cac_growth": 0.1, "buyers": 0.5, "organic": 0.2, "fit": 1.0,
                "personas": {"busy": 1.0}, "first_order": {"shape": 1.0, "mean_days": 5.0},
            },
            {"channel": "ad", "per_day": 0.4, "cac": 20.0},
            {
                "channel": "code", "reached_per_day": 20.0, "conversion": 0.05, "cost_per_reached": 0.2, "buyers": 1.0,
                "meets": "counter",
            },
            {"channel": "slip", "budget_per_month": 90.0, "cac": 4.0, "buyers": 1.0, "meets": "repeat_parcel"},
            {"channel": "screen", "budget_per_day": 5.0, "conversion": 0.1, "cost_per_reached": 1.0},
        ],
        "push": {
            "per_week": 7.0, "hour": [9, 20], "cap_per_day": 2, "channel": "one_to_one", "aim": True, "benefit": "ten",
        },
        "content": {"education": 0.5, "promotion": 0.5},
        "lines": [
            {"per_week": 3.0, "hour": 23, "channel": "mass", "content": "live", "executed": 0.5},
            {"per_week": 1.0, "channel": "mini_program", "content": {"ugc": 1.0}, "benefit": "gift", "aim": False},
        ],
        "quiet_hours": {"from": 22, "to": 8},
        "account": "adviser",
        "benefits": {
            "ten": {"kind": "percent", "off": 0.1, "valid_days": 3, "budget": 40.0},
            "off": {"kind": "threshold", "off": 5.0, "min_spend": 30.0},
            "gift": {"kind": "gift", "worth": 1.0, "unit_cost": 2.0, "budget": 20.0},
            "try": {"kind": "trial", "worth": 0.5, "unit_cost": 1.0},
        },
        "welcome": [{"delay": 0, "content": "education", "benefit": "gift", "survey": True, "cost": 0.5}],
        "follow_up": [
            {
                "delay": 2, "every": 3, "times": 2, "channel": "call", "content": "promotion", "benefit": "try", "aim": True,
                "from_order": 1, "at_own_rhythm": True, "hour": 10,
            },
        ],
        "wake_up": [{"delay": 4, "content": "emotion", "to": "customer", "consent": True, "executed": 0.9}],
        "birthday": [{"delay": -3, "content": "emotion"}],
        "care": [{"delay": 1, "content": "education"}],
        "touches": [{"anchor": "joined", "delay": 5, "content": "ugc", "benefit": "off"}],
        "tag_lag": 2,
        "coupons": [
            {
                "kind": "threshold", "off": 8.0, "min_spend": 40.0, "every_days": 3, "valid_days": 7, "start_day": 1,
                "budget": 50.0, "to": "price_sensitive",
            },
            {"kind": "percent", "off": 0.2, "every_days": 2, "valid_days": 2},
        ],
        "segments": {
            "silent": {"push": {"per_week": 1.0, "benefit": "off"}, "coupons": []},
            "high_value": {"content": {"emotion": 1.0}, "lines": [{"per_week": 2.0, "channel": "group"}]},
        },
        "tag_accuracy": 0.9,
    },
    "costs": {"message": 0.1, "tools_per_month": 100.0, "channels": {"call": 2.0, "sms": 0.1}},
    "targets": {"ltv_cac": ">= 3", "churn": "<= 40%"},
    "response": {
        "fatigue_half_life": 5.0, "visit": 0.05, "newness": 1.0, "reach": {"call": 1.5}, "tiring": {"group": 0.3},
        "personas": {"busy": {"attention": 0.5, "price_appeal": 3.0, "novelty_appeal": 1.0}},
        "contents": {"emotion": {"trust": 0.1, "engage": 0.2}},
    },
}  # fmt: skip

NUMBERS: list[Any] = [
    0, 0.0, 5e-324, 1e-300, 1e-17, 1e-9, 1e-6, 0.001, 0.05, 0.2, 0.5, 0.95, 1 - 1e-12, 1.0, 1, 1 + 1e-12, 1.5, 2, 3, 7, 10,
    20, 23, 70, 100, 280, 254, 365, 1000, 3650, 1e6, 10_000_000, 1e9, 1e12, 1e300, 2**63 - 1, 2**64, 10**400,
    -0.0, -1e-9, -0.9, -1, -1.0, -1e9, math.nan, math.inf, -math.inf,
]  # fmt: skip
TEXTS: list[Any] = [
    "gift", "trial", "vote", "joined", "silent", "birthday", "ten", "mass", "call", "live", "friend",
    "", " ", "s", "all", "busy", "loyal", "percent", "threshold", "group", "moments", "from_export", "fresh", "cdnow", "CNY",
    "orders.csv", "../../x", "a/b", "CON", "nul.yaml", ".", "x" * 300, "夏天", "夏" * 60, "🎉", "e\u0301", "\u202etxt",
    "ß" * 61, "a\nb", "\0", "\x1b[31m", "[/red]", "[bold", "$x_{c1$", "$\\frac{", "<script>alert(1)</script>", "{{ name }}",
    "=1+1", "%s", "\ud800", "0001-01-01", "9999-12-31", "2024-02-29", "02-29", "12-31", "01-01", "06-31", "<= 1e9", ">= 0",
    "> 0%",
]  # fmt: skip
OTHERS: list[Any] = [None, True, False, [], {}, [[]], [1], {"a": 1}, [0.5] * 12, [[1.0]], [100.0, 0, 0, 0]]


def places(value: Any, here: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every path into nested dicts and lists, the whole first."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [here, *(path for key, item in inside for path in places(item, (*here, key)))]


def mutation(n: int) -> dict[str, Any]:
    """The n-th scenario: the whole one with one to five things changed, dropped, doubled or exchanged.

    In three of four each change is such that the scenario stays legal: extremes get further than mistakes.
    """
    rng = random.Random(n)
    scenario = copy.deepcopy(WHOLE)
    for _ in range(rng.choice([1, 1, 2, 3, 5])):
        for _ in range(20 if n % 4 else 1):
            changed = _changed(scenario, rng)
            if n % 4 == 0 or _legal(changed):
                scenario = changed
                break
    if rng.random() < 0.15:
        scenario |= {"founding": "from_export", "orders": "orders.csv", "members": rng.choice([0, 5, 30])}
        if rng.random() < 0.5:
            scenario["orders_until"] = rng.choice(
                ["2025-06-01", "0001-01-01", "9999-12-31", "2025-01-01", "2024-12-31"]
            )
    return scenario


def _legal(scenario: dict[str, Any]) -> bool:
    from sim.scenario import load

    try:
        load(scenario)
    except BadInput:
        return False
    except Exception:
        return True  # what must not happen is to be seen
    return True


def _changed(scenario: dict[str, Any], rng: random.Random) -> dict[str, Any]:
    changed = copy.deepcopy(scenario)
    *above, last = rng.choice(places(changed)[1:])
    inside: Any = changed
    for step in above:
        inside = inside[step]
    _change(inside, last, rng)
    return changed


def _change(inside: Any, last: Any, rng: random.Random) -> None:
    how, old = rng.random(), inside[last]
    if how < 0.12:
        del inside[last]
    elif how < 0.18 and isinstance(inside, list):
        inside.extend(copy.deepcopy(old) for _ in range(rng.choice([1, 16, 300])))
    elif how < 0.22 and isinstance(inside, dict):
        inside[rng.choice(["nam", "per_weak", "", "a.b", "夏"])] = old
    elif how < 0.28:
        inside[last] = rng.choice(OTHERS)
    elif isinstance(old, float) and not isinstance(old, bool):
        inside[last] = rng.choice(NUMBERS) if how < 0.7 else old * 10 ** rng.uniform(-9, 9)
    elif isinstance(old, (int, float)):
        inside[last] = rng.choice(NUMBERS)
    elif isinstance(old, str):
        inside[last] = rng.choice(TEXTS)
    elif isinstance(old, dict) and old:
        key = rng.choice(list(old))
        _change(old, key, rng)
    else:
        inside[last] = rng.choice(OTHERS)


def small(scenario: Any) -> Any:
    """The scenario with few members, days and joiners, everything else as it is."""
    from sim.policies.acquisition import VOLUMES

    channels = scenario.policy.acquisition
    crowd = max(1.0, (scenario.people - scenario.members) / scenario.days / JOINERS)
    fewer = tuple(
        channel.model_copy(
            update={name: value / crowd for name in VOLUMES if (value := getattr(channel, name)) is not None}
        )
        for channel in channels
    )
    return scenario.model_copy(
        update={
            "members": min(scenario.members, MEMBERS),
            "days": min(scenario.days, DAYS),
            "replicates": min(scenario.replicates, 2),
            "policy": scenario.policy.model_copy(update={"acquisition": fewer}),
        }
    )


def used(path: Path) -> str:
    """What becomes of a scenario file: "refused" by one sentence, or "run" through a simulation and a comparison."""
    from sim import compare, simulate
    from sim.drafting.explained import explained
    from sim.drafting.notes import notes
    from sim.drafting.understood import understood
    from sim.order_log import OrdersInMemory
    from sim.outputs.written import compared, simulated
    from sim.scenario import load

    try:
        scenario = load(path)
    except BadInput as problem:
        assert str(problem) and "\n" not in str(problem) and len(str(problem)) < 1500, problem
        return "refused"
    understood(scenario, True)
    notes(scenario)
    explained(scenario)
    scenario = small(scenario)
    try:
        done = simulate(scenario, orders=OrdersInMemory(), keep_members=True)
        result = compare([scenario, {**WHOLE, "name": "other"}], jobs=1, members=scenario.members, days=scenario.days)
    except BadInput as problem:
        assert str(problem) and "\n" not in str(problem), problem
        return "refused when it was run"
    json.dumps([simulated(done), compared(result)], allow_nan=False)
    assert (done.run.daily["sales"] >= 0).all()
    assert done.run.totals["orders"] == done.run.daily["orders"].sum()
    result.frame()
    result.verdict("zh")
    for name in result.names:
        result.targets(name)
    return "run"


def commanded(path: Path, folder: Path) -> int:
    """The exit code of `siyu check` and `siyu compare`, plots and report included, as `main` ends."""
    from sim.cli import main

    code = 0
    other = folder / "other.yaml"
    other.write_text(json.dumps({**WHOLE, "name": "other"}), encoding="utf-8")
    size = ["--members", str(MEMBERS), "--days", str(DAYS), "--replicates", "2", "--jobs", "1"]
    out = ["--out", str(folder / "out"), "--force", "--lang", "zh"]
    for arguments in (["check", str(path), "--all"], ["compare", str(path), str(other), *size, *out]):
        if arguments[0] == "compare":
            _shrink(path)
        before, sys.argv = sys.argv, ["siyu", *arguments]
        try:
            with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
                main()
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else 0 if end.code is None else 1
            assert code in (0, 1, 2), code
            if code:
                return code
        finally:
            sys.argv = before
    for file in (folder / "out").glob("*.json"):
        json.loads(file.read_text(encoding="utf-8"), parse_constant=_refuse)
    return code


def _shrink(path: Path) -> None:
    """Write a scenario that can be read again with fewer joiners, which no option of the command line says."""
    from sim.scenario import load

    path.write_text(small(load(path)).to_yaml(), encoding="utf-8")


def _refuse(word: str) -> float:
    raise AssertionError(f"{word} in JSON")


def written(n: int, folder: Path) -> Path:
    """The n-th scenario as a file, as YAML writes it, beside an export of orders."""
    (folder / "orders.csv").write_text(ORDERS, encoding="utf-8")
    path = folder / "s.yaml"
    text = json.dumps(mutation(n), ensure_ascii=n % 2 == 0, indent=n % 3 or None, default=str)
    for json_word, yaml_word in (("NaN", ".nan"), ("Infinity", ".inf")):
        text = text.replace(json_word, yaml_word)
    path.write_bytes(text.encode("utf-8", errors="surrogatepass"))
    return path


def tried(n: int, look: Callable[[Path, Path], str]) -> str:
    """What `look` says of the n-th file; the traceback where there is one."""
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)
        try:
            return look(written(n, Path(folder)), Path(folder))
        except Exception:
            return f"traceback\n{traceback.format_exc()}"


def main() -> None:
    """Count what becomes of the first N mutations; exit code 1 if any ends in a traceback."""
    count, first = int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 0
    os.environ["MPLBACKEND"] = "Agg"
    ends: Counter[str] = Counter()
    begun = time.time()
    for n in range(first, first + count):
        end = tried(n, lambda path, _: used(path))
        ends[end.partition("\n")[0]] += 1
        if end.startswith("traceback"):
            print(f"--- {n}: {end}", flush=True)
        if n % 30 == 0:
            end = tried(n, lambda path, folder: f"command: exit code {commanded(path, folder)}")
            ends[end.partition("\n")[0]] += 1
            if end.startswith("traceback"):
                print(f"--- {n} by command: {end}", flush=True)
    print(f"{count} scenarios, {datetime.timedelta(seconds=round(time.time() - begun))}:", dict(ends))
    sys.exit(1 if ends["traceback"] else 0)


if __name__ == "__main__":
    main()
