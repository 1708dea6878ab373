"""Nobody's name leaves, nothing is guessed in silence, and every refusal is one clear sentence."""

import json
from datetime import date, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from models.data.day_counts import BusyDay, Gap, calendar
from models.data.imports import import_exports
from models.data.imports.identity import find_salt
from models.errors import BadInput
from sim.cli.importing import import_
from sim.words import WORDS

app = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False)
app.command("import")(import_)
app.command("other")(lambda: None)


def run(*arguments: str) -> Any:
    return CliRunner().invoke(app, ["import", *arguments], env={"COLUMNS": "200"})


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SIYU_SALT", raising=False)


def leaks(make: SimpleNamespace, *contents: bytes) -> list[str]:
    """The planted secrets that are in any of the contents, in any encoding that an output might have."""
    forms = [(secret, secret.encode(code)) for secret in make.SECRETS for code in ("utf-8", "utf-16-le", "gb18030")]
    return [secret for secret, form in forms if any(form in content for content in contents)]


def everything(folder: Path, but: set[Path]) -> list[bytes]:
    return [path.read_bytes() for path in folder.rglob("*") if path.is_file() and path not in but]


def test_the_command_end_to_end_without_persons(make: SimpleNamespace, tmp_path: Path) -> None:
    orders = make.write_csv(tmp_path / "有赞.csv", make.YOUZAN_ORDERS, make.youzan_orders(), "gb18030")
    people = make.write_csv(tmp_path / "客户.csv", make.YOUZAN_CUSTOMERS, [
        {"客户姓名": make.NAMES[0], "客户昵称": make.NICKNAMES[0], "客户手机号": make.PHONES[0]}])  # fmt: skip
    sends = tmp_path / "群发.csv"
    sends.write_text(
        make.as_csv(make.LINKWECHAT, [["1", "m", "s", "wm1", "", "1", "2026-06-01 10:00:05"]]), encoding="utf-8"
    )
    salt = tmp_path / "salt.txt"
    salt.write_bytes(make.SALT)
    result = run(
        str(orders),
        str(people),
        str(sends),
        "-o",
        "out/orders.parquet",
        "--salt-file",
        "salt.txt",
        "--json",
        "out/r.json",
    )
    assert result.exit_code == 0, result.output
    names = {path.name for path in Path("out").iterdir()}
    beside = ("contacts", "customers", "touches", "ties")
    assert names == {"orders.parquet", *(f"orders.{name}.parquet" for name in beside), "r.json"}
    written = everything(tmp_path, {orders, people, sends, salt})
    assert len(written) == 6
    assert leaks(make, result.output.encode(), *written) == []
    assert leaks(make, orders.read_bytes())  # the search does find what is there
    assert make.SALT not in b"".join(written) and make.SALT.decode() not in result.output
    report = json.loads(Path("out/r.json").read_text())
    assert (report["rows_in"], report["rows_used"]) == (11, 7)
    assert report["rows_in"] == report["rows_used"] + sum(report["dropped"].values())
    assert report["amount"] == "1430.10"
    assert report["salt"] == "file"
    assert "1,430.10" in result.output and "phone" in result.output
    # written uncompressed, the texts of the Parquet file can be searched
    import pyarrow.parquet as pq

    for path in Path("out").glob("*.parquet"):
        assert leaks(make, str(pq.read_table(path).to_pylist()).encode()) == []
    zh = run(str(orders), "-o", "zh.parquet", "--salt-file", "salt.txt", "--lang", "zh")
    assert "区分客户的依据" in zh.output and "随机新盐" not in zh.output
    assert leaks(make, zh.output.encode()) == []


