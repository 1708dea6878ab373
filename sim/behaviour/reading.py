"""Attention (docs/model.md, section 3): a message that arrived is read with a probability, clicked or not.

Reading is latent: the state moves with its probability q, not with a draw.
"""

import math

import numpy as np

from sim import draws
from sim.behaviour.breakdown import CLICKS, note
from sim.behaviour.community import any_groups, count_talk
from sim.behaviour.state import interact, move_trust, thresholds_met
from sim.catalogue import TINY
from sim.draws import uniform
from sim.engine.arithmetic import ALL, expm1, on_grid, single
from sim.engine.compiling import compiled, inlined
from sim.engine.fields import Column, Count, Field
from sim.engine.loops import Here, stage_of
from sim.roles import Member, World

FIELDS = (
    Field("attention", "f4", "o_i", fixed=True),
    Field("click_left", "f4", "exp(-hazard still to pass before the next click or visit), grows to 1"),
    Field("clicks", "i4", "clicks so far"),
    Field("last_talk", "i2", "day of the last click, or NEVER", daily=False),
)
COLUMNS = (
    Column("newness", "f4", "n: how much more she looks while she is new"),
    Column("reach", "f4", "what today's message does to her (Delivery)"),
    Column("affinity", "f4", ""),
    Column("trust_gain", "f4", ""),
    Column("interest_gain", "f4", ""),
    Column("weight", "f4", ""),
    Column("engage", "f4", ""),
    Column("heard", "f4", ""),
    Column("hears", "u1", "1 + her segment if a message has arrived, else 0"),
)
COUNTS = (
    Count("reads", "mean number of messages read"),
    Count("clicks", "messages clicked"),
)


@inlined
def attend(member: Member, here: Here) -> None:
    """The probability of reading moves the state, and the click hazard of this message is added; both 0 without one.

    The hazard is -log(1 - chance); its survival is multiplied up, which takes no logarithm per message.
    """
    q = take_in(member, here.world)
    member.click_left /= 1.0 - member.engage * q
    member.amount = on_grid(q)


@inlined
def take_in(member: Member, world: World) -> float:
    """q = heard (1 - e^-A), A the attention hazard; updates trust, interest and fatigue and returns q."""
    q = np.float64(member.heard * -expm1(-attention(member, world)))
    move_trust(member, member.trust_gain * q)
    member.interest += member.interest_gain * q
    member.fatigue += member.weight * (1.0 - 0.5 * q)
    return q


@inlined
def attention(member: Member, world: World) -> float:
    """A = o reach n exp(affinity + b_fit v + b_R R - F / tolerance); a lost customer keeps a share of her attention."""
    response = world.response
    if_lost = single(response.lost_attention)
    pull = member.affinity + single(response.trust_on_attention) * member.trust
    looks = ALL + expm1(single(pull - member.fatigue / member.tolerance))
    hazard = member.attention * member.reach * looks * member.newness
    return single(hazard * (if_lost if member.lost else ALL))


@inlined
def is_tempted(member: Member, here: Here) -> bool:
    """True if the hazard of clicking has reached its threshold."""
    return member.click_left >= 1.0


@compiled
def click_and_go_on(member: Member, here: Here) -> None:
    """Register a click and draw the threshold of the next click or visit."""
    click(member, here)
    member.click_left = uniform(member.key, draws.CLICK, thresholds_met(member))


@inlined
def gather_attention(member: Member, here: Here) -> None:
    """Replay: the log-likelihood of clicking this message, or of not clicking it, given her attention."""
    q = take_in(member, here.world)
    member.amount = on_grid(q)
    member.clicked = 0
    if member.hears == 0:
        return
    chance = member.engage * q
    if is_clicked(member, here):
        member.clicks_met += 1
        member.clicked = 1
        member.click_log += math.log(max(chance, TINY))
    else:
        member.click_log += math.log(1.0 - chance)


@inlined
def is_clicked(member: Member, here: Here) -> bool:
    """Replay: True if the next click of her log is of today's message that has just arrived.

    A click whose message the log does not tell is of the first one that is not clicked otherwise.
    """
    at = member.clicks_met
    if at >= member.clicks_end or here.events.click_days[at] != here.day:
        return False
    nth = here.events.click_nths[at]
    return nth < 0 or nth == member.sent - 1


@inlined
def clicked_as_logged(member: Member, here: Here) -> bool:
    """True if the log says that she clicked this message."""
    return member.clicked != 0


@compiled
def click(member: Member, here: Here) -> None:
    """What a click does."""
    response = here.world.response
    member.clicks += 1
    member.last_talk = here.day
    here.today.clicks += 1.0
    note(member, CLICKS, 1.0, here)
    if any_groups(here):
        count_talk(member, here)
    move_trust(member, response.click_trust)
    member.interest += response.click_interest
    interact(member, here)


READ = stage_of("read", attend, is_tempted, click_and_go_on).as_logged(gather_attention, clicked_as_logged, click)
