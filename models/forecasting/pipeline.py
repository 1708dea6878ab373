"""A whole forecast in one call: the model, its season, what customers will do and be worth, and how well it does."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from html import escape
from typing import TYPE_CHECKING

import numpy as np

from models.checks.holdout import Holdout
from models.data.frames import Covariates
from models.data.given import check_number
from models.data.masking import ShownIds, shown_in
from models.data.orders import Orders, OrdersLike, read_orders
from models.data.rfm import DayLike, day_of, summarise
from models.data.summary import Summary
from models.errors import BadInput, CannotIdentify, in_percent
from models.families.gamma_gamma import GammaGamma
from models.families.model import Model
from models.forecasting.automatic import choose_for, who_cannot_be_lost
from models.forecasting.fitting import (
    AUTO,
    Fitted,
    Outlook,
    RunInOption,
    SeasonOption,
    fit_log,
    model_named,
    say_nothing,
    spend,
    with_covariates,
)
from models.forecasting.left_out import Account, account
from models.numerics.arrays import Floats
from models.value.ltv import LifetimeValue, lifetime_value
from models.value.ltv.groups import GroupTotals, group_totals, order_totals
from models.value.ltv.value import discount_rate
from models.value.segments import Segments, rfm_segments
from models.words import Remark

if TYPE_CHECKING:
    import pandas as pd

    from models.checks.choosing import Choice
    from models.season import Season, SeasonFit

_DRAWS = 2_000
_NO_VALUE = (
    "Value is not forecast: fewer than two customers have an order of positive value, so the amounts do not tell what an "
    "order is worth. Check the column of amounts (amount)."
)


@dataclass(frozen=True, repr=False)
class Forecast:
    """What `forecast` found; arrays (n,) are in the order of `summary.customer`.

    fitted: the model, its clock and what was decided of them; horizon: days ahead; yearly_discount; probability_alive and
    expected_orders (n,): of each customer, orders over the horizon; baskets: fitted to the same customers, and worth:
    lifetime value of each, both None where amounts are missing or tell nothing; totals: orders and value of all with their
    90 % intervals; segments: RFM; account: what was left out; scored: the holdout, or None; choice: how the model was
    chosen, or None; draws: of the model's parameters from their posterior, with .ess, .pareto_k and .message where it is
    exact; remarks: what else is to be said of the orders, in sentences; shown: how customers are called in what is written
    and said (`to_frame` has their own ids).
    """

    orders: Orders
    fitted: Fitted
    horizon: float
    yearly_discount: float
    probability_alive: Floats
    expected_orders: Floats
    baskets: GammaGamma | None
    worth: LifetimeValue | None
    account: Account
    remarks: tuple[Remark, ...]
    totals: GroupTotals
    segments: Segments
    scored: Holdout | None
    choice: "Choice | None"
    draws: Mapping[str, Floats]
    shown: ShownIds = field(default_factory=ShownIds)

    def __repr__(self) -> str:
        low, high = self.orders_interval
        of_value = ""
        if self.totals.value is not None and self.totals.value_low is not None and self.totals.value_high is not None:
            ends = f"{self.totals.value_low[0]:,.0f} to {self.totals.value_high[0]:,.0f}"
            of_value = f", value {self.totals.value[0]:,.0f} ({ends})"
        return (
            f"Forecast({self.orders.source}: {len(self.summary):,} customers, {self.model.name}, {self.horizon:g} days: "
            f"orders {self.totals.orders[0]:,.0f} ({low:,.0f} to {high:,.0f}){of_value})"
        )

    def _repr_html_(self) -> str:
        """The table of segments, as a notebook shows it; names from the export are escaped."""
        styles = {
            "customers": "{:,.0f}",
            "probability_alive": "{:.0%}",
            **dict.fromkeys(("expected_orders", "orders_low", "orders_high"), "{:,.0f}"),
            "ltv": "{:,.2f}",
            **dict.fromkeys(("ltv_total", "ltv_total_low", "ltv_total_high"), "{:,.0f}"),
        }
        table = self.by()
        shown = table.to_html(index_names=False, formatters={name: styles[name].format for name in table.columns})
        return f"<p>{escape(repr(self))}</p>{shown}"

    @property
    def model(self) -> Model:
        """The model of purchases."""
        return self.fitted.model

    @property
    def summary(self) -> Summary:
        """The customers as of the last day looked at, on the model's clock."""
        return self.fitted.summary

    @property
    def season(self) -> "SeasonFit | Season | None":
        """The season estimated, or the one given, or None."""
        return self.fitted.season

    @property
    def notes(self) -> tuple[Remark, ...]:
        """All there is to be said of the orders, the season, the log's start and the choice of the model, in sentences."""
        chosen = () if self.choice is None else (self.choice.remark,)
        festivals = () if self.fitted.festivals is None else (self.fitted.festivals,)
        return (*self.remarks, *self.account.remarks, *self.fitted.notes, *festivals, *chosen)

    @property
    def orders_interval(self) -> tuple[float, float]:
        """90 % interval of all customers' orders over the horizon."""
        return float(self.totals.orders_low[0]), float(self.totals.orders_high[0])

    def to_frame(self) -> "pd.DataFrame":
        """One row a customer for a CRM: RFM, P(alive), expected orders, spend an order, LTV and its interval.

        Without amounts there is nothing of money.
        """
        import pandas as pd

        if self.worth is not None:
            frame = self.worth.to_frame()
        else:
            columns = {"probability_alive": self.probability_alive, "expected_orders": self.expected_orders}
            frame = pd.DataFrame({"customer": self.summary.customer, **columns})
        frame["segment"] = self.segments.name
        for name in ("recency", "frequency", *(("money",) if self.worth is not None else ())):
            frame[f"{name}_score"] = getattr(self.segments, f"{name}_score")
        frame["repeat_orders"] = self.summary.frequency.astype(np.int64)
        if self.summary.first_day is not None:
            day = self.summary.first_day.astype("datetime64[D]")
            frame["first_order"] = day.astype(str)
            frame["last_order"] = (day + self.summary.recency.astype("timedelta64[D]")).astype(str)
        return frame

    def by(self, labels: Mapping[str, object] | None = None) -> "pd.DataFrame":
        """Customers, expected orders and LTV by segment, with 90 % intervals of orders and value: one row each.

        Segments are RFM's, or `labels` {customer: segment}. Without amounts there is no LTV. Raises BadInput where a
        customer has no label.
        """
        import pandas as pd

        name = self.segments.name if labels is None else _labels(self.summary, labels)
        names, group = np.unique(name, return_inverse=True)
        group = group.astype(np.int64)
        totals = self._totals(group, names.size)
        n = np.bincount(group, minlength=names.size)
        table = pd.DataFrame(
            {
                "customers": n,
                "probability_alive": np.bincount(group, self.probability_alive) / n,
                "expected_orders": totals.orders,
                "orders_low": totals.orders_low,
                "orders_high": totals.orders_high,
            },
            index=pd.Index(names, name="segment"),
        )
        if totals.value is None:
            return table.sort_values("expected_orders", ascending=False, kind="stable")
        table["ltv"], table["ltv_total"] = totals.value / n, totals.value
        table["ltv_total_low"], table["ltv_total_high"] = totals.value_low, totals.value_high
        return table.sort_values("ltv_total", ascending=False, kind="stable")

    def _totals(self, group: np.ndarray, groups: int) -> GroupTotals:
        return _totals(self.fitted, self.baskets, self.worth, self.expected_orders, self.horizon, group, groups)


