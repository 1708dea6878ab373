"""A market file: rhythm, loss and baskets of an export's customers, for the simulator to live on."""

import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack

from models.data.given import check_number
from models.data.orders import Orders, OrdersLike, ReadOptions, orders_of
from models.data.rfm import AFTER_END, DayLike, day_of, summarise
from models.data.summary import DAYS_IN, Summary
from models.errors import BadInput, CannotIdentify, in_percent
from models.families.ahead import calendar
from models.families.bg_nbd import BGNBD
from models.families.bg_nbd.met import Met, fit_met
from models.families.bg_nbd.model import NAMES as RHYTHM
from models.families.gamma_gamma import NAMES as BASKETS
from models.families.gamma_gamma import GammaGamma
from models.families.identified import check_repeats
from models.families.run_in import AfterRunIn
from models.forecasting.fitting import Fitted, RunInOption, SeasonOption, fit_log
from models.forecasting.left_out import Account, account
from models.words import Remark

if TYPE_CHECKING:
    from models.season import Season, SeasonFit

# Nothing in an export of orders says why people buy: these shares are an assumption, to be overwritten by who
# knows more.
PERSONAS = {"price_sensitive": 0.35, "quality_seeker": 0.25, "sociable": 0.2, "busy": 0.2}


@dataclass(frozen=True)
class Calibration:
    """A market, and how it came about: content of the market file; what was fitted, with notes of season and start; what
    was left out of the export."""

    market: dict[str, Any]
    fitted: Fitted
    account: Account

    @property
    def notes(self) -> tuple[Remark, ...]:
        """All there is to be said of the orders, the season and the log's start, in sentences."""
        festivals = () if self.fitted.festivals is None else (self.fitted.festivals,)
        return (*self.account.remarks, *self.fitted.notes, *festivals)


class MarketOptions(ReadOptions, total=False):
    """Options of `calibrate_market`, and of the orders' reading."""

    name: str | None
    margin: float
    end: DayLike | None
    season: SeasonOption
    run_in: RunInOption | Met


def market_from_orders(orders: OrdersLike, **options: Unpack[MarketOptions]) -> dict[str, Any]:
    """The market file's content alone, of what `calibrate_market` gives; takes and raises what it does.

    `options`: name, currency, margin, end, season and run_in, and customer, date, amount, order, status, keep,
    refund, currency, lines, timezone, date_format, sheet, identity, exclude, bad_rows, today and money, as `read_orders`
    takes them.
    """
    return calibrate_market(orders, **options).market


