"""Money has a country: a scenario starts to its market's scale, heads name market and currency, currencies do not mix."""

import re
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

import sim.cli
from models.errors import BadInput
from sim import compare, sweep
from sim.drafting.notes import notes
from sim.drafting.scale import Amounts, out_of_scale
from sim.results.market_head import head
from sim.results.report import html, sweep_html
from sim.scenario import Market, Scenario, load
from sim.words import WORDS

RHYTHM = {"r": 0.8, "alpha": 20.0, "a": 0.8, "b": 2.5}
ROOT = Path(__file__).resolve().parents[2]


def market(basket: float, currency: str, margin: float = 0.5, **more: Any) -> dict[str, Any]:
    """A market with quick orders, and the mean basket and currency asked for."""
    baskets = {"p": 6.0, "q": 4.0, "v": basket / 2}  # mean p v / (q - 1)
    named = {"name": currency.lower(), "currency": currency, "margin": margin}
    return {**named, "rhythm": RHYTHM, "baskets": baskets, **more}


def write_market(path: Path, values: dict[str, Any]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(Market(**values).to_yaml(), encoding="utf-8")
    return path


def run(*arguments: object) -> Any:
    result = CliRunner().invoke(sim.cli.app, [str(a) for a in arguments])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


# --- a scenario to start from ----------------------------------------------------------------------------------------


def test_the_shipped_amounts_are_those_of_the_shipped_market() -> None:
    """So another market's are of the same size beside its basket."""
    shipped = load(ROOT / "benchmarks" / "cdnow" / "balanced.yaml")
    amounts = Amounts.of(shipped.market)
    assert amounts.cac == shipped.policy.acquisition[0].cac
    assert (amounts.message, amounts.tools_per_month) == (shipped.costs.message, shipped.costs.tools_per_month)
    coupon = shipped.policy.coupons[0]
    assert (amounts.off, amounts.min_spend) == (coupon.off, coupon.min_spend)


@pytest.mark.parametrize("basket", [0.7, 9.99, 36, 88, 100, 176, 249, 1000, 8000, 1.3e6])
@pytest.mark.parametrize("margin", [0.08, 0.3, 0.9])
def test_amounts_are_round_and_of_the_baskets_size(basket: float, margin: float) -> None:
    amounts = Amounts.of(Market(**market(basket, "CNY", margin)))
    left = basket * max(margin, 0.1)
    assert 0.5 < amounts.cac / left < 0.8
    assert basket <= amounts.min_spend < 1.35 * basket, "a little above the usual order"
    assert 0.05 * amounts.min_spend < amounts.off < 0.3 * amounts.min_spend
    assert amounts.off < left, "the coupon leaves something"
    for value in vars(amounts).values():
        assert value == float(f"{value:.2g}"), "at most two digits are not zero"


@pytest.mark.parametrize(("basket", "currency", "margin"), [(176, "CNY", 0.3), (8000, "JPY", 0.35), (36, "USD", 0.5)])
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_new_is_on_the_given_market_and_to_its_scale(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, basket: float, currency: str, margin: float, lang: str
) -> None:
    monkeypatch.chdir(tmp_path)
    file = write_market(tmp_path / "markets" / "我的 市场.yaml", market(basket, currency, margin))
    run("new", "夏天", "--market", file, "--lang", lang)
    path = tmp_path / "scenarios" / "夏天.yaml"
    assert not (tmp_path / "scenarios" / "markets").exists(), "no other market is written"
    written, text = load(path), path.read_text(encoding="utf-8")
    assert written.market == Market(**market(basket, currency, margin))
    coupon, amounts = written.policy.coupons[0], Amounts.of(written.market)
    assert (coupon.off, coupon.min_spend) == (amounts.off, amounts.min_spend)
    assert written.policy.acquisition[0].cac == amounts.cac
    assert (written.costs.message, written.costs.tools_per_month) == (amounts.message, amounts.tools_per_month)
    assert out_of_scale(written) == []
    comments = [line.partition("#")[2] for line in text.splitlines() if "#" in line]
    assert len(comments) > 12
    assert any(currency in comment for comment in comments)
    assert "CDNOW" not in text and "$" not in text.replace("$schema", "")
    in_words = [
        c for c in comments if re.search(r"\w", c) and "{" not in c and not c.endswith(":")
    ]  # no key to switch on
    chinese = [bool(re.search(r"[\u4e00-\u9fff]", c)) for c in in_words]
    assert sum(chinese) >= (len(chinese) - 1 if lang == "zh" else 0)
    assert lang == "zh" or sum(chinese) == 0


def test_both_languages_write_the_same_scenario(tmp_path: Path) -> None:
    for lang in ("en", "zh"):
        run("new", "a", "--out", tmp_path / lang, "--lang", lang)
    one, other = (load(tmp_path / lang / "a.yaml") for lang in ("en", "zh"))
    assert one.differences(other) == []
    assert "1997" in (tmp_path / "en" / "a.yaml").read_text(encoding="utf-8"), (
        "it says whose money the shipped market has"
    )
    assert "美元" in (tmp_path / "zh" / "a.yaml").read_text(encoding="utf-8")


def test_a_market_that_cannot_be_read_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="there is no such file; `siyu calibrate ORDERS -o FILE` writes one"):
        run("new", "a", "--out", tmp_path / "x", "--market", tmp_path / "none.yaml")
    assert not (tmp_path / "x").exists()