def test_same_salt_same_ids_and_a_fresh_salt_is_said(make: SimpleNamespace, tmp_path: Path, monkeypatch: Any) -> None:
    path = make.write_csv(tmp_path / "o.csv", make.YOUZAN_ORDERS, make.youzan_orders())
    tables = [import_exports(path, salt=salt, today=make.TODAY).orders for salt in (make.SALT, make.SALT, None, None)]
    assert tables[0] is not None and tables[0].equals(tables[1])
    ids = [set(table["customer"].to_pylist()) for table in tables if table is not None]
    assert ids[0] == ids[1] and not ids[1] & ids[2] and not ids[2] & ids[3]
    fresh = run("o.csv", "-o", "a.parquet")
    assert "fresh and random, kept nowhere" in fresh.output
    monkeypatch.setenv("SIYU_SALT", make.SALT.decode())
    assert import_exports(path, today=make.TODAY).report.salt == "environment"
    assert import_exports(path, today=make.TODAY).orders.equals(tables[0])  # type: ignore[union-attr]
    assert "from SIYU_SALT" in run("o.csv", "-o", "b.parquet").output
    monkeypatch.setenv("SIYU_SALT", "short")
    with pytest.raises(BadInput, match="SIYU_SALT: the salt has 5 bytes; use at least 16"):
        import_exports(path)
    with pytest.raises(BadInput, match=r"none\.txt: the salt cannot be read"):
        find_salt(salt_file="none.txt")
    assert make.SALT.decode() not in repr(find_salt(make.SALT))


def shifted(make: SimpleNamespace, column: str, value: str) -> list[dict[str, str]]:
    values: list[dict[str, str]] = make.youzan_orders()
    values[1] = {**values[1], column: value}
    return values


def test_calls_that_make_no_sense(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="there are no files; give at least one"):
        import_exports([])
    with pytest.raises(BadInput, match="bad_rows is 'keep'; it must be refuse or drop"):
        import_exports(tmp_path / "orders.csv", bad_rows="keep")


@pytest.mark.parametrize(
    ("column", "value", "sentence"),
    [
        ("订单号", "", "column '订单号' has no order number"),
        ("订单号", "1.23457E+18", "column '订单号' holds a number that a spreadsheet has shortened"),
        ("订单状态", "欧阳测试甲", "column '订单状态' holds a status that is not known"),
        ("买家付款时间", "13900010001", "column '买家付款时间' holds no date"),
        ("买家付款时间", "2031-01-01 00:00:00", "column '买家付款时间' holds a date in the future"),
        ("订单实付金额", "测试省虚构市子虚路1号", "column '订单实付金额' holds no amount"),
        ("订单实付金额", "-5", "column '订单实付金额' holds an amount below zero"),
        ("订单实付金额", "12,34", "column '订单实付金额' holds no amount"),
        ("订单已退款金额", "昵称甲甲", "column '订单已退款金额' holds no amount"),
    ],
)
def test_bad_rows(column: str, value: str, sentence: str, make: SimpleNamespace, tmp_path: Path) -> None:
    path = make.write_csv(tmp_path / "o.csv", make.YOUZAN_ORDERS, shifted(make, column, value))
    refused = run("o.csv", "-o", "out.parquet", "--json", "r.json")
    assert isinstance(refused.exception, BadInput)
    # The header is row 1.
    assert str(refused.exception) == f"o.csv: row 3: {sentence}" + str(refused.exception).split(sentence)[1]
    assert str(refused.exception).endswith("leave this row out (bad_rows drop).")
    assert leaks(make, str(refused.exception).encode(), refused.output.encode()) == []
    assert {p.name for p in tmp_path.iterdir()} == {"o.csv"}
    found = import_exports(path, salt=make.SALT, bad_rows="drop", today=make.TODAY)
    assert (found.report.rows_in, found.report.rows_used) == (9, 4)
    assert sum(found.report.dropped.values()) == 5


def test_bad_cells_of_orders_that_do_not_count_do_no_harm(make: SimpleNamespace, tmp_path: Path) -> None:
    values = make.youzan_orders()
    values[3] = {**values[3], "订单实付金额": "", "订单创建时间": ""}  # never paid
    path = make.write_csv(tmp_path / "o.csv", make.YOUZAN_ORDERS, values)
    assert import_exports(path, salt=make.SALT, today=make.TODAY).report.rows_used == 5


