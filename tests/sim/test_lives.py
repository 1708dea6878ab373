"""A pool of N members asked with L lives: what is scaled with them, that the lives are the same to the bit, what is said."""

import json

import numpy as np
import pytest
from typer.testing import CliRunner

from models.errors import BadInput
from sim.catalogue import MINOR_UNITS
from sim.cli import app
from sim.drafting.explained import explained
from sim.drafting.notes import notes
from sim.policies.acquisition import Channel
from sim.pool import PoolModel
from sim.results.metrics import Account, measures
from sim.results.quick_look import looked_at
from sim.run import Run
from tests.sim.asked import COUPON, TOGETHER, busy


def bits(run: Run) -> dict[str, bytes]:
    """What a run leaves behind, byte for byte, but for how long it took."""
    assert run.members is not None
    left = {
        "totals": run.totals,
        "closing": run.closing,
        "tools": run.tools,
        "cohorts": run.cohorts,
        "all": run.members,
    }
    return {name: np.ascontiguousarray(value).tobytes() for name, value in left.items()}


# --- what is simulated -----------------------------------------------------------------------------------------------


def test_share_of_a_pool(make) -> None:
    pool = make(members=3_000_000)
    assert (pool.share, pool.simulated) == (1.0, 3_000_000)
    some = pool.with_changes({"lives": 20_000})
    assert (some.share, some.simulated, some.pool_members) == (20_000 / 3_000_000, 20_000, 3_000_000)
    assert "3,000,000 members (20,000 lives)" in repr(some)
    assert PoolModel(some.with_changes({"members": 600, "lives": 300})).world["share"] == 0.5


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"lives": 0}, "lives: must be at least 1"),
        ({"lives": 301}, "lives: 301 lives are more than the 300 founding members; give that many at most"),
        ({"lives": 2.5}, "lives: must be a whole number"),
        (
            {"members": 0, "lives": 5, "policy.acquisition": [{"channel": "card", "per_day": 1}]},
            "there are none; give members",
        ),
        ({"members": 100_000_001}, "members: must be at most"),
        ({"members": 90_000_000}, "give lives"),
        (
            {"members": 90_000_000, "lives": 60_000_000},
            "60,000,000 lives and 0 joiners .* lower lives, per_day or days",
        ),
    ],
)
def test_what_cannot_be_is_refused(make, changes, told) -> None:
    with pytest.raises(BadInput, match=told):
        make(members=300).with_changes(changes)


def test_members_may_be_many_where_lives_are_few(make) -> None:
    largest = make(members=100_000_000, lives=300, days=30)
    run = PoolModel(largest).run()
    assert run.closing["members"] == pytest.approx(1e8, rel=1e-12)
    assert run.daily["pool"].iloc[0] <= 1e8


@pytest.mark.parametrize("share", [0.9, 0.37, 1 / 3, 0.01, 0.0007])
def test_joiners_of_a_part_are_those_in_the_middle(share) -> None:
    """At every time the joiners simulated stand for all so far, half a life more or less."""
    per_day, days = 13.7, 800
    channel = Channel(channel="card", per_day=per_day)
    all_of_them, some = np.cumsum(channel.joiners(days)), np.cumsum(channel.joiners(days, share))
    apart = some / share - all_of_them
    assert np.abs(apart).max() <= 0.5 / share + 0.5 + 1e-6
    assert abs(apart.mean()) < 0.1 / share + 0.02 * all_of_them[-1]
    assert (channel.joiners(days, 1.0) == channel.joiners(days)).all()


