"""The guard by itself: its figures from sums by hand, alerts with hysteresis, one act at a time, what an act leaves."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from models.errors import BadInput
from sim.catalogue import WAKES_WITHIN
from sim.guarding import Watchman, alerts_frame, is_beyond, is_clear, plain_alerts
from sim.policies import guard
from sim.policies.guard import ACTS, STATISTICS, Act, Guard, under
from sim.policies.in_force import InForce
from sim.policies.policy import Policy
from sim.results.alerts import alert_sentences
from sim.scenario import load
from sim.watching import FOLLOWED, WEEKS, Figure, Seen, figures

from .conftest import made

SURVEY = {"act": "survey", "touch": {"anchor": "silent", "delay": 14, "content": "emotion"}}
MIX = {"act": "change_mix", "content": {"education": 0.7, "emotion": 0.3}}
DROP = {"act": "drop_promotions"}


def policy_of(**policy: Any) -> Policy:
    return made(members=1, policy=policy).policy


# --- figures ----------------------------------------------------------------------------------------------------------


def seen(day: int, share: float = 1.0, followed: tuple[int, ...] = (0, 0, 0, 0), **daily: Any) -> Seen:
    """What a brand has counted by `day`: numbers stand for every day, lists for the days themselves."""
    names = ("groups", "group_clicks", "complaints", "pool", "delivered", "clicks", "episodes", "joined")
    series = {name: daily.get(name, 0.0) for name in names}
    whole = {name: list(value) if isinstance(value, list) else [float(value)] * day for name, value in series.items()}
    earned, paid = daily.get("earned", np.zeros((day, 8))), daily.get("paid", np.zeros(day))
    woken = daily.get("woken", np.zeros((day, WAKES_WITHIN + 1)))
    return Seen(day, whole, earned, paid, woken, np.array([followed], FOLLOWED)[0], share)


def figure(statistic: str, now: Seen, **watch: Any) -> Figure:
    return figures(now, Guard.model_validate({"watch": watch}))[statistic]  # type: ignore[index]


def test_interactions_of_a_group_against_the_4_weeks_before() -> None:
    """From 100 a day in 40 groups to 60: the value is 1.5, and 30 % below the 2.5 of before lies the line of 1.75."""
    now = seen(86, groups=40, group_clicks=[100.0] * 58 + [60.0] * 28)
    assert figure("group_interactions", now) == pytest.approx((1.5, 1.75, False))
    assert is_beyond(figure("group_interactions", now))
    assert not is_beyond(figure("group_interactions", now, group_interactions=0.5))
    assert figure("group_interactions", seen(55, groups=4, group_clicks=20)).value is None  # less than 8 weeks
    assert figure("group_interactions", seen(70, groups=4, group_clicks=14)).value is None  # 392 interactions before
    assert figure("group_interactions", seen(70, groups=4, group_clicks=15)).value == pytest.approx(3.75)


def test_complaints_rise_two_weeks_running() -> None:
    """10, 12, 15 a day in a pool of one size: the lesser rise is a fifth. A pool that grows as fast has none."""
    weeks = [14.0] * 7 + [10.0] * 7 + [12.0] * 7 + [15.0] * 7
    steady = seen(28, complaints=[4 * n for n in weeks], pool=1000)
    assert figure("complaints", steady) == pytest.approx((1.2, 1.1, True))
    assert is_beyond(figure("complaints", steady)) and not is_beyond(figure("complaints", steady, complaints=0.25))
    growing = seen(28, complaints=[4 * n for n in weeks], pool=[100 * n for n in weeks])
    assert figure("complaints", growing).value == pytest.approx(1.0)
    assert figure("complaints", seen(28, complaints=weeks, pool=1000)).value is None  # 357 complaints
    once = seen(28, complaints=[40.0] * 21 + [60.0] * 7, pool=1000)
    assert not is_beyond(figure("complaints", once))


def test_clicks_over_messages_of_4_weeks() -> None:
    now = seen(60, delivered=[999.0] * 32 + [100.0] * 28, clicks=[0.0] * 32 + [3.0] * 28)
    assert figure("click_rate", now, click_rate=0.04) == pytest.approx((0.03, 0.04, False))
    assert "click_rate" not in figures(now, Guard())  # what is usual differs from shop to shop


def test_contribution_of_old_cohorts_over_what_they_cost() -> None:
    """On day 179 the last of the third month's joiners have been in for 90 days: months 0 to 2 count, all they earned."""
    earned = np.zeros((179, 8))
    earned[:, :3], earned[:, 3] = 2.0, 1e9
    paid = np.full(179, 4.0)
    paid[90:] = 1e9
    now = seen(179, joined=5, earned=earned, paid=paid)
    assert figure("cohort_return", now) == pytest.approx((179 * 3 * 2.0 / (90 * 4.0), 3.0, False))
    earlier = seen(178, joined=7, earned=earned[:178], paid=paid[:178])  # 60 days of 7: 420 joiners
    assert figure("cohort_return", earlier).value == pytest.approx(178 * 2 * 2.0 / (60 * 4.0))
    assert figure("cohort_return", seen(178, joined=6, earned=earned[:178], paid=paid[:178])).value is None
    assert figure("cohort_return", seen(179, joined=5, earned=earned)).value is None  # nothing was paid


