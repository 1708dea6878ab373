"""Who joins: how many for which money, whom a channel meets, and what that makes of a member's value."""

import itertools
import math

import numpy as np
import pytest
from scipy import integrate, stats
from scipy.special import betaln, expit, hyp2f1

from models.errors import BadInput
from models.families.bg_nbd import BGNBD
from models.families.bg_nbd.met import Met, fit_met, log_likelihood_met
from sim.catalogue import COUNTER, NEVER, REPEAT_PARCEL
from sim.drafting.explained import explained
from sim.drafting.notes import notes
from sim.draws import child_key
from sim.policies import acquisition
from sim.policies.acquisition import Channel
from sim.policies.referral import ways
from sim.pool import PoolModel
from sim.posterior import alive_chosen
from sim.quadrature import MOST_LOSSES, quadrature
from sim.records import MARKET, MEMBER
from sim.replay import replay
from sim.rest_of_life import PATH, Public, discounted_orders
from sim.results.metrics.account import Account, cost_by_day
from sim.results.metrics.chosen import newcomers_value, value_multiple, value_multiple_by_selection
from sim.scenario import Scenario
from sim.selection import loss_chance_met, whom_it_meets

FIVE_SIGMA = 5.7e-7  # two-sided chance of a standard normal beyond 5
CDNOW = {"r": 0.243, "alpha": 30.9, "a": 0.793, "b": 2.426}  # days
THREE_YEARS = 1095.0


def channel(**keys) -> Channel:
    return Channel(channel="card", **keys)


def spent_by(way: Channel, days: int) -> np.ndarray:
    return way.cost(way.joiners(days))


# --- how many, for how much ------------------------------------------------------------------------------------------


def test_a_budget_buys_joiners_at_the_days_price() -> None:
    """Money a day over the day's cost, fractions carried: what is spent is the budget, but for less than one joiner."""
    dearer = channel(budget_per_day=100, cac=8, cac_growth=0.5)
    joining, spent = dearer.joiners(730), spent_by(dearer, 730)
    price = 8 * 1.5 ** (np.arange(730) / 365)
    assert (np.cumsum(joining) == np.floor(np.cumsum(100 / price) + 1e-9)).all()
    assert abs(np.cumsum(spent) - 100 * np.arange(1, 731)).max() < price[-1]
    assert joining[-30:].sum() < 0.5 * joining[:30].sum()
    monthly = channel(budget_per_month=36500 / 12, cac=8, cac_growth=0.5)
    assert (monthly.joiners(730) == joining).all()


def test_people_reached_cost_whether_they_join_or_not() -> None:
    """A share of them joins; all of them are paid for, and a gift to each joiner beside it."""
    met = channel(reached_per_day=300, conversion=0.02, cost_per_reached=0.5, cac=3)
    assert met.joiners(10).tolist() == [6] * 10
    assert spent_by(met, 10).tolist() == [300 * 0.5 + 6 * 3] * 10
    assert met.cost_per_joiner == 0.5 / 0.02 + 3
    by_volume = channel(per_day=6, conversion=0.02, cost_per_reached=0.5, cac=3)
    assert spent_by(by_volume, 10).tolist() == spent_by(met, 10).tolist()
    rare = channel(reached_per_day=1, conversion=0.001, cost_per_reached=1)
    assert rare.joiners(999).sum() == 0 and spent_by(rare, 999).sum() == pytest.approx(999)


def test_fewer_lives_have_their_part_of_the_joiners() -> None:
    whole = channel(budget_per_day=70, cac=7)
    assert whole.joiners(20).sum() == 200 and whole.joiners(20, share=0.25).sum() == 50


