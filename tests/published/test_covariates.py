"""Published figures for the apparel log of the R package CLVTools, with covariates; the data are not shipped."""

import os
from pathlib import Path

import numpy as np
import pytest

from models.data.orders import read_orders
from models.data.rfm import summarise
from models.families.covariates import WithCovariates
from models.families.pareto_nbd import ParetoNBD

FOLDER = Path(os.environ.get("SIYU_PUBLISHED_DATA", ""))
BOTH = ["Gender", "Channel"]


@pytest.mark.skipif(
    not ((FOLDER / "apparelTrans.csv").is_file() and (FOLDER / "apparelStaticCov.csv").is_file()),
    reason="set SIYU_PUBLISHED_DATA to a folder with apparelTrans.csv and apparelStaticCov.csv",
)
def test_pareto_nbd_with_gender_and_channel() -> None:
    import pandas as pd

    orders = read_orders(FOLDER / "apparelTrans.csv", customer="Id", date="Date", amount="Price")
    weeks = summarise(orders, "2006-12-31").in_weeks()  # 104 weeks
    frame = pd.read_csv(FOLDER / "apparelStaticCov.csv")
    fitted = WithCovariates(ParetoNBD(), rhythm=BOTH, loss=BOTH).fit(weeks, frame, customer="Id")
    assert fitted.converged_
    assert not fitted.prior_used_
    assert fitted.log_likelihood_ == pytest.approx(-5821.063, abs=1e-3)
    # The published fit stopped a little before the maximum, hence hundredths of a standard error and not the last digit.
    published = {
        "rhythm: Gender": 0.2860,
        "rhythm: Channel": 0.6239,
        "loss: Gender": -0.6428,
        "loss: Channel": 0.7902,
    }
    errors = fitted.standard_errors_
    for name, value in published.items():
        process, covariate = name.split(": ")
        assert fitted.coefficients_[process][covariate] == pytest.approx(value, abs=0.01 * errors[name])
    assert fitted.params_["r"] == pytest.approx(1.8387, abs=0.01 * errors["r"])
    assert fitted.params_["s"] == pytest.approx(0.5913, abs=0.01 * errors["s"])
    # Theirs are of a customer with Gender = Channel = 0, ours of one with average numbers.
    mean = frame[BOTH].mean().to_numpy()
    alpha = fitted.params_["alpha"] * np.exp(mean @ [fitted.coefficients_["rhythm"][name] for name in BOTH])
    beta = fitted.params_["beta"] * np.exp(mean @ [fitted.coefficients_["loss"][name] for name in BOTH])
    assert alpha == pytest.approx(92.9435, abs=0.01 * errors["alpha"])
    assert beta == pytest.approx(49.5050, abs=0.01 * errors["beta"])
    assert fitted.without_ is not None
    assert fitted.without_.log_likelihood_ == pytest.approx(-5848.098, abs=1e-3)
    assert fitted.likelihood_ratio_ is not None
    assert fitted.likelihood_ratio_.statistic == pytest.approx(2 * (5848.098 - 5821.063), abs=4e-3)

    # The same said in words: another reference customer, the same model.
    words = frame.assign(
        Gender=np.where(frame["Gender"] == 1, "f", "m"), Channel=np.where(frame["Channel"] == 1, "web", "shop")
    )
    again = WithCovariates(ParetoNBD(), rhythm=BOTH, loss=BOTH).fit(weeks, words, customer="Id")
    assert again.log_likelihood_ == pytest.approx(fitted.log_likelihood_, rel=1e-12)
    assert again.params_["alpha"] == pytest.approx(alpha, rel=1e-6)  # m and shop are the more frequent
    np.testing.assert_allclose(again.expected_purchases(52.0), fitted.expected_purchases(52.0), rtol=1e-6)