def test_wakings_belong_to_the_day_of_their_silence() -> None:
    """1,000 fall silent on one day and 30 a day wake in the 15 days from it: 45 %, once all 14 days are over."""
    silences, woken = np.zeros(140), np.zeros((140, WAKES_WITHIN + 1))
    silences[90] = 1000.0
    for k in range(WAKES_WITHIN + 1):
        woken[90 + k, k] = 30.0
    woken[:, 3] += 5.0  # of silences that are not among those of the window
    woken[93, 3] = 30.0

    def at(day: int) -> Figure:
        return figure("wake_up_rate", seen(day, episodes=silences[:day].tolist(), woken=woken[:day]))

    assert at(98).value is None and at(104).value is None
    assert at(105).value == pytest.approx(0.45 + 27 * 5 / 1000)
    assert at(132).value is not None and at(133).value is None  # the silence is out of the 4 weeks


def test_retention_of_those_followed() -> None:
    now = seen(60, followed=(400, 100, 399, 10))
    assert figure("d7_retention", now) == (0.25, 0.3, False)
    assert figure("d30_retention", now).value is None


def test_events_are_those_of_the_lives() -> None:
    """A tenth of the pool is simulated: 4,000 messages of the pool are 400 events."""
    whole = {"delivered": 4000 / WEEKS, "clicks": 80 / WEEKS}
    assert figure("click_rate", seen(28, share=0.1, **whole), click_rate=0.5).value == pytest.approx(0.02)
    assert figure("click_rate", seen(28, share=0.09, **whole), click_rate=0.5).value is None


# --- alerts -----------------------------------------------------------------------------------------------------------


def reviews(watchman: Watchman, acts: list[dict[str, Any]], **values: list[float | None]) -> list[str | None]:
    """The act in force after each weekly review, from day 28 on; figures have a line of 1."""
    watch = Guard.model_validate({"watch": {"click_rate": 0.5}, "acts": acts})
    told = []
    for week, now in enumerate(zip(*values.values(), strict=True)):
        kept = {
            name: Figure(value, None if value is None else 1.0, name == "complaints")
            for name, value in zip(values, now, strict=True)
        }
        watchman.review(28 + 7 * week, watch, kept)  # type: ignore[arg-type]
        told.append(watchman.act)
    return told


def test_an_alert_ends_a_tenth_above_its_line() -> None:
    watchman = Watchman()
    acts = reviews(watchman, [DROP], click_rate=[1.2, 0.9, 1.05, 1.09, 1.1, 1.0, 0.99])
    assert acts == [None, "drop_promotions", "drop_promotions", "drop_promotions", None, None, "drop_promotions"]
    first, second = watchman.alerts
    assert (first.day, first.value, first.line, first.until) == (35, 0.9, 1.0, 56)
    assert (first.act, first.act_from, first.act_until) == ("drop_promotions", 35, 56)
    assert first.value_after == 1.0  # on day 63
    assert (second.day, second.until, second.act_from, second.act_until, second.value_after) == (
        70,
        None,
        70,
        None,
        None,
    )


