"""What `siyu forecast` leaves behind: results as JSON, a file a customer for a CRM, plots, and one HTML page."""

import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from models.data.csv_cells import csv_text
from models.data.files import write_whole
from models.families.covariates.informed import Informed
from models.families.covariates.informed_spend import InformedSpend
from models.families.gamma_gamma import NAMES as BASKETS
from models.families.model import Model
from models.families.run_in import AfterRunIn
from models.report.account import account_json
from models.report.sentences import sentences
from models.report.tables import tables
from models.season import Season
from models.words import Language, say

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from models.forecasting.pipeline import Forecast

_NORMAL_90 = 1.6448536269514722
_LEVEL = 0.9  # of every interval
_LTV = {  # of JSON, and of LifetimeValue
    "mean": "mean",
    "low": "mean_low",
    "high": "mean_high",
    "total": "total",
    "total_low": "total_low",
    "total_high": "total_high",
}
_OF_VALUE = ("ltv", "ltv_total", "ltv_total_low", "ltv_total_high")  # null in a segment where there are no amounts
_HISTORIES = 6  # customers whose history is drawn


def results(forecast: "Forecast", groups: "pd.DataFrame", seed: int) -> dict[str, Any]:
    """What `--json` holds (docs/json.md); undefined is null."""
    from importlib.metadata import version

    rhythm, baskets = forecast.model, forecast.baskets
    base = _base(rhythm)
    values: dict[str, Any] = {
        "version": version("siyu"),
        "seed": seed,
        "source": forecast.orders.source,
        "time_unit": "day",
        "model": rhythm.name,
        "parameters": base.params_,
        "standard_errors": rhythm.standard_errors_,
        "spend_parameters": {name: None if baskets is None else baskets.params_[name] for name in BASKETS},
        "spend_standard_errors": dict.fromkeys(BASKETS) if baskets is None else baskets.standard_errors_,
        "log_likelihood": rhythm.log_likelihood_,
        "fit": {"rhythm": rhythm.message_, "spend": getattr(baskets, "message_", None)},
        "prior_used": {"rhythm": rhythm.prior_used_, "spend": getattr(baskets, "prior_used_", None)},
        "customers": len(forecast.summary),
        "currency": forecast.orders.currency,
        "platform": forecast.orders.platform,
        "rows_read": forecast.orders.rows_read,
        **account_json(forecast.account),
        "horizon_days": forecast.horizon,
        "yearly_discount": forecast.yearly_discount,
        "expected_orders": float(forecast.expected_orders.sum()),
        "ltv": {name: getattr(forecast.worth, field, None) for name, field in _LTV.items()} | {"level": _LEVEL},
        "intervals": {
            "level": _LEVEL,
            "expected_orders": dict(zip(("low", "high"), forecast.orders_interval, strict=True)),
            "ltv_total": {end: getattr(forecast.worth, f"total_{end}", None) for end in ("low", "high")},
        },
        "diagnostics": _diagnostics(forecast),
        "segments": [
            {"segment": str(name), **dict.fromkeys(_OF_VALUE), **{k: float(v) for k, v in row.items()}}
            for name, row in groups.iterrows()
        ],
    }
    if forecast.scored is not None:
        values["holdout"] = {
            "last_calibration_day": str(forecast.scored.last_calibration_day),
            "end": str(forecast.scored.end),
            "actual_orders": forecast.scored.actual_orders,
            "expected_orders": forecast.scored.expected_orders,
            "mae": forecast.scored.mae,
            "rmse": forecast.scored.rmse,
            "total_error": forecast.scored.total_error,
        }
    clean: dict[str, Any] = _without_nan(values)
    return clean


def _base(model: Model) -> Model:
    """The model as it is of the reference customer, and of a newcomer."""
    if isinstance(model, AfterRunIn):
        model = model.model
    return model.base if isinstance(model, Informed) else model


def _effects(forecast: "Forecast") -> list[Any]:
    """Whatever has covariates: the rhythm's, and the baskets'."""
    rhythm = forecast.model.model if isinstance(forecast.model, AfterRunIn) else forecast.model
    return [part.fitted for part in (rhythm, forecast.baskets) if isinstance(part, Informed | InformedSpend)]


