"""The day function fed with a log: the same lives, with events taken from what happened instead of from thresholds.

Replaying a pool whose orders, clicks, complaints and departures are known gives each member's operational times, loyalty
exponents and integrated hazards, and so the likelihood of every parameter (docs/model.md, section 8). What an export does
not show is set from outside: attention, persona and tolerance stand in the records as `begin` leaves them, and whether a
customer was lost after her last order is a path, replayed each way.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from models.errors import BadInput
from models.special import Floats
from models.summary import Summary
from sim.behaviour import live_one_day
from sim.compiling import compiled
from sim.members import BLOCK, CAME_AS_PROSPECT, MEMBER, NEVER
from sim.pool import PoolModel
from sim.scenario import Scenario

HAPPENED = np.dtype([("key", "u8"), ("day", "i8")])

EVIDENCE = np.dtype(
    [
        ("orders", "i8"),  # cursors: events of the log met so far
        ("clicks", "i8"),
        ("complaints", "i8"),
        ("unmatched", "i8"),  # clicks and complaints logged on a day that could not have them under this plan
        ("log_rates", "f8"),  # sum of log(m s) at the orders, a prospect's first left out
        ("click_log", "f8"),  # log-likelihood of the clicks given her attention
        ("leave_integral", "f8"),  # L: hazard of leaving at omega = 1, until she left or the end
        ("leave_hazard", "f8"),  # that hazard on the day on which she left
        ("complaint_integral", "f8"),  # the same of complaining
        ("complaint_log", "f8"),  # sum of the logs of that hazard at her complaints
    ],
    align=True,
)


class Events(NamedTuple):
    """What happened to the members of a pool, by their keys, in any order."""

    orders: np.ndarray  # ORDER[n], as a run writes them: time in days since the start
    clicks: np.ndarray = np.empty(0, HAPPENED)  # several on a day are those of the day's first messages
    complaints: np.ndarray = np.empty(0, HAPPENED)
    departures: np.ndarray = np.empty(0, HAPPENED)


class Log(NamedTuple):
    """One member's events, and where the day function gathers the evidence."""

    order_times: np.ndarray  # float64[k]
    discounted: np.ndarray  # uint8[k]
    click_days: np.ndarray  # int64[c]
    complaint_days: np.ndarray
    left: int  # the day she left, or NEVER
    evidence: Any  # a record of EVIDENCE


class _Logs(NamedTuple):
    """The events of a block: those of slot i are rows starts[i] to stops[i]."""

    order_rows: np.ndarray  # int64[2, slots]: starts and stops
    order_times: np.ndarray
    discounted: np.ndarray
    paid: np.ndarray  # int64[n], minor units
    click_rows: np.ndarray
    click_days: np.ndarray
    complaint_rows: np.ndarray
    complaint_days: np.ndarray
    left: np.ndarray  # int64[slots]
    lost: np.ndarray  # bool[slots]: lost after the last order of the log


@compiled
def live_logged_days(
    members: np.ndarray,
    first_day: int,
    days: int,
    world: Any,
    tally: np.ndarray,
    purse: Any,
    logs: _Logs,
    evidence: np.ndarray,
) -> None:
    """Take one block through `days` days as logged; `tally` (TALLY[days]) and `evidence` (EVIDENCE[slots]) are added to.

    `purse` (a record of PURSE) is what the day function asks for; with a log it stays as it is.
    """
    for i in range(len(members)):
        member, found = members[i], evidence[i]
        first, last = logs.order_rows[0, i], logs.order_rows[1, i]
        log = Log(
            logs.order_times[first:last],
            logs.discounted[first:last],
            logs.click_days[logs.click_rows[0, i] : logs.click_rows[1, i]],
            logs.complaint_days[logs.complaint_rows[0, i] : logs.complaint_rows[1, i]],
            logs.left[i],
            found,
        )
        for day in range(max(first_day, member.joined), first_day + days):
            if day == member.joined:
                member.lost = lost_by_now(member, log, logs.lost[i])
            before = found.orders
            live_one_day(member, day, world, log, tally[day - first_day], purse)
            member.orders += found.orders - before
            member.spend += logs.paid[first + before : first + found.orders].sum()
            member.lost = lost_by_now(member, log, logs.lost[i])
            pass_by(log, day)


