"""What the data do not tell of covariates: a weak prior stands in for it, and says so."""

import numpy as np
import pytest

from models.data.summary import Summary
from models.families.bg_nbd import BGNBD
from models.families.covariates import GammaGammaWithCovariates, WithCovariates
from models.families.gamma_gamma import GammaGamma
from models.families.model import Model, WeaklyIdentified

from .with_effects import BASES, histories, people


@pytest.mark.parametrize("base", BASES)
def test_a_level_that_never_bought_again_gets_the_prior_alone(base: Model) -> None:
    frame = people(1_500, 86)
    summary = histories(base, frame, 87)
    nobody = np.arange(1_500) % 30 == 0
    frame.loc[nobody, "channel"] = "tv"
    quiet = Summary(np.where(nobody, 0.0, summary.frequency), np.where(nobody, 0.0, summary.recency), summary.T)
    with pytest.warns(WeaklyIdentified, match="rhythm: channel=tv"):
        fitted = WithCovariates(type(base)(), rhythm=["channel"], loss=["gender"]).fit(quiet, frame)
    assert fitted.converged_
    assert fitted.prior_used_
    assert "do not identify rhythm: channel=tv; a weak prior" in fitted.message_
    assert -6.0 < fitted.coefficients_["rhythm"]["channel=tv"] < -0.5
    assert np.isfinite(fitted.covariance_).all()
    assert fitted.likelihood_ratio_ is not None
    # The others are as if those customers had been left out: their own likelihood has nothing to do with the prior.
    rest = WithCovariates(type(base)(), rhythm=["channel"], loss=["gender"]).fit(quiet[~nobody], frame[~nobody])
    for name in ("channel=app", "channel=web"):
        error = rest.standard_errors_[f"rhythm: {name}"]
        assert fitted.coefficients_["rhythm"][name] == pytest.approx(
            rest.coefficients_["rhythm"][name], abs=0.5 * error
        )


def test_a_level_without_spend_gets_the_prior() -> None:
    frame, rng = people(400, 70), np.random.default_rng(88)
    base, counts = GammaGamma.known(6.0, 3.7, 15.0), rng.geometric(0.4, 400) - 1.0
    counts[frame["channel"] == "web"] = 0.0
    summary = Summary(counts, counts * 1.0, counts + 10.0, base.simulate(counts, rng))
    with pytest.warns(WeaklyIdentified, match="spend: channel=web"):
        fitted = GammaGammaWithCovariates(["channel"]).fit(summary, frame)
    assert fitted.coefficients_["spend"]["channel=web"] == pytest.approx(0.0, abs=1e-9)
    assert fitted.standard_errors_["spend: channel=web"] == pytest.approx(1.5, rel=1e-6)


def test_loyal_customers_whom_nothing_is_lost_of() -> None:
    """Everybody buys to the end: loss is open, in the base model too, and both priors are said."""
    rng = np.random.default_rng(89)
    frame = people(300, 89)
    x = rng.poisson(30.0, 300).astype(float)
    summary = Summary(x, np.full(300, 99.9), np.full(300, 100.0))
    with pytest.warns(WeaklyIdentified):
        fitted = WithCovariates(BGNBD(), rhythm=["age"], loss=["channel"]).fit(summary, frame)
    assert fitted.prior_used_
    assert "base parameters" in fitted.message_
    assert fitted.likelihood_ratio_ is None
    assert np.isfinite(fitted.covariance_).all()
    assert np.isfinite(fitted.expected_purchases(50.0)).all()
