"""What a policy costs in time: everything at once at a million members, each policy alone, and a pool that all have left.

`scenarios/everything.yaml` has 4 segments, 3 regular lines (2, 1 and 0.5 messages a week), 10 touches, 4 benefits and a
touch that asks for consent. A policy alone is added to a pool that is written to once a week: CPU time of living the days
on one thread, in turns with that pool.
"""

import time
from typing import Any

from benchmarks.common import MILLION, ROOT, Row, balanced, compile_all, fresh, interleaved, median, millions
from sim.pool import PoolModel
from sim.scenario import Scenario, load

MEMBERS, DAYS = 200_000, 90
TIMES = 3
WEEKLY: dict[str, Any] = {"push": {"per_week": 1, "cap_per_day": 5}}
SAMPLE = {"benefits": {"sample": {"kind": "trial", "worth": 1, "unit_cost": 2, "valid_days": 14}}}
OFF_8 = {"benefits": {"off": {"kind": "threshold", "off": 8, "min_spend": 40, "valid_days": 14}}}
ALONE: dict[str, dict[str, Any]] = {
    "lines: two more messages a week": {"lines": [{"per_week": 2, "content": "live", "channel": "group"}]},
    "mass sending, half of it executed": {"lines": [{"per_week": 1, "content": "ugc", "channel": "mass"}]},
    "aim": {"push": WEEKLY["push"] | {"aim": True}},
    "money off with every message": {"push": WEEKLY["push"] | {"benefit": "off"}} | OFF_8,
    "a trial with every message": {"push": WEEKLY["push"] | {"benefit": "sample"}} | SAMPLE,
    "coupons: once a month": {
        "coupons": [{"kind": "threshold", "off": 8, "min_spend": 40, "every_days": 30, "valid_days": 7}]
    },
    "welcome: four touches": {"welcome": [{"delay": n, "content": "education"} for n in (0, 0, 1, 2)]},
    "consent": {"welcome": [{"delay": 0, "content": "emotion", "consent": True}]},
    "follow_up: two touches": {
        "follow_up": [
            {"delay": 3, "content": "education"},
            {"delay": 21, "every": 21, "times": 4, "content": "promotion"},
        ]
    },
    "wake_up: three touches": {"wake_up": [{"delay": n, "content": "emotion"} for n in (90, 94, 98)]},
    "birthday": {"birthday": [{"delay": 0, "content": "emotion"}]},
    "care": {"care": [{"delay": 1, "content": "education"}]},
    "community: a live session, a drive, four check-ins": {
        "community": {
            "manager_per_month": 300,
            "programme": [{"kind": "live"}, {"kind": "ugc"}, {"kind": "check_in", "per_week": 4, "hour": 9}],
        }
    },
    "membership: points and two tiers": {
        "membership": {
            "points": 0.02,
            "tiers": [
                {"spend": 100, "discount": 0.03},
                {"spend": 250, "items": [{"kind": "tasting", "worth": 1, "every_days": 30, "unit_cost": 1}]},
            ],
        }
    },
    "referral": {"referral": {"market": 10_000_000, "reward": 5}},
    "service: a bot and staff": {"service": {"bot": 0.3, "staff": 20, "answers_per_week": 400, "staff_per_month": 900}},
    "crisis: half of the members": {"crisis": {"day": 40, "hit": 0.5, "offer_cost": 1}},
    "experiments: one by member": {"experiments": [{"name": "noon", "push": {"hour": 12}}]},
    "events: a week of daily messages a month": {
        "events": {
            "week": {
                "on": "member_day",
                "day_of_month": 18,
                "days_before": 3,
                "days_after": 3,
                "lines": [{"per_week": 7, "content": "emotion"}],
            }
        }
    },
    "guard: all figures watched": {"guard": {"watch": {"click_rate": 0.001}}},
    "segments: four": {
        "segments": {name: {"push": {"hour": 12}} for name in ("new", "high_value", "silent", "price_sensitive")}
    },
}


def everything() -> Scenario:
    """All that a brand can send and give, at once."""
    return load(ROOT / "scenarios" / "everything.yaml")