@compiled
def lost_by_now(member: Any, log: Log, lost: bool) -> bool:
    """On the path of the lost: once she has no order to come. A first order never ends the relation."""
    return lost and log.evidence.orders == len(log.order_times) and member.frequency > 0


@compiled
def pass_by(log: Log, day: int) -> None:
    """Events of the day that the plan had no room for are counted and left behind."""
    found = log.evidence
    while found.clicks < len(log.click_days) and log.click_days[found.clicks] <= day:
        found.clicks += 1
        found.unmatched += 1
    while found.complaints < len(log.complaint_days) and log.complaint_days[found.complaints] <= day:
        found.complaints += 1
        found.unmatched += 1


class Replayed(NamedTuple):
    """What a replay found, one row a member, in the order in which they joined."""

    members: np.ndarray  # MEMBER[n], as they are at the end
    evidence: np.ndarray  # EVIDENCE[n]
    first_order: Floats  # (n,) time of the order from which the clock runs; NaN for a prospect who never bought
    last_order: Floats  # (n,)
    days: int

    def summary(self) -> Summary:
        """x, tau_x, tau_T, G_x, G_{x-1} and log rates of those who have bought: `BGNBD.fit` takes it."""
        bought = self.members["prospect"] == 0
        members, evidence = self.members[bought], self.evidence[bought]
        start = self.first_order[bought]
        return Summary(
            frequency=members["frequency"],
            recency=np.maximum(self.last_order[bought] - start, 0.0),
            T=self.days - start,
            customer=members["key"],
            tau_x=members["tau_last"],
            tau_T=members["tau"],
            G_x=members["exponents"],
            G_before=np.maximum(members["exponents"] - members["last_exponent"], 0.0),
            log_rates=evidence["log_rates"],
        )

    def leaving_log_likelihood(self, frailty_shape: float) -> float:
        """Log-likelihood of leaving and complaining, which share the frailty omega ~ Gamma(k, k).

        With n complaints at hazards c_1..c_n, C and L the two integrals at omega = 1 and h the hazard of leaving on the
        last day: prod c_j Gamma(k+n)/Gamma(k) k^k (k+L+C)^-(k+n) for who stayed, and the same at L - h less that at L for
        who left on that day. Without complaints it is S = (1 + L/k)^-k (docs/model.md, section 8) and its fall in a day.
        """
        from scipy.special import gammaln

        k, found = frailty_shape, self.evidence
        shape = k + self.members["complaints"]
        past = k + found["complaint_integral"] + found["leave_integral"]
        stayed = -shape * np.log(past)
        with np.errstate(divide="ignore"):
            fall = np.log(np.expm1(-shape * np.log1p(-found["leave_hazard"] / past)))
        each = np.where(self.members["left"] == NEVER, stayed, stayed + fall)
        each += found["complaint_log"] + gammaln(shape) - gammaln(k) + k * np.log(k)
        return float(each.sum())


def replay(
    scenario: Scenario,
    events: Events,
    *,
    seed: int | None = None,
    begin: Callable[[np.ndarray], None] | None = None,
    lost: np.ndarray | None = None,
) -> Replayed:
    """Live the scenario's days with the events that happened; nothing is drawn but what members begin with.

    seed: who founds the pool and joins, by their keys. begin: called with the records (MEMBER[n]) of new members before
    their first day, to set what is latent (attention, persona, tolerance). lost: keys (uint64[n]) of customers to be taken
    as lost after their last order of the log; the others stay alive. Budgets count as never spent.

    Raises BadInput for events of a member who is not in the pool, or outside her days in it.
    """
    model = _Replay(scenario, events, seed, begin, lost)
    model.run()
    return model.replayed()


