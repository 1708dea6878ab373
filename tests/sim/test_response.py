"""The response: its record, former keys, the bound on self-ignition, draws of its priors, costs by channel."""

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydantic import BaseModel, ValidationError

from models.errors import BadInput
from sim.catalogue import CONTENT_TYPES, PERSONAS, PUSH_CHANNELS
from sim.draws import prior_key
from sim.scenario import Response, Scenario, load
from sim.scenario.costs import Costs
from sim.scenario.response_named import NAMING
from sim.scenario.response_record import response_record
from sim.scenario.self_ignition import MOST_FED, trust_fed
from sim.scenario.total import COMMON, once

MARKET = {
    "margin": 0.5,
    "rhythm": {"r": 0.8, "alpha": 20.0, "a": 0.8, "b": 2.5},
    "baskets": {"p": 6.25, "q": 3.74, "v": 15.44},
}


def scenario(**more: Any) -> Scenario:
    return load({"name": "s", "market": MARKET, "members": 10, **more})


def refused(**response: Any) -> str:
    with pytest.raises(BadInput) as told:
        scenario(response=response)
    return str(told.value)


# --- the record


def test_the_record_has_what_the_day_reads() -> None:
    response = Response()
    record = response_record(response)[0]
    for name in ("newness", "visit", "aim_on_attention", "adviser", "novelty_half_life", "ceiling"):
        assert record[name] == getattr(response, name)
    assert record["trust_decay"] == np.float32(0.5 ** (1 / 45))
    assert record["engage"].tolist() == [getattr(response.contents, name).engage for name in CONTENT_TYPES]
    assert record["novelty_appeal"].tolist() == [getattr(response.personas, p).novelty_appeal for p in PERSONAS]
    assert record["affinity"].shape == (len(PERSONAS), len(CONTENT_TYPES))
    assert not {"reach", "tiring", "picked_up", "tolerance_factor"} & set(record.dtype.names)


def test_only_differences_between_affinities_count() -> None:
    """A level common to all five is attention: it is taken from each of them, so that the first three sum to 0."""
    usual = response_record(Response())[0]["affinity"]
    busy = Response().personas.busy
    raised = {name: getattr(busy, name) + 0.3 for name in CONTENT_TYPES}
    affinity = response_record(Response(personas={"busy": raised}))[0]["affinity"]
    np.testing.assert_allclose(affinity, usual, atol=1e-12)
    np.testing.assert_allclose(affinity[:, :3].sum(axis=1), 0.0, atol=1e-12)
    assert usual[PERSONAS.index("sociable"), CONTENT_TYPES.index("ugc")] == pytest.approx(0.4)


def test_the_common_factor_is_on_every_tolerance() -> None:
    one, other = (response_record(Response(tolerance_factor=factor))[0]["tolerance_mean"] for factor in (1.0, 1.5))
    np.testing.assert_allclose(other, 1.5 * one)


# --- former keys


def test_former_keys_mean_what_they_meant() -> None:
    response = scenario(response={"click_rate": 0.12, "personas": {"busy": {"coupon_appeal": 7}}}).response
    assert [getattr(response.contents, name).engage for name in CONTENT_TYPES] == [0.12] * 5
    assert response.contents.live.trust == Response().contents.live.trust
    assert response.personas.busy.price_appeal == 7
    assert response.personas.busy.attention == Response().personas.busy.attention
    assert response.personas.sociable == Response().personas.sociable
    assert (
        scenario(response={"click_rate": 0.12, "contents": {"ugc": {"trust": 0.2}}}).response.contents.ugc.trust == 0.2
    )


