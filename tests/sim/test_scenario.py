"""Reading, defaults, overriding and comparing scenarios."""

import pickle
import subprocess
import sys
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from pydantic import ValidationError

from models.errors import BadInput
from sim.catalogue import AUDIENCES, CONTENT_TYPES, PERSONAS, PUSH_CHANNELS, SEGMENTS, STAGES
from sim.policies.content import ContentMix
from sim.policies.routines import ROUTINES
from sim.scenario import Market, Policy, Response, Scenario, Target, load, load_market
from sim.scenario import response as response_module
from sim.scenario.market import PersonaShares

MARKET = {
    "name": "shop",
    "currency": "CNY",
    "margin": 0.5,
    "rhythm": {"r": 0.25, "alpha": 33.0, "a": 0.7, "b": 2.2},
    "baskets": {"p": 6.0, "q": 4.0, "v": 15.0},
}
CHANNEL = {"channel": "card", "per_day": 20, "cac": 12}
COUPON = {
    "kind": "threshold",
    "off": 8,
    "min_spend": 40,
    "to": "price_sensitive",
    "every_days": 30,
    "valid_days": 7,
}


def scenario(**more: object) -> Scenario:
    return load({"name": "s", "market": MARKET, "members": 100, **more})


def test_everything_left_out_is_neutral() -> None:
    s = scenario()
    assert s.policy == Policy()
    assert s.policy.push.per_week == 0
    assert s.policy.coupons == ()
    assert s.policy.acquisition == ()
    thirds = {"education": 1 / 3, "emotion": 1 / 3, "promotion": 1 / 3}
    assert s.policy.content.shares == dict.fromkeys(CONTENT_TYPES, 0) | thirds
    assert not any(getattr(s.policy, name) for name in ("lines", "benefits", "quiet_hours", *ROUTINES))
    assert s.policy.account == "shop"
    assert s.policy.tag_accuracy == 0.92
    assert (s.founding, s.days, s.replicates, s.seed, s.repurchase_window) == ("fresh", 365, 20, 1, 90)
    assert s.start == date(2025, 1, 1)
    assert s.costs.message == s.costs.tools_per_month == 0
    assert s.response == Response()
    assert s.market.personas.shares == dict.fromkeys(PERSONAS, 0.25)
    assert scenario(policy={}) == s


def test_words_agree_with_the_response() -> None:
    assert tuple(response_module.Personas.model_fields) == PERSONAS == tuple(PersonaShares.model_fields)
    assert tuple(response_module.Contents.model_fields) == CONTENT_TYPES == tuple(ContentMix.model_fields)
    assert tuple(response_module.Reach.model_fields) == tuple(response_module.Tiring.model_fields) == PUSH_CHANNELS
    assert (*STAGES, "high_value", *PERSONAS) == SEGMENTS
    assert ("all", *SEGMENTS, "tier1", "tier2", "tier3", "tier4") == AUDIENCES


def test_numbers_are_of_their_kind_and_frozen() -> None:
    s = scenario(policy={"push": {"per_week": 4}})
    assert isinstance(s.policy.push.per_week, float)
    assert isinstance(Policy().push.per_week, float)
    with pytest.raises(ValidationError, match="frozen"):
        s.days = 3  # type: ignore[misc]
    assert load(s) is s
    assert pickle.loads(pickle.dumps(s)) == s


def test_hour_is_one_or_several() -> None:
    assert scenario(policy={"push": {"hour": 9}}).policy.push.hour == (9,)
    several = scenario(policy={"push": {"hour": [9, 12, 20]}})
    assert several.policy.push.hour == (9, 12, 20)
    assert several.plain()["policy"]["push"]["hour"] == [9, 12, 20]
    assert scenario().plain()["policy"]["push"]["hour"] == 20


def test_segments_override_in_part_and_in_file_order() -> None:
    s = scenario(
        policy={
            "push": {"per_week": 4, "hour": 9, "cap_per_day": 2, "channel": "group"},
            "content": {"education": 1},
            "coupons": [COUPON],
            "segments": {
                "silent": {"content": {"promotion": 1}},
                "high_value": {"push": {"per_week": 2}, "coupons": []},
                "new": {"push": {"per_week": 0}},
            },
        }
    )
    assert list(s.policy.segments) == ["silent", "high_value", "new"]
    base, high, silent = (s.policy.for_segment(name) for name in (None, "high_value", "silent"))
    assert (base.push, base.content, base.coupons) == (s.policy.push, s.policy.content, s.policy.coupons)
    assert high.push == s.policy.push.model_copy(update={"per_week": 2.0})
    assert high.coupons == ()
    assert high.content == base.content
    assert silent.content.promotion == 1
    assert (silent.push, silent.coupons) == (base.push, base.coupons)
    assert s.policy.for_segment("new").push.per_week == 0, "0 is a change, not nothing"
    assert s.policy.for_segment("busy") == base


