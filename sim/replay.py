"""The day fed with a log: the same lives, with events taken from what happened instead of from thresholds.

Replaying a pool whose orders, clicks, complaints and departures are known gives each member's operational times, loyalty
exponents and integrated hazards, and so the likelihood of every parameter (docs/model.md, section 8). What an export does
not show is set from outside: attention, persona and tolerance stand in the records as `begin` leaves them, and whether a
customer was lost after her last order is a path, replayed each way.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from models.data.summary import Summary
from models.errors import BadInput
from models.families.bg_nbd.met import Met
from models.numerics.arrays import Floats
from sim.behaviour.buying import lost_by_now
from sim.behaviour.day import DAY
from sim.catalogue import BLOCK, CAME_AS_PROSPECT, MEETS, NEVER
from sim.engine.compiling import compiled, inlined
from sim.engine.fields import Column, record
from sim.engine.lanes import LANES, lane, putting_back, taking
from sim.engine.loops import Here, in_order, stage_of
from sim.engine.week import Groups, groups_of, joined_by
from sim.living import LOAD, STORE
from sim.policies.acquisition import opened
from sim.policies.budgets import UNLIMITED
from sim.pool import PoolModel
from sim.records import MEMBER, PURSE, tile_of
from sim.roles import Member, Purse, World
from sim.scenario import Scenario
from sim.selection import weight_of

HAPPENED = np.dtype([("key", "u8"), ("day", "i8")])
CLICKED = np.dtype([*HAPPENED.descr, ("nth", "i8")])  # nth: which of the messages that reached her that day, from 0
_UNTOLD = -1  # in place of nth
# a question after the order at `time`: hours until it was answered, whether right, and whether she complained about it
ANSWERED = np.dtype([("key", "u8"), ("time", "f8"), ("hours", "f8"), ("right", "u1"), ("complains", "u1")])

# A member's log as the day sees it, and the evidence that gathers. Cursors count from the block's first event.
EVIDENCE = record(
    [
        ("orders_met", "i8"),  # the next order of the log, and where hers end
        ("orders_end", "i8"),
        ("clicks_met", "i8"),
        ("clicks_end", "i8"),
        ("complaints_met", "i8"),
        ("complaints_end", "i8"),
        ("left_on", "i8"),  # the day she left, or NEVER
        ("lost_after", "i8"),  # 1 if she is lost after the last order of the log
        ("unmatched", "i8"),  # clicks, complaints and the like logged where this plan has no room for them
        ("log_rates", "f8"),  # sum of log(m s) at the orders, a prospect's first left out
        ("click_log", "f8"),  # log-likelihood of the clicks given her attention
        ("leave_integral", "f8"),  # L: hazard of leaving at omega = 1, until she left or the end
        ("leave_hazard", "f8"),  # that hazard on the day on which she left
        ("complaint_integral", "f8"),  # the same of complaining
        ("complaint_log", "f8"),  # sum of the logs of that hazard at her complaints
        ("visits_met", "i8"),
        ("visits_end", "i8"),
        ("visit_log", "f8"),  # log-likelihood of the visits, 0 where the log has none of anybody
        ("use_log", "f8"),  # log-likelihood of using what she had in hand, or not, with the orders that could
        ("referrals_met", "i8"),
        ("referrals_end", "i8"),
        ("refer_log", "f8"),  # log-likelihood of the friends whom she referred, and of the days without
        ("questions_met", "i8"),
        ("questions_end", "i8"),
        ("ask_log", "f8"),  # log-likelihood of asking after an order in the pool, or not
        ("hits_met", "i8"),  # the crisis that hit her, if it did
        ("hits_end", "i8"),
    ]
)
_COLUMNS = tuple(Column(name, EVIDENCE[name].str, "") for name in EVIDENCE.names or ())
_OF_TODAY = tuple(Column(name, "u1", "") for name in ("clicked", "visited", "complains", "leaves", "tells"))
LOGGED_TILE = tile_of(*_COLUMNS, *_OF_TODAY)


class Events(NamedTuple):
    """What happened to the members of a pool, by their keys, in any order."""

    orders: np.ndarray  # ORDER[n], as a run writes them: time in days since the start
    clicks: np.ndarray = np.empty(0, CLICKED)  # or HAPPENED[n], or nth -1: those of the day's first messages
    complaints: np.ndarray = np.empty(0, HAPPENED)
    departures: np.ndarray = np.empty(0, HAPPENED)
    visits: np.ndarray = np.empty(0, HAPPENED)  # none at all: a log that does not see them
    referrals: np.ndarray = np.empty(0, HAPPENED)  # of friends, by the key of who referred them
    questions: np.ndarray = np.empty(0, ANSWERED)
    hits: np.ndarray = np.empty(0, HAPPENED)  # by a crisis, on its day


class Logged(NamedTuple):
    """The events of all members, by member and time: what the cursors of EVIDENCE point into."""

    order_times: np.ndarray  # float64[n]
    used: np.ndarray  # uint8[n]: whether the log names a coupon or benefit
    paid: np.ndarray  # int64[n], minor units
    basket: np.ndarray  # int64[n], the same before a discount
    returned: np.ndarray  # uint8[n]: whether it came back
    click_days: np.ndarray  # int64[c]
    click_nths: np.ndarray  # int64[c]: which message of her day, -1 where the log does not tell
    complaint_days: np.ndarray
    visit_days: np.ndarray
    sees_visits: int
    referral_days: np.ndarray
    question_times: np.ndarray  # float64[q]
    reply_hours: np.ndarray
    answered_right: np.ndarray  # uint8[q]
    complained_of: np.ndarray
    hit_days: np.ndarray


@inlined
def catch_up(member: Member, here: Here) -> None:
    """The evening of a logged day: events that the plan had no room for are counted and left behind; is she lost by now?"""
    while member.clicks_met < member.clicks_end and here.events.click_days[member.clicks_met] <= here.day:
        member.clicks_met += 1
        member.unmatched += 1
    while member.visits_met < member.visits_end and here.events.visit_days[member.visits_met] <= here.day:
        member.visits_met += 1
        member.unmatched += 1
    while (
        member.complaints_met < member.complaints_end and here.events.complaint_days[member.complaints_met] <= here.day
    ):
        member.complaints_met += 1
        member.unmatched += 1
    while member.referrals_met < member.referrals_end and here.events.referral_days[member.referrals_met] <= here.day:
        member.referrals_met += 1
        member.unmatched += 1
    while (
        member.questions_met < member.questions_end and here.events.question_times[member.questions_met] < here.day + 1
    ):
        member.questions_met += 1
        member.unmatched += 1
    member.lost = lost_by_now(member)


_logged_day = in_order("logged_day", DAY.logged or DAY, stage_of("catch_up", catch_up)).of_tile
_take_log, _put_log_back = taking(EVIDENCE.names or ()), putting_back(EVIDENCE.names or ())


@compiled
def live_logged_days(
    members: np.ndarray, first_day: int, days: int, world: World, tally: np.ndarray, purse: Purse, events: Logged,
    evidence: np.ndarray, groups: Groups,
) -> None:  # fmt: skip
    """Take one block through `days` days as logged; `tally` (TALLY[days]) and `evidence` (EVIDENCE[members]) are added to.

    `purse` (a record of PURSE) is what the day asks for; with a log it stays as it is.
    """
    room = np.empty(1, LOGGED_TILE)  # indexed where it is used: a record alone would not keep it
    for first in range(0, len(members), LANES):
        part, logs = members[first : first + LANES], evidence[first : first + LANES]
        LOAD(room[0], part, world, groups_of(groups, first, len(part)))
        for i in range(len(part)):
            _take_log(lane(room[0], logs, i))
            member = lane(room[0], part, i)
            member.lost = lost_by_now(member)
        for day in range(first_day, first_day + days):
            here = Here(day, world, tally[day - first_day], purse, purse, events)
            _logged_day(room[0], part, joined_by(part, day), here)
        STORE(room[0], part)
        for i in range(len(part)):
            _put_log_back(lane(room[0], logs, i))


class Replayed(NamedTuple):
    """Members and their evidence, one row a member, in the order in which they joined."""

    members: np.ndarray  # MEMBER[n], as they are at the end
    evidence: np.ndarray  # EVIDENCE[n]
    first_order: Floats  # (n,) time of the order from which the clock runs; NaN for a prospect who never bought
    last_order: Floats  # (n,)
    scenario: Scenario

    @property
    def days(self) -> int:
        """How many days were lived."""
        return self.scenario.days

    def summary(self) -> Summary:
        """x, tau_x, tau_T, G_x, G_{x-1} and log rates of those who have bought: `BGNBD.fit` takes it."""
        return self._summary(self.members["prospect"] == 0)

    def met(self) -> list[tuple[Summary, Met | None]]:
        """`summary` by how members were met, as `fit_met` takes it: the newcomers, then those of each channel that chooses.

        Newcomers (None) are founders, who joined through other channels, and who came as prospects.
        """
        bought = self.members["prospect"] == 0
        came_as_customer = (self.members["kept"] & CAME_AS_PROSPECT) == 0
        chosen = {
            number: Met(weight_of(MEETS.index(way.channel.meets)), self.scenario.market.shop_age or 0.0)
            for number, way in enumerate(opened(self.scenario), 1)
            if way.channel.meets != "everyone"
        }
        through = np.where(came_as_customer, self.members["channel"], 0)
        newcomers = bought & ~np.isin(through, list(chosen))
        groups = [(newcomers, None), *((bought & (through == number), met) for number, met in chosen.items())]
        return [(self._summary(rows), met) for rows, met in groups if rows.any()]

    def _summary(self, rows: np.ndarray) -> Summary:
        members, evidence = self.members[rows], self.evidence[rows]
        start = self.first_order[rows]
        return Summary(
            frequency=members["frequency"],
            recency=np.maximum(self.last_order[rows] - start, 0.0),
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

        k, evidence = frailty_shape, self.evidence
        shape = k + self.members["complaints"]
        past = k + evidence["complaint_integral"] + evidence["leave_integral"]
        stayed = -shape * np.log(past)
        with np.errstate(divide="ignore"):
            fall = np.log(np.expm1(-shape * np.log1p(-evidence["leave_hazard"] / past)))
        each = np.where(self.members["left"] == NEVER, stayed, stayed + fall)
        each += evidence["complaint_log"] + gammaln(shape) - gammaln(k) + k * np.log(k)
        return float(each.sum())


def replay(
    scenario: Scenario,
    events: Events,
    *,
    seed: int | None = None,
    begin: Callable[[np.ndarray], None] | None = None,
    lost: np.ndarray | None = None,
    in_force: Sequence[int] | None = None,
) -> Replayed:
    """Live the scenario's days with the events that happened; nothing is drawn but what members begin with.

    seed: who founds the pool and joins, by their keys. begin: called with the records (MEMBER[n]) of new members before
    their first day, to set what is latent (attention, persona, tolerance). lost: keys (uint64[n]) of customers to be taken
    as lost after their last order of the log; the others stay alive. Budgets count as never spent. in_force: the place of
    the policy in force in each week (`Run.weekly`), for a guard that acts on money, of which a log of orders tells nothing;
    left out: what the scenario's guard does on what it sees in the log.

    Raises BadInput for events of a member who is not in the pool, or outside her days in it.
    """
    model = _Replay(scenario, events, seed, begin, lost)
    model.brand.guarding.places = in_force
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
        events = events._replace(clicks=_told(events.clicks))
        self._events = Events(*(_by_member_and_time(these) for these in events))
        self._logged = _logged(self._events)
        self._begin = begin
        self._lost = np.zeros(0, np.uint64) if lost is None else np.asarray(lost, np.uint64)
        self._begun = 0
        self._evidence: list[np.ndarray] = []
        self._started: list[np.ndarray] = []  # float64[2, BLOCK]: time of the first and the last order before the log
        super().__init__(scenario, seed=seed, threads=1)
        self.brand.guarding.sees_money = False

    def _live_week(self, days: int) -> None:
        self._take_in_new_members()
        for block, members in enumerate(self.member_blocks()):
            self.open_week(block, members)
            live_logged_days(
                members,
                self.day,
                days,
                self.world,
                self._tally[block],
                self._purse(),
                self._logged,
                self._evidence[block][: len(members)],
                self.brand.communities.of_block(block),
            )

    def _purse(self) -> np.void:
        """PURSE without a limit: what the log says was taken off or given away was paid for."""
        purse: np.void = np.zeros(1, PURSE)[0]
        purse["budget"] = UNLIMITED
        return purse

    def _take_in_new_members(self) -> None:
        """Set the latent traits and event cursors of new members."""
        for block, members in enumerate(self.member_blocks()):
            first = min(max(self._begun - block * BLOCK, 0), len(members))
            if block == len(self._evidence):
                self._evidence.append(np.zeros(BLOCK, EVIDENCE))
                self._started.append(np.zeros((2, BLOCK)))
            if first == len(members):
                continue
            new = members[first:]
            if self._begin is not None:
                self._begin(new)
            start = new["joined"] - new["tau"]
            self._started[block][:, first : len(members)] = start, start + new["tau_last"]
            self._evidence[block][first : len(members)] = _initial_evidence(new, self._events, self._lost)
        self._begun = sum(len(members) for members in self.member_blocks())

    def replayed(self) -> Replayed:
        """Members and evidence, once all days are lived."""
        members = np.concatenate([*self.member_blocks(), np.zeros(0, MEMBER)])
        evidence = np.concatenate([*self._evidence, np.zeros(0, EVIDENCE)])[: len(members)]
        first, last = np.concatenate([*self._started, np.zeros((2, 0))], axis=1)[:, : len(members)]
        _check(members, evidence, self._events)
        orders = self._events.orders
        rows = _event_ranges(orders, members)
        some = rows[1] > rows[0]
        last[some] = orders["time"][rows[1][some] - 1]
        prospect = (members["kept"] & CAME_AS_PROSPECT) != 0
        first[prospect] = np.nan
        first[prospect & some] = orders["time"][rows[0][prospect & some]]
        return Replayed(members, evidence, first, last, self.scenario)


def _told(clicks: np.ndarray) -> np.ndarray:
    """CLICKED[n]: clicks with nth, unknown where the log has none."""
    told = np.empty(len(clicks), CLICKED)
    told["nth"] = _UNTOLD
    for name in clicks.dtype.names or ():
        told[name] = clicks[name]
    return told


def _by_member_and_time(these: np.ndarray) -> np.ndarray:
    """By member, then by time."""
    return np.sort(
        these, order=["key", *(name for name in ("time", "day", "nth") if name in (these.dtype.names or ()))]
    )


def _event_ranges(these: np.ndarray, members: np.ndarray) -> np.ndarray:
    """int64[2, members]: where each member's events start and stop."""
    return np.array([np.searchsorted(these["key"], members["key"], side) for side in ("left", "right")], np.int64)


