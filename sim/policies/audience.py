"""Whom the brand means: segments and audiences, by what it can see of a member."""

from sim.catalogue import MAX_TIERS, PERSONAS, STAGES
from sim.engine.fields import record

EVERYBODY, STAGE, HIGH_VALUE, TAG, TIER = range(5)
TIERS = tuple(f"tier{k}" for k in range(1, MAX_TIERS + 1))

# a test by the brand: whom a segment or a coupon rule means
TARGET = record([("kind", "i8"), ("code", "i8"), ("segment", "i8")])


def target(name: str | None) -> tuple[int, int, int]:
    """The test (kind, code, segment bits) for a segment or audience by its name."""
    if name is None or name == "all":
        return EVERYBODY, 0, 0
    if name == "high_value":
        return HIGH_VALUE, 0, 0
    if name in PERSONAS:
        return TAG, PERSONAS.index(name), 0
    if name in TIERS:
        return TIER, 1 + TIERS.index(name), 0
    return STAGE, STAGES.index(name), 0
