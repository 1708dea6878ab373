"""Service: who asks, how the queue grows and answers come, what answers do to trust, what staff and bot cost."""

import math
from typing import Any

import numpy as np
import pytest

from sim import draws
from sim.behaviour.service import answer_of
from sim.catalogue import FOUNDER, NEVER, WEEK
from sim.drafting.explained import explained
from sim.drafting.notes import notes
from sim.policies.service import Planner, Service, expected_step
from sim.pool import PoolModel
from sim.replay import replay
from sim.results.simulation import simulate
from sim.run import members_frame
from sim.scenario import Response

from .conftest import Kept, lived, made
from .test_direction import falls, rises

BUSY = {"staff": 2, "answers_per_week": 60, "reply_hours": 6, "bot": 0.3, "bot_skill": 0.7}
# so that nothing but answers moves trust, and trust nothing else: the mean of R is then that of the answers' steps
ONLY_ANSWERS = {
    "visit": 0.0,
    "trust_on_demand": 0.0,
    "trust_on_loyalty": 0.0,
    "trust_on_basket": 0.0,
    "leave_base": 0.0,
}


# --- the queue ---------------------------------------------------------------------------------------------------------


def test_the_queue_and_the_reply_follow_from_the_log(make, watch) -> None:
    """Q <- max(0, Q + asks (1 - bot) - capacity), T = T0 + 168 Q / capacity, at most 168: week by week, by hand."""
    scenario = make(members=2000, days=73, policy={"service": BUSY}, response={"ask": 0.6})
    kept, events = watch(scenario, seed=3)
    asked = np.bincount((events.questions["time"] // WEEK).astype(int), minlength=11)
    queue, queues = 0.0, [0.0]
    for week in range(10):
        queue = max(0.0, queue + asked[week] * 0.7 - 120)
        queues.append(queue)
    weekly = kept.run.weekly
    assert weekly["queue"].to_numpy() == pytest.approx(queues)
    assert weekly["reply_hours"].to_numpy() == pytest.approx([min(6 + 168 * q / 120, 168) for q in queues])
    assert 0 < queues[1] < queues[2] and weekly["reply_hours"].max() == 168
    assert kept.run.totals["questions"] == asked.sum()
    by_day = np.bincount(events.questions["time"].astype(int), events.questions["hours"], 73)
    np.testing.assert_allclose(kept.run.daily["reply_hours"], by_day, atol=1e-4)
    late = events.questions["hours"] > 24
    well = (events.questions["right"] == 1) & ~late
    assert kept.run.totals["answered"] == well.sum()
    complained = (events.questions["complains"] == 1) & ~well
    assert kept.run.totals["service_complaints"] == complained.sum() == kept.members["service_complaints"].sum() > 20


def test_a_team_that_keeps_up_answers_as_fast_as_it_can() -> None:
    service = Service(staff=2, answers_per_week=50, reply_hours=3, bot=0.5)
    assert service.capacity == 100 and service.waiting(0.0, 150) == 0.0 and service.waiting(0.0, 240) == 20.0
    assert service.reply(0.0) == 3 and service.reply(25.0) == 3 + 42 and service.reply(1e9) == 168


def test_nobody_at_the_desk_is_as_late_as_it_gets() -> None:
    assert Service(staff=0).reply(0.0) == 168
    assert Service(staff=0, bot=1.0, reply_hours=5).reply(0.0) == 5, "the bot takes everything, so that nothing waits"


def test_the_queue_does_not_depend_on_how_many_lives_stand_for_the_pool() -> None:
    """A tenth of the lives asks a tenth of the questions, which count ten times."""
    many = made(members=20_000, days=60, policy={"service": BUSY | {"staff": 10}}, response={"ask": 0.5})
    few = many.with_changes({"lives": 4_000})
    one, two = (lived(scenario, seed=1).run for scenario in (many, few))
    assert two.weekly["reply_hours"].to_numpy()[1:] == pytest.approx(one.weekly["reply_hours"].to_numpy()[1:], rel=0.1)
    assert one.weekly["queue"].iloc[-1] > 100
    assert two.totals["service_cost"] == pytest.approx(one.totals["service_cost"])


def test_the_team_of_a_week_works_off_its_questions_whoever_comes_after_it() -> None:
    """A large team takes over what a small one left; a service that begins again begins with nothing that waits."""
    small, large = ({"staff": staff, "answers_per_week": 60, "bot": 0.3} for staff in (1, 9))
    scenario = made(
        members=2000,
        days=84,
        policy={"service": small},
        phases=[
            {"from_day": 28, "policy": {"service": large}},
            {"from_day": 42, "policy": {"service": small}},
            {"from_day": 56, "policy": {"service": None}},
            {"from_day": 70, "policy": {"service": small}},
        ],
        response={"ask": 0.6},
    )
    run = lived(scenario, seed=2).run
    asked = run.daily["questions"].to_numpy().reshape(-1, WEEK).sum(axis=1)
    queue, noted = 0.0, run.weekly["queue"].to_numpy()
    teams = [small] * 4 + [large] * 2 + [small] * 2 + [None] * 2 + [small] * 2
    for week, team in enumerate(teams):
        if team is None:
            assert np.isnan(noted[week]) and asked[week] == 0
            queue = 0.0
            continue
        assert noted[week] == pytest.approx(queue, abs=1e-6), week
        queue = max(0.0, queue + asked[week] * 0.7 - team["staff"] * 60)
    assert noted[4] > noted[5] > 0 and noted[8 - 1] > 0 == noted[10] < noted[11]


# --- questions and answers ---------------------------------------------------------------------------------------------


def test_who_asks_and_how_she_is_answered_are_keyed_draws(make, watch) -> None:
    """Every question of the log by hand: the order's own draws, the bot's share and skill, -T ln U hours."""
    scenario = make(members=400, days=60, policy={"service": BUSY}, response={"ask": 0.4})
    kept, events = watch(scenario, seed=5)
    inside, asked = kept.orders[kept.orders["in_pool"] == 1], 0
    told = {(int(q["key"]), float(q["time"])): q for q in events.questions}
    reply = kept.run.weekly["reply_hours"].to_numpy()
    for key in np.unique(inside["key"]):
        for n, order in enumerate(kept.orders[kept.orders["key"] == key], start=1):
            asks = draws.uniform(key, draws.ASK, n) < 0.4 and order["in_pool"] == 1
            assert asks == ((int(key), float(order["time"])) in told)
            if not asks:
                continue
            asked += 1
            question, own = told[int(key), float(order["time"])], draws.child_key(key, draws.ANSWER, n)
            if draws.uniform(own, draws.ANSWER, 0) < 0.3:
                assert question["hours"] == 0.0
                assert question["right"] == (draws.uniform(own, draws.ANSWER, 1) < 0.7)
            else:
                hours = -reply[int(order["time"]) // WEEK] * math.log(draws.uniform(own, draws.ANSWER, 2))
                assert question["right"] == 1 and question["hours"] == pytest.approx(hours)
            assert question["complains"] == (draws.uniform(own, draws.ANSWER, 3) < 0.15)
    assert asked == len(events.questions) > 100
    last = {}
    for question in events.questions:
        last[int(question["key"])] = max(last.get(int(question["key"]), -1), int(question["time"]))
    assert all(member["asked"] == last.get(int(member["key"]), NEVER) for member in kept.members)


@pytest.mark.parametrize(
    ("bot", "skill", "hours"), [(0.0, 1.0, 12.0), (0.0, 1.0, 2.0), (0.0, 1.0, 60.0), (0.6, 0.7, 12.0), (1.0, 0.5, 9.0)]
)
def test_the_expected_step_is_the_mean_of_the_answers(bot: float, skill: float, hours: float) -> None:
    """The closed form against 40,000 drawn answers, within 5 standard errors."""
    response = Response()
    service = {"staff": 1, "answers_per_week": 1e5, "bot": bot, "bot_skill": skill, "reply_hours": hours}
    model = PoolModel(made(members=1, days=1, policy={"service": service}))
    model.step()
    answers = [answer_of(np.uint64(key), 1, model.world) for key in range(40_000)]
    waited, right, complains = (np.array(column) for column in zip(*answers, strict=True))
    well = right & (waited <= 24)
    lost = response.service_loss + complains * response.complaint_trust
    steps = np.where(well, response.service_gain * 2 ** (-waited / 4), -lost)
    off = steps.mean() - expected_step(response, hours, bot, skill)
    assert abs(off) < 5 * steps.std() / math.sqrt(len(steps))
    assert model.world["service"]["ordinary"] == expected_step(response, 12.0)


def trust_by(service: dict[str, Any] | None, **response: float) -> np.ndarray:
    """R of 20,000 founders after 30 days in which everybody asks after every order and nothing else moves trust."""
    policy = {} if service is None else {"service": service}
    given = ONLY_ANSWERS | {"ask": 1.0} | response
    kept = lived(made(members=20_000, days=30, policy=policy, response=given), seed=2)
    members = kept.members[kept.members["orders"] > 0]
    assert (members["asked"] != NEVER).all() == (service is not None) and len(members) > 8000
    return members["trust"].astype(float)


def test_the_markets_ordinary_service_moves_nobodys_trust_in_the_mean() -> None:
    """As good as the market's: R is 0 in the mean, within 5 standard errors, though each answer moves somebody's."""
    ordinary = trust_by({"staff": 1000, "answers_per_week": 1000})
    assert abs(ordinary.mean()) < 5 * ordinary.std() / math.sqrt(len(ordinary)) and ordinary.std() > 0.02
    assert not trust_by(None).any()


def test_faster_service_builds_trust_and_a_team_too_small_costs_it() -> None:
    fast = trust_by({"staff": 1000, "answers_per_week": 1000, "reply_hours": 1})
    crowded = trust_by({"staff": 1, "answers_per_week": 900, "reply_hours": 1})
    assert fast.mean() > 10 * fast.std() / math.sqrt(len(fast))
    assert crowded.mean() < -10 * crowded.std() / math.sqrt(len(crowded))
    skilled, clumsy = (trust_by({"staff": 0, "bot": 1.0, "bot_skill": skill}) for skill in (1.0, 0.2))
    rises(clumsy, skilled)
    assert clumsy.mean() < 0 < skilled.mean()


# --- direction ---------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def by_staff() -> dict[float | None, Kept]:
    """240 days with 1, 8 and 40 people at the desk, and with the market's ordinary service (None)."""
    runs: dict[float | None, Kept] = {}
    for staff in (None, 1, 8, 40):
        service = {} if staff is None else {"service": {"staff": staff, "answers_per_week": 120, "reply_hours": 2}}
        policy = {"push": {"per_week": 2}} | service
        runs[staff] = lived(made(members=20_000, days=240, policy=policy, response={"ask": 0.3}), seed=4)
    return runs


def test_more_staff_answer_sooner_have_fewer_complaints_and_more_orders(by_staff) -> None:
    hours = [float(by_staff[n].run.totals["reply_hours"] / by_staff[n].run.totals["questions"]) for n in (1, 8, 40)]
    assert hours[0] > hours[1] > hours[2] and hours[2] < 2.2
    for less, more in ((1, 8), (8, 40)):
        one, two = by_staff[less].members, by_staff[more].members
        falls(one["service_complaints"], two["service_complaints"])
        rises(one["trust"], two["trust"])
        rises(one["orders"], two["orders"], sigmas=3.0)
        falls(one["left"] != NEVER, two["left"] != NEVER, sigmas=2.0)


def test_a_team_too_small_is_worse_than_the_markets_ordinary_service(by_staff) -> None:
    none, small, large = (by_staff[n].members for n in (None, 1, 40))
    falls(none["orders"], small["orders"])
    rises(none["orders"], large["orders"])
    assert not none["service_complaints"].any() and by_staff[None].run.totals["questions"] == 0


# --- money -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("joining", [0.0, 2.0])
def test_staff_and_bot_cost_what_they_cost(joining: float) -> None:
    """Twelve months in 365 days, whoever is there to pay; members in the pool pay alike."""
    service = {"staff": 1.5, "staff_per_month": 100, "bot": 0.2, "bot_per_month": 60, "answers_per_week": 1e5}
    policy = {"service": service, "acquisition": [{"channel": "card", "per_day": joining}]}
    kept = lived(made(members=300, days=100, policy=policy), seed=1)
    assert kept.run.totals["service_cost"] == pytest.approx((150 + 60) * 12 / 365 * 100, rel=1e-4)
    if not joining:
        stayed = kept.members["left"] == NEVER
        assert len(np.unique(kept.members["window_cost"][stayed])) == 1


def test_weeks_in_which_nobody_is_there_are_paid_for_by_those_who_come() -> None:
    policy = {
        "service": {"staff": 1, "staff_per_month": 365, "answers_per_week": 1e5},
        "acquisition": [{"channel": "card", "per_day": 3, "buyers": 1.0}],
    }
    kept = lived(made(members=0, days=28, policy=policy), seed=1)
    daily = kept.run.daily["service_cost"].to_numpy()
    assert daily[:7].sum() == 0 and daily[7] == pytest.approx(12 * 14, rel=1e-4)
    assert daily.sum() == pytest.approx(12 * 28, rel=1e-4)
    ends = made(members=0, days=28, policy=policy, phases=[{"from_day": 7, "policy": {"service": None}}])
    assert lived(ends, seed=1).run.totals["service_cost"] == pytest.approx(12 * 7, rel=1e-4), (
        "a debt outlives the service"
    )


def test_the_rest_of_life_goes_on_paying_for_it() -> None:
    """Lifetime value falls by about three years of each one's part."""
    base = made(
        members=1000, days=100, policy={"push": {"per_week": 1}, "service": {"staff": 1, "answers_per_week": 1e5}}
    )
    paid = base.with_changes({"policy.service.staff_per_month": 300})
    free, dear = (simulate(s, seed=1).measures["ltv_member"] for s in (base, paid))
    assert free is not None and dear is not None
    assert 0.6 * 300 * 36 / 1000 < free - dear < 300 * 36 / 1000  # discounted, and who leaves pays no longer


# --- who is told what --------------------------------------------------------------------------------------------------


def test_the_table_of_members_tells_who_asked_and_complained() -> None:
    scenario = made(members=500, days=60, policy={"service": BUSY | {"staff": 0.2}}, response={"ask": 0.7})
    run = PoolModel(scenario, seed=2).run(keep_members=True)
    frame = members_frame(run)
    assert run.members is not None
    assert (frame["last_question"].isna().to_numpy() == (run.members["asked"] == NEVER)).all()
    assert frame["service_complaints"].sum() == run.totals["service_complaints"] > 0
    assert frame["complaints"].sum() == run.totals["complaints"]


def test_in_a_replay_the_log_says_who_asked(make, watch) -> None:
    """Without its questions the log replays to other trust; a question where there is no order is counted as unmatched."""
    scenario = make(members=300, days=60, policy={"service": BUSY}, response={"ask": 0.5})
    kept, events = watch(scenario, seed=6)
    lost = kept.members["key"][kept.members["lost"] == 1]
    again = replay(scenario, events, seed=6, lost=lost)
    assert (again.members["trust"] == kept.members["trust"]).all() and (again.evidence["unmatched"] == 0).all()
    n = len(events.questions)
    inside = int((kept.orders["in_pool"] == 1).sum())
    expected = n * math.log(0.5) + (inside - n) * math.log(0.5)
    assert again.evidence["ask_log"].sum() == pytest.approx(expected)
    silent = replay(scenario, events._replace(questions=events.questions[:0]), seed=6, lost=lost)
    assert not silent.members["trust"].any() and (silent.members["asked"] == NEVER).all()
    moved = events.questions.copy()
    moved["time"] += 1e-3
    assert replay(scenario, events._replace(questions=moved), seed=6, lost=lost).evidence["unmatched"].sum() > 0.9 * n


def test_founders_pay_from_the_first_day() -> None:
    planner = Planner(made(members=10, days=30, policy={"service": {"staff": 1, "staff_per_month": 365}}))
    plan = PoolModel(made(members=10, days=30)).world["service"]
    planner.write(plan)
    planner.write_week(plan, 0)
    planner.look_back(plan, 0, 0.0, 10.0)
    assert plan["fee"] == round(12 * 7 / 10 * 1e6) and FOUNDER == 0


def test_service_crisis_and_returns_are_put_into_words() -> None:
    service = {"bot": 0.3, "bot_per_month": 500, "staff": 2, "staff_per_month": 6000, "reply_hours": 2}
    crisis = {"day": 60, "hit": 0.25, "bot_first": True, "offer": 6, "offer_cost": 3}
    s = made(members=1000, days=90, changes={"returns": 0.2}, policy={"service": service, "crisis": crisis})
    assert explained(s) == [
        "policy.service: members ask after 10 % of their orders, a bot takes 30 % of the questions and answers 80 % of them "
        "right, 2 people give up to 800 answers a week, 2 hours after the question while nothing waits, 12,500 USD a month",
        "policy.service: while nothing waits, better than a market's ordinary service (12 hours): answers build trust",
        "policy.crisis: on day 60 of the run, hits 25 % of the members, a bot first, which is no person (in time: 1 h), an "
        "offer after 6 h (in time: 4 h), a notice after 24 h (in time: 24 h), closed after 48 h (in time: 48 h), late by "
        "38 % in all, 1.8 times as many orders come back for 3 days, 3 USD for each member hit",
        "market.returns: 20 % of orders come back; what was paid for them is in no sales, spend or contribution",
    ]
    assert notes(s) == []
    others = ({"reply_hours": 12}, {"reply_hours": 40}, {"bot": 1.0, "bot_skill": 0.3})
    told = [explained(made(members=10, policy={"service": {"staff": 9} | more}))[1] for more in others]
    for sentence, word in zip(told, ("as good as", "even while nothing waits, worse than", "worse than"), strict=True):
        assert word in sentence


def test_what_a_planner_should_know_of_service_and_crisis() -> None:
    crowded = made(members=10_000, policy={"service": {"staff": 1, "answers_per_week": 100}})
    assert notes(crowded) == [
        "policy.service: at the market's rate 10,000 founding members ask the staff 280 times in the first week, and the "
        "staff can give 100 answers: the queue grows, and with it the time until an answer; more staff, or a larger share "
        "for the bot"
    ]
    asked = {"touches": [{"anchor": "asked", "delay": 1, "content": "emotion"}]}
    assert notes(made(members=10, policy=asked)) == [
        "policy.touches.0: never comes: without policy.service nobody is seen to ask"
    ]
    with_it = asked | {"service": {"staff": 1}}
    assert notes(made(members=10, policy=with_it)) == []
    assert notes(made(members=10, policy=with_it, response={"ask": 0.0})) == [
        "policy.touches.0: never comes: response.ask is 0, so nobody asks"
    ]
    assert notes(made(members=10, days=60, policy={"crisis": {"day": 60, "hit": 0.5}})) == [
        "policy.crisis: day 60 lies after the last one of the run, 59; nothing happens"
    ]
