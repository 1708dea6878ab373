"""The regular messages of a segment over a whole run, known beforehand: how many each day, of which line and type, when.

Small integers only: a run may have 3,650 days of 40 messages in 12 segments. A week's records are made of them when the
week is planned (sim/policies/push.py).
"""

from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from sim.catalogue import MAX_MESSAGES, MONTH, WEEK
from sim.policies.lines import Regular, number_of
from sim.policies.quiet_hours import QuietHours, moved

# what a channel lets through: so many messages to a member in so many days (WeCom's mass sending, a day's post in Moments,
# an official account's four a month; more than one text message or call a day nobody allows)
LIMITS: dict[str, tuple[int, int]] = {
    "mass": (1, 1),
    "moments": (1, 1),
    "official": (4, MONTH),
    "sms": (1, 1),
    "call": (1, 1),
}
_GOLDEN = 0.618  # of a message, between one line and the next: so lines seldom fall on one day
_SAME_AT_MOST = 5  # repetitions of a type beyond which attention falls no further


class Fallen(NamedTuple):
    """What of the planned messages does not go out, or at another hour, on each day of the run.

    What a channel does not let through is put down to the channel, whatever the cap is.
    """

    due: np.ndarray  # int64[lines, days]: what is planned
    over_cap: (
        np.ndarray
    )  # int64[days]: of what channels let through, beyond cap_per_day; not of lines that no account sends
    beyond_limit: np.ndarray  # int64[lines, days]: beyond what their channel lets through
    moved: int  # by quiet hours, over whole weeks

    @property
    def weeks(self) -> float:
        """The weeks of the run, its last one perhaps a part of one."""
        return len(self.over_cap) / WEEK

    @property
    def capped(self) -> int:
        """What goes beyond cap_per_day over the run."""
        return int(self.over_cap.sum())

    @property
    def limited(self) -> np.ndarray:
        """int64[lines]: what goes beyond the channel's limit over the run."""
        return np.asarray(self.beyond_limit.sum(axis=1))

    @property
    def lost_a_week(self) -> float:
        """Messages a week that do not go out."""
        return (self.capped + int(self.limited.sum())) / self.weeks