def test_a_line_to_stay_below() -> None:
    watchman = Watchman()
    assert reviews(watchman, [DROP], complaints=[1.0, 1.01, 0.95, 0.91, 0.9]) == [
        None, "drop_promotions", "drop_promotions", "drop_promotions", None
    ]  # fmt: skip
    assert is_beyond(Figure(1.01, 1.0, at_most=True)) and not is_clear(Figure(0.95, 1.0, at_most=True))


def test_one_act_in_4_weeks() -> None:
    """The second alert waits until 4 weeks have passed since the first act; then its act takes the place."""
    watchman = Watchman()
    acts = [DROP | {"on": ["click_rate"]}, SURVEY | {"on": ["d7_retention"]}]
    low = [0.5] * 7
    assert reviews(watchman, acts, click_rate=low, d7_retention=[2.0, *low[1:]]) == [
        "drop_promotions", "drop_promotions", "drop_promotions", "drop_promotions", "survey", "survey", "survey"
    ]  # fmt: skip
    clicks, retention = watchman.alerts
    assert (clicks.act_from, clicks.act_until, clicks.until) == (28, 56, None)
    assert (retention.day, retention.act_from) == (35, 56)


def test_an_act_that_gave_way_comes_back_when_none_is_in_force() -> None:
    """Clicks are low all the time; while retention is, too, the survey has the place."""
    watchman = Watchman()
    acts = [DROP | {"on": ["click_rate"]}, SURVEY | {"on": ["d7_retention"]}]
    retention = [2.0] * 4 + [0.5] * 2 + [2.0] * 5
    told = reviews(watchman, acts, click_rate=[0.5] * 11, d7_retention=retention)
    assert told == [*["drop_promotions"] * 4, *["survey"] * 2, None, None, *["drop_promotions"] * 3]
    clicks, _ = watchman.alerts
    assert (clicks.act_from, clicks.act_until, clicks.until) == (28, None, None)


def test_an_act_ends_with_the_last_of_the_alerts_that_want_it() -> None:
    watchman = Watchman()
    acts = reviews(watchman, [DROP], click_rate=[0.5, 0.5, 2.0, 2.0], d7_retention=[2.0, 0.5, 0.5, 2.0])
    assert acts == [*["drop_promotions"] * 3, None]
    assert [(a.act_from, a.act_until, a.until) for a in watchman.alerts] == [(28, 42, 42), (35, 49, 49)]


def test_an_act_ends_with_the_guard_that_has_it() -> None:
    """A phase brings a guard with other acts, or none."""
    watchman = Watchman()
    reviews(watchman, [DROP], click_rate=[0.5, 0.5])
    other = Guard.model_validate({"acts": [SURVEY | {"on": ["d7_retention"]}]})
    watchman.review(42, other, {"click_rate": Figure(0.5, 1.0)})
    assert watchman.act is None and watchman.alerts[0].act_until == 42
    watchman.stand_down(49)
    assert watchman.alerts[0].until == 49


def test_no_second_act_within_4_weeks_though_the_first_has_ended() -> None:
    watchman = Watchman()
    assert reviews(watchman, [DROP], click_rate=[0.5, 2.0, 0.5, 0.5, 0.5]) == [
        "drop_promotions", None, None, None, "drop_promotions"
    ]  # fmt: skip
    assert [alert.act_from for alert in watchman.alerts] == [28, 56]


def test_an_alert_ends_when_its_figure_says_nothing_for_4_weeks() -> None:
    """An act that ends all messages would else be for ever: without messages there is no click rate."""
    watchman = Watchman()
    acts = reviews(watchman, [DROP], click_rate=[0.5, 0.5, None, None, None, None, None])
    assert acts == [*["drop_promotions"] * 5, None, None]
    assert watchman.alerts[0].until == 63 and watchman.alerts[0].value_after is None


def test_a_guard_without_acts_only_watches() -> None:
    watchman = Watchman()
    assert reviews(watchman, [], click_rate=[0.5, 0.5], d7_retention=[0.5, 2.0]) == [None, None]
    assert [(alert.statistic, alert.act, alert.until) for alert in watchman.alerts] == [
        ("click_rate", None, None), ("d7_retention", None, 35)
    ]  # fmt: skip