def test_the_money_of_a_run(make, live) -> None:
    """Joiners of three ways to say how many are in the pool, and their cost is the account's."""
    channels = [
        {"channel": "ad", "budget_per_month": 3000, "cac": 20, "cac_growth": 0.2},
        {"channel": "slip", "reached_per_day": 50, "conversion": 0.03, "cost_per_reached": 0.4},
        {"channel": "card", "per_day": 0.7, "cac": 5, "buyers": 1.0},
    ]
    kept = live(make(days=60, policy={"acquisition": channels}))
    expected = [np.floor(c.expected(60)[-1] + 1e-9) for c in kept.run.scenario.policy.acquisition]
    assert np.bincount(kept.members["channel"], minlength=4)[1:].tolist() == expected
    spent = 3000 * 60 / (365 / 12), 60 * 50 * 0.4, 5 * expected[2]
    assert cost_by_day(kept.run).sum() == pytest.approx(sum(spent), abs=25)
    assert Account(kept.run, kept.run).acquisition == cost_by_day(kept.run).sum()


@pytest.mark.parametrize(
    ("keys", "sentence"),
    [
        ({}, "says not how many join; give per_day, or one of"),
        (
            {"per_day": 1, "budget_per_day": 3, "cac": 1},
            "budget_per_day: says how many join a second time, beside per_day",
        ),
        ({"reached_per_day": 9}, "reached_per_day: needs conversion, the share of the people reached who join"),
        ({"per_day": 9, "cost_per_reached": 1}, "cost_per_reached: needs conversion"),
        ({"per_day": 9, "conversion": 0.1}, "conversion: goes with reached_per_day or cost_per_reached"),
        ({"budget_per_month": 900}, "budget_per_month: buys joiners at their cost, and they cost nothing"),
        ({"per_day": 9, "meets": "counter"}, "meets: chooses among those who have bought, and nobody here has"),
        ({"per_day": 9, "meets": "counter", "buyers": 1.0}, "meets: chooses among the customers of a shop"),
        ({"per_day": 9, "meets": "parcel"}, "meets: .parcel. is not known; did you mean repeat_parcel"),
    ],
)
def test_what_cannot_be_is_refused(make, keys, sentence: str) -> None:
    with pytest.raises(BadInput, match=sentence):
        make(policy={"acquisition": [{"channel": "card", **keys}]})


# --- whom a channel meets --------------------------------------------------------------------------------------------


def log_density(t: np.ndarray, s: float, c: float, a: float, b: float) -> np.ndarray:
    """Of t = log(p / (1 - p)), but for a constant."""
    log_p, log_q = -np.logaddexp(0, -t), -np.logaddexp(0, t)
    density: np.ndarray = a * log_p + b * log_q - s * np.log1p(c * np.exp(log_p))
    return density


def distribution(s: float, c: float, a: float, b: float) -> tuple[np.ndarray, np.ndarray]:
    """Points t and the distribution function there, by the trapezoid rule around the peak and far out."""
    far = np.linspace(-740, 740, 60_001)
    peak = far[np.argmax(log_density(far, s, c, a, b))]
    t = np.union1d(far, peak + np.sinh(np.linspace(-9, 9, 400_001)) / 100)
    density = np.exp(log_density(t, s, c, a, b) - log_density(np.array([peak]), s, c, a, b))
    below = np.concatenate([[0.0], np.cumsum((density[1:] + density[:-1]) / 2 * np.diff(t))])
    return t, below / below[-1]


@pytest.mark.parametrize(
    "given",
    [
        (1.243, THREE_YEARS / 30.9, 0.793, 2.426),  # a repeat parcel of CDNOW
        (0.243, THREE_YEARS / 30.9, 0.793, 2.426),  # its counter
        (0.01, 1e-9, 2.0, 2.0),
        (1000.0, 50.0, 5.0, 5.0),
        (1.2, 730.0, 2.0, 2.0),
        (1e6, 1e3, 0.8, 2.5),
        (1.24, 36.0, 0.05, 0.05),
        (5.0, 1e6, 30.0, 0.2),
        (1.5, 36.0, 400.0, 900.0),
    ],
)
def test_the_chance_of_loss_is_exact(given: tuple[float, float, float, float]) -> None:
    """Draws against the distribution function by fine integration, from a usual shop to extremes."""
    p = np.array([loss_chance_met(child_key(7, 1, n), *given) for n in range(4000)])
    with np.errstate(divide="ignore"):
        at = np.log(p) - np.log1p(-p)
    assert stats.kstest(np.interp(at, *distribution(*given)), stats.uniform().cdf).pvalue > 1e-4


