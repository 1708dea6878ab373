"""Visits (docs/model.md, section 3): who trusts comes by herself.

Like reading, a visit is latent: the state moves with its chance. The event, which the brand sees, ends a silence.
"""

import math
from typing import Any

from sim import draws
from sim.behaviour.breakdown import VISITS as ALL_VISITS
from sim.behaviour.breakdown import note
from sim.behaviour.reading import is_tempted
from sim.behaviour.state import interact, thresholds_met
from sim.catalogue import NEVER, TINY
from sim.draws import uniform
from sim.engine.arithmetic import ALL, NONE, higher, single
from sim.engine.compiling import compiled, inlined
from sim.engine.fields import Count
from sim.engine.loops import Here, stage_of
from sim.roles import Member

COUNTS = (Count("visits", "visits without a message"),)


@inlined
def any_visits(here: Here) -> bool:
    """True if members come by themselves at all."""
    return here.world.response.visit > 0.0


@inlined
def drop_in(member: Member, here: Here) -> None:
    """w = b_visit max(R, 0), the chance of a visit today, moves the state and adds to the hazard of an interaction."""
    chance = visit_chance(member, here)
    member.click_left /= ALL - chance
    stir(member, chance, here)


@inlined
def visit_chance(member: Member, here: Here) -> Any:
    """w: the chance of a visit today; a lost customer keeps a share of it, outside the pool there are none."""
    response = here.world.response
    if_lost = single(response.lost_attention)
    chance = single(response.visit) * higher(member.trust, NONE) * (if_lost if member.lost else ALL)
    return chance if member.left == NEVER else NONE


@inlined
def stir(member: Member, chance: float, here: Here) -> None:
    """R += click_trust w (1 - R), S += click_interest w."""
    response = here.world.response
    member.trust += single(response.click_trust) * chance * (ALL - member.trust)
    member.interest += single(response.click_interest) * chance


@compiled
def visit(member: Member, here: Here) -> None:
    """A visit is seen: it ends a silence, and the threshold of the next click or visit is drawn."""
    come_by(member, here)
    member.click_left = uniform(member.key, draws.CLICK, thresholds_met(member))


@compiled
def come_by(member: Member, here: Here) -> None:
    """What a visit does beside what its chance has done."""
    member.visits += 1
    here.today.visits += 1.0
    note(member, ALL_VISITS, 1.0, here)
    interact(member, here)


@inlined
def gather_visit(member: Member, here: Here) -> None:
    """Replay: the log-likelihood of visiting today, or of not, where the log sees visits at all."""
    chance = visit_chance(member, here)
    stir(member, chance, here)
    member.visited = 0
    if here.events.sees_visits == 0 or member.left != NEVER:
        return
    at = member.visits_met
    if at < member.visits_end and here.events.visit_days[at] == here.day:
        member.visits_met += 1
        member.visited = 1
        member.visit_log += math.log(max(float(chance), TINY))  # single precision knows no 1e-300
    else:
        member.visit_log += math.log(1.0 - chance)


@inlined
def visited_as_logged(member: Member, here: Here) -> bool:
    """True if the log has a visit of hers today."""
    return member.visited != 0


VISITS = stage_of("visits", drop_in, is_tempted, visit, on=any_visits).as_logged(
    gather_visit, visited_as_logged, come_by, on=any_visits
)