def test_malformed_files(make: SimpleNamespace, tmp_path: Path) -> None:
    good = make.as_csv(make.YOUZAN_ORDERS, make.rows(make.YOUZAN_ORDERS, make.youzan_orders()))
    lines = good.split("\r\n")
    cases = {
        "more": (good + ",".join(["1"] * 70) + "\r\n", r"row 11: there are 70 fields where the header has 60"),
        "fewer": (good + "E1,,,,交易完成\r\n", r"row 11: there are 5 fields where the header has 60"),
        "quote": (good + '"E2,open\r\n', r"row 11: a quotation mark is opened and not closed"),
        "headless": ("\r\n".join(lines[1:]), r"its header is that of no export known here; give the columns with"),
        "twice": (good.replace("订单号,", "订单号,订单号,", 1), r"there are two columns called '订单号'"),
        "none": (lines[0], r"there are no orders in it; export the orders again"),
    }
    for name, (content, sentence) in cases.items():
        path = tmp_path / f"{name}.csv"
        path.write_text(content, encoding="utf-8", newline="")
        with pytest.raises(BadInput, match=sentence) as caught:
            import_exports(path, salt=make.SALT, today=make.TODAY)
        assert str(caught.value).startswith(str(path)), name
        assert leaks(make, str(caught.value).encode()) == []
    for name in ("more", "fewer"):
        found = import_exports(tmp_path / f"{name}.csv", salt=make.SALT, bad_rows="drop", today=make.TODAY)
        assert found.report.dropped["malformed row"] == 1
        assert (found.report.rows_in, found.report.rows_used) == (10, 5)
    with pytest.raises(BadInput, match="its first rows hold no names of columns") as caught:
        import_exports(tmp_path / "headless.csv", customer="买家", salt=make.SALT)
    assert leaks(make, str(caught.value).encode()) == []


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("none.csv", None, "none.csv: there is no such file; check the name."),
        ("empty.csv", b" \n", "empty.csv: the file is empty; export it again."),
        ("zeros.csv", b"a\0b", "zeros.csv: this is not a text file"),
        ("broken.xlsx", b"PK\x03\x04 no workbook", "broken.xlsx: the workbook is damaged or none (BadZipFile)"),
        ("old.xls", b"\xd0\xcf\x11\xe0 no workbook", "old.xls: the workbook is damaged or none"),
        ("t.parquet", b"PAR1....PAR1", "t.parquet: the Parquet file is damaged or cut off; write it again."),
        ("half.csv", b"\xff\xfea\0,\0b", "half.csv: the text is cut off or damaged"),
    ],
)
def test_bad_files(name: str, content: bytes | None, sentence: str) -> None:
    if content is not None:
        Path(name).write_bytes(content)
    result = run(name, "-o", "out.parquet")
    assert isinstance(result.exception, BadInput)
    assert str(result.exception).startswith(sentence)
    assert not Path("out.parquet").exists()


def test_numbers_cut_to_zeros_are_refused(make: SimpleNamespace, tmp_path: Path) -> None:
    values = [{**row, "订单号": f"{123456789012345 + i}0000"} for i, row in enumerate(make.youzan_orders())]
    path = make.write_csv(tmp_path / "o.csv", make.YOUZAN_ORDERS, values)
    with pytest.raises(BadInput, match="column '订单号' holds numbers that end in zeros after 15 digits"):
        import_exports(path, salt=make.SALT, bad_rows="drop", today=make.TODAY)


def test_identity_is_a_choice_where_no_key_is_clear(make: SimpleNamespace, tmp_path: Path) -> None:
    values = make.youzan_orders()
    values[0]["买家手机号"] = "139****0001"
    values[1]["买家手机号"] = "00000000000"
    values[8]["买家昵称"] = "微信用户"
    path = make.write_csv(tmp_path / "o.csv", make.YOUZAN_ORDERS, values)
    options = {"salt": make.SALT, "today": make.TODAY}
    with pytest.raises(BadInput, match=r"share attributed: recipient_phone 100.0%, nickname 80.0%, phone 60.0%\)"):
        import_exports(path, **options)
    found = import_exports(path, identity="nickname", **options)
    assert found.report.identity is not None
    assert (found.report.identity.key, found.report.identity.automatic) == ("nickname", False)
    assert found.report.identity.share == pytest.approx(0.8)
    assert found.report.dropped["no customer"] == 1
    assert found.report.rows_in == found.report.rows_used + sum(found.report.dropped.values())
    by_name = import_exports(path, identity="买家手机号", **options)
    by_kind = import_exports(path, identity="phone", **options)
    assert by_name.orders is not None and by_name.orders.equals(by_kind.orders)
    with pytest.raises(
        BadInput, match=r"no column holds the identity 'union_id' \(there is nickname, phone, recipient_phone\)"
    ):
        import_exports(path, identity="union_id", **options)
    for row in values:
        row["买家手机号"] = "139****0001"
    masked = make.write_csv(tmp_path / "m.csv", make.YOUZAN_ORDERS, values)
    with pytest.raises(BadInput, match="the identity 'phone' is masked or encrypted in every usable order"):
        import_exports(masked, identity="phone", **options)