def test_too_many_different_coupons() -> None:
    def handed_out(different: int) -> dict[str, object]:
        return {"coupons": [COUPON | {"off": n + 1} for n in range(different)]}

    same_again = {"segments": {"silent": handed_out(16)}}
    assert len(scenario(policy=handed_out(16) | same_again).policy.coupons) == 16
    with pytest.raises(BadInput, match="policy: there are 17 different coupons"):
        scenario(policy=handed_out(17))


# --- files


def write(folder: Path, **files: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    return folder


def market_text() -> str:
    return Market.model_validate(MARKET).to_yaml()


def test_extends_merges_mappings_and_replaces_lists(tmp_path: Path) -> None:
    write(
        tmp_path,
        market=market_text(),
        base="name: base\nbelieves: a base\nmarket: market.yaml\nmembers: 5\npolicy:\n  push: {per_week: 4, hour: 9}\n"
        "  acquisition: [{channel: a, per_day: 1}, {channel: b, per_day: 2}]\n"
        "  segments: {silent: {push: {per_week: 1}}}\n",
        middle="extends: base.yaml\nmembers: 6\npolicy: {push: {per_week: 7}}\n",
        top="extends: middle.yaml\npolicy: {acquisition: [{channel: c, per_day: 3}],"
        " segments: {new: {push: {per_week: 2}}}}\n",
    )
    s = load(tmp_path / "top.yaml")
    assert s.name == "top", "the name is not inherited; the file's name is taken"
    assert s.believes == "", "nor is the belief: it is that of one strategy"
    assert s.members == 6
    assert (s.policy.push.per_week, s.policy.push.hour) == (7, (9,))
    assert [channel.channel for channel in s.policy.acquisition] == ["c"]
    assert list(s.policy.segments) == ["silent", "new"]


def test_paths_are_relative_to_the_file_that_names_them(tmp_path: Path) -> None:
    write(tmp_path / "markets", shop=market_text())
    write(tmp_path / "cases", base="market: ../markets/shop.yaml\norders: log.csv\nfounding: from_export\n")
    write(tmp_path / "mine", top="extends: ../cases/base.yaml\nmarket: {margin: 0.25}\n")
    (tmp_path / "cases" / "log.csv").write_text("customer,date,amount\n")
    s = load(tmp_path / "mine" / "top.yaml")
    assert s.market.margin == 0.25, "a mapping changes one number of the base's market"
    assert s.market.rhythm.alpha == 33
    assert s.orders == str(tmp_path / "cases" / "log.csv")
    assert s.members == 0


def test_orders_stay_found_when_the_working_directory_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "cases", base=f"market: {MARKET}\norders: log.csv\nfounding: from_export\n")
    (tmp_path / "cases" / "log.csv").write_text("")
    monkeypatch.chdir(tmp_path)
    s = load("cases/base.yaml")
    monkeypatch.chdir(tmp_path / "cases")
    assert s.orders == str(tmp_path / "cases" / "log.csv")
    assert s.with_changes({"days": 3}).orders == s.orders


