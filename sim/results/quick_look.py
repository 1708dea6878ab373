"""A quick look: a pool of another size than its scenario says; what all members share is scaled with the size.

Joiners a day, tools and budgets belong to a pool as large as written. On a tenth of the founding members a tenth of them
answers the same question with wider intervals; left as they are they ask another one.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sim.scenario import Scenario
from sim.words import Language, say

# Every key that counts people or money of the whole pool, with its word in a sentence; * stands for each item. A new key
# of this kind belongs here; a test asks it of every number that a scenario can hold.
SHARED = {
    "policy.acquisition.*.per_day": "joiners a day",
    "policy.acquisition.*.reached_per_day": "people reached a day",
    "policy.acquisition.*.budget_per_day": "budgets of acquisition",
    "policy.acquisition.*.budget_per_month": "budgets of acquisition",
    "policy.coupons.*.budget": "coupon budgets",
    "policy.segments.*.coupons.*.budget": "coupon budgets",
    "policy.experiments.*.coupons.*.budget": "coupon budgets",
    "policy.benefits.*.budget": "budgets of benefits",
    "policy.community.programme.*.cost": "sessions of the groups",
    "costs.tools_per_month": "tools",
    "policy.referral.market": "size of the market",
    "policy.service.staff": "staff of the service",
    "policy.service.bot_per_month": "cost of the bot",
    "policy.events.*.cost": "costs of events",
    "policy.events.*.coupons.*.budget": "coupon budgets",
    "policy.events.*.pre_sale.public_per_day": "pre-orders of the public",
}
SHARED |= {
    f"phases.*.{key}": word
    for key, word in SHARED.items()
    if key.startswith("policy.") and not key.startswith("policy.experiments.")  # which a phase does not change
}
TOTALS = (
    "orders",
    "sales",
    "contribution",
    "profit",
    "spend",
    "members",
    "joiners",
)  # measures that grow with the pool


@dataclass(frozen=True)
class QuickLook:
    """A pool's size beside the size written in its scenario, and what was scaled with it."""

    written: int  # founding members as the scenario says, of an export its customers
    members: int  # founding members that were run
    scaled: tuple[tuple[str, Any, Any], ...] = ()  # (dotted key, as written, as run)

    def sentence(self, lang: Language = "en") -> str:
        """What to know before reading the results, on one line."""
        sizes = {"members": f"{self.members:,}", "written": f"{self.written:,}"}
        if not self.scaled:
            return say(
                "{members} founding {members:member|members} in place of {written}; everything else as written.",
                lang,
                **sizes,
            )
        words = dict.fromkeys(say(_word(key), lang) for key, _, _ in self.scaled)
        return say(
            "A quick look: {members} founding {members:member|members} in place of {written}; scaled with them: {what} "
            "(--as-written keeps them).",
            lang,
            what=("、" if lang == "zh" else ", ").join(words),
            **sizes,
        )

    def plain(self) -> dict[str, Any]:
        """As JSON has it."""
        scaled = {key: {"written": before, "run": after} for key, before, after in self.scaled}
        return {"written": self.written, "members": self.members, "scaled": scaled}


def looked_at(
    scenario: Scenario, members: int | None, as_written: bool = False, lives: int | None = None
) -> tuple[Scenario, QuickLook | None]:
    """The scenario with `members` founding members and everything they share scaled, and a QuickLook; None if unchanged.

    `as_written` changes nothing but the number of founding members. Of an export with 0 members all its customers count;
    without founding members, before or after, there is nothing to scale by. `lives` replaces the scenario's and is held
    against `members` where both are given; of a pool no larger than the scenario's own lives all members are simulated.
    Raises BadInput.
    """
    if members is None or members == scenario.members:
        return scenario if lives is None else scenario.with_changes({"lives": lives}), None
    if lives is None and scenario.lives is not None and not 0 < members <= scenario.lives:
        lives = scenario.lives
    changed = scenario.with_changes({"members": members, "lives": lives})
    before, after = scenario.pool_members, changed.pool_members
    if as_written or not before or not after or before == after:
        return changed, QuickLook(before, after)
    scaled = tuple(_scaled(scenario, before, after))
    return changed.with_changes({key: value for key, _, value in scaled}), QuickLook(before, after, scaled)


def sentences(scenarios: Sequence[Scenario], looks: Sequence[QuickLook | None], lang: Language = "en") -> list[str]:
    """One sentence where all scenarios were scaled alike, otherwise one for each that was, by its name."""
    said = [look.sentence(lang) if look else "" for look in looks]
    if len(set(said)) <= 1:
        return [text for text in said[:1] if text]
    return [
        say("{name}: {what}", lang, name=scenario.name, what=text)
        for scenario, text in zip(scenarios, said, strict=True)
        if text
    ]


def _scaled(scenario: Scenario, before: int, after: int) -> Iterator[tuple[str, Any, Any]]:
    """(key, value as written, factor) of every shared quantity; those that are 0 or absent are left out."""
    values = scenario.plain()
    for pattern in SHARED:
        for key, value in _matching(values, pattern.split(".")):
            if value:
                yield key, value, value * after / before
    for name in TOTALS:
        target = scenario.targets.get(name)
        if target is not None and target.value:
            number = f"{target.value * after / before:.6f}".rstrip("0").rstrip(".")
            yield f"targets.{name}", target.text, f"{target.operator} {number}"


def _matching(values: Any, steps: list[str]) -> Iterator[tuple[str, float]]:
    """(dotted key, number) of every number in plain values whose key matches a pattern."""
    if not steps:
        yield "", values
        return
    step, *rest = steps
    if isinstance(values, list):
        inside = {str(number): item for number, item in enumerate(values)}
    else:
        inside = values if isinstance(values, dict) else {}
    for name in inside if step == "*" else [step]:
        if inside.get(name) is not None:
            for key, value in _matching(inside[name], rest):
                yield f"{name}.{key}" if key else name, value


def _word(key: str) -> str:
    steps = key.split(".")
    for pattern, word in SHARED.items():
        wanted = pattern.split(".")
        if len(wanted) == len(steps) and all(a in ("*", b) for a, b in zip(wanted, steps, strict=True)):
            return word
    return "targets of totals"