def test_outputs_are_all_there_or_none(make: SimpleNamespace, tmp_path: Path) -> None:
    make.write_csv(tmp_path / "o.csv", make.YOUZAN_ORDERS, make.youzan_orders())
    Path("file").write_text("x")
    result = run("o.csv", "-o", "out.parquet", "--json", "file/r.json")
    assert isinstance(result.exception, BadInput)
    assert not Path("out.parquet").exists()
    assert [p.name for p in tmp_path.iterdir() if p.name.startswith(".")] == []
    assert run("o.csv", "-o", "out.parquet").exit_code == 0
    again = run("o.csv", "-o", "out.parquet")
    assert str(again.exception) == "out.parquet: this file is there already; choose another name, or add --force."
    assert run("o.csv", "-o", "out.parquet", "--force").exit_code == 0
    assert str(run("o.csv", "-o", "o.csv", "--force").exception).startswith("o.csv: this file is read")
    same = run("o.csv", "-o", "n.parquet", "--json", "n.parquet")
    assert str(same.exception) == "n.parquet: two outputs have the same name; give each its own."


def test_the_calendar() -> None:
    start = date(2026, 1, 1)
    days = [start + timedelta(days=i) for i in range(60) if not 20 <= i < 24]
    orders = [30] * len(days)
    orders[40] = 400
    gaps, busy = calendar(days, orders)
    assert gaps == [Gap(date(2026, 1, 21), date(2026, 1, 24), 4)]
    assert busy == [BusyDay(days[40], 400, 30.0)]
    rare = [start + timedelta(days=3 * i) for i in range(50)]
    assert calendar(rare, [1] * 50) == ([], [])  # a small shop has empty days
    assert calendar([], []) == ([], [])


def test_every_reason_and_text_has_its_chinese() -> None:
    import ast

    from models.data.door import problems
    from models.data.imports import others
    from sim.cli import importing

    reasons = [value for module in (problems, others) for name, value in vars(module).items()
               if name.isupper() and isinstance(value, str) and not name.startswith("_")]  # fmt: skip
    assert len(reasons) > 15
    texts = [
        node.args[0].value
        for node in ast.walk(ast.parse(Path(str(importing.__file__)).read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and getattr(node.func, "id", "") == "say"
        and isinstance(node.args[0], ast.Constant)
    ]
    assert len(texts) > 20
    assert [text for text in [*reasons, *texts] if WORDS.chinese(text) is None] == []


def test_help_shows_an_example() -> None:
    result = run("--help")
    assert result.exit_code == 0
    assert "siyu import " in result.output


def test_forecast_of_an_import_is_that_of_the_log(make: SimpleNamespace, tmp_path: Path) -> None:
    """CDNOW's sample, written as a Youzan export, imported and fitted, gives the published fit."""
    from models.data.orders import cdnow, read_orders
    from models.data.rfm import summarise
    from models.families.bg_nbd import BGNBD

    log = cdnow(sample=True).to_frame()
    values = [
        {
            **make.youzan(f"E{i:06d}", 0, str(row.time), str(row.time), f"{row.amount:.2f}"),
            "买家手机号": f"139{int(row.customer):08d}",
        }
        for i, row in enumerate(log.itertuples())
    ]
    make.write_csv(tmp_path / "o.csv", make.YOUZAN_ORDERS, values, "gb18030")
    assert run("o.csv", "-o", "orders.parquet").exit_code == 0
    read = read_orders("orders.parquet")
    assert (read.rows_used, read.customers) == (6_919, 2_357)
    fitted = BGNBD().fit(summarise(read, "1997-09-30"))
    assert fitted.params_["alpha"] / 7 == pytest.approx(4.4136, abs=1e-4)
    assert read.to_frame()["amount"].sum() == pytest.approx(log["amount"].sum(), abs=1e-6)
