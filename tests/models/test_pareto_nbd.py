"""Pareto/NBD: exact against mpmath at 50 digits in every corner, what was simulated comes back, what cannot be told is said.

Statistical tests have fixed seeds and tolerances of 5 standard errors (of the fit, or of the mean of draws), which a right
program misses once in 1.7 million comparisons.
"""

import mpmath
import numpy as np
import pytest

from benchmarks.references import relative_error
from benchmarks.references_pareto import distribution, of_history
from models.data.summary import Summary
from models.errors import BadInput
from models.families.pareto_nbd import ParetoNBD, WeaklyIdentified
from models.families.pareto_nbd import likelihood as lik
from models.families.pareto_nbd.counts import count_chances, discounted_time_alive
from models.numerics.arrays import Floats

TRUTH = {"r": 0.6, "alpha": 60.0, "s": 0.6, "beta": 80.0}

# The same comparison on 2,000 cases (RANDOM = 2_000, half a minute) leaves 3e-13 as the greatest relative error.
RANDOM = 320
CORNERS = [
    # r, alpha, s, beta, x, t_x, T, t
    (0.0456, 30.6, 0.129, 1170.0, 296, 26.9, 28.0, 472.0),  # lifetimes: NaN
    (0.553, 10.578, 0.606, 11.669, 0, 0.0, 0.0, 52.0),  # a new customer
    (0.553, 10.578, 0.606, 11.669, 0, 0.0, 1e-6, 52.0),
    (0.553, 10.578, 0.606, 11.669, 3, 39.0, 39.0, 52.0),  # bought this moment: surely alive
    (0.553, 10.0, 0.606, 10.0, 3, 20.0, 39.0, 52.0),  # alpha = beta
    (0.553, 10.0, 0.606, 10.0 + 1e-13, 3, 20.0, 39.0, 52.0),
    (0.553, 10.0, 1.0, 12.0, 3, 20.0, 39.0, 52.0),  # s = 1: a removable singularity
    (0.553, 10.0, 1.0 + 1e-14, 12.0, 3, 20.0, 39.0, 52.0),
    (0.8, 6.0, 0.5, 12.0, 5_000, 99.9, 100.0, 52.0),
    (0.8, 6.0, 0.5, 12.0, 5_000, 50.0, 100.0, 52.0),  # surely lost
    (0.8, 6.0, 0.5, 1e7, 5_000, 99.0, 100.0, 52.0),
    (0.8, 1e5, 0.5, 0.01, 5_000, 90.0, 100.0, 52.0),
    (1e-8, 5.0, 0.6, 5.0, 0, 0.0, 39.0, 52.0),
    (0.6, 5.0, 1e-8, 5.0, 1, 3.0, 39.0, 52.0),
    (1e-8, 5.0, 1e-8, 8.0, 2, 3.0, 39.0, 52.0),
    (0.05, 1e-6, 0.6, 1e6, 0, 0.0, 300.0, 1_000.0),
    (0.6, 1e6, 0.05, 1e-6, 0, 0.0, 300.0, 1_000.0),
    (300.0, 3_000.0, 400.0, 60_000.0, 12, 90.0, 100.0, 30.0),  # customers all alike
]


def random_cases() -> list[tuple[float, ...]]:
    rng = np.random.default_rng(20261)
    cases = []
    for i in range(RANDOM):
        r, alpha, s, beta = np.exp(rng.normal([-0.5, 2.0, -0.5, 2.0], [1.2, 1.7, 1.2, 1.7]))
        tiny = 10.0 ** rng.uniform(-8.0, -2.0)
        r, alpha, s, beta = (
            (r, alpha, s, beta),
            (r, alpha, s, alpha * (1.0 + 1e-9 * rng.normal())),
            (r, alpha, s, alpha),
            (r, alpha, s, alpha * 1e4),
            (r, alpha, s, alpha * 1e-4),
            (tiny, alpha, s, beta),
            (r, alpha, tiny, beta),
            (r, alpha, 1.0 + rng.choice([0.0, 1e-12, -1e-9]), beta),
            (r * 1e3, alpha * 1e3, s, beta),
            (r, alpha, s * 1e3, beta * 1e3),
        )[i % 10]
        x = int(rng.choice([0, 0, 1, 2, 7, 40, 300, 5_000]))
        T = float(np.exp(rng.normal(3.0, 1.2)))
        t_x = T * float(rng.beta(5.0, 1.0)) if x else 0.0
        t_x = T if x and i % 17 == 0 else t_x
        cases.append((*map(float, (r, alpha, s, beta)), x, t_x, T, float(np.exp(rng.normal(3.0, 1.5)))))
    return cases


