"""Whom the brand means: segments and audiences, by what it can see of a member."""

from sim.catalogue import PERSONAS, STAGES
from sim.engine.fields import record

EVERYBODY, STAGE, HIGH_VALUE, TAG = 0, 1, 2, 3

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
    return STAGE, STAGES.index(name), 0