def sent_and_given() -> Scenario:
    """The same without communities, membership, referral, service, a crisis and a guard."""
    whole = everything()
    apart = dict.fromkeys(("community", "membership", "referral", "service", "crisis", "guard"))
    return whole.model_copy(update={"policy": whole.policy.model_copy(update=apart)})


def rate(scenario: Scenario, days: int, members: int = MILLION) -> float:
    """Member-days a second, two threads; founding and closing included."""
    scenario = scenario.model_copy(update={"members": members, "days": days})
    return PoolModel(scenario, threads=2).run().member_days_per_second


def living(scenario: Scenario, from_day: int = 0) -> float:
    """CPU nanoseconds of a member's day from a day on, one thread, founding and closing left out."""
    pool = PoolModel(scenario, threads=1)
    while pool.day < from_day:
        pool.step()
    started = time.process_time()
    while pool.day < scenario.days:
        pool.step()
    member_days = scenario.members * (scenario.days - from_day)
    return (time.process_time() - started) / member_days * 1e9


def with_policy(changes: dict[str, Any]) -> Scenario:
    """A pool that is written to once a week, with a policy changed; cards in parcels bring some joiners."""
    acquisition = [{"channel": "card", "per_day": MEMBERS // 1000, "buyers": 1.0}]
    policy = {"acquisition": acquisition} | WEEKLY | changes
    return balanced(MEMBERS, DAYS).with_changes({"policy": policy, "days": DAYS})


def alone() -> list[Row]:
    """Each policy alone against the pool without it."""
    rows = []
    for name, changes in ALONE.items():
        scenario, without = with_policy(changes), with_policy({})
        ours, peer = interleaved(TIMES, lambda s=scenario: living(s), lambda s=without: living(s))
        more = min(ours) / min(peer)
        rows.append(Row(f"{name}, alone", f"{min(ours):.1f} ns", f"{min(peer):.1f} ns without", more))
    return rows


def left() -> Row:
    """A pool that everybody has left beside one in which everybody stays."""
    pool = balanced(2 * MEMBERS, 180).with_changes({"policy.acquisition": [], "response.leave_fatigue": 0.0})
    stay = pool.with_changes({"response.leave_base": 0.0})
    gone = pool.with_changes({"response.leave_base": 0.2, "response.frailty_shape": 50.0})
    ours, peer = interleaved(TIMES, lambda: living(gone, 140), lambda: living(stay, 140))
    ratio = min(ours) / min(peer)
    return Row("a day of members who have all left", f"{min(ours):.1f} ns", f"{min(peer):.1f} ns in the pool", ratio)


def rows() -> list[Row]:
    """Everything at once, compiling from nothing, each policy alone, a pool that all have left."""
    compile_all()
    whole, part = everything(), sent_and_given()
    quarter, year = interleaved(TIMES, lambda: rate(whole, 90), lambda: rate(whole, 365))
    part_quarter, part_year = interleaved(TIMES, lambda: rate(part, 90), lambda: rate(part, 365))
    many, few = interleaved(3, lambda: rate(whole, 28, 10 * MILLION), lambda: rate(whole, 28))
    what = "everything, 1 M members x {} days, 2 threads"
    less = "without communities, membership and referral, {} days"
    cold = fresh("benchmarks.launch_cold")["seconds"]
    return [
        Row(what.format(90), millions(median(quarter)), "", median(quarter) / 1e6, 17.0, unit=" M/s"),
        Row(what.format(365), millions(median(year)), "", median(year) / 1e6, 17.0, unit=" M/s"),
        Row(
            less.format(90),
            millions(median(part_quarter)),
            "",
            median(part_quarter) / 1e6,
            20.0,
            unit=" M/s",
            note="aim 30",
        ),
        Row(
            less.format(365), millions(median(part_year)), "", median(part_year) / 1e6, 20.0, unit=" M/s", note="aim 30"
        ),
        Row(
            "everything, 10 M members x 28 days",
            millions(median(many)),
            f"{millions(median(few))} at 1 M",
            median(many) / median(few),
        ),
        Row("compiling from nothing", f"{cold:.0f} s", "", cold, 60.0, "at most", unit=" s"),
        left(),
        *alone(),
    ]
