"""Which model for these customers: all are fitted, forecast what was held back, and are scored.

The choice never looks at what it is later judged by: `choose(orders, until=day)` takes the orders up to `day` only, holds
back the last third of that time, and gives the chosen model fitted to all of it. Later orders are left for `judge`.

The likelihoods in the table are densities of the same purchase times in the same unit, so AIC and BIC compare them. NBD,
BG/NBD, MBG/NBD and Pareto/NBD give a customer's x purchase times lambda^x e^(-lambda t), without the factor t^x/x! that
makes it the chance of a count. The models of regular rhythms give each time between purchases an Erlang-k density, with the
power (k - 1) of the gap (`log_gaps`) and 1/(k - 1)!, and are BG/NBD and MBG/NBD at k = 1; without those factors they could
not be compared. Days are taken as exact times in all of them. BG/BB gives probabilities of patterns of periods: its
likelihood compares with models of the same periods only.

The log score decides by default. It is proper (checks/scores.py), it tells models apart by what they say of each customer,
and it is strict on a customer declared lost who comes back. The total and the mean absolute error do not decide: a season
can lift or lower all orders of the days held back by a tenth, and the absolute error of means rewards forecasts too low.

On the full CDNOW log, seen up to 1997-09-30, this chooses MBG/NBD, and the 39 weeks after do not contradict it: its log
score is the lowest there too (1.0149; BG/NBD 1.0156, within a standard error; Pareto/NBD 1.0187, clearly worse). The total
of 19,684 orders is undershot by all three (by 19, 14 and 13 %), and the window cannot tell: within it, forecasts up to its
end fall short by 6 to 18 % when made at the end of May and overshoot by 9 to 16 % when made at the end of July.
"""

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from importlib import import_module
from typing import TYPE_CHECKING, Any, Unpack

import numpy as np

from models.checks.scores import Scores, score
from models.data.orders import Orders, OrdersLike, ReadOptions, orders_of
from models.data.rfm import DayLike, day_of, summarise
from models.data.summary import Summary
from models.errors import BadInput
from models.families.identified import WeaklyIdentified, check_repeats
from models.families.model import Model
from models.numerics.arrays import Floats
from models.words import Quoted, Remark

if TYPE_CHECKING:
    import pandas as pd

# What is compared where nothing is said: those of them that are installed, in order of simplicity.
_DEFAULT = (
    ("models.families.nbd", "NBD"),
    ("models.families.bg_nbd", "BGNBD"),
    ("models.families.cnbd", "MBGNBD"),
    ("models.families.pareto_nbd", "ParetoNBD"),
    ("models.families.cnbd", "BGCNBDk"),
    ("models.families.cnbd", "MBGCNBDk"),
)
CRITERIA = ("log_score", "crps", "mae", "aic", "bic")
_HELD_OUT = ("log_score", "crps", "mae")
_HELD_BACK = 1.0 / 3.0  # of the calibration, for the choice

Maker = Callable[[], Model]  # a class of Model, or a function without arguments that makes one


@dataclass(frozen=True)
class Candidate:
    """One model's part in the choice.

    model: fitted to all that may be looked at, or None; scores: of its forecast of what was held back, when fitted without
    it, or None; note: why it could not be fitted, or what its fit complains of; refusal: the error itself, where there was
    one that can be said in Chinese.
    """

    name: str
    key: str
    model: Model | None
    scores: Scores | None
    note: str = ""
    refusal: BadInput | None = None

    @property
    def parameters(self) -> int | None:
        """Parameters fitted, a chosen regularity k counted as one."""
        if self.model is None:
            return None
        return len(self.model.parameters) + (1 if _chose_k(self.model) else 0)

    def value(self, criterion: str) -> float:
        """The criterion, less is better; infinite where the model cannot be judged by it."""
        if criterion in _HELD_OUT:
            value = np.inf if self.scores is None else _mean(self.scores, criterion)
        elif self.model is None or self.model.log_likelihood_ is None or self.model.summary_ is None:
            value = np.inf
        else:
            k, n = float(self.parameters or 0), len(self.model.summary_)
            value = (2.0 if criterion == "aic" else np.log(n)) * k - 2.0 * self.model.log_likelihood_
        return float(value) if np.isfinite(value) else np.inf