def test_acts_answer_what_they_name() -> None:
    """Left out, all but what joiners cost, about which messages can do little."""
    any_of = {name: Act.model_validate(DROP).answers(name) for name in STATISTICS}
    assert [name for name, answered in any_of.items() if not answered] == ["cohort_return"]
    named = Act.model_validate(DROP | {"on": ["cohort_return"]})
    assert [name for name in STATISTICS if named.answers(name)] == ["cohort_return"]


def test_the_frame_and_the_sentences() -> None:
    watchman = Watchman()
    reviews(watchman, [DROP], click_rate=[0.5, 2.0, 2.0, 2.0, 0.8], complaints=[2.0, 2.0, 2.0, 2.0, None])
    frame = alerts_frame(watchman.alerts)
    assert frame["day"].tolist() == [28, 28, 56] and frame["act_until"].isna().tolist() == [False, True, True]
    assert plain_alerts(frame)[0] == {
        "day": 28, "statistic": "click_rate", "value": 0.5, "line": 1.0, "act": "drop_promotions", "act_from": 28,
        "act_until": 35, "until": 35, "value_after": 0.8,
    }  # fmt: skip
    scenario = made(members=1, policy={"guard": {}})
    told = alert_sentences(scenario, frame)
    assert told[0] == (
        "Guard, day 28: click rate 50 %, below its line of 100 %; regular promotions dropped from day 28 to day 34; 4 weeks "
        "later 80 %"
    )
    assert told[1].startswith("Guard, day 28: growth of complaints × 2.00, above its line of × 1.00")
    assert alert_sentences(scenario, frame, "zh")[0] == (
        "预警，第 28 天：点击率 50%，低于预警线 100%；第 28 天至第 34 天停掉常规促销；4 周后 80%"
    )
    assert alert_sentences(scenario, alerts_frame([])) == [
        "Guard: no figure that had 400 events in 4 weeks was beyond its line."
    ]
    assert alert_sentences(made(members=1), alerts_frame([])) == []
    assert plain_alerts(alerts_frame([])) == []


# --- what an act leaves -----------------------------------------------------------------------------------------------


def test_promotions_are_dropped_and_of_the_others_as_many_come() -> None:
    base = policy_of(
        push={"per_week": 10, "cap_per_day": 3},
        content={"education": 0.3, "emotion": 0.1, "promotion": 0.6},
        lines=[{"per_week": 2, "content": "promotion"}, {"per_week": 1}, {"per_week": 3, "content": "live"}],
        benefits={"off": {"kind": "percent", "off": 0.1, "valid_days": 1}},
        community={"programme": [{"kind": "flash_sale", "benefit": "off"}, {"kind": "ugc"}]},
        segments={
            "new": {"content": {"promotion": 1}},
            "busy": {"push": {"per_week": 5}, "coupons": []},
            "loyal": {"lines": []},
        },
    )
    quiet = under(base, Act.model_validate(DROP))
    plan = quiet.for_segment(None)
    assert (plan.push.per_week, plan.content.education, plan.content.promotion) == pytest.approx((4.0, 0.75, 0.0))
    assert [line.per_week for line in plan.lines] == pytest.approx([0.0, 0.4, 3.0])  # each in its place
    assert [item.per_week for item in plan.programme] == [0.0, 1.0]
    assert quiet.for_segment("new").push.per_week == 0.0
    assert [line.per_week for line in quiet.for_segment("new").lines] == pytest.approx([0.0, 0.0, 3.0])
    assert quiet.for_segment("busy").push.per_week == pytest.approx(2.0)
    assert quiet.for_segment("busy").coupons == () and quiet.for_segment("loyal").lines == ()
    assert quiet.coupons == base.coupons and quiet.benefits == base.benefits and quiet.touches == base.touches


def test_a_policy_without_promotions_has_nothing_to_drop() -> None:
    base = policy_of(push={"per_week": 3}, content={"education": 1}, segments={"busy": {"push": {"per_week": 1}}})
    quiet = under(base, Act.model_validate(DROP))
    assert quiet.plans() == base.plans()


