"""Measures computed with pandas from orders.parquet, members.parquet and daily.parquet alone (docs/measures.md)."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import pytest

from docs.tables import BEYOND_FILES
from sim.catalogue import MINOR_UNITS
from sim.order_log import OrdersToParquet
from sim.outputs.written import write_simulation
from sim.policies.benefits import names_by_code
from sim.results.metrics import REGISTRY
from sim.results.simulation import simulate
from sim.scenario import load

from .everything import COSTS, POLICY, RESPONSE
from .test_metrics import SMALL

START = pd.Timestamp("2024-03-01")
WINDOW = 60  # of the repurchase rate
SINGLE = 1e-4  # days and messages read are kept in single precision, or on a grid, in the run
# long enough for silences that end, with some who leave and complain
SCENARIOS = {
    "busy": SMALL | {"days": 260, "repurchase_window": WINDOW, "start": "2024-03-01"},
    "quiet": SMALL
    | {
        "days": 260,
        "repurchase_window": WINDOW,
        "start": "2024-03-01",
        "policy": SMALL["policy"] | {"push": {"per_week": 1.5}},
        "response": {"leave_fatigue": 0.3, "complaint_share": 0.5, "click_rate": 0.02},
    },
    "everything": SMALL
    | {"days": 260, "repurchase_window": WINDOW, "start": "2024-03-01"}
    | {"members": 800, "policy": POLICY, "costs": COSTS, "response": RESPONSE},
}
OF_SERVICE = ("service_cost", "crisis_cost")
ONE_PLAN = ("busy", "quiet")  # in which all are sent the same


class Files(NamedTuple):
    """What lies in the folder of a run."""

    orders: pd.DataFrame
    members: pd.DataFrame
    daily: pd.DataFrame


@pytest.fixture(scope="module")
def plan(request) -> str:
    return request.param


@pytest.fixture(scope="module")
def lived(plan, tmp_path_factory) -> tuple[Files, dict[str, float | None]]:
    folder: Path = tmp_path_factory.mktemp("run")
    scenario = load(SCENARIOS[plan])
    names = names_by_code(scenario.policy)
    with OrdersToParquet(folder / "orders.parquet", scenario.start, MINOR_UNITS, names) as orders:
        done = simulate(scenario, orders=orders, keep_members=True)
    write_simulation(folder, done, {})
    return Files(*(pd.read_parquet(folder / f"{name}.parquet") for name in Files._fields)), done.measures


# --- columns that several measures ask for ---------------------------------------------------------------------------


def end_of(f: Files) -> int:
    return len(f.daily)


def tenure(f: Files) -> pd.Series:
    return end_of(f) - f.members["joined"]


def inside(f: Files) -> pd.Series:
    return f.members["left"].isna()


def silence(f: Files) -> pd.Series:
    return end_of(f) - 1 - f.members["last_seen"]


def joiners(f: Files) -> pd.Series:
    return f.members["channel"] != "founder"


def stayed(f: Files) -> pd.Series:
    """Days she was in the pool."""
    return (f.members["left"].fillna(end_of(f)) - f.members["joined"]).astype(int)


def active(f: Files) -> pd.Series:
    return inside(f) & (f.members["clicks"] + f.members["visits"] + f.members["orders"] > 0)


def times(f: Files) -> pd.Series:
    """Days since the start of each order."""
    return (f.orders["time"] - START) / pd.Timedelta(days=1)


def first_order(f: Files) -> pd.Series:
    """When each member's first order was, the one with which a founder or a buyer came included; NaN if there is none."""
    first = times(f).groupby(f.orders["customer"]).min()
    own = f.members["customer"].map(first)
    return f.members["joined"].where(~f.members["prospect"], own).astype(float)


def after_first(f: Files) -> pd.DataFrame:
    """Orders after the first, with the time of the one before."""
    frame = pd.DataFrame({"customer": f.orders["customer"], "time": times(f)}).sort_values(["customer", "time"])
    frame["before"] = frame.groupby("customer")["time"].shift()
    start = f.members.set_index("customer")
    founding = frame["customer"].map(start["joined"].where(~start["prospect"]).astype(float))
    frame["before"] = frame["before"].fillna(founding)
    return frame.dropna(subset="before")


