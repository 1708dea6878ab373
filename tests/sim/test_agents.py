"""The agents engine: members as Mesa agents, whose stages can be replaced one by one."""

import mesa
import numpy as np
import pytest

from models.errors import BadInput
from sim.agents import Member
from sim.catalogue import NEVER
from sim.draws import named_kind, uniform
from sim.living import live_stage
from sim.pool import PoolModel
from sim.run import DAILY

POLICY = {
    "push": {"per_week": 14, "cap_per_day": 2},
    "coupons": [{"kind": "percent", "off": 0.15, "every_days": 20, "valid_days": 10, "budget": 100}],
    "acquisition": [{"channel": "advert", "per_day": 1.5}],
    "segments": {"high_value": {"push": {"per_week": 2}}},
}


class Patient(Member):
    """The example in the docstring of sim/agents.py."""

    def decide_to_leave(self, day: int) -> None:
        if self.fatigue < 2 * self.tolerance:
            return
        super().decide_to_leave(day)


class Same(Member):
    """Replaces one stage by the same compiled call."""

    def decide_to_leave(self, day: int) -> None:
        self.model.live(live_stage["decide_to_leave"], self.one, self.block)


class AllSame(Member):
    """Replaces every stage by itself."""

    def age(self, day: int) -> None:
        super().age(day)

    def receive(self, day: int) -> None:
        super().receive(day)

    def buy(self, day: int) -> None:
        super().buy(day)

    def count(self, day: int) -> None:
        super().count(day)


class ByHand(Member):
    """Replaces the night without calling the pool's own: the other stages need nothing of it."""

    def age(self, day: int) -> None:
        response = self.model.world["response"]
        for field in ("trust", "interest", "fatigue", "pull"):
            self.record[field] = self.record[field] * response[f"{field}_decay"]


@pytest.fixture(scope="module")
def scenario(make):
    return make(members=250, days=100, policy=POLICY, response={"leave_base": 0.004})  # some leave for no reason


@pytest.fixture(scope="module")
def reference(scenario, live):
    return live(scenario, seed=5)


def test_the_example_of_the_docstring(scenario, live, reference) -> None:
    patient = live(scenario, seed=5, engine="agents", member_class=Patient)
    assert patient.run.totals["departed"] < 0.8 * reference.run.totals["departed"]
    early = patient.members[(patient.members["left"] != NEVER)]
    assert len(early)  # some still leave, when tired enough
    assert patient.run.totals["orders"] != reference.run.totals["orders"]


@pytest.mark.parametrize("member_class", [Member, Same, AllSame, ByHand])
def test_an_equal_stage_gives_equal_bits(scenario, live, reference, member_class) -> None:
    kept = live(scenario, seed=5, engine="agents", member_class=member_class)
    assert (kept.members == reference.members).all()
    assert np.array_equal(kept.orders, reference.orders)
    assert kept.run.daily.equals(reference.run.daily)


def test_a_stage_that_does_nothing(scenario, live) -> None:
    class Deaf(Member):
        def receive(self, day: int) -> None:
            """Never looks."""

    kept = live(scenario, seed=5, engine="agents", member_class=Deaf)
    assert kept.run.totals["delivered"] == 0 and kept.run.totals["issued"] == 0
    assert kept.run.totals["orders"] > 0


def test_one_member_can_differ(scenario, live, reference) -> None:
    """What one agent does otherwise leaves the others as they were (no budget is short at this size)."""
    chosen = int(reference.members["key"][7])

    class Generous(Member):
        def buy(self, day: int) -> None:
            if self.key == chosen:
                self.record["pull"] = 0.9
            super().buy(day)

    policy = {k: v for k, v in POLICY.items() if k in ("push", "acquisition")}
    free = scenario.with_changes({"policy": policy})
    one, two = live(free, seed=5), live(free, seed=5, engine="agents", member_class=Generous)
    differs = one.members != two.members
    assert one.members["key"][differs].tolist() == [chosen]


