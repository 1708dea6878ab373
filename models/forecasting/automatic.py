"""The model of a forecast for which none was named, and what a reader of P(alive) must know of the model."""

from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING, TypeAlias

from models.data.orders import Orders
from models.errors import CannotIdentify
from models.families.model import Kind
from models.forecasting.fitting import LARGEST, Fitted, model_named
from models.words import Remark

if TYPE_CHECKING:
    from models.checks.choosing import Choice

PLAIN = "bg-nbd"  # where models cannot be compared
_FOR_COVARIATES = ("bg-nbd", "pareto-nbd")  # those that models/families/covariates knows
_CUSTOMERS = 50_000  # that tell which model forecasts best: their mean log score has an error in the third digit
_DAYS = 4  # of a log of which a part can be held back

# The key of the model, how it was chosen, and notes.
Chosen: TypeAlias = "tuple[str, Choice | None, tuple[Remark, ...]]"


def choose_for(orders: Orders, last: date, covariates: bool, tell: Callable[[str], None]) -> Chosen:
    """The key of the model for the orders up to and with `last`, how it was chosen, and notes.

    Compared are all models, on the calendar and without covariates, as checks/choosing.py does it; with `covariates` those
    that can have any. Where they cannot be compared it is BG/NBD, without a choice, and a note says why.
    """
    days = (last - orders.first_day).days + 1
    if orders.orders > LARGEST:
        return _plain(Remark("Model: BG/NBD, as the log is very large; name a model to have another."))
    if days < _DAYS:
        return _plain(
            Remark(
                "Model: BG/NBD, as of {days} days of orders none can be held back to compare models.", {"days": days}
            )
        )
    from models.checks.choosing import choose

    tell("choosing a model")
    makers = [model_named(key) for key in _FOR_COVARIATES] if covariates else None
    try:
        choice = choose(orders, until=last, models=makers, most=_CUSTOMERS)
    except CannotIdentify:
        return _plain(Remark("Model: BG/NBD, as too few have bought again, or too late, to compare models."))
    notes = []
    if covariates:
        notes.append(Remark("Model: compared are BG/NBD and Pareto/NBD, which can have covariates."))
    assert choice.model.summary_ is not None
    compared = len(choice.model.summary_)
    if compared < choice.customers:
        notes.append(Remark("Model: compared on {n:,} customers, evenly taken.", {"n": compared}))
    return choice.best.key, choice, tuple(notes)


def _plain(why: Remark) -> Chosen:
    return PLAIN, None, (why,)


def who_cannot_be_lost(fitted: Fitted) -> tuple[Remark, ...]:
    """What the model says of P(alive) without having looked: of who bought once, or of everybody."""
    model, summary = fitted.model, fitted.summary
    kinds: list[Kind] = model.kinds(summary)
    if all(kind.may_be_lost == "never" for kind, _ in kinds):
        return (Remark("P(alive) is 1 for everybody: {name} has no loss of customers.", {"name": kinds[0][0].name}),)
    held = [(kind, rows) for kind, rows in kinds if kind.may_be_lost == "after a repeat"]
    once = sum(int((summary.frequency[rows] == 0).sum()) for _, rows in held)
    if not once:
        return ()
    return (
        Remark(
            "P(alive) is 1 for all {n:,} who bought once: {name} lets customers go only after a repeat purchase, so it "
            "cannot say who of them will stay away (MBG/NBD and Pareto/NBD can).",
            {"n": once, "name": held[0][0].name},
        ),
    )
