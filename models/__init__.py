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
    "BGNBD": "models.bg_nbd",
    "Model": "models.model",
    "WeaklyIdentified": "models.model",
    "GammaGamma": "models.gamma_gamma",
    "Holdout": "models.holdout",
    "LifetimeValue": "models.ltv",
    "Orders": "models.orders",
    "ParetoNBD": "models.pareto_nbd",
    "Summary": "models.summary",
    "cdnow": "models.datasets",
    "choose": "models.choosing",
    "judge": "models.choosing",
    "lifetime_value": "models.ltv",
    "market_from_orders": "models.market",
    "read_orders": "models.orders",
    "rfm_segments": "models.segments",
    "score": "models.scores",
    "score_holdout": "models.holdout",
    "summarise": "models.rfm",
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
