"""The rest of a member's life in closed form: against the formulas, numerical integration, and simulated years."""

import itertools
import math

import numpy as np
import pytest
from scipy import integrate
from scipy.special import roots_genlaguerre, roots_jacobi

from models.families.bg_nbd import BGNBD
from sim.catalogue import NEVER
from sim.outlook import as_before
from sim.pool import PoolModel
from sim.posterior import alive
from sim.quadrature import quadrature
from sim.records import MARKET
from sim.rest_of_life import HORIZON, PATH, Public, discounted_orders, given, prospect_orders

FORCE = math.log(1.1) / 365
MARKETS = {"lively": (0.8, 20.0, 0.8, 2.5), "cdnow": (0.25162, 33.523, 0.72343, 2.1611), "a = 1": (0.5, 30.0, 1.0, 1.5)}


def path_of(*parts: tuple[float, float, float, float, float], nodes: int = 1) -> np.void:
    """What is foreseen: (until, m, worth, g, exit) of each part of the time to come; for so many nodes."""
    path = np.zeros(1, PATH)
    path["parts"], path["nodes"] = len(parts), nodes
    for name, column in zip(("until", "m", "worth", "g", "exit"), zip(*parts, strict=True), strict=True):
        path[name][0, : len(parts)] = column
    return path[0]


def orders_to_come(x, rate, G, m, worth, g, public, g_public, leave, ahead, force, r, nodes) -> float:
    """`discounted_orders` where nothing changes in the time to come."""
    path = path_of((math.inf, m, worth, g, leave), nodes=nodes["rate_nodes"] * nodes["loss_nodes"])
    return discounted_orders(x, rate, G, path, Public(public, g_public), 0.0, ahead, force, r, nodes)


def orders_given(lam, losts, lost_public, path, public, start, ahead, force) -> float:
    """`given` for one lambda and one p: a loss per order in each part of the time to come, and outside."""
    path["rate"][0], path["lost"][:-1, 0], path["lost"][-1, 0] = lam, losts, lost_public
    given(path, public, start, ahead, force)
    return float(path["orders"][0])


# --- given lambda and p ----------------------------------------------------------------------------------------------


def unchanged(lam, lost, lost_public, m, worth, public, leave, ahead, force) -> float:
    """`given` where nothing changes in the time to come."""
    path = path_of((math.inf, m, worth, 1.0, leave))
    return orders_given(lam, lost, lost_public, path, public, 0.0, ahead, force)


def by_hand(lam, lost, lost_public, m, worth, public, leave, ahead, force) -> float:
    """Discounted orders a unit of lambda by numerical integration: in the pool until an exponential exit, then outside."""

    def inside(u):
        return worth * m * math.exp(-(force + leave + lam * m * lost) * u)

    def outside(u):  # left at s, bought on to u: the chance to be out and not lost
        def left_at(s):
            return leave * math.exp(-(leave + lam * m * lost) * s - lam * public * lost_public * (u - s))

        return public * math.exp(-force * u) * integrate.quad(left_at, 0, u)[0]

    total = integrate.quad(inside, 0, ahead)[0]
    return total + integrate.quad(outside, 0, ahead)[0] if leave else total


@pytest.mark.parametrize(
    ("lam", "lost", "lost_public", "m", "worth", "public", "leave", "ahead", "force"),
    [
        (0.02, 0.3, 0.3, 1.0, 1.0, 1.0, 0.0, 730, FORCE),
        (0.02, 0.3, 0.4, 1.4, 1.05, 0.9, 0.002, 730, FORCE),
        (0.02, 0.3, 0.4, 1.4, 1.05, 0.9, 0.0, 730, FORCE),
        (0.5, 0.9, 0.7, 1.2, 1.0, 1.0, 0.01, 100, FORCE),
        (0.5, 0.001, 0.001, 1.0, 1.0, 1.0, 0.001, 1000, FORCE),
        (0.01, 0.25, 0.5, 2.0, 1.0, 1.0, 1e-9, 900, FORCE),  # the two forces nearly equal
        (
            0.01,
            0.3,
            0.5,
            1.0,
            1.1,
            0.8,
            0.001,
            900,
            FORCE,
        ),  # exactly equal: leave + lam m lost = lam public lost_public
        (1e-6, 0.5, 0.5, 1.0, 1.0, 1.0, 0.05, 5, FORCE),
        (2.0, 1e-9, 1e-9, 1.0, 1.0, 1.0, 0.0, 365, 1e-9),
    ],
)
def test_given_rate_and_loss(lam, lost, lost_public, m, worth, public, leave, ahead, force) -> None:
    found = unchanged(lam, lost, lost_public, m, worth, public, leave, ahead, force)
    expected = by_hand(lam, lost, lost_public, m, worth, public, leave, ahead, force)
    assert found == pytest.approx(expected, rel=1e-6)