def test_a_pool_that_nobody_has_joined_yet(make, live) -> None:
    waiting = make(members=0, days=21, policy={"acquisition": [{"channel": "advert", "per_day": 0.1}]})
    agents, columns = live(waiting, engine="agents"), live(waiting)
    assert len(agents.members) == 2 and (agents.members == columns.members).all()


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ({"engine": "Compiled"}, "engine: must be"),
        ({"threads": 0}, "threads: must"),
        ({"member_class": Patient}, "engine='agents' only"),
        ({"member_class": int, "engine": "agents"}, "must be a subclass"),
        ({"seed": 1.5}, "seed: must be"),
    ],
)
def test_what_a_pool_cannot_be_run_with(scenario, how, said) -> None:
    with pytest.raises(BadInput, match=said):
        PoolModel(scenario, **how)


def test_seeds_and_threads_may_be_numpys(make) -> None:
    one, same = (
        PoolModel(make(members=5, days=3), seed=s, threads=t).run() for s, t in ((3, 1), (np.int64(3), np.int64(1)))
    )
    assert one.seed == same.seed and one.daily.equals(same.daily)


def test_a_stage_that_is_replaced_after_the_class_was_defined(scenario, live) -> None:
    class Later(Member):
        """As a notebook's next cell does it."""

    assert live(scenario, seed=5, engine="agents", member_class=Later).run.totals["issued"] > 0
    Later.receive = lambda self, day: None
    assert live(scenario, seed=5, engine="agents", member_class=Later).run.totals["issued"] == 0


def test_a_field_is_written_through_the_record(scenario) -> None:
    agent = next(iter(PoolModel(scenario, seed=5, engine="agents").agents_by_type[Member]))
    with pytest.raises(AttributeError, match=r'write member.record\["trust"\]'):
        agent.trust = 0.5
    assert 0 < uniform(agent.key, named_kind("mood"), 3) < 1  # as draws take it


def test_a_run_that_is_over_and_a_pool_in_a_notebook(make) -> None:
    model = PoolModel(make(members=20, days=2))
    model.run()
    assert "PoolModel(test: day 2 of 2" in model._repr_html_() and "<th>pool</th>" in model._repr_html_()
    with pytest.raises(BadInput, match="the run is over"):
        model.step()


def test_agents_are_mesa_agents_that_hold_their_record(scenario) -> None:
    model = PoolModel(scenario, seed=5, engine="agents")
    agents = model.agents_by_type[Member]
    assert len(agents) == 250
    assert isinstance(model, mesa.Model) and all(isinstance(agent, mesa.Agent) for agent in agents)
    agent = next(iter(agents))
    assert agent.trust == 0.0 and isinstance(agent.joined, int) and agent.in_pool
    agent.record["trust"] = 0.25
    assert model.member_blocks()[0]["trust"][0] == np.float32(0.25)
    with pytest.raises(AttributeError, match="Member has no courage"):
        _ = agent.courage
    for _ in range(14):
        model.step()
    now = model.agents_by_type[Member]
    assert len(now) == 250 + 21
    assert now.agg("clicks", sum) == sum(block["clicks"].sum() for block in model.member_blocks()) > 0
    assert now.select(lambda member: not member.in_pool).agg("left", len) == model.today["stages"][6]


@pytest.mark.parametrize("engine", ["compiled", "agents"])
def test_the_data_collector_has_the_daily_series(scenario, engine) -> None:
    model = PoolModel(scenario, seed=5, engine=engine)
    model.step()
    model.step()
    frame = model.datacollector.get_model_vars_dataframe()
    assert list(frame.columns) == list(DAILY) and len(frame) == 2
    assert frame["day"].tolist() == [0, 1]
    run = model.run()
    assert len(run.daily) == 100
    daily = run.daily
    for name in (
        "joined",
        "departed",
        "delivered",
        "reads",
        "clicks",
        "orders",
        "sales",
        "discounts",
        "issued",
        "message_cost",
    ):
        assert daily[name].sum() == pytest.approx(float(run.totals[name])), name
    stages = daily[["new", "engaged", "customer", "repeat", "loyal", "silent"]].sum(axis=1)
    assert (stages == daily["pool"]).all()
    assert (daily["pool"] == 250 + daily["joined"].cumsum() - daily["departed"].cumsum()).all()
