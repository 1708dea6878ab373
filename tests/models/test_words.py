"""Remarks in both languages; that every text has its Chinese is seen in tests/test_chinese.py."""

from models.season import STANDARD
from models.words import WORDS, Remark, times


def test_remarks_speak_both_languages() -> None:
    remark = Remark("Season: {what}.", {"what": Remark("season and model converged in {steps} steps", {"steps": 4})})
    assert str(remark) == "Season: season and model converged in 4 steps."
    assert remark.say("zh") == "季节性：季节性与模型在 4 步内收敛。"
    assert (times(2.34).say("zh"), str(times(200.0))) == ("2.3 倍", "more than 20 times")


def test_every_festival_has_its_chinese() -> None:
    assert [peak.name for peak in STANDARD if WORDS.chinese(peak.name) is None and not peak.name.isdecimal()] == []


def test_a_word_agrees_with_the_count_that_is_shown() -> None:
    text = "{n:,} {n:day|days}, every {n:day|{n} days}"
    assert WORDS.say(text, n=1) == "1 day, every day"
    assert WORDS.say(text, n=2000) == "2,000 days, every 2000 days"
    assert [WORDS.say("{n} {n:hour|hours}", n=n) for n in ("1", "0", "1.0", "-1")] == [
        "1 hour", "0 hours", "1.0 hours", "-1 hours",
    ]  # fmt: skip


def test_chinese_keeps_spaces_beside_digits_and_letters_only() -> None:
    ends = "{n} 在 {where} 之间"
    assert WORDS.say(ends, "zh", n="均值", where="上下") == "均值在上下之间"
    assert WORDS.say(ends, "zh", n="LTV", where="1") == "LTV 在 1 之间"
    assert WORDS.say("{n} {where}", "zh", n="内容（UGC）", where="25%") == "内容（UGC）25%"
    assert WORDS.say("我的 文件 {n}", "zh", n=1) == "我的 文件 1"  # what is written, or given, with a space keeps it
    assert WORDS.say("{n}", "zh", n="我的 文件") == "我的 文件"
