"""What a run leaves behind: the daily series, totals, what is read off the members at the end; and which code made it."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version as installed_version
from typing import TYPE_CHECKING, Any, Protocol

import mesa
import numpy as np

from sim.catalogue import LIFECYCLE
from sim.notebook import html_table
from sim.records import COUNTS
from sim.roles import Tally
from sim.scenario import Scenario
from sim.words import whole

if TYPE_CHECKING:
    import pandas as pd

    from sim.breakdowns import Breakdowns
    from sim.clusters import Sums

YEARLY_DISCOUNT = 0.1


class Pool(Protocol):
    """What the daily series is read from."""

    scenario: Scenario
    day: int
    today: Tally


def _total(name: str) -> Callable[[Pool], float]:
    return lambda model: float(model.today[name])


def _stage(k: int) -> Callable[[Pool], float]:
    return lambda model: float(model.today["stages"][k])


def _mean(name: str) -> Callable[[Pool], float | None]:
    return lambda model: float(model.today[name] / model.today["pool"]) if model.today["pool"] else None


def _tools(model: Pool) -> float:
    return model.scenario.costs.tools_per_day


# the order in which the daily series has always shown its counts; those of further policies follow
_FIRST = (
    "pool", "joined", "departed", "active_7", "active_30", "delivered", "reads", "clicks", "complaints",
    "converted", "blamed", "opted_out", "message_cost", "orders", "pool_orders", "sales", "discounts",
    "discounted_orders", "issued", "episodes", "woken", "woken_followed", "woken_bought",
)  # fmt: skip
_MEANS = ("trust", "fatigue")
_IN_THE_EVENING = ("pool", "active_7", "active_30", "groups")  # of each day; their sum over days says nothing
_FURTHER = tuple(c.name for c in COUNTS if c.daily and not c.shape and c.name not in (*_FIRST, *_MEANS))
_SUMMED = {*_FIRST, *_FURTHER} - {*_IN_THE_EVENING}

# the DataCollector's model reporters: one column a day
DAILY: dict[str, Callable[[Any], Any]] = {
    "day": lambda model: model.day - 1,
    **{name: _total(name) for name in (*_FIRST, *_FURTHER)},
    **{name: _stage(k) for k, name in enumerate(LIFECYCLE)},
    "contribution": lambda model: float(model.today["contribution"].sum()),
    "tools": _tools,
    "mood": lambda model: float(model.today["mood"] / model.today["groups"]) if model.today["groups"] else math.nan,
    **{name: _mean(name) for name in _MEANS},
}


def of_the_pool(record: Any, share: float) -> Any:
    """A record of float64 sums over those who are simulated, as sums over the whole pool; share: which part they are.

    This is where a pool asked with some lives gets its size; everything else that is told of a run follows from it.
    """
    return record if share == 1.0 else (np.array([record]).view("f8") / share).view(record.dtype)[0]


@dataclass(frozen=True)
class LeftOut:
    """What a run without one of its clusters still has, as parts of the whole run's."""

    members: float
    joiners: float  # those of channels


