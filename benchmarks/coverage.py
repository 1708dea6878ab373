"""Are the intervals honest? Coverage of portfolio intervals, and simulation-based calibration of the parameters.

Coverage: customers of known parameters are simulated, fitted on their first months and predicted; the 90 % intervals of
orders and of discounted value have to cover what then came in 85 to 95 % of the data sets. Calibration (Talts, Betancourt,
Simpson, Vehtari & Gelman 2018): parameters drawn from a prior, data from them, and the posterior under the same prior: the
rank of the truth among posterior draws is uniform if and only if the draws are right.
"""

import os
import warnings
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

import numpy as np
from scipy.stats import chi2, kstest, norm

from benchmarks.common import Row
from models.data.summary import Summary
from models.families.bg_nbd import BGNBD
from models.families.gamma_gamma import GammaGamma
from models.families.identified import WeaklyIdentified
from models.families.posterior import sample_posterior
from models.numerics.arrays import Floats
from models.value.ltv import DAYS_IN_YEAR
from models.value.predictive import predict

RHYTHM = (0.8, 40.0, 0.8, 3.0)  # r, alpha, a, b in days
BASKETS = (6.0, 4.0, 15.0)  # p, q, v
WATCHED, HORIZON = (150.0, 300.0), 300.0  # days since the first order, and days ahead
SETS, CUSTOMERS = 200, 500
LEVEL, YEARLY = 0.9, 0.10
FIVE_SIGMA = float(2.0 * norm.sf(5.0))

# The prior of the calibration, normal in ln(r, alpha, a, b) and in ln(p, q, v): what data of this kind have.
PRIOR_RHYTHM = (np.log(RHYTHM), np.array([0.4, 0.5, 0.5, 0.5]))
PRIOR_BASKETS = (np.log(BASKETS), np.array([0.4, 0.3, 0.4]))
RANKS = 99  # posterior draws the truth is ranked among: ranks 0..99


@dataclass(frozen=True)
class History:
    """Customers as they are known, and what came of them within the horizon: orders, discounted value."""

    summary: Summary
    orders: float
    value: float


def simulated(rhythm: Sequence[float], baskets: Sequence[float], n: int, rng: np.random.Generator) -> History:
    """`n` customers watched for WATCHED days, and their next HORIZON days."""
    p, q, v = baskets
    T = rng.uniform(*WATCHED, n)
    lives = BGNBD.known(*rhythm).simulate(n, T + HORIZON, rng)
    nu = rng.gamma(q, 1.0 / v, n)
    spent = rng.gamma(p, 1.0 / nu[lives.customer])
    ahead = lives.time - T[lives.customer]
    early, who = ahead <= 0, lives.customer
    x = np.bincount(who[early], minlength=n).astype(np.float64)
    recency = np.zeros(n)
    recency[who[early]] = lives.time[early]  # sorted: the last one stays
    total = np.bincount(who[early], spent[early], minlength=n)
    summary = Summary(x, recency, T, monetary_value=total / np.maximum(x, 1.0), spend_count=x)
    worth = spent * np.exp(-np.log1p(YEARLY) / DAYS_IN_YEAR * ahead)
    return History(summary, float((~early).sum()), float(worth[~early].sum()))


