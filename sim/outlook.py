"""What the rest of a member's life is valued with: her last 90 days, or what a sample that lived on says of such as she.

Of the sample (sim/onward.py) demand, trust, the hazard of leaving and costs in each part of the time to come are regressed
on what her record holds at the end of the run: least squares, weighted so that the sums over the sample that matter come out
right (orders to come for what goes with orders, members for what goes with them).
"""

import math
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from sim.catalogue import FOUNDER, NEVER, SILENT_AFTER, WINDOW
from sim.engine.compiling import compiled
from sim.engine.fields import record
from sim.roles import Member

UNTIL = (28, 140, 728)  # days from the end of the run: where the parts of the time to come end that are told apart
TRAITS = 19
DEMAND, TRUST, HABIT, LEAVING, GONE, COST, STAYING = range(7)  # what is foreseen
WHAT, PARTS = 7, len(UNTIL)
_PRIOR = 10.0  # members' worth of belief that a trait does not matter
_HEAVIEST = 10.0  # times the mean: what one member's orders may weigh
_LEAST_COST = 1e-9  # money a day: below nothing falls any more


class Watched(NamedTuple):
    """A sample of n members in each of k parts of the time after the run."""

    members: np.ndarray  # MEMBER[n], as they were at the end of the run
    demand: np.ndarray  # float64[n, k]: mean demand m, while in the pool and alive as a customer
    trust: np.ndarray  # float64[n, k]: their mean trust
    habit: np.ndarray  # float64[n, k]: their mean coupon habit
    exit: np.ndarray  # float64[n, k]: their mean hazard of leaving a day, at frailty 1, without its early part
    gone: np.ndarray  # float64[n, k]: the same hazard, whether alive as a customer or not
    cost: np.ndarray  # float64[n, k]: money a day, over all days
    present: np.ndarray  # float64[n, k]: share of the days in the pool
    money: np.ndarray  # float64[n, k]: weeks in the pool and alive as a customer, times what she would spend in public
    discounts: np.ndarray  # float64[personas]: share of baskets given away in the pool, by tag


# What is foreseen for members: linear in their traits, within what was seen, for each part of the time to come. With
# nothing foreseen, there is one part, and each one's last 90 days go on. A record, since compiled code counts the
# references to arrays of their own for every member.
OUTLOOK = record(
    [
        ("parts", "i8"),
        ("knows", "i8"),  # 0: nothing is foreseen
        ("until", "f8", (len(UNTIL),)),  # days from the end of the run; the last part goes on for ever
        ("weights", "f8", (TRAITS, WHAT * PARTS)),  # of quantity after quantity, in each its parts
        ("lowest", "f8", (WHAT * PARTS,)),  # within what was seen
        ("highest", "f8", (WHAT * PARTS,)),
        ("last_days", "f8"),  # that the last part was watched
        ("cost_fall", "f8"),  # force a day with which the cost of a day in the pool falls
    ]
)
Outlook: TypeAlias = Any  # a record of OUTLOOK


def as_before() -> Outlook:
    """Each one's last 90 days go on."""
    nothing = np.zeros(1, OUTLOOK)[0]
    nothing["parts"], nothing["until"] = 1, math.inf
    return nothing


def outlook(watched: Watched, day: int) -> Outlook:
    """What the sample says: `day` is the end of the run. If nobody of it is alive as a customer it says nothing."""
    if not watched.money[:, 0].any():
        return as_before()
    traits = np.zeros((len(watched.members), TRAITS))
    describe_all(watched.members, day, traits)
    buying = np.minimum(watched.money, _HEAVIEST * watched.money.mean(axis=0))
    leaving = buying * watched.members["frailty"][:, None]
    everybody = np.ones_like(buying)
    seen = (
        (watched.demand, buying),
        (watched.trust, buying),
        (watched.habit, buying),
        (watched.exit, leaving),
        (watched.gone, watched.present * watched.members["frailty"][:, None]),
        (watched.cost, everybody),
        (watched.present, everybody),
    )
    k = len(UNTIL)
    weights, lowest, highest = np.zeros((TRAITS, WHAT, k)), np.zeros((WHAT, k)), np.zeros((WHAT, k))
    for what, (values, counts) in enumerate(seen):
        for part in range(k):
            if not counts[:, part].any():  # nobody is left by then: as in the part before
                for table in (weights, lowest, highest):
                    table[..., what, part] = table[..., what, part - 1]
                continue
            counted = values[counts[:, part] > 0.0, part]
            weights[:, what, part] = regressed(traits, values[:, part], counts[:, part])
            lowest[what, part], highest[what, part] = counted.min(), counted.max()
    foreseen = np.zeros(1, OUTLOOK)[0]
    foreseen["parts"], foreseen["knows"], foreseen["until"] = k, 1, (*UNTIL[:-1], math.inf)
    foreseen["weights"] = weights.reshape(TRAITS, -1)
    foreseen["lowest"], foreseen["highest"] = lowest.ravel(), highest.ravel()
    foreseen["last_days"] = UNTIL[-1] - UNTIL[-2]
    foreseen["cost_fall"] = _fall(watched.cost.sum(axis=0) / np.maximum(watched.present.sum(axis=0), 1e-9))
    return foreseen


