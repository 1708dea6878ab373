"""What will customers do, given what they did? Forecasting; knows nothing of sim/.

from models import BGNBD, GammaGamma, lifetime_value, read_orders, rfm

summary = rfm(read_orders("cdnow"), end="1997-09-30")
rhythm, baskets = BGNBD().fit(summary), GammaGamma().fit(summary)
lifetime_value(rhythm, baskets, summary, horizon=365)
"""

from importlib import import_module
from typing import Any

from models.errors import BadInput, CannotIdentify

# Where each public name lives; brought in when first asked for, so that importing this package costs nothing.
_HOME = {
    "BGBB": "models.bg_bb",
    "BGCNBDk": "models.cnbd",
    "BGNBD": "models.bg_nbd",
    "cdnow": "models.datasets",
    "choose": "models.choosing",
    "ContactClock": "models.season",
    "estimate_season": "models.season",
    "fit_after_run_in": "models.run_in",
    "forecast": "models.forecasting",
    "forecast_orders": "models.season",
    "GammaGamma": "models.gamma_gamma",
    "GammaGammaWithCovariates": "models.covariates",
    "Holdout": "models.holdout",
    "import_exports": "models.imports",
    "Imported": "models.imports",
    "judge": "models.choosing",
    "lifetime_value": "models.ltv",
    "LifetimeValue": "models.ltv",
    "market_from_orders": "models.market",
    "MBGCNBDk": "models.cnbd",
    "MBGNBD": "models.cnbd",
    "Model": "models.model",
    "NBD": "models.nbd",
    "new_customer_value": "models.predictive",
    "Orders": "models.orders",
    "ParetoNBD": "models.pareto_nbd",
    "Peak": "models.season",
    "predict": "models.predictive",
    "Prediction": "models.predictive",
    "read_orders": "models.orders",
    "regularity": "models.cnbd",
    "residual_value": "models.predictive",
    "rfm_segments": "models.segments",
    "sample_posterior": "models.posterior",
    "score": "models.scores",
    "score_holdout": "models.holdout",
    "Season": "models.season",
    "summarise": "models.rfm",
    "Summary": "models.summary",
    "WeaklyIdentified": "models.model",
    "with_clock": "models.season",
    "WithCovariates": "models.covariates",
    "write_market": "models.market",
}

__all__ = ["BadInput", "CannotIdentify", *sorted(_HOME)]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'models' has no attribute {name!r}")
    value = getattr(import_module(_HOME[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
