"""Full-width signs, the commonest mistake of who types YAML with a Chinese input method, are named with line and column."""

from pathlib import Path

import pytest

from models.errors import BadInput
from sim.reading.wide import told
from sim.scenario import load

MARKET = Path(__file__).resolve().parents[2] / "scenarios" / "markets" / "cdnow.yaml"
HEAD = f"name: s\nmembers: 10\nmarket: {MARKET}\n"

# what is written below the three lines of HEAD: the sign, where it stands, and what may stand before the sentence
NAMED = {
    "colon without a space": ("days：365\n", "：", "4:5", ""),
    "colon with a space": ("days： 365\npolicy: {}\n", "：", "4:5", ""),
    "colon in a block below": ("policy:\n  push:\n    per_week: 4\n    hour：20\n", "：", "7:9", ""),
    "colon, alone in its block": ("policy:\n  tag_accuracy：0.9\n", "：", "5:15", "policy: "),
    "colon in place of a mapping": ("policy:\n  push: per_week：4\n", "：", "5:17", "policy.push: "),
    "colon in braces": ("policy: {push: {per_week：4}}\n", "：", "4:25", "policy.push.per_week：4: "),
    "colon before quotes": ("targets: {ltv_cac： '>= 3'}\n", "：", "4:18", "targets.ltv_cac： '>= 3': "),
    "comma between keys": ("policy: {push: {per_week: 4，hour: 20}}\n", "，", "4:28", ""),
    "comma on a later line": (
        "policy: {push: {per_week: 4},\n  coupons: [{kind: percent， off: 0.1}]}\n",
        "，",
        "5:27",
        "",
    ),
    "comma in a list": ("policy: {push: {hour: [9，20]}}\n", "，", "4:25", "policy.push.hour.0: "),
    "list comma": ("policy: {push: {hour: [9、20]}}\n", "、", "4:25", "policy.push.hour.0: "),
    "braces": ("policy: {push: ｛per_week: 4｝}\n", "｛", "4:16", ""),
    "digits": ("days: ３６５\n", "３", "4:7", "days: "),
    "quoted digits": ("days: '３６５'\n", "３", "4:8", "days: "),
    "decimal point": ("policy: {content: {education: 0．5}}\n", "．", "4:32", "policy.content.education: "),
    "hyphens of a date": ("start: 2026－01－01\n", "－", "4:12", "start: "),
    "hyphen of a list": ("policy:\n  acquisition:\n    － channel: x\n      per_day: 3\n", "－", "6:5", ""),
    "quotes": ("targets: {ltv_cac: “>= 3”}\n", "“", "4:20", "targets.ltv_cac: "),
    "quotes around a word": ("policy:\n  push: {channel: “group”}\n", "“", "5:19", "policy.push.channel: "),
    "quotes around a colon": ("believes: “每周: 一次”\n", "“", "4:11", ""),
    "hash": ("＃ a comment\ndays: 3\n", "＃", "4:1", ""),
    "space before a comment": ("days: 365　# a year\n", "　", "4:10", "days: "),
    "space as indentation": ("policy:\n　　push: {per_week: 4}\n", "　", "5:1", ""),
    "space after a hyphen": ("policy:\n  acquisition:\n    -　channel: x\n      per_day: 3\n", "　", "6:6", ""),
}


def complaint(tmp_path: Path, text: str) -> str:
    path = tmp_path / "s.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BadInput) as caught:
        load(path)
    return str(caught.value).replace(f"{path}:", "s.yaml:")


@pytest.mark.parametrize("case", NAMED)
def test_a_full_width_sign_is_named_with_line_and_column(tmp_path: Path, case: str) -> None:
    written, sign, at, key = NAMED[case]
    assert complaint(tmp_path, HEAD + written).startswith(f"s.yaml:{at}: {key}{told(sign)}")


def test_a_file_of_one_line(tmp_path: Path) -> None:
    assert complaint(tmp_path, "days：365") == f"s.yaml:1:5: {told('：')}"


def test_what_to_type_is_said_in_both_languages() -> None:
    assert str(told("：")) == (
        "a full-width ： stands here; write the half-width : and a space after it "
        "(这里是全角的 ： ，请改成半角的 : ，后面加一个空格)"
    )
    assert "half-width 3 (" in str(told("３")) and "全角空格" in str(told("　"))


@pytest.mark.parametrize(
    ("written", "says"),
    [
        ("believes: 每周：一次，“不打扰”（真的）　好\ndays: x\n", "s.yaml:5:1: days: must be a whole number"),
        ("believes: 每周：一次，不打扰\n\tdays: 3\n", "s.yaml:5:1: a tab stands where"),
        ("days: x # 天数：三百，六十五\n", "s.yaml:4:1: days: must be a whole number"),
        ("believes: " + "长，" * 400 + "\n", "s.yaml:4:1: believes: must be at most 500 characters"),
    ],
)
def test_signs_in_free_text_are_not_blamed_for_another_mistake(tmp_path: Path, written: str, says: str) -> None:
    assert complaint(tmp_path, HEAD + written).startswith(says)


def test_free_text_may_have_them(tmp_path: Path) -> None:
    path = tmp_path / "s.yaml"
    path.write_text(HEAD + "believes: 每周：一次，“不打扰”（真的）　３ 次\n# 注释：随便，写\n", encoding="utf-8")
    assert load(path).believes == "每周：一次，“不打扰”（真的）　３ 次"