def _labels(summary: Summary, labels: Mapping[str, object]) -> np.ndarray:
    assert summary.customer is not None
    missing = [row for row, customer in enumerate(summary.customer.tolist(), 1) if customer not in labels]
    if missing:
        raise BadInput(
            "by: {missing:,} of {customers:,} customers have no segment, the first in row {row:,} of the summary; give one "
            "to each.",
            missing=len(missing),
            customers=len(summary),
            row=missing[0],
        )
    return np.array([str(labels[c]) for c in summary.customer.tolist()])


def forecast(
    orders: OrdersLike,
    *,
    model: str = AUTO,
    season: SeasonOption = AUTO,
    run_in: RunInOption = AUTO,
    covariates: Covariates | None = None,
    columns: Sequence[str] = (),
    spend_columns: Sequence[str] = (),
    holdout: DayLike | None = None,
    horizon: float = 365.0,
    yearly_discount: float = 0.10,
    margin: float = 1.0,
    seed: int = 0,
    show_ids: bool = False,
    tell: Callable[[str], None] = say_nothing,
) -> Forecast:
    """Forecast what each customer will do in the next `horizon` days, and what she is worth.

    orders: Orders, or whatever `read_orders` takes. model: a key of MODELS, or "auto", the one that best forecasts days
    held back (models/checks/choosing.py; nothing after `holdout` is looked at), among BG/NBD and Pareto/NBD if `columns` are
    given, and BG/NBD where nothing can be compared.
    season and run_in: see `fit_log`; by default a season is estimated where the log spans a year, and a log that begins
    in the middle of customers' lives is recognised. covariates: any dataframe with one row a customer and a column
    `customer`; its `columns` act on rhythm and on loss (BG/NBD and Pareto/NBD), its `spend_columns` on the value of an
    order. holdout: the last calibration day; what came after it scores the forecast. seed: of what is drawn for the
    posterior. show_ids: whether ids that look like phone numbers or e-mail addresses stand in what is written and said as
    they are, or masked (models/data/masking.py). `tell` is told what is being done. Orders without amounts, or of whose
    amounts none tells what an order is worth, are forecast without value, and `remarks` say so. Raises BadInput and
    CannotIdentify as its parts do.
    """
    log = read_orders(orders, money="auto")
    last = day_of(holdout, "holdout") if holdout is not None else log.last_day
    if not log.first_day <= last or (holdout is not None and last >= log.last_day):
        raise BadInput(
            "{source}: the last calibration day {last} must lie between the first order on {first_day} and the end "
            "on {last_day}, with days left to forecast.",
            source=log.source,
            last=last,
            first_day=log.first_day,
            last_day=log.last_day,
        )
    for name, value in {"horizon": horizon, "margin": margin}.items():
        check_number("forecast", name, value)
    if not (np.isfinite(horizon) and horizon > 0):
        raise BadInput("forecast: the horizon is {horizon} days; it must be a positive number.", horizon=horizon)
    if not 0 < margin <= 1:
        raise BadInput(
            "forecast: margin is {margin}; it is a share of the price above 0, 1 at most{hint}.",
            margin=margin,
            hint=in_percent(margin),
        )
    discount_rate(yearly_discount, 1.0)  # says before the work what is wrong with it
    choice: Choice | None = None
    chosen: tuple[Remark, ...] = ()
    if model == AUTO:
        model, choice, chosen = choose_for(log, last, bool(columns), tell)
    make = model_named(model)
    if columns:  # what cannot have any is refused before anything is fitted
        from models.families.covariates import WithCovariates

        WithCovariates(make(), rhythm=list(columns), loss=list(columns))
    rng = np.random.default_rng(seed)
    tell("fitting")
    log_fit = fit_log(log, last, make, season, run_in, Outlook(horizon, rng), tell)
    if columns:
        tell("fitting covariates")
        log_fit = with_covariates(log_fit, covariates, columns)
    log_fit = replace(log_fit, notes=(*chosen, *log_fit.notes, *who_cannot_be_lost(log_fit)))
    fitted, summary, ahead = log_fit.model, log_fit.summary, log_fit.ahead
    baskets, remarks = _baskets(log, last, summary, covariates, spend_columns)
    tell("forecasting")
    scored = _scored(log, last, log_fit) if holdout is not None else None
    worth = None
    if baskets is not None:
        flat = log_fit.season is None
        worth = lifetime_value(
            fitted,
            baskets,
            summary,
            horizon,
            yearly_discount=yearly_discount,
            margin=margin,
            ahead=None if flat else ahead,
        )
        alive, expected = worth.probability_alive, worth.expected_orders
    else:
        alive, expected = fitted.probability_alive(summary), fitted.expected_purchases(ahead.at(horizon), summary)
    totals = _totals(log_fit, baskets, worth, expected, horizon)
    if worth is not None:  # whose interval looks at all customers
        totals = replace(totals, value_low=np.array([worth.total_low]), value_high=np.array([worth.total_high]))
    segments = rfm_segments(summary, None if baskets is None else baskets.expected_average_spend(summary))
    tell("drawing parameters")
    draws = fitted.sample_posterior(_DRAWS, rng)
    shown = ShownIds() if show_ids else shown_in(log)
    left_out = account(log, last, summary, fitted, shown)
    return Forecast(
        log, log_fit, horizon, yearly_discount, alive, expected, baskets, worth, left_out, remarks, totals, segments,
        scored, choice, draws, shown,
    )  # fmt: skip


