"""Markets of trades: what they do by themselves is what docs/markets.md says, and lies within what is published."""

import re
from functools import cache
from pathlib import Path

import pytest
from typer.testing import CliRunner

import sim.cli
from docs import markets
from docs.markets import MARKETS, NAMES, Seen
from models.errors import BadInput
from sim.drafting.starting import start
from sim.drafting.trades import chosen_market
from sim.scenario import load, load_market
from sim.scenario.trades import TRADES

CONSISTENT, SURE, SAME = 2.0, 5.0, 4.0  # standard errors: from a range, a formula, another run
NUMBERS = re.compile(r"^ *(margin|r|alpha|a|b|p|q|v|tastes|returns|shop_age): [\d.]+(?P<comment>.*)$", re.MULTILINE)


@cache
def simulated(name: str) -> dict[str, Seen]:
    return markets.simulated(name)


@pytest.mark.parametrize("name", NAMES)
def test_figures_are_within_what_is_published(name: str) -> None:
    ranges = markets.ranges(name)
    assert {"repurchase_90", "repurchase_365", "orders", "basket", "d7", "d30"} <= set(ranges)
    for key, (low, high, source) in ranges.items():
        value, error = simulated(name)[key]
        assert low < high and len(source) > 10, key
        assert low - CONSISTENT * error <= value <= high + CONSISTENT * error, (key, value, error)


@pytest.mark.parametrize("name", NAMES)
def test_the_simulator_agrees_with_the_formulas(name: str) -> None:
    for key, expected in markets.closed_forms(name).items():
        value, error = simulated(name)[key]
        assert abs(value - expected) <= SURE * error, (key, value, expected)


@pytest.mark.parametrize("name", NAMES)
def test_the_page_has_the_figures_of_this_version(name: str) -> None:
    for key, (value, error) in simulated(name).items():
        recorded = markets.recorded()[name][key]
        assert abs(value - recorded.value) <= SAME * error, f"{key}: run `python -m docs.markets`"


@pytest.mark.parametrize("name", NAMES)
def test_every_number_says_where_it_comes_from(name: str) -> None:
    text = (MARKETS / f"{name}.yaml").read_text(encoding="utf-8")
    numbers = list(NUMBERS.finditer(text))
    assert len(numbers) == 11
    for line in numbers:
        told_above = line[1] == "b" and "with b" in text
        assert told_above or re.search(r"# .*\b(source|assumption): ", _with_what_follows(text, line)), line[0]
    for part in ("personas", "season"):
        assert re.search(rf"^{part}: +# (source|assumption)", text, re.MULTILINE)
    assert load_market(MARKETS / f"{name}.yaml").currency == "CNY"


def _with_what_follows(text: str, line: re.Match[str]) -> str:
    """A line's comment with those on the lines below it that have nothing else, as one."""
    below = re.match(r"(?:\n +# .*)*", text[line.end() :])
    assert below is not None
    return re.sub(r"\n +# ", " ", line["comment"] + below[0])


def test_names_are_those_of_the_files_and_are_listed() -> None:
    assert {path.stem for path in MARKETS.glob("*.yaml")} == set(TRADES)
    told = CliRunner().invoke(sim.cli.app, ["new", "--help"]).stdout
    for name, chinese in TRADES.items():
        own = load_market(MARKETS / f"{name}.yaml")
        assert own.name == name
        assert re.search(rf"{name} +{chinese} +{own.baskets.mean:.0f} {own.currency}, {100 * own.margin:.0f} %", told)


@pytest.mark.parametrize("given", ["health_food", "health-food", "Health_Food", "保健品"])
def test_new_starts_from_a_trade_by_its_name(given: str, tmp_path: Path) -> None:
    written = start("summer", tmp_path, market=given, lang="zh")
    assert [path.relative_to(tmp_path).as_posix() for path in written] == [
        "summer.yaml", "markets/health_food.yaml", "schema.json",
    ]  # fmt: skip
    text = written[0].read_text(encoding="utf-8")
    assert "market: markets/health_food.yaml" in text and "一笔普通订单为 300 CNY" in text and "自带的行业市场" in text
    assert written[1].read_bytes() == (MARKETS / "health_food.yaml").read_bytes()
    assert load(written[0]).policy.acquisition[0].cac == 120


def test_new_keeps_a_market_that_is_there(tmp_path: Path) -> None:
    start("a", tmp_path, market="beauty")
    own = tmp_path / "markets" / "beauty.yaml"
    own.write_text(own.read_text(encoding="utf-8").replace("margin: 0.65 ", "margin: 0.325"), encoding="utf-8")
    assert [path.name for path in start("b", tmp_path, market="beauty")] == ["b.yaml"]
    assert load(tmp_path / "b.yaml").market.margin == 0.325
    assert load(tmp_path / "b.yaml").policy.acquisition[0].cac == 25, "to the scale of the market that is there"
    assert load(start("c", tmp_path / "other", market=own)[0]).market.margin == 0.325, "by its path"


def test_an_unknown_market_lists_the_names(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"no market called 'beuaty'; choose one of beauty \(美妆\), .*or give the path"):
        start("a", tmp_path, market="beuaty")
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(BadInput, match=r"none\.yaml: there is no such file"):
        start("a", tmp_path, market=tmp_path / "none.yaml")


def test_a_file_without_an_ending_goes_by_its_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("mine").write_bytes((MARKETS / "home.yaml").read_bytes())
    assert chosen_market("mine", tmp_path).original is None
    assert load(start("a", tmp_path, market="mine")[0]).market.name == "home"
