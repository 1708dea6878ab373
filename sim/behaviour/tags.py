"""Tags: what the brand believes that a member likes (docs/model.md, section 3)."""

from sim import draws
from sim.catalogue import FOUNDER, UNKNOWN
from sim.draws import uniform
from sim.engine.compiling import compiled
from sim.roles import Member, World


@compiled
def believed_taste(member: Member, world: World) -> int:
    """Her taste with the accuracy of tags, else another one of the market's, each as likely."""
    if uniform(member.key, draws.KNOWN, 0) < world.tag_accuracy:
        return member.taste
    further = int(uniform(member.key, draws.KNOWN, 1) * (world.tastes - 1))
    return (member.taste + 1 + further) % world.tastes


@compiled
def tag(member: Member, day: int, world: World) -> None:
    """At the review: who has been here long enough gets a tag, unless she has said herself what she likes."""
    if member.known == UNKNOWN and member.group != FOUNDER and day - member.joined >= world.tag_lag:
        member.known = believed_taste(member, world)
