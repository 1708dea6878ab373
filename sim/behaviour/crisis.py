"""A crisis (docs/model.md, section 5): on its day trust falls in those whom it hits; closed, it heals a little."""

from sim import draws
from sim.behaviour.money import spend_on
from sim.behaviour.state import move_trust
from sim.catalogue import NEVER
from sim.draws import uniform
from sim.engine.compiling import compiled, inlined
from sim.engine.fields import Count
from sim.engine.loops import Here, stage_of
from sim.roles import Member

COUNTS = (
    Count("hit", "members whom a crisis hit"),
    Count("crisis_cost", "what those hit by a crisis were offered", money=True, cost=True),
)


@inlined
def is_on_its_way(here: Here) -> bool:
    """True on the day of the crisis and on that on which it is closed."""
    crisis = here.world.crisis
    return (crisis.on != 0) & ((here.day == crisis.day) | (here.day == crisis.closes))


@compiled
def is_hit(member: Member, here: Here) -> bool:
    """Keyed: True if it hits her, who was in the pool on its day and still is."""
    crisis = here.world.crisis
    if member.joined > crisis.day or member.left != NEVER:
        return False
    return uniform(member.key, draws.CRISIS, 0) < crisis.hit


@compiled
def feel_it(member: Member, here: Here) -> None:
    """R falls on its day, and rises when it is closed."""
    crisis = here.world.crisis
    if here.day == crisis.day:
        here.today.hit += 1.0
        here.today.crisis_cost += crisis.offer
        spend_on(member, crisis.offer, here, False)
        move_trust(member, -crisis.loss)
    if here.day == crisis.closes:
        move_trust(member, crisis.heal)


@inlined
def is_hit_as_logged(member: Member, here: Here) -> bool:
    """Replay: True if the log says that it hit her."""
    at = member.hits_met
    logged = at < member.hits_end and here.events.hit_days[at] == here.world.crisis.day
    return logged & (member.left == NEVER)


STAGE = stage_of("crisis", None, is_hit, feel_it, on=is_on_its_way, daily=False).as_logged(
    None, is_hit_as_logged, feel_it, on=is_on_its_way
)
