"""Whether customers tell a model's parameters at all: what a fit refuses, and what it warns of."""

import sys
import warnings

from models.data.summary import Summary
from models.errors import BadInput, CannotIdentify
from models.numerics.newton import Maximum, is_proper


class WeaklyIdentified(UserWarning):
    """The data leave a parameter open; the documented weak prior was added, and `message_` says so."""


def warn_weakly(name: str, message: str) -> None:
    """Warn that the model `name` needed its weak prior, at the line outside this package that asked for the fit."""
    level, frame = 1, sys._getframe()
    while frame.f_back is not None and str(frame.f_globals.get("__name__", "")).startswith("models."):
        level, frame = level + 1, frame.f_back
    warnings.warn(f"{name}: {message}", WeaklyIdentified, stacklevel=level)


def check_customers(name: str, summary: Summary) -> None:
    """Raise unless there are two customers at least, and time for the repeat purchases that there are."""
    n = len(summary)
    if not n:
        raise CannotIdentify(f"{name}: there are no customers to fit; give the orders of many.")
    if n < 2:
        raise CannotIdentify(f"{name}: one customer cannot show how customers differ; give the orders of many.")
    if not (summary.clock[1][summary.frequency > 0] > 0).all():
        raise BadInput("summary: a customer has repeat purchases but T = 0; T must reach the end of observation.")


def check_repeats(name: str, summary: Summary, instead: str = "take a similar market's parameters") -> None:
    """Raise where nobody has bought again, for what cannot be had from priors; `instead`: what to do but to wait."""
    if not (summary.frequency > 0).any():
        raise CannotIdentify(
            f"{name}: none of the {len(summary):,} customers has bought on a second day, so neither rhythm nor loss can be "
            f"told from the data; wait for repeat purchases or {instead}."
        )


def check_proper(name: str, maximum: Maximum) -> None:
    """Raise where even a weak prior has left no maximum with a covariance."""
    if not is_proper(maximum):
        raise CannotIdentify(
            f"{name}: no parameters are the likeliest for these customers, not even with a weak prior; check the summary "
            "(repeat purchases at recency 0, amounts beyond reason?)."
        )
