"""Customers on whom covariates have stated effects."""

import numpy as np
import pandas as pd
import pytest

from models.data.summary import Summary
from models.families.bg_nbd import BGNBD
from models.families.covariates import WithCovariates
from models.families.model import Model
from models.families.pareto_nbd import ParetoNBD

BG, PARETO = BGNBD.known(0.8, 12.0, 0.9, 4.0), ParetoNBD.known(0.9, 10.0, 0.7, 20.0)
BASES = [pytest.param(BG, id="bg-nbd"), pytest.param(PARETO, id="pareto-nbd")]
RHYTHM = {"channel=app": 0.5, "channel=web": -0.4, "age": 0.02}
LOSS = {"channel=app": -0.6, "channel=web": 0.3, "gender=m": 0.5}
COLUMNS = {"rhythm": ["channel", "age"], "loss": ["channel", "gender"]}


def people(n: int, seed: int) -> pd.DataFrame:
    """Whole years of age, so that customers share profiles, as they do."""
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "channel": rng.choice(["shop", "app", "web"], n, p=[0.5, 0.3, 0.2]),
            "gender": rng.choice(["f", "m"], n, p=[0.6, 0.4]),
            "age": np.rint(rng.normal(38.0, 10.0, n)),
        }
    )


def truth(base: Model, frame: pd.DataFrame) -> WithCovariates:
    return WithCovariates.known(base, frame, rhythm=RHYTHM, loss=LOSS)


def histories(base: Model, frame: pd.DataFrame, seed: int) -> Summary:
    rng = np.random.default_rng(seed)
    return truth(base, frame).simulate(len(frame), rng.uniform(20.0, 80.0, len(frame)), rng, frame).summary()