@pytest.mark.parametrize(
    ("response", "said"),
    [
        ({"click_rate": 2}, "response.click_rate: must be at most 0.9, not 2"),
        ({"click_rate": "nice"}, "response.click_rate: must be a number, not the text 'nice'"),
        ({"click_rate": None}, "response.click_rate: must be a number, not nothing"),
        (
            {"personas": {"busy": {"coupon_appeal": -1}}},
            "response.personas.busy.coupon_appeal: must be at least 0, not -1",
        ),
        (
            {"click_rate": 0.1, "contents": {"live": {"engage": 0.2}}},
            "response.click_rate: is the former name of contents.live.engage, which is given, too; leave click_rate out",
        ),
        (
            {"personas": {"busy": {"coupon_appeal": 2, "price_appeal": 3}}},
            "response.personas.busy.coupon_appeal: is the former name of price_appeal, which is given, too; "
            "leave coupon_appeal out",
        ),
        ({"click_rate": 0.1, "contents": 3}, "response.contents: must be a mapping of keys and values, not 3"),
        ({"click_rate": 0.1, "contents": {"lve": {}}}, "response.contents.lve: unknown key; did you mean live?"),
    ],
)
def test_a_former_key_is_refused_under_its_own_name(response: dict[str, Any], said: str) -> None:
    assert refused(**response) == said