def test_another_market_replaces_the_base_market_whole(tmp_path: Path) -> None:
    write(
        tmp_path,
        seasonal=market_text() + "season: {months: [2,1,1,1,1,1,1,1,1,1,1,1]}\n",
        plain=market_text(),
        base="market: seasonal.yaml\nmembers: 1\n",
        top="extends: base.yaml\nmarket: plain.yaml\n",
        cheap="extends: plain.yaml\nname: cheap\nmargin: 0.1\n",
    )
    assert load(tmp_path / "base.yaml").market.season is not None
    assert load(tmp_path / "top.yaml").market.season is None
    assert load_market(tmp_path / "cheap.yaml").margin == 0.1
    assert load_market(tmp_path / "cheap.yaml").rhythm.r == 0.25


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_encodings(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "夏天.yaml"
    path.write_bytes(f"believes: 少打扰,多帮忙\nmembers: 1\nmarket: {MARKET}\n".encode(encoding))
    s = load(path)
    assert (s.name, s.believes) == ("夏天", "少打扰,多帮忙")


def test_yaml_as_people_write_it(tmp_path: Path) -> None:
    path = tmp_path / "s.yaml"
    path.write_text(
        f"market: {MARKET}\nmembers: 20_000\nseed: 0x10\nstart: 2026-06-01\n"
        "costs: &c {message: 1e-2}\npolicy: {push: {hour: 020}}\n"
    )
    s = load(str(path))
    assert (s.members, s.seed, s.start, s.costs.message) == (20_000, 16, date(2026, 6, 1), 0.01)
    assert s.policy.push.hour == (20,)


def test_windows_line_ends(tmp_path: Path) -> None:
    path = tmp_path / "s.yaml"
    path.write_bytes(f"market: {MARKET}\r\nmembers: 1\r\n".encode())
    assert load(path).members == 1


# --- from one scenario to another


def test_to_yaml_reads_back_as_equal(tmp_path: Path) -> None:
    s = scenario(
        believes="多帮忙: 少打扰 # really",
        start=date(2026, 3, 1),
        policy={
            "acquisition": [CHANNEL | {"personas": {"busy": 1.0}}],
            "coupons": [COUPON],
            "push": {"hour": [9, 20]},
            "segments": {"silent": {"push": {"per_week": 1}, "coupons": []}},
        },
        targets={"ltv_cac": ">= 3", "churn": "<= 40%"},
        response={"fatigue_half_life": 10},
        market=MARKET
        | {
            "season": {
                "months": [1.5] + [1] * 11,
                "peaks": [{"name": "618", "from": "06-16", "to": "06-18", "lift": 2.5}],
            },
            "source": {"first_day": date(2025, 1, 1), "customers": 12, "note": "a: b"},
        },
    )
    path = tmp_path / "again.yaml"
    path.write_text(s.to_yaml(), encoding="utf-8")
    assert load(path) == s
    assert load(path).digest == s.digest
    assert load(s.plain()) == s
    assert Scenario.model_validate_json(s.model_dump_json(by_alias=True)) == s


def test_digest_is_of_the_content_and_stable_between_processes(tmp_path: Path) -> None:
    s = scenario()
    assert s.digest == scenario().digest
    assert hash(s) == hash(scenario())
    assert len(s.digest) == 16
    assert s.with_changes({"seed": 2}).digest != s.digest
    assert scenario(costs={"message": 0}).digest == s.digest, "0 written is the 0 left out"
    assert scenario(costs={"message": -0.0}).digest == s.digest
    code = f"from sim.scenario import load; print(load({s.plain()!r}).digest)"
    plain = code.replace("datetime.date(2025, 1, 1)", "'2025-01-01'")
    again = subprocess.run([sys.executable, "-c", plain], capture_output=True, text=True, check=True)
    assert again.stdout.strip() == s.digest


def test_digest_does_not_depend_on_the_folder(tmp_path: Path) -> None:
    digests = set()
    for folder in ("one", "two"):
        write(tmp_path / folder, s=f"market: {MARKET}\nfounding: from_export\norders: log.csv\n")
        (tmp_path / folder / "log.csv").write_text("")
        digests.add(load(tmp_path / folder / "s.yaml").digest)
    assert len(digests) == 1


def test_segment_order_counts_in_the_digest() -> None:
    one, other = {"push": {"per_week": 1}}, {"push": {"per_week": 2}}
    first = scenario(policy={"segments": {"new": one, "silent": other}})
    second = scenario(policy={"segments": {"silent": other, "new": one}})
    assert first.digest != second.digest


def test_differences_say_what_was_changed() -> None:
    s = scenario(policy={"acquisition": [CHANNEL], "coupons": [COUPON]}, believes="a")
    other = load(
        {
            **s.plain(),
            "name": "t",
            "believes": "b",
            "days": 30,
            "policy": {
                "acquisition": [CHANNEL | {"per_day": 3}, {"channel": "ad", "per_day": 1}],
                "push": {"per_week": 2},
            },
        }
    )
    assert s.differences(s) == []
    differences = {key: (mine, theirs) for key, mine, theirs in s.differences(other)}
    assert differences.pop("policy.acquisition.ad")[0] is None
    mine, theirs = differences.pop("policy.coupons.0")
    assert (mine["off"], theirs) == (8, None)
    assert differences == {
        "days": (365, 30),
        "policy.push.per_week": (0, 2),
        "policy.acquisition.card.per_day": (20, 3),
    }
    assert {key: (b, a) for key, a, b in other.differences(s)} == {key: (a, b) for key, a, b in s.differences(other)}


def test_order_of_segments_is_a_difference() -> None:
    change = {"push": {"per_week": 1}}
    one = scenario(policy={"segments": {"new": change, "silent": change}})
    other = scenario(policy={"segments": {"silent": change, "new": change}})
    assert one.differences(other) == [("policy.segments", ["new", "silent"], ["silent", "new"])]


def test_with_changes() -> None:
    s = scenario(policy={"acquisition": [CHANNEL], "coupons": [COUPON]})
    changed = s.with_changes(
        {
            "policy.push.per_week": np.float64(3.5),
            "days": np.int64(30),
            "policy.acquisition.card.per_day": 1,
            "policy.coupons[0].off": 5,
            "policy.segments.silent.push.per_week": 1,
            "targets.ltv_cac": ">= 2",
            "market.season.months": [2] + [1] * 11,
            "response.personas.busy.attention": 0.3,
        }
    )
    assert changed.policy.push.per_week == 3.5
    assert changed.days == 30
    assert changed.policy.acquisition[0].per_day == 1
    assert changed.policy.coupons[0].off == 5
    assert changed.policy.for_segment("silent").push.per_week == 1
    assert changed.targets["ltv_cac"].value == 2
    assert changed.market.season is not None
    assert changed.response.personas.busy.attention == 0.3
    assert changed.response.personas.sociable == s.response.personas.sociable
    assert s == scenario(policy={"acquisition": [CHANNEL], "coupons": [COUPON]}), "the original stays"
    assert s.with_changes({}) == s


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("policy.push.per_weeks", 3, "policy.push.per_weeks: unknown key; did you mean per_week?"),
        ("polcy.push.per_week", 3, "polcy: unknown key; did you mean policy?"),
        ("members.x", 3, "members.x: there is nothing below members; change that key itself"),
        ("members.x.y", 3, "members.x.y: there is nothing below members; change that key itself"),
        ("policy.acquisition.ad.per_day", 3,
         "policy.acquisition.ad.per_day: there is no ad in this list; it has card"),
        ("policy.coupons.0.off", 3, "policy.coupons.0.off: there is no 0 in this list; it has nothing"),
        ("policy.push.per_week", "3",
         "policy.push.per_week: must be a number, not the text '3'; write it without quotes"),
        ("days", 2.5, "days: must be a whole number, not 2.5"),
        ("", 3, "the empty key names nothing; write one like policy.push.per_week"),
    ],
)  # fmt: skip
def test_with_changes_tells_mistakes(key: str, value: object, said: str) -> None:
    with pytest.raises(BadInput) as problem:
        scenario(policy={"acquisition": [CHANNEL]}).with_changes({key: value})
    assert str(problem.value) == said


