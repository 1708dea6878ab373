"""What an object says of itself: one line, and its table in a notebook, with every text escaped."""

import re
from typing import Any

import pytest

from sim.pool import PoolModel
from sim.results.simulation import simulate
from sim.results.sweeping import Sweep
from sim.scenario import load
from sim.words import number

from .given import around, given, shifted
from .test_metrics import SMALL

LOW = around(100.0, 5.0)
TWO = {"blast": {"ltv_member": LOW}, "nurture": {"ltv_member": shifted(LOW, 20.0, 5.0)}}


def cells(html: str) -> list[list[str]]:
    """The texts of the table's rows."""
    rows = re.findall(r"<tr.*?</tr>", html, re.DOTALL)
    return [re.findall(r"<t[hd]>(.*?)</t[hd]>", row, re.DOTALL) for row in rows]


def test_a_comparison_in_one_line() -> None:
    many = {f"s{n}": {"churn": [0.5, 0.6]} for n in range(9)}
    assert repr(given(TWO)) == "Given(blast, nurture; against blast; 0 replicates, all uncertainty)"
    assert repr(given(many)).startswith("Given(s0, s1, s2, s3, s4, s5, and 3 more; against s0")


def test_a_comparison_in_a_notebook() -> None:
    result = given(TWO)
    html = result._repr_html_()
    (heads, first, *_, chance, regret) = cells(html)
    assert heads == ["measure", "blast", "nurture"]
    assert first[0] == "LTV a member, USD" and first[1].startswith("100 (") and first[2].startswith("120 (")
    assert chance == ["chance of being best", "&lt; 5 %", "&gt; 95 %"]
    assert regret[0] == "expected regret, USD"
    assert result.verdict()[0] in html.replace("&#x27;", "'")
    assert "Market" in html and "money in USD; response: evidence" in html


def test_a_simulation_and_its_run_in_a_notebook() -> None:
    done = simulate(SMALL | {"name": "one", "days": 20})
    heads, *rows = cells(done._repr_html_())
    told = dict(rows)
    assert heads == ["measure", "one"] and "Run(one: " in done._repr_html_()
    assert told["members ever"] == number(done.measures["members"]) and "read rate" in told
    assert "tags known right" not in told, "nothing is fitted to them"
    heads, *rows = cells(done.run._repr_html_())
    told = dict(rows)
    assert heads == ["over the whole run", "one"]
    assert told["messages delivered"] == f"{done.run.totals['delivered']:,.0f}" != "0"
    assert "taken off by coupons, benefits and tiers, CNY" in told and "surveys answered" not in told


def test_a_sweep_in_one_line_and_in_a_notebook() -> None:
    values = ("<b>loud</b>", "a & b")
    told = given({"one": {"profit_per_member": LOW}, "two": {"profit_per_member": shifted(LOW, 9.0, 1.0)}})
    swept = Sweep(("believes",), (values,), tuple((v,) for v in values), told)
    assert repr(swept) == "Sweep(2 values of believes; objective profit_per_member; 0 replicates)"
    html = swept._repr_html_()
    assert html is not None
    heads, *rows = cells(html)
    assert heads[0] == "believes" and heads[-1] == "chance of being best"
    assert [row[0] for row in rows] == ["&lt;b&gt;loud&lt;/b&gt;", "a &amp; b"]
    assert "<b>" not in html
    nowhere = Sweep(("days",), ((1, 2),), ((1,), (2,)), given({k: {"profit_per_member": [None] * 3} for k in "ab"}))
    assert nowhere._repr_html_() is None, "the line stands in"


def test_a_scenario_in_one_line_and_in_a_notebook() -> None:
    plan = load(SMALL | {"name": "quiet", "days": 1_000, "believes": "less <is> more & better"})
    assert repr(plan) == str(plan)
    assert repr(plan).startswith("Scenario(quiet: ") and "for 1,000 days on market " in repr(plan)
    changed = plan.with_changes({"policy.push.per_week": 2.5, "response.personas.busy.tolerance": 0.3})
    told: dict[str, Any] = {row[0]: row[1] for row in cells(changed._repr_html_())}
    assert told["policy.push.per_week"] == "2.5"
    assert told["believes"] == "less &lt;is&gt; more &amp; better"
    assert {key: value for key, value in told.items() if key.startswith("response")} == {
        "response.name": "evidence, changed",
        "response.personas.busy.tolerance": "0.3",
    }
    assert not any(key.startswith("market.") for key in told), "a market is one line"
    export = plan.with_changes({"founding": "from_export", "orders": "cdnow", "members": 0})
    assert "the export's members" in repr(export)


def test_a_channel_goes_by_its_name() -> None:
    plan = load(SMALL).with_changes({"policy.acquisition": [{"channel": "card", "per_day": 2, "cac": 10}]})
    told = dict(row for row in cells(plan._repr_html_()) if len(row) == 2)
    assert told["policy.acquisition.card.cac"] == "10.0"


@pytest.mark.parametrize("engine", ["compiled", "agents"])
def test_a_pool_in_one_line(engine: Any) -> None:
    model = PoolModel(load(SMALL | {"members": 30, "days": 9, "name": "p"}), engine=engine)
    assert repr(model) == f"PoolModel(p: day 0 of 9, 30 members ever in, {engine} engine)"
    model.run()
    assert repr(model).startswith("PoolModel(p: day 9 of 9, ")