def test_a_former_key_is_refused_where_it_stands(tmp_path: Path) -> None:
    text = scenario().to_yaml().partition("response:")[0] + "response:\n  click_rate: 1.5\n"
    (tmp_path / "s.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(BadInput, match=rf"s.yaml:{text.count(chr(10))}:3: response.click_rate: must be at most 0.9"):
        load(tmp_path / "s.yaml")


def test_former_keys_can_be_changed() -> None:
    s = scenario()
    changed = s.with_changes({"response.click_rate": 0.3, "response.personas.busy.coupon_appeal": 7}).response
    assert {getattr(changed.contents, name).engage for name in CONTENT_TYPES} == {0.3}
    assert changed.personas.busy.price_appeal == 7
    assert changed.personas.sociable == s.response.personas.sociable
    with pytest.raises(BadInput, match=r"^response.click_rate: must be at most 0.9, not 3$"):
        s.with_changes({"response.click_rate": 3})
    with pytest.raises(BadInput, match=r"former name of contents\.ugc\.engage"):
        s.with_changes({"response.click_rate": 0.3, "response.contents.ugc.engage": 0.1})


def test_a_part_given_as_an_object_stands_beside_no_former_key() -> None:
    with pytest.raises(ValidationError, match="former name of contents"):
        Response(click_rate=0.1, contents=Response().contents)  # type: ignore[call-arg]


def test_check_shows_a_former_key_as_what_it_means_today() -> None:
    from sim.drafting.understood import understood

    s = scenario(response={"click_rate": 0.3})
    said = {"name": "s", "response": {"click_rate": 0.3}}
    lines = [line.strip() for line, is_default in understood(s, said=said) if not is_default]
    assert lines.count("engage: 0.3") == len(CONTENT_TYPES)


# --- self-ignition


def test_visits_that_feed_trust_by_themselves_are_refused() -> None:
    told = refused(visit=0.5, click_trust=0.1)
    fed = 0.5 * (0.1 + 0.04 / 7) / (1 - 2 ** (-1 / 45))
    assert told.startswith("response.visit: trust would feed itself") and f"= {fed:.3g}, at most 0.5" in told
    assert refused(click_trust=0.5).startswith("response.click_trust: ")
    at_the_bound = MOST_FED * (1 - 2 ** (-1 / 45)) / (0.02 + 0.04 / 7) * (1 - 1e-12)
    assert scenario(response={"visit": at_the_bound}).response.visit == at_the_bound


def test_trust_left_to_visits_grows_where_the_bound_says() -> None:
    """Small R, day by day: trust_fed is what visits give back of a day's loss, so R grows without a message above 1; what a
    group's mood gives back counts as if every visit brought it."""
    half_life, click_trust, mood_gain = 45.0, 0.1, 0.07
    for visit in (0.05, 0.1, 0.2, 0.3):
        R = 1e-6
        for _ in range(100):
            R *= 2 ** (-1 / half_life)
            R += (click_trust + mood_gain / 7) * visit * R * (1 - R)
        assert (R > 1e-6) == (trust_fed(visit, click_trust, half_life, mood_gain) > 1)


def test_draws_stay_below_self_ignition() -> None:
    """Also about a response near the bound, where nearly half of the draws would lie above it."""
    near = Response(visit=0.25)
    drawn = [near.draw(1, r) for r in range(20)]
    assert max(trust_fed(d.visit, d.click_trust, d.trust_half_life, d.mood_gain) for d in drawn) <= MOST_FED
    assert sum(once(near, prior_key(1, r)) is None for r in range(20)) > 3, "the bound was asked for nothing"


# --- draws


def numbers(model: BaseModel, path: str = "") -> Iterator[tuple[str, float, dict[str, Any]]]:
    """(dotted name, value, what is said about it) of every parameter in a response; what names the whole is none."""
    for name, field in type(model).model_fields.items():
        value = getattr(model, name)
        if isinstance(value, BaseModel) and name not in NAMING:
            yield from numbers(value, f"{path}{name}.")
        elif name not in (*NAMING, "covariance"):
            yield f"{path}{name}", value, dict(field.json_schema_extra)


def spread(name: str, about: dict[str, Any]) -> float:
    sd = about["prior_sd"]
    return float(sd[name.split(".")[-2]] if isinstance(sd, dict) else sd)


def test_every_parameter_says_its_range_prior_and_source() -> None:
    response = Response()
    named = dict.fromkeys(PERSONAS) | dict.fromkeys(CONTENT_TYPES)
    for name, value, about in numbers(response):
        assert about["low"] <= value <= about["high"], name
        assert spread(name, about) >= 0 and about["source"] and about["unit"], name
        if isinstance(about["prior_sd"], dict):
            assert set(about["prior_sd"]) <= set(named), name
    assert tuple(type(response.reach).model_fields) == tuple(type(response.tiring).model_fields) == PUSH_CHANNELS


def test_draws_follow_their_priors_within_their_ranges() -> None:
    """400 draws: each parameter with a prior moves about its value, the common factor aside, and leaves no range."""
    n = 400
    response = Response()
    values: dict[str, list[float]] = {}
    for r in range(n):
        drawn = once(response, prior_key(3, r))
        assert drawn is not None
        for name, value, about in numbers(drawn):
            assert about["low"] <= value <= about["high"], name
            values.setdefault(name, []).append(value)
    for name, value, about in numbers(response):
        sd, found = spread(name, about), np.array(values[name])
        if sd == 0:
            assert (found == value).all(), name
        elif name.rpartition(".")[2] in COMMON:
            assert found.std() > sd, f"{name}: the common factor adds to its own prior"
        else:
            room = min(value - about["low"], about["high"] - value)
            assert found.std() < sd * (1 + 5 / math.sqrt(2 * n)), name
            if room > 3 * sd:  # hardly cut
                assert abs(found.mean() - value) < 5 * sd / math.sqrt(n), name
                assert abs(found.std() / sd - 1) < 5 / math.sqrt(2 * n), name


# --- costs and tastes


def test_a_channel_costs_its_own_or_what_a_message_costs() -> None:
    costs = Costs(message=0.02, channels={"call": 0.5, "moments": 0.0})
    own = {"call": 0.5, "moments": 0.0, "group": 0.0001}
    assert {channel: costs.of(channel) for channel in PUSH_CHANNELS} == {
        channel: own.get(channel, 0.02) for channel in PUSH_CHANNELS
    }
    assert Costs(message=2, channels={"group": 0.3}).of("group") == 0.3
    assert scenario(costs={"channels": {"sms": 0.05}}).plain()["costs"]["channels"] == {"sms": 0.05}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"costs": {"channels": {"smss": 1}}}, "costs.channels.smss: 'smss' is not known; did you mean sms?"),
        ({"costs": {"channels": {"sms": -1}}}, "costs.channels.sms: must be at least 0, not -1"),
        ({"market": MARKET | {"tastes": 1}}, "market.tastes: must be at least 2, not 1"),
        ({"market": MARKET | {"tastes": 251}}, "market.tastes: must be at most 250, not 251"),
        ({"market": MARKET | {"tastes": 2.5}}, "market.tastes: must be a whole number, not 2.5"),
    ],
)
def test_bad_costs_and_tastes_are_told(given: dict[str, Any], said: str) -> None:
    with pytest.raises(BadInput) as told:
        scenario(**given)
    assert str(told.value) == said


def test_a_market_has_twelve_tastes() -> None:
    assert scenario().market.tastes == 12