def test_calibrate_of_cdnow_is_in_dollars(tmp_path: Path) -> None:
    run("calibrate", "cdnow", "-o", tmp_path / "m.yaml", "--end", "1997-09-30")
    assert "USD" in (tmp_path / "m.yaml").read_text(encoding="utf-8")


# --- what check says -------------------------------------------------------------------------------------------------


def planned(values: dict[str, Any], **more: Any) -> Scenario:
    return load({"name": "a", "members": 20_000, "market": values, **more})


TEMPLATE = {
    "policy": {
        "acquisition": [{"channel": "card", "per_day": 20, "cac": 12}],
        "coupons": [{"kind": "threshold", "off": 8, "min_spend": 40, "every_days": 30, "valid_days": 7}],
    },
    "costs": {"message": 0.02, "tools_per_month": 2000},
}
COUPON = {"every_days": 30, "valid_days": 7}


@pytest.mark.parametrize("name", ["blast", "balanced", "nurture"])
def test_shipped_scenarios_raise_no_alarm(name: str) -> None:
    assert notes(load(ROOT / "scenarios" / f"{name}.yaml")) == []


def test_amounts_of_another_currency_are_named() -> None:
    said = out_of_scale(planned(market(176, "CNY", 0.3), **TEMPLATE))
    assert said == [
        "policy.acquisition.0.cac: 12 CNY is only 1/4 of what a usual order leaves (52.8 CNY: a basket of 176 at a "
        "margin of 30 %); is it in CNY?",
        "policy.coupons.0.min_spend: nearly every order reaches 40 CNY, as a usual one is 176 CNY; is it in CNY?",
    ]
    keys = [sentence.partition(": ")[0] for sentence in out_of_scale(planned(market(8000, "JPY"), **TEMPLATE))]
    assert keys == ["policy.acquisition.0.cac", "costs.message", "policy.coupons.0.min_spend"]
    yen = {
        "policy": {
            "acquisition": [{"channel": "card", "per_day": 20, "cac": 2000}],
            "coupons": [{**COUPON, "kind": "threshold", "off": 2000, "min_spend": 9000}],
        },
        "costs": {"message": 3, "tools_per_month": 5_000_000},
    }
    keys = [sentence.partition(": ")[0] for sentence in out_of_scale(planned(market(36, "USD"), **yen))]
    assert keys == [
        "policy.acquisition.0.cac",
        "costs.message",
        "costs.tools_per_month",
        "policy.coupons.0.off",
        "policy.coupons.0",
    ]