def _diagnostics(forecast: "Forecast") -> dict[str, Any]:
    """How far the numbers can be trusted: fit, posterior, spend's independence, season, covariates, choice."""
    rhythm, baskets = forecast.model, forecast.baskets
    draws = forecast.draws
    values: dict[str, Any] = {
        "converged": rhythm.converged_,
        "posterior": {
            "method": getattr(draws, "method", "normal approximation"),
            "ess": getattr(draws, "ess", None),
            "pareto_k": getattr(draws, "pareto_k", None),
            "message": getattr(draws, "message", None),
        },
        "spend_frequency_correlation": getattr(baskets, "correlation_", None),
    }
    from models.season import SeasonFit

    if isinstance(forecast.season, SeasonFit):
        clear = forecast.season.clear_lifts()
        values["season"] = {
            "message": forecast.season.message,
            "peaks": {
                name: {
                    "lift": lift,
                    "low": lift * math.exp(-_NORMAL_90 * error),
                    "high": lift * math.exp(_NORMAL_90 * error),
                    "shown": name in clear,
                }
                for name, (lift, error) in forecast.season.lifts().items()
            },
        }
    effects = [row for fitted in _effects(forecast) for row in _covariates(fitted)]
    if effects:
        values["covariates"] = effects
    seen = forecast.fitted.truncation
    if seen is not None:
        values["truncation"] = {
            "verdict": seen.verdict,
            "run_in_days": seen.run_in,
            "left_over": seen.left_over,
            "message": seen.message,
        }
    values["notes"] = [
        note.say() for note in forecast.notes if forecast.choice is None or note != forecast.choice.remark
    ]
    if forecast.choice is not None:
        table = forecast.choice.to_frame().reset_index().astype(object)
        values["choice"] = {"sentence": forecast.choice.sentence, "models": table.to_dict("records")}
    return values


def _covariates(fitted: Any) -> list[dict[str, Any]]:
    return [
        {
            "process": row["process"],
            "name": row["covariate"],
            "factor": row["times"],
            "low": math.exp(row["coefficient"] - _NORMAL_90 * row["standard_error"]),
            "high": math.exp(row["coefficient"] + _NORMAL_90 * row["standard_error"]),
            "p_value": row["p_value"],
        }
        for row in fitted.effects().to_dict("records")
    ]


