"""A folder with one case of one's own: a pool that ages, and a policy that may change."""

from pathlib import Path

from sim.cases import read_case, read_rules
from sim.cases.case import Case
from sim.reading.writing import yaml_text

from .conftest import LIVELY

RULES = """pool: pool.yaml
joiners_a_day: 2
members: 300
replicates: 2
most_replicates: 4
half_width: 0.0001
windows:
  short: {switch: 55, before: [-28, 0], after: [28, 56]}
  alone: {after: [30, 60]}
"""
CASE = """id: mine
trade: any
says: "Nothing; then nothing else."
says_zh: "没有变化。"
windows: short
figures:
  - {name: orders, measure: orders_per_year, side: change, kind: lift, claim: 0.3}
  - {name: before, measure: activity_7_days_of_all, side: before, kind: share, claim: 0.3}
  - {name: after, measure: activity_7_days_of_all, side: after, kind: share, claim: 0.3}
"""
POOL = "members: 400\npolicy:\n  acquisition: [{channel: card, per_day: 2, buyers: 1.0}]\n  push: {per_week: 2}\n"


def a_folder(folder: Path, case: str = CASE, rules: str = RULES, after: str | None = "", before: str = "") -> Path:
    """A folder of one case with one spelling."""
    (folder / "mine").mkdir(parents=True)
    (folder / "rules.yaml").write_text(rules, encoding="utf-8")
    (folder / "market.yaml").write_text(yaml_text(LIVELY), encoding="utf-8")
    (folder / "pool.yaml").write_text(POOL, encoding="utf-8")
    (folder / "mine" / "case.yaml").write_text(case, encoding="utf-8")
    base = "extends: ../pool.yaml\nmarket: ../market.yaml\n"
    (folder / "mine" / "1-before.yaml").write_text(base + before, encoding="utf-8")
    if after is not None:
        (folder / "mine" / "1-after.yaml").write_text("extends: 1-before.yaml\n" + after, encoding="utf-8")
    return folder


def read_mine(folder: Path) -> Case:
    return read_case(folder / "mine", read_rules(folder))