def test_budgets_and_tools_go_with_lives(make) -> None:
    benefits = {"gift": {"kind": "gift", "worth": 1, "unit_cost": 2, "budget": 300}}
    pool = busy(make, coupons=[{**COUPON, "budget": 500}], benefits=benefits)
    model = PoolModel(pool.with_changes({"lives": 1200}))
    for planner, part in ((model.brand.coupons, 100), (model.brand.benefits, 60)):
        assert 0 <= planner.remaining[0] - part * MINOR_UNITS < planner.unit[0]
    uses = [PoolModel(pool.with_changes({"lives": 1000}), seed=k).brand.coupons.remaining[0] // 800 for k in range(200)]
    assert set(uses) == {10, 11}  # 500 / 6 pays for 10.4 uses of 8
    assert np.mean(uses) == pytest.approx(500 / 6 / 8, abs=0.12)
    run = model.run()
    whole = PoolModel(pool).run()
    assert run.daily["tools"].tolist() == whole.daily["tools"].tolist()
    assert run.tools.sum() == pytest.approx(whole.tools.sum(), rel=0.01)


@pytest.mark.parametrize("engine", ["compiled", "agents"])
def test_as_many_lives_as_members_is_no_lives(make, engine) -> None:
    pool = busy(make).with_changes({"members": 500, "days": 21})
    alike = [PoolModel(s, engine=engine).run(keep_members=True) for s in (pool, pool.with_changes({"lives": 500}))]
    assert bits(alike[0]) == bits(alike[1])
    assert alike[1].clusters is None


POLICIES = {
    "plain": {},
    "budget of coupons": {"coupons": [{**COUPON, "budget": 600}]},
    "budget by the hour": {"benefits": {"gift": {"kind": "gift", "worth": 1, "unit_cost": 0.05, "budget": 200}}},
}


@pytest.mark.parametrize("policy", POLICIES)
def test_lives_are_those_of_a_pool_of_their_number(make, policy) -> None:
    """A third of the pool lives as a pool of a third of the size, with any number of threads; its sums are three times as
    large."""
    pool = busy(make, **POLICIES[policy]).with_changes({"policy.acquisition.0.per_day": 9})
    small, _ = looked_at(pool, 2000)
    alone = PoolModel(small).run(keep_members=True)
    asked = [
        PoolModel(pool.with_changes({"lives": 2000}), threads=threads).run(keep_members=True) for threads in (1, 2)
    ]
    assert bits(asked[0]) == bits(asked[1])
    mine, theirs = asked[0].members, alone.members
    assert mine is not None and theirs is not None
    founders = mine["channel"] == 0
    assert founders.sum() == 2000
    if policy == "plain":  # joiners of a part join a day earlier or later, and take of a budget then
        assert mine[founders].tobytes() == theirs[theirs["channel"] == 0].tobytes()
    assert asked[0].closing["founders"] == pytest.approx(6000, rel=1e-12)
    assert asked[0].totals["orders"] / 3 == pytest.approx(alone.totals["orders"], rel=0.03)


@pytest.mark.parametrize("policy", POLICIES)
def test_without_joiners_to_the_bit(make, policy) -> None:
    """Tile by tile equals block by block, whichever way budgets couple members."""
    pool = busy(make, acquisition=[], **POLICIES[policy])
    small, _ = looked_at(pool, 3000)
    models = [PoolModel(small), PoolModel(pool.with_changes({"lives": 3000}))]
    for kind in ("coupons", "benefits"):  # whose part of a budget is rounded by chance
        mine, theirs = (getattr(model.brand, kind) for model in models)
        assert (np.abs(mine.remaining - theirs.remaining) < mine.unit).all()
        mine.remaining = theirs.remaining.copy()
    alone, asked = (model.run(keep_members=True) for model in models)
    assert alone.members is not None and asked.members is not None
    assert alone.members.tobytes() == asked.members.tobytes()
    assert (2.0 * np.array([alone.totals]).view("f8")).tolist() == np.array([asked.totals]).view("f8").tolist()


@pytest.mark.parametrize("policy", [*POLICIES, "together"])
def test_both_engines_agree(make, policy) -> None:
    some = busy(make, **POLICIES.get(policy, TOGETHER | POLICIES["budget of coupons"]))
    some = some.with_changes({"members": 900, "lives": 600, "days": 28, "response.refer": 0.004})
    compiled, agents = (PoolModel(some, engine=engine).run(keep_members=True) for engine in ("compiled", "agents"))
    assert bits(compiled) == bits(agents)
    assert compiled.clusters is not None and agents.clusters is not None
    for name in ("totals", "followed", "closing", "tools", "settled"):
        assert getattr(compiled.clusters, name).tobytes() == getattr(agents.clusters, name).tobytes()


# --- what is said ----------------------------------------------------------------------------------------------------


def test_results_say_from_how_many_lives(make, tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "mine.yaml"
    file.write_text(busy(make).to_yaml(), encoding="utf-8")
    done = CliRunner().invoke(
        app, ["simulate", str(file), "--lives", "300", "--days", "20", "--json", "r.json", "--force"]
    )
    assert done.exit_code == 0, done.output
    assert "From 300 lives, for a pool of 6,000 founding members" in done.output
    told = json.loads((tmp_path / "r.json").read_text(encoding="utf-8"))
    assert (told["lives"], told["members"]) == (300, 6000)
    done = CliRunner().invoke(
        app,
        [
            "compare",
            str(file),
            "--lives",
            "300",
            "--days",
            "20",
            "--replicates",
            "2",
            "--lang",
            "zh",
            "--json",
            "c.json",
        ],
    )
    assert done.exit_code == 0, done.output
    assert "由 300 名会员的模拟推算整个会员池（初始会员 6,000 人）" in done.output
    told = json.loads((tmp_path / "c.json").read_text(encoding="utf-8"))
    assert told["scenarios"][0]["lives"] == 300
    page = next((tmp_path / "results").rglob("report.html")).read_text(encoding="utf-8")
    assert "由 300 名会员的模拟推算" in page


def test_check_explains_lives_and_what_they_cannot_tell(make) -> None:
    pool = busy(make, coupons=[{**COUPON, "budget": 500}]).with_changes({"lives": 300})
    assert explained(pool)[0].startswith("lives: 300 of 6,000 founding members are simulated, one for 20;")
    assert explained(pool, "zh")[0].startswith("lives：6,000 名初始会员中模拟 300 名，每人代表 20 人")
    said = [note for note in notes(pool) if "lives" in note]
    assert said == [
        "policy.coupons.0.budget: the part of it that 300 lives have pays for 3.1 uses, too few to stand for a budget of "
        "500; give at least 1,920 lives"
    ]
    few = pool.with_changes({"policy.coupons": [], "policy.acquisition.0.per_day": 2})
    assert [note for note in notes(few) if "lives" in note] == [
        "policy.acquisition.0: through card 6 of 300 lives join in 60 days, too few to tell much of joiners; give at least "
        "1,000 lives"
    ]
    assert not [line for line in explained(busy(make)) if "lives" in line]


def test_a_quick_look_at_a_pool_with_lives(make) -> None:
    pool = busy(make).with_changes({"lives": 300})
    small, _ = looked_at(pool, 3000)
    assert (small.members, small.lives) == (3000, 300)
    smaller, _ = looked_at(pool, 200)
    assert (smaller.members, smaller.lives) == (200, None)
    assert measures(Account(PoolModel(small).run(), PoolModel(small.no_operations()).run()))["members"] > 3000
