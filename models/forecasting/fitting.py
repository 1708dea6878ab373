"""A model fitted to a log as a forecast needs it: on which clock, to whom, and what is known of them besides."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from importlib import import_module
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from models.data.frames import Covariates
from models.data.orders import Orders
from models.data.rfm import summarise
from models.data.summary import DAYS_IN, Summary
from models.errors import BadInput, CannotIdentify
from models.families.ahead import Ahead, calendar
from models.families.gamma_gamma import GammaGamma
from models.families.model import Model
from models.words import Remark

if TYPE_CHECKING:
    from models.data.beginning import Truncation
    from models.families.run_in import AfterRunIn
    from models.season import Season, SeasonFit, Visits

# What can be asked for by name; "auto" lets models/checks/choosing.py choose.
MODELS: Mapping[str, tuple[str, str]] = {
    "bg-nbd": ("models.families.bg_nbd", "BGNBD"),
    "mbg-nbd": ("models.families.cnbd", "MBGNBD"),
    "pareto-nbd": ("models.families.pareto_nbd", "ParetoNBD"),
    "bg-cnbd-k": ("models.families.cnbd", "BGCNBDk"),
    "mbg-cnbd-k": ("models.families.cnbd", "MBGCNBDk"),
    "nbd": ("models.families.nbd", "NBD"),
}
AUTO, ESTIMATE = "auto", "estimate"

SeasonOption: TypeAlias = "Season | str | None"  # the words are AUTO and ESTIMATE
RunInOption: TypeAlias = int | str | None  # the word is AUTO

_TOGETHER = (
    "Start: all customers are estimated together, as too few of those first seen after the run-in have bought again."
)
_FESTIVALS = "Festivals: {clear} of the {all} looked for differ from a usual day beyond chance; only these are shown."
_NO_FESTIVALS = "Festivals: none of the {all} looked for differs from a usual day beyond chance, so none is shown."
_YEAR = 365  # days of a log from which a season is estimated without being asked for
LARGEST = 10_000_000  # rows of a log up to which its days are looked at without being asked for: a GB of memory
_WEEKS = 10  # that a log must span for its start to be looked at


def model_named(key: str) -> Callable[[], Model]:
    """The class of model with this key. Raises BadInput for a key that no model has."""
    if key not in MODELS:
        raise BadInput(
            "model: {key!r} is not known; take {auto}, {models}.",
            key=key,
            auto=AUTO,
            models=", ".join(MODELS),
        )
    home, name = MODELS[key]
    maker: Callable[[], Model] = getattr(import_module(home), name)
    return maker


@dataclass(frozen=True)
class Fitted:
    """A model of a log up to and with its last day looked at.

    summary: its customers, on the model's clock; ahead: what the days to come bring on it; season: estimated or given, or
    None; truncation: what the log's start looks like, or None where nobody looked; notes: what was decided of season and
    start, in sentences.
    """

    model: Model
    summary: Summary
    ahead: Ahead
    season: "SeasonFit | Season | None"
    truncation: "Truncation | None"
    notes: tuple[Remark, ...]

    @property
    def festivals(self) -> Remark | None:
        """How many of the festivals looked for differ from a usual day; None where no season was estimated."""
        from models.season import SeasonFit

        if not isinstance(self.season, SeasonFit):
            return None
        values = {"clear": len(self.season.clear_lifts()), "all": len(self.season.shape.peaks)}
        return Remark(_FESTIVALS if values["clear"] else _NO_FESTIVALS, values) if values["all"] else None


@dataclass(frozen=True)
class Outlook:
    """Days for which totals are forecast, and the generator (default: seed 0) of the draws that tell how sure they are."""

    days: float = 365.0
    rng: np.random.Generator | None = None


def say_nothing(_: str) -> None:
    """Tell nobody what is being done."""


def fit_log(
    orders: Orders,
    last: date,
    make: Callable[[], Model],
    season: SeasonOption = AUTO,
    run_in: RunInOption = AUTO,
    outlook: Outlook = Outlook(),
    tell: Callable[[str], None] = say_nothing,
) -> Fitted:
    """Fit the model that `make` makes to all up to `last`.

    season: "auto" estimates one where the log spans a year; "estimate" in any case; None leaves the calendar as it is; or a
    Season. run_in: "auto" leaves out the days after a log's beginning in the middle of customers' lives where it shows
    that (models/data/beginning.py); a number of days; None. outlook: for the spread of totals that the
    season leaves. Raises BadInput and CannotIdentify as the parts do.
    """
    log = _Log(orders, last)
    notes: list[Remark] = []
    seasonal: SeasonFit | Season | None = None
    days, seen = _run_in(run_in, log, notes)
    if _wants_season(season, log, notes):
        from models.season import estimate_season

        tell("estimating the season")
        seasonal = estimate_season(log.visits(), make, last)
        notes += [Remark("Season: {what}.", {"what": remark}) for remark in seasonal.remarks]
        plain: Model | None = seasonal.model
        summary, ahead = seasonal.summary, seasonal.ahead(outlook.rng or np.random.default_rng(0), outlook.days)
    elif season is None or isinstance(season, str):
        plain, summary = None, log.summary()
        ahead = calendar(DAYS_IN[summary.time_unit])
    else:
        from models.season import clock_after, with_clock

        seasonal, plain = season, None
        summary = with_clock(log.visits(), season)
        ahead = Ahead(clock_after(season, last))
    after = _after(summary, days, make, run_in == AUTO, notes) if days else None
    return Fitted(after or plain or make().fit(summary), summary, ahead, seasonal, seen, tuple(notes))


def _after(
    summary: Summary, days: int, make: Callable[[], Model], auto: bool, notes: list[Remark]
) -> "AfterRunIn | None":
    """The model after the run-in and a note; None where nobody has asked for it and too few come after it."""
    from models.families.run_in import fit_after_run_in

    try:
        model = fit_after_run_in(summary, days, make)
    except CannotIdentify:
        if not auto:
            raise
        notes.append(Remark(_TOGETHER))
        return None
    notes.append(Remark("Start: {what}.", {"what": model.remark}))
    return model


class _Log:
    """The log up to its last day, its days read once and only where they are needed."""

    def __init__(self, orders: Orders, last: date) -> None:
        self.orders, self.last = orders, last
        self.days = (last - orders.first_day).days + 1
        self._visits: Visits | None = None

    @property
    def small(self) -> bool:
        return self.orders.orders <= LARGEST

    @property
    def bought(self) -> int:
        """Days from the first purchase on; refunds may come before it."""
        return self.visits().end + 1

    def visits(self) -> "Visits":
        from models.season import visits

        if self._visits is None:
            self._visits = visits(self.orders, self.last)
        return self._visits

    def summary(self) -> Summary:
        return summarise(self.orders, self.last) if self._visits is None else self._visits.summary


def _wants_season(season: SeasonOption, log: _Log, notes: list[Remark]) -> bool:
    """True if to estimate a season, and a note where "auto" does not."""
    if season == ESTIMATE:
        return True
    if season is None or not isinstance(season, str):
        return False
    if season != AUTO:
        raise BadInput(
            "season: {season!r} is not known; take {auto}, {estimate}, or give a season.",
            season=season,
            auto=AUTO,
            estimate=ESTIMATE,
        )
    if log.days < _YEAR:
        notes.append(Remark("Season: none, as the log spans {days} days, less than a year.", {"days": log.days}))
    elif not log.small:
        notes.append(Remark("Season: none, as the log is very large; ask for one with estimate."))
    elif log.bought < _YEAR:
        notes.append(Remark("Season: none, as the log spans {days} days, less than a year.", {"days": log.bought}))
    elif not (log.visits().summary.frequency > 0).any():
        notes.append(Remark("Season: none, as nobody has bought again."))
    else:
        return True
    return False


def _run_in(run_in: RunInOption, log: _Log, notes: list[Remark]) -> tuple[int, "Truncation | None"]:
    """Days to leave out at the log's start, and what it looks like."""
    if run_in is None:
        return 0, None
    if run_in != AUTO:
        if isinstance(run_in, bool) or not isinstance(run_in, int) or not 0 <= run_in < log.days:
            raise BadInput(
                "run-in: {run_in!r} is no number of days below the {days} of the log; take {auto} or a number.",
                run_in=run_in,
                days=log.days,
                auto=AUTO,
            )
        return run_in, None
    if log.days < 7 * _WEEKS:
        return 0, None
    if not log.small:
        notes.append(Remark("Start: not looked at, as the log is very large; give a run-in in days if need be."))
        return 0, None
    from models.data.beginning import truncation

    if log.bought < 7 * _WEEKS:
        return 0, None
    seen = truncation(log.visits())
    if seen.verdict != "complete":
        notes.append(seen.remark)
    return (seen.run_in if seen.verdict == "truncated" else 0), seen


