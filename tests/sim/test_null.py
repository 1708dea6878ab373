"""With no operations the simulator is BG/NBD and Gamma-Gamma: agreement with models/ within 5 standard errors."""

import numpy as np
import pytest
from scipy import stats

from models.data.summary import Summary
from models.families.bg_nbd import BGNBD
from models.families.gamma_gamma import GammaGamma
from sim.catalogue import NEVER

MEMBERS = 60_000
DAYS = 400
RHYTHM = {"r": 0.8, "alpha": 20.0, "a": 0.8, "b": 2.5}
BASKETS = {"p": 6.25, "q": 3.74, "v": 15.44}
FIVE_SIGMA = 5.7e-7  # two-sided chance of a standard normal beyond 5


@pytest.fixture(scope="module")
def fresh(make, live):
    return live(make(members=MEMBERS, days=DAYS), seed=11)


@pytest.fixture(scope="module")
def truth():
    return BGNBD.known(**RHYTHM)


def summary_of(members: np.ndarray) -> Summary:
    """What the simulator itself holds of each customer, exact times."""
    return Summary(members["frequency"], members["tau_last"], members["tau"])


def within(found: float, expected: float, se: float) -> None:
    assert abs(found - expected) < 5 * se, (
        f"{found} is {abs(found - expected) / se:.1f} standard errors from {expected}"
    )


def test_the_clock_is_the_calendar(fresh) -> None:
    members = fresh.members
    inside = members["left"] == NEVER
    assert inside.sum() < MEMBERS  # some leave for no reason, and buy on
    assert (members["window_demand"][inside] == 90.0).all()  # m is 1 exactly on each of the last 90 days
    np.testing.assert_allclose(members["tau"], DAYS, rtol=1e-12)  # a day with orders adds up from its pieces
    assert (members["exponents"] == members["frequency"]).all()  # every g is 1
    for latent in ("trust", "interest", "fatigue", "habit", "pull"):
        assert (members[latent] == 0).all()


def test_the_log_agrees_with_the_records(fresh) -> None:
    """The log alone gives x and t_x of every member."""
    members, orders = fresh.members, fresh.orders
    order = np.argsort(members["key"])
    place = order[np.searchsorted(members["key"], orders["key"], sorter=order)]
    assert (np.bincount(place, minlength=MEMBERS) == members["frequency"]).all()
    last = np.zeros(MEMBERS)
    np.maximum.at(last, place, orders["time"])
    np.testing.assert_allclose(last, members["tau_last"], atol=1e-9 * DAYS)
    assert (np.diff(orders["time"]) >= 0).all()
    assert fresh.run.totals["orders"] == len(orders)


def test_orders_a_member(fresh, truth) -> None:
    x = fresh.members["frequency"]
    within(x.mean(), float(truth.expected_purchases_new(DAYS)), x.std() / np.sqrt(MEMBERS))


def test_share_of_every_number_of_orders(fresh, truth) -> None:
    """P(0), P(1), ... P(9 or more): each share by itself, and all at once."""
    chances = truth.purchase_distribution(DAYS, 8, 0.0, 0.0, 0.0)[0]
    chances = np.append(chances, 1.0 - chances.sum())
    counts = np.bincount(np.minimum(fresh.members["frequency"], 9), minlength=10)
    within(counts[0] / MEMBERS, chances[0], np.sqrt(chances[0] * (1 - chances[0]) / MEMBERS))
    assert stats.chisquare(counts, chances * MEMBERS).pvalue > FIVE_SIGMA


def test_probability_alive(fresh, truth) -> None:
    """The formula, averaged over members, against who is not lost: in all, and by its own fifths."""
    chance = truth.probability_alive(summary_of(fresh.members))
    alive = fresh.members["lost"] == 0
    surprise = alive - chance
    within(surprise.mean(), 0.0, surprise.std() / np.sqrt(MEMBERS))
    edges = np.quantile(chance, [0.0, 0.2, 0.4, 0.6, 0.8])
    for fifth in range(5):
        inside = np.searchsorted(edges, chance, side="right") == fifth + 1
        if inside.sum() > 100:
            within(surprise[inside].mean(), 0.0, np.sqrt((chance * (1 - chance))[inside].mean() / inside.sum()))


def test_a_fit_gives_the_parameters_back(fresh) -> None:
    fit = BGNBD().fit(summary_of(fresh.members))
    assert fit.converged_ and not fit.prior_used_
    for name, value in RHYTHM.items():
        within(fit.params_[name], value, fit.standard_errors_[name])


