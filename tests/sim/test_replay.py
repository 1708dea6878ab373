"""The day function fed with a log: the same states as in the simulation, and a likelihood that knows the truth."""

import numpy as np
import pytest

from models.errors import BadInput
from models.families.bg_nbd import BGNBD
from sim.catalogue import CONTENT_TYPES, NEVER
from sim.replay import HAPPENED, Events, replay

RHYTHM = {"r": 0.8, "alpha": 20.0, "a": 0.8, "b": 2.5}
FRAILTY = 1.5  # the default response's k
OPERATIONS = {
    "push": {"per_week": 7},
    "coupons": [
        {"kind": "percent", "off": 0.15, "every_days": 20, "valid_days": 10},
        {"kind": "threshold", "off": 6, "min_spend": 30, "to": "price_sensitive", "every_days": 14, "valid_days": 7},
    ],
    "segments": {
        "high_value": {"push": {"per_week": 2}},
        "silent": {"push": {"per_week": 1}},
        "busy": {"push": {"per_week": 4}, "coupons": []},
    },
}
JOINING = [
    {"channel": "advert", "per_day": 20, "organic": 0.2, "fit": 0.8},
    {"channel": "card", "per_day": 11.3, "buyers": 0.7},
]
SEASON = {"months": [1, 0.6, 1, 1, 1, 1, 1, 1, 1, 1, 1.5, 1]}


@pytest.fixture(scope="module")
def everything(make, watch):
    """All operations (no budgets), joiners of two channels, a season, over two blocks; and its log."""
    scenario = make(changes={"season": SEASON}, members=2000, days=200, policy={**OPERATIONS, "acquisition": JOINING})
    return scenario, *watch(scenario, seed=6)


@pytest.fixture(scope="module")
def again(everything):
    scenario, kept, events = everything
    return replay(scenario, events, seed=6, lost=kept.members["key"][kept.members["lost"] == 1])


def test_states_are_those_of_the_simulation(everything, again) -> None:
    """Trust, interest, fatigue, habit and what the brand sees: to the bit. Clocks: times within a day lose a last digit."""
    _, kept, events = everything
    assert len(events.clicks) > 5000 and len(events.complaints) > 5 and len(events.departures) > 500
    assert (again.evidence["unmatched"] == 0).all()
    to_the_bit = (
        "key", "trust", "interest", "fatigue", "habit", "pull", "left", "last_seen", "last_sent", "coupon", "coupon_until",
        "segment", "eligible", "lost", "prospect", "rate", "frequency", "orders", "clicks", "complaints", "spend",
        "kept", "woken", "bought_at", "window_demand", "window_exit", "last_order",
    )  # fmt: skip
    for field in to_the_bit:
        assert (again.members[field] == kept.members[field]).all(), field
    for field in ("tau", "tau_last", "exponents", "last_exponent"):
        np.testing.assert_allclose(again.members[field], kept.members[field], rtol=0, atol=1e-9, err_msg=field)
    assert kept.members["habit"].max() > 0.3 and kept.members["trust"].std() > 0.05


def test_what_the_path_changes(everything, again) -> None:
    """Taken as alive, those who were lost read more; nobody else's evidence moves."""
    scenario, kept, events = everything
    alive = replay(scenario, events, seed=6)
    lost = kept.members["lost"] == 1
    assert not alive.members["lost"].any()
    assert (alive.evidence[~lost] == again.evidence[~lost]).all()
    assert (alive.evidence["click_log"][lost] != again.evidence["click_log"][lost]).mean() > 0.5
    # and the clicks that were made tell which path it was
    assert again.evidence["click_log"][lost].sum() > alive.evidence["click_log"][lost].sum() + 10


def test_the_summary_is_that_of_the_log(everything, again) -> None:
    _, kept, _ = everything
    bought = kept.members["prospect"] == 0
    summary = again.summary()
    assert (summary.customer == kept.members["key"][bought]).all()
    assert (summary.frequency == kept.members["frequency"][bought]).all()
    times = {}
    for key, time in zip(kept.orders["key"].tolist(), kept.orders["time"].tolist(), strict=True):
        times.setdefault(key, []).append(time)
    for row in np.flatnonzero(bought)[::50].tolist():
        member, mine = kept.members[row], times.get(int(kept.members["key"][row]), [])
        came_as_prospect = member["kept"] & 16
        start = mine[0] if came_as_prospect else float(member["joined"])
        at = int(np.flatnonzero(summary.customer == member["key"])[0])
        assert summary.T[at] == pytest.approx(200 - start)
        assert summary.recency[at] == pytest.approx((mine[-1] if mine else start) - start)
    no_orders = summary.frequency == 0
    assert (summary.G_x[no_orders] == 0).all() and (summary.log_rates[no_orders] == 0).all()


