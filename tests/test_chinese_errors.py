"""What is wrong with a scenario, with orders, or with a command is said in Chinese where it is asked for: position,
names and numbers kept, and no English left but what the user wrote, keys and names."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import sim.cli
from models.data.orders import read_orders
from models.errors import BadInput, CannotIdentify
from sim.reading.part import Misfit
from sim.results.metrics import REGISTRY
from sim.scenario import Scenario, load
from sim.words import say
from sim.words.asked import language

ROOT = Path(str(sim.__file__)).parents[1]
MARKET = ROOT / "scenarios" / "markets" / "cdnow.yaml"
HEAD = f"name: s\nmarket: {MARKET}\nmembers: 100\ndays: 30\nreplicates: 2\n"

# A file, the line and column of what is wrong (None: the file as a whole), and a piece of what is said.
SCENARIOS: list[tuple[str, str | None, str]] = [
    ("", None, "文件是空的"),
    ("- a\n- b\n", "1:1", "应是键值映射"),
    (HEAD + "dayss: 3\n", "6:1", "不认识的键；是不是 days？"),
    (HEAD + "policy: {push: {per_weeks: 3}}\n", "6:17", "是不是 per_week？"),
    (HEAD + "policy: {push: {xyz: 3}}\n", "6:17", "这里可用的有"),
    (HEAD.replace("days: 30", "days: -1"), "4:1", "必须是不小于 1 的数，而不是 -1"),
    (HEAD.replace("days: 30", "days: soon"), "4:1", "必须是整数，而不是文本 'soon'"),
    (HEAD.replace("days: 30", "days: '30'"), "4:1", "请去掉引号"),
    (HEAD.replace("days: 30", "days: 2.5"), "4:1", "必须是整数，而不是 2.5"),
    (HEAD.replace("days: 30", "days: true"), "4:1", "必须是整数，而不是 true"),
    (HEAD.replace("days: 30", "days:"), "4:1", "而不是空"),
    (HEAD.replace("days: 30", "days: [1]"), "4:1", "而不是列表"),
    (HEAD.replace("members: 100", "members: 99999999999"), "3:1", "必须是不大于"),
    (HEAD.replace("members: 100", "members: 0"), "3:1", "私域池里始终没有人"),
    (HEAD.replace("name: s", "name: a b"), "1:1", "名称只能由字母"),
    (HEAD + "founding: old\n", "6:1", "不认识 'old'"),
    (HEAD + "founding: 3\n", "6:1", "之一，而不是 3"),
    (HEAD + "founding: from_export\n", "6:1", "需要 orders"),
    (HEAD + "orders: none.csv\n", "6:1", "没有文件"),
    (HEAD + "start: 2026-13-01\n", "6:1", "请"),
    (HEAD + "start: 9999-12-30\n", "6:1", "9999 年"),
    (HEAD + "policy: {content: {education: 0.5, emotion: 0.5, promotion: 0.5}}\n", "6:10", "各项比例之和为 1.5"),
    (HEAD + "policy: {content: {education: 20%, emotion: 0.5, promotion: 0.5}}\n", "6:20", "20% 写 0.2"),
    (HEAD + "policy: {push: {hour: [25]}}\n", "6:17", "0 到 23 的钟点"),
    (HEAD + "policy: {push: {hour: []}}\n", "6:17", "至少要写一个钟点"),
    (HEAD + "policy: {acquisition: [{channel: a}]}\n", "6:24", "没有说明有多少人加入"),
    (
        HEAD + "policy: {acquisition: [{channel: a, per_day: 1}, {channel: a, per_day: 2}]}\n",
        "6:51",
        "已有名为 a 的渠道",
    ),
    (HEAD + "policy: {acquisition: {channel: a}}\n", "6:10", "必须是列表，而不是键值映射"),
    (
        HEAD + "policy: {coupons: [{kind: threshold, off: 8, every_days: 3, valid_days: 3}]}\n",
        "6:20",
        "满减券需要 min_spend",
    ),
    (
        HEAD + "policy: {coupons: [{kind: percent, off: 8, every_days: 3, valid_days: 3}]}\n",
        "6:36",
        "应是订单金额的比例",
    ),
    (HEAD + "targets: {ltv_cac: 3}\n", "6:11", "必须是带引号的比较"),
    (HEAD + "targets: {ltvcac: '>= 3'}\n", "6:11", "不认识的指标；是不是 ltv_cac？"),
    (HEAD + "targets: {d7_retention: '>= 30'}\n", "6:11", "0 到 1 之间的比例"),
    (HEAD + "days: 3\n", "6:1", "写了两次，第一次在第 4 行"),
    (HEAD + "costs: {message: .inf}\n", "6:9", "必须是有限的数"),
    (HEAD + "costs: [3]\n", "6:1", "必须是键值映射"),
    (HEAD + "days：3\n", "6:5", "这里是全角的“：”，请改成半角的“:”"),
    (HEAD + "policy:\n\tpush: {}\n", "7:1", "请用空格缩进"),
    (HEAD + "---\nname: t\n", "6:1", "一个文件只能有一个方案"),
    (HEAD + "policy: {push: [}\n", "6:17", "不是有效的 YAML"),
    (HEAD + "believes: 'a\n", "7:1", "引号"),
    (HEAD + "believes: !x a\n", "6:1", "方案不使用标签 !x"),
    (HEAD + "3: a\n", "6:1", "键必须是文本"),
    (HEAD + "believes: *a\n", "6:11", "锚点"),
    (HEAD + "extends: none.yaml\n", "6:1", "没有文件"),
    (HEAD + "extends: 3\n", "6:1", "必须是一个文件的路径"),
    (HEAD + "response: {click_trust: nice}\n", "6:12", "而不是文本 'nice'"),
    ("name: s\nmembers: 100\n", "1:1", "缺少这一项：市场文件的路径"),
    ("name: s\nmarket: none.yaml\n", "2:1", "siyu calibrate"),
    ("name: s\nmarket: {margin: 2}\n", "2:1", "缺少这一项：客户多久下一单、何时流失（另有 2 处错误）"),
]

# Orders as CSV, and what is said of them.
ORDERS: list[tuple[str, str]] = [
    ("", "文件是空的；请重新导出订单"),
    ("a,b,c\n1,2,3\n", "没有认出哪一列是客户（现有的列：a, b, c）"),
    ("customer,b,c\n1,2,3\n", "没有认出哪一列是日期"),
    ("customer,date,amount\n", "其中没有订单"),
    ("customer,date,amount\nx,2024-01-31,3\n,2024-02-01,4\n", "第 3 行：列 'customer' 没有客户；请改正，或剔除这一行"),
    ("customer,date,amount\nx,soon,3\ny,late,4\n", "列 'date' 中的 'soon' 不是日期（请写成 2024-01-31）"),
    ("customer,date,amount\nx,soon,3\ny,late,4\n", "剔除全部 2 个同类的行"),
    ("customer,date,amount\nx,2024-01-31,much\n", "列 'amount' 中的 'much' 不是金额"),
    ("customer,date,amount\nx,2999-01-31,3\n", "日期 '2999-01-31' 在未来"),
    ("customer,date,amount,amount\nx,2024-01-31,3,4\n", "有两列都叫 'amount'"),
    ("customer,date,amount\nx,2024-01-31,$3\ny,2024-01-31,€4\n", "有多种货币：EUR（1 行，首见于第 3 行）和 USD"),
    ("customer,date,amount\nx,2024-01-31,3,4,5\n", "个字段，而表头是 3 个"),
    ('customer,date,amount\n"x,2024-01-31,3\n', "引号没有成对"),
]

# Commands, and what is said of them; {file} is a scenario, {orders} a file of orders.
COMMANDS: list[tuple[str, str]] = [
    ("sweep {file} members --lang zh", "要扫描的取值请写成 键=1..14 或 键=1,2,4"),
    ("sweep {file} days=5..1 --lang zh", "范围必须递增"),
    ("simulate {file} --out {file} --lang zh", "这是文件；请用 --out 给出文件夹"),
    ("forecast {orders} --horizon soon --lang zh", "请写成 365d、52w 或 3y 的形式"),
    ("forecast {orders} --run-in soon --lang zh", "请写 auto、none，或天数"),
    ("forecast {orders} --discount 10 --lang zh", "；10% 应写成 0.10"),
    ("forecast {orders} --season none.yaml --lang zh", "无法读取（文件或文件夹不存在）"),
    ("forecast {orders} --by x --lang zh", "还需用 --customers 给出"),
    (
        "forecast {orders} --customer buyer --lang zh",
        "没有列 'buyer'，无法作为客户；现有的列：customer, date, amount。",
    ),
    ("forecast nothing.csv --lang zh", "没有这个文件；请检查文件名"),
    ("calibrate {orders} -o m.yaml --currency CNY --lang zh", "客户"),
    ("calibrate {orders} -o m.yaml --currency yuan --lang zh", "没有列 'yuan'，无法作为币种"),
    ("import {file} -o o.parquet --lang zh", "表头不属于任何已知的导出格式"),
    ("new ? --lang zh", "名称只能由字母"),
    ("check {file} --members", "没有这个选项：--members"),
    ("check", "缺少参数"),
    ("simulate {file} --days soon", "'--days' 的值无效：必须是整数"),
    ("simulate {file} --seed -1", "不能小于 0"),
    ("simulate {file} --engine fast", "'fast' 不在可选项"),
    ("simulate {file} a b", "多余的参数"),
    ("simulat {file}", "没有这个命令：'simulat'"),
]

# The same of what is refused when the simulator is ready; {other} is a scenario that comes with siyu.
COMPILED: list[tuple[str, str]] = [
    ("sweep {file} days=5 --lang zh", "有 1 种组合；请给出 2 到"),
    ("sweep {file} days=5,5 --lang zh", "5 写了两次"),
    ("sweep {file} seed=1,2 --lang zh", "不属于策略"),
    ("sweep {file} polcy.push.per_week=1,2 --lang zh", "是不是 policy？"),
    ("sweep {file} days=10,20 --objective churn --lang zh", "不是越大越好的指标"),
    ("compare {file} {file} --lang zh", "有 2 个方案都叫这个名字"),
    ("compare {file} --against x --lang zh", "没有这个名字的方案"),
    ("compare {file} {other} --against x --lang zh", "可与 s 或 balanced 比较"),
    ("compare {file} --jobs 0 --lang zh", "同时运行的重复次数必须至少为 1"),
]

# English that may stand in a Chinese sentence: formats, models, measures, what is typed on the command line.
_NAMES = (
    "yaml utf csv xlsx parquet gb excel iso cny usd eur json siyu new check simulate calibrate orders balanced options "
    "args "
    "python pytest command help true false refuse drop bad rows auto estimate none cac roi per day week customer "
    "date amount "
    "scenario values file "
    "forecast compiled agents days number hour"
)


def words(text: str) -> set[str]:
    return {word.lower() for word in re.findall(r"[A-Za-z]{3,}", text)}


_KEYS = str(Scenario.model_json_schema(by_alias=True)) + " ".join(REGISTRY)
KNOWN = set(_NAMES.split()) | words(_KEYS.replace("_", " "))


def refused(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """What a command says on standard error; it ends with exit code 2."""
    monkeypatch.setattr(sys, "argv", ["siyu", *arguments])
    with pytest.raises(SystemExit) as left:
        sim.cli.main()
    captured = capsys.readouterr()
    assert left.value.code == 2, captured
    return captured.err


def is_chinese(said: str, written: str) -> bool:
    """Whether a sentence has Chinese in it, and no English word but what was written and what is a name."""
    left = words(said.replace("_", " ")) - words(written.replace("_", " ")) - KNOWN
    return re.search(r"[\u4e00-\u9fff]", said) is not None and left == set()


@pytest.mark.parametrize(("text", "at", "piece"), SCENARIOS)
def test_what_is_wrong_with_a_scenario(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    text: str,
    at: str | None,
    piece: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "方案.yaml").write_text(text, encoding="utf-8")
    said = refused(monkeypatch, capsys, "check", "方案.yaml", "--lang", "zh")
    assert said.startswith("方案.yaml：" if at is None else f"方案.yaml:{at}：") and piece in said, said
    assert is_chinese(said, text), said
    english = refused(monkeypatch, capsys, "check", "方案.yaml", "--lang", "en")
    assert english.startswith("方案.yaml:" if at is None else f"方案.yaml:{at}: ")
    assert words(english) - words(text) != set()  # said, not only pointed at


@pytest.mark.parametrize(("text", "piece"), ORDERS)
def test_what_is_wrong_with_orders(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], text: str, piece: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "订单.csv").write_text(text, encoding="utf-8")
    said = refused(monkeypatch, capsys, "forecast", "订单.csv", "--lang=zh")
    assert said.startswith("订单.csv") and piece in said, said
    assert is_chinese(said, text), said


@pytest.mark.parametrize(
    ("command", "piece"), [*COMMANDS, *(pytest.param(*case, marks=pytest.mark.slow) for case in COMPILED)]
)
def test_what_is_wrong_with_a_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], command: str, piece: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "s.yaml").write_text(HEAD, encoding="utf-8")
    (tmp_path / "o.csv").write_text("customer,date,amount\nx,2024-01-31,3\ny,2024-02-01,4\n", encoding="utf-8")
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    arguments = command.format(
        file="s.yaml", orders="o.csv", other=ROOT / "benchmarks" / "cdnow" / "balanced.yaml"
    ).split()
    said = refused(monkeypatch, capsys, *arguments)
    assert piece in said, said
    assert is_chinese(said, command), said


# --- which language ----------------------------------------------------------------------------------------------------


def test_which_language_is_asked_for() -> None:
    chinese = {"LANG": "zh_CN.UTF-8"}
    assert language(["check", "--lang", "zh"], {}) == language(["--lang=zh"], {}) == "zh"
    assert language([], chinese) == language([], {"LC_ALL": "", "LC_MESSAGES": "zh_TW", "LANG": "C"}) == "zh"
    assert language(["--lang", "en"], chinese) == language([], {"LC_ALL": "C", **chinese}) == language([], {}) == "en"
    assert language(["--lang"], chinese) == "en"  # a mistake of its own, said by the parser


def test_a_shell_in_china_needs_no_option(tmp_path: Path) -> None:
    """In a process of its own, as a shell starts it: nothing but LANG."""
    around = {name: value for name, value in os.environ.items() if not name.startswith("LC_")} | {"LANG": "zh_CN.UTF-8"}
    code = "from sim.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", code, "check", "没有.yaml"], cwd=tmp_path, env=around, capture_output=True, check=False
    )
    assert done.returncode == 2
    assert done.stderr.decode("utf-8").startswith("没有.yaml：没有这个文件；")


def test_exceptions_in_python_stay_english_and_can_be_said_in_chinese(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    with pytest.raises(BadInput, match="there is no such file") as refusal:
        read_orders("nothing.csv")
    assert refusal.value.say("zh") == say(refusal.value, "zh") == "nothing.csv：没有这个文件；请检查文件名。"
    with pytest.raises(BadInput, match="there is no such file") as refusal:
        load("nothing.yaml")
    assert say(refusal.value, "zh").startswith("nothing.yaml：没有这个文件；")


def test_errors_survive_the_way_from_a_worker() -> None:
    import pickle

    for error in (
        BadInput("{path}: there is no such file.", path="a"),
        CannotIdentify("{name}: fit it first.", name="b"),
        Misfit("goes with orders only; leave it out", "orders_until"),
    ):
        again = pickle.loads(pickle.dumps(error))
        assert (str(again), say(again, "zh")) == (str(error), say(error, "zh"))
        assert vars(again) == vars(error)


def test_a_stop_is_said_in_chinese(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from models.data import files
    from sim.outputs import stopping
    from sim.results.replication import replicates

    monkeypatch.setattr(files, "WRITTEN", [tmp_path / "a", tmp_path / "b"])
    monkeypatch.setattr(replicates, "to_resume", lambda: (20, 24, None))
    for path in files.WRITTEN:
        path.touch()
    assert stopping.stopped("zh") == (
        f"已停止，此前已写入：{tmp_path}（2 个文件）；24 次重复中已保存 20 次：再运行同一命令即可接着做"
    )
    assert stopping.stopped().endswith("(2 files); 20 of 24 replicates are kept: the same command goes on from there")
