"""The simulator as plain Python: run with NUMBA_DISABLE_JIT=1, prints what three ways through the same days leave behind.

`tiles`: the engine's own loops. `alone`: each stage's plain form, one member after the other. `replay`: the same days again
from the log of the first. What the compiled engine leaves behind `left_behind` says in the calling process.
"""

import json
import warnings
from typing import Any

import numpy as np

from sim.behaviour.day import DAY
from sim.catalogue import BROUGHT, CONTENT_TYPES
from sim.engine.lanes import PlainLane
from sim.engine.loops import Here
from sim.engine.plain import plain
from sim.living import LOAD, STORE
from sim.order_log import OrdersInMemory
from sim.pool import PoolModel
from sim.records import ROOM, TILE
from sim.scenario import Scenario, load

SEED = 7
COUNTED = (
    "pool", "active_7", "delivered", "reads", "clicks", "complaints", "departed", "orders", "discounts", "issued",
    "converted", "trust", "fatigue", "touched", "unsent", "declined", "capped", "surveyed", "chose", "visits",
    "benefits_issued", "benefits_used", "benefits_expired", "benefits_replaced", "benefits_voided", "benefits_lost", "gifts",
    "groups", "group_clicks", "live_reads", "live_clicks", "community_cost",
    "points_cost", "items_cost", "tier_discounts", "tier_ups",
    "referrals", "friends_joined", "shared_joined",
    "returned", "questions", "reply_hours", "answered", "service_complaints", "service_cost", "hit", "crisis_cost",
    "event_cost", "pre_orders",
)  # fmt: skip
MARKET = {
    "name": "lively", "currency": "USD", "margin": 0.5, "returns": 0.2,
    "rhythm": {"r": 0.8, "alpha": 20.0, "a": 0.8, "b": 2.5},
    "baskets": {"p": 6.25, "q": 3.74, "v": 15.44},
    "personas": {"price_sensitive": 0.35, "quality_seeker": 0.25, "sociable": 0.2, "busy": 0.2},
}  # fmt: skip
COUPON = {"kind": "percent", "off": 0.2, "every_days": 9, "valid_days": 6}
LARGE = {"kind": "threshold", "off": 5, "min_spend": 30, "to": "price_sensitive", "every_days": 11, "valid_days": 9}


TOUCHES: dict[str, Any] = {
    "benefits": {
        "tenth": {"kind": "percent", "off": 0.1},
        "large": {"kind": "threshold", "off": 6, "min_spend": 30, "budget": 20},
        "sample": {"kind": "trial", "worth": 1.0, "unit_cost": 2, "budget": 3},
        "present": {"kind": "gift", "worth": 0.6, "unit_cost": 1, "budget": 12, "valid_days": 20},
    },
    "welcome": [
        {"delay": 0, "content": "education", "benefit": "present", "survey": True},
        {"delay": 1, "content": "promotion", "consent": True, "aim": True, "benefit": "large"},
    ],
    "follow_up": [
        {"delay": 3, "every": 9, "times": 3, "content": "education", "aim": True, "benefit": "sample", "survey": True},
    ],
    "wake_up": [{"delay": 20, "content": "emotion", "executed": 0.6, "consent": True, "benefit": "tenth"}],
    "birthday": [{"delay": -1, "content": "ugc", "benefit": "present"}],
    "care": [{"delay": 1, "content": "education", "channel": "call"}],
    "touches": [{"anchor": "ordered", "delay": 8, "at_own_rhythm": True, "from_order": 2, "content": "live"}],
    "lines": [
        {"per_week": 1, "hour": 23, "channel": "mini_program", "content": "live", "benefit": "sample"},
        {"per_week": 3, "hour": 12, "channel": "mass", "content": {"education": 0.5, "ugc": 0.5}, "aim": True},
    ],
    "community": {
        "adviser": True, "moderated": False, "manager_per_month": 30,
        "programme": [{"kind": "live", "per_week": 7, "cost": 2}, {"kind": "check_in", "per_week": 3, "hour": 10}],
    },
    "membership": {"points": 0.02, "tiers": [
        {"spend": 30, "discount": 0.02},
        {"spend": 60, "discount": 0.04, "items": [{"kind": "gift", "worth": 1, "every_days": 9, "unit_cost": 1}]},
    ]},
    "referral": {"market": 5000, "reward": 3, "outward": "card", "per_share": 0.7},
    "events": {"sale": {
        "from_day": 90, "until_day": 98, "lines": [{"per_week": 7, "hour": 15}], "coupons": [{**COUPON, "every_days": 4}],
        "cost": 10, "pre_sale": {"days": 90, "lines": [{"per_week": 7, "content": "emotion", "benefit": "tenth"}]},
    }},
    "quiet_hours": {"from": 22, "to": 8}, "account": "friend", "tag_accuracy": 0.7, "tag_lag": 9,
    "service": {"bot": 0.4, "bot_skill": 0.5, "bot_per_month": 2, "staff": 0.2, "answers_per_week": 4},
    "crisis": {"day": 30, "hit": 0.5, "person": 2, "offer_cost": 0.3, "closed": 60},
}  # fmt: skip
TALKATIVE = {name: {"engage": 0.4} for name in CONTENT_TYPES}


