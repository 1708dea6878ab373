"""What `siyu check` says of a guard: what it watches and does, its survey, figures and acts that say or do nothing."""

from sim.drafting.explained import explained
from sim.drafting.notes import notes

from .conftest import made
from .test_guard import DROP, MIX, SURVEY


def test_check_says_what_is_watched_and_done() -> None:
    scenario = made(
        members=1, days=200,
        policy={
            "push": {"per_week": 7}, "acquisition": [{"channel": "card", "per_day": 1, "cac": 5}],
            "guard": {"watch": {"click_rate": 0.02, "wake_up_rate": None}, "acts": [DROP | {"on": ["click_rate"]}, SURVEY]},
        },
    )  # fmt: skip
    told = [line for line in explained(scenario) if line.startswith("policy.guard")]
    ends = "until the figure is a tenth on the good side of its line again, at most one act in 4 weeks"
    assert told == [
        "policy.guard: every week the brand watches, over 4 weeks and from 400 events on: complaints a member, no rise of "
        "10 % and more two weeks running; click rate, at least 2 %; contribution over CAC after 90 days, at least 3; "
        "D7 retention, at least 30 %; D30 retention, at least 20 %",
        f"policy.guard.acts.0: regular promotions dropped, on an alert of click rate, {ends}",
        f"policy.guard.acts.1: a survey, on an alert of messages or loyalty, {ends}",
        "policy.guard.acts.1.touch: on day 14 without an interaction, one to one, at 20 h, emotion, asks her taste",
    ]
    assert any("停掉常规促销" in line for line in explained(scenario, "zh"))


def test_what_a_guard_cannot_do() -> None:
    scenario = made(
        members=100, days=90, changes={"season": {"months": [2, *[1] * 11]}},
        policy={
            "push": {"per_week": 7}, "content": {"education": 0.7, "emotion": 0.3},
            "guard": {
                "watch": {"d7_retention": 0.25, "group_interactions": 0.2, "wake_up_rate": 0.1, "click_rate": 0.02},
                "acts": [DROP | {"on": ["complaints"]}, MIX, SURVEY | {"on": ["d7_retention"]}],
            },
        },
    )  # fmt: skip
    assert [line for line in notes(scenario) if line.startswith("policy.guard")] == [
        "policy.guard.watch.group_interactions: never says anything, since there are no communities",
        "policy.guard.watch.wake_up_rate: never says anything, since the run is too short for it",
        "policy.guard.watch.d7_retention: never says anything, since nobody joins",
        "policy.guard.acts.0: changes nothing: no regular message is a promotion",
        "policy.guard.acts.1: changes nothing: this is the mix already",
        "policy.guard.acts.2: can never come: no figure that it answers says anything in this scenario",
        "policy.guard: the market has a season, and figures that move with it alert too: an act may answer the calendar",
    ]


CARD = {"channel": "card", "per_day": 1, "cac": 5}
GROUPS = {"programme": [{"kind": "live"}]}


def of_guard(sentences: list[str]) -> list[str]:
    return [sentence for sentence in sentences if "guard" in sentence]


def test_a_guard_that_goes_on_is_no_more_told_and_does_not_end() -> None:
    """What its figures count was brought about by all policies up to then: groups and joiners of the base, and those of a
    phase that is still to come."""
    watch = {"group_interactions": 0.2, "d7_retention": 0.25, "cohort_return": 2.0, "wake_up_rate": None}
    guarded = {"push": {"per_week": 2}, "guard": {"watch": watch | {"complaints": None, "d30_retention": None}}}
    ends = [{"from_day": 84, "policy": {"community": None, "acquisition": None}}]
    begins = [{"from_day": 84, "policy": {"community": GROUPS, "acquisition": [CARD]}}]
    brings = guarded | {"community": GROUPS, "acquisition": [CARD]}
    whole = explained(made(members=9, days=200, policy=brings))
    for scenario in (
        made(members=9, days=200, policy=brings, phases=ends),
        made(members=9, days=200, policy=guarded, phases=begins),
    ):
        assert of_guard(explained(scenario)) == of_guard(whole) and len(of_guard(whole)) == 1
        assert of_guard(notes(scenario)) == []
    ended = explained(made(members=9, days=200, policy=brings, phases=[{"from_day": 84, "policy": {"guard": None}}]))
    assert of_guard(ended)[1:] == ["phases.0: no more policy.guard"]


def test_a_guard_that_ends_too_early() -> None:
    guarded = {"push": {"per_week": 2}, "guard": {"watch": {"wake_up_rate": 0.1, "complaints": None}}}
    off = {"from_day": 56, "policy": {"guard": None}}
    scenario = made(members=9, days=200, policy=guarded, phases=[off])
    assert of_guard(notes(scenario)) == [
        "policy.guard.watch.wake_up_rate: never says anything, since the guard ends before there is enough to tell"
    ]
    assert of_guard(explained(scenario)) == [
        "policy.guard: watches nothing that can say anything in this run", "phases.0: no more policy.guard",
    ]  # fmt: skip


def test_complaints_about_the_service_are_complaints() -> None:
    guarded = {
        "push": {"per_week": 2},
        "guard": {"watch": {"complaints": 0.2}},
        "care": [{"delay": 1, "content": "emotion"}],
    }
    calm = {"members": 9, "days": 100, "response": {"complaint_share": 0.0}}
    alone, served = (made(**calm, policy=guarded | more) for more in ({}, {"service": {"staff": 1}}))
    assert [note.partition(":")[0] for note in notes(alone)] == ["policy.care.0", "policy.guard.watch.complaints"]
    assert notes(served) == []


def test_an_act_that_an_earlier_one_answers_for() -> None:
    guarded = {"push": {"per_week": 2}, "acquisition": [CARD]}
    said = [
        of_guard(notes(made(members=9, days=200, policy=guarded | {"guard": {"acts": acts}})))
        for acts in ([DROP, SURVEY], [DROP | {"on": ["complaints"]}, SURVEY | {"on": ["complaints", "d7_retention"]}])
    ]
    assert said == [
        [
            "policy.guard.acts.1: can never come: whatever it answers is answered before it, by policy.guard.acts.0; put "
            "it first, or name with `on` what each act answers"
        ],
        [],
    ]


def test_what_a_survey_is_and_cannot_be() -> None:
    """The touch that an act adds is told as any other, and what keeps a touch from anybody keeps it, too."""
    touch = {"anchor": "asked", "delay": 2, "to": "tier2", "content": "emotion", "channel": "moments", "survey": False}
    scenario = made(
        members=9, days=200, policy={"push": {"per_week": 2}, "guard": {"acts": [SURVEY | {"touch": touch}]}}
    )
    told = [text for text in explained(scenario) if text.startswith("policy.guard.acts.0.touch")]
    assert told == [
        "policy.guard.acts.0.touch: on day 2 after her last question, to members of tier 2, in Moments, at 20 h, emotion"
    ]
    key = "policy.guard.acts.0.touch"
    assert [note[: len(key) + 30] for note in of_guard(notes(scenario))] == [
        f"{key}: what is posted in Moments is t"[: len(key) + 30],
        f"{key}: reaches nobody: there is no ti"[: len(key) + 30],
        f"{key}: never comes: without policy.se"[: len(key) + 30],
        f"{key}.survey: is false, so the message"[: len(key) + 30],
    ]
    assert all("policy.guard.acts.0.touch" in note and "：" in note for note in notes(scenario, "zh"))
    asks = explained(made(members=9, days=200, policy={"guard": {"acts": [SURVEY]}}))
    assert f"{key}: on day 14 without an interaction, one to one, at 20 h, emotion, asks her taste" in asks
