"""The guard at the weekly review: which figures are beyond their lines, since when, and which act is in force.

An alert begins when a figure is beyond its line, and ends when it is a tenth on the good side of it again (or has said
nothing for 4 weeks: then nothing speaks for it). One act is in force at a time, and at least 4 weeks lie between the
beginnings of two. It ends with the last of the alerts that it answers, or gives way to the act of one that has had none.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.catalogue import WEEK
from sim.policies.acquisition import opened
from sim.policies.guard import ActName, Guard, Statistic
from sim.policies.in_force import InForce
from sim.watching import FOLLOWED, WEEKS, Figure, Seen, figures, follow

if TYPE_CHECKING:
    import pandas as pd

    from sim.scenario import Scenario

CLEAR = 0.1  # of its line: how far a figure has to be on the good side for its alert to end


@dataclass(eq=False)
class Alert:
    """One figure beyond its line; days are days of the run, values as the figure has them."""

    day: int  # of the review at which it began
    statistic: Statistic
    value: float
    line: float
    act: ActName | None = None  # what was done on it
    act_from: int | None = None  # the first day on which that was in force for it
    act_until: int | None = None  # the day before which that ended, the last time; None: in force at the end of the run
    until: int | None = None  # when it ended; None: it has not
    value_after: float | None = None  # 4 weeks after it began; None where it said nothing then, or the run was over


def is_beyond(figure: Figure) -> bool:
    """True if a figure is on the bad side of its line."""
    if figure.value is None or figure.line is None:
        return False
    return figure.value > figure.line if figure.at_most else figure.value < figure.line


def is_clear(figure: Figure) -> bool:
    """True if a figure is a tenth on the good side of its line."""
    if figure.value is None or figure.line is None:
        return False
    if figure.at_most:
        return figure.value <= (1.0 - CLEAR) * figure.line
    return figure.value >= (1.0 + CLEAR) * figure.line


class Watchman:
    """The alerts of a run, review by review, and the act in force."""

    def __init__(self) -> None:
        self.alerts: list[Alert] = []
        self.act: ActName | None = None  # in force
        self._answered: list[Alert] = []  # by it
        self._alarmed: dict[Statistic, Alert] = {}
        self._heard: dict[Statistic, int] = {}  # when the figure of an alert last said something
        self._last_act = -WEEKS

    def review(self, day: int, guard: Guard, now: Mapping[Statistic, Figure]) -> int:
        """Take in the figures at the review of `day`; returns how many alerts began."""
        for alert in self.alerts:
            if alert.day + WEEKS == day and alert.statistic in now:
                alert.value_after = now[alert.statistic].value
        self._end_alerts(day, now)
        begun = self._begin_alerts(day, now)
        self._choose(day, guard)
        return begun

    def stand_down(self, day: int) -> None:
        """Nobody watches from `day` on: alerts and the act end."""
        for statistic in list(self._alarmed):
            self._end(statistic, day)

    def _end_alerts(self, day: int, now: Mapping[Statistic, Figure]) -> None:
        for statistic in list(self._alarmed):
            figure = now.get(statistic)
            if figure is not None and figure.value is not None:
                self._heard[statistic] = day
            mute = figure is None or day - self._heard[statistic] >= WEEKS
            if mute or (figure is not None and is_clear(figure)):
                self._end(statistic, day)

    def _end(self, statistic: Statistic, day: int) -> None:
        alert = self._alarmed.pop(statistic)
        alert.until = day
        if alert in self._answered:
            alert.act_until = day
            self._answered.remove(alert)
            if not self._answered:
                self.act = None

    def _begin_alerts(self, day: int, now: Mapping[Statistic, Figure]) -> int:
        begun = 0
        for statistic, figure in now.items():
            if statistic not in self._alarmed and is_beyond(figure):
                assert figure.value is not None and figure.line is not None
                alert = Alert(day, statistic, figure.value, figure.line)
                self.alerts.append(alert)
                self._alarmed[statistic], self._heard[statistic] = alert, day
                begun += 1
        return begun

    def _choose(self, day: int, guard: Guard) -> None:
        """Which act is in force from now on, and which alerts it answers."""
        wanted = {
            alert.statistic: next((act.act for act in guard.acts if act.answers(alert.statistic)), None)
            for alert in self._alarmed.values()
        }
        if self.act is not None and all(act.act != self.act for act in guard.acts):  # of a guard that has been replaced
            self._end_act(day)
        if day - self._last_act >= WEEKS:
            waiting = [alert for alert in self._alarmed.values() if wanted[alert.statistic] not in (None, self.act)]
            fresh = [alert for alert in waiting if alert.act is None]
            if fresh or (waiting and self.act is None):
                self._end_act(day)
                self.act, self._last_act = wanted[(fresh or waiting)[0].statistic], day
        for alert in self._alarmed.values():
            if self.act is not None and wanted[alert.statistic] == self.act and alert not in self._answered:
                alert.act, alert.act_until = self.act, None
                alert.act_from = day if alert.act_from is None else alert.act_from
                self._answered.append(alert)

    def _end_act(self, day: int) -> None:
        for alert in self._answered:
            alert.act_until = day
        self._answered, self.act = [], None


class Guarding:
    """What a pool counts for its guard, and the guard's reviews; where nobody watches, nothing."""

    def __init__(self, scenario: "Scenario", in_force: InForce) -> None:
        self._in_force, self._share = in_force, scenario.share
        self._tools = scenario.costs.tools_per_day
        self.is_on = any(policy.guard is not None for policy in in_force.policies)
        self._advertising = _advertising(scenario) if self.is_on else np.zeros(0)
        self._earned: list[np.ndarray] = []
        self.woken: list[np.ndarray] = []  # of each day, float64[WAKES_WITHIN + 1]
        self._noted: dict[int, np.ndarray] = {}
        self.watchman = Watchman()
        self.sees_money = True  # False in a replay: a log of orders tells no contribution
        self.places: Sequence[int] | None = None  # by week, where it is known beforehand which policy is in force

    def note(self, block: int, members: np.ndarray, day: int) -> None:
        """Read a block that has lived its week, while it is in the cache; `day` is that of the review to come."""
        if self.is_on:
            self._noted[block] = _followed(members, day)

    def end_day(self, today: Any) -> None:
        """Take in what the pool has counted today, a record of TALLY."""
        if self.is_on:
            tools = self._tools / today["pool"] if today["pool"] else 0.0
            self._earned.append(today["cohort_contribution"] - tools * today["cohort_pool"])
            self.woken.append(today["woken_after"].copy())

    def review(self, day: int, daily: Mapping[str, Sequence[float]], blocks: list[np.ndarray]) -> int:
        """Hold the figures against their lines on the first day of a week; returns how many alerts began.

        daily: the pool's daily series so far. blocks: its members, MEMBER[n] each.
        """
        guard = self._in_force.policies[self._in_force.at(day)].guard
        if guard is None or not day:
            self._noted.clear()
            self.watchman.stand_down(day)
            return 0
        return self.watchman.review(day, guard, figures(self.seen(day, daily, blocks), guard))

    def seen(self, day: int, daily: Mapping[str, Sequence[float]], blocks: list[np.ndarray]) -> Seen:
        """What the brand has counted by the review of `day`; daily and blocks as in `review`."""
        noted, self._noted = self._noted, {}
        total = np.zeros(1, FOLLOWED)
        for block, members in enumerate(blocks):
            mine = noted[block] if block in noted else _followed(members, day)
            total.view("i8")[:] += mine.view("i8")
        return Seen(
            day,
            daily,
            earned=np.array(self._earned),
            paid=(self._advertising[:day] + np.array(daily["rewards"])) * self.sees_money,
            woken=np.array(self.woken),
            followed=total[0],
            share=self._share,
        )

    def place(self, day: int) -> int:
        """The place of the policy in force in the week that begins on `day`, the act in force considered."""
        if self.places is not None:
            return int(self.places[day // WEEK])
        phase, act = self._in_force.at(day), self.watchman.act
        return phase if act is None else self._in_force.alternatives.get((phase, (act,)), phase)


def _followed(members: np.ndarray, day: int) -> np.ndarray:
    """FOLLOWED[1] of some members (sim/watching.py's `follow`)."""
    total = np.zeros(1, FOLLOWED)
    follow(members, day, total[0])
    return total


def _advertising(scenario: "Scenario") -> np.ndarray:
    """float64[days]: what the channels cost on each day."""
    days, share = scenario.days, scenario.share
    spent = [way.cost(way.joiners(days, share) / share) for way in opened(scenario)]
    total: np.ndarray = np.sum([np.zeros(days), *spent], axis=0)
    return total


def alerts_frame(alerts: list[Alert]) -> "pd.DataFrame":
    """One row an alert, in the order in which they began, with the columns of `Alert`.

    Days count from the first day of the run; `act_from`, `act_until` and `until` are missing where there was no act, or
    where it or the alert had not ended with the run, `value_after` where the figure said nothing 4 weeks later.
    """
    import pandas as pd

    frame = pd.DataFrame([asdict(alert) for alert in alerts], columns=list(Alert.__dataclass_fields__))
    days = dict.fromkeys(("act_from", "act_until", "until"), "Int64")
    values = dict.fromkeys(("value", "line", "value_after"), "float64")
    return frame.astype({"day": "int64"} | days | values)


def plain_alerts(frame: "pd.DataFrame") -> list[dict[str, Any]]:
    """The rows of `alerts_frame` as mappings of numbers, text, and None for what is missing."""
    known = frame.astype(object).where(frame.notna(), None)
    return [{str(name): value for name, value in row.items()} for row in known.to_dict("records")]