def test_parts_of_the_time_to_come_follow_each_other() -> None:
    """Two parts with different demand and exit, from a later start on: against numerical integration day by day."""
    lam, lost_public, public, force = 0.03, 0.4, 0.9, FORCE
    path = path_of((100.0, 1.5, 1.1, 1.0, 0.004), (math.inf, 0.8, 1.0, 1.0, 0.001))
    losts = (0.2, 0.35, 0.0)
    start, ahead, step = 30.0, 700.0, 0.02
    u = start + (np.arange(round(ahead / step)) + 0.5) * step
    second = u > 100.0
    m, lost, leave = (np.where(second, values[1], values[0]) for values in (path["m"], losts, path["exit"]))
    worth = np.where(second, path["worth"][1], path["worth"][0])
    alive_inside = np.exp(-np.cumsum((leave + lam * m * lost) * step))
    fall = lam * public * lost_public
    outside = np.cumsum(leave * alive_inside * step * np.exp(fall * (u - start))) * np.exp(-fall * (u - start))
    expected = ((worth * m * alive_inside + public * outside) * np.exp(-force * (u - start)) * step).sum()
    found = orders_given(lam, losts, lost_public, path, public, start, ahead, force)
    assert found == pytest.approx(expected, rel=2e-4)


def test_a_change_that_changes_nothing() -> None:
    """Cutting the time to come into parts that are alike leaves the value as it is."""
    whole = path_of((math.inf, 1.3, 1.05, 0.8, 0.002))
    parts = path_of(*((until, 1.3, 1.05, 0.8, 0.002) for until in (28.0, 140.0, math.inf)))
    one, three = (orders_given(0.02, 0.3, 0.4, path, 0.9, 0.0, 900.0, FORCE) for path in (whole, parts))
    assert three == pytest.approx(one, rel=1e-9)


# --- integrated over lambda and p ------------------------------------------------------------------------------------


def history(x: float, tau_x: float, T: float, G: float, last: float):
    one = [np.array([float(v)]) for v in (x, tau_x, T)]
    return one, {"G_x": np.array([G]), "G_before": np.array([max(G - last, 0.0)])}


def by_formula(truth: BGNBD, x, tau_x, T, G, last, m, g, ahead, force) -> float:
    """Expected discounted orders of one alive, from E[orders in t] of docs/model.md section 7 (its sum over n).

    The formula counts orders in operational time t = m u; discounted: e^-fU E(mU) + f int e^-fu E(mu) du.
    """
    one, exponents = history(x, tau_x, T, G, last)
    nodes, weights = np.polynomial.legendre.leggauss(60)
    u, w = (nodes + 1) / 2 * ahead, weights / 2 * ahead
    passed = np.append(u, ahead)
    orders = truth.expected_purchases(
        m * passed, *(np.repeat(v, 61) for v in one), **{k: np.repeat(v, 61) for k, v in exponents.items()}, g=g
    ) / truth.probability_alive(*one, **exponents)
    return float(np.exp(-force * ahead) * orders[-1] + force * (w * np.exp(-force * u) * orders[:-1]).sum())


@pytest.mark.parametrize("market", MARKETS)
def test_the_null_is_the_formula(market: str) -> None:
    """Members as they are at the end of a year: each within 0.25 % (the nodes' own error), exponents 1 and others."""
    r, alpha, a, b = MARKETS[market]
    nodes, truth = quadrature(r, a, b), BGNBD.known(r, alpha, a, b)
    for x, T, last, (m, g), ahead in itertools.product(
        (0, 1, 2, 5, 12), (200.0, 365.0), (1.0, 0.6), ((1.0, 1.0), (1.4, 0.6), (0.7, 1.4)), (365, 730)
    ):
        G = x * last
        found = orders_to_come(x, alpha + T, G, m, 1.0, g, 1.0, 1.0, 0.0, ahead, FORCE, r, nodes)
        expected = by_formula(truth, x, 0.9 * T if x else 0.0, T, G, last, m, g, ahead, FORCE)
        assert found == pytest.approx(expected, rel=2.5e-3), (x, T, last, m, g, ahead)