def test_founders_bring_their_clock_along(make, watch, tmp_path) -> None:
    """From an export x, tau and G go on where the history ended; recency before the first order of the log is its own."""
    path = tmp_path / "orders.csv"
    path.write_text(
        "customer,date,amount\n"
        + "".join(f"c{i},2025-0{1 + i % 3}-0{1 + j},{5 + i}\n" for i in range(40) for j in range(1 + i % 4))
    )
    scenario = make(founding="from_export", orders=str(path), orders_until="2025-03-31", days=50, policy=OPERATIONS)
    kept, events = watch(scenario)
    members = kept.members
    lost = members["key"][members["lost"] == 1]
    back = replay(scenario, events, seed=1, lost=lost)
    assert (back.members["lost"] == members["lost"]).all() and len(lost) > 3
    assert (back.members["trust"] == members["trust"]).all()
    np.testing.assert_allclose(back.members["tau"], members["tau"], atol=1e-9)
    summary = back.summary()
    quiet = members["orders"] == 0
    start = back.first_order
    assert set(-start) == {89, 58, 30}
    np.testing.assert_allclose((start + summary.recency)[quiet], members["last_order"][quiet], atol=1e-4)
    np.testing.assert_allclose(summary.T, 50 - start)


@pytest.fixture(scope="module")
def operated(make, watch):
    """20,000 members, 300 days, full operations; what a lost customer reads tells nothing (lost_attention 1)."""
    scenario = make(members=20_000, days=300, policy=OPERATIONS, response={"lost_attention": 1.0})
    _, events = watch(scenario, seed=7)
    return scenario, events, replay(scenario, events, seed=7)


def test_the_market_comes_back_under_full_operations(operated) -> None:
    """The likelihood in operational time gives back r, alpha, a, b within 5 standard errors; the calendar's does not."""
    _, _, found = operated
    summary = found.summary()
    lift = (found.members["tau"] / 300).mean()
    assert lift > 1.1
    fit = BGNBD().fit(summary)
    assert fit.converged_ and not fit.prior_used_
    for name, value in RHYTHM.items():
        assert abs(fit.params_[name] - value) < 5 * fit.standard_errors_[name], name
    naive = BGNBD().fit(type(summary)(summary.frequency, summary.recency, summary.T))
    off = max(abs(naive.params_[n] - v) / naive.standard_errors_[n] for n, v in RHYTHM.items())
    assert off > 8


def test_the_orders_know_the_effect_of_trust(operated) -> None:
    """With the market known, the likelihood over b_interest is highest within 5 standard errors of the truth.

    The log-likelihood at 0.5, 1 and 1.5 times the true value is a parabola near enough; its bend gives the error.
    """
    scenario, events, found = operated
    truth = BGNBD.known(**RHYTHM)
    value = scenario.response.interest_on_demand

    def log_likelihood(times: float) -> float:
        other = (
            found
            if times == 1
            else replay(scenario.with_changes({"response.interest_on_demand": times * value}), events, seed=7)
        )
        return loglik(truth, other.summary())

    near_its_top([0.75, 1.0, 1.25], log_likelihood)


def loglik(model: BGNBD, summary) -> float:
    """The log-likelihood at given parameters, with the rates at the orders."""
    from models.families.bg_nbd.likelihood import histories, log_likelihood

    h = histories(summary.frequency, *summary.clock, summary.G_x, summary.G_before)
    return log_likelihood(h, np.array(list(model.params_.values())))[0] + summary.log_rates.sum()


def near_its_top(at: list[float], log_likelihood) -> None:
    """The parabola through three points has its top within 5 of its standard errors of 1, the truth."""
    bend, slope, _ = np.polyfit(np.array(at) - 1.0, [log_likelihood(x) for x in at], 2)
    assert bend < 0
    top, se = -slope / (2 * bend), 1 / np.sqrt(-2 * bend)
    assert abs(top) < 5 * se, f"the top is {top / se:+.1f} standard errors from the truth"
    assert se < 0.2  # sharp enough to mean something


@pytest.fixture(scope="module")
def pressed(make, watch):
    """Two messages a day: many leave, some complain."""
    policy = {**OPERATIONS, "push": {"per_week": 14, "cap_per_day": 2}, "segments": {}}
    scenario = make(members=20_000, days=120, policy=policy, response={"click_rate": 0.0, "complaint_share": 0.5})
    kept, events = watch(scenario, seed=8)
    return scenario, kept, events, replay(scenario, events, seed=8, lost=kept.members["key"][kept.members["lost"] == 1])


def test_as_many_leave_as_expected(make, watch) -> None:
    """With omega integrated out, departures less k log(1 + L/k) is 0 on average, within 5 standard errors.

    L of who left is taken to the middle of her last day. Complaints, which tell of omega too, are turned off.
    """
    policy = {**OPERATIONS, "push": {"per_week": 14, "cap_per_day": 2}}
    scenario = make(members=20_000, days=120, policy=policy, response={"click_rate": 0.0, "complaint_share": 0.0})
    kept, events = watch(scenario, seed=8)
    found = replay(scenario, events, seed=8, lost=kept.members["key"][kept.members["lost"] == 1])
    left = found.members["left"] != NEVER
    assert 0.1 < left.mean() < 0.9
    passed = found.evidence["leave_integral"] - 0.5 * found.evidence["leave_hazard"]
    surprise = left - FRAILTY * np.log1p(passed / FRAILTY)
    assert abs(surprise.mean()) < 5 * surprise.std() / np.sqrt(len(left))
    without_frailty = left - passed  # what forgets that the sensitive leave first is far off
    assert without_frailty.mean() < -10 * without_frailty.std() / np.sqrt(len(left))


