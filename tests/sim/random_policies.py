"""Random scenarios out of everything that a policy can say, with random responses within their ranges (Hypothesis)."""

from collections.abc import Iterator
from typing import Any

from hypothesis import strategies as st
from pydantic import BaseModel

from sim.catalogue import ACCOUNT_PERSONAS, AUDIENCES, BLOCK, CONTENT_TYPES, PERSONAS, PUSH_CHANNELS, SEGMENTS
from sim.policies.routines import ROUTINES
from sim.scenario import Response
from sim.scenario.self_ignition import MOST_FED, MOST_FRIENDS, friends_brought, trust_fed

MOST_ROWS = 3  # of one routine
LEAST_WEIGHT = 0.05  # a message that does not tire leaves no trace by which the tests tell that it arrived
share, hours = st.floats(0, 1), st.integers(0, 23)


def money(lowest: float, highest: float) -> st.SearchStrategy[float]:
    """Amounts that can be paid: whole cents."""
    return st.integers(round(100 * lowest), round(100 * highest)).map(lambda cents: cents / 100)


executed = st.sampled_from([0.0, 0.5, 0.9, 1.0])
channels, contents, audiences = (
    st.sampled_from(PUSH_CHANNELS),
    st.sampled_from(CONTENT_TYPES),
    st.sampled_from(AUDIENCES),
)


def mix(*of: str) -> st.SearchStrategy[dict[str, float]]:
    """Shares of 1, one for each name."""
    weights = st.lists(st.integers(0, 3), min_size=len(of), max_size=len(of)).filter(any)
    return weights.map(lambda w: {name: n / sum(w) for name, n in zip(of, w, strict=True)})


def some(required: dict[str, Any], **optional: Any) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(required, optional=optional)


# --- what is given ---------------------------------------------------------------------------------------------------

budget = st.sampled_from([1.0, 10.0, 60.0])
percent = some({"kind": st.just("percent"), "off": st.floats(0.01, 1)}, min_spend=money(0, 60), budget=budget)
threshold = some({"kind": st.just("threshold"), "off": money(0.01, 30), "min_spend": money(31, 90)}, budget=budget)
novelty = some(
    {
        "kind": st.sampled_from(["trial", "gift", "vote", "early_access"]),
        "worth": st.floats(0, 5),
        "unit_cost": money(0, 3),
        "valid_days": st.integers(1, 30),
    },
    min_spend=money(0, 60),
    budget=budget,
)
money_off = st.tuples(percent | threshold, st.integers(1, 30)).map(lambda pair: pair[0] | {"valid_days": pair[1]})
coupon = st.tuples(money_off, st.integers(1, 20), audiences, st.integers(0, 10)).map(
    lambda given: given[0] | {"every_days": given[1], "to": given[2], "start_day": given[3]}
)

# --- what is sent ----------------------------------------------------------------------------------------------------

NAMES = ("one", "two", "three")


@st.composite
def carried(draw: Any, benefits: list[str], message: st.SearchStrategy[dict[str, Any]]) -> dict[str, Any]:
    """A message that brings a benefit, or none."""
    drawn: dict[str, Any] = draw(message)
    name = draw(st.sampled_from([None, *benefits]))
    return drawn if name is None else drawn | {"benefit": name}


per_week = st.sampled_from([0.0, 0.5, 1.0, 3.5, 7.0, 20.0, 280.0])
line = some(
    {"per_week": per_week},
    hour=hours | st.lists(hours, min_size=1, max_size=3),
    channel=channels,
    content=contents | mix(*CONTENT_TYPES),
    aim=st.booleans(),
    executed=executed,
)
push = some(
    {"per_week": per_week},
    hour=hours | st.lists(hours, min_size=1, max_size=3),
    cap_per_day=st.sampled_from([1, 2, 5, 40]),
    channel=channels,
    aim=st.booleans(),
    executed=executed,
)
ANCHOR_OF = {
    "welcome": "joined",
    "follow_up": "ordered",
    "wake_up": "silent",
    "birthday": "birthday",
    "care": "complained",
}
DELAYS = {"joined": (0, 20), "ordered": (1, 20), "silent": (1, 25), "birthday": (-30, 30), "complained": (1, 20)}
DELAYS |= {"asked": (1, 20)}