def calibrate_market(
    orders: OrdersLike,
    *,
    name: str | None = None,
    margin: float = 0.3,
    end: DayLike | None = None,
    season: SeasonOption = None,
    run_in: RunInOption | Met = None,
    **columns: Unpack[ReadOptions],
) -> Calibration:
    """Fit BG/NBD and Gamma-Gamma to `orders` up to and with the day `end` (default: all) and write down the
    market.

    `market` is the market file's content: name, currency, margin, rhythm, baskets, personas, source. Time in
    days, v in the export's money; covariances are of the parameters' logarithms. `name` defaults to the
    export's. `season` and `run_in` as in forecasting/fitting.py: a season is written down, moving festivals as they
    lie in the year after the export's end, and the rhythm is that of its clock; after a run-in it is the newcomers'.
    `run_in` may also say that the orders are of members who were met in the middle of their lives, Met(1, days that the shop
    has sold for): by a card in repeat parcels, each from the order with the card on. The rhythm is then that of the shop's
    newcomers (`fit_met`), and the shop's age is written down, for channels that meet its customers.
    `columns`: customer, date, amount, order, status, keep, refund, currency, lines, timezone, date_format, sheet, identity,
    exclude, bad_rows, today and money, as `read_orders` takes them. currency, the code of the market's money or the column
    that says it, is needed where the orders do not say it. Raises BadInput where the orders cannot be used or have no
    amounts or no currency, CannotIdentify where they do not tell rhythm or spend.
    """
    check_number("calibrate", "margin", margin)
    if not 0 < margin <= 1:
        raise BadInput(
            "margin is {margin}; it is the share of a price that is left after the product, like 0.3{hint}.",
            margin=margin,
            hint=in_percent(margin),
        )
    read = orders_of(orders, columns)
    last = day_of(end, "end") if end is not None else read.last_day
    if not read.has_amounts:
        columns_there = next((r.values["columns"] for r in read.remarks if "columns" in r.values), None)
        there = Remark(" (there are {columns})", {"columns": columns_there}) if columns_there else ""
        raise BadInput(
            "{source}: a market needs baskets, and these orders have no amounts{there}; name the column with what "
            "was paid (amount), or export it too.",
            source=read.source,
            there=there,
        )
    code = _currency(read, columns.get("currency"))
    summary = summarise(read, last)
    # of priors alone it would look like a calibrated one
    check_repeats(Remark("{source}: a market", {"source": read.source}), summary)
    met = run_in if isinstance(run_in, Met) else None
    fitted = (
        _of_members(summary, run_in, season) if isinstance(run_in, Met) else fit_log(read, last, BGNBD, season, run_in)
    )
    rhythm = fitted.model.model if isinstance(fitted.model, AfterRunIn) else fitted.model
    baskets = GammaGamma().fit(summary)
    if not baskets.mean_exists_:
        raise CannotIdentify(
            "{source}: a few orders are so large that the mean spend is infinite under Gamma-Gamma (q = {q:.3g}); "
            "check the amounts, or leave wholesale orders out.",
            source=read.source,
            q=baskets.params_["q"],
        )
    late = summary.dropped.get(AFTER_END, 0)
    market = {
        "name": name or Path(read.source).stem.replace(" ", "_"),
        "currency": code,
        "margin": float(margin),
        "rhythm": {**_rounded(rhythm.params_, RHYTHM), "covariance": _matrix(rhythm.covariance_)},
        "baskets": {**_rounded(baskets.params_, BASKETS), "covariance": _matrix(baskets.covariance_)},
        **({} if met is None else {"shop_age": float(met.age)}),
        "personas": dict(PERSONAS),
        **({} if fitted.season is None else {"season": _season(fitted.season).market(last.year + 1)}),
        "source": {
            "file": Path(read.source).name,
            "customers": len(summary),
            "orders": read.orders - late,
            "first_day": read.first_day,
            "last_day": last,
            "fitted_by": f"siyu {version('siyu')}",
            **({} if met is None else {"met": "repeat_parcel"}),
        },
    }
    told = account(read, last, summary, fitted.model)
    return Calibration(market, fitted, replace(told, remarks=(*read.remarks, *told.remarks)))


def _currency(read: Orders, given: str | None) -> str:
    """The currency of a market: what its orders say, or who calibrates it. Raises BadInput where nobody does, where both say
    another, or where `given` is no code."""
    code = None if given is None else given.strip().upper()
    if read.currency is None and code is None:
        raise BadInput(
            "{source}: the orders do not say their currency, and a market needs one; give its code with currency, such as "
            "CNY (--currency CNY).",
            source=read.source,
        )
    if code is not None and not re.fullmatch("[A-Z]{3}", code):
        if read.currency is not None:
            return read.currency  # the column that said it
        raise BadInput("currency {given!r}: must be an ISO code of three letters such as CNY.", given=str(given)[:20])
    if read.currency is not None and code not in (None, read.currency):
        raise BadInput(
            "{source}: the orders are in {said}, not in {given}; leave currency out.",
            source=read.source,
            said=read.currency,
            given=code,
        )
    return read.currency or str(code)


