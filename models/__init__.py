"""What will customers do, given what they did? Forecasting; knows nothing of sim/.

from models import BGNBD, GammaGamma, lifetime_value, read_orders
from models.data import rfm

summary = rfm(read_orders("cdnow"), end="1997-09-30")
rhythm, baskets = BGNBD().fit(summary), GammaGamma().fit(summary)
lifetime_value(rhythm, baskets, summary, horizon=365)
"""

from importlib import import_module
from typing import Any

from models.errors import BadInput, CannotIdentify

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
    "forecast": "models.forecasting.pipeline",
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
    "ParetoNBD": "models.families.pareto_nbd",
    "Peak": "models.season",
    "periods": "models.data.periods",
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
    "with_clock": "models.season",
    "weekly_tracking": "models.checks.tracking",
    "WithCovariates": "models.families.covariates",
    "write_market": "models.forecasting.market",
}

__all__ = ["BadInput", "CannotIdentify", *sorted(_HOME)]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'models' has no attribute {name!r}")
    home = import_module(_HOME[name])
    value = home if _HOME[name].endswith(f".{name}") else getattr(home, name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