def _baskets(
    orders: Orders, last: date, summary: Summary, covariates: Covariates | None, columns: Sequence[str]
) -> tuple[GammaGamma | None, tuple[Remark, ...]]:
    """Spend fitted, and None with what is to be said where amounts are missing or tell nothing."""
    if not orders.has_amounts:
        if columns:
            raise BadInput(
                "{source}: there are no amounts, so nothing can be said of spend; name their column.",
                source=orders.source,
            )
        return None, orders.remarks
    try:
        return spend(orders, last, summary, covariates, columns), orders.remarks
    except CannotIdentify:
        spent = summarise(orders, last, first_spend=True).spend_count
        if columns or spent is None or (spent > 0).sum() >= 2:
            raise
        return None, (*orders.remarks, Remark(_NO_VALUE))


def _totals(
    fitted: Fitted, baskets: GammaGamma | None, worth: LifetimeValue | None, expected: Floats, horizon: float,
    group: np.ndarray | None = None, groups: int = 1,
) -> GroupTotals:  # fmt: skip
    if baskets is None or worth is None:
        return order_totals(fitted.model, fitted.summary, expected, horizon, fitted.ahead, group, groups)
    return group_totals(fitted.model, baskets, fitted.summary, worth, fitted.ahead, group, groups)


def _scored(orders: Orders, last: date, fitted: Fitted) -> Holdout:
    """The forecast of the days after `last` beside what came."""
    whole, summary = summarise(orders, orders.last_day), fitted.summary
    assert whole.customer is not None and summary.customer is not None
    actual = whole.frequency[np.searchsorted(whole.customer, summary.customer)] - summary.frequency
    expected = fitted.model.expected_purchases(fitted.ahead.at(float((orders.last_day - last).days)), summary)
    return Holdout(summary, fitted.model, actual, expected, last, orders.last_day)
