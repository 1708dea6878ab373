"""A market from members who were met in the middle of their lives: the likelihood, and the parameters back."""

import numpy as np
import pytest
from scipy import integrate
from scipy.special import betaln, gamma, gammaln, hyp2f1

from models import BGNBD, BadInput, CannotIdentify, Met, fit_met
from models.data.summary import Summary
from models.families.bg_nbd.met import log_likelihood_met, objective

TRUE = {"r": 0.6, "alpha": 25.0, "a": 0.8, "b": 2.5}
AGE = 700.0


def euler(s: float, rate: float, a: float, b: float, age: float = AGE) -> float:
    """Log of the integral over p of p^(a-1) (1-p)^(b-1) (rate + p age)^-s, by Gauss's hypergeometric function."""
    return float(betaln(a, b) - s * np.log(rate + age) + np.log(hyp2f1(s, b, a + b, age / (rate + age))))


@pytest.mark.parametrize("w", [0, 1])
def test_the_likelihood_is_the_closed_form(w: int) -> None:
    r, alpha, a, b = TRUE.values()
    model, met = BGNBD.known(**TRUE), Met(w, AGE)
    for x, tau_x, tau_T in ((0, 0.0, 0.0), (0, 0.0, 300.0), (1, 20.0, 25.0), (4, 200.0, 210.0), (30, 90.0, 400.0)):
        s = r + w + x
        alive = euler(s, alpha + tau_T, a, b + x)
        lost = euler(s, alpha + tau_x, a + 1, b + x - 1) if x else -np.inf
        expected = np.logaddexp(alive, lost) + gammaln(s) - gammaln(r + w) - euler(r + w, alpha, a, b)
        history = Summary(np.array([float(x)]), np.array([tau_x]), np.array([tau_T]))
        assert log_likelihood_met(model, history, met)[0] == pytest.approx(expected, rel=1e-9, abs=1e-9)


def test_exponents_and_the_clocks_rates_count() -> None:
    """Two orders whose survival was (1 - p)^0.5 and (1 - p)^1.5: against an integral."""
    r, alpha, a, b = TRUE.values()
    one = Summary(
        np.array([2.0]), np.array([40.0]), np.array([60.0]), tau_x=np.array([44.0]), tau_T=np.array([70.0]),
        G_x=np.array([2.0]), G_before=np.array([0.5]), log_rates=np.array([0.3]),
    )  # fmt: skip

    def over_lambda(p: float, shape: float, tau: float) -> float:
        return gamma(shape) * (alpha + p * AGE + tau) ** -shape * p ** (a - 1) * (1 - p) ** (b - 1)

    def history(p: float) -> float:
        lost = (1 - p) ** 0.5 * (1 - (1 - p) ** 1.5) * over_lambda(p, r + 3, 44.0)
        return (1 - p) ** 2.0 * over_lambda(p, r + 3, 70.0) + lost

    def fresh(p: float) -> float:
        return over_lambda(p, r + 1, 0.0)

    above, below = (integrate.quad(f, 0, 1, points=[1e-3, 0.05], limit=400)[0] for f in (history, fresh))
    found = log_likelihood_met(BGNBD.known(**TRUE), one, Met(1, AGE))[0]
    assert found == pytest.approx(np.log(above / below) + 0.3, abs=1e-4)


def test_a_shop_of_no_age_has_newcomers_only() -> None:
    rng = np.random.default_rng(1)
    summary = BGNBD.known(**TRUE).simulate(300, 200.0, rng).summary()
    fresh = log_likelihood_met(BGNBD.known(**TRUE), summary, Met(0, 1e-9))
    np.testing.assert_allclose(fresh, BGNBD.known(**TRUE).log_likelihood(summary), atol=1e-8)


def customers_met(n: int, w: int, rng: np.random.Generator) -> Summary:
    """A shop lived for AGE days; of those alive, n met with weight rate^w; followed for 30 to 400 days."""
    r, alpha, a, b = TRUE.values()
    rate, p = rng.gamma(r, 1 / alpha, 40 * n), rng.beta(a, b, 40 * n)
    alive = rng.random(rate.size) < (1 - p) ** rng.poisson(rate * AGE)
    rate, p = rate[alive], p[alive]
    chosen = rng.choice(rate.size, n, p=rate**w / (rate**w).sum())  # with replacement: lives from now on are their own
    rate, p, T = rate[chosen], p[chosen], np.round(rng.uniform(30, 400, n))
    x, last, now, lives = np.zeros(n), np.zeros(n), np.zeros(n), np.ones(n, bool)
    while lives.any():
        now += rng.exponential(1 / rate)
        lives &= now < T
        x[lives] += 1
        last[lives] = now[lives]
        lives &= rng.random(n) >= p
    return Summary(x, last, T)


def test_the_market_comes_back_from_members_of_a_parcel_card() -> None:
    """From members alone, and with some newcomers; a fit that takes members for newcomers is far off."""
    rng = np.random.default_rng(5)
    members, newcomers = customers_met(4000, 1, rng), BGNBD.known(**TRUE).simulate(2000, 300.0, rng).summary()
    for groups in ([(members, Met(1, AGE))], [(members, Met(1, AGE)), (newcomers, None)]):
        fitted = fit_met(groups)
        assert fitted.converged_ and not fitted.prior_used_
        for name, value in TRUE.items():
            assert abs(fitted.params_[name] - value) < 4 * fitted.standard_errors_[name], name
        ratio = fitted.params_["r"] / fitted.params_["alpha"] / (TRUE["r"] / TRUE["alpha"])
        assert 0.5 < ratio < 2.0
    naive = BGNBD().fit(members)
    assert naive.params_["r"] / naive.params_["alpha"] > 1.4 * TRUE["r"] / TRUE["alpha"]


def test_derivatives_are_those_of_the_value() -> None:
    members = customers_met(200, 0, np.random.default_rng(2))
    value = objective([(members, Met(0, AGE))])
    u = np.log([0.5, 30.0, 0.7, 3.0])
    _, gradient, hessian = value(u)
    for k, step in enumerate(np.eye(4) * 1e-4):
        up, down = value(u + step), value(u - step)
        assert gradient[k] == pytest.approx((up[0] - down[0]) / 2e-4, rel=1e-5, abs=1e-4)
        np.testing.assert_allclose(hessian[k], (up[1] - down[1]) / 2e-4, rtol=1e-4, atol=1e-4)


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(BadInput, match="weight is 2"):
        Met(2, 10.0)
    with pytest.raises(BadInput, match="age is 0"):
        Met(1, 0)
    with pytest.raises(BadInput, match="at least one group"):
        fit_met([])
    nobody_again = Summary(np.zeros(5), np.zeros(5), np.full(5, 9.0))
    with pytest.raises(CannotIdentify, match="bought on a second day"):
        fit_met([(nobody_again, Met(1, AGE))])