def _without_nan(value: Any) -> Any:
    """NaN and infinities become null, NumPy's numbers Python's, at any depth."""
    if isinstance(value, dict):
        return {key: _without_nan(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_without_nan(item) for item in value]
    if isinstance(value, np.generic):
        value = value.item()
    return None if isinstance(value, float) and not math.isfinite(value) else value


# --- files -----------------------------------------------------------------------------------------------------------


def write(
    folder: Path, forecast: "Forecast", groups: "pd.DataFrame", results: dict[str, Any], lang: Language, command: str
) -> None:
    """The table of customers, plots, page, and last the JSON, so that its presence says that all is there.

    Customers are called as `forecast.shown` has them.
    """
    from models.data.files import write_json

    frame = forecast.to_frame().round({"probability_alive": 6, "expected_orders": 6})
    money = [name for name in ("expected_spend_an_order", "ltv", "ltv_low", "ltv_high") if name in frame.columns]
    frame = frame.round(dict.fromkeys(money, 4))
    if money:
        frame["currency"] = forecast.orders.currency or say("no currency", lang)
    frame["segment"] = [say(name, lang) for name in frame["segment"]]
    if forecast.shown.masked:
        frame["customer"] = [forecast.shown(customer) for customer in frame["customer"]]
    # A mark of byte order, so that Excel shows ids and headers in Chinese rightly.
    write_whole(folder / "customers.csv", "\ufeff" + csv_text(frame))
    for name, figure in figures(forecast, lang, results["seed"]).items():
        write_whole(folder / f"{name}.png", _png(figure))
    write_whole(folder / "forecast.html", html(forecast, groups, results, lang, command))
    write_json(folder / "forecast.json", "forecast", results)


def _png(figure: "Figure") -> bytes:
    """The figure as a PNG file's content."""
    from io import BytesIO

    buffer = BytesIO()
    figure.savefig(buffer, dpi=150)
    return buffer.getvalue()


def figures(forecast: "Forecast", lang: Language, seed: int = 0) -> dict[str, "Figure"]:
    """Every plot that this forecast has, by the name of its file."""
    from models.report import plots

    base, oldest = _base(forecast.model), max(float(forecast.summary.T.max()), 1.0)
    figures = {
        "frequency_recency": plots.frequency_recency_matrix(base, forecast.horizon, oldest, lang=lang),
        "probability_alive": plots.probability_alive_matrix(base, oldest, lang=lang),
    }
    if forecast.baskets is not None:
        figures["spend"] = plots.spend_density(
            forecast.baskets, forecast.summary, lang=lang, currency=forecast.orders.currency or ""
        )
    described = _described(forecast.model, forecast.draws)
    figures["parameters"] = plots.posterior_pairs(described, forecast.model.params_, lang=lang)
    if forecast.scored is not None:
        figures["calibration"] = plots.calibration_by_frequency(forecast.scored, lang=lang)
        from models.checks.tracking import weekly_tracking

        tracking = weekly_tracking(forecast.orders, forecast.scored, seed, season=forecast.season)
        figures["weekly_orders"] = plots.weekly_orders(tracking, lang)
        figures["cumulative_orders"] = plots.weekly_orders(tracking, lang, cumulative=True)
    if forecast.season is not None:
        figures["season"] = plots.season(forecast.season, forecast.summary.end, lang=lang)
    if forecast.summary.end is not None:
        clock = _day_clock(forecast)
        figures["histories"] = plots.histories(
            base, _busy(forecast), forecast.summary.end, lang, *([] if clock is None else [clock])
        )
    return figures


def _described(model: Model, draws: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The draws of the parameters that describe customers: after a run-in the newcomers'."""
    names = model.model.params_ if isinstance(model, AfterRunIn) else draws
    return {name: draws[name] for name in names}


def _day_clock(forecast: "Forecast") -> Callable[[np.ndarray], np.ndarray] | None:
    """Operational time at the end of days of the log, None where it is the calendar's."""
    season, first = forecast.season, np.datetime64(forecast.orders.first_day, "D")
    if season is None or forecast.summary.end is None:
        return None
    days = int((forecast.summary.end - first).astype(int)) + 1
    rates = season.daily if isinstance(season, Season) else season.rates
    passed = np.cumsum(rates(forecast.orders.first_day, days))
    return lambda when: np.asarray(passed[(when - first).astype(int)])


def _busy(forecast: "Forecast") -> dict[Any, np.ndarray]:
    """Purchase days of a few customers, from the busiest to those with one repeat order."""
    import narwhals as nw

    summary = forecast.summary
    assert summary.customer is not None and summary.end is not None
    order = np.argsort(-summary.frequency, kind="stable")
    repeat = max(int((summary.frequency > 0).sum()), 1)
    rows = order[np.unique(np.linspace(0, repeat - 1, _HISTORIES).astype(int))]
    names = summary.customer[rows]
    table = (
        forecast.orders.frame.filter(nw.col("customer").is_in(names.tolist()) & (nw.col("amount") >= 0))
        .select("customer", day=nw.col("time").dt.truncate("1d"))
        .unique()
        .collect(backend="pyarrow")
        .to_arrow()
    )
    who, day = table["customer"].to_numpy(), table["day"].to_numpy().astype("datetime64[D]")
    day_ok = day <= summary.end
    return {forecast.shown(name): np.sort(day[(who == name) & day_ok]) for name in names}


# --- the page --------------------------------------------------------------------------------------------------------


def html(forecast: "Forecast", groups: "pd.DataFrame", results: dict[str, Any], lang: Language, command: str) -> str:
    """The forecast as the text of one HTML page that needs no network."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("models.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )

    def words(text: str, **values: object) -> str:
        return say(text, lang, **values)

    return environment.get_template("forecast.html.j2").render(
        lang=lang,
        t=words,
        title=say("Forecast of {source}", lang, source=forecast.orders.source),
        sentences=sentences(forecast, results, lang),
        tables=tables(groups, results, lang),
        figures=_drawn(lambda: figures(forecast, lang, results["seed"])),
        command=command,
        version=results["version"],
        seed=results["seed"],
    )


def _drawn(make: Callable[[], dict[str, "Figure"]]) -> list[dict[str, Any]]:
    from markupsafe import Markup

    from models.report.plots.svg import svg, text_stays_text

    with text_stays_text():
        return [{"svg": Markup(svg(figure, name))} for name, figure in make().items()]
