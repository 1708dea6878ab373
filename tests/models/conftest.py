"""The CDNOW log, read once, for the tests of models/."""

import pytest

from models.bg_nbd import BGNBD
from models.datasets import cdnow
from models.gamma_gamma import GammaGamma
from models.orders import Orders
from models.rfm import summarise
from models.summary import Summary


@pytest.fixture(scope="session")
def sample_orders() -> Orders:
    return cdnow(sample=True)


@pytest.fixture(scope="session")
def sample(sample_orders: Orders) -> Summary:
    """The tenth of CDNOW that papers use, up to 1997-09-30, in days."""
    return summarise(sample_orders, "1997-09-30")


@pytest.fixture(scope="session")
def rhythm(sample: Summary) -> BGNBD:
    return BGNBD().fit(sample)


@pytest.fixture(scope="session")
def baskets(sample: Summary) -> GammaGamma:
    return GammaGamma().fit(sample)