def one(x: float, t_x: float, T: float) -> Summary:
    return Summary(np.array([float(x)]), np.array([float(t_x)]), np.array([float(T)]))


def near(value: float, target: mpmath.mpf, relative: float = 1e-10) -> bool:
    return relative_error(value, target) <= relative


def check(case: tuple[float, ...]) -> None:
    model, history = ParetoNBD.known(*case[:4]), one(*case[4:7])
    log_likelihood, alive, expected = of_history(case)
    assert near(model.log_likelihood(history)[0], log_likelihood), case
    assert near(model.probability_alive(history)[0], alive), case
    assert near(model.expected_purchases(case[7], history)[0], expected), case


@pytest.mark.parametrize("case", CORNERS)
def test_corners(case: tuple[float, ...]) -> None:
    check(case)


@pytest.mark.parametrize("part", range(4))
def test_likelihood_probability_alive_and_expectation(part: int) -> None:
    for case in random_cases()[part::4]:
        check(case)


def test_values_lifetimes_lost() -> None:
    """Failures of peers, row 3: beta >> alpha gave NaN for the busiest customers; which ones, the unit of time decided."""
    for unit in (1.0, 7.0, 365.0, 1e-3):
        model = ParetoNBD.known(0.0456, 30.6 * unit, 0.129, 1170.0 * unit)
        history = one(296, 26.9 * unit, 28.0 * unit)
        assert model.probability_alive(history)[0] == pytest.approx(0.9943, abs=5e-5)
        assert model.expected_purchases(472.0 * unit, history)[0] == pytest.approx(2318.15, abs=5e-3)


def test_the_fit_hangs_on_neither_global_seed_nor_unit(sample: Summary) -> None:
    """Failures of peers, row 4."""
    np.random.seed(1)  # noqa: NPY002
    days = ParetoNBD().fit(sample)
    np.random.seed(2)  # noqa: NPY002
    again, weeks = ParetoNBD().fit(sample), ParetoNBD().fit(sample.in_weeks())
    assert again.params_ == days.params_
    for name in days.parameters:
        unit = 7.0 if name in days.times else 1.0
        assert days.params_[name] == pytest.approx(unit * weeks.params_[name], rel=1e-9)
        assert days.standard_errors_[name] == pytest.approx(unit * weeks.standard_errors_[name], rel=1e-9)
        assert 0 < days.standard_errors_[name] < days.params_[name]
    assert days.expected_purchases(273.0) == pytest.approx(weeks.expected_purchases(39.0), rel=1e-9)
    assert days.probability_alive() == pytest.approx(weeks.probability_alive(), rel=1e-9)


def test_never_nan_whatever_the_parameters() -> None:
    rng = np.random.default_rng(3)
    for i in range(300):
        model = ParetoNBD.known(*(10.0 ** rng.uniform(-10.0, 10.0, 4)))
        x = rng.choice([0.0, 0.0, 1.0, 3.0, 50.0, 5_000.0], 6)
        T = 10.0 ** rng.uniform(-3.0, 5.0, 6)
        t_x = np.where(x > 0, T * (1.0 if i % 3 == 0 else rng.random(6) ** 0.2), 0.0)
        customers, t = Summary(x, t_x, T), float(10.0 ** rng.uniform(-3.0, 5.0))
        chances = model.purchase_distribution(t, 3, customers)
        alive = model.probability_alive(customers)
        for value in (
            model.log_likelihood(customers),
            model.expected_purchases(t, customers),
            model.discounted_expected_residual_transactions(0.01, customers),
        ):
            assert np.isfinite(value).all()
        assert ((alive >= 0) & (alive <= 1)).all()
        assert ((chances >= 0) & (chances <= 1)).all()
        assert (chances.sum(axis=1) < 1 + 1e-9).all()


