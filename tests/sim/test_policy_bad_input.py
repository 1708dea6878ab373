# ruff: noqa: E501  (a table of sentences)
"""Bad values of what a brand sends and gives, each with the one sentence a planner is told, in both languages."""

from pathlib import Path

import pytest

from models.errors import BadInput
from sim.scenario import load
from sim.words import say

from .conftest import made
from .test_scenario_bad_input import MARKET, policy

# the policy as the file has it from line 5, column 3 on; what is said
BAD = [
    ('push: {aim: 1}', 's.yaml:5:10: policy.push.aim: must be true or false, not 1'),
    ('push: {executed: 1.5}', 's.yaml:5:10: policy.push.executed: must be at most 1, not 1.5'),
    ('push: {benefit: b}', 's.yaml:5:10: policy.push.benefit: there is no benefit b: write it into policy.benefits first'),
    ('benefits: {b: {kind: percent, off: 0.1}}\n  push: {benefit: c}', 's.yaml:6:10: policy.push.benefit: there is no benefit c in policy.benefits; known here: b'),
    ('push: {benefit: a b}', "s.yaml:5:10: policy.push.benefit: must be a name of at most 60 letters, digits, - and _, not the text 'a b'"),
    ('push: {channel: groups}', "s.yaml:5:10: policy.push.channel: 'groups' is not known; did you mean group?"),
    ('lines: {per_week: 1}', 's.yaml:5:3: policy.lines: must be a list, not a mapping'),
    ('lines: [{hour: 9}]', 's.yaml:5:11: policy.lines.0.per_week: is missing: messages a week to each member; 0 is none'),
    ('lines: [{per_week: 281}]', 's.yaml:5:12: policy.lines.0.per_week: must be at most 280, not 281'),
    ('lines: [{per_week: 1, content: education2}]', "s.yaml:5:25: policy.lines.0.content: 'education2' is not known; did you mean education?"),
    ('lines: [{per_week: 1, content: {live: 0.5}}]', 's.yaml:5:25: policy.lines.0.content: the shares sum to 0.5 (live 0.5); make them sum to 1'),
    ('lines: [{per_week: 1, content: 3}]', 's.yaml:5:25: policy.lines.0.content: must be a mapping of keys and values, not 3'),
    ('lines: [{per_week: 1, content: {lives: 1}}]', 's.yaml:5:35: policy.lines.0.content.lives: unknown key; did you mean live?'),
    ('lines: [{per_week: 1, hour: 24}]', 's.yaml:5:25: policy.lines.0.hour: must be hours from 0 to 23, not 24'),
    ('lines: [{per_week: 1, benefit: x}]', 's.yaml:5:25: policy.lines.0.benefit: there is no benefit x: write it into policy.benefits first'),
    ('lines: [{per_week: 1, cap_per_day: 2}]', 's.yaml:5:25: policy.lines.0.cap_per_day: unknown key; known here: per_week, hour, channel, content, aim, benefit, executed'),
    ('lines: [{per_week: 1, channel: wechat}]', "s.yaml:5:25: policy.lines.0.channel: 'wechat' is not known; known here: one_to_one, group, moments, mini_program, mass, official, sms, call"),
    ('quiet_hours: {from: 8, to: 8}', 's.yaml:5:26: policy.quiet_hours.to: must differ from `from`, or every hour is quiet; leave quiet_hours out for none'),
    ('quiet_hours: {from: 24}', 's.yaml:5:17: policy.quiet_hours.from: must be at most 23, not 24'),
    ('quiet_hours: {frm: 3}', 's.yaml:5:17: policy.quiet_hours.frm: unknown key; did you mean from?'),
    ('quiet_hours: {to: 8.5}', 's.yaml:5:17: policy.quiet_hours.to: must be a whole number, not 8.5'),
    ('quiet_hours: [22, 8]', 's.yaml:5:3: policy.quiet_hours: must be a mapping of keys and values, not a list'),
    ('account: boss', "s.yaml:5:3: policy.account: 'boss' is not known; known here: shop, friend, adviser"),
    ('account: 3', 's.yaml:5:3: policy.account: must be one of shop, friend, adviser, not 3'),
    ('referral: {reward: 3}', 's.yaml:5:3: policy.referral.market: is missing: how many people the pool could hold at most: the fuller it is, the fewer friends are left to bring'),
    ('referral: {market: 0}', 's.yaml:5:14: policy.referral.market: must be at least 1, not 0'),
    ('referral: {market: 9, reward: -1}', 's.yaml:5:25: policy.referral.reward: must be at least 0, not -1'),
    ('referral: {market: 9, outward: feed, per_share: 1}', 's.yaml:5:25: policy.referral.outward: there is no channel feed: write it into policy.acquisition first'),
    ('acquisition: [{channel: card, per_day: 1}]\n  referral: {market: 9, outward: crd, per_share: 1}', 's.yaml:6:25: policy.referral.outward: there is no channel crd in policy.acquisition; did you mean card?'),
    ('acquisition: [{channel: card, per_day: 1}]\n  referral: {market: 9, outward: card}', 's.yaml:6:25: policy.referral.outward: goes with per_share above 0: how many join by it with each friend'),
    ('referral: {market: 9, per_share: 1}', 's.yaml:5:25: policy.referral.per_share: goes with outward: the channel by which they come'),
    ('acquisition: [{channel: referral, per_day: 1}]\n  referral: {market: 9}', 's.yaml:5:18: policy.acquisition.0.channel: referral is what the way of those whom members bring is called; give the channel another name'),
    ('guard: {acts: [{act: drop_promotions, on: [complaints, complaints]}]}', 's.yaml:5:41: policy.guard.acts.0.on: complaints is there twice; name each figure once'),
    ('experiments: [{push: {per_week: 3}}]', 's.yaml:5:17: policy.experiments.0.name: is missing: what tables call the experiment'),
    ('experiments: [{name: a}, {name: a}]', 's.yaml:5:29: policy.experiments.1.name: there is an experiment a already; give each its own name'),
    ('experiments: [{name: a, by: group}]', "s.yaml:5:27: policy.experiments.0.by: 'group' is not known; known here: member, community"),
    ('experiments: [{name: a, share: 50}]', 's.yaml:5:27: policy.experiments.0.share: must be at most 1, not 50'),
    ('experiments: [{name: a, from_day: 10, until_day: 13}]', 's.yaml:5:41: policy.experiments.0.until_day: leaves the experiment no week: it begins with the review of day 14 and is over with that of day 14; make it 21 or more'),
    ('experiments: [{name: a, push: {benefit: b}}]', 's.yaml:5:34: policy.experiments.0.push.benefit: there is no benefit b: write it into policy.benefits first'),
    ('experiments: [{name: a, touches: []}]', 's.yaml:5:27: policy.experiments.0.touches: unknown key; known here: name, by, share, from_day, until_day, push, content, lines, coupons'),
    ('experiments: [{name: a}, {name: b}, {name: c}, {name: d}, {name: e}]', 's.yaml:5:3: policy.experiments: 0 segments and these experiments are 32 different plans a week; at most 24: try fewer things at a time, or let experiments follow one another'),
    ('benefits: {a b: {kind: gift, worth: 1}}', "s.yaml:5:14: policy.benefits.a b: must be a name of at most 60 letters, digits, - and _, not the text 'a b'"),
    ('benefits: {b: {kind: coupon}}', "s.yaml:5:18: policy.benefits.b.kind: 'coupon' is not known; known here: percent, threshold, trial, gift, vote, early_access"),
    ('benefits: {b: {off: 1}}', 's.yaml:5:14: policy.benefits.b.kind: is missing: percent: a share off the order; threshold: money off orders of at least min_spend; trial, gift, vote (a say in what comes next), early_access: something new to her, worth `worth`'),
    ('benefits: {b: {kind: percent}}', 's.yaml:5:14: policy.benefits.b: a percent needs off, what it takes off the order'),
    ('benefits: {b: {kind: percent, off: 10}}', 's.yaml:5:33: policy.benefits.b.off: must be a share of the order value, at most 1, not 10; write 0.1 for 10 %'),
    ('benefits: {b: {kind: percent, off: 0.00001}}', 's.yaml:5:33: policy.benefits.b.off: must be at least 0.0001, 0.01 % of the order value, not 1e-05; write 0.1 for 10 %, or leave it out'),
    ('coupons: [{kind: percent, off: 0.00001, every_days: 7, valid_days: 7}]', 's.yaml:5:29: policy.coupons.0.off: must be at least 0.0001, 0.01 % of the order value, not 1e-05; write 0.1 for 10 %, or leave it out'),
    ('benefits: {b: {kind: percent, off: 0.1, worth: 1}}', 's.yaml:5:43: policy.benefits.b.worth: goes with trial, gift, vote, early_access only; leave it out of a percent'),
    ('benefits: {b: {kind: threshold, off: 5}}', 's.yaml:5:14: policy.benefits.b: a threshold benefit needs min_spend, the order value from which it may be used'),
    ('benefits: {b: {kind: threshold, off: 5, min_spend: 3}}', 's.yaml:5:43: policy.benefits.b.min_spend: must be above off (5), not 3, or goods are free'),
    ('benefits: {b: {kind: gift}}', 's.yaml:5:14: policy.benefits.b: a gift needs worth, from 0 to 5; 1 is what a good sample is worth'),
    ('benefits: {b: {kind: gift, worth: 6}}', 's.yaml:5:30: policy.benefits.b.worth: must be at most 5, not 6'),
    ('benefits: {b: {kind: gift, worth: 1, off: 3}}', 's.yaml:5:40: policy.benefits.b.off: goes with percent and threshold only; a gift has worth and unit_cost in its place'),
    ('benefits: {b: {kind: gift, worth: 1, unit_cost: -3}}', 's.yaml:5:40: policy.benefits.b.unit_cost: must be at least 0, not -3'),
    ('benefits: {b: {kind: gift, worth: 1, valid_days: 0}}', 's.yaml:5:40: policy.benefits.b.valid_days: must be at least 1, not 0'),
    ('benefits: {b: {kind: gift, worth: 1, budget: 0}}', 's.yaml:5:40: policy.benefits.b.budget: must be at least 1e-09, not 0'),
    ('benefits: [{kind: gift}]', 's.yaml:5:3: policy.benefits: must be a mapping of keys and values, not a list'),
    ('membership: [1]', 's.yaml:5:3: policy.membership: must be a mapping of keys and values, not a list'),
    ('membership: {points: 2}', 's.yaml:5:16: policy.membership.points: must be at most 1, not 2'),
    ('membership: {stacking: most}', "s.yaml:5:16: policy.membership.stacking: 'most' is not known; known here: best, sum"),
    ('membership: {tiers: [{discount: 0.1}]}', 's.yaml:5:24: policy.membership.tiers.0.spend: is missing: money paid since her last anniversary from which a member is of this tier'),
    ('membership: {tiers: [{spend: 9, discount: 0.95}]}', 's.yaml:5:35: policy.membership.tiers.0.discount: must be at most 0.9, not 0.95'),
    ('membership: {tiers: [{spend: 90}, {spend: 50}]}', 's.yaml:5:38: policy.membership.tiers.1.spend: must be above the 90 of the tier before it, not 50; tiers rise with spend'),
    ('membership: {tiers: [{name: gold, spend: 9}, {name: gold, spend: 50}]}', 's.yaml:5:49: policy.membership.tiers.1.name: there is a tier gold already; give each its own name'),
    (f"acquisition: [{', '.join(f'{{channel: c{n}, per_day: 1}}' for n in range(255))}]", 's.yaml:5:3: policy.acquisition: must be a list of at most 254, not 255'),
    ('membership: {tiers: [{spend: 9, items: [{kind: vote, every_days: 9}]}]}', 's.yaml:5:43: policy.membership.tiers.0.items.0.worth: is missing: what it is worth while it is new; 1 is a good sample'),
    ('membership: {tiers: [{spend: 9, items: [{kind: party, worth: 1, every_days: 9}]}]}', "s.yaml:5:44: policy.membership.tiers.0.items.0.kind: 'party' is not known; known here: early_access, vote, tasting, member_day, gift"),
    ('touches: [{anchor: ordered, delay: 3, content: live, to: tier5}]', "s.yaml:5:56: policy.touches.0.to: 'tier5' is not known; did you mean tier4?"),
    ('welcome: [{delay: 3, content: live}]', 's.yaml:5:14: policy.welcome.0.delay: must be at most 2, not 3'),
    ('welcome: [{delay: -1, content: live}]', 's.yaml:5:14: policy.welcome.0.delay: must be at least 0, not -1'),
    ('welcome: [{content: live}]', 's.yaml:5:13: policy.welcome.0.delay: is missing: days after joining, 0 to 2; 0 is the day of joining'),
    ('welcome: [{delay: 0}]', 's.yaml:5:13: policy.welcome.0.content: is missing: what it is about: education, emotion, promotion, live or ugc'),
    ('welcome: [{delay: 0, content: lives}]', "s.yaml:5:24: policy.welcome.0.content: 'lives' is not known; did you mean live?"),
    ('welcome: [{delay: 0, content: {live: 1}}]', 's.yaml:5:24: policy.welcome.0.content: must be one of education, emotion, promotion, live, ugc, not a mapping'),
    ('welcome: [{delay: 0, content: live, anchor: joined}]', 's.yaml:5:39: policy.welcome.0.anchor: unknown key; did you mean hour?'),
    ('welcome: [{delay: 0, content: live, at_own_rhythm: true}]', 's.yaml:5:39: policy.welcome.0.at_own_rhythm: unknown key; known here: delay, every, times, to, from_order, channel, content, hour, aim, benefit, cost, survey, consent, executed'),
    ('care: [{delay: 1, content: live, at_own_rhythm: true}]', 's.yaml:5:36: policy.care.0.at_own_rhythm: unknown key; known here: delay, every, times, to, from_order, channel, content, hour, aim, benefit, cost, survey, consent, executed'),
    ('touches: [{anchor: silent, delay: 9, content: live, at_own_rhythm: true}]', 's.yaml:5:55: policy.touches.0.at_own_rhythm: is for touches that count from orders only; leave it out'),
    ('welcome: [{delay: 1, content: live, every: 1, times: 3}]', 's.yaml:5:49: policy.welcome.0.times: the last of 3 would come on day 3 after joining, and a welcome ends on day 2; repeat it less, or write it under touches with the anchor joined'),
    ('welcome: [{delay: 0.5, content: live}]', 's.yaml:5:14: policy.welcome.0.delay: must be a whole number, not 0.5'),
    ('follow_up: [{delay: 0, content: live}]', 's.yaml:5:16: policy.follow_up.0.delay: must be from 1 to 3650 days for a touch that counts from ordered, not 0'),
    ('follow_up: [{delay: 1, content: live, every: 7}]', 's.yaml:5:41: policy.follow_up.0.every: goes with times; write both, or neither'),
    ('follow_up: [{delay: 1, content: live, times: 7}]', 's.yaml:5:41: policy.follow_up.0.times: goes with every; write both, or neither'),
    ('follow_up: [{delay: 1, content: live, every: 0, times: 1}]', 's.yaml:5:41: policy.follow_up.0.every: must be at least 1, not 0'),
    ('wake_up: [{delay: 0, content: live}]', 's.yaml:5:14: policy.wake_up.0.delay: must be from 1 to 3650 days for a touch that counts from silent, not 0'),
    ('wake_up: [{delay: 4000, content: live}]', 's.yaml:5:14: policy.wake_up.0.delay: must be at most 3_650, not 4000'),
    ('birthday: [{delay: -31, content: live}]', 's.yaml:5:15: policy.birthday.0.delay: must be from -30 to 30 days for a touch that counts from birthday, not -31'),
    ('birthday: [{delay: 0, content: live, every: 365, times: 2}]', 's.yaml:5:40: policy.birthday.0.every: leave it out: a birthday comes back every year by itself'),
    ('care: [{delay: 1, content: live, hour: 24}]', 's.yaml:5:36: policy.care.0.hour: must be at most 23, not 24'),
    ('care: [{delay: 1, content: live, cost: -1}]', 's.yaml:5:36: policy.care.0.cost: must be at least 0, not -1'),
    ('care: [{delay: 1, content: live, to: everybody}]', "s.yaml:5:36: policy.care.0.to: 'everybody' is not known; known here: all, new, engaged, customer, repeat, loyal, silent, high_value, price_sensitive, quality_seeker, sociable, busy, tier1, tier2, tier3 and 1 more"),
    ('care: [{delay: 1, content: live, from_order: -1}]', 's.yaml:5:36: policy.care.0.from_order: must be at least 0, not -1'),
    ('care: [{delay: 1, content: live, survey: ja}]', "s.yaml:5:36: policy.care.0.survey: must be true or false, not the text 'ja'"),
    ('care: [{delay: 1, content: live, consent: 1}]', 's.yaml:5:36: policy.care.0.consent: must be true or false, not 1'),
    ('touches: [{delay: 1, content: live}]', 's.yaml:5:13: policy.touches.0.anchor: is missing: what it counts from: joined, ordered (her last order), silent (her last interaction), birthday, complained (her last complaint), asked (her last question to the service)'),
    ('touches: [{anchor: order, delay: 1, content: live}]', "s.yaml:5:14: policy.touches.0.anchor: 'order' is not known; did you mean ordered?"),
    ('touches: [{anchor: ordered, delay: 1, content: live, benefit: b}]', 's.yaml:5:56: policy.touches.0.benefit: there is no benefit b: write it into policy.benefits first'),
    ('segments: {busy: {lines: [{per_week: 1, benefit: q}]}}', 's.yaml:5:43: policy.segments.busy.lines.0.benefit: there is no benefit q: write it into policy.benefits first'),
    ('segments: {busy: {push: {benefit: q}}}', 's.yaml:5:28: policy.segments.busy.push.benefit: there is no benefit q: write it into policy.benefits first'),
    ('tag_lag: -1', 's.yaml:5:3: policy.tag_lag: must be at least 0, not -1'),
    ('tag_lag: 366', 's.yaml:5:3: policy.tag_lag: must be at most 365, not 366'),
    ('welcome: {delay: 0}', 's.yaml:5:3: policy.welcome: must be a list, not a mapping'),
    # too many
    (f"lines: [{', '.join(['{per_week: 1}'] * 16)}]", "s.yaml:5:3: policy.lines: must be a list of at most 15, not 16"),
    (
        f"benefits: {{{', '.join(f'b{n}: {{kind: gift, worth: 1}}' for n in range(17))}}}",
        "s.yaml:5:3: policy.benefits: there are 17 benefits; at most 16",
    ),
    ('community: {programme: [{kind: game}]}', 's.yaml:5:27: policy.community.programme.0: a game needs benefit, the name of something new that it brings (trial, gift, vote, early_access)'),
    ('community: {programme: [{kind: flash_sale}]}', 's.yaml:5:27: policy.community.programme.0: a flash_sale needs benefit, the name of what it takes off orders for a day'),
    ('benefits: {b: {kind: percent, off: 0.1}}\n  community: {programme: [{kind: meet_up, benefit: b}]}', 's.yaml:6:43: policy.community.programme.0.benefit: a meet_up brings something new (trial, gift, vote, early_access), and b is money off'),
    ('benefits: {b: {kind: percent, off: 0.1}}\n  community: {programme: [{kind: flash_sale, benefit: b}]}', 's.yaml:6:46: policy.community.programme.0.benefit: a flash_sale takes money off on its day; b has to be percent or threshold with valid_days: 1'),
    ('benefits: {b: {kind: gift, worth: 1, valid_days: 1}}\n  community: {programme: [{kind: flash_sale, benefit: b}]}', 's.yaml:6:46: policy.community.programme.0.benefit: a flash_sale takes money off on its day; b has to be percent or threshold with valid_days: 1'),
    ('community: {programme: [{kind: live, benefit: b}]}', 's.yaml:5:40: policy.community.programme.0.benefit: there is no benefit b: write it into policy.benefits first'),
    ('community: {programme: [{kind: party}]}', "s.yaml:5:28: policy.community.programme.0.kind: 'party' is not known; known here: live, ugc, check_in, game, flash_sale, meet_up"),
    ('community: {programme: [{per_week: 2}]}', "s.yaml:5:27: policy.community.programme.0.kind: is missing: live: a live session; ugc: a drive for members' own content; check_in: a daily tap; game: a game or a lottery; flash_sale: a sale of one day; meet_up: a meeting to which members bring friends"),
    ('community: {programme: [{kind: check_in, per_week: 5}, {kind: check_in, per_week: 3}]}', 's.yaml:5:15: policy.community.programme: members check in once a day, 7 times a week at most, not 8'),
    ('community: {programme: [{kind: live, cost: -1}]}', 's.yaml:5:40: policy.community.programme.0.cost: must be at least 0, not -1'),
    ('community: {programme: [{kind: live, channel: sms}]}', 's.yaml:5:40: policy.community.programme.0.channel: unknown key; known here: kind, per_week, hour, benefit, cost, cost_per_group'),
    ('community: {manager_month: 3}', 's.yaml:5:15: policy.community.manager_month: unknown key; did you mean manager_per_month?'),
    ('community: true', 's.yaml:5:3: policy.community: must be a mapping of keys and values, not true'),
    ('service: {bot: 0.2}', 's.yaml:5:3: policy.service.staff: is missing: how many people answer questions, for the whole pool; fractions allowed'),
    ('service: {staff: -1}', 's.yaml:5:13: policy.service.staff: must be at least 0, not -1'),
    ('service: {staff: 2, bot: 1.2}', 's.yaml:5:23: policy.service.bot: must be at most 1, not 1.2'),
    ('service: {staff: 2, reply_hours: 200}', 's.yaml:5:23: policy.service.reply_hours: must be at most 168, not 200'),
    ('service: {staff: 2, answers_per_week: 0}', 's.yaml:5:23: policy.service.answers_per_week: must be above 0, not 0'),
    ('service: {staff: 2, reply_hour: 3}', 's.yaml:5:23: policy.service.reply_hour: unknown key; did you mean reply_hours?'),
    ('crisis: {hit: 0.2}', 's.yaml:5:3: policy.crisis.day: is missing: day of the run, from 0'),
    ('crisis: {day: 3}', 's.yaml:5:3: policy.crisis.hit: is missing: share of the members in the pool whom it hits'),
    ('crisis: {day: -3, hit: 0.1}', 's.yaml:5:12: policy.crisis.day: must be at least 0, not -3'),
    ('crisis: {day: 3, hit: 20}', 's.yaml:5:20: policy.crisis.hit: must be at most 1, not 20'),
    ('crisis: {day: 3, hit: 0.2, person: -1}', 's.yaml:5:30: policy.crisis.person: must be at least 0, not -1'),
    ('crisis: {day: 3, hit: 0.2, bot_first: 1}', 's.yaml:5:30: policy.crisis.bot_first: must be true or false, not 1'),
    (
        f"welcome: [{', '.join(['{delay: 0, content: live}'] * 10)}]\n  wake_up: [{', '.join(['{delay: 9, content: live}'] * 7)}]",
        "s.yaml:4:1: policy: there are 17 touches, over welcome, follow_up, wake_up, birthday, care and touches; at most 16",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("written", "expected"), BAD, ids=[written[:60] for written, _ in BAD])
def test_a_bad_value_is_told_in_one_sentence(
    written: str, expected: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "s.yaml").write_text(policy(written))
    (tmp_path / "m.yaml").write_text(MARKET)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(BadInput) as problem:
        load("s.yaml")
    assert str(problem.value) == expected
    chinese = say(problem.value, "zh")
    assert chinese.startswith(expected.partition(": ")[0]) and chinese != expected


@pytest.mark.parametrize(
    ("key", "benefits", "expected"),
    [
        (
            "policy.benefits.come_bac.off",
            ["come_back", "hello"],
            "there is no benefit come_bac; did you mean come_back?",
        ),
        ("policy.benefits.zzz.off", ["come_back", "hello"], "there is no benefit zzz; known here: come_back, hello"),
        ("policy.benefits.zzz.off", [], "there is no benefit zzz; write it into policy.benefits first"),
    ],
)
def test_a_change_of_a_benefit_that_is_not_there(key: str, benefits: list[str], expected: str) -> None:
    rules = {name: {"kind": "percent", "off": 0.1} for name in benefits}
    s = made(members=1, policy={"benefits": rules})
    with pytest.raises(BadInput) as problem:
        s.with_changes({key: 0.2})
    assert str(problem.value) == f"{key}: {expected}"
    assert say(problem.value, "zh").startswith(f"{key}：没有名为")
    added = s.with_changes({"policy.benefits.zzz": {"kind": "percent", "off": 0.3}, "policy.benefits.zzz.off": 0.4})
    assert added.policy.benefits["zzz"].off == 0.4


def test_what_several_rules_allow_is_allowed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The ends of every range, and an empty value where a key may be left out."""
    (tmp_path / "m.yaml").write_text(MARKET)
    monkeypatch.chdir(tmp_path)
    for written in (
        "lines: [{per_week: 280, content: live, executed: 0}, {per_week: 0, benefit: }]",
        "quiet_hours: {from: 0, to: 23}",
        "benefits: {free: {kind: percent, off: 1}, least: {kind: percent, off: 0.0001}, nothing: {kind: vote, worth: 0}, most: {kind: gift, worth: 5, min_spend: 9}}",
        "birthday: [{delay: -30, content: live}, {delay: 30, content: ugc}]",
        "touches: [{anchor: joined, delay: 3650, content: live}, {anchor: ordered, delay: 1, at_own_rhythm: true, every: 1, times: 3650, content: live}]",
    ):
        (tmp_path / "s.yaml").write_text(policy(written))
        assert load("s.yaml").plain() == load(load("s.yaml").plain()).plain()
