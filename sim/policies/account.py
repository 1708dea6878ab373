"""The account that writes to members: a shop, a friend, or an adviser whose word weighs more where a person speaks."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sim.policies.policy import Policy

NAME = "account"


def off(policy: "Policy") -> "Policy":
    """The shop itself writes."""
    return policy.model_copy(update={"account": "shop"})