def _logged(events: Events) -> Logged:
    orders = events.orders
    return Logged(
        order_times=np.ascontiguousarray(orders["time"]),
        used=(orders["used"] > 0).astype(np.uint8),
        paid=np.ascontiguousarray(orders["amount"]),
        basket=orders["amount"] + orders["discount"],
        returned=(orders["returned"] > 0).astype(np.uint8),
        click_days=np.ascontiguousarray(events.clicks["day"]),
        click_nths=np.ascontiguousarray(events.clicks["nth"]),
        complaint_days=np.ascontiguousarray(events.complaints["day"]),
        visit_days=np.ascontiguousarray(events.visits["day"]),
        sees_visits=int(len(events.visits) > 0),
        referral_days=np.ascontiguousarray(events.referrals["day"]),
        question_times=np.ascontiguousarray(events.questions["time"]),
        reply_hours=np.ascontiguousarray(events.questions["hours"]),
        answered_right=np.ascontiguousarray(events.questions["right"]),
        complained_of=np.ascontiguousarray(events.questions["complains"]),
        hit_days=np.ascontiguousarray(events.hits["day"]),
    )


def _initial_evidence(members: np.ndarray, events: Events, lost: np.ndarray) -> np.ndarray:
    """EVIDENCE[members] before their first day: cursors at each one's first event."""
    evidence = np.zeros(len(members), EVIDENCE)
    for name in ("orders", "clicks", "complaints", "visits", "referrals", "questions", "hits"):
        evidence[f"{name}_met"], evidence[f"{name}_end"] = _event_ranges(getattr(events, name), members)
    gone = _event_ranges(events.departures, members)
    evidence["left_on"] = NEVER
    evidence["left_on"][gone[1] > gone[0]] = events.departures["day"][gone[0][gone[1] > gone[0]]]
    evidence["lost_after"] = np.isin(members["key"], lost)
    return evidence


def _check(members: np.ndarray, evidence: np.ndarray, events: Events) -> None:
    """Raise BadInput unless every event belongs to a member and to her days."""
    for name, these in events._asdict().items():
        rows = _event_ranges(these, members)
        strangers = len(these) - int((rows[1] - rows[0]).sum())
        if strangers:
            raise BadInput(
                "log: {strangers:,} of the {name} are of nobody in this pool; take the seed that they were simulated "
                "with.",
                strangers=strangers,
                name=name,
            )
        day = these["time" if name in ("orders", "questions") else "day"]
        some = rows[1] > rows[0]
        if (day[rows[0][some]] < members["joined"][some]).any():
            raise BadInput(
                "log: some of the {name} lie before their member joined; give days since the scenario's start.",
                name=name,
            )
    left = np.count_nonzero(members["left"] != NEVER)
    if (evidence["orders_met"] < evidence["orders_end"]).any() or left < len(events.departures):
        raise BadInput("log: some orders or departures lie after the scenario's last day; give it more days.")