# -- the rest of the formulas -----------------------------------------------------------------------------------------


def test_purchase_distribution() -> None:
    rng = np.random.default_rng(7)
    for i in range(20):
        R, A, s, B, t = map(float, np.exp(rng.normal([-0.3, 2.0, -0.5, 2.0, 3.0], [1.2, 1.5, 1.0, 1.5, 1.0])))
        R += (0.0, 0.0, 40.0, 5_000.0)[i % 4]
        n = int(rng.choice([0, 1, 2, 5, 60]))
        value = count_chances(n, t, np.array([R]), np.array([A]), s, np.array([B]))[0, n]
        if value < 1e-280:
            continue
        with mpmath.workdps(50):
            assert near(value, distribution(R, A, s, B, t, n)[n], 1e-9), (i, n, R, A, s, B, t)


def test_distribution_adds_up_to_the_expectation(sample: Summary) -> None:
    model, some = ParetoNBD.known(**TRUTH), sample[np.arange(0, 2_000, 97)]
    chances = model.purchase_distribution(270.0, 600, some)
    assert chances.sum(axis=1) == pytest.approx(1.0, abs=1e-9)
    assert chances @ np.arange(601) == pytest.approx(model.expected_purchases(270.0, some), rel=1e-9)
    new = model.purchase_distribution_new(270.0, 600)
    assert new @ np.arange(601) == pytest.approx(model.expected_purchases_new(270.0), rel=1e-9)
    assert model.purchase_distribution(270.0, 600, one(0, 0.0, 0.0))[0] == pytest.approx(new, rel=1e-12)


def test_chance_of_no_purchase_is_the_likelihood_of_none() -> None:
    model = ParetoNBD.known(**TRUTH)
    for t in (1e-3, 5.0, 300.0):
        assert model.log_likelihood(one(0, 0.0, t))[0] == pytest.approx(
            np.log(model.purchase_distribution_new(t, 0)[0]), rel=1e-9
        )


def test_discounted_residual_transactions_are_tricomi_s_function() -> None:
    rng = np.random.default_rng(8)
    for i in range(60):
        s, z = float(np.exp(rng.normal(-0.5, 2.0))), float(10.0 ** rng.uniform(-8.0, 3.0))
        s = 1.0 if i % 10 == 0 else s
        with mpmath.workdps(50):
            assert near(discounted_time_alive(z, s, np.ones(1))[0], mpmath.hyperu(1, 2 - mpmath.mpf(s), mpmath.mpf(z)))


def test_discounted_residual_transactions_are_discounted_purchases(sample: Summary) -> None:
    """The sum of expected purchases, each piece of time discounted; Simpson's rule on a fine grid."""
    from scipy.integrate import simpson

    model, some, delta = ParetoNBD.known(**TRUTH), sample[::300], 0.004
    grid = np.linspace(0.0, 8_000.0, 16_001)
    alive, beta_T = model.probability_alive(some), TRUTH["beta"] + some.T[:, None]
    rate = alive * (TRUTH["r"] + some.frequency) / (TRUTH["alpha"] + some.T)
    target = rate * simpson((beta_T / (beta_T + grid)) ** TRUTH["s"] * np.exp(-delta * grid), x=grid, axis=1)
    assert model.discounted_expected_residual_transactions(delta, some) == pytest.approx(target, rel=1e-8)
    soon = model.discounted_expected_residual_transactions(1e3, some) * 1e3  # all but now is worth nothing: the rate
    assert soon == pytest.approx(rate, rel=1e-4)