def test_heavy_buyers_just_joined() -> None:
    """Where the nodes are coarsest: an order every third day for a month. More nodes for p bring it right."""
    r, alpha, a, b = MARKETS["lively"]
    expected = by_formula(BGNBD.known(r, alpha, a, b), 10, 30.0, 30.0, 10.0, 1.0, 1.0, 1.0, 730, FORCE)
    off = [
        orders_to_come(
            10, alpha + 30.0, 10.0, 1.0, 1.0, 1.0, 1.0, 1.0, 0.0, 730, FORCE, r, quadrature(r, a, b, 4, losses)
        )
        / expected
        - 1
        for losses in (5, 8, 12)
    ]
    assert abs(off[0]) < 0.06 and abs(off[1]) < 0.01 and abs(off[2]) < 0.002


@pytest.mark.parametrize("market", MARKETS)
def test_with_an_exit_it_is_the_integral(market: str) -> None:
    """Against 60 Gauss nodes each for lambda and p, of what is right given them; in the pool and outside differ."""
    r, alpha, a, b = MARKETS[market]
    nodes = quadrature(r, a, b)
    for x, T, leave, (m, g), ahead in itertools.product(
        (0, 1, 5), (90.0, 365.0), (2e-4, 3e-3), ((1.3, 0.7), (0.8, 1.2)), (300, 730)
    ):
        lam, lam_w = roots_genlaguerre(60, r + x - 1.0)
        z, p_w = roots_jacobi(60, b + x - 1.0, a - 1.0)
        p = (z + 1) / 2
        lost, lost_public = 1 - (1 - p) ** g, 1 - (1 - p) ** 1.1
        grid = np.array(
            [
                [
                    lm / (alpha + T) * unchanged(lm / (alpha + T), i, o, m, 1.05, 0.9, leave, ahead, FORCE)
                    for i, o in zip(lost, lost_public, strict=True)
                ]
                for lm in lam
            ]
        )
        expected = float(lam_w @ grid @ p_w / lam_w.sum() / p_w.sum())
        found = orders_to_come(x, alpha + T, float(x), m, 1.05, g, 0.9, 1.1, leave, ahead, FORCE, r, nodes)
        assert found == pytest.approx(expected, rel=3e-3), (x, T, leave, m, ahead)


def test_probability_alive_is_that_of_the_models() -> None:
    market = np.zeros(1, MARKET)[0]
    for r, alpha, a, b in MARKETS.values():
        market["r"], market["alpha"], market["a"], market["b"] = r, alpha, a, b
        truth = BGNBD.known(r, alpha, a, b)
        for x, tau_x, T, last in itertools.product((0, 1, 3, 40), (10.0, 180.0), (180.0, 2000.0), (0.2, 1.0, 3.0)):
            G = 0.9 * max(x - 1, 0) + (last if x else 0.0)
            one, exponents = history(x, tau_x if x else 0.0, T, G, last)
            expected = truth.probability_alive(*one, **exponents)[0]
            found = alive(x, tau_x if x else 0.0, T, G, last if x else 0.0, alpha, market)
            assert found == pytest.approx(expected, rel=1e-9, abs=1e-12)


def test_a_prospect_by_numerical_integration(make) -> None:
    """First order at a Gamma rate, then a new customer over the days left; the pool's demand, then the public's."""
    r, alpha, a, b = MARKETS["lively"]
    nodes = quadrature(r, a, b)
    channel = {"channel": "advert", "per_day": 5, "first_order": {"mean_days": 50, "shape": 0.6}}
    model = PoolModel(make(days=1, policy={"acquisition": [channel]}))
    model.step()
    member = model.member_blocks()[0][0]
    assert member["prospect"] == 1
    horizon = np.zeros(1, HORIZON)[0]
    horizon["day"], horizon["force"], horizon["outlook"] = 1, FORCE, as_before()
    horizon["first_shape"][:2], horizon["first_rate"][:2] = (1.0, 0.6), (1.0, 30.0)
    for waited, (m, g, worth), leave, ahead in itertools.product(
        (0.0, 100.0), ((1.0, 1.0, 1.0), (1.4, 0.7, 1.06)), (0.0, 0.002), (1000, 400)
    ):
        member["tau"] = waited
        public, g_public = 0.95, 1.05
        exit_ = leave

        def density(u: float, m=m, public=public, exit_=exit_, waited=waited) -> float:
            stays = math.exp(-exit_ * u)
            passed = public * u + (m - public) * ((1 - stays) / exit_ if exit_ else u)
            pace = stays * m + (1 - stays) * public
            start = 30.0 + waited
            return pace * 0.6 / (start + passed) * (start / (start + passed)) ** 0.6

        def value(
            u: float, m=m, g=g, worth=worth, public=public, g_public=g_public, exit_=exit_, ahead=ahead, density=density
        ) -> float:
            later = orders_to_come(0, alpha, 0.0, m, worth, g, public, g_public, exit_, ahead - u, FORCE, r, nodes)
            stays = math.exp(-exit_ * u)
            first = (stays * m * worth + (1 - stays) * public) / (stays * m + (1 - stays) * public)
            return density(u) * math.exp(-FORCE * u) * (first + later)

        expected = integrate.quad(value, 0, ahead, limit=200)[0]
        path = path_of((math.inf, m, worth, g, exit_), nodes=nodes["rate_nodes"] * nodes["loss_nodes"])
        found = prospect_orders(member, alpha, path, Public(public, g_public), ahead, model.world, horizon, nodes)
        assert found == pytest.approx(expected, rel=4e-3), (waited, m, leave, ahead)