def test_baskets(fresh) -> None:
    """Gamma-Gamma's parameters come back from the amounts, and amounts say nothing about frequency."""
    orders = fresh.orders
    assert (orders["discount"] == 0).all()
    members, earliest, place, count = np.unique(orders["key"], True, True, True)
    mean = np.bincount(place, orders["amount"] / 100.0) / count
    fit = GammaGamma().fit(Summary(count.astype(float), count * 0.0 + 0.5, count * 0.0 + 1.0, mean))
    assert fit.converged_ and not fit.prior_used_
    for name, value in BASKETS.items():
        within(fit.params_[name], value, fit.standard_errors_[name])
    assert abs(stats.spearmanr(count, orders["amount"][earliest]).statistic) < 5 / np.sqrt(len(members))


def test_money(fresh) -> None:
    """Contribution is margin on sales, nothing else is spent."""
    totals = fresh.run.totals
    sales = fresh.orders["amount"].sum() / 100.0
    assert totals["sales"] == pytest.approx(sales, rel=1e-12)
    assert totals["contribution"].sum() == pytest.approx(0.5 * sales, rel=1e-9)
    assert totals["message_cost"] == totals["discounts"] == totals["delivered"] == 0


def test_a_season_moves_orders_and_nothing_else(make, live) -> None:
    """Operational time passes as the season says; in it the members are the same BG/NBD customers."""
    peaks = [{"name": "618", "from": "06-16", "to": "06-18", "lift": 5}]
    season = {"months": [1, 0.6, 1, 1, 1, 1, 1, 1, 1, 1, 1.5, 1], "peaks": peaks}
    scenario = make(changes={"season": season}, members=20_000, days=365)
    kept = live(scenario, seed=12)
    expected = scenario.market.daily(scenario.start, 365)
    assert expected.mean() == pytest.approx(1.0)
    np.testing.assert_allclose(kept.members["tau"], expected.sum(), rtol=1e-9)
    fit = BGNBD().fit(summary_of(kept.members))
    for name, value in RHYTHM.items():
        within(fit.params_[name], value, fit.standard_errors_[name])
    # from day 166 to 168 lies the festival: orders on it against those of the 30 days before
    daily = np.bincount(kept.orders["time"].astype(int), minlength=365)
    lift = (daily[166:169].sum() / 3) / (daily[136:166].sum() / 30)
    se = lift * np.sqrt(1 / daily[166:169].sum() + 1 / daily[136:166].sum())
    assert abs(lift - 5.0) < 5 * se + 0.1  # losses meanwhile take less than 2 % of 5


@pytest.fixture(scope="module")
def joined(make, live):
    """Prospects who join through one channel over 200 days; first orders as that channel's gamma says."""
    channel = {"channel": "advert", "per_day": 250, "buyers": 0.0, "first_order": {"mean_days": 40, "shape": 0.6}}
    return live(make(days=DAYS, policy={"acquisition": [channel]}), seed=13)


def test_first_orders_of_prospects(joined) -> None:
    """Times to the first order are Lomax: P(none by t) = (b / (b + t))^k, k the shape and b = k mean days."""
    members, orders = joined.members, joined.orders
    first = dict(zip(orders["key"][::-1].tolist(), orders["time"][::-1].tolist(), strict=True))  # the earliest stays
    waited = np.array([first.get(key, np.inf) for key in members["key"].tolist()]) - members["joined"]
    available = DAYS - members["joined"].astype(float)
    assert (waited > 0).all()
    shape, rate = 0.6, 0.6 * 40
    chance = 1.0 - (rate / (rate + available)) ** shape
    bought = waited <= available
    assert (bought == (members["prospect"] == 0)).all()
    within(bought.sum(), chance.sum(), np.sqrt((chance * (1 - chance)).sum()))
    reached = (1.0 - (rate / (rate + waited[bought])) ** shape) / chance[bought]
    assert stats.kstest(reached, stats.uniform().cdf).pvalue > FIVE_SIGMA


def test_after_the_first_order_prospects_are_customers(joined) -> None:
    """x, t_x and T since the first order are BG/NBD's: they give the market's parameters back."""
    customers = joined.members[joined.members["prospect"] == 0]
    fit = BGNBD().fit(summary_of(customers))
    for name, value in RHYTHM.items():
        within(fit.params_[name], value, fit.standard_errors_[name])
    assert joined.run.totals["first_orders"] == len(customers)
    surprise = (customers["lost"] == 0) - BGNBD.known(**RHYTHM).probability_alive(summary_of(customers))
    within(surprise.mean(), 0.0, surprise.std() / np.sqrt(len(customers)))


def test_buyers_start_as_customers(make, live) -> None:
    """Joiners who have bought live from their day on; their own T is the days since."""
    channel = {"channel": "package_card", "per_day": 150, "buyers": 1.0}
    kept = live(make(days=DAYS, policy={"acquisition": [channel]}), seed=14)
    np.testing.assert_allclose(kept.members["tau"], DAYS - kept.members["joined"], rtol=1e-12)
    fit = BGNBD().fit(summary_of(kept.members))
    for name, value in RHYTHM.items():
        within(fit.params_[name], value, fit.standard_errors_[name])
