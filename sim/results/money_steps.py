"""Money in steps: from baskets to profit, and what a member's lifetime value is made of."""

import numpy as np

from sim.records import COSTS
from sim.results.outcomes import Outcomes
from sim.results.views import Shown
from sim.words import Language, number, say

# a cost that has no name here is called as its count is
_LABELS = {
    "baskets": "baskets before discounts",
    "product": "the product itself",
    "discounts": "discounts",
    "gifts": "gifts",
    "message_cost": "messages",
    "community_cost": "communities",
    "points_cost": "points",
    "items_cost": "what is new for tiers",
    "service_cost": "service",
    "crisis_cost": "offers after a crisis",
    "event_cost": "events",
    "tools": "tools",
    "contribution": "contribution",
    "advertising": "advertising",
    "rewards": "rewards",
    "profit": "profit",
    "orders": "margin of orders",
    "later": "after the run",
    "others": "all else",
}
_MOST_COSTS = 5  # that are told apart
_SMALL = 0.005  # of the largest step: what is smaller is added up


def money_steps(result: Shown, name: str) -> list[tuple[str, float]]:
    """From baskets before discounts to profit: what each step takes off; `contribution` and `profit` are what is left.

    The steps are the product, every cost of operations, tools, advertising and rewards. They add up: baskets less all steps
    are the profit.
    """

    def over_the_run(column: str) -> float:
        return float(np.mean([days.sum() for days in result.series(name, column)]))

    costs = {cost: over_the_run(cost) for cost in COSTS}
    tools, rewards = over_the_run("tools"), over_the_run("rewards")
    advertising = result.spent(name) - sum(costs.values()) - tools - rewards
    before_tools, baskets = over_the_run("contribution"), over_the_run("sales") + costs["discounts"]
    contribution = before_tools - tools
    taken = [(cost, -amount) for cost, amount in (*costs.items(), ("tools", tools)) if amount]
    won = [
        (cost, -amount) for cost, amount in (("advertising", advertising), ("rewards", rewards)) if abs(amount) > 1e-6
    ]
    return [
        ("baskets", baskets),
        ("product", before_tools + sum(costs.values()) - baskets),
        *taken,
        ("contribution", contribution),
        *won,
        ("profit", contribution - advertising - rewards),
    ]


def step_called(step: str, lang: Language) -> str:
    """What a step is called: a cost that has no name of its own here as its count is."""
    return say(_LABELS.get(step, step.replace("_", " ")), lang)


def value_made_of(result: Outcomes, name: str) -> dict[str, np.ndarray]:
    """What LTV a member is made of, money a member, by step, float64[replicates]; the steps add up to it.

    `orders`: what baskets leave after the goods, during the run; the costs of operations and `tools`, below 0; `later`: what
    is expected after the run, within three years of joining, less what discounting takes off. NaN where it is undefined.
    """
    members = np.array(result.values(name, "members"), float)

    def a_member(column: str) -> np.ndarray:
        over_the_run = np.array([days.sum() for days in result.series(name, column)])
        return np.asarray(over_the_run / members)

    taken = {cost: -a_member(cost) for cost in (*COSTS, "tools")}
    orders = a_member("contribution") - sum(taken[cost] for cost in COSTS)
    during_the_run = orders + sum(taken.values())
    later = np.array(result.values(name, "ltv_member"), float) - during_the_run
    return {"orders": orders, **taken, "later": later}


def value_steps(result: Outcomes, name: str, other: str | None = None) -> list[tuple[str, float]]:
    """What LTV a member is made of, the mean over replicates; with `other`, in what it differs from the other's.

    The costs that matter most one by one, the largest first, the others as one unless the sum reads the same without them;
    nothing where the value is undefined.
    """
    own, theirs = value_made_of(result, name), value_made_of(result, other) if other else {}
    means = {step: float(np.mean(values - theirs.get(step, 0.0))) for step, values in own.items()}
    largest = max(map(abs, means.values()))
    if not np.isfinite(largest) or largest == 0.0:
        return []
    costs = sorted((step for step in means if step not in ("orders", "later")), key=lambda step: -abs(means[step]))
    shown = [cost for cost in costs[:_MOST_COSTS] if abs(means[cost]) > _SMALL * largest]
    others = sum(means[cost] for cost in costs if cost not in shown)
    steps = [("orders", means["orders"]), *((cost, means[cost]) for cost in shown)]
    total = sum(means.values())
    if abs(others) > _SMALL * largest or number(total - others, "money") != number(total, "money"):
        steps.append(("others", others))
    return [*steps, ("later", means["later"])]
