"""The state that several stages share: decay overnight, trust, and interactions that end a silence."""

from sim.catalogue import (
    CUSTOMER,
    ENGAGED,
    KEPT_7,
    KEPT_30,
    LEFT,
    NEVER,
    NEW,
    SILENT,
    SILENT_AFTER,
    TOUCH,
    WAKES_WITHIN,
)
from sim.engine.arithmetic import short
from sim.engine.compiling import compiled, inlined
from sim.engine.fields import Column, Count, Field
from sim.engine.loops import Here, stage_of
from sim.roles import Member

FIELDS = (
    Field("key", "u8", "what all her draws follow from", daily=False),
    Field("joined", "i2", "the day she joined", fixed=True),
    Field("left", "i2", "the day she left, or NEVER"),
    Field("last_seen", "i2", "last day with an interaction; the day of joining before the first"),
    Field("segment", "u1", "her row in this week's plan", fixed=True),
    Field("persona", "u1", "what she is", fixed=True),
    Field("tag", "u1", "the persona that the brand believes she has", daily=False),
    Field("channel", "u1", "0 founder, else 1 + acquisition channel", fixed=True),
    Field("group", "u1", "founder, organic joiner or other joiner", fixed=True),
    Field("prospect", "u1", "has not bought yet"),
    Field("kept", "u1", "bits: KEPT_*", daily=False),
    Field("trust", "f4", "R"),
    Field("interest", "f4", "S"),
    Field("fatigue", "f4", "F"),
    Field("tolerance", "f4", "in units of fatigue", fixed=True),
    Field("visits", "i4", "visits without a message so far", daily=False),
    Field("woken", "i2", "the day she woke from 90 days of silence, until she buys or 90 days pass", daily=False),
)
COLUMNS = (
    Column("amount", "f8", "to be summed"),
    Column("stage", "u1", "her lifecycle stage tonight"),
    Column("interacted", "u1", "whether she has ever interacted in the pool"),
)
COUNTS = (
    Count("episodes", "silences that reached 90 days or the wake-up touch after that, with 14 days to follow"),
    Count("woken", "silences of `episodes` that ended on that day or within 14 days"),
    Count("woken_after", "of `woken`: by days since that day", (WAKES_WITHIN + 1,)),
    Count("woken_followed", "woke, with 90 days to follow"),
)


@inlined
def age(member: Member, here: Here) -> None:
    """The night: trust, interest, fatigue and what was bought ahead fade by their half-lives."""
    response = here.world.response
    member.trust *= response.trust_decay
    member.interest *= response.interest_decay
    member.fatigue *= response.fatigue_decay
    member.pull *= response.pull_decay


NIGHT = stage_of("night", age)


@inlined
def lifecycle(member: Member, day: int) -> int:
    """The lifecycle stage from what a brand can observe; never from lambda, p, q or `lost`."""
    if member.left != NEVER:
        return LEFT
    if short(day - member.last_seen) >= SILENT_AFTER:
        return SILENT
    if short(day - member.joined) < 3:
        return NEW
    if member.prospect:
        return ENGAGED
    # CUSTOMER; with the first repeat order REPEAT, with the third LOYAL: sums, for nobody can guess these branches
    return CUSTOMER + (member.frequency >= 1) + (member.frequency >= 3)


@inlined
def move_trust(member: Member, step: float) -> None:
    """Gains move R by gain (1 - R), losses by -loss (1 + R): R stays within (-1, 1)."""
    trust = member.trust
    member.trust = trust + step * (1.0 - trust if step >= 0.0 else 1.0 + trust)


@inlined
def thresholds_met(member: Member) -> int:
    """How many thresholds of interactions she has met: clicks and visits share them."""
    return member.clicks + member.visits


@inlined
def follows_message(member: Member, day: int) -> bool:
    """True if a message was delivered today or on one of the two days before: what she does today follows it."""
    return member.last_sent != NEVER and day - member.last_sent <= TOUCH


@compiled
def interact(member: Member, here: Here) -> None:
    """An interaction that the brand sees: it ends a silence.

    One on the very day of a wake-up touch ends a silence that has reached that day, which the evening no longer sees.
    """
    day, end, today = here.day, here.world.days, here.today
    silence, wakes_from = day - member.last_seen, here.world.touches.wakes_from
    if silence >= wakes_from and member.last_seen + wakes_from + WAKES_WITHIN < end:
        if silence == wakes_from:
            today.episodes += 1.0
        if silence <= wakes_from + WAKES_WITHIN:
            today.woken += 1.0
            today.woken_after[silence - wakes_from] += 1.0
    if silence >= SILENT_AFTER and day + 90 < end:
        today.woken_followed += 1.0
        member.woken = day
    member.last_seen, member.interacted = day, 1
    tenure = day - member.joined
    if 1 <= tenure <= 7:
        member.kept |= KEPT_7
    elif 24 <= tenure <= 30:
        member.kept |= KEPT_30