def tools(f: Files) -> pd.Series:
    """Each member's part of the cost of tools, discounted to the day of joining, within three years."""
    days = np.arange(end_of(f))
    share = (f.daily["tools"] / f.daily["pool"]).to_numpy()
    found = []
    for joined, until in zip(f.members["joined"], f.members["left"].fillna(end_of(f)), strict=True):
        at = days[joined : int(until)]
        found.append((share[at] * 1.1 ** (-(at - joined) / 365)).sum())
    return pd.Series(found)


def lifetime(f: Files) -> pd.Series:
    return f.members["value"] + f.members["latent_rest"] - tools(f)


def total(f: Files, name: str) -> float:
    return float(f.daily[name].sum())


def kept(f: Files) -> pd.DataFrame:
    """The orders that did not come back."""
    return f.orders[~f.orders["returned"]]


def spent(f: Files) -> float:
    discounts = kept(f)["discount"].sum()
    operations = sum(total(f, name) for name in ("gifts", "message_cost", "community_cost", "tools", *OF_SERVICE))
    return float(discounts + operations + f.members["cac"].sum())


def paid(f: Files) -> pd.Series:
    """Who came through a channel that costs money, by nobody's word."""
    return (f.members["cac"] > 0) & (f.members["channel"] != "referral")


def contributed(f: Files) -> float:
    return total(f, "contribution") - total(f, "tools")


def a_month(f: Files, column: str) -> float:
    return total(f, column) / (total(f, "pool") / (365 / 12))


def of_due(f: Files, column: str) -> float:
    return total(f, column) / sum(total(f, name) for name in ("delivered", "unsent", "declined", "capped"))


def handed_out(f: Files, until: int | None = None) -> float:
    return float(f.daily[["issued", "benefits_issued"]].iloc[:until].to_numpy().sum())


def benefits_cost(f: Files) -> float:
    return float(kept(f)["discount"].sum() + total(f, "gifts"))


def followed_share(part: pd.Series, base: pd.Series) -> float:
    return float(part[base].mean())


def repurchase(f: Files) -> float:
    first = np.floor(first_order(f))
    later = after_first(f)
    second = f.members["customer"].map(later.groupby("customer")["time"].min())
    return followed_share(np.floor(second) - first <= WINDOW, end_of(f) - first > WINDOW)


def retained(f: Files, day: int) -> float:
    return followed_share((stayed(f) > day) & f.members[f"kept_{day}"], joiners(f) & (tenure(f) > day))


