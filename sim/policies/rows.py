"""Rows of a week's plan: of which segment each is, the same way for all policies that can be in force in a run."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

from sim.catalogue import MAX_SEGMENTS
from sim.policies.experiments import together

if TYPE_CHECKING:
    from sim.policies.policy import Policy


def segment_names(policies: "Iterable[Policy]") -> tuple[str, ...]:
    """The segments of all these policies; first who is of none: `others`, `everybody` where there are no segments."""
    told = dict.fromkeys(name for policy in policies for name in policy.segments)
    return ("others", *told) if told else ("everybody",)


def segments_of_rows(policy: "Policy", names: tuple[str, ...]) -> np.ndarray:
    """The place in `names` (`segment_names`) of each row of a week's plan, int64[MAX_SEGMENTS].

    The plan's own rows come first; arms are no segments of their own. Of the rows that the plan leaves over each stands for
    a segment that only other policies have, so that who has left stays of her last one. The rest are of `others`.
    """
    own = [0, *(names.index(name) for name in policy.segments)]
    planned = own * len(together(policy.experiments))
    elsewhere = [place for place in range(len(names)) if place not in own]
    rows = np.zeros(MAX_SEGMENTS, np.int64)
    known = (planned + elsewhere)[:MAX_SEGMENTS]
    rows[: len(known)] = known
    return rows


def moved_rows(before: np.ndarray, now: np.ndarray) -> np.ndarray:
    """The row of the same segment under another policy, int64[MAX_SEGMENTS] by a row of the one before.

    before, now: `segments_of_rows` of both. Row 0, of `others`, where the new one has no row for the segment; empty where
    all rows mean what they meant.
    """
    if (before == now).all():
        return np.zeros(0, np.int64)
    first = {segment: row for row, segment in reversed(list(enumerate(now.tolist())))}
    return np.array([first.get(segment, 0) for segment in before.tolist()], np.int64)
