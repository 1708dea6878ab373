"""Touches that may come more often than their channel lets through: limits bind regular messages only, so `check` tells."""

from collections import defaultdict
from collections.abc import Iterator
from itertools import product

import numpy as np

from sim.catalogue import PERSONAS, STAGES
from sim.drafting.phrases import joined
from sim.policies.message import executed_share
from sim.policies.schedule import LIMITS
from sim.policies.touches import Touch
from sim.words import Language, say
from sim.words.named import CHANNELS

Keyed = list[tuple[str, Touch]]


def crowded(touches: Keyed, days: int, lang: Language) -> Iterator[str]:
    """A sentence for each date and channel whose touches (with their keys) can go beyond the channel's limit.

    Told is what one date brings about by itself, of one and the same member, in less than `days` days.
    """
    together: dict[tuple[str, str], Keyed] = defaultdict(list)
    for key, touch in touches:
        if touch.channel in LIMITS and executed_share(touch.channel, touch.executed):
            together[touch.counts_from, touch.channel].append((key, touch))
    for (_, channel), rows in together.items():
        most, period = LIMITS[channel]
        sent, keys = max((_fullest(some, period, days) for some in _reaching_one(rows, period)), key=lambda n: n[0])
        if sent > most:
            yield say(
                "{key}: {channel} no more than {most} in {days} days {most:reaches|reach} a member, but touches are "
                "not held to that: up to {sent} come in {days} days from {rows}; set them further apart, or use "
                "another channel"
                if period > 1
                else "{key}: {channel} no more than {most} a day {most:reaches|reach} a member, but touches are not "
                "held to that: up to {sent} come on one day from {rows}; set them on different days, or use another channel",
                lang,
                key=keys[-1],
                channel=say(CHANNELS[channel], lang),
                most=most,
                days=period,
                sent=sent,
                rows=joined(keys, lang),
            )


def _reaching_one(rows: Keyed, period: int) -> Iterator[Keyed]:
    """The rows that one and the same member may get, for each tag and stage; within several days the stage may change."""
    for tag, stage in product(PERSONAS, STAGES):
        others = (set(PERSONAS) - {tag}) | (set(STAGES) - {stage} if period == 1 else set())
        yield [(key, touch) for key, touch in rows if touch.to not in others]


def _fullest(rows: Keyed, period: int, days: int) -> tuple[int, list[str]]:
    """The most of `rows` that fall into `period` days one after the other, and their keys in file order."""
    due = [np.array(_days(touch, days), np.int64) for _, touch in rows]
    at = np.sort(np.concatenate([np.zeros(0, np.int64), *due]))
    if not len(at):
        return 0, []
    counts = np.searchsorted(at, at + period) - np.arange(len(at))
    first = at[counts.argmax()]
    keys = [key for (key, _), own in zip(rows, due, strict=True) if ((own >= first) & (own < first + period)).any()]
    return int(counts.max()), keys


def _days(touch: Touch, days: int) -> list[int]:
    """The days after its date on which it is due."""
    repeated = range(touch.times or 1)
    return [day for k in repeated if (day := touch.delay + k * (touch.every or 0)) < days]