def summed(records: np.ndarray) -> Any:
    """The sum of records whose fields are all float64, added in their order: the same for any number of threads."""
    plain = np.ascontiguousarray(records).view("f8").reshape(len(records), records.dtype.itemsize // 8)
    return plain.sum(axis=0).view(records.dtype)[0]


class DailySeries(mesa.DataCollector):
    """Mesa's collector for reporters that return numbers, which need no deep copy: it took a fifth of a small pool's day."""

    def __init__(self) -> None:
        super().__init__(model_reporters=dict(DAILY))

    def collect(self, model: Pool) -> None:
        """Append each reporter's number of today."""
        for name, reporter in self.model_reporters.items():
            self.model_vars[name].append(reporter(model))


@dataclass(frozen=True, repr=False)
class Run:
    """One simulated run. It repeats to the bit from scenario, seed and version (same machine type and pins).

    Where a part of the pool was simulated (`scenario.lives`) every sum is that of the whole pool; `members` and `rest` are
    those who were simulated.
    """

    scenario: Scenario
    seed: int
    version: str
    daily: "pd.DataFrame"  # one row a day, columns of DAILY
    totals: Any  # a record of TALLY: sums over all days
    followed: Any  # a record of TALLY: sums over the days after which SOON days, that day included, are left
    closing: Any  # a record of CLOSING: read off the members at the end
    cohorts: (
        np.ndarray
    )  # float64[days, 2, MAX_COHORTS]: contribution and number in the pool of joiners by month of joining
    tools: np.ndarray  # float64[3]: cost of tools by group, shared among those in the pool, discounted to their joining
    seconds: float  # wall time of founding, living and collecting
    weekly: "pd.DataFrame"  # one row a week: its first day, the place of the policy in force, what plans noted
    alerts: "pd.DataFrame"  # one row an alert of the guard (sim/guarding.py's `Alert`); none where nobody watches
    members: np.ndarray | None = None  # MEMBER[n], if kept
    rest: np.ndarray | None = None  # float64[n], with them: what each one's life is still worth (sim/closing.py)
    clusters: "Sums | None" = None  # where a part of the pool was simulated: sums by cluster
    left_out: "LeftOut | None" = None  # of these: one that is not counted, so that its chance can be told
    breakdowns: "Breakdowns | None" = None  # by segment, cohort, channel, tier and community; of a run by PoolModel

    def __repr__(self) -> str:
        members = float(self.closing["members"])
        lives = "" if self.scenario.share == 1.0 else f" ({members * self.scenario.share:,.0f} lives)"
        return f"Run({self.scenario.name}: {members:,.0f} members{lives}, {len(self.daily):,} days, seed {self.seed})"

    def _repr_html_(self) -> str:
        """The table of what was counted over the run, in a notebook; measures are a `Simulation`'s."""
        happened = [c for c in COUNTS if c.name in _SUMMED and self.totals[c.name]]
        currency = self.scenario.market.currency
        rows = [(f"{c.doc}, {currency}" if c.money else c.doc, whole(float(self.totals[c.name]))) for c in happened]
        return html_table(repr(self), ("over the whole run", self.scenario.name), rows)

    @property
    def member_days(self) -> float:
        """Days that members were simulated for."""
        return float(self.closing["member_days"]) * self.scenario.share

    @property
    def member_days_per_second(self) -> float:
        """All members ever simulated times their days, left ones included, over `seconds`."""
        return self.member_days / max(self.seconds, 1e-9)


def version() -> str:
    """The installed version of siyu."""
    return installed_version("siyu")


# columns of the members' table
_SEEN = ("joined", "left", "last_seen", "frequency", "orders", "clicks", "visits", "complaints")
_LATENT = ("trust", "interest", "fatigue", "habit")
_LEVELS = 8  # places of a level of LIMITS within a member's `choice`


def members_frame(run: Run) -> "pd.DataFrame":
    """One row a member: what the brand could see, and what it could not (persona, lost, trust, ...).

    Days count from the first day of the run; `left` is missing for who is still in the pool. `cac` is what was paid to
    win her, `value` her contribution so far and `latent_rest` what the rest of her three years is worth, both before
    tools and discounted to the day of joining: sums of these give LTV. `messages_wanted` a week and the type that she
    `muted` are missing for who has not said so; `believed_taste` is missing where the brand knows nothing, `in_hand` (a
    benefit's name or a coupon's key, with its last day) where she has nothing that is still good after the run. `in_group`:
    whether she takes part in a community.
    `complaints` are all of hers, `service_complaints` those of them that were about an answer; `last_question` is missing
    where she has not asked.
    With a membership there are `tier` (0 the base) and `year_spend`, paid in the pool since her last anniversary.
    """
    import pandas as pd

    from sim.behaviour.referring import WAITS
    from sim.catalogue import CAME_AS_PROSPECT, KEPT_7, KEPT_30, MINOR_UNITS, NEVER, PERSONAS
    from sim.policies.in_force import InForce
    from sim.policies.referral import ways

    if run.members is None or run.rest is None:
        raise ValueError("this run did not keep its members; run with keep_members=True")
    members = run.members
    channels = np.array(["founder", *(c.channel for c in ways(run.scenario))], dtype=object)
    names = np.array(PERSONAS, dtype=object)
    frame = pd.DataFrame({"customer": members["key"].astype(str), "channel": channels[members["channel"]]})
    for name in _SEEN:
        frame[name] = members[name].astype("int64")
    frame["complaints"] += members["service_complaints"]
    frame["left"] = frame["left"].mask(frame["left"] == NEVER).astype("Int64")
    frame["prospect"] = (members["kept"] & CAME_AS_PROSPECT) != 0
    frame["kept_7"] = (members["kept"] & KEPT_7) != 0
    frame["kept_30"] = (members["kept"] & KEPT_30) != 0
    frame["spend"] = members["spend"] / MINOR_UNITS
    frame["friends"] = (members["referred"] % WAITS).astype("int64")
    frame["cac"] = _cost_of(run, members)
    frame["value"] = members["value"]
    frame["tag"] = names[members["tag"]]
    if any(policy.membership is not None for policy in InForce(run.scenario).policies):
        frame["tier"] = members["tier"].astype("int64")
        frame["year_spend"] = members["year_spend"] / MINOR_UNITS
    _add_beliefs_and_choices(frame, run, members)
    frame["latent_persona"] = names[members["persona"]]
    frame["latent_lost"] = members["lost"] != 0
    frame["latent_rest"] = run.rest
    for name in _LATENT:
        frame[f"latent_{name}"] = members[name].astype(float)
    return frame


def _add_beliefs_and_choices(frame: "pd.DataFrame", run: Run, members: np.ndarray) -> None:
    """What the brand believes of each member's taste, what she chose, what she has in hand, and what of this is latent."""
    from sim.catalogue import CONTENT_TYPES, LIMITS, NEVER, UNKNOWN
    from sim.policies.benefits import named, names_in

    good = (members["coupon"] != 0) & (members["coupon_until"] >= run.scenario.days)
    frame["last_click"] = _missing(members["last_talk"], members["last_talk"] == NEVER)
    frame["service_complaints"] = members["service_complaints"].astype("int64")
    frame["last_question"] = _missing(members["asked"], members["asked"] == NEVER)
    frame["last_complaint"] = _missing(members["complained"], members["complained"] == NEVER)
    frame["believed_taste"] = _missing(members["known"], members["known"] == UNKNOWN)
    frame["in_group"] = members["in_group"] != 0
    frame["messages_wanted"] = np.array([np.nan, *LIMITS[1:]])[members["choice"] % _LEVELS]
    frame["muted"] = np.array([None, *CONTENT_TYPES], dtype=object)[members["choice"] // _LEVELS]
    frame["in_hand"] = named(np.where(good, members["coupon"], 0), names_in(run.scenario))
    frame["in_hand_until"] = _missing(members["coupon_until"], ~good)
    frame["latent_in_hand_known"] = np.where(good, members["coupon_known"], np.nan).astype(float)
    frame["latent_taste"] = members["taste"].astype("int64")


def _missing(values: np.ndarray, where: np.ndarray) -> Any:
    """Whole numbers as a nullable column, missing where `where` (bool[n]) is True."""
    import pandas as pd

    return pd.arrays.IntegerArray(values.astype("int64"), where)


def _cost_of(run: Run, members: np.ndarray) -> np.ndarray:
    """What was paid to win each member on the day she joined, float64[n]; 0 for founders and who came by sharing."""
    from sim.catalogue import BROUGHT
    from sim.policies.acquisition import opened
    from sim.policies.referral import ways

    channels = ways(run.scenario)
    first = np.array([0.0, *(c.cost_per_joiner for c in channels)])[members["channel"]]
    growth = np.array([0.0, *(c.cac_growth for c in channels)])[members["channel"]]
    cost = np.asarray(first * (1.0 + growth) ** (members["joined"] / 365.0))
    rewards = np.where(members["channel"] > len(opened(run.scenario)), first, 0.0)
    return np.where((members["kept"] & BROUGHT) != 0, rewards, cost)