class Schedule:
    """The regular messages of one segment, day after day, over whole weeks.

    sends: int64[days], messages a day. first: int64[days + 1], where a day's messages begin. line, content, hour,
    repetitions: uint8[messages], in the order in which they go out.

    No line alone has more a day than the cap. Where several lines together have (`crowded`), all are in here: what goes
    beyond the cap is kept from each member, and counted.

    apart: what is written in groups is read there by those who are in them, so that it repeats, and is repeated by, nothing
    that is sent elsewhere. start: the date of the first day, by which events come.
    """

    def __init__(
        self,
        lines: Sequence[Regular],
        cap: int,
        days: int,
        quiet: QuietHours | None = None,
        apart: bool = False,
        start: date = date.min,
    ) -> None:
        within_run, days = days, -(-days // WEEK) * WEEK
        due = np.stack([_due(line, j, start, days) for j, line in enumerate(lines)])
        alone = np.minimum(due, cap)  # by itself no line goes beyond the cap, so that its types stay evenly spread
        channels = [line.channel for line in lines]
        kept = within_limits(alone, channels)
        day, line, hour, content, moves = _in_order(lines, kept, quiet)
        slot = np.arange(len(day)) - np.searchsorted(day, day)
        goes_out = slot < MAX_MESSAGES
        self.crowded = bool((slot >= cap).any())
        in_groups = np.array([apart and line.channel == "group" for line in lines])[line]
        repeated = np.zeros(len(day), np.int64)
        for part in (np.flatnonzero(in_groups), np.flatnonzero(~in_groups)):
            place = np.arange(len(part)) - np.searchsorted(day[part], day[part])
            repeated[part] = repetitions(content[part], place < cap)
        self.sends = np.bincount(day[goes_out], minlength=days)
        self.first = np.r_[0, np.cumsum(self.sends)]
        self.line, self.hour = line[goes_out].astype(np.uint8), hour[goes_out].astype(np.uint8)
        self.content = content[goes_out].astype(np.uint8)
        self.repetitions = repeated[goes_out].astype(np.uint8)
        self._days = within_run
        due, kept = due[:, :within_run], kept[:, :within_run]
        let_through = within_limits(due, channels)
        sent = [line.executed > 0 for line in lines]
        over_cap = (let_through - kept)[sent].sum(axis=0) + np.maximum(kept[sent].sum(axis=0) - cap, 0)
        self.fallen = Fallen(due, over_cap, due - let_through, moves)

    def week(self, first_day: int) -> slice:
        """Where the messages of the week that begins on `first_day` lie."""
        return slice(int(self.first[first_day]), int(self.first[first_day + WEEK]))

    def sent_a_week(self, executed: Sequence[float], cap: int) -> float:
        """Messages a week that are expected to reach a member whose account sends line j with chance executed[j] each day.

        What an account does not send leaves room below the cap for what comes later the same day.
        """
        days = np.arange(len(self.sends))
        day = np.repeat(days, self.sends)
        chances = np.zeros((len(days), cap + 1))  # of so many messages, after the lines so far
        chances[:, 0] = 1.0
        for line, share in enumerate(executed):
            due = np.bincount(day[self.line == line], minlength=len(days))
            with_these = np.zeros_like(chances)
            np.add.at(with_these, (days[:, None], np.minimum(np.arange(cap + 1) + due[:, None], cap)), chances)
            chances = (1.0 - share) * chances + share * with_these
        return float((chances[: self._days] @ np.arange(cap + 1)).sum()) / self.fallen.weeks


def _due(line: Regular, place: int, start: date, days: int) -> np.ndarray:
    """int64[days]: messages of the line at a place of the list that are due on each day."""
    if line.occasion is not None:
        return line.occasion.due(line.per_week, start, days)
    return due_by_day(line.per_week, number_of(line, place), days)


def due_by_day(per_week: float, line: int, days: int) -> np.ndarray:
    """int64[days]: messages of the line-th line due on each day, next to its running total; lines are set apart."""
    apart = _GOLDEN * line % 1.0
    return np.diff(np.floor(np.arange(days + 1) * per_week / WEEK + apart + 1e-9).astype(np.int64))


def within_limits(due: np.ndarray, channels: Sequence[str]) -> np.ndarray:
    """int64[lines, days]: what of `due` the lines' channels let through; day after day, earlier lines first."""
    kept = due.copy()
    for channel in set(channels) & LIMITS.keys():
        most, period = LIMITS[channel]
        rows = [j for j, own in enumerate(channels) if own == channel]
        in_turn = due[rows].T.ravel()
        before = np.cumsum(in_turn) - in_turn
        period_of = np.arange(len(in_turn)) // (len(rows) * period)
        before -= before[np.searchsorted(period_of, period_of)]
        kept[rows] = np.clip(most - before, 0, in_turn).reshape(-1, len(rows)).T
    return kept


def _in_order(
    lines: Sequence[Regular], kept: np.ndarray, quiet: QuietHours | None
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, int]:
    """The messages of all lines (day, line, hour, content) by hour within a day, and how many quiet hours move.

    A line's own messages keep their order. int64[messages] each.
    """
    parts, moves = [], 0
    for j, line in enumerate(lines):
        n = int(kept[j].sum())
        in_turn = np.arange(n) % len(line.hours)
        hour = np.array([moved(h, quiet) for h in line.hours])[in_turn]
        moves += int((hour != np.array(line.hours)[in_turn]).sum())
        day = np.repeat(np.arange(kept.shape[1]), kept[j])
        parts.append(np.stack([day, np.full(n, j), hour, spread_evenly(line.shares, n)]))
    day, number, hour, content = np.concatenate(parts, axis=1)
    # the latest hour of the line so far that day: 24 a day keeps the running maximum within the day
    at = np.concatenate([np.maximum.accumulate(24 * part[0] + part[2]) for part in parts])
    order = np.argsort(at, kind="stable")
    return day[order], number[order], hour[order], content[order], moves


@lru_cache(maxsize=64)
def _spread(shares: tuple[float, ...], n: int) -> np.ndarray:
    if 1.0 in shares:
        order = np.full(n, shares.index(1.0), np.int64)
    else:
        order, types = np.empty(n, np.int64), range(len(shares))
        sent = [0.0] * len(shares)
        for i in range(n):
            behind = [round((shares[k] * (i + 1) - sent[k]) * 1e9) for k in types]
            order[i] = k = behind.index(max(behind))
            sent[k] += 1.0
    order.setflags(write=False)
    return order


def spread_evenly(shares: Sequence[float], n: int) -> np.ndarray:
    """Types of `n` messages in order, int64[n]: at every point each type is as near its share as whole messages allow."""
    return _spread(tuple(map(float, shares)), n)


def repetitions(contents: np.ndarray, within_cap: np.ndarray) -> np.ndarray:
    """How many messages of the same type went directly before each message, at most 5; int64[n].

    Counted are those within the cap a day (`within_cap`, bool[n], true for the first of each day): what goes beyond it
    comes only where one of them did not, so it makes nothing after it a repetition.
    """
    counted = contents[within_cap]
    n = np.arange(len(counted))
    changed = np.r_[True, counted[1:] != counted[:-1]][: len(counted)]
    row = n - np.maximum.accumulate(np.where(changed, n, 0))
    last = np.cumsum(within_cap) - 1  # the one that counts, itself or the last before it
    beyond = np.where(contents == counted[last], row[last] + 1, 0)
    return np.minimum(np.where(within_cap, row[last], beyond), _SAME_AT_MOST)
