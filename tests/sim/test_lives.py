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
from sim.policies import coupons
from sim.policies.acquisition import Channel
from sim.pool import PoolModel
from sim.results.metrics import Account, measures
from sim.results.quick_look import looked_at
from sim.run import Run
from sim.scenario import load
from sim.words import say
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


# --- what is asked of lives that there are not -------------------------------------------------------------------------


def test_members_and_lives_are_held_against_one_another(make) -> None:
    """The pair that is given counts, and not the file's: more lives than the file has members, or fewer members."""
    pool = busy(make).with_changes({"members": 200})
    larger, look = looked_at(pool, 6000, lives=300)
    assert (larger.members, larger.lives) == (6000, 300)
    assert look is not None and (look.written, look.members) == (200, 6000)
    assert looked_at(pool, None, lives=150)[0].lives == looked_at(pool, 200, lives=150)[0].lives == 150
    for members, lives in ((100, 150), (None, 300), (200, 201)):
        with pytest.raises(BadInput, match=r"lives: .* are more than the .* founding members; give that many at most"):
            looked_at(pool, members, lives=lives)


@pytest.mark.parametrize("command", ["simulate", "compare"])
def test_members_and_lives_on_the_command_line(make, tmp_path, monkeypatch, command) -> None:
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "mine.yaml"
    file.write_text(busy(make).with_changes({"members": 200}).to_yaml(), encoding="utf-8")
    asked = [command, str(file), "--days", "3", *(["--replicates", "1"] if command == "compare" else [])]
    done = CliRunner().invoke(app, [*asked, "--members", "6000", "--lives", "300"])
    assert done.exit_code == 0, done.output
    assert "From 300 lives, for a pool of 6,000 founding members" in done.output
    done = CliRunner().invoke(app, [*asked, "--members", "100", "--lives", "150"])
    assert str(done.exception).startswith("lives: 150 lives are more than the 100 founding members")


EXPORT = "customer,date,amount\n" + "".join(f"c{n},2024-0{1 + n % 3}-05,30\nc{n},2024-06-01,20\n" for n in range(40))


def test_more_lives_than_an_export_has_customers_are_refused(make, tmp_path) -> None:
    (tmp_path / "orders.csv").write_text(EXPORT, encoding="utf-8")
    text = make(members=40, days=30).with_changes({"founding": "from_export", "orders": "cdnow"}).to_yaml()
    text = text.replace("members: 40", "members: 0").replace("orders: cdnow", "orders: orders.csv")
    file = tmp_path / "mine.yaml"
    file.write_text(f"{text}lives: 40\n", encoding="utf-8")
    assert load(file).share == 1.0
    file.write_text(f"{text}lives: 41\n", encoding="utf-8")
    line = text.count("\n") + 1
    with pytest.raises(BadInput) as refused:
        load(file)
    told = "lives: 41 lives are more than the 40 customers of the export; give that many at most, or leave lives out"
    assert str(refused.value) == f"{file}:{line}:1: {told}"
    assert "多于导出里的 40 位客户" in say(refused.value, "zh")
    file.write_text(text, encoding="utf-8")
    with pytest.raises(BadInput, match=r"^lives: 41 lives are more than the 40 customers"):
        looked_at(load(file), None, lives=41)
    larger = load(file).with_changes({"members": 400, "lives": 300})  # each customer then stands for ten
    assert larger.share == 0.75


def test_too_few_of_an_export_and_of_a_pool_that_begins_empty(make, tmp_path) -> None:
    (tmp_path / "orders.csv").write_text(EXPORT, encoding="utf-8")
    whole = make(members=40, days=100, policy={"acquisition": [{"channel": "card", "per_day": 1}]})
    some = whole.with_changes(
        {"founding": "from_export", "orders": str(tmp_path / "orders.csv"), "members": 0, "lives": 4}
    )
    assert [note for note in notes(some) if "too few" in note] == [
        "policy.acquisition.0: through card 10 of 4 lives join in 100 days, too few to tell much of joiners; give at least "
        "8 lives"
    ]
    empty = whole.with_changes({"members": 0, "policy.acquisition.0.per_day": 0.19})
    assert [note for note in notes(empty) if "too few" in note] == [
        "policy.acquisition: 19 join a pool without founding members in 100 days, too few to tell much; raise how many "
        "join, or days"
    ]
    assert [note for note in notes(empty.with_changes({"days": 200})) if "too few" in note] == []


def test_where_all_members_are_too_few_no_number_of_lives_is_asked_for(make) -> None:
    """Fractions of people and of uses are nobody's; and what the pool has too little of, more lives do not mend."""
    little = {"coupons": [{**COUPON, "budget": 6}], "acquisition": [{"channel": "card", "per_day": 0.001}]}
    pool = busy(make, **little).with_changes({"lives": 300})
    uses, joiners = (note for note in notes(pool) if "leave lives out" in note)
    assert uses == (
        "policy.coupons.0.budget: 6 pays for less than one use in the whole pool, too few for 300 lives to stand for; "
        "leave lives out"
    )
    assert joiners == (
        "policy.acquisition.0: through card fewer than one joins the whole pool in 60 days, too few for 300 lives to stand "
        "for; leave lives out"
    )
    assert any("新加入者：不到 1 名" in note for note in notes(pool, "zh"))
    assert not any("0.0" in note for note in notes(pool) if "lives" in note)


def test_check_says_that_lives_may_overspend_a_budget(make) -> None:
    """By one use of one of them, since their part of it is rounded by chance."""
    pool = busy(make, coupons=[{**COUPON, "budget": 500}])
    said = "in all, by chance one use of one life more"
    assert not any(said in line for line in explained(pool))
    some = pool.with_changes({"lives": 300})
    assert sum(said in line for line in explained(some)) == 1
    assert any("可能超出一名模拟会员的一次使用" in line for line in explained(some, "zh"))
    planner, most = coupons.Planner(some), 0
    for seed in range(40):
        planner = coupons.Planner(some)
        before = int(planner.remaining[0])
        planner.round_by_chance(np.uint64(seed))
        most = max(most, int(planner.remaining[0]) - before)
    assert 0 < most <= planner.unit[0]
