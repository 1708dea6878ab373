"""A replay of all that a brand can send: the same lives again, and a likelihood that knows what each of it does."""

from typing import Any

import numpy as np
import pytest

from sim.catalogue import CONTENT_TYPES
from sim.replay import CLICKED, HAPPENED, Events, Replayed, replay

from .conftest import Kept
from .test_replay import FRAILTY, near_its_top, replay_orders

SEED = 12
BENEFITS: dict[str, Any] = {
    "fifth": {"kind": "percent", "off": 0.2, "valid_days": 10},
    "eight_off": {"kind": "threshold", "off": 8, "min_spend": 40, "valid_days": 12},
    "sample": {"kind": "trial", "worth": 1.0, "unit_cost": 2, "valid_days": 12},
    "present": {"kind": "gift", "worth": 0.7, "unit_cost": 3, "valid_days": 8},
}
POLICY: dict[str, Any] = {
    "acquisition": [
        {"channel": "advert", "per_day": 9, "organic": 0.2, "fit": 0.8},
        {"channel": "card", "per_day": 7.3, "buyers": 0.9},
    ],
    "push": {"per_week": 4, "hour": 20, "aim": True, "benefit": "fifth", "cap_per_day": 3},
    "content": {"education": 0.3, "emotion": 0.2, "promotion": 0.3, "live": 0.1, "ugc": 0.1},
    "lines": [
        {"per_week": 2, "hour": 12, "channel": "mass", "content": "education", "aim": True},
        {"per_week": 1, "hour": 9, "channel": "mini_program", "content": "promotion", "benefit": "eight_off"},
    ],
    "account": "adviser",
    "coupons": [{"kind": "percent", "off": 0.1, "every_days": 45, "valid_days": 5}],
    "benefits": BENEFITS,
    "welcome": [
        {"delay": 0, "content": "education", "benefit": "present", "survey": True},
        {"delay": 0, "content": "emotion"},
        {"delay": 1, "content": "promotion", "benefit": "eight_off", "consent": True},
    ],
    "follow_up": [
        {"delay": 3, "content": "education", "aim": True},
        {
            "delay": 10,
            "every": 10,
            "times": 3,
            "channel": "call",
            "content": "promotion",
            "benefit": "sample",
            "aim": True,
        },
    ],
    "wake_up": [{"delay": 30, "every": 20, "times": 3, "content": "emotion", "benefit": "fifth"}],
    "birthday": [{"delay": 0, "content": "emotion", "benefit": "present"}],
    "care": [{"delay": 1, "content": "education"}],
    "touches": [
        {"anchor": "ordered", "delay": 9, "at_own_rhythm": True, "from_order": 2, "content": "ugc"},
        {"anchor": "asked", "delay": 2, "content": "emotion"},
    ],
    "community": {"programme": [{"kind": "live", "hour": 18}, {"kind": "game", "benefit": "present", "per_week": 0.5}]},
    "segments": {"high_value": {"push": {"per_week": 2}}, "busy": {"lines": []}},
    "tag_accuracy": 0.7,
    "tag_lag": 5,
    "service": {"bot": 0.4, "bot_skill": 0.6, "staff": 2, "answers_per_week": 60, "reply_hours": 16},
    "crisis": {"day": 50, "hit": 0.4, "person": 2, "closed": 60},
}
# what a lost customer does tells nothing, so that nobody's path has to be known
OF_SERVICE = ("questions", "service_complaints", "hit", "returned")
RESPONSE = {"lost_attention": 1.0, "visit": 0.2, "trust_on_demand": 0.5, "interest_on_demand": 1.0}


@pytest.fixture(scope="module")
def everything(make, watch) -> tuple[Any, Kept, Events]:
    scenario = make(changes={"returns": 0.15}, members=3000, days=150, policy=POLICY, response=RESPONSE)
    return scenario, *watch(scenario, seed=SEED)


@pytest.fixture(scope="module")
def again(everything) -> Replayed:
    scenario, kept, events = everything
    return replay(scenario, events, seed=SEED, lost=kept.members["key"][kept.members["lost"] == 1])


def test_its_own_log_gives_the_same_lives(everything, again) -> None:
    """To the bit; only the clock, whose times within a day are the log's, loses a last digit."""
    _, kept, events = everything
    totals = kept.run.totals
    for name in ("touched", "declined", "unsent", "capped", "surveyed", "chose", "visits", "complaints", *OF_SERVICE):
        assert totals[name] > 10, name
    assert (events.clicks["nth"] > 0).sum() > 1000 and len(events.visits) == totals["visits"]
    assert len(events.questions) == totals["questions"] and len(events.hits) == totals["hit"]
    assert len(events.clicks) == totals["clicks"] and (again.evidence["unmatched"] == 0).all()
    near = ("tau", "tau_last", "exponents", "last_exponent")
    never = (
        "order_left",
        "click_left",
        "leave_left",
        "complaint_left",
        "value",
        *near,
    )  # thresholds and money: not asked
    for field in kept.members.dtype.names:
        if field not in never:
            assert (again.members[field] == kept.members[field]).all(), field
    for field in near:
        np.testing.assert_allclose(again.members[field], kept.members[field], rtol=0, atol=1e-9, err_msg=field)