@pytest.mark.parametrize("parameter", ["leave_base", "leave_fatigue"])
def test_departures_know_their_hazards(pressed, parameter: str) -> None:
    """The frailty likelihood over each hazard is highest at the truth, within 5 standard errors.

    Those of joiners stand in test_replay_of_touches.py: founders do not leave early.
    """
    scenario, kept, events, found = pressed
    lost = kept.members["key"][kept.members["lost"] == 1]
    value = getattr(scenario.response, parameter)

    def log_likelihood(times: float) -> float:
        if times == 1.0:
            return found.leaving_log_likelihood(FRAILTY)
        changed = scenario.with_changes({f"response.{parameter}": times * value})
        return replay(changed, events, seed=8, lost=lost).leaving_log_likelihood(FRAILTY)

    near_its_top([0.8, 1.0, 1.2], log_likelihood)


def test_departures_know_the_frailty(pressed) -> None:
    found = pressed[3]
    near_its_top([0.85, 1.0, 1.15], lambda times: found.leaving_log_likelihood(times * FRAILTY))


def test_without_complaints_it_is_the_formula_of_the_docs(pressed) -> None:
    """S(L) for who stayed, S(L - h) - S(L) for who left, S = (1 + L/k)^-k."""
    found = pressed[3]
    calm = found.members["complaints"] == 0
    evidence = found.evidence.copy()
    evidence["complaint_integral"] = 0.0
    some = found._replace(members=found.members[calm], evidence=evidence[calm])
    L, h = some.evidence["leave_integral"], some.evidence["leave_hazard"]

    def survival(passed: np.ndarray) -> np.ndarray:
        return (1 + passed / FRAILTY) ** -FRAILTY

    left = some.members["left"] != NEVER
    expected = np.log(survival(L[~left])).sum() + np.log((survival(L - h) - survival(L))[left]).sum()
    assert some.leaving_log_likelihood(FRAILTY) == pytest.approx(expected, rel=1e-9)


def test_clicks_know_the_click_rate(make, watch) -> None:
    """Given attention, clicks are Bernoulli with chance c q: the log-likelihood over c is highest at the truth."""
    scenario = make(members=3000, days=60, policy={"push": {"per_week": 7}})
    kept, events = watch(scenario, seed=9)
    lost = kept.members["key"][kept.members["lost"] == 1]
    engage = {name: getattr(scenario.response.contents, name).engage for name in CONTENT_TYPES}

    def log_likelihood(times: float) -> float:
        changed = scenario.with_changes(
            {f"response.contents.{name}.engage": times * rate for name, rate in engage.items()}
        )
        return float(replay(changed, events, seed=9, lost=lost).evidence["click_log"].sum())

    near_its_top([0.95, 1.0, 1.05], log_likelihood)


def test_latent_traits_can_be_set(everything) -> None:
    """A node of the quadrature over attention: everybody's o_i set before her first day."""
    scenario, _, events = everything
    told = []

    def begin(members: np.ndarray) -> None:
        told.append(len(members))
        members["attention"] = 0.3

    found = replay(scenario, events, seed=6, begin=begin)
    assert sum(told) == len(found.members)
    assert (found.members["attention"] == np.float32(0.3)).all()


def happened(key: int, day: int) -> np.ndarray:
    return np.array([(key, day)], HAPPENED)


def test_events_that_cannot_be_are_refused(make) -> None:
    scenario = make(members=3, days=20, policy={"acquisition": [{"channel": "card", "per_day": 0.1}]})
    nothing = np.empty(0, replay_orders().dtype)
    members = replay(scenario, Events(nothing)).members
    founder, joiner = int(members["key"][0]), int(members["key"][3])
    with pytest.raises(BadInput, match="1 of the departures are of nobody in this pool"):
        replay(scenario, Events(nothing, departures=happened(12345, 3)))
    with pytest.raises(BadInput, match="some of the clicks lie before their member joined"):
        replay(scenario, Events(nothing, clicks=happened(joiner, 3)))
    with pytest.raises(BadInput, match="after the scenario's last day"):
        replay(scenario, Events(nothing, departures=happened(founder, 30)))


def replay_orders() -> np.ndarray:
    from sim.records import ORDER

    return np.empty(0, ORDER)


def test_clicks_that_the_plan_has_no_room_for_are_counted(make) -> None:
    scenario = make(members=3, days=20, policy={"push": {"per_week": 1}})
    founder = int(replay(scenario, Events(replay_orders())).members["key"][0])
    found = replay(scenario, Events(replay_orders(), clicks=np.r_[happened(founder, 2), happened(founder, 6)]))
    assert found.evidence["unmatched"][0] == 1 and found.members["clicks"][0] == 1