MEASURES: dict[str, Callable[[Files], float]] = {
    "ltv": lambda f: lifetime(f)[joiners(f)].mean(),
    "ltv_founders": lambda f: lifetime(f)[~joiners(f)].mean(),
    "ltv_member": lambda f: lifetime(f).mean(),
    "ltv_cac": lambda f: lifetime(f)[joiners(f)].sum() / f.members["cac"].sum(),
    "cac": lambda f: f.members["cac"].sum() / joiners(f).sum(),
    "paid_cac": lambda f: f.members["cac"][paid(f)].sum() / paid(f).sum(),
    "spend": spent,
    "contribution": contributed,
    "contribution_per_member": lambda f: contributed(f) / len(f.members),
    "profit": lambda f: contributed(f) - f.members["cac"].sum(),
    "profit_per_member": lambda f: (contributed(f) - f.members["cac"].sum()) / len(f.members),
    "sales": lambda f: kept(f)["amount"].sum(),
    "private_share": lambda f: kept(f)["amount"][kept(f)["in_pool"]].sum() / kept(f)["amount"].sum(),
    "average_basket": lambda f: kept(f)["amount"].mean(),
    "churn": lambda f: followed_share(~inside(f) | (silence(f) >= 90), tenure(f) >= 90),
    "left_share": lambda f: followed_share(~inside(f), tenure(f) >= 90),
    "silent_share": lambda f: followed_share(inside(f) & (silence(f) >= 90), tenure(f) >= 90),
    "lost_share": lambda f: followed_share(f.members["latent_lost"], tenure(f) >= 90),
    "d7_retention": lambda f: retained(f, 7),
    "d30_retention": lambda f: retained(f, 30),
    "active_7_days": lambda f: followed_share(active(f) & (silence(f) < 7), inside(f)),
    "active_30_days": lambda f: followed_share(active(f) & (silence(f) < 30), inside(f)),
    "dormancy": lambda f: followed_share(silence(f) >= 90, inside(f)),
    "wake_up_rate": lambda f: total(f, "woken") / total(f, "episodes"),
    "sleeping_dogs": lambda f: total(f, "dogs_woken") / total(f, "departed"),
    "woken_repurchase": lambda f: total(f, "woken_bought") / total(f, "woken_followed"),
    "orders": lambda f: len(f.orders),
    "orders_per_year": lambda f: len(f.orders) / (tenure(f).sum() / 365),
    "repurchase_rate": repurchase,
    "repurchase_interval": lambda f: (after_first(f)["time"] - after_first(f)["before"]).mean(),
    "first_order_conversion": lambda f: followed_share(
        np.floor(first_order(f)) - f.members["joined"] < 30, f.members["prospect"] & (tenure(f) >= 30)
    ),
    "read_rate": lambda f: total(f, "reads") / total(f, "delivered"),
    "click_rate": lambda f: total(f, "clicks") / total(f, "delivered"),
    "complaint_rate": lambda f: total(f, "blamed") / total(f, "delivered"),
    "opt_out_rate": lambda f: total(f, "opted_out") / total(f, "delivered"),
    "conversion_per_push": lambda f: total(f, "converted") / total(f, "delivered"),
    "messages_per_month": lambda f: a_month(f, "delivered"),
    "touches_per_month": lambda f: a_month(f, "touched"),
    "visits_per_month": lambda f: a_month(f, "visits"),
    "not_sent": lambda f: of_due(f, "unsent"),
    "declined": lambda f: of_due(f, "declined"),
    "capped": lambda f: of_due(f, "capped"),
    "chose_limit": lambda f: followed_share(f.members["messages_wanted"].notna(), inside(f)),
    "tags_right": lambda f: followed_share(
        (f.members["believed_taste"] == f.members["latent_taste"]).fillna(False), inside(f)
    ),
    "coupon_redemption": lambda f: (f.orders["discount"] > 0).sum() / (handed_out(f) - total(f, "novelties")),
    "benefit_use": lambda f: f.orders["used"].notna().sum() / handed_out(f),
    "benefit_use_7_days": lambda f: total(f, "benefits_soon") / handed_out(f, end_of(f) - 6),
    "benefit_cost_per_order": lambda f: benefits_cost(f) / len(f.orders),
    "benefit_cost_per_member": lambda f: benefits_cost(f) / len(f.members),
    "talkers_7_days": lambda f: followed_share(
        (end_of(f) - 1 - f.members["last_click"] < 7).fillna(False), inside(f) & f.members["in_group"]
    ),
    "group_interactions_per_day": lambda f: total(f, "group_clicks") / total(f, "groups"),
    "group_loss_7_days": lambda f: followed_share(stayed(f) <= 7, joiners(f) & f.members["in_group"] & (tenure(f) > 7)),
    "live_completion": lambda f: total(f, "live_clicks") / total(f, "live_reads"),
    "tier_rises": lambda f: a_month(f, "tier_ups"),
    "tier_falls": lambda f: a_month(f, "tier_downs"),
    "points_cost_per_member": lambda f: total(f, "points_cost") / len(f.members),
    "event_cost_per_member": lambda f: total(f, "event_cost") / len(f.members),
    "tier_discounts_per_member": lambda f: total(f, "tier_discounts") / len(f.members),
    "tier_items_cost_per_member": lambda f: total(f, "items_cost") / len(f.members),
    "self_propagation": lambda f: (total(f, "friends_joined") + total(f, "shared_joined")) / joiners(f).sum(),
    "questions_per_month": lambda f: a_month(f, "questions"),
    "reply_hours": lambda f: total(f, "reply_hours") / total(f, "questions"),
    "answered_well": lambda f: total(f, "answered") / total(f, "questions"),
    "service_complaint_rate": lambda f: f.members["service_complaints"].sum() / total(f, "questions"),
    "service_cost_per_member": lambda f: total(f, "service_cost") / len(f.members),
    "returns_rate": lambda f: f.orders["returned"].mean(),
    "members": lambda f: len(f.members),
    "joiners": lambda f: joiners(f).sum(),
}


