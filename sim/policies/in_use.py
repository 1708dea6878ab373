"""Which parts of a policy a scenario uses, so that tables leave out measures of what it does not do."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from sim.catalogue import CONTENT_TYPES
from sim.policies import benefits
from sim.policies.coupons import rules_of
from sim.policies.lines import Regular, regular
from sim.policies.message import executed_share
from sim.policies.routines import all_rows

if TYPE_CHECKING:
    from sim.policies.policy import Policy


def writes(policy: "Policy") -> bool:
    """True if anybody is ever written to."""
    return bool(all_rows(policy) or _regular(policy))


def touches(policy: "Policy") -> bool:
    """True if members get messages that their own dates bring about."""
    return bool(all_rows(policy))


def hands_out(policy: "Policy") -> bool:
    """True if there are coupons, or messages that bring a benefit."""
    return bool(rules_of(policy) or benefits.carriers(policy))


def takes_money_off(policy: "Policy") -> bool:
    """True if there are coupons, or messages that bring money off."""
    carried = set(benefits.carriers(policy).values())
    return hands_out(benefits.off(policy)) or any(policy.benefits[name].kind in benefits.MONEY for name in carried)


def aims(policy: "Policy") -> bool:
    """True if messages are fitted to what the brand believes of a member's taste, or a survey asks for it."""
    return any(line.aim for line in _regular(policy)) or any(touch.aim or touch.survey for touch in all_rows(policy))


def asks_consent(policy: "Policy") -> bool:
    """True if members are asked how many messages they want."""
    return any(touch.consent for touch in all_rows(policy))


def forgets(policy: "Policy") -> bool:
    """True if some message goes out through a share of the accounts only."""
    shares = [line.executed for line in _regular(policy)]
    shares += [executed_share(touch.channel, touch.executed) for touch in all_rows(policy)]
    return any(share < 1 for share in shares)


def asks_the_cap(policy: "Policy") -> bool:
    """True if messages may find no room below the cap a day, or in a mini-program: of several lines, or beside touches."""
    several = any(len([n for n in regular(plan) if n.per_week]) > 1 for plan in policy.rows())
    return several or touches(policy) or forgets(policy) or any(n.channel == "mini_program" for n in _regular(policy))


def has_groups(policy: "Policy") -> bool:
    """True if members are in communities."""
    return policy.community is not None


def goes_live(policy: "Policy") -> bool:
    """True if there are live sessions in the groups."""
    written = [line for line in _regular(policy) if line.channel == "group"]
    return has_groups(policy) and any(line.shares[CONTENT_TYPES.index("live")] for line in written)


def has_membership(policy: "Policy") -> bool:
    """True if there are points or tiers."""
    return policy.membership is not None


def has_tier(tier: int) -> "Callable[[Policy], bool]":
    """Whether a policy has a tier; 0, the base, where there is one above it."""

    def has(policy: "Policy") -> bool:
        return policy.membership is not None and len(policy.membership.tiers) >= max(1, tier)

    return has


def has_events(policy: "Policy") -> bool:
    """True if something is done on some days of the calendar."""
    return bool(policy.events)


def sells_ahead(policy: "Policy") -> bool:
    """True if there is a launch with a pre-sale."""
    return any(event.pre_sale is not None for event in policy.events.values())


def refers(policy: "Policy") -> bool:
    """True if members may bring friends."""
    return policy.referral is not None


def serves(policy: "Policy") -> bool:
    """True if somebody answers members' questions who may do better or worse than a market's ordinary service."""
    return policy.service is not None


def minds_opinion(policy: "Policy") -> bool:
    """True if something is done, or happens, that moves what members would say of the brand beside what it writes."""
    return policy.service is not None or policy.crisis is not None


def is_watched(policy: "Policy") -> bool:
    """True if a guard watches the pool."""
    return policy.guard is not None


def _regular(policy: "Policy") -> list[Regular]:
    """The regular messages of all segments and arms that come at all."""
    return [line for plan in policy.rows() for line in regular(plan) if line.per_week]
