"""The second part of a report: who the members are, by segment, channel and tier, and what each policy is worth."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.results.views import Shown
from sim.scenario.measures import Kind
from sim.words import Language, number, say

if TYPE_CHECKING:
    import pandas as pd

    from sim.breakdowns import Breakdowns
    from sim.results.parts import Parts

Row = dict[str, Any]
Column = tuple[str, Kind, "Callable[[pd.DataFrame], pd.Series]"]  # its head, its kind of number, what it shows

CAPTIONS = {
    "funnel": "From reached to loyal: how many came how far, and in brackets the share of those one step before. Loyal: "
    "three repeat orders.",
    "activity": "Members in the pool who interacted (clicked, visited or ordered) in the last 7 and in the last 30 days, as "
    "a share of the pool.",
    "stage_flows": "Members by lifecycle stage at the end of each month, and the flows between them: a flow has the colour "
    "of the stage that it comes from.",
    "retention": "Of each cohort (founders, and joiners by month of joining; in brackets how many) the share still active, "
    "in per cent: in the pool with an interaction in the last 30 days.",
    "communities": "Communities by the share of their members who talked in the last week of the run; quiet groups are "
    "those with a mood below 0.1. Where lives stand for a pool, a group that is still filling counts by the share of its "
    "places that are taken.",
    "money": "Where the money goes over the whole run: from baskets before discounts to the contribution that is left, and "
    "to the profit after acquisition.",
}
_NAMED = {
    "others": "all others",
    "everybody": "all members",
    "founders": "founders",
    "referral": "friends",
    "base": "base tier",
    "high_value": "high value",
    "price_sensitive": "price sensitive",
    "quality_seeker": "quality seekers",
    "sociable": "sociable",
    "busy": "busy",
    "new": "new",
    "engaged": "engaged",
    "customer": "customer",
    "repeat": "repeat",
    "loyal": "loyal",
    "silent": "silent",
    "tier1": "tier 1",
    "tier2": "tier 2",
    "tier3": "tier 3",
    "tier4": "tier 4",
}


def called(name: str, lang: Language) -> str:
    """What a segment, a tier or a way in is called; a channel by its own name."""
    return say(_NAMED[name], lang) if name in _NAMED else name


def tables(result: Shown, lang: Language) -> list[Row]:
    """For each scenario what there is of: by segment, by channel, by tier. A title, heads, and rows of texts."""
    currency = result.scenarios[0].market.currency
    told = []
    for name in result.names:
        breakdowns = result.breakdowns(name)
        for title, frame, columns in _of_one(breakdowns, currency):
            heads = [say(title, lang), *(say(head, lang, currency=currency) for head, _, _ in columns)]
            cells = [[number(_known(v), kind, lang) for v in show(frame)] for _, kind, show in columns]
            rows = [[called(str(row), lang), *texts] for row, *texts in zip(frame.iloc[:, 0], *cells, strict=True)]
            told.append({"scenario": name, "heads": heads, "rows": rows})
    return told


def _of_one(breakdowns: "Breakdowns", currency: str) -> "list[tuple[str, pd.DataFrame, Sequence[Column]]]":
    """The tables of one scenario that tell more than its totals: their first column's head, the frame, the columns."""
    told: list[tuple[str, pd.DataFrame, Sequence[Column]]] = []
    if len(breakdowns.names.segments) > 1:
        told.append(("by segment", _over_the_run(breakdowns), _SEGMENT))
    if len(breakdowns.names.channels) > 1:
        told.append(("by channel", breakdowns.by_channel(), _CHANNEL))
    if len(breakdowns.names.tiers) > 1:
        told.append(("by tier", breakdowns.by_tier(), _TIER))
    return told


def _over_the_run(breakdowns: "Breakdowns") -> "pd.DataFrame":
    """By segment: sums over the whole run, and who is in the pool and active at its end."""
    weekly = breakdowns.by_segment()
    sums = weekly.groupby("segment", sort=False).sum(numeric_only=True).reset_index()
    last = weekly[weekly["last_day"] == weekly["last_day"].max()].reset_index(drop=True)
    for name in ("pool", "active_7", "active_30"):
        sums[name] = last[name]
    return sums


def _column(name: str) -> "Callable[[pd.DataFrame], pd.Series]":
    return lambda frame: frame[name]


def _rate(above: str, below: str) -> "Callable[[pd.DataFrame], pd.Series]":
    return lambda frame: frame[above] / frame[below].where(frame[below] > 0)


_SEGMENT: tuple[Column, ...] = (
    ("in the pool at the end", "count", _column("pool")),
    ("active in 30 days", "share", _rate("active_30", "pool")),
    ("messages", "count", _column("delivered")),
    ("read rate", "share", _rate("reads", "delivered")),
    ("click rate", "share", _rate("clicks", "delivered")),
    ("orders", "count", _column("orders")),
    ("sales, {currency}", "money", _column("sales")),
    ("contribution before tools, {currency}", "money", _column("contribution")),
    ("left", "count", _column("departed")),
)
_WORTH: tuple[Column, ...] = (
    ("orders a member a year", "count", _column("orders_per_year")),
    ("repurchase rate", "share", _column("repurchase_rate")),
    ("LTV before tools and acquisition, {currency}", "money", _column("value")),
)
_CHANNEL: tuple[Column, ...] = (
    ("members ever", "count", _column("members")),
    ("D7 retention", "share", _column("d7_retention")),
    ("D30 retention", "share", _column("d30_retention")),
    ("still in after 90 days", "share", _column("stayed_90")),
    *_WORTH,
)
_TIER: tuple[Column, ...] = (("members ever", "count", _column("members")), *_WORTH)


def _known(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def worths(parts: "Sequence[Parts]", lang: Language) -> list[Row]:
    """For each strategy what its policies are worth: its name, the table, sentences on it."""
    told = []
    for each in parts:
        heads, rows = each.table(lang)
        told.append({"scenario": each.whole, "heads": heads, "rows": rows, "sentences": each.sentences(lang)})
    return told
