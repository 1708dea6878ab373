"""One message as the day sees it, everything that is known beforehand worked in."""

from sim.catalogue import PERSONAS
from sim.engine.fields import record

MESSAGE = record(
    [
        ("reach", "f8", (len(PERSONAS),)),  # channel x hour x sameness
        ("affinity", "f8", (len(PERSONAS),)),  # to its type of content
        ("trust", "f8"),  # what reading it moves, the account's persona worked in
        ("interest", "f8"),
        ("weight", "f8"),  # fatigue if not read, the channel's worked in
        ("engage", "f8"),  # chance of a click if read
        ("heard", "f8"),  # share of those whom it reaches at all: a call has to be picked up
        ("cost", "f8"),  # millionths
        ("executed", "f8"),  # chance that an account sends it
        ("allows", "i8"),  # bit 8 x muted type + level: whether it reaches those with that choice; -1: everybody
        ("line", "i8"),  # which line of the plan it comes from: accounts send or forget a whole line
        ("content", "i8"),
        ("channel", "i8"),
        ("aim", "i8"),  # 1: fitted to what the brand knows of her taste
        ("benefit", "i8"),  # the code of what comes with it (a member's `coupon`), 0 for nothing
        ("per_order", "i8"),  # 1: one message an order (mini-programs' subscription messages)
    ]
)