class _Replay(PoolModel):
    """The pool with a week that is lived as logged."""

    def __init__(
        self,
        scenario: Scenario,
        events: Events,
        seed: int | None,
        begin: Callable[[np.ndarray], None] | None,
        lost: np.ndarray | None,
    ) -> None:
        self._events = Events(*(_sorted(these) for these in events))
        self._begin = begin
        self._lost = np.zeros(0, np.uint64) if lost is None else np.asarray(lost, np.uint64)
        self._begun = 0
        self._logs: list[_Logs] = []
        self._evidence: list[np.ndarray] = []
        self._started: list[np.ndarray] = []  # float64[2, BLOCK]: time of the first and the last order before the log
        super().__init__(scenario, seed=seed, threads=1)

    def _live_week(self, days: int) -> None:
        self._take_in_new_members()
        for block, members in enumerate(self.member_blocks()):
            self.open_week(members)
            live_logged_days(
                members,
                self.day,
                days,
                self.world,
                self._tally[block],
                self.purses[block],
                self._logs[block],
                self._evidence[block],
            )

    def _take_in_new_members(self) -> None:
        """Give who is new her latent traits and her events."""
        for block, members in enumerate(self.member_blocks()):
            first = min(max(self._begun - block * BLOCK, 0), len(members))
            if block == len(self._logs):
                self._evidence.append(np.zeros(BLOCK, EVIDENCE))
                self._started.append(np.zeros((2, BLOCK)))
                self._logs.append(_logs_of(members, self._events, self._lost))
            if first == len(members):
                continue
            new = members[first:]
            if self._begin is not None:
                self._begin(new)
            start = new["joined"] - new["tau"]
            self._started[block][:, first : len(members)] = start, start + new["tau_last"]
            self._logs[block] = _logs_of(members, self._events, self._lost)
        self._begun = sum(len(members) for members in self.member_blocks())

    def replayed(self) -> Replayed:
        """Everything that was found, once all days are lived."""
        members = np.concatenate([*self.member_blocks(), np.zeros(0, MEMBER)])
        evidence = np.concatenate([*self._evidence, np.zeros(0, EVIDENCE)])[: len(members)]
        first, last = np.concatenate([*self._started, np.zeros((2, 0))], axis=1)[:, : len(members)]
        _check(members, evidence, self._events)
        orders = self._events.orders
        rows = _rows(orders, members)
        some = rows[1] > rows[0]
        last[some] = orders["time"][rows[1][some] - 1]
        prospect = (members["kept"] & CAME_AS_PROSPECT) != 0
        first[prospect] = np.nan
        first[prospect & some] = orders["time"][rows[0][prospect & some]]
        return Replayed(members, evidence, first, last, self.scenario.days)


def _sorted(these: np.ndarray) -> np.ndarray:
    """By member, then by time."""
    return np.sort(these, order=["key", "time" if "time" in (these.dtype.names or ()) else "day"])


def _rows(these: np.ndarray, members: np.ndarray) -> np.ndarray:
    """int64[2, members]: where each member's events start and stop."""
    return np.array([np.searchsorted(these["key"], members["key"], side) for side in ("left", "right")], np.int64)


def _logs_of(members: np.ndarray, events: Events, lost: np.ndarray) -> _Logs:
    orders, departures = events.orders, events.departures
    gone = _rows(departures, members)
    left = np.full(len(members), NEVER, np.int64)
    left[gone[1] > gone[0]] = departures["day"][gone[0][gone[1] > gone[0]]]
    return _Logs(
        order_rows=_rows(orders, members),
        order_times=np.ascontiguousarray(orders["time"]),
        discounted=(orders["discount"] > 0).astype(np.uint8),
        paid=np.ascontiguousarray(orders["amount"]),
        click_rows=_rows(events.clicks, members),
        click_days=np.ascontiguousarray(events.clicks["day"]),
        complaint_rows=_rows(events.complaints, members),
        complaint_days=np.ascontiguousarray(events.complaints["day"]),
        left=left,
        lost=np.isin(members["key"], lost),
    )


def _check(members: np.ndarray, evidence: np.ndarray, events: Events) -> None:
    """Raise BadInput unless every event belongs to a member and to her days."""
    for name, these in events._asdict().items():
        rows = _rows(these, members)
        strangers = len(these) - int((rows[1] - rows[0]).sum())
        if strangers:
            raise BadInput(
                "log: {strangers:,} of the {name} are of nobody in this pool; take the seed they were made with.",
                strangers=strangers,
                name=name,
            )
        day = these["time" if name == "orders" else "day"]
        some = rows[1] > rows[0]
        if (day[rows[0][some]] < members["joined"][some]).any():
            raise BadInput(
                "log: some of the {name} lie before their member joined; give days since the scenario's start.",
                name=name,
            )
    met = np.c_[evidence["orders"], members["left"] != NEVER].sum(axis=0)
    if met[0] < len(events.orders) or met[1] < len(events.departures):
        raise BadInput("log: some orders or departures lie after the scenario's last day; give it more days.")
