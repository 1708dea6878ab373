# ruff: noqa: E501  (a table of sentences)
"""Bad scenario files, each with the one sentence a planner is told."""

import re
from pathlib import Path

import pytest

from models.errors import BadInput
from sim.scenario import load, load_market

MARKET = """\
name: shop
margin: 0.5
rhythm: {r: 0.25, alpha: 33, a: 0.7, b: 2.2}
baskets: {p: 6, q: 4, v: 15}
"""
HEAD = "name: s\nmarket: m.yaml\nmembers: 100\n"
CHANNEL = "{channel: card, per_day: 1}"


def policy(text: str) -> str:
    return f"{HEAD}policy:\n  {text}\n"


# what is wrong: (the file s.yaml, or several files; what is said)
BAD: dict[str, tuple[str | bytes | dict[str, str | bytes], str]] = {
    # keys
    "unknown key, near one": (
        policy("push: {per_weeks: 3}"),
        "s.yaml:5:10: policy.push.per_weeks: unknown key; did you mean per_week?",
    ),
    "unknown key, near none": (
        policy("push: {xyz: 3}"),
        "s.yaml:5:10: policy.push.xyz: unknown key; known here: per_week, hour, cap_per_day, channel, aim, benefit, executed",
    ),
    "key twice": (HEAD + "days: 3\ndays: 4\n", "s.yaml:5:1: days: written twice, first in line 4; keep one"),
    "key that is no text": (HEAD + "3: 4\n", "s.yaml:4:1: a key must be text; put it in quotes if it is one"),
    "merge key": (HEAD + "<<: {days: 3}\n", "s.yaml:4:1: a key must be text; use extends: instead"),
    "two documents": (HEAD + "---\n" + HEAD, "s.yaml:4:1: a second document begins at ---; a file holds one scenario"),
    "unknown response parameter": (
        HEAD + "response: {fatigue_half_lif: 3}\n",
        "s.yaml:4:12: response.fatigue_half_lif: unknown key; did you mean fatigue_half_life?",
    ),
    # types
    "text for a number": (
        policy('push: {per_week: "3"}'),
        "s.yaml:5:10: policy.push.per_week: must be a number, not the text '3'; write it without quotes",
    ),
    "percent for a share": (
        policy("acquisition: [{channel: card, per_day: 1, organic: 20%}]"),
        "s.yaml:5:45: policy.acquisition.0.organic: must be a number, not the text '20%'; write a share such as 0.2 for 20 %",
    ),
    "true for a number": (HEAD + "days: true\n", "s.yaml:4:1: days: must be a whole number, not true"),
    "true for a fraction": (
        HEAD + "costs: {message: true}\n",
        "s.yaml:4:9: costs.message: must be a number, not true",
    ),
    "fraction for a whole number": (HEAD + "days: 3.5\n", "s.yaml:4:1: days: must be a whole number, not 3.5"),
    "number for text": (HEAD + "believes: 3\n", "s.yaml:4:1: believes: must be text, not 3"),
    "nothing for a number": (HEAD + "days:\n", "s.yaml:4:1: days: must be a whole number, not nothing"),
    "list for a mapping": (HEAD + "policy: [1]\n", "s.yaml:4:1: policy: must be a mapping of keys and values, not a list"),
    "mapping for a list": (
        policy(f"acquisition: {CHANNEL}"),
        "s.yaml:5:3: policy.acquisition: must be a list, not a mapping",
    ),
    "number for a mapping": (HEAD + "costs: 3\n", "s.yaml:4:1: costs: must be a mapping of keys and values, not 3"),
    "a list as the whole": ("- 1\n", "s.yaml:1:1: a scenario is a mapping of keys and values, such as `name: balanced`"),
    "text as the whole": ("hello\n", "s.yaml:1:1: a scenario is a mapping of keys and values, such as `name: balanced`"),
    # ranges
    "negative price": (HEAD + "costs: {message: -1}\n", "s.yaml:4:9: costs.message: must be at least 0, not -1"),
    "negative cost of a joiner": (
        policy("acquisition: [{channel: card, per_day: 1, cac: -12}]"),
        "s.yaml:5:45: policy.acquisition.0.cac: must be at least 0, not -12",
    ),
    "no days": (HEAD + "days: 0\n", "s.yaml:4:1: days: must be at least 1, not 0"),
    "too many members": (
        "name: s\nmarket: m.yaml\nmembers: 200_000_000\n",
        "s.yaml:3:1: members: must be at most 100_000_000, not 200000000",
    ),
    "not a number": (
        HEAD + "costs: {message: .nan}\n",
        "s.yaml:4:9: costs.message: must be a finite number, not nan",
    ),
    "infinite": (HEAD + "costs: {message: .inf}\n", "s.yaml:4:9: costs.message: must be a finite number, not inf"),
    "enormous": (
        HEAD + f"costs: {{message: 1{'0' * 400}}}\n",
        "s.yaml:4:9: costs.message: must be a number, not so large a number",
    ),
    "more digits than can be read": (
        HEAD + f"seed: {'1' * 5000}\n",
        f"s.yaml:4:1: '{'1' * 40}' cannot be read; put it in quotes if it is text",
    ),
    "share above 1": (
        policy("tag_accuracy: 92"),
        "s.yaml:5:3: policy.tag_accuracy: must be at most 1, not 92",
    ),
    "hour of the day": (
        policy("push: {per_week: 1, hour: 24}"),
        "s.yaml:5:23: policy.push.hour: must be hours from 0 to 23, not 24",
    ),
    "no hour": (policy("push: {hour: []}"), "s.yaml:5:10: policy.push.hour: must name at least one hour"),
    "too many messages": (
        policy("push: {per_week: 300}"),
        "s.yaml:5:10: policy.push.per_week: must be at most 280, not 300",
    ),
    # what does not fit together
    "content does not sum to 1": (
        policy("content: {education: 0.5, emotion: 0.1, promotion: 0.9}"),
        "s.yaml:5:3: policy.content: the shares sum to 1.5 (education 0.5 + emotion 0.1 + promotion 0.9); "
        "make them sum to 1",
    ),
    "personas do not sum to 1": (
        {"s.yaml": HEAD, "m.yaml": MARKET + "personas: {busy: 0.5}\n"},
        "m.yaml:5:1: market.personas: the shares sum to 0.5 (busy 0.5); make them sum to 1",
    ),
    "no members and no channel": (
        "name: s\nmarket: m.yaml\n",
        "s.yaml:1:1: members: nobody is ever in the pool; give members above 0 or a channel in policy.acquisition",
    ),
    "channel twice": (
        policy(f"acquisition: [{CHANNEL}, {CHANNEL}]"),
        "s.yaml:5:47: policy.acquisition.1.channel: there is a channel card already; give each its own name",
    ),
    "percent coupon above 1": (
        policy("coupons: [{kind: percent, off: 20, every_days: 7, valid_days: 7}]"),
        "s.yaml:5:29: policy.coupons.0.off: must be a share of the order value, at most 1, not 20; write 0.1 for 10 %",
    ),
    "threshold coupon without a threshold": (
        policy("coupons: [{kind: threshold, off: 20, every_days: 7, valid_days: 7}]"),
        "s.yaml:5:13: policy.coupons.0: a threshold coupon needs min_spend, the order value from which it may be used",
    ),
    "threshold below the discount": (
        policy("coupons: [{kind: threshold, off: 20, min_spend: 10, every_days: 7, valid_days: 7}]"),
        "s.yaml:5:40: policy.coupons.0.min_spend: must be above off (20), not 10, or goods are free",
    ),
    "coupon without its days": (
        policy("coupons: [{kind: percent, off: 0.1, valid_days: 7}]"),
        "s.yaml:5:13: policy.coupons.0.every_days: is missing: days from one hand-out to the next",
    ),
    "from_export without orders": (
        HEAD + "founding: from_export\n",
        "s.yaml:4:1: founding: from_export needs orders, the path of an export (or cdnow)",
    ),
    "orders without from_export": (
        HEAD + "orders: cdnow\n",
        "s.yaml:4:1: orders: is used with founding: from_export only; write that, or leave orders out",
    ),
    # words
    "unknown founding": (HEAD + "founding: frsh\n", "s.yaml:4:1: founding: 'frsh' is not known; did you mean fresh?"),
    "unknown segment": (
        policy("segments: {high_valu: {push: {per_week: 2}}}"),
        "s.yaml:5:14: policy.segments.high_valu: 'high_valu' is not known; did you mean high_value?",
    ),
    "unknown tag": (
        policy("coupons: [{kind: percent, off: 0.1, to: pricey, every_days: 7, valid_days: 7}]"),
        "s.yaml:5:39: policy.coupons.0.to: 'pricey' is not known; known here: all, new, engaged, customer, repeat, loyal, "
        "silent, high_value, price_sensitive, quality_seeker, sociable, busy, tier1, tier2, tier3 and 1 more",
    ),
    "unknown channel": (
        policy("push: {channel: one_on_one}"),
        "s.yaml:5:10: policy.push.channel: 'one_on_one' is not known; did you mean one_to_one?",
    ),
    "unknown content": (
        policy("content: {educating: 1}"),
        "s.yaml:5:13: policy.content.educating: unknown key; did you mean education?",
    ),
    "unknown measure": (
        HEAD + 'targets: {ltv_cat: ">= 3"}\n',
        "s.yaml:4:11: targets.ltv_cat: unknown measure; did you mean ltv_cac?",
    ),
    "target that is no comparison": (
        HEAD + "targets: {ltv_cac: 3}\n",
        "s.yaml:4:11: targets.ltv_cac: must be a comparison in quotes, like '>= 3' or '<= 40%'",
    ),
    "target of a share as a percentage without its sign": (
        HEAD + 'targets: {churn: "<= 40"}\n',
        "s.yaml:4:11: targets.churn: is a share from 0 to 1, never 40; write it like '>= 30%' or '>= 0.3'",
    ),
    "name that is no name": (
        "name: a b\nmarket: m.yaml\nmembers: 1\n",
        "s.yaml:1:1: name: must be a name of at most 60 letters, digits, - and _, not the text 'a b'",
    ),
    "currency": (
        {"s.yaml": HEAD, "m.yaml": MARKET + "currency: yuan\n"},
        "m.yaml:5:1: market.currency: must be an ISO code of three capitals such as CNY, not the text 'yuan'",
    ),
    # dates
    "no day of the calendar": (
        HEAD + "start: 2026-02-30\n",
        "s.yaml:4:1: '2026-02-30' cannot be read; put it in quotes if it is text",
    ),
    "no day of the calendar, in quotes": (
        HEAD + "start: '2026-02-30'\n",
        "s.yaml:4:1: start: '2026-02-30' is no day of the calendar; write it as 2026-01-31",
    ),
    "a time of day": (
        HEAD + "start: 2026-02-20 10:00:00\n",
        "s.yaml:4:1: start: must be a day without a time of day, like 2026-02-20",
    ),
    "number for a date": (HEAD + "start: 2026\n", "s.yaml:4:1: start: must be a date like 2026-01-31, not 2026"),
    "eleven months": (
        {"s.yaml": HEAD, "m.yaml": MARKET + "season: {months: [1,1,1,1,1,1,1,1,1,1,1]}\n"},
        "m.yaml:5:10: market.season.months: must be a list of at least 12, not 11",
    ),
    "festival on no day": (
        {"s.yaml": HEAD, "m.yaml": MARKET + "season:\n  peaks: [{name: x, from: 06-31, to: 07-01, lift: 2}]\n"},
        "m.yaml:6:21: market.season.peaks.0.from: '06-31' is no month and day; write it like '06-18'",
    ),
    # the market
    "unknown market": (
        "name: s\nmarket: nowhere.yaml\nmembers: 1\n",
        "s.yaml:2:1: market: there is no file nowhere.yaml; `siyu calibrate ORDERS -o FILE` writes one",
    ),
    "no market": (
        "name: s\nmembers: 1\n",
        "s.yaml:1:1: market: is missing: the path of a market file, or the market itself",
    ),
    "market without a rhythm": (
        {"s.yaml": HEAD, "m.yaml": "margin: 0.5\nbaskets: {p: 6, q: 4, v: 15}\n"},
        "m.yaml:1:1: market.rhythm: is missing: how often customers order and when they are lost",
    ),
    "mistake in the market's file": (
        {"s.yaml": HEAD, "m.yaml": MARKET.replace("margin: 0.5", "margin: 50")},
        "m.yaml:2:1: market.margin: must be at most 1, not 50",
    ),
    "infinite mean basket": (
        {"s.yaml": HEAD, "m.yaml": MARKET.replace("q: 4", "q: 1")},
        "m.yaml:4:17: market.baskets.q: must be above 1, not 1",
    ),
    "covariance of the wrong size": (
        {"s.yaml": HEAD, "m.yaml": MARKET.replace("v: 15", "v: 15, covariance: [[1, 0], [0, 1]]")},
        "m.yaml:4:30: market.baskets.covariance: must be a matrix of 3 rows of 3 numbers",
    ),
    "covariance that is none": (
        {"s.yaml": HEAD, "m.yaml": MARKET.replace("v: 15", "v: 15, covariance: [[1,2,0],[2,1,0],[0,0,1]]")},
        "m.yaml:4:30: market.baskets.covariance: is no covariance: some combination of the parameters would have a "
        "negative variance",
    ),
    # files
    "no such file": ({"m.yaml": MARKET}, "s.yaml: there is no such file; in its folder are m.yaml"),
    "empty": ("", "s.yaml: the file is empty; `siyu new NAME` writes one to start from"),
    "comments only": ("# nothing\n", "s.yaml: the file is empty; `siyu new NAME` writes one to start from"),
    "wrong encoding": (
        "name: s\nbelieves: é\n".encode("utf-16"),
        "s.yaml: neither UTF-8 nor GB18030; save it as UTF-8",
    ),
    "a picture": (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\xff\xff\xff", "s.yaml: neither UTF-8 nor GB18030; save it as UTF-8"),
    "huge": ("# " + "x" * 300_000, "s.yaml: larger than 256 kB, which no scenario is; did you mean another file?"),
    "missing orders": (
        HEAD + "founding: from_export\norders: shop.csv\n",
        "s.yaml:5:1: orders: there is no file shop.csv; name an export, or write cdnow",
    ),
    # extends
    "extends itself": (
        "extends: s.yaml\n",
        "s.yaml: extends goes round in a circle: s.yaml -> s.yaml; take one of them out",
    ),
    "cyclic extends": (
        {"s.yaml": "extends: b.yaml\n", "b.yaml": "extends: c.yaml\n", "c.yaml": "extends: ./s.yaml\n"},
        "c.yaml: extends goes round in a circle: s.yaml -> b.yaml -> c.yaml -> s.yaml; take one of them out",
    ),
    "extends nothing": (
        {"s.yaml": "name: x\nextends: base.yaml\n"},
        "s.yaml:2:1: extends: there is no file base.yaml; in its folder are s.yaml",
    ),
    "extends several": (
        "extends: [a.yaml, b.yaml]\n",
        "s.yaml:1:1: extends: must be the path of one file, relative to this one",
    ),
    "mistake in the extended file": (
        {"s.yaml": "extends: b.yaml\nname: t\n", "b.yaml": policy("push: {per_week: -1}"), "m.yaml": MARKET},
        "b.yaml:5:10: policy.push.per_week: must be at least 0, not -1",
    ),
    "mistake over the extended file": (
        {"s.yaml": "extends: b.yaml\npolicy: {push: {per_week: -1}}\n", "b.yaml": policy("push: {per_week: 1}"), "m.yaml": MARKET},
        "s.yaml:2:17: policy.push.per_week: must be at least 0, not -1",
    ),
    "shares of two files": (
        {"s.yaml": "extends: b.yaml\npolicy:\n  content: {promotion: 1}\n", "b.yaml": policy("content: {education: 1}"), "m.yaml": MARKET},
        "s.yaml:3:3: policy.content: the shares sum to 2 (education 1 + promotion 1); make them sum to 1",
    ),
    # YAML
    "tab": ("name: s\npolicy:\n\tpush: {}\n", "s.yaml:3:1: a tab stands where YAML wants spaces; indent with spaces"),
    "open bracket": ("name: [s\n", "s.yaml:2:1: cannot be read as YAML: expected ',' or ']', but got '<stream end>'"),
    "colon in a value": ("name: a: b\n", "s.yaml:1:8: cannot be read as YAML: mapping values are not allowed here"),
    "unknown alias": (HEAD + "days: *d\n", "s.yaml:4:7: cannot be read as YAML: found undefined alias 'd'"),
    "bomb": (
        "a: &a [x,x,x,x,x,x,x,x,x]\n"
        + "".join(f"{b}: &{b} [{','.join([f'*{a}'] * 9)}]\n" for a, b in zip("abcdefgh", "bcdefghi", strict=True)),
        "s.yaml:1:4: this expands to more than a scenario can hold; write it out without anchors",
    ),
    "alias of itself": (
        "policy: &p {push: *p}\n",
        "s.yaml:1:13: this expands to more than a scenario can hold; write it out without anchors",
    ),
    "nested too deeply": ("[" * 1000, "s.yaml:1:32: this is nested too deeply for a scenario"),
    "tag": (HEAD + "days: !!python/name:os.system x\n", "s.yaml:4:1: the tag tag:yaml.org,2002:python/name:os.system is not used in scenarios; leave it out"),
    "half a character": (HEAD + 'believes: "\\ud800"\n', "s.yaml:4:1: '\\ud800' cannot be read; put it in quotes if it is text"),
    "control character": (b"name: \x07\n", "s.yaml: cannot be read as YAML: unacceptable character #x0007: special characters are not allowed"),
    # several at once
    "three mistakes": (
        HEAD + "seed: -1\ndays: 0\ncost: {}\n",
        "s.yaml:4:1: seed: must be at least 0, not -1 (and 2 more)",
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", BAD)
def test_bad_scenario_is_told_in_one_sentence(what: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files, expected = BAD[what]
    if not isinstance(files, dict):
        files = {"s.yaml": files, "m.yaml": MARKET}
    for name, content in files.items():
        (tmp_path / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    monkeypatch.chdir(tmp_path)
    with pytest.raises(BadInput) as problem:
        load("s.yaml")
    assert str(problem.value) == expected
    assert "\n" not in expected


def test_folder_and_impossible_paths(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="this is a folder"):
        load(tmp_path)
    with pytest.raises(BadInput, match=r"no such file|cannot be read"):
        load("a\0b.yaml")
    with pytest.raises(BadInput, match=r"no such file|cannot be read"):
        load("x" * 5000)
    with pytest.raises(BadInput, match=re.escape("there is no such file")):
        load_market(tmp_path / "m.yaml")


def test_long_chain_is_refused(tmp_path: Path) -> None:
    for n in range(30):
        (tmp_path / f"{n}.yaml").write_text(f"extends: {n + 1}.yaml\n")
    with pytest.raises(BadInput, match="more than 20 files"):
        load(tmp_path / "0.yaml")


def test_unreadable_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "s.yaml"
    path.write_text(HEAD)

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(BadInput, match=r"cannot be read \(Permission denied\)"):
        load(path)


@pytest.mark.parametrize(
    ("mapping", "expected"),
    [
        ({"name": "s"}, "market: is missing: the path of a market file, or the market itself"),
        ({"name": "s", "market": "no.yaml"}, "market: there is no file no.yaml; `siyu calibrate ORDERS -o FILE` writes one"),
        ({1: 2}, "the keys of a scenario must be text"),
        ({"market": object(), "name": "s", "members": 1}, "market: must be a mapping of keys and values, not object"),
    ],
)  # fmt: skip
def test_mappings_are_told_without_a_position(mapping: dict[str, object], expected: str) -> None:
    with pytest.raises(BadInput, match=re.escape(expected)):
        load(mapping)


def test_mapping_that_holds_itself() -> None:
    mapping: dict[str, object] = {}
    mapping["policy"] = mapping
    with pytest.raises(BadInput, match="nested too deeply"):
        load(mapping)
