"""What `siyu check` says of phases: from when on what is new, what ends, and what of them is never so."""

from typing import Any

import pytest

from sim.drafting.explained import explained
from sim.drafting.notes import notes

from .test_phases import BASE, CARD, END, OTHER, TEN, TIERS, phase, phased


def test_phases_in_words() -> None:
    said = explained(phased(phase(30, **OTHER), phase(56, **END)))
    at = said.index("phases.0: from day 35 of the run on (2025-02-05) the policy changes")
    then = said.index("phases.1: from day 56 of the run on (2025-02-26) the policy changes")
    assert any(text.startswith("phases.0.policy.push: 7 a week") for text in said[at:then])
    assert any(text.startswith("phases.0.policy.acquisition.0: 1.5 join a day through card") for text in said[at:then])
    assert any(text.startswith("phases.1: no more policy.community") for text in said[then:])
    fewer = phased(
        phase(28, lines=[]), policy=BASE | {"lines": [{"per_week": 1}], "segments": {"busy": {"push": {"per_week": 1}}}}
    )
    gone = [text for text in explained(fewer) if "no more" in text]
    assert gone == ["phases.0: no more policy.lines.0"], "the policy and its segment are still there"
    chinese = explained(phased(phase(30, **OTHER)), "zh")
    assert "phases.0：从模拟第 35 天（2025-02-05）起调整策略" in chinese


GROUPS = {"manager_per_month": 30, "programme": [{"kind": "live"}], "moderated": False}
AIMED = {"lines": [{"per_week": 1, "aim": True}]}


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ({"community": GROUPS}, {"community": None}, ["phases.0: no more policy.community"]),
        (
            {"community": GROUPS},
            {"community": GROUPS | {"moderated": True}},
            ["phases.0.policy.community.moderated: strangers' promotions are kept out of the groups from then on"],
        ),
        ({"account": "adviser"}, {"account": "shop"}, ["phases.0.policy.account: the shop itself writes from then on"]),
        (
            AIMED,
            {"lines": None},
            [
                "phases.0.policy.tag_accuracy: nothing is fitted to what the brand believes of tastes any more",
                "phases.0: no more policy.lines.0",
            ],
        ),
        (
            {"membership": {"points": 0.02, "tiers": [{"spend": 20, "points": 0.05}]}},
            {"membership": {"tiers": [{"spend": 20, "points": 0.05}]}},
            ["phases.0.policy.membership: no points for everybody, and no discount of a tier, from then on"],
        ),
        ({"membership": TIERS}, {"membership": None}, ["phases.0: no more policy.membership"]),
    ],
)
def test_what_ends_is_told_by_what_it_means(before: Any, after: Any, said: list[str]) -> None:
    """A part once, and not what is in it; of a part that goes on what is different."""
    scenario = phased(phase(28, **after), policy={"push": {"per_week": 2}} | before)
    told = explained(scenario)
    first, *ends = (text for text in told if text.startswith("phases.0") and "regular messages a week" not in text)
    assert first.startswith("phases.0: from day 28") and ends == said
    assert len(explained(scenario, "zh")) == len(told)


def test_touches_look_at_all_policies_under_which_somebody_gets_them() -> None:
    """Who joined under an earlier phase, or asked; and a delay that is longer than the touch is planned."""
    welcome = {"welcome": [{"delay": 2, "content": "emotion"}]}
    asked = {"touches": [{"anchor": "asked", "delay": 3, "content": "emotion"}]}
    late = {"touches": [{"anchor": "silent", "delay": 60, "content": "emotion"}]}
    service = {"service": {"staff": 50}}
    base, card = {"push": {"per_week": 2}}, {"acquisition": [CARD | {"cac": 10}]}
    for scenario in (
        phased(phase(28, **card), policy=base | welcome),
        phased(phase(28, acquisition=None, **welcome), policy=base | card),
        phased(policy=base | welcome | {"referral": {"market": 1000}}),
        phased(phase(28, **service), policy=base | asked),
        phased(phase(28, service=None, **asked), policy=base | service),
        phased(phase(28, **late), policy=base),
    ):
        assert notes(scenario) == []
    assert [note.partition(":")[0] for note in notes(phased(phase(28, **welcome, **asked), policy=base))] == [
        "phases.0.policy.welcome.0", "phases.0.policy.touches.0",
    ]  # fmt: skip
    assert notes(phased(phase(28, touches=None), policy=base | late)) == [
        "policy.touches.0: can never be due: it is planned until day 27 of the run only, and its delay is 60 days",
    ]


def test_what_of_a_phase_is_never_so() -> None:
    said = notes(phased(phase(30), phase(34, push={"executed": 0}), phase(88)))
    assert (
        "phases.0.from_day: is in force on no day: the phase after it begins at the same weekly review, on day 35"
        in said
    )
    assert "phases.1.from_day: day 34 lies within a week; the changes hold from the weekly review on day 35 on" in said
    assert any(note.startswith("phases.1.policy.push: executed is 0") for note in said)
    assert any(note.startswith("phases.2.from_day: never begins") for note in said)
    assert "policy: is in force on no day: phases.0 begins on the first" in notes(phased(phase(0)))
    assert "phases.0: changes nothing of what there was before it" in notes(phased(phase(7, coupons=[TEN])))