def with_covariates(fitted: Fitted, table: Covariates | None, columns: Sequence[str]) -> Fitted:
    """The model with covariates on rhythm and on loss, on the clock that it was fitted on.

    After a run-in newcomers and those present before have effects of their own; a column that tells the members of one of
    these groups apart in nothing is left out there. Raises BadInput as WithCovariates does.
    """
    from models.families.run_in import AfterRunIn

    model, table = fitted.model, _there(table, columns)
    if isinstance(model, AfterRunIn):
        shared = model.present_model is model.model
        groups = [fitted.summary[~model.present]] + ([] if shared else [fitted.summary[model.present]])
        varied = [_varied(group, table, columns) for group in groups]
        if not set(columns) <= {name for some in varied for name in some}:
            varied = [list(columns)] * 2  # one that is the same for all is refused as it is without a run-in
        new = _informed(model.model, groups[0], table, varied[0])
        own = new if shared else _informed(model.present_model, groups[1], table, varied[1])
        return replace(fitted, model=AfterRunIn(new, own, model.settled, fitted.summary, model.remark))
    return replace(fitted, model=_informed(model, fitted.summary, table, columns))


def _there(table: Covariates | None, columns: Sequence[str]) -> Covariates:
    """The table of customers. Raises BadInput where columns are named and there is none."""
    if table is None:
        raise BadInput(
            "covariates: {columns} cannot be looked up; give a dataframe with one row a customer.",
            columns=", ".join(columns),
        )
    return table