@dataclass(frozen=True)
class Choice:
    """The models compared, and the one to take.

    candidates: all of them; best: the winner; model: it, fitted to all that was looked at; criterion: what it won by;
    until: last day looked at; held_back: the days (first, last) that were forecast for the choice, or None; customers: how
    many there are, of whom `most` at most were looked at.
    """

    candidates: tuple[Candidate, ...]
    best: Candidate
    criterion: str
    until: date | None = None
    held_back: tuple[date, date] | None = None
    ties: tuple[str, ...] = field(default=())
    customers: int = 0

    @property
    def model(self) -> Model:
        """The chosen model, fitted to all that was looked at."""
        assert self.best.model is not None
        return self.best.model

    @property
    def remark(self) -> Remark:
        """What was chosen, and by what rule."""
        values: dict[str, object] = {
            "name": self.best.name,
            "what": Remark(_WORDS[self.criterion]),
            "models": sum(c.value(self.criterion) < np.inf for c in self.candidates),
            "ties": ", ".join(self.ties),
        }
        held_out = self.held_back and self.criterion in _HELD_OUT
        if held_out:
            assert self.held_back is not None
            values["first"], values["last"] = self.held_back
        return Remark(_SENTENCES[bool(held_out), bool(self.ties)], values)

    @property
    def sentence(self) -> str:
        """The remark in English."""
        return self.remark.say()

    def to_frame(self) -> "pd.DataFrame":
        """One row a model, the best first: scores on what was held back, criteria on all that was looked at, note."""
        import pandas as pd

        rows = sorted(self.candidates, key=lambda c: (c is not self.best, c.value(self.criterion)))
        return pd.DataFrame([_row(c, self.best, self.criterion) for c in rows]).set_index("model")

    def __str__(self) -> str:
        table = self.to_frame().drop(columns="key")
        return f"{table.to_string(na_rep='', float_format=lambda v: f'{v:,.4f}')}\n{self.sentence}"


_WORDS = {
    "log_score": "its mean log score",
    "crps": "its mean CRPS",
    "mae": "its mean absolute error",
    "aic": "its AIC",
    "bic": "its BIC",
}


_CHOSEN = "{name} is chosen: {what} is the lowest of {models} models"
_ON_DAYS = "{name} is chosen: {what} on {first} to {last} is the lowest of {models} models"
_TIES = ", though not clearly (within two standard errors) lower than that of {ties}."
# By whether days were held back, and whether others are as good.
_SENTENCES = {
    (False, False): _CHOSEN + ".",
    (False, True): _CHOSEN + _TIES,
    (True, False): _ON_DAYS + ".",
    (True, True): _ON_DAYS + _TIES,
}


def choose(
    source: OrdersLike | Summary,
    holdout: DayLike | None = None,
    models: Sequence[Maker] | None = None,
    *,
    until: DayLike | None = None,
    criterion: str | None = None,
    most: int | None = None,
    **columns: Unpack[ReadOptions],
) -> Choice:
    """Compare models and choose one.

    `source`: orders (Orders, or whatever `read_orders` takes, with its options), or a Summary, which has no days to hold
    back and is judged by BIC. `until`: the last day that may be looked at (default: the last there is). `holdout`: the last
    day the models compared are fitted to; what came after it, up to and with `until`, is what they forecast; by default
    the last third of the days. `models`: classes of Model (default: NBD, BG/NBD, MBG/NBD, Pareto/NBD, BG/CNBD-k,
    MBG/CNBD-k). `criterion`: log_score (default), crps, mae, aic or bic. `most`: customers beyond which every so many of
    them stand for all (default: all are looked at). `columns`: customer, date, amount, order, status, keep,
    refund, currency, lines, timezone, date_format, sheet, identity, exclude, bad_rows, today and money, as `read_orders`
    takes them.

    Rule: the lowest mean of the criterion wins, among converged fits where there are any; of equals the first. A model that
    cannot be fitted stays in the table with the reason. Raises BadInput where an argument makes no sense or the days do not
    allow a holdout, CannotIdentify where no model can be fitted, or nobody has bought again, or not by the day from which
    the rest is forecast.
    """
    makers = list(models) if models is not None else _default_models()
    rule = criterion if criterion is not None else ("bic" if isinstance(source, Summary) else "log_score")
    if rule not in CRITERIA:
        raise BadInput(
            "choose: criterion is {rule!r}; it must be one of {known}.",
            rule=rule,
            known=", ".join(CRITERIA),
        )
    if not makers:
        raise BadInput("choose: no model to compare; give at least one.")
    if isinstance(source, Summary):
        if holdout is not None or until is not None or rule in _HELD_OUT:
            raise BadInput("choose: a summary has no days to hold back; give the orders, or judge by aic or bic.")
        check_repeats("choose", source, "name a model")
        some = _every(source, most)
        return replace(
            _best([_candidate(make, some, None) for make in makers], rule, None, None), customers=len(source)
        )
    read = orders_of(source, columns, money="auto")
    last = day_of(until, "until") if until is not None else read.last_day
    split = day_of(holdout, "holdout") if holdout is not None else _inner_split(read.first_day, last)
    whole = summarise(read, last)
    check_repeats("choose", whole, "name a model")  # priors would be compared
    part = _held_out(read, split, last, whole)
    check_repeats(f"choose, up to {split}", part.calibration, "name a model")
    some, part = _every(whole, most), part.every(most)
    candidates = [_candidate(make, some, part) for make in makers]
    return replace(_best(candidates, rule, last, (split + timedelta(days=1), last)), customers=len(whole))


