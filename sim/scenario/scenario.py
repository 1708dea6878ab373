"""A scenario: the market, the members, the policy and the questions of one simulated strategy, frozen."""

import hashlib
import json
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from models.errors import BadInput
from sim.catalogue import Segment
from sim.notebook import html_table
from sim.policies import events
from sim.policies.acquisition import opened
from sim.policies.in_force import InForce, review_of
from sim.policies.phases import Phase, whole
from sim.policies.policy import Policy
from sim.reading.files import with_files
from sim.reading.part import Day, Misfit, Name, Part, plain_values, zero_unsigned
from sim.reading.positions import from_plain
from sim.reading.refusals import validated
from sim.reading.told import Told, told_in
from sim.scenario.changing import put
from sim.scenario.costs import Costs
from sim.scenario.differing import Difference, differences, flat
from sim.scenario.expects import Expects
from sim.scenario.export import exported
from sim.scenario.former_keys import make_way
from sim.scenario.market import Market
from sim.scenario.phasing import check_calendar, check_phases
from sim.scenario.response import Response
from sim.scenario.response_file import ResponseSource, load_response, with_response_laid_out
from sim.scenario.response_named import NAMING
from sim.scenario.targets import Targets

MOST_PEOPLE = 50_000_000  # simulated founders and joiners together: some 12 GB of records
_START = date(2025, 1, 1)  # a year's orders then lie in the past, as those of an export do


