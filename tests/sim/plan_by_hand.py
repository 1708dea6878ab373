"""The plan of messages as docs/model.md writes it, in plain Python: the rows of touches, and each day's messages."""

import math
from functools import lru_cache
from typing import Any, NamedTuple

from sim import draws
from sim.catalogue import CONTENT_TYPES
from sim.scenario import Scenario


class Told(NamedTuple):
    """One message as it is planned."""

    content: str
    channel: str
    aim: bool
    benefit: str | None
    executed: float
    line: int
    hour: int
    same: int = 0  # of the same type just before
    place: tuple[int, int] | None = None  # its number in the week, and how many there are; None: no limit counts it


def is_sent(seed: Any, day: int, told: Told) -> bool:
    """Everybody here belongs to account 0, which forgets a line for all or for nobody."""
    account = draws.child_key(seed, draws.EXECUTE, 0)
    return told.executed >= 1 or draws.uniform(account, draws.EXECUTE, 64 * day + told.line) < told.executed


def usual(channel: str, executed: float | None) -> float:
    return executed if executed is not None else 0.5 if channel == "mass" else 1.0


@lru_cache(maxsize=4)
def touches(scenario: Scenario) -> list[tuple[Any, Told, bool]]:
    """(row, message, exempt from the cap), in file order."""
    p = scenario.policy
    routines = (p.welcome, p.follow_up, p.wake_up, p.birthday, p.care, p.touches)
    rows = [(at, n, touch) for at, own in enumerate(routines) for n, touch in enumerate(own)]

    def told(at: int, n: int, t: Any) -> Told:
        line = (1 + 16 * at + n) * 2**18  # a number of its own, beyond 64 times any day
        return Told(t.content, t.channel, t.aim, t.benefit, usual(t.channel, t.executed), line, t.hour)

    return [(touch, told(at, n, touch), at == 0) for at, n, touch in rows]


@lru_cache(maxsize=4)
def calendar(scenario: Scenario) -> list[list[Told]]:
    """By day: the messages of all lines by hour; types in turn by their shares, hours in turn, sameness over all lines."""
    p, days = scenario.policy, -(-scenario.days // 7) * 7
    lines = [p.push.model_copy(update={"content": p.content}), *p.lines] if p.lines else [p.push]
    sent = [dict.fromkeys(CONTENT_TYPES, 0) for _ in lines]
    plan: list[list[Told]] = []
    for day in range(days):
        today: list[tuple[int, Told]] = []
        for j, line in enumerate(lines):
            mix = p.content if j == 0 or line.content is None else line.content
            apart = 0.618 * j % 1
            due = [math.floor(t * line.per_week / 7 + apart + 1e-9) for t in (day, day + 1)]
            latest = 0
            for _ in range(min(due[1] - due[0], p.push.cap_per_day)):
                total = sum(sent[j].values())
                content = max(CONTENT_TYPES, key=lambda k: round(mix.shares[k] * (total + 1) - sent[j][k], 9))
                sent[j][content] += 1
                hour, executed = line.hour[total % len(line.hour)], usual(line.channel, line.executed)
                latest = max(latest, hour)  # a line's own messages keep their order
                today.append((latest, Told(content, line.channel, line.aim, line.benefit, executed, j, hour)))
        plan.append(in_turn([told for _, told in sorted(today, key=lambda pair: pair[0])], plan, p.push.cap_per_day))
    for week in range(0, days, 7):
        n, at = sum(map(len, plan[week : week + 7])), 0
        for day in range(week, week + 7):
            for k, told in enumerate(plan[day]):
                plan[day][k] = told._replace(place=(week // 7 * n + at, n))
                at += 1
    return plan


def in_turn(today: list[Told], plan: list[list[Told]], cap: int) -> list[Told]:
    """The same messages, each knowing how many of its type went just before it, at most 5; of those within the cap."""
    last = next((day[:cap][-1] for day in reversed(plan) if day), None)
    for k, told in enumerate(today):
        again = last is not None and told.content == last.content
        today[k] = told._replace(same=min(last.same + 1, 5) if again else 0)
        last = today[k] if k < cap else last
    return today


def numbered(scenario: Scenario, told: Told, muted: str) -> tuple[int, int]:
    """The place of a message in its week, and how many there are, without those of a muted type."""
    number, n = told.place or (0, 1)
    week = number // n
    kinds = [one.content for day in calendar(scenario)[7 * week : 7 * week + 7] for one in day]
    before = sum(kind != muted for kind in kinds[: number - week * n])
    others = sum(kind != muted for kind in kinds)
    return week * others + before, others