@st.composite
def touch(draw: Any, routine: str, benefits: list[str]) -> dict[str, Any]:
    """A row of a routine, whatever it counts from."""
    anchor = ANCHOR_OF.get(routine) or draw(st.sampled_from(list(DELAYS)))
    lowest, highest = (0, 2) if routine == "welcome" else DELAYS[anchor]
    row = some(
        {"delay": st.integers(lowest, highest), "content": contents},
        to=audiences,
        from_order=st.integers(0, 4),
        channel=channels,
        hour=hours,
        aim=st.booleans(),
        cost=money(0, 2),
        survey=st.booleans(),
        consent=st.booleans(),
        executed=executed,
    )
    drawn: dict[str, Any] = draw(carried(benefits, row))
    if anchor != "birthday" and draw(st.booleans()):
        again = {"every": draw(st.integers(1, 15)), "times": draw(st.integers(1, 5))}
        if routine != "welcome" or drawn["delay"] + again["every"] * (again["times"] - 1) <= 2:
            drawn |= again
    if anchor == "ordered" and routine in ("follow_up", "touches"):
        drawn["at_own_rhythm"] = draw(st.booleans())
    return drawn if routine in ANCHOR_OF else drawn | {"anchor": anchor}


tier_item = some(
    {
        "kind": st.sampled_from(["early_access", "vote", "tasting", "member_day", "gift"]),
        "worth": st.floats(0, 1.5),
        "every_days": st.integers(1, 20),
        "unit_cost": money(0, 2),
    },
    start_day=st.integers(0, 20),
)
tier = some({"spend": money(1, 150)}, discount=st.floats(0, 0.9), points=share, items=st.lists(tier_item, max_size=2))
membership = some(
    {},
    points=share,
    redeemed=share,
    stacking=st.sampled_from(["best", "sum"]),
    tiers=st.lists(tier, max_size=4, unique_by=lambda t: t["spend"]).map(
        lambda ts: sorted(ts, key=lambda t: t["spend"])
    ),
)
volume = (
    some({"per_day": st.floats(0, 1)})
    | some({"reached_per_day": st.floats(0, 9), "conversion": st.floats(0.01, 0.1)}, cost_per_reached=money(0, 2))
    | some({"budget_per_day": money(0, 5), "cac": money(5, 20)})
    | some({"budget_per_month": money(0, 150), "cost_per_reached": money(0.5, 2), "conversion": st.floats(0.01, 0.1)})
)
way = some(
    {},
    cac=money(0, 20),
    cac_growth=st.floats(-0.9, 2),
    buyers=share,
    organic=share,
    personas=mix(*PERSONAS),
    fit=st.floats(0, 2),
    first_order=some({"mean_days": st.floats(1, 90), "shape": st.floats(0.2, 3)}),
)
choice = some({"meets": st.sampled_from(["everyone", "counter", "repeat_parcel"]), "buyers": st.floats(0.1, 1)})
channel = st.tuples(way, choice | some({}), volume).map(lambda parts: parts[0] | parts[1] | parts[2])