def _varied(summary: Summary, table: Covariates, columns: Sequence[str]) -> list[str]:
    """The columns in which these customers differ."""
    from models.families.covariates.table import for_summary

    return [name for name, v in for_summary(table, columns, summary, "customer").items() if (v[1:] != v[:-1]).any()]


def _informed(model: Model, summary: Summary, table: Covariates, columns: Sequence[str]) -> Model:
    if not columns:
        return model
    from models.families.covariates import WithCovariates
    from models.families.covariates.informed import Informed

    informed = WithCovariates(model, rhythm=list(columns), loss=list(columns)).fit(summary, table)
    return Informed(informed, model, table)


def spend(orders: Orders, last: date, summary: Summary, table: Covariates | None, columns: Sequence[str]) -> GammaGamma:
    """Gamma-Gamma fitted, with covariates where `columns` are named.

    Where fewer than two customers have a repeat purchase of positive value, first purchases tell, and message_ says so.
    Raises BadInput as its parts do.
    """
    if not columns:
        return _of_repeats_or_all(orders, last, summary)
    from models.families.covariates import GammaGammaWithCovariates
    from models.families.covariates.informed_spend import InformedSpend

    table = _there(table, columns)
    return InformedSpend(GammaGammaWithCovariates(list(columns)).fit(summary, table), table)


def _of_repeats_or_all(orders: Orders, last: date, summary: Summary) -> GammaGamma:
    try:
        return GammaGamma().fit(summary)
    except CannotIdentify as reason:
        whole = summarise(orders, last, first_spend=True)
        if whole.spend_count is None or (whole.spend_count > 0).sum() < 2:
            raise reason from None
        baskets = GammaGamma().fit(whole)
        baskets.message_ = f"from first purchases too, as hardly anybody has bought again; {baskets.message_}"
        return baskets