OF_TIERS = (
    "tier_rises", "tier_falls", "points_cost_per_member", "tier_discounts_per_member", "tier_items_cost_per_member",
)  # fmt: skip
OF_ANSWERS = (
    "questions_per_month", "reply_hours", "answered_well", "service_complaint_rate", "service_cost_per_member",
)  # fmt: skip
OF_GROUPS = ("talkers_7_days", "group_interactions_per_day", "group_loss_7_days", "live_completion")


def test_these_and_those_that_need_more_are_all_measures():
    assert not set(MEASURES) & set(BEYOND_FILES)
    assert set(MEASURES) | set(BEYOND_FILES) == set(REGISTRY)


@pytest.mark.parametrize("plan", SCENARIOS, indirect=True)
@pytest.mark.parametrize("name", MEASURES)
def test_the_files_give_the_measure(lived, name):
    """Sums of money and of discounted value to rounding; days and reading probabilities to single precision."""
    files, told = lived
    rounding = SINGLE if name in ("repurchase_interval", "read_rate", "live_completion") else 1e-9
    if name in OF_GROUPS and not files.members["in_group"].any():
        assert told[name] is None
        return
    if name in OF_ANSWERS and not total(files, "questions"):
        assert told[name] is None
        return
    if name in OF_TIERS and ("tier" not in files.members or (name == "tier_falls" and len(files.daily) <= 365)):
        assert told[name] is None
        return
    assert told[name] is not None
    assert MEASURES[name](files) == pytest.approx(told[name], rel=rounding)


@pytest.mark.parametrize("plan", ["everything"], indirect=True)
def test_what_is_handed_out_adds_up_from_the_files(lived):
    """Handed out = used + expired + replaced + voided + lost + held, where some ran out and nobody looked at them since."""
    files, _ = lived
    ended = {name: total(files, f"benefits_{name}") for name in ("used", "expired", "replaced", "voided", "lost")}
    held = files.members["in_hand"].notna().sum()
    assert handed_out(files) == sum(ended.values()) + held
    assert min(*ended.values(), held) > 0
    assert files.daily["benefits_expired"].iloc[-1] > 300, "nobody looked at these"


@pytest.mark.parametrize("plan", ONE_PLAN, indirect=True)
def test_rates_per_message_follow_from_orders_members_and_days_with_messages(lived):
    """All are sent the same plan, so the days with messages are known, and with them the last one before an event."""
    files, told = lived
    sent = np.flatnonzero(files.daily["delivered"].to_numpy())
    delivered = total(files, "delivered")

    def last_message(day: pd.Series, joined: pd.Series) -> pd.Series:
        """The last day with a message up to `day`, on which she was a member; NaN beyond two days."""
        at = np.searchsorted(sent, day, side="right") - 1
        last = pd.Series(np.where(at >= 0, sent[np.maximum(at, 0)], -99), index=day.index)
        return last.where((day - last <= 2) & (last >= joined))

    orders = files.orders[files.orders["in_pool"]]
    joined = orders["customer"].map(files.members.set_index("customer")["joined"])
    day = np.floor(times(files)[orders.index]).astype(int)
    credited = pd.DataFrame({"customer": orders["customer"], "message": last_message(day, joined)}).dropna()
    assert told["conversion_per_push"] == pytest.approx(len(credited.drop_duplicates()) / delivered, rel=1e-12)
    gone = files.members[~inside(files)]
    followed = last_message(gone["left"].astype(int), gone["joined"]).notna()
    assert told["opt_out_rate"] == pytest.approx(followed.sum() / delivered, rel=1e-12)
    assert followed.sum() > 0 and len(credited) > len(credited.drop_duplicates())