@st.composite
def community(draw: Any, benefits: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Groups with whatever programme the benefits allow."""
    new = [name for name, benefit in benefits.items() if "worth" in benefit]
    of_a_day = [name for name, benefit in benefits.items() if "worth" not in benefit and benefit["valid_days"] == 1]
    brings = {"live": [None, *benefits], "ugc": [None], "check_in": [None]}
    brings |= dict.fromkeys(("game", "meet_up"), new) | {"flash_sale": of_a_day}
    programme = []
    for kind in draw(st.lists(st.sampled_from([kind for kind, names in brings.items() if names]), max_size=MOST_ROWS)):
        item = draw(
            some({"kind": st.just(kind)}, per_week=per_week, hour=hours, cost=money(0, 20), cost_per_group=money(0, 5))
        )
        name = draw(st.sampled_from(brings[kind]))
        programme.append(item if name is None else item | {"benefit": name})
    while sum(item.get("per_week", 1) for item in programme if item["kind"] == "check_in") > 7:
        programme.remove(next(item for item in programme if item["kind"] == "check_in"))
    groups = some({}, adviser=st.booleans(), moderated=st.booleans(), manager_per_month=money(0, 90))
    return draw(groups) | {"programme": programme}  # type: ignore[no-any-return]


service = some(
    {"staff": st.sampled_from([0.0, 0.05, 1.0])},
    bot=share,
    bot_skill=share,
    bot_per_month=money(0, 50),
    answers_per_week=st.floats(1, 50),
    staff_per_month=money(0, 90),
    reply_hours=st.floats(0.1, 168),
)
hours_until = st.sampled_from([0.0, 0.5, 3.0, 30.0, 200.0])
crisis = some(
    {"day": st.integers(0, 30), "hit": share},
    person=hours_until,
    bot_first=st.booleans(),
    offer=hours_until,
    notice=hours_until,
    closed=hours_until,
    offer_cost=money(0, 2),
)


@st.composite
def event(draw: Any, benefits: list[str]) -> dict[str, Any]:
    """Something on some days, a launch among them."""
    first, days = draw(st.integers(0, 30)), draw(st.integers(0, 15))
    when = draw(st.sampled_from(["days", "dates", "member_day"]))
    said: dict[str, Any] = {"on": "member_day", "day_of_month": draw(st.integers(1, 28)), "days_after": days % 3}
    if when == "days":
        said = {"from_day": first, "until_day": first + days}
    if when == "dates":
        said = {"from_date": f"2025-01-{1 + first:02}", "until_date": f"2025-02-{1 + days:02}"}
    own = {"lines": st.lists(carried(benefits, line), max_size=2), "coupons": st.lists(coupon, max_size=1)}
    said |= draw(some({}, **own, cost=money(0, 20)))
    if benefits and draw(st.booleans()):
        ahead = draw(line) | {"benefit": draw(st.sampled_from(benefits))}
        said["pre_sale"] = {"days": 1 + days, "lines": [ahead], "public_per_day": draw(st.floats(0, 3))}
    return said


@st.composite
def bringing(draw: Any, channels: list[str]) -> dict[str, Any]:
    """How members bring friends, and whom they reach in public where there is a channel for them."""
    given: dict[str, Any] = draw(
        some(
            {"market": st.sampled_from([10.0, 100.0, 1e6])},
            reward=money(0, 5),
            friend_reward=money(0, 5),
            first_order=some({"mean_days": st.floats(1, 90), "shape": st.floats(0.2, 3)}),
        )
    )
    shares = draw(st.sampled_from([0.0, 0.5, 2.0, 5.0])) if channels else 0.0
    return given | ({"outward": draw(st.sampled_from(channels)), "per_share": shares} if shares else {})


@st.composite
def guarding(draw: Any, benefits: list[str]) -> dict[str, Any]:
    """A guard that does something soon: within a few weeks, and with little to go by, clicks are what it knows of."""
    asked = draw(touch("touches", benefits))
    acts: list[dict[str, Any]] = [
        {"act": "drop_promotions"},
        {"act": "change_mix", "content": draw(mix(*CONTENT_TYPES))},
    ]
    acts.append({"act": "survey", "touch": asked})
    watch = some({"click_rate": st.sampled_from([0.01, 0.1, 0.99])}, complaints=st.sampled_from([None, 0.01]))
    chosen = draw(st.lists(st.sampled_from(range(len(acts))), unique=True))
    return {"watch": draw(watch), "acts": [acts[n] for n in chosen]}


@st.composite
def policies(draw: Any) -> dict[str, Any]:
    """Whatever a policy can say."""
    kinds = draw(st.lists(money_off | novelty, max_size=len(NAMES)))
    benefits = dict(zip(NAMES, kinds, strict=False))
    named = list(benefits)
    lines = st.lists(carried(named, line), max_size=MOST_ROWS)
    change = some(
        {}, push=carried(named, push), content=mix(*CONTENT_TYPES), lines=lines, coupons=st.lists(coupon, max_size=1)
    )
    trying = some(
        {},
        by=st.sampled_from(["member", "community"]),
        share=share,
        from_day=st.integers(0, 20),
        until_day=st.integers(28, 60),
    )
    tried = draw(st.lists(st.tuples(trying, change).map(lambda pair: pair[0] | pair[1]), max_size=2))
    joining = draw(st.lists(channel, max_size=2))
    channels_named = [{"channel": f"way_{n}"} | way for n, way in enumerate(joining)]
    policy = {
        "acquisition": channels_named,
        **({"referral": draw(bringing([way["channel"] for way in channels_named]))} if draw(st.booleans()) else {}),
        "benefits": benefits,
        "lines": draw(lines),
        "push": draw(carried(named, push)),
        "experiments": [test | {"name": f"test_{n}"} for n, test in enumerate(tried)],
        **{name: draw(st.lists(touch(name, named), max_size=2)) for name in ROUTINES},
    }
    if draw(st.booleans()):
        policy["guard"] = draw(guarding(named))
    if draw(st.booleans()):
        policy["community"] = draw(community(benefits))
    if draw(st.booleans()):
        names = st.sampled_from(["sale", "launch"])
        policy["events"] = draw(st.dictionaries(names, event(named), max_size=2))
    quiet = st.tuples(hours, hours).filter(lambda pair: pair[0] != pair[1]).map(lambda p: {"from": p[0], "to": p[1]})
    return policy | draw(
        some(
            {},
            account=st.sampled_from(ACCOUNT_PERSONAS),
            content=mix(*CONTENT_TYPES),
            quiet_hours=quiet,
            coupons=st.lists(coupon, max_size=2),
            membership=membership,
            service=service,
            crisis=crisis,
            segments=st.dictionaries(st.sampled_from(SEGMENTS), change, max_size=2),
            tag_accuracy=share,
            tag_lag=st.integers(0, 20),
        )
    )


# --- how members respond ---------------------------------------------------------------------------------------------


def ranges(model: BaseModel, path: str = "") -> Iterator[tuple[str, float, float]]:
    """(dotted name, lowest, highest) of every parameter of a response."""
    for name, field in type(model).model_fields.items():
        value = getattr(model, name)
        if isinstance(value, BaseModel):
            yield from ranges(value, f"{path}{name}.")
        elif isinstance(about := field.json_schema_extra, dict):
            tires = name == "weight" or path == "tiring."
            yield f"{path}{name}", max(about["low"], LEAST_WEIGHT) if tires else about["low"], about["high"]


PARAMETERS = {name: (low, high) for name, low, high in ranges(Response())}
FED = ("visit", "click_trust", "trust_half_life", "mood_gain")
FRIENDS = ("refer", "reward_effect", "ugc_effect")


def believable(response: dict[str, float]) -> bool:
    """False where trust or friends would feed themselves, which is refused."""
    fed, friends = ([response.get(name, getattr(Response(), name)) for name in names] for names in (FED, FRIENDS))
    return trust_fed(*fed) <= MOST_FED and friends_brought(*friends) < MOST_FRIENDS


responses = (
    st.lists(st.sampled_from(sorted(PARAMETERS)), max_size=8, unique=True)
    .flatmap(lambda names: st.fixed_dictionaries({name: st.floats(*PARAMETERS[name]) for name in names}))
    .filter(believable)
)
costs = some(
    {},
    message=money(0, 0.1),
    tools_per_month=money(0, 100),
    channels=st.dictionaries(channels, money(0, 1), max_size=3),
)


def without_budgets(policy: dict[str, Any]) -> dict[str, Any]:
    """The same policy with unlimited money."""

    def free(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: free(item) for key, item in value.items() if key != "budget"}
        return [free(item) for item in value] if isinstance(value, list) else value

    return free(policy)  # type: ignore[no-any-return]


@st.composite
def given_scenarios(draw: Any) -> tuple[dict[str, Any], dict[str, float], str]:
    """(a scenario's keys, the response's dotted keys, what else is checked on it)."""
    also = draw(st.sampled_from(["nothing"] * 5 + ["engines", "threads", "replay"] * 2))
    policy = draw(policies())
    founders = draw(st.integers(20, 60)) + (BLOCK if also == "threads" else 0)
    keys = {
        "changes": {
            "shop_age": draw(st.sampled_from([1.0, 400.0, 5000.0])),
            "returns": draw(st.sampled_from([0.0, 0.0, 0.3, 1.0])),
        },
        "members": founders,
        "days": 115 if draw(st.integers(0, 7)) == 5 else draw(st.integers(25, 45)),  # a few see silences end
        "seed": draw(st.integers(0, 2**63 - 1)),
        "policy": without_budgets(policy) if also == "replay" else policy,
        "costs": draw(costs),
    }
    if draw(st.integers(0, 3)) == 2:
        keys["phases"] = [{"from_day": draw(st.integers(0, 30)), "policy": draw(changed(policy, also == "replay"))}]
    return keys, draw(responses), also


@st.composite
def changed(draw: Any, policy: dict[str, Any], free: bool) -> dict[str, Any]:
    """What a phase does: some of what another policy says, or the end of what there was; benefits are the same."""
    other = draw(policies())
    named = set(policy["benefits"]) & set(other["benefits"])
    whole = other if named == set(other["benefits"]) else {}  # what it carries is there
    names = ("push", "content", "lines", "coupons", "account", "membership", "segments", "tag_accuracy", "tag_lag")
    kept = {name: whole[name] for name in names if name in whole and draw(st.booleans())}
    ends = draw(st.lists(st.sampled_from(["community", "membership", "quiet_hours"]), max_size=2, unique=True))
    change = kept | {name: None for name in ends if name not in kept}
    return without_budgets(change) if free else change