def test_the_end_adds_up(make, live) -> None:
    """What is read off the members at the end, from the members themselves."""
    channels = [{"channel": "advert", "per_day": 3, "organic": 0.4}, {"channel": "card", "per_day": 2, "buyers": 1.0}]
    policy = {"acquisition": channels, "push": {"per_week": 3}}
    kept = live(make(members=500, days=200, policy=policy))
    members, closing = kept.members, kept.run.closing
    inside = members["left"] == NEVER
    tenure, silence = 200 - members["joined"], 199 - members["last_seen"]
    assert (
        closing["members"] == len(members) and closing["founders"] == 500 and closing["joiners"] == len(members) - 500
    )
    assert closing["member_days"] == tenure.sum()
    assert closing["tenured"] == (tenure >= 90).sum()
    assert closing["tenured_left"] == ((tenure >= 90) & ~inside).sum()
    assert closing["tenured_silent"] == ((tenure >= 90) & inside & (silence >= 90)).sum()
    assert closing["tenured_lost"] == members["lost"][tenure >= 90].sum()
    assert closing["pool"] == inside.sum() and closing["silent"] == (inside & (silence >= 90)).sum()
    for group in range(3):
        assert closing["value"][group] == pytest.approx(members["value"][members["group"] == group].sum())
        assert closing["rest"][group] > 0
    joined = members["channel"] > 0
    stayed = np.where(inside, tenure, members["left"] - members["joined"])
    assert closing["d7_base"] == (joined & (tenure > 7)).sum()
    assert closing["d7_kept"] == (joined & (tenure > 7) & (stayed > 7) & (members["kept"] & 1 > 0)).sum()
    assert closing["d30_base"] == (joined & (tenure > 30)).sum()


def test_retention_is_that_of_the_log(make, live) -> None:
    """Without messages only orders interact: D7, D30, first orders within 30 days and repurchases from the log."""
    channels = [
        {"channel": "advert", "per_day": 20, "first_order": {"mean_days": 10}},
        {"channel": "card", "per_day": 10, "buyers": 1.0},
    ]
    kept = live(make(members=300, days=150, policy={"acquisition": channels}, repurchase_window=60))
    members, closing = kept.members, kept.run.closing
    orders: dict[int, list[int]] = {key: [] for key in members["key"].tolist()}
    for order in kept.orders:
        orders[int(order["key"])].append(int(order["time"]))
    d7 = d30 = first = first_base = second = second_base = 0
    for member in members:
        joined, came = int(member["joined"]), orders[int(member["key"])]
        gone = int(member["left"]) if member["left"] != NEVER else 10_000
        seen = [day - joined for day in came if day < gone]
        if member["channel"] and 150 - joined > 7:
            d7 += gone - joined > 7 and any(1 <= day <= 7 for day in seen)
        if member["channel"] and 150 - joined > 30:
            d30 += gone - joined > 30 and any(24 <= day <= 30 for day in seen)
        if member["channel"] == 1 and 150 - joined >= 30:
            first_base += 1
            first += any(day - joined < 30 for day in came)
        bought = came[0] if member["channel"] == 1 and came else None if member["channel"] == 1 else joined
        if bought is not None and 150 - bought > 60:
            later = came[1:] if member["channel"] == 1 else came
            second_base += 1
            second += bool(later) and later[0] - bought <= 60
    assert (closing["d7_kept"], closing["d30_kept"]) == (d7, d30)
    assert (closing["first_base"], closing["first_in_time"]) == (first_base, first)
    assert (closing["second_base"], closing["second_in_time"]) == (second_base, second)
    assert min(d7, d30, first, second) > 50