@pytest.mark.parametrize(
    ("given", "level"),
    [((2.0, 100.0, 1e-17, 3.0), 0.0), ((2.0, 100.0, 3.0, 1e-17), 1.0), ((2.0, 9.0, 5e-324, 3.0), 0.0)],
)
def test_a_shop_that_loses_nobody_or_all(given: tuple[float, float, float, float], level: float) -> None:
    assert {loss_chance_met(child_key(7, 2, n), *given) for n in range(50)} == {level}


@pytest.mark.parametrize(("meets", "w"), [(COUNTER, 0), (REPEAT_PARCEL, 1)])
def test_they_are_those_who_live_on_in_a_shop(meets: int, w: int) -> None:
    """Against a shop lived: of newcomers those alive after A days, by their rate where a parcel meets them."""
    market, age = np.zeros(1, MARKET)[0], 400.0
    for name, value in CDNOW.items():
        market[name] = value
    market["shop_age"] = age
    n, rng = 20_000, np.random.default_rng(3)
    met = np.array([whom_it_meets(child_key(9, 3, k), meets, CDNOW["alpha"], market) for k in range(n)])
    rate = rng.gamma(CDNOW["r"], 1 / CDNOW["alpha"], 2_000_000)
    p = rng.beta(CDNOW["a"], CDNOW["b"], rate.size)
    lives = rng.random(rate.size) < (1 - p) ** rng.poisson(rate * age)
    weight = rate[lives] ** w
    for values, drawn in ((rate[lives], met[:, 0]), (p[lives], met[:, 1])):
        mean = np.average(values, weights=weight)
        spread = np.sqrt(np.average((values - mean) ** 2, weights=weight**2) * (weight**2).sum()) / weight.sum()
        assert abs(drawn.mean() - mean) < 5 * np.hypot(drawn.std() / np.sqrt(n), spread)


# --- within a channel the null is BG/NBD with its prior ---------------------------------------------------------------


def integral(s: float, rate: float, age: float, a: float, b: float) -> float:
    """Log of the integral over p of p^(a-1) (1-p)^(b-1) (rate + p age)^-s: Euler's, by Gauss's hypergeometric function."""
    z = age / (rate + age)  # Pfaff: B(a, b) (rate + age)^-s 2F1(s, b; a + b; z)
    return float(betaln(a, b) - s * math.log(rate + age) + math.log(hyp2f1(s, b, a + b, z)))


@pytest.fixture(scope="module")
def shop(make, live):
    """A shop of three years with CDNOW's rhythm, its members met in three ways, nobody doing anything to them."""
    channels = [
        {"channel": "everybody", "per_day": 200, "buyers": 1.0, "cac": 1},
        {"channel": "counter", "per_day": 200, "buyers": 1.0, "meets": "counter", "cac": 1},
        {"channel": "card", "per_day": 200, "buyers": 1.0, "meets": "repeat_parcel", "cac": 1},
    ]
    market = {"rhythm": CDNOW, "shop_age": THREE_YEARS}
    return live(make(changes=market, days=300, policy={"acquisition": channels}), seed=21)


@pytest.mark.parametrize(("number", "w"), [(2, 0), (3, 1)])
def test_orders_and_losses_within_a_channel(shop, number: int, w: int) -> None:
    """P(no order), mean orders and P(alive) of who joined, against the closed forms, at 5 standard errors."""
    members = shop.members[shop.members["channel"] == number]
    r, alpha, a, b = CDNOW.values()
    T, s = shop.run.scenario.days - members["joined"].astype(float), r + w
    none = np.exp(
        [integral(s, alpha + t, THREE_YEARS, a, b) - integral(s, alpha, THREE_YEARS, a, b) for t in np.unique(T)]
    )
    chance = none[np.searchsorted(np.unique(T), T)]
    quiet = members["frequency"] == 0
    assert abs(quiet.sum() - chance.sum()) < 5 * np.sqrt((chance * (1 - chance)).sum())

    def orders(t: float) -> float:
        def given(u: float) -> float:  # E[(1 - e^(-lambda p t)) / p] over lambda, times the density of log odds u
            p = expit(u)
            weigh = log_density(np.array([u]), s, THREE_YEARS / alpha, a, b)[0]
            return math.exp(weigh) * -math.expm1(-s * math.log1p(p * t / (alpha + p * THREE_YEARS))) / p

        whole = math.exp(integral(s, alpha, THREE_YEARS, a, b) + s * math.log(alpha))
        return integrate.quad(given, -200, 60, points=[-10, 0], limit=400)[0] / whole

    expected = np.interp(T, at := np.linspace(1, 300, 40), [orders(t) for t in at])
    surprise = members["frequency"] - expected
    assert abs(surprise.mean()) < 5 * surprise.std() / np.sqrt(len(members))


