"""Identification: the data that a fit refuses, and the data it warns of."""

import sys
import warnings

from models.data.summary import Summary
from models.errors import BadInput, CannotIdentify
from models.numerics.newton import Maximum, is_proper
from models.words import Remark


class WeaklyIdentified(UserWarning):
    """The data leave a parameter open; the documented weak prior was added, and `message_` says so."""


def warn_weakly(name: str, message: str) -> None:
    """Warn that the model `name` needed its weak prior, at the line outside this package that asked for the fit."""
    level, frame = 1, sys._getframe()
    while frame.f_back is not None and str(frame.f_globals.get("__name__", "")).startswith("models."):
        level, frame = level + 1, frame.f_back
    warnings.warn(f"{name}: {message}", WeaklyIdentified, stacklevel=level)


def check_customers(name: str, summary: Summary) -> None:
    """Raise unless there are at least two customers, and T > 0 wherever there are repeat purchases."""
    n = len(summary)
    if not n:
        raise CannotIdentify("{name}: there are no customers to fit; give the orders of many.", name=name)
    if n < 2:
        raise CannotIdentify(
            "{name}: one customer cannot show how customers differ; give the orders of many.",
            name=name,
        )
    if not (summary.clock[1][summary.frequency > 0] > 0).all():
        raise BadInput("summary: a customer has repeat purchases but T = 0; T must reach the end of observation.")


def check_repeats(name: str | Remark, summary: Summary, instead: str = "take a similar market's parameters") -> None:
    """Raise CannotIdentify if nobody has bought again; `instead`: what to do other than wait."""
    if not (summary.frequency > 0).any():
        raise CannotIdentify(
            "{name}: none of the {customers:,} customers has bought on a second day, so neither rhythm nor loss can "
            "be told from the data; wait for repeat purchases or {instead}.",
            name=name,
            customers=len(summary),
            instead=Remark(instead),
        )


def check_proper(name: str, maximum: Maximum) -> None:
    """Raise CannotIdentify if there is no maximum with a covariance even under a weak prior."""
    if not is_proper(maximum):
        raise CannotIdentify(
            "{name}: no parameters are the likeliest for these customers, not even with a weak prior; check the "
            "summary (repeat purchases at recency 0, amounts beyond reason?).",
            name=name,
        )