@pytest.mark.parametrize(
    ("coupon", "says"),
    [
        ({"kind": "threshold", "off": 120, "min_spend": 130}, "more than a usual order (100 CNY)"),
        (
            {"kind": "threshold", "off": 40, "min_spend": 110},
            "loses money on an order of 110 CNY, which leaves 33.0 CNY",
        ),
        ({"kind": "threshold", "off": 30, "min_spend": 110}, None),
        ({"kind": "percent", "off": 0.4}, "40 % off is more than the margin of 30 %"),
        ({"kind": "percent", "off": 0.2, "min_spend": 20}, "nearly every order reaches 20 CNY"),
        ({"kind": "percent", "off": 0.2}, None),
        ({"kind": "percent", "off": 0.2, "min_spend": 60}, None),
    ],
)
def test_coupons_beside_the_usual_order(coupon: dict[str, Any], says: str | None) -> None:
    base = planned(market(100, "CNY", 0.3), policy={"coupons": [{**coupon, **COUPON}]})
    segment = planned(market(100, "CNY", 0.3), policy={"segments": {"silent": {"coupons": [{**coupon, **COUPON}]}}})
    for scenario, where in ((base, "policy.coupons.0"), (segment, "policy.segments.silent.coupons.0")):
        said = out_of_scale(scenario)
        assert len(said) == (says is not None)
        assert all(says is not None and says in sentence and sentence.startswith(where) for sentence in said)


def test_tools_are_held_against_the_pools_orders() -> None:
    costs = {"tools_per_month": 20_000}
    assert out_of_scale(planned(market(100, "CNY"), costs=costs)) == []
    small = planned(market(100, "CNY"), costs=costs).with_changes({"members": 400})
    assert [s.partition(":")[0] for s in out_of_scale(small)] == ["costs.tools_per_month"]
    assert "margin" in out_of_scale(planned(market(100, "CNY", 0.0), costs=costs))[0]


def test_a_channels_cost_is_held_against_an_order() -> None:
    """A call may cost more of an order than a message; what is written in a group serves many, and 0 is no slip."""
    usual = {"message": 0.02, "channels": {"call": 2.0, "sms": 0.1, "moments": 0.0, "group": 5.0}}
    assert out_of_scale(planned(market(100, "CNY"), costs=usual)) == []
    dear = {"channels": {"sms": 40.0, "call": 60.0, "mass": 1e-6}}
    said = [s.partition(": ")[0] for s in out_of_scale(planned(market(100, "CNY"), costs=dear))]
    assert said == ["costs.channels.sms", "costs.channels.call", "costs.channels.mass"]


def test_notes_speak_chinese(tmp_path: Path) -> None:
    write_market(tmp_path / "m.yaml", market(176, "CNY", 0.3))
    text = "market: m.yaml\nmembers: 20_000\npolicy:\n  push: {per_week: 9}\n  acquisition:\n"
    (tmp_path / "a.yaml").write_text(text + "    - {channel: card, per_day: 20, cac: 1200}\n", encoding="utf-8")
    done = run("check", tmp_path / "a.yaml", "--lang", "zh")
    assert done.exit_code == 0
    lines = done.stderr.splitlines()
    assert len(lines) == 2 and all(line.startswith("提示：") for line in lines)
    assert "每周 9 条消息只能发出 7 条" in lines[0]
    assert "1,200 CNY 是一笔普通订单毛利的 23 倍" in lines[1]


def test_every_sentence_has_its_chinese() -> None:
    files = ["drafting/scale.py", "drafting/notes.py", "results/market_head.py", "clock.py", "cli/scenario.py"]
    said: set[str] = set()
    for file in files:
        code = re.sub(r'"\s*\n\s*"', "", (ROOT / "sim" / file).read_text(encoding="utf-8"))
        said |= set(re.findall(r'"((?:\{where\}|\{what\}|# |[a-z]+\.[a-z_]+: )[^"]* [^"]*)"', code))
        said |= set(re.findall(r'say\(\s*"([^"]+)"', code))
    assert len(said) > 15
    assert sorted(text for text in said if WORDS.chinese(text) is None) == []


