"""siyu (私域): a wind tunnel for private-domain strategies. Every public name of `sim` and `models`, in one place.

>>> import siyu
>>> strategies = ["scenarios/blast.yaml", "scenarios/balanced.yaml", "scenarios/nurture.yaml"]
>>> result = siyu.compare(strategies, members=200, days=30, replicates=2)
>>> result
Comparison(blast, balanced, nurture; against blast; 2 replicates, all uncertainty)
>>> figure = result.plot()

The names live in `sim` and `models` and are the same objects there: `from sim import compare` goes on working. Their plots
are together in `siyu.plots`; other modules stand below `siyu.sim` and `siyu.models`. Nothing heavy is imported before it
is used.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from siyu.packages import refuse_others

refuse_others()

if TYPE_CHECKING:
    import models
    import sim
    from models import (
        BGBB,
        BGNBD,
        MBGNBD,
        NBD,
        BadInput,
        BGCNBDk,
        CannotIdentify,
        ContactClock,
        Forecast,
        GammaGamma,
        GammaGammaWithCovariates,
        Holdout,
        Imported,
        LifetimeValue,
        MBGCNBDk,
        Met,
        Model,
        Orders,
        OrdersLike,
        ParetoNBD,
        Peak,
        Prediction,
        Season,
        Summary,
        WeaklyIdentified,
        WithCovariates,
        cdnow,
        choose,
        estimate_season,
        fit_after_run_in,
        fit_met,
        forecast,
        forecast_orders,
        import_exports,
        judge,
        lifetime_value,
        market_from_orders,
        new_customer_value,
        periods,
        predict,
        read_orders,
        regularity,
        residual_value,
        rfm_segments,
        sample_posterior,
        score,
        score_holdout,
        summarise,
        truncation,
        weekly_tracking,
        with_clock,
        write_market,
    )
    from sim import (
        Comparison,
        Member,
        Parts,
        PoolModel,
        Run,
        Scenario,
        Story,
        Sweep,
        compare,
        load,
        members_frame,
        parts,
        simulate,
        story,
        sweep,
    )
    from siyu import plots

__all__ = [
    "BGBB", "BGNBD", "MBGNBD", "NBD", "BGCNBDk", "BadInput", "CannotIdentify", "Comparison", "ContactClock",
    "Forecast", "GammaGamma", "GammaGammaWithCovariates", "Holdout", "Imported", "LifetimeValue", "MBGCNBDk",
    "Member", "Met", "Model", "Orders", "OrdersLike", "ParetoNBD", "Parts", "Peak", "PoolModel", "Prediction", "Run",
    "Scenario", "Season", "Story", "Summary", "Sweep", "WeaklyIdentified", "WithCovariates", "cdnow", "choose", "compare",
    "estimate_season", "fit_after_run_in", "fit_met", "forecast", "forecast_orders", "import_exports", "judge",
    "lifetime_value", "load", "market_from_orders", "members_frame", "models", "new_customer_value", "parts", "periods",
    "plots",
    "predict", "read_orders", "regularity", "residual_value", "rfm_segments", "sample_posterior", "score", "score_holdout",
    "sim", "simulate", "story", "summarise", "sweep", "truncation", "weekly_tracking", "with_clock", "write_market",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import version  # takes longer to import than all else here

        return version("siyu")
    if name not in __all__:
        raise AttributeError(f"module 'siyu' has no attribute {name!r}")
    import models
    import sim

    if name == "plots":
        value: Any = import_module("siyu.plots")
    elif name in ("models", "sim"):
        value = models if name == "models" else sim
    else:
        value = getattr(sim if name in sim.__all__ else models, name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
