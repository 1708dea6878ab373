"""What will customers do, given what they did? Forecasting; knows nothing of sim/.

>>> from models import BGNBD, GammaGamma, lifetime_value, read_orders, summarise
>>> summary = summarise(read_orders("cdnow"), end="1997-09-30")
>>> rhythm, baskets = BGNBD().fit(summary), GammaGamma().fit(summary)
>>> rhythm
BGNBD(r=0.2516, alpha=33.52, a=0.7234, b=2.161; 23,570 customers)
>>> print(f"{lifetime_value(rhythm, baskets, summary, horizon=365).total:,.0f}")
780,399

Where what lives, each of what stands before it: numerics (numbers alone), data (orders in, down to a Summary), families
(the models), season, value and checks (asked of a fitted model), forecasting (all in one call), report (plots and page).
"""

from importlib import import_module
from typing import TYPE_CHECKING

from models.errors import BadInput, CannotIdentify

if TYPE_CHECKING:
    from models.checks.choosing import choose, judge
    from models.checks.holdout import Holdout, score_holdout
    from models.checks.scores import score
    from models.checks.tracking import weekly_tracking
    from models.data.beginning import truncation
    from models.data.by_period import periods
    from models.data.imports import Imported, import_exports
    from models.data.orders import Orders, OrdersLike, cdnow, read_orders
    from models.data.rfm import summarise
    from models.data.summary import Summary
    from models.families.bg_bb import BGBB
    from models.families.bg_nbd import BGNBD
    from models.families.bg_nbd.met import Met, fit_met
    from models.families.cnbd import MBGNBD, BGCNBDk, MBGCNBDk, regularity
    from models.families.covariates import GammaGammaWithCovariates, WithCovariates
    from models.families.gamma_gamma import GammaGamma
    from models.families.identified import WeaklyIdentified
    from models.families.model import Model
    from models.families.nbd import NBD
    from models.families.pareto_nbd import ParetoNBD
    from models.families.posterior import sample_posterior
    from models.families.run_in import fit_after_run_in
    from models.forecasting.market import market_from_orders, write_market
    from models.forecasting.pipeline import Forecast, forecast
    from models.report import plots
    from models.season import ContactClock, Peak, Season, estimate_season, forecast_orders, with_clock
    from models.value.ltv import LifetimeValue, lifetime_value
    from models.value.predictive import Prediction, new_customer_value, predict, residual_value
    from models.value.segments import rfm_segments

# Where each public name lives; brought in when first asked for, so that importing this package costs nothing.
_HOME = {
    "BGBB": "models.families.bg_bb",
    "BGCNBDk": "models.families.cnbd",
    "BGNBD": "models.families.bg_nbd",
    "cdnow": "models.data.orders",
    "choose": "models.checks.choosing",
    "ContactClock": "models.season",
    "estimate_season": "models.season",
    "fit_after_run_in": "models.families.run_in",
    "fit_met": "models.families.bg_nbd.met",
    "Met": "models.families.bg_nbd.met",
    "forecast": "models.forecasting.pipeline",
    "Forecast": "models.forecasting.pipeline",
    "forecast_orders": "models.season",
    "GammaGamma": "models.families.gamma_gamma",
    "GammaGammaWithCovariates": "models.families.covariates",
    "Holdout": "models.checks.holdout",
    "import_exports": "models.data.imports",
    "Imported": "models.data.imports",
    "judge": "models.checks.choosing",
    "lifetime_value": "models.value.ltv",
    "LifetimeValue": "models.value.ltv",
    "market_from_orders": "models.forecasting.market",
    "MBGCNBDk": "models.families.cnbd",
    "MBGNBD": "models.families.cnbd",
    "Model": "models.families.model",
    "NBD": "models.families.nbd",
    "new_customer_value": "models.value.predictive",
    "Orders": "models.data.orders",
    "OrdersLike": "models.data.orders",
    "ParetoNBD": "models.families.pareto_nbd",
    "Peak": "models.season",
    "periods": "models.data.by_period",
    "plots": "models.report.plots",
    "predict": "models.value.predictive",
    "Prediction": "models.value.predictive",
    "read_orders": "models.data.orders",
    "regularity": "models.families.cnbd",
    "residual_value": "models.value.predictive",
    "rfm_segments": "models.value.segments",
    "sample_posterior": "models.families.posterior",
    "score": "models.checks.scores",
    "score_holdout": "models.checks.holdout",
    "Season": "models.season",
    "summarise": "models.data.rfm",
    "Summary": "models.data.summary",
    "truncation": "models.data.beginning",
    "WeaklyIdentified": "models.families.identified",
    "weekly_tracking": "models.checks.tracking",
    "with_clock": "models.season",
    "WithCovariates": "models.families.covariates",
    "write_market": "models.forecasting.market",
}

__all__ = [
    "BGBB",
    "BGNBD",
    "MBGNBD",
    "NBD",
    "BGCNBDk",
    "BadInput",
    "CannotIdentify",
    "ContactClock",
    "Forecast",
    "GammaGamma",
    "GammaGammaWithCovariates",
    "Holdout",
    "Imported",
    "LifetimeValue",
    "MBGCNBDk",
    "Met",
    "Model",
    "Orders",
    "OrdersLike",
    "ParetoNBD",
    "Peak",
    "Prediction",
    "Season",
    "Summary",
    "WeaklyIdentified",
    "WithCovariates",
    "cdnow",
    "choose",
    "estimate_season",
    "fit_after_run_in",
    "fit_met",
    "forecast",
    "forecast_orders",
    "import_exports",
    "judge",
    "lifetime_value",
    "market_from_orders",
    "new_customer_value",
    "periods",
    "plots",
    "predict",
    "read_orders",
    "regularity",
    "residual_value",
    "rfm_segments",
    "sample_posterior",
    "score",
    "score_holdout",
    "summarise",
    "truncation",
    "weekly_tracking",
    "with_clock",
    "write_market",
]


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module 'models' has no attribute {name!r}")
    home = import_module(_HOME[name])
    value = home if _HOME[name].endswith(f".{name}") else getattr(home, name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