@pytest.mark.parametrize(("number", "meets"), [(2, COUNTER), (3, REPEAT_PARCEL)])
def test_who_is_alive_within_a_channel(shop, number: int, meets: int) -> None:
    """P(alive) of the closing form, against who is not lost: in all, and among those silent for long."""
    members = shop.members[(shop.members["channel"] == number) & (shop.members["frequency"] > 0)]
    nodes = quadrature(CDNOW["r"], CDNOW["a"], CDNOW["b"], losses=MOST_LOSSES)
    path = path_of(meets)
    chance = np.array([alive_chosen(m, CDNOW["alpha"], CDNOW["r"], path, nodes) for m in members])
    surprise = (members["lost"] == 0) - chance
    silent = members["tau"] - members["tau_last"] > 100
    for some in (surprise, surprise[silent], surprise[~silent]):
        assert len(some) > 100 and abs(some.mean()) < 5 * some.std() / np.sqrt(len(some))


def path_of(meets: int, age: float = THREE_YEARS) -> np.void:
    path = np.zeros(1, PATH)[0]
    path["parts"], path["until"], path["nodes"] = 1, math.inf, 4 * MOST_LOSSES
    path["m"], path["worth"], path["g"] = 1.0, 1.0, 1.0
    path["weight"], path["age"] = meets - COUNTER, age
    return path


def test_the_chance_to_be_alive_is_the_quotient_of_two_integrals() -> None:
    r, alpha, a, b = CDNOW.values()
    nodes, one = quadrature(r, a, b, losses=MOST_LOSSES), np.zeros(1, MEMBER)[0]
    for meets, x, (tau_x, tau) in itertools.product((1, 2), (1, 3, 12, 40), ((5.0, 400.0), (200.0, 300.0))):
        one["frequency"], one["exponents"], one["last_exponent"] = x, x, 1.0
        one["tau_last"], one["tau"] = tau_x, tau
        s = r + meets - 1 + x
        living = integral(s, alpha + tau, THREE_YEARS, a, b + x)
        lost = integral(s, alpha + tau_x, THREE_YEARS, a + 1, b + x - 1)
        found = alive_chosen(one, alpha, r, path_of(meets), nodes)
        assert found == pytest.approx(expit(living - lost), rel=2e-3), (meets, x, tau_x)


def test_orders_to_come_are_an_integral_over_the_prior() -> None:
    """Expected orders of one met, after a history: against fine integration over p, within 0.1 %."""
    r, alpha, a, b = CDNOW.values()
    nodes = quadrature(r, a, b, losses=MOST_LOSSES)
    t = np.linspace(-60, 40, 40_001)
    p = expit(t)
    for meets, x, tau in itertools.product((1, 2), (0, 1, 5, 30, 100), (1.0, 100.0, 900.0)):
        s, rate = r + meets - 1 + x, alpha + tau
        weigh = np.exp(log := log_density(t, s, THREE_YEARS / rate, a, b + x) - 0.0) / np.exp(log.max())
        orders = -np.expm1(-s * np.log1p(p * 700 / (rate + p * THREE_YEARS))) / p
        expected = (weigh * orders).sum() / weigh.sum()
        found = discounted_orders(x, rate, float(x), path_of(meets), Public(1.0, 1.0), 0.0, 700.0, 0.0, r, nodes)
        assert found == pytest.approx(expected, rel=1e-2 if x == 100 else 4e-3), (meets, x, tau)


