"""Groups of members beside public customers of the same market: what an operator would show, and what operations did.

Members of the same tenure are compared with people who bought when they joined and never came into a pool, by what both
paid. In the naive multiple is who joins, who stays, and who takes part; its effect compares the same members with the same
members left alone.
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.catalogue import MINOR_UNITS, NEVER
from sim.results.naive import public_customers
from sim.results.windows import Sights, Window, WindowAccount
from sim.scenario import Scenario

ACTIVE_TALKS = 12  # clicks, replies, check-ins in the window, from which on a member counts as an active talker


class Multiple(NamedTuple):
    """A group's mean sales over the public's, and over those of the same members left alone; None without anybody."""

    naive: float | None
    effect: float | None


def _members(a: WindowAccount) -> NDArray[np.bool_]:
    """Members who were there on the first morning and are in the pool at the end."""
    there = a.at_end[: len(a.at_start)]
    return np.asarray((there["left"] == NEVER) & (a.at_start["left"] == NEVER))


def _active_talkers(a: WindowAccount) -> NDArray[np.bool_]:
    """Of these, those who have talked at least 12 times in the window."""
    talks = a.at_end["clicks"][: len(a.at_start)] - a.at_start["clicks"]
    return np.asarray(_members(a) & (talks >= ACTIVE_TALKS))


GROUPS: Mapping[str, Callable[[WindowAccount], NDArray[np.bool_]]] = {
    "members": _members,
    "active_talkers": _active_talkers,
}
NAME = "sales_times_public"
LABEL = "sales a member, times a public customer"


def multiples(
    with_it: Sights, alone: Sights, scenario: Scenario, window: Window, groups: tuple[str, ...], seed: int
) -> dict[str, Multiple]:
    """What groups paid in a window, as multiples; `alone`: the same lives with no operations. By the groups' names.

    The window begins on a day on which a week begins (sim/results/windows.py).
    """
    own, others = with_it.account(window), alone.account(window)
    public = public_customers(scenario.model_copy(update={"days": window.days}), seed, 1)
    assert public.members is not None
    of_public = float(public.members["spend"].mean()) / MINOR_UNITS
    paid, paid_alone = _paid(own), _paid(others)
    told = {}
    for name in groups:
        chosen = GROUPS[name](own)
        keys = own.at_start["key"][chosen]
        same = np.isin(others.at_start["key"], keys)
        mine, theirs = (float(p.mean()) if len(p) else None for p in (paid[chosen], paid_alone[same]))
        told[name] = Multiple(_over(mine, of_public), _over(mine, theirs))
    return told


def _paid(a: WindowAccount) -> NDArray[np.float64]:
    """What each member of the first morning paid in the window, in the market's money."""
    spent: NDArray[np.float64] = (a.at_end["spend"][: len(a.at_start)] - a.at_start["spend"]) / MINOR_UNITS
    return spent


def _over(one: float | None, other: float | None) -> float | None:
    return None if one is None or not other else one / other