def test_its_own_log_has_a_likelihood(everything, again) -> None:
    for name in again.evidence.dtype.names:
        assert np.isfinite(again.evidence[name].astype(float)).all(), name
    for name in ("click_log", "visit_log", "use_log", "ask_log"):
        assert (again.evidence[name] <= 0).all() and again.evidence[name].sum() < -100, name
    assert np.isfinite(again.leaving_log_likelihood(FRAILTY))


def top(everything: Any, again: Replayed, evidence: str, keys: list[str], at: list[float]) -> None:
    """With `keys` of the response multiplied alike, the log-likelihood in `evidence` is highest near 1."""
    scenario, kept, events = everything
    lost = kept.members["key"][kept.members["lost"] == 1]
    values = {}
    for key in keys:
        value = scenario.response
        for step in key.split("."):
            value = getattr(value, step)
        values[f"response.{key}"] = value

    def log_likelihood(times: float) -> float:
        changed = scenario.with_changes({key: times * value for key, value in values.items()})
        lived = again if times == 1 else replay(changed, events, seed=SEED, lost=lost)
        if evidence == "leaving":
            return lived.leaving_log_likelihood(FRAILTY)
        return float(lived.evidence[evidence].sum())

    near_its_top(at, log_likelihood)


PERSONAS = ("price_sensitive", "quality_seeker", "sociable", "busy")


@pytest.mark.parametrize("content", CONTENT_TYPES)
def test_clicks_know_what_is_answered(everything, again, content: str) -> None:
    top(everything, again, "click_log", [f"contents.{content}.engage"], [0.85, 1.0, 1.15])


def test_clicks_know_how_new_members_look(everything, again) -> None:
    top(everything, again, "click_log", ["newness"], [0.7, 1.0, 1.3])


def test_visits_know_their_chance(everything, again) -> None:
    top(everything, again, "visit_log", ["visit"], [0.9, 1.0, 1.1])


@pytest.mark.parametrize("appeal", ["price_appeal", "novelty_appeal"])
def test_uses_know_the_lift(everything, again, appeal: str) -> None:
    """Whether an order uses what is in hand says how much it draws: of money off and of novelties."""
    top(everything, again, "use_log", [f"personas.{name}.{appeal}" for name in PERSONAS], [0.6, 1.0, 1.4])


def test_questions_know_their_chance(everything, again) -> None:
    top(everything, again, "ask_log", ["ask"], [0.9, 1.0, 1.1])


def test_departures_know_the_early_hazard(everything, again) -> None:
    top(everything, again, "leaving", ["leave_early"], [0.7, 1.0, 1.3])


def test_a_log_without_visits_says_nothing_of_them(everything) -> None:
    scenario, _, events = everything
    silent = replay(scenario, events._replace(visits=np.empty(0, HAPPENED)), seed=SEED)
    assert (silent.evidence["visit_log"] == 0).all() and (silent.members["visits"] == 0).all()


def test_which_message_was_clicked(make) -> None:
    """A greeting and two pushes on one day: the click is the one that the log says, else the first."""
    policy = {
        "acquisition": [{"channel": "card", "per_day": 1, "buyers": 1.0}],
        "push": {"per_week": 14, "cap_per_day": 3},
        "content": {"promotion": 1.0},
        "welcome": [{"delay": 0, "content": "education"}],
    }
    scenario = make(days=1, policy=policy)
    key = replay(scenario, Events(replay_orders())).members["key"][0]

    def clicked(kind: np.dtype, *row: int) -> tuple[int, int, float]:
        found = replay(scenario, Events(replay_orders(), clicks=np.array([(key, 0, *row)], kind)))
        return (
            int(found.members["clicks"][0]),
            int(found.evidence["unmatched"][0]),
            float(found.evidence["click_log"][0]),
        )

    first, second, third = (clicked(CLICKED, nth) for nth in (0, 1, 2))
    assert [these[:2] for these in (first, second, third)] == [(1, 0)] * 3
    assert len({these[2] for these in (first, second, third)}) == 3
    assert clicked(HAPPENED) == clicked(CLICKED, -1) == first
    assert clicked(CLICKED, 3)[:2] == (0, 1)  # no fourth message has reached her


def test_budgets_count_as_never_spent(make, watch) -> None:
    """Gifts go on where the log says that somebody used one, whatever the budget and however many came before."""
    gifts = {"gift": {"kind": "gift", "worth": 1.0, "unit_cost": 5, "budget": 100}}
    policy = {"push": {"per_week": 7, "benefit": "gift"}, "benefits": gifts}
    scenario = make(members=300, days=40, policy=policy)
    free = scenario.with_changes({"policy.benefits.gift.budget": None})
    _, events = watch(free, seed=3)
    one, two = (replay(these, events, seed=3) for these in (scenario, free))
    assert (one.members == two.members).all() and (one.evidence == two.evidence).all()
    assert one.members["noticed"].sum() > 100  # many more than the budget pays for