def test_the_log_of_a_run_gives_the_market_back(make, watch) -> None:
    """Replayed by channel: members of a repeat parcel and newcomers together give r, alpha, a and b, messages and all.

    The likelihood by channel is higher at the truth than where the members are taken for newcomers.
    """
    channels = [
        {"channel": "ad", "per_day": 5, "buyers": 0.8},
        {"channel": "card", "per_day": 15, "buyers": 1.0, "meets": "repeat_parcel"},
    ]
    scenario = make(
        changes={"shop_age": 700.0}, days=200, members=500, policy={"acquisition": channels, "push": {"per_week": 4}},
        response={"lost_attention": 1.0},
    )  # fmt: skip
    _, events = watch(scenario, seed=5)
    found = replay(scenario, events, seed=5)
    groups = found.met()
    assert [(len(summary), met) for summary, met in groups][1] == (3000, Met(1, 700.0))
    assert sum(len(summary) for summary, _ in groups) == len(found.summary())
    fitted = fit_met(groups)
    truth = scenario.market.rhythm
    for name, se in fitted.standard_errors_.items():
        assert abs(fitted.params_[name] - getattr(truth, name)) < 5 * se, name
    model = BGNBD.known(truth.r, truth.alpha, truth.a, truth.b)
    by_channel = sum(log_likelihood_met(model, summary, met).sum() for summary, met in groups)
    assert by_channel > model.log_likelihood(found.summary()).sum() + 50
    assert fitted.log_likelihood_ > by_channel > fitted.log_likelihood_ - 20


# --- what members are worth ------------------------------------------------------------------------------------------


def test_gamma_of_r_plus_one_alone_makes_members_five_times_the_public() -> None:
    """E[lambda | r + 1] / E[lambda | r] = (r + 1) / r with CDNOW's r; the loss so far takes most of that back."""
    r, alpha = CDNOW["r"], CDNOW["alpha"]
    assert (r + 1) / r == pytest.approx(5.1, abs=0.05)
    market = np.zeros(1, MARKET)[0]
    for name, value in CDNOW.items():
        market[name] = value
    market["shop_age"] = THREE_YEARS
    met = np.array([whom_it_meets(child_key(1, 4, n), REPEAT_PARCEL, alpha, market)[0] for n in range(20_000)])
    assert 1.5 < met.mean() / (r / alpha) < 4.5


def test_how_much_of_a_members_worth_is_selection(make, live) -> None:
    """Without operations the two multiples are one number, that of whom the card met; messages lift only the first."""
    card = {"channel": "card", "per_day": 60, "buyers": 1.0, "meets": "repeat_parcel", "cac": 1}
    market = {"rhythm": CDNOW, "shop_age": THREE_YEARS}
    told = {"push": {"per_week": 3}}
    alone, operated = (
        live(make(changes=market, days=200, policy={"acquisition": [card], **policy}), seed=3).run
        for policy in ({}, told)
    )
    assert value_multiple(Account(alone, alone)) == value_multiple_by_selection(Account(alone, alone))
    both = Account(operated, alone)
    assert value_multiple(both) > value_multiple_by_selection(both) > 2.0
    # a newcomer's value is that of a public of newcomers
    public = {"channel": "public", "per_day": 200, "buyers": 1.0, "cac": 1}
    newcomers = live(make(changes=market, days=200, policy={"acquisition": [public]}), seed=3)
    end = newcomers.run.closing
    mean = (end["value"].sum() + end["rest"].sum()) / end["joiners"]
    each = newcomers.members["value"] + newcomers.run.rest
    assert abs(mean - newcomers_value(newcomers.run.scenario)) < 5 * each.std() / np.sqrt(len(each)) + 0.005 * mean
    assert value_multiple(Account(newcomers.run, newcomers.run)) is None