def scenario() -> Scenario:
    """Founders from an export and fresh joiners, three coupons, one with a budget, more pushes than anybody bears, and
    touches, benefits, aim, surveys and consent on top."""
    return load(
        {
            "name": "plain", "days": 105, "market": MARKET, "members": 12, "founding": "from_export", "orders": "cdnow",
            "policy": {
                "push": {"per_week": 35, "hour": [9, 20], "cap_per_day": 5},
                "coupons": [{**COUPON, "budget": 40}, LARGE, {**COUPON, "off": 0.4, "to": "silent"}],
                "acquisition": [
                    {"channel": "advert", "per_day": 0.12, "first_order": {"mean_days": 9}},
                    {"channel": "card", "per_day": 0.05, "buyers": 1.0, "fit": 0.7},
                ],
                "segments": {"high_value": {"push": {"per_week": 2}}, "silent": {"push": {"per_week": 7}}},
                **TOUCHES,
            },
            "response": {"attention_on_rhythm": 0.3, "visit": 0.28, "refer": 0.0045, "ask": 0.7, "contents": TALKATIVE},
        }
    )  # fmt: skip


class Alone(PoolModel):
    """A pool whose members live one after the other, through the plain form of every stage."""

    def _live_week(self, days: int) -> None:
        world = plain(self.world)
        for block, members in enumerate(self.member_blocks()):
            self.open_week(block, members)
            rooms = [np.zeros(1, TILE) for _ in members]
            lanes = [PlainLane(plain(room[0]), plain(members[i : i + 1]), 0) for i, room in enumerate(rooms)]
            for i, room in enumerate(rooms):
                groups = self.brand.communities.of_account(block, int(members["account"][i]))
                LOAD(room[0], members[i : i + 1], self.world, groups)
            placed = np.zeros(1, ROOM)[0]
            for offset in range(days):
                day = self.day + offset
                today, purse = plain(self._tally[block, offset]), plain(self.purses[block])
                here = Here(day, world, today, purse, plain(placed), None)
                for i, lane in enumerate(lanes):
                    if members["joined"][i] <= day:
                        DAY.of_member(lane, here)
            self._week_orders[block].append(placed["rows"][: placed["ordered"]].copy())
            for i, room in enumerate(rooms):
                STORE(room[0], members[i : i + 1])


def left_behind(pool: type[PoolModel] = PoolModel, engine: Any = "compiled") -> dict[str, Any]:
    """Totals, orders, and the rest of life of everybody."""
    log = OrdersInMemory()
    run = pool(scenario(), seed=SEED, engine=engine, threads=1, orders=log).run(keep_members=True)
    orders, apart = log.array(), run.breakdowns
    assert apart is not None
    return {
        "apart": [*apart.weekly_by_segment.sum(axis=0).ravel(), *apart.weekly_by_cohort.sum(axis=0).ravel()],
        "flows": apart.flows.sum(axis=0).ravel().tolist(),
        "totals": {name: float(run.totals[name]) for name in COUNTED},
        "orders": [[int(o["key"]), float(o["time"]), int(o["amount"]), int(o["discount"])] for o in orders],
        "value": float(run.closing["value"].sum()),
        "rest": float(run.closing["rest"].sum()),
    }


def replayed() -> dict[str, Any]:
    """The evidence that a replay of the run's orders and departures gathers."""
    from sim.replay import ANSWERED, Events, replay

    log = OrdersInMemory()
    run = PoolModel(scenario(), seed=SEED, threads=1, orders=log).run(keep_members=True)
    assert run.members is not None
    members = run.members[(run.members["kept"] & BROUGHT) == 0]  # friends join on other days in the log below
    orders = log.array()
    orders = orders[np.isin(orders["key"], members["key"])]
    came_by = (members["visits"] > 0) & (members["last_seen"] != members["last_talk"])
    came_by &= members["last_seen"] != np.floor(members["last_order"])
    events = {
        "clicks": _happened(members[members["clicks"] > 0], "last_talk"),
        "visits": _happened(members[came_by], "last_seen"),
        "departures": _happened(members[members["left"] >= 0], "left"),
    }
    loud = members[members["complaints"] > 0]
    complained = _happened(loud, "joined")
    complained["day"] += 3
    told = _happened(members[(members["referred"] % 8 > 0) & (members["left"] < 0)], "joined")
    told["day"] += 30
    asked = np.zeros(len(orders), ANSWERED)
    asked["key"], asked["time"] = orders["key"], orders["time"]
    asked["hours"], asked["right"], asked["complains"] = 30.0 * (orders["amount"] % 2), orders["amount"] % 3, 1
    inside = members[members["joined"] <= 30]
    hits = _happened(inside[inside["key"] % 2 == 0], "joined")
    hits["day"] = 30
    log = Events(orders, complaints=complained, referrals=told, questions=asked[::2], hits=hits, **events)
    again = replay(scenario(), log, seed=SEED)
    return {str(name): float(again.evidence[name].sum()) for name in again.evidence.dtype.names if name != "spare"} | {
        "tau": float(again.members["tau"].sum())
    }


def _happened(members: np.ndarray, day: str) -> np.ndarray:
    """HAPPENED[n]: to these, on the day that a field of theirs holds."""
    from sim.replay import HAPPENED

    rows = np.zeros(len(members), HAPPENED)
    rows["key"], rows["day"] = members["key"], members[day]
    return rows


if __name__ == "__main__":
    warnings.simplefilter("error")
    with np.errstate(over="ignore"):  # a 64-bit hash multiplies modulo 2^64
        print(json.dumps({"tiles": left_behind(), "alone": left_behind(Alone), "replay": replayed()}))