def test_gradient_and_hessian_against_finite_differences(sample: Summary) -> None:
    rng = np.random.default_rng(15)
    busy = Summary(np.array([0.0, 5_000, 300, 2]), np.array([0.0, 90, 99, 10]), np.array([100.0, 100, 100, 500]))
    h = 1e-5 * np.eye(4)
    for customers in (sample, busy):
        plain = lik.objective(lik.histories(customers.frequency, *lik.clock(customers)))
        for objective in (plain, lik.with_prior(plain)):
            for _ in range(3):
                u = np.log([0.5, 70.0, 0.6, 80.0]) + rng.normal(0.0, 1.0, 4)
                _, gradient, hessian = objective(u)
                numeric = [(objective(u + d)[0] - objective(u - d)[0]) / 2e-5 for d in h]
                numeric2 = np.array([(objective(u + d)[1] - objective(u - d)[1]) / 2e-5 for d in h])
                assert gradient == pytest.approx(numeric, rel=1e-6, abs=1e-8 * np.abs(gradient).max() + 1e-5)
                assert hessian == pytest.approx(numeric2, rel=1e-6, abs=1e-8 * np.abs(hessian).max())


def test_merged_rows_and_each_customer_agree(sample: Summary) -> None:
    rng = np.random.default_rng(16)
    for _ in range(5):
        theta = np.exp(np.log([0.5, 70.0, 0.6, 80.0]) + rng.normal(0.0, 1.0, 4))
        rows = lik.histories(sample.frequency, *lik.clock(sample))
        assert rows.count.size < len(sample)
        assert lik.log_likelihood(rows, theta)[0] == pytest.approx(lik.each(sample, theta).sum(), rel=1e-12)


# -- fitting ----------------------------------------------------------------------------------------------------------


def within_five(fitted: ParetoNBD, truth: dict[str, float]) -> None:
    for k, name in enumerate(fitted.parameters):
        error = np.log(fitted.params_[name] / truth[name]) / np.sqrt(fitted.covariance_[k, k])
        assert abs(error) < 5, (name, fitted.params_[name], error)


@pytest.mark.parametrize("truth", [TRUTH, {"r": 2.0, "alpha": 15.0, "s": 1.6, "beta": 400.0}])
def test_simulated_customers_give_back_the_parameters(truth: dict[str, float]) -> None:
    rng = np.random.default_rng(11)
    T = rng.uniform(200.0, 700.0, 20_000)
    fitted = ParetoNBD().fit(ParetoNBD.known(**truth).simulate(20_000, T, rng).summary())
    assert fitted.converged_ and not fitted.prior_used_
    within_five(fitted, truth)


def test_simulated_customers_do_as_predicted() -> None:
    """P(alive), conditional and new customers' purchases and their distribution: means within 5 standard errors."""
    rng, model, n = np.random.default_rng(12), ParetoNBD.known(**TRUTH), 60_000
    made = model.simulate(n, 500.0, rng)
    inside = made.time <= 200.0
    x = np.bincount(made.customer[inside], minlength=n).astype(np.float64)
    t_x = np.zeros(n)
    t_x[made.customer[inside]] = made.time[inside]
    past = Summary(x, t_x, np.full(n, 200.0))
    later = np.bincount(made.customer[~inside], minlength=n).astype(np.float64)
    expected, chances = model.expected_purchases(300.0, past), model.purchase_distribution(300.0, 3, past)
    for group in (x == 0, x == 1, (x > 1) & (x < 6), x >= 6):

        def agree(seen: Floats, foreseen: Floats, group: np.ndarray = group) -> None:
            difference = (seen - foreseen)[group]
            assert abs(difference.mean()) < 5 * difference.std() / np.sqrt(difference.size)

        agree(later, expected)
        for k in range(4):
            agree((later == k).astype(np.float64), chances[:, k])
    alive = made.alive - model.probability_alive(made.summary())
    assert abs(alive.mean()) < 5 * alive.std() / np.sqrt(n)
    count = np.bincount(made.customer, minlength=n)
    assert abs(count.mean() - model.expected_purchases_new(500.0)) < 5 * count.std() / np.sqrt(n)
    assert (np.diff(made.time)[np.diff(made.customer) == 0] >= 0).all()
    assert made.loss.mean() == pytest.approx(TRUTH["s"] / TRUTH["beta"], abs=5 * made.loss.std() / np.sqrt(n))