def test_everyone_is_as_before(make, live) -> None:
    """A shop's age moves nobody as long as no channel chooses; another channel's choice moves no draw of this one."""
    ad = {"channel": "ad", "per_day": 3, "buyers": 0.5}
    card = {"channel": "card", "per_day": 2, "buyers": 1.0, "meets": "repeat_parcel"}
    plain = live(make(days=50, policy={"acquisition": [ad]})).members
    aged = live(make(changes={"shop_age": 900.0}, days=50, policy={"acquisition": [ad]})).members
    assert plain.tobytes() == aged.tobytes()
    both = live(make(changes={"shop_age": 900.0}, days=50, policy={"acquisition": [ad, card]})).members
    through_ad = both[both["channel"] == 1]
    assert np.isin(plain["key"], through_ad["key"]).all() and (through_ad["rate"] == plain["rate"]).all()
    assert (both["left"][both["channel"] == 2] == NEVER).any()


def test_both_engines_and_any_threads_choose_the_same(make) -> None:
    """Over two blocks, to the bit."""
    channels = [
        {"channel": "card", "budget_per_day": 90, "cac": 3, "buyers": 0.8, "meets": "repeat_parcel"},
        {"channel": "code", "reached_per_day": 300, "conversion": 0.1, "buyers": 1.0, "meets": "counter"},
    ]
    scenario = make(changes={"shop_age": 900.0}, members=3500, days=30, policy={"acquisition": channels})
    runs = [
        PoolModel(scenario, engine=engine, threads=threads).run(keep_members=True)
        for engine, threads in (("compiled", 1), ("compiled", 2), ("agents", 1))
    ]
    for other in runs[1:]:
        assert other.members.tobytes() == runs[0].members.tobytes() and other.rest.tobytes() == runs[0].rest.tobytes()


def test_meets_is_told_in_words(make) -> None:
    keys = {"budget_per_month": 3650, "cac": 10, "conversion": 0.02, "cost_per_reached": 0.4}
    card = {"channel": "card", **keys, "buyers": 1.0, "meets": "repeat_parcel"}
    scenario: Scenario = make(changes={"shop_age": 900.0}, policy={"acquisition": [card]})
    english, chinese = (explained(scenario, lang)[0] for lang in ("en", "zh"))
    assert "4 join a day through card, 30 USD each, for 120 USD a day, 2 % of the people reached join" in english
    assert "living customers of a shop 900 days old are met by how often they order" in english
    assert "900" in chinese and "复购" in chinese and "join" not in chinese


def test_fit_personas_and_both_costs_are_told_in_words(make) -> None:
    own = {"price_sensitive": 0.7, "busy": 0.3}
    card = {"channel": "card", "per_day": 0.004, "fit": 0.4, "personas": own}
    dear = {"channel": "ad", "per_day": 1, "cac": 30, "cost_per_reached": 8, "conversion": 0.02}
    scenario: Scenario = make(members=9, policy={"acquisition": [card, dear]})
    told = explained(scenario)[0]
    assert told.startswith("policy.acquisition.0: 0.004 join a day through card")
    assert told.endswith(
        "what it promises fits the pool 0.4 times as well as usual, 70 % of them look for the price, 30 % of them have "
        "little time"
    )
    assert "契合度为通常的 0.4 倍，其中 70% 看重价格，其中 30% 时间很少" in explained(scenario, "zh")[0]
    assert "fits" not in explained(scenario)[1]
    assert any(note.startswith("policy.acquisition.1.cac + cost_per_reached: 430 USD") for note in notes(scenario))


def test_as_many_channels_as_a_member_can_tell_apart_with_that_of_friends(make) -> None:
    """254 channels and the friends' own are numbers of one byte; one channel more is refused (test_policy_bad_input.py)."""
    channels = [{"channel": f"c{n}", "per_day": 0.01} for n in range(254)]
    full: Scenario = make(members=9, policy={"acquisition": channels, "referral": {"market": 100}})
    numbers = 1 + np.arange(len(ways(full)))
    assert numbers[-1] == np.iinfo(MEMBER.fields["channel"][0]).max
    plan = np.zeros(1, acquisition.PLAN)[0]
    acquisition.Planner(full).write(plan)
    assert len(plan["fit"]) == len(plan["meets"]) == 1 + numbers[-1]