# --- heads and currencies --------------------------------------------------------------------------------------------

SMALL = {"members": 60, "days": 20, "replicates": 2}
DAYS = {"source": {"first_day": "2023-05-01", "last_day": "2024-04-30"}}


@pytest.fixture(scope="module")
def result() -> Any:
    mine = market(176, "CNY", 0.3, **DAYS)
    return compare([{"name": n, "market": mine, **SMALL, "policy": TEMPLATE["policy"]} for n in ("a", "b")], jobs=1)


def test_the_head_says_market_years_and_currency(result: Any) -> None:
    assert head(result.scenarios) == "Market cny (orders of 2023–2024), money in CNY; response: evidence"
    assert head(result.scenarios, "zh") == "市场：cny（2023–2024 年的订单），金额单位 CNY；响应参数：evidence"
    shipped = load(ROOT / "benchmarks" / "cdnow" / "balanced.yaml")
    assert head([shipped]) == "Market cdnow (orders of 1997–1998), money in USD; response: evidence"
    assert head([planned(market(9, "EUR"))]) == "Market eur, money in EUR; response: evidence"
    two = [planned(market(9, "EUR")), planned(market(9, "EUR", name="other")).model_copy(update={"name": "b"})]
    assert head(two) == "Markets a: eur, b: other, money in EUR; response: evidence"


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_tables_plots_and_reports_have_the_head(result: Any, lang: Any, capsys: pytest.CaptureFixture[str]) -> None:
    from sim.outputs.tables import show_comparison
    from sim.results import plots

    said = head(result.scenarios, lang)
    show_comparison(result, lang)
    assert said in capsys.readouterr().out
    page = html(result, lang)
    assert said in page.partition("<main>")[0]
    for figure in plots.all_figures(result).values():
        assert figure.get_suptitle() == head(result.scenarios)
    assert page.count(said) >= 1 + len(plots.all_figures(result)), "plots in the report too"


def test_a_sweep_and_a_simulation_have_the_head(tmp_path: Path) -> None:
    scenario = planned(market(176, "CNY", 0.3, **DAYS)).with_changes(SMALL)
    said = "Market cny (orders of 2023–2024), money in CNY; response: evidence"
    swept = sweep(scenario, {"policy.push.per_week": [1, 2]}, jobs=1, fixed_response=True)
    assert said in sweep_html(swept).partition("<main>")[0]
    assert swept.plot().get_suptitle() == said
    (tmp_path / "a.yaml").write_text(scenario.to_yaml(), encoding="utf-8")
    assert said in run("simulate", tmp_path / "a.yaml", "--out", tmp_path / "one").stdout
    swept_out = run(
        "sweep", tmp_path / "a.yaml", "policy.push.per_week=1,2", "--fixed-response", "--out", tmp_path / "s"
    )
    assert said in swept_out.stdout


def test_a_market_that_no_font_can_name_leaves_its_currency(result: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from sim.results.plots import canvas

    renamed = result.scenarios[0].market.model_copy(update={"name": "东京"})
    scenarios = tuple(s.model_copy(update={"market": renamed}) for s in result.scenarios)
    from dataclasses import replace

    monkeypatch.setattr(canvas, "chinese_font", lambda: None)
    assert canvas._market(replace(result, scenarios=scenarios), "en") == "Money in CNY"


def test_two_currencies_are_not_compared() -> None:
    mine, other = planned(market(176, "CNY")), planned(market(36, "USD")).model_copy(update={"name": "b"})
    with pytest.raises(BadInput, match="a is in CNY and b in USD: money of two currencies cannot be compared"):
        compare([mine, other], members=10, days=2, replicates=1)
    with pytest.raises(BadInput, match="two currencies"):
        sweep(mine, {"market.currency": ["CNY", "USD"]}, members=10, days=2, replicates=1)