def test_order_and_thinning_do_not_matter() -> None:
    rng = np.random.default_rng(17)
    made = ParetoNBD.known(**TRUTH).simulate(25_000, rng.uniform(200.0, 300.0, 25_000), rng).summary()  # on no grid
    first, second = ParetoNBD().fit(made), ParetoNBD().fit(made[rng.permutation(25_000)])
    for name in first.parameters:
        assert first.params_[name] == pytest.approx(second.params_[name], rel=1e-7)
    climbs = [
        lik.objective(lik.histories(made.frequency, *lik.clock(made)))(np.log(m._theta())) for m in (first, second)
    ]
    for _, gradient, _ in climbs:
        assert np.abs(gradient).max() < 1e-3 * np.sqrt(25_000)  # a maximum of all rows, not of the thinned ones


def test_works_on_the_clock(sample: Summary) -> None:
    """A clock that runs three times as fast is another unit of time; the rates at the purchases are added."""
    rates = sample.frequency * np.log(3.0)
    clocked = Summary(
        sample.frequency, sample.recency, sample.T, tau_x=3 * sample.recency, tau_T=3 * sample.T, log_rates=rates
    )
    plain, fast = ParetoNBD().fit(sample), ParetoNBD().fit(clocked)
    assert fast.params_["alpha"] == pytest.approx(3 * plain.params_["alpha"], rel=1e-9)
    assert fast.params_["s"] == pytest.approx(plain.params_["s"], rel=1e-9)
    assert fast.log_likelihood_ == pytest.approx(plain.log_likelihood_, rel=1e-10)
    assert fast.log_likelihood().sum() == pytest.approx(fast.log_likelihood_, rel=1e-12)
    back = Summary(sample.frequency, sample.recency, sample.T, tau_x=sample.T + 1.0, tau_T=sample.T)
    with pytest.raises(BadInput, match="must not run back"):
        ParetoNBD().fit(back)


# -- what cannot be told ----------------------------------------------------------------------------------------------


def test_loyal_daily_buyers() -> None:
    rng = np.random.default_rng(18)
    loyal = Summary(rng.poisson(300.0, 500).astype(np.float64), np.full(500, 364.0), np.full(500, 365.0))
    with pytest.warns(WeaklyIdentified, match="weak prior"):
        model = ParetoNBD().fit(loyal)
    assert model.converged_ and model.prior_used_
    assert (model.probability_alive() > 0.99).all()
    assert model.expected_purchases(365.0).mean() == pytest.approx(300.0, rel=0.02)
    assert np.isfinite(model.covariance_).all()


@pytest.mark.filterwarnings("ignore::models.WeaklyIdentified")
def test_few_customers_always_get_an_answer_that_no_unit_changes(sample: Summary) -> None:
    rng, prior = np.random.default_rng(19), 0
    for _ in range(25):
        few = sample[rng.choice(len(sample), int(rng.integers(10, 101)), replace=False)]
        days, weeks = ParetoNBD().fit(few), ParetoNBD().fit(few.in_weeks())
        assert days.converged_ and days.prior_used_ == weeks.prior_used_
        prior += days.prior_used_
        for name in days.parameters:
            unit = 7.0 if name in days.times else 1.0
            assert days.params_[name] == pytest.approx(unit * weeks.params_[name], rel=1e-9)
        assert np.isfinite(list(days.standard_errors_.values())).all()
    assert 0 < prior < 25


def test_refusals() -> None:
    nobody = Summary(np.zeros(50), np.zeros(50), np.full(50, 100.0))
    with pytest.warns(WeaklyIdentified, match="second day"):
        ParetoNBD().fit(nobody)
    model = ParetoNBD.known(**TRUTH)
    for delta in (0.0, -1.0, float("nan")):
        with pytest.raises(BadInput, match="discount rate"):
            model.discounted_expected_residual_transactions(delta, nobody)
    for t in (-1.0, float("inf"), float("nan")):
        with pytest.raises(BadInput, match="horizon"):
            model.expected_purchases(t, nobody)
        with pytest.raises(BadInput, match="horizon"):
            model.purchase_distribution(t, 3, nobody)
    with pytest.raises(BadInput, match="3 values for 50 customers"):
        model.expected_purchases(np.ones(3), nobody)
