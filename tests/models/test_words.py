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