def _of_members(summary: Summary, met: Met, season: SeasonOption) -> Fitted:
    """The newcomers' rhythm from members who were met at an order, which is their first in the log."""
    if met.weight != 1:
        raise BadInput("orders tell when members were met only where a parcel met them; for others call fit_met.")
    if season is not None:
        raise BadInput(
            "orders of members whom a repeat parcel met begin in the middle of their lives; leave season out."
        )
    model = fit_met([(summary, met)])
    return Fitted(model, summary, calendar(DAYS_IN[summary.time_unit]), None, None, ())


def _season(fitted: "SeasonFit | Season") -> "Season":
    """The season itself, estimated or given."""
    from models.season import Season

    return fitted if isinstance(fitted, Season) else fitted.season


def _rounded(params: Mapping[str, float], names: tuple[str, ...]) -> dict[str, float]:
    return {name: float(f"{params[name]:.9g}") for name in names}


def _matrix(covariance: Any) -> list[list[float]]:
    """Rows of the covariance, rounded alike on both sides of the diagonal."""
    return [[float(f"{value:.6g}") for value in row] for row in covariance]


_HEADING = """\
# A market: how the customers of {file} order when nobody bothers them. Written by `siyu calibrate`.
# rhythm: BG/NBD in days (r, a, b have no unit, alpha is in days); baskets: Gamma-Gamma, v in {currency}.
# covariance: of the logarithms, in the order given; a simulation draws from it to show what the data leave open.
# personas are an ASSUMPTION: orders do not say why people buy. Overwrite the shares with what you know; they sum to 1.
# margin: the share of a price left after the product itself.
"""
_HEADING_OF_NEWCOMERS = """\
# The orders are of members whom a card in repeat parcels met, which finds whoever orders often: that is taken off. The
# rhythm is that of the shop's newcomers, so members of the card order more often than it says (meets: repeat_parcel);
# baskets are the members'. shop_age: days that the shop has sold for.
"""


def market_text(market: Mapping[str, Any]) -> str:
    """The market as YAML with a heading that says what it is."""
    file = " ".join(str(market["source"]["file"]).split())
    lines = [_HEADING.format(file=file, currency=" ".join(str(market["currency"]).split())).rstrip("\n")]
    if "met" in market["source"]:
        lines.append(_HEADING_OF_NEWCOMERS.rstrip("\n"))
    for key in ("name", "currency", "margin", *(("shop_age",) if "shop_age" in market else ())):
        lines.append(f"{key}: {_scalar(market[key])}")
    for part, names in (("rhythm", RHYTHM), ("baskets", BASKETS)):
        lines.append(f"{part}:")
        lines += [f"  {name}: {_scalar(market[part][name])}" for name in names]
        lines.append("  covariance:")
        lines += [f"    - [{', '.join(map(_scalar, row))}]" for row in market[part]["covariance"]]
    if "season" in market:
        lines += ["season:", f"  months: [{', '.join(map(_scalar, market['season']['months']))}]", "  peaks:"]
        lines += [f"    - {{{_pairs(peak)}}}" for peak in market["season"]["peaks"]]
    for part in ("personas", "source"):
        lines.append(f"{part}:")
        lines += [f"  {key}: {_scalar(value)}" for key, value in market[part].items()]
    return "\n".join(lines) + "\n"


def _pairs(mapping: Mapping[str, Any]) -> str:
    return ", ".join(f"{key}: {_scalar(value)}" for key, value in mapping.items())


def _scalar(value: Any) -> str:
    """Text in quotes (JSON's are YAML's), numbers with a decimal point where YAML 1.1 wants one, dates as
    they are."""
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, float) and "e" in repr(value) and "." not in repr(value):
        return repr(value).replace("e", ".0e")
    return str(value)


def write_market(path: str | os.PathLike[str], market: Mapping[str, Any]) -> Path:
    """Write the market file; it appears whole or not at all. Folders are made. Returns its path."""
    from models.data.files import write_whole

    return write_whole(Path(path), market_text(market))