class Scenario(Part):
    """One strategy on one market, as a planner writes it; `load` reads it from a file."""

    name: Name = Field(description="what tables and plots call the strategy; left out in a file: the file's name")
    believes: Told = Field(
        default="",
        description="the strategy's idea, in one sentence; or {en: ..., zh: ...}, the same in both languages",
    )
    expects: Expects = Field(
        default_factory=dict,
        description="what the belief would have to show: measures and whose they should be higher or lower than, like "
        "orders_per_year: '> balanced'",
    )
    market: Market = Field(description="the path of a market file, or the market itself")
    members: int = Field(
        default=0,
        ge=0,
        le=100_000_000,
        description="founding members; 0 with from_export takes every customer of the export",
    )
    lives: int | None = Field(
        default=None,
        ge=1,
        description="how many of the founding members are simulated for all of them, so that a large pool is answered soon; "
        "joiners, budgets and tools go with them, totals are the pool's, and by chance a budget is overspent by one use of "
        "one of them; left out: all of them",
    )
    founding: Literal["fresh", "from_export"] = Field(
        default="fresh",
        description="fresh: all bought once on the first day; from_export: the customers of `orders`",
    )
    orders: str | None = Field(default=None, description="path of an orders export, or cdnow; with from_export only")
    orders_until: Day | None = Field(
        default=None, description="last day of the export that is used; left out: its last day"
    )
    days: int = Field(default=365, ge=1, le=3650, description="days to simulate")
    start: Day = Field(default=_START, description="the first day, which sets where the season stands")
    replicates: int = Field(
        default=20, ge=1, le=1000, description="how often the scenario is run, each with its own draws"
    )
    seed: int = Field(
        default=1,
        ge=0,
        le=2**63 - 1,
        description="every draw follows from it; scenarios of one seed share their draws",
    )
    repurchase_window: int = Field(
        default=90, ge=1, le=3650, description="days within which a second order counts as a repurchase"
    )
    policy: Policy = Field(default_factory=Policy, description="everything the brand decides")
    phases: Annotated[tuple[Phase, ...], Field(strict=False)] = Field(
        default=(), description="how the policy changes later on, in order of time; left out: it stays as it is"
    )
    costs: Costs = Field(default_factory=Costs, description="what operations cost")
    targets: Targets = Field(
        default_factory=dict, description="measures and what they must reach, like ltv_cac: '>= 3'"
    )
    response: Response = Field(
        default_factory=Response,
        description="how members respond: the path of a response file, or what differs from the default; with `file:` what "
        "differs from that file",
    )

    @model_validator(mode="after")
    def _phases_that_can_be(self) -> "Scenario":
        check_phases(self)
        check_calendar(self)
        return self

    @model_validator(mode="after")
    def _consistent(self) -> "Scenario":
        if self.founding == "from_export" and self.orders is None:
            raise Misfit("from_export needs orders, the path of an export (or cdnow)", "founding")
        if self.founding == "fresh" and self.orders is not None:
            raise Misfit("is used with founding: from_export only; write that, or leave orders out", "orders")
        if self.orders is None and self.orders_until is not None:
            raise Misfit("goes with orders only; leave it out", "orders_until")
        if self.founding == "fresh" and self.members == 0 and not opened(self):
            raise Misfit(
                "nobody is ever in the pool; give members above 0 or a channel in policy.acquisition",
                "members",
            )
        return self

    @model_validator(mode="after")
    def _shop_has_an_age(self) -> "Scenario":
        changed = ((("phases", n, "policy"), phase.policy.get("acquisition")) for n, phase in enumerate(self.phases))
        for at, channels in ((("policy",), self.policy.acquisition), *changed):
            for ordinal, channel in enumerate(channels or ()):
                if channel.meets != "everyone" and self.market.shop_age is None:
                    raise Misfit(
                        "chooses among the customers of a shop that has sold for some time; write shop_age, its days so "
                        "far, into the market {market}",
                        *(*at, "acquisition", ordinal, "meets"),
                        market=self.market.name,
                    )
        return self

    @model_validator(mode="after")
    def _fewer_lives_than_members(self) -> "Scenario":
        if self.lives is None:
            return self
        if self.members == 0 and self.founding == "fresh":
            raise Misfit(
                "are some of the founding members, and there are none; give members, or leave lives out", "lives"
            )
        if 0 < self.members < self.lives:
            raise Misfit(
                "{lives:,} lives are more than the {members:,} founding members; give that many at most, or leave lives out",
                "lives",
                lives=self.lives,
                members=self.members,
            )
        customers = self.members or self._customers()
        if customers is not None and customers < self.lives:
            raise Misfit(
                "{lives:,} lives are more than the {customers:,} customers of the export; give that many at most, or leave "
                "lives out",
                "lives",
                lives=self.lives,
                customers=customers,
            )
        return self

    def _customers(self) -> int | None:
        """How many customers the export has; None where it cannot be read, which a run refuses in its own words."""
        try:
            return self.pool_members
        except BadInput:
            return None

    @model_validator(mode="after")
    def _of_a_size(self) -> "Scenario":
        joining = self.people - self.simulated
        if self.people > MOST_PEOPLE:
            raise Misfit(
                "{members:,} members and {joining:,.0f} joiners over {days} days are more than the {most:,} people "
                "that memory is kept for; give lives (some of the members that are simulated for all), or lower per_day, "
                "days or members"
                if self.lives is None
                else "{members:,} lives and {joining:,.0f} joiners over {days} days are more than the {most:,} people that "
                "memory is kept for; lower lives, per_day or days",
                *("policy", "acquisition")
                if joining > self.simulated
                else ("members" if self.lives is None else "lives",),
                members=self.simulated,
                joining=joining,
                days=self.days,
                most=MOST_PEOPLE,
            )
        if (date.max - self.start).days < self.days:
            raise Misfit(
                "{days} days from {start} on lead beyond the year 9999; start earlier",
                "start",
                days=self.days,
                start=self.start,
            )
        return self

    @property
    def pool_members(self) -> int:
        """Founding members of the pool; of an export taken whole its customers, so that it is read. Raises BadInput."""
        if self.members or self.founding == "fresh":
            return self.members
        assert self.orders is not None  # a scenario from_export names its orders
        return len(exported(self.orders, self.orders_until))

    @property
    def share(self) -> float:
        """The part of the pool that is simulated: `lives` over its founding members; 1.0 without lives. Raises BadInput.

        Whatever the pool has as a whole (joiners a day, budgets, tools, staff) is had by the simulated members times this.
        """
        return 1.0 if self.lives is None else min(1.0, self.lives / self.pool_members)

    @property
    def simulated(self) -> int:
        """Founding members that are simulated; 0 for all of an export, however many these are."""
        return self.members if self.lives is None else self.lives

    @property
    def people(self) -> float:
        """Founders (where the scenario says how many) and joiners over the whole run who are simulated."""
        part = 1.0 if self.lives is None or not self.members else self.lives / self.members
        return self.simulated + part * sum(float(way.expected(self.days)[-1]) for way in opened(self))

    @property
    def digest(self) -> str:
        """16 hex digits, equal for equal content on any machine; of an orders file the name counts."""
        content = self.model_dump(mode="json", by_alias=True)
        content["orders"] = self.orders and Path(self.orders).name
        content = zero_unsigned(content)
        return hashlib.sha256(json.dumps(content, ensure_ascii=False).encode()).hexdigest()[:16]

    def __hash__(self) -> int:
        return hash(self.digest)

    def __repr__(self) -> str:
        founders = f"{self.members:,}" if self.members or self.founding == "fresh" else "the export's"
        lives = "" if self.lives is None else f" ({self.lives:,} lives)"
        return (
            f"Scenario({self.name}: {founders} members{lives} for {self.days:,} days on market {self.market.name}, "
            f"response {self.response_name}, {self.replicates:,} replicates, seed {self.seed})"
        )

    __str__ = __repr__

    def _repr_html_(self) -> str:
        """The table of what is set, in a notebook: what is as by default is left out."""
        market = f"{self.market.name} ({self.market.currency}, margin {self.market.margin:.4g})"
        named = {"name": self.name, "market": market, "members": self.members, "days": self.days, "seed": self.seed}
        others = {key: value for key, value in self.changed_values().items() if key not in named}
        if self.believes:
            others["believes"] = told_in(self.believes, "en")
        others["response"] = {"name": self.response_name, **_told(others["response"])}
        return html_table(repr(self), ("key", "value"), [(key, str(value)) for key, value in flat(named | others)])

    def differences(self, other: "Scenario") -> list[Difference]:
        """What was changed, defaults filled in: (dotted key, mine, theirs); None where a key is absent.

        Name, belief and what it expects are left out: they set nothing.
        """
        mine, theirs = self.plain(), other.plain()
        for told in ("name", "believes", "expects"):
            mine.pop(told), theirs.pop(told)
        for values, whose in ((mine, self), (theirs, other)):
            values["response"] = _told(values["response"]) | {"name": whose.response_name}
        changed = differences(mine, theirs)
        return changed + _order_of_segments(list(self.policy.segments), list(other.policy.segments))

    def changed_values(self) -> dict[str, Any]:
        """The scenario as JSON without values that equal the defaults; lists keep their length."""
        changed = self.model_dump(mode="json", by_alias=True, exclude_none=True, exclude_defaults=True)
        # a persona's default in a response is its own and not its class's, which exclude_defaults compares with
        changed["response"] = {}
        for dotted, mine, _ in differences(self.response.model_dump(), Response().model_dump()):
            here = changed["response"]
            *way, last = dotted.split(".")
            for step in way:
                here = here.setdefault(step, {})
            here[last] = mine
        return changed

    def with_changes(self, changes: Mapping[str, Any]) -> "Scenario":
        """A checked copy with other values at dotted keys, such as `policy.push.per_week` or `members`.

        An item of a list is named by its number from 0, a channel also by its name. Raises BadInput.
        """
        values = self.plain()
        if not self.response.named_digest and any(dotted.startswith("response") for dotted in changes):
            # so that what is changed below is told, also of a response written in Python
            values["response"]["named_digest"] = self.response.digest
        for dotted in changes:
            make_way(values, dotted)
        for dotted, value in changes.items():
            put(values, dotted, value)
        return validated(type(self), with_response_laid_out(with_files(from_plain(values), Path())))

    def with_response(self, response: ResponseSource) -> "Scenario":
        """A checked copy under another response: the path of a response file, or a `Response`. Raises BadInput."""
        taken = plain_values(load_response(response).model_dump(exclude_none=True))
        return validated(type(self), from_plain(self.plain() | {"response": taken}))

    @property
    def response_name(self) -> str:
        """What tables call its response: `evidence` (the default), the name of a file, or either with `, changed`."""
        return self.response.label

    def no_operations(self) -> "Scenario":
        """The same people joining, and the brand doing nothing: no push, no coupons, no segments, no tools."""
        kept = {"acquisition": self.policy.acquisition, "tag_accuracy": self.policy.tag_accuracy}
        phases = tuple(phase.only(kept) for phase in self.phases)
        changed = {"policy": Policy(**kept), "phases": phases, "costs": Costs()}  # type: ignore[arg-type]
        return self.model_copy(update=changed)

    def under(self, change: Callable[[Policy], Policy]) -> "Scenario":
        """The scenario with its policy, and what each phase makes of it, changed alike: a part of it switched off in all."""
        policy, phases = self.policy, []
        for phase in self.phases:
            policy = phase.policy.applied_to(policy)
            phases.append(phase.model_copy(update={"policy": whole(change(policy))}))
        return self.model_copy(update={"policy": change(self.policy), "phases": tuple(phases)})

    def going_on(self) -> "Scenario":
        """What goes on after the last day: no phase begins any more, and there are no events."""
        begun = self.model_copy(update={"phases": tuple(n for n in self.phases if review_of(n.from_day) < self.days)})
        return begun.under(events.off) if any(policy.events for policy in InForce(self).policies) else begun


def _told(response: dict[str, Any]) -> dict[str, Any]:
    """A response's values without its names and its covariance, which is no text for a table."""
    return {key: value for key, value in response.items() if key not in (*NAMING, "covariance")}


def _order_of_segments(mine: list[Segment], theirs: list[Segment]) -> list[Difference]:
    """The first segment that fits a member counts, so their order is a decision too."""
    both = set(mine) & set(theirs)
    order = [name for name in mine if name in both]
    other = [name for name in theirs if name in both]
    return [] if order == other else [("policy.segments", order, other)]