def fitted(summary: Summary) -> tuple[BGNBD, GammaGamma]:
    """Both models fitted; that a parameter may be left open is part of the trial."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", WeaklyIdentified)
        return BGNBD().fit(summary), GammaGamma().fit(summary)


def place_in_prediction(seed: int, customers: int = CUSTOMERS, draws: int = 400) -> tuple[float, float]:
    """Where the orders and the value that came lie among their predictive draws, as shares: uniform if all is right."""
    rng = np.random.default_rng([1, seed])
    history = simulated(RHYTHM, BASKETS, customers, rng)
    rhythm, baskets = fitted(history.summary)
    total = predict(
        rhythm, baskets, history.summary, HORIZON, rng=rng, draws=draws, yearly_discount=YEARLY, level=LEVEL
    ).total
    assert total.value_draws is not None
    ties = rng.random() * (total.orders_draws == history.orders).mean()
    return float((total.orders_draws < history.orders).mean() + ties), float((total.value_draws < history.value).mean())


def ranks_of_truth(seed: int, customers: int = CUSTOMERS) -> tuple[list[int], float]:
    """Rank of each true parameter (r, alpha, a, b, p, q, v) and of the true log-likelihoods among posterior draws.

    The log-likelihood of the data at the parameters is ranked besides, as it sees dependences between parameters
    (Modrak et al. 2023, "Simulation-based calibration checking for Bayesian computation"). The second answer is the
    largest Pareto k met.
    """
    rng = np.random.default_rng([2, seed])
    rhythm_u, baskets_u = (mean + sd * rng.standard_normal(len(sd)) for mean, sd in (PRIOR_RHYTHM, PRIOR_BASKETS))
    summary = simulated(np.exp(rhythm_u), np.exp(baskets_u), customers, rng).summary
    ranks, worst = [], -np.inf
    for model, truth, prior in zip(fitted(summary), (rhythm_u, baskets_u), (PRIOR_RHYTHM, PRIOR_BASKETS), strict=True):
        draws = sample_posterior(model, RANKS, rng, normal_prior(*prior))
        u = np.log(np.column_stack(list(draws.values())))
        target = model._posterior_target(summary)
        fit_at = target.many(np.vstack([truth, u]) + target.shift)
        ranks += [int(r) for r in (u < truth).sum(axis=0)] + [int((fit_at[1:] < fit_at[0]).sum())]
        worst = max(worst, draws.pareto_k)
    return ranks, worst


def normal_prior(mean: Floats, sd: Floats) -> Callable[[Floats], Floats]:
    """The prior density of the logarithms as `sample_posterior` takes it."""
    return lambda u: -0.5 * (((u - mean) / sd) ** 2).sum(axis=1)


def covered(places: Floats, level: float = LEVEL) -> float:
    """Share of the trials in which the central interval held what came."""
    return float((np.abs(places - 0.5) <= 0.5 * level).mean())


def p_values(ranks: Floats, bins: int = 10) -> tuple[float, float]:
    """Of uniform ranks 0..RANKS: chi-square in `bins` classes, and Kolmogorov and Smirnov's."""
    seen = np.bincount((ranks * bins // (RANKS + 1)).astype(np.int64), minlength=bins)
    expected = ranks.size / bins
    return (
        float(chi2.sf(((seen - expected) ** 2 / expected).sum(), bins - 1)),
        float(kstest((ranks + 0.5) / (RANKS + 1), "uniform").pvalue),
    )


NAMES = ("r", "alpha", "a", "b", "log-likelihood of orders", "p", "q", "v", "log-likelihood of spend")


def rows() -> list[Row]:
    """200 data sets of 500 customers each, coverage and calibration."""
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    with ProcessPoolExecutor() as pool:
        places = np.array(list(pool.map(place_in_prediction, range(SETS), chunksize=10)))
        found = list(pool.map(ranks_of_truth, range(SETS), chunksize=10))
    made = []
    for name, column in zip(("orders", "value"), places.T, strict=True):
        share = covered(column)
        made.append(
            Row(
                f"{LEVEL:.0%} interval of the portfolio's {name}",
                f"covers {share:.1%}",
                f"of {SETS} data sets",
                ratio=abs(share - LEVEL),
                required=0.05,
                sense="at most",
                unit="",
                note=f"{CUSTOMERS} customers, {HORIZON:g} days ahead; nominal {LEVEL:.0%}, off by at most .05",
            )
        )
    ranks = np.array([r for r, _ in found], dtype=np.float64)
    worst = [min(p_values(column)) for column in ranks.T]
    at = int(np.argmin(worst))
    made.append(
        Row(
            "simulation-based calibration of the parameters",
            f"least p of {2 * len(NAMES)} tests {worst[at]:.3g} ({NAMES[at]})",
            f"{SETS} data sets",
            ratio=worst[at],
            required=FIVE_SIGMA,
            unit="",
            note=f"chi-square and Kolmogorov-Smirnov, 5 sigma; largest Pareto k {max(k for _, k in found):.2f}",
        )
    )
    return made