def test_another_mix_takes_the_place_wherever_a_mix_was_written() -> None:
    base = policy_of(
        content={"promotion": 1}, lines=[{"per_week": 1, "content": "live"}],
        segments={"new": {"content": {"emotion": 1}}, "busy": {}},
    )  # fmt: skip
    mixed = under(base, Act.model_validate(MIX))
    assert {name: mixed.for_segment(name).content.education for name in (None, "new", "busy")} == {
        None: 0.7, "new": 0.7, "busy": 0.7
    }  # fmt: skip
    assert mixed.lines == base.lines


def test_a_survey_is_one_touch_more() -> None:
    base = policy_of(touches=[{"anchor": "joined", "delay": 3, "content": "emotion"}])
    asking = under(base, Act.model_validate(SURVEY))
    assert asking.touches[:1] == base.touches and asking.touches[1].survey and len(asking.touches) == 2


def test_each_act_is_a_policy_that_can_be_in_force() -> None:
    scenario = made(members=1, policy={"push": {"per_week": 3}, "guard": {"acts": [DROP, MIX, SURVEY]}})
    in_force = InForce(scenario)
    assert [in_force.alternatives[0, (act,)] for act in ACTS] == [1, 2, 3]
    assert [place.content.promotion for place in in_force.policies] == [
        pytest.approx(1 / 3),
        0.0,
        0.0,
        pytest.approx(1 / 3),
    ]
    assert not InForce(made(members=1, policy={"guard": {}})).alternatives
    assert guard.off(scenario.policy).guard is None


# --- reading and explaining --------------------------------------------------------------------------------------------


def refused() -> Iterator[tuple[dict[str, Any], str]]:
    yield {"acts": [{"act": "change_mix"}]}, "change_mix needs content"
    yield {"acts": [{"act": "survey"}]}, "survey needs touch"
    yield {"acts": [DROP | {"content": {"emotion": 1}}]}, "content: goes with change_mix only"
    yield {"acts": [DROP, MIX, DROP]}, "drop_promotions is there already"
    yield {"acts": [DROP | {"on": ["click_rate"]}]}, "click_rate has no line"
    yield {"acts": [{"act": "stop"}]}, "drop_promotions"
    yield {"watch": {"d7_retention": 1.5}}, "d7_retention"
    yield {"watch": {"d8_retention": 0.5}}, "d7_retention"
    yield {"acts": [SURVEY | {"touch": SURVEY["touch"] | {"benefit": "gift"}}]}, "there is no benefit gift"


@pytest.mark.parametrize(("wrong", "why"), list(refused()))
def test_bad_guards_are_refused(wrong: dict[str, Any], why: str) -> None:
    with pytest.raises(BadInput, match=why):
        made(members=1, policy={"guard": wrong})


def test_where_a_guard_is_wrong(tmp_path: Any) -> None:
    file = tmp_path / "guarded.yaml"
    file.write_text(
        "market: {margin: 0.5, rhythm: {r: 1, alpha: 20, a: 1, b: 2}, baskets: {p: 6, q: 4, v: 15}}\nmembers: 5\npolicy:\n"
        "  guard:\n    watch: {d7_retention: 0.3}\n    acts:\n      - {act: survey}\n"
    )
    with pytest.raises(BadInput, match=r"guarded.yaml:7:10: .*survey needs touch"):
        load(file)


def test_no_room_for_the_survey() -> None:
    rows = [{"anchor": "joined", "delay": n, "content": "emotion"} for n in range(16)]
    with pytest.raises(BadInput, match="with the survey there are 17 touches; at most 16"):
        made(members=1, policy={"touches": rows, "guard": {"acts": [SURVEY]}})


def test_a_figure_that_is_not_watched_is_not_in_any_copy() -> None:
    """Null where a line is usual: the copy that a comparison, a quick look or a folder of results lives on has it, too."""
    watch = {"click_rate": 0.01, "cohort_return": None, "d7_retention": None}
    scenario = made(members=10, days=60, policy={"push": {"per_week": 1}, "guard": {"watch": watch}})
    for copy in (scenario, scenario.with_changes({"days": 50}), load(scenario.plain())):
        assert copy.policy.guard is not None
        assert copy.policy.guard.watch == scenario.policy.guard.watch
        assert copy.policy.guard.watch.cohort_return is None and copy.policy.guard.watch.d30_retention == 0.2
