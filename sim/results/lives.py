"""What to know of pools of which a part is simulated, in a sentence before the results."""

from collections.abc import Sequence

from sim.scenario import Scenario
from sim.words import Language, say


def from_lives(scenario: Scenario, lang: Language = "en") -> str:
    """`From 20,000 lives, ...`; empty where the whole pool is simulated. Reads an export that is taken whole."""
    if scenario.share == 1.0:
        return ""
    return say(
        "From {lives} {lives:life|lives}, for a pool of {members} founding {members:member|members}: totals and "
        "intervals are those of the whole pool.",
        lang,
        lives=f"{scenario.simulated:,}",
        members=f"{scenario.pool_members:,}",
    )


def sentences(scenarios: Sequence[Scenario], lang: Language = "en") -> list[str]:
    """One sentence where it is the same for all scenarios, otherwise one for each of which a part is simulated, by name."""
    said = [from_lives(scenario, lang) for scenario in scenarios]
    if len(set(said)) <= 1:
        return [text for text in said[:1] if text]
    return [
        say("{name}: {what}", lang, name=scenario.name, what=text)
        for scenario, text in zip(scenarios, said, strict=True)
        if text
    ]