def regressed(traits: np.ndarray, values: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """float64[TRAITS]: weighted ridge regression; the first trait is 1 and not shrunk, so the weighted mean is exact."""
    weights = weights / weights.mean()
    centre = (weights[:, None] * traits).mean(axis=0)
    level = (weights * values).mean()
    apart = traits[:, 1:] - centre[1:]
    normal = apart.T @ (weights[:, None] * apart) + _PRIOR * np.diag(np.maximum(apart.var(axis=0), 1e-6))
    slopes = np.linalg.solve(normal, apart.T @ (weights * (values - level)))
    return np.array([level - slopes @ centre[1:], *slopes])


def _fall(means: np.ndarray) -> float:
    """The force a day with which a mean falls from the last part but one to the last."""
    starts, ends = np.array((0, *UNTIL[:-1])), np.array(UNTIL)
    before, after = means[-2:]
    if min(before, after) < _LEAST_COST:
        return 0.0
    middle = (starts + ends) / 2.0
    return max(0.0, math.log(before / after) / float(middle[-1] - middle[-2]))


@compiled
def describe_all(members: np.ndarray, day: int, traits: np.ndarray) -> None:
    """`describe` for each member, float64[n, TRAITS]."""
    for i in range(len(members)):
        describe(members[i], day, traits[i])


@compiled
def describe(member: Member, day: int, traits: np.ndarray) -> None:
    """What a member's record says at the end of the run, in numbers about 1."""
    tenure = day - member.joined
    founder = member.group == FOUNDER
    days = min(WINDOW, tenure)
    traits[0] = 1.0
    traits[1] = member.persona == 1
    traits[2] = member.persona == 2
    traits[3] = member.persona == 3
    traits[4] = founder
    traits[5] = member.prospect
    traits[6] = 0.0 if founder else math.exp(-tenure / 7.0)
    traits[7] = 0.0 if founder else math.exp(-tenure / 45.0)
    traits[8] = member.trust
    traits[9] = min(member.fatigue / member.tolerance, 5.0)
    traits[10] = member.habit
    traits[11] = member.attention / (1.0 + member.attention)
    traits[12] = math.log(member.tolerance)
    traits[13] = min(day - member.last_seen, 2 * SILENT_AFTER) / SILENT_AFTER
    traits[14] = (member.window_demand / days - 1.0) * days / WINDOW if member.left == NEVER else 0.0
    traits[15] = member.window_cost / WINDOW
    traits[16] = days / WINDOW
    traits[17] = min(10.0 / member.tolerance, 5.0)
    traits[18] = min(100.0 * member.window_exit / max(member.frailty, 1e-30) / WINDOW, 5.0)


@compiled
def foresee(outlook: Outlook, path: Any) -> None:
    """All quantities in all parts of the time to come, for a member with `path.traits`, into `path.foreseen`.

    Trait after trait, so that the quantities are added up side by side.
    """
    for j in range(WHAT * PARTS):
        path.foreseen[j] = 0.0
    for t in range(TRAITS):
        trait = path.traits[t]
        for j in range(WHAT * PARTS):
            path.foreseen[j] += outlook.weights[t, j] * trait
    for j in range(WHAT * PARTS):
        path.foreseen[j] = min(max(path.foreseen[j], outlook.lowest[j]), outlook.highest[j])