def test_no_operations_keeps_who_joins() -> None:
    s = scenario(
        policy={
            "acquisition": [CHANNEL],
            "push": {"per_week": 4},
            "coupons": [COUPON],
            "segments": {"silent": {"coupons": [COUPON]}},
            "tag_accuracy": 0.5,
        }
    )
    none = s.no_operations()
    assert none.policy == Policy(acquisition=s.policy.acquisition, tag_accuracy=0.5)
    assert none.policy.for_segment("silent").coupons == ()
    assert none.model_copy(update={"policy": s.policy}) == s


# --- targets


@pytest.mark.parametrize(
    ("text", "operator", "value"),
    [
        (">= 3", ">=", 3),
        ("<=40%", "<=", 0.4),
        (" > -2.5 ", ">", -2.5),
        ("< .5", "<", 0.5),
        ("≥ 30％", ">=", 0.3),
        ("≤ 3", "<=", 3),
    ],
)
def test_target_is_parsed(text: str, operator: str, value: float) -> None:
    target = Target.parse(text)
    assert (target.operator, target.value) == (operator, pytest.approx(value))


@pytest.mark.parametrize("text", ["3", "= 3", ">= x", ">= 3 %%", ">= 1e3", "", ">= ٣", 3, None, [">= 3"]])
def test_target_is_refused(text: object) -> None:
    with pytest.raises(ValueError, match="must be a comparison"):
        Target.parse(text)


def test_target_is_met() -> None:
    assert Target.parse(">= 3").met(3) is True
    assert Target.parse("> 3").met(3) is False
    assert Target.parse("<= 40%").met(0.4) is True
    assert Target.parse("< 40%").met(0.4) is False
    assert Target.parse("< 3").met(None) is None