@dataclass(frozen=True)
class HeldOut:
    """Customers seen by the last calibration day, and the days with a purchase of each in the `days` after it, (n,)."""

    calibration: Summary
    actual: Floats
    days: float

    def every(self, most: int | None) -> "HeldOut":
        """An evenly spaced sample of at most `most` customers."""
        rows = _stride(len(self.calibration), most)
        return HeldOut(self.calibration[rows], self.actual[rows], self.days)


def _every(summary: Summary, most: int | None) -> Summary:
    return summary[_stride(len(summary), most)]


def _stride(n: int, most: int | None) -> slice:
    return slice(None, None, 1 if most is None else max(-(-n // most), 1))


def held_out(orders: Orders, last_calibration_day: date, end: date) -> HeldOut:
    """Split the orders up to `end`. Raises BadInput where no day is left on either side."""
    return _held_out(orders, last_calibration_day, end, None)


def _held_out(orders: Orders, last_calibration_day: date, end: date, whole: Summary | None) -> HeldOut:
    """The same where the summary up to `end` may be known already."""
    if not orders.first_day <= last_calibration_day < end:
        raise BadInput(
            "{source}: the last calibration day {last_calibration_day} must lie between the first order on "
            "{first_day} and the end on {end}, with days left to forecast.",
            source=orders.source,
            last_calibration_day=last_calibration_day,
            first_day=orders.first_day,
            end=end,
        )
    calibration = summarise(orders, last_calibration_day)
    whole = summarise(orders, end) if whole is None else whole
    assert whole.customer is not None and calibration.customer is not None
    # Both are sorted by customer, and whoever is in the calibration is in the whole.
    place = np.searchsorted(whole.customer, calibration.customer)
    actual = whole.frequency[place] - calibration.frequency
    return HeldOut(calibration, actual, float((end - last_calibration_day).days))


def judge(choice: Choice, orders: OrdersLike, end: DayLike | None = None, **columns: Unpack[ReadOptions]) -> Scores:
    """Scores of the chosen model on what came after the days it was chosen by, up to and with `end`.

    `columns`: customer, date, amount, order, status, keep, refund, currency, lines, timezone, date_format, sheet, identity,
    exclude, bad_rows, today and money, as `read_orders` takes them.
    Raises BadInput where the choice was made from a summary, or no day is left.
    """
    if choice.until is None:
        raise BadInput("judge: the choice was made from a summary without days; score its model with models.score.")
    read = orders_of(orders, columns)
    part = held_out(read, choice.until, day_of(end, "end") if end is not None else read.last_day)
    return score(choice.model, part.calibration, part.actual, part.days)


def _default_models() -> list[Maker]:
    makers: list[Maker] = []
    for module, name in _DEFAULT:
        try:
            makers.append(getattr(import_module(module), name))
        except ModuleNotFoundError as missing:
            if missing.name != module:
                raise
    return makers


def _inner_split(first: date, last: date) -> date:
    days = (last - first).days
    if days < 0:
        raise BadInput(
            "choose: {last}, the last day to look at, lies before the first order on {first}.",
            last=last,
            first=first,
        )
    if days < 3:
        raise BadInput(
            "choose: {days} days of orders are too few to hold some back; give their summary, judged by aic or bic.",
            days=days + 1,
        )
    return last - timedelta(days=max(round(days * _HELD_BACK), 1))


def _candidate(make: Maker, whole: Summary, part: HeldOut | None) -> Candidate:
    """Fit one model, without what was held back and with it; what goes wrong becomes its note."""
    name, key = str(getattr(make, "name", make)), str(getattr(make, "key", make))
    notes: list[str] = []
    scores: Scores | None = None
    model: Model | None = None
    refusal: BadInput | None = None
    try:
        if part is not None:
            scores = score(_fitted(make, part.calibration, notes), part.calibration, part.actual, part.days)
            if not (np.isfinite(scores.log_score).all() and np.isfinite(scores.expected).all()):
                scores = None
                notes.append("some of its forecasts are no numbers")
        model = _fitted(make, whole, notes)
        name, key = model.name, model.key
    except (ValueError, ArithmeticError, np.linalg.LinAlgError) as reason:  # BadInput is a ValueError
        notes.append(str(reason))
        refusal = reason if isinstance(reason, BadInput) else None
    return Candidate(name, key, model, scores, "; ".join(dict.fromkeys(notes)), refusal)


def _fitted(make: Maker, summary: Summary, notes: list[str]) -> Model:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", WeaklyIdentified)  # it goes into the table
        model = make().fit(summary)
    if model.prior_used_ or not model.converged_:
        notes.append(model.message_)
    return model


def _best(candidates: list[Candidate], rule: str, until: date | None, held_back: tuple[date, date] | None) -> Choice:
    usable = [c for c in candidates if c.model is not None and c.value(rule) < np.inf]
    usable = [c for c in usable if c.model is not None and c.model.converged_] or usable
    if not usable:
        from models.errors import CannotIdentify

        raise CannotIdentify(
            "choose: no model can be fitted; {model}: {note}",
            model=candidates[0].name,
            note=candidates[0].refusal or (Quoted(candidates[0].note) if candidates[0].note else Remark("no forecast")),
        )
    lowest = min(c.value(rule) for c in usable)
    best = next(c for c in usable if c.value(rule) <= lowest + 1e-9 * abs(lowest))  # rounding does not decide
    ties = tuple(c.name for c in usable if c is not best and _within_error(c, best, rule))
    return Choice(tuple(candidates), best, rule, until, held_back, ties)


def _within_error(one: Candidate, best: Candidate, rule: str) -> bool:
    """True if the scores differ by less than two standard errors of the mean of the customers' differences."""
    difference, error = _difference(one, best, rule)
    return error is not None and difference <= 2.0 * error


def _difference(one: Candidate, best: Candidate, rule: str) -> tuple[float, float | None]:
    """The difference of the criterion, and its standard error where the criterion is a mean over customers."""
    if rule not in _HELD_OUT or one.scores is None or best.scores is None:
        return one.value(rule) - best.value(rule), None
    each = _each(one.scores, rule) - _each(best.scores, rule)
    return float(each.mean()), float(each.std() / np.sqrt(each.size))


def _each(scores: Scores, criterion: str) -> Floats:
    if criterion == "mae":
        return np.abs(scores.actual - scores.expected)
    return scores.log_score if criterion == "log_score" else scores.crps


def _mean(scores: Scores, criterion: str) -> float:
    return float(_each(scores, criterion).mean())


def _chose_k(model: Model) -> bool:
    """True if a whole-number regularity k was fitted along with the parameters."""
    return len(getattr(model, "profile_", {})) > 1  # {k: highest log-likelihood} of the k tried


def _row(c: Candidate, best: Candidate, rule: str) -> dict[str, Any]:
    nothing = c.scores is None
    difference, error = (np.nan, np.nan) if c.value(rule) == np.inf else _difference(c, best, rule)
    return {
        "model": c.name,
        "key": c.key,
        "log_score": np.nan if nothing else c.value("log_score"),
        "crps": np.nan if nothing else c.value("crps"),
        "mae": np.nan if nothing else c.value("mae"),
        "total_error": np.nan if c.scores is None or c.scores.total_error is None else c.scores.total_error,
        "log_likelihood": np.nan if c.model is None else c.model.log_likelihood_,
        "parameters": "" if c.parameters is None else str(c.parameters),
        "aic": np.nan if c.model is None else c.value("aic"),
        "bic": np.nan if c.model is None else c.value("bic"),
        "behind": difference,
        "error_of_behind": np.nan if error is None else error,
        "note": c.note,
    }
