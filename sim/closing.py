"""The end of a run: what is read off the records, and what the rest of each member's life is worth (sim/rest_of_life.py)."""

import numpy as np

from sim import draws
from sim.behaviour.referring import waiting_of
from sim.catalogue import (
    CAME_AS_PROSPECT,
    FIRST_IN_TIME,
    FOUNDER,
    KEPT_7,
    KEPT_30,
    NEVER,
    SECOND_IN_TIME,
    SILENT_AFTER,
    UNKNOWN,
    WEEK,
)
from sim.draws import normal
from sim.engine.compiling import compiled
from sim.policies.membership import LEVELS
from sim.posterior import was_chosen
from sim.quadrature import Nodes
from sim.rest_of_life import Horizon, Path, rest_of_life
from sim.roles import Member, Totals, World

OPINION_NOISE = 0.3  # of an answer to "would you recommend us?"; and where who would begins

CLOSING = np.dtype(
    [
        *[
            (name, "f8")
            for name in (
                "members", "founders", "joiners", "member_days",
                "tenured", "tenured_left", "tenured_silent", "tenured_lost",
                "d7_base", "d7_kept", "d30_base", "d30_kept",
                "first_base", "first_in_time", "second_base", "second_in_time",
                "pool", "active_7", "active_30", "silent",
                "held", "tagged", "tagged_rightly", "chose",
                "grouped", "talked", "group_base", "group_lost",
                "groups", "moods", "moods_squared", "quiet_groups",  # groups at the end (sim/communities.py)
                "friends_waiting", "promoters", "detractors",
            )
        ],
        ("value", "f8", (3,)),  # realised contribution by group, each discounted to her day of joining
        ("rest", "f8", (3,)),  # the same for what is still to come
        ("tier_members", "f8", (LEVELS,)),  # in the pool, by tier
        ("tier_tenured", "f8", (LEVELS,)),  # of `tenured`, by tier at the end or on leaving; and who of these is gone
        ("tier_gone", "f8", (LEVELS,)),
        ("chosen", "f8"),  # members whom their channel chose among the shop's customers
        ("chosen_value", "f8"),  # realised contribution and rest of these
    ]
)  # fmt: skip


@compiled
def close(
    members: np.ndarray, world: World, horizon: Horizon, nodes: Nodes, path: Path, total: Totals, rests: np.ndarray
) -> None:
    """Add a block's members to `total` (one record of CLOSING).

    `path` (a record of PATH) is room to work in. `rests`: float64[members] takes the rest of each one's value; float64[0]
    if nobody wants it.
    """
    for i in range(len(members)):
        member = members[i]
        if member.joined >= horizon.day:
            continue
        count_at_end(member, horizon.day, world, total)
        total.value[member.group] += member.value
        rest = rest_of_life(member, world, horizon, nodes, path)
        total.rest[member.group] += rest
        if was_chosen(member, world):
            total.chosen += 1.0
            total.chosen_value += member.value + rest
        if len(rests):
            rests[i] = rest


@compiled
def count_at_end(member: Member, end: int, world: World, total: Totals) -> None:
    """Shares that need the end of the run: churn, retention, conversion, repurchase, activity."""
    follow_up = end - member.joined
    inside = member.left == NEVER
    silence = end - 1 - member.last_seen
    total.members += 1.0
    total.member_days += follow_up
    total.friends_waiting += waiting_of(member)
    if member.group == FOUNDER:
        total.founders += 1.0
    else:
        total.joiners += 1.0
        groups = world.community
        retained(member, follow_up, member.in_group != 0 and groups.on != 0 and member.joined >= groups.since, total)
    if follow_up >= 90:
        total.tenured += 1.0
        total.tenured_lost += member.lost
        if not inside:
            total.tenured_left += 1.0
        elif silence >= SILENT_AFTER:
            total.tenured_silent += 1.0
        total.tier_tenured[member.tier] += 1.0
        total.tier_gone[member.tier] += not inside or silence >= SILENT_AFTER
    if member.bought_at != NEVER and end - member.bought_at > world.repurchase_window:
        total.second_base += 1.0
        total.second_in_time += (member.kept & SECOND_IN_TIME) != 0
    if inside:
        active = member.clicks + member.visits + member.orders > 0
        total.pool += 1.0
        total.tier_members[member.tier] += 1.0
        total.active_7 += active and silence < 7
        total.active_30 += active and silence < 30
        total.silent += silence >= SILENT_AFTER
        total.tagged += member.known != UNKNOWN
        total.tagged_rightly += member.known == member.taste
        total.chose += member.choice != 0
        count_opinion(member, total)
        total.grouped += member.in_group * world.community.on
        talked = member.last_talk != NEVER and end - 1 - member.last_talk < WEEK
        total.talked += talked * member.in_group * world.community.on
    if member.coupon != 0:
        total.held += end <= member.coupon_until


@compiled
def count_opinion(member: Member, total: Totals) -> None:
    """What she would say in a survey, keyed: R + noise, noise ~ N(0, 0.3); above 0.3 she recommends the brand, below 0 she
    warns of it."""
    says = member.trust + OPINION_NOISE * normal(member.key, draws.NPS, 0)
    total.promoters += says > OPINION_NOISE
    total.detractors += says < 0.0


@compiled
def retained(member: Member, follow_up: int, grouped: bool, total: Totals) -> None:
    """D7 and D30 of a joiner: still in and interacted on days 1-7, 24-30; a prospect's first order within 30 days.

    grouped: whether she came into a group when she joined.
    """
    stayed = follow_up if member.left == NEVER else member.left - member.joined
    if follow_up > 7 and grouped:
        total.group_base += 1.0
        total.group_lost += stayed <= 7
    if follow_up > 7:
        total.d7_base += 1.0
        total.d7_kept += stayed > 7 and (member.kept & KEPT_7) != 0
    if follow_up > 30:
        total.d30_base += 1.0
        total.d30_kept += stayed > 30 and (member.kept & KEPT_30) != 0
    if follow_up >= 30 and (member.kept & CAME_AS_PROSPECT) != 0:
        total.first_base += 1.0
        total.first_in_time += (member.kept & FIRST_IN_TIME) != 0
