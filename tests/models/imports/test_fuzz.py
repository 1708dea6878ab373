"""Hypothesis over the importer: one clear sentence or whole tables, and every row accounted for."""

import math
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.data.imports import import_exports
from models.errors import BadInput

TODAY = date(2026, 11, 1)
SALT = b"a salt only for tests, 32 bytes!"
FAST = settings(
    max_examples=120,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)

odd = st.one_of(
    st.text(max_size=8),
    st.sampled_from(
        ["", "-", '="1"', "\t7", "'8", "１２", "NaN", "1e400", "9" * 40, "无", "inf", "1.2E+18", "9999-12-31"]
    ),
    st.datetimes().map(str),
    st.floats().map(str),
)
numbers = st.sampled_from(["1", "2", "3", "1234567890123456789"])
times = st.sampled_from(["2026-06-01 10:00:00", "2026/6/2 9:05", "2026-06-01T10:00:00+08:00", "1780276800"])
money = st.sampled_from(["1,000.50", "¥3", "0", "0.005", "0.10", "19.9", "7"])
people = st.sampled_from(["13900010001", "13900010002", "+86 13900010001"])
GOOD = {
    **dict.fromkeys(("order", "line", "message", "orders"), numbers),
    **dict.fromkeys(("created", "paid", "since", "member_since", "last", "start", "end", "day", "opened_at"), times),
    **dict.fromkeys(("joins", "exits"), st.sampled_from(["0", "12", "1,000"])),
    "total": st.sampled_from(["1,000.50", "7", "12", "0"]),
    **dict.fromkeys(("amount", "refund", "settled"), money),
}
COUNTED = {"orders": 0, "refused": 0, "other": 0}


def check(paths: list[Path], rows: int | None, **options: Any) -> None:
    try:
        found = import_exports(paths, salt=SALT, today=TODAY, **options)
    except BadInput as problem:
        assert "\n" not in str(problem) and str(problem).endswith((".", ")."))
        COUNTED["refused"] += 1
        return
    COUNTED["orders" if found.orders is not None else "other"] += 1
    report = found.report
    assert report.rows_in == report.rows_used + sum(report.dropped.values())
    if rows is not None:
        assert report.rows_in == rows
    for name, table in found.tables.items():
        if table is not None:
            for row in table.to_pylist():
                assert row.get("customer") or row.get("group") or name == "daily"
                assert not any(isinstance(value, float) and not math.isfinite(value) for value in row.values())
    if found.orders is not None:
        assert found.orders.num_rows == report.orders_made <= report.rows_used
        assert not any(found.orders[name].null_count for name in ("customer", "time", "amount", "refunded", "platform"))
        assert sum(round(value * 100) for value in found.orders["amount"].to_pylist()) == int(report.amount * 100)
    report.to_json()


def rows_of(header: list[str], layout: Any) -> st.SearchStrategy[list[list[str]]]:
    """Rows that are good but for a few cells."""
    meaning = {position: name for name, (position, _) in layout.columns.items()}
    states = st.sampled_from(sorted(layout.type.status) or ["1"])

    def cell(position: int) -> st.SearchStrategy[str]:
        name = meaning.get(position, "")
        return people if name.startswith("key_") else states if name == "status" else GOOD.get(name, st.just(""))

    good = st.lists(st.tuples(*map(cell, range(len(header)))).map(list), max_size=6)
    spoiled = st.lists(st.tuples(st.integers(0, 5), st.sampled_from(sorted(meaning)), odd), max_size=4)

    def spoil(rows: list[list[str]], cells: list[tuple[int, int, str]]) -> list[list[str]]:
        for row, position, text in cells:
            if row < len(rows):
                rows[row][position] = text
        return rows

    return st.builds(spoil, good, spoiled)


@FAST
@given(data=st.data(), encoding=st.sampled_from(["utf-8", "utf-8-sig", "gb18030"]), drop=st.booleans())
def test_every_platform(data: st.DataObject, encoding: str, drop: bool, make: SimpleNamespace) -> None:
    from models.data.imports.platforms import recognise

    headers = [make.YOUZAN_ORDERS, make.YOUZAN_CUSTOMERS, make.TAOBAO_CLASSIC, [*make.TAOBAO_SHEET, "买家会员名"],
               [*make.TMALL_REPORT, "买家会员名"], [*make.DOUYIN, "买家手机号"], make.LINKWECHAT,
               make.SETTLEMENT]  # fmt: skip
    headers += [make.LINKWECHAT_CUSTOMERS, make.LINKWECHAT_DAILY, make.MOCHAT_ROOMS, make.REES46]
    headers += [make.YOUZAN_CUSTOMERS, make.LINKWECHAT, make.SETTLEMENT]  # again: sheets without orders come too seldom
    with TemporaryDirectory() as folder:
        paths, count = [], 0
        for i, header in enumerate(data.draw(st.lists(st.sampled_from(headers), min_size=1, max_size=2))):
            body = data.draw(rows_of(header, recognise(header, "x")))
            blank = [row for row in body if not any(cell.strip() for cell in row)]
            path = Path(folder) / f"{i}.csv"
            try:
                path.write_bytes(make.as_csv(header, body).encode(encoding))
            except UnicodeEncodeError:
                return
            paths.append(path)
            count += len(body) - len(blank)
        identity = data.draw(st.sampled_from([None, None, None, "phone", "member", "买家手机号"]))
        check(paths, count, bad_rows="drop" if drop else "refuse", identity=identity)


def test_the_fuzz_meets_good_and_bad() -> None:
    """Runs after the one above: neither side of it is empty."""
    assert not any(COUNTED.values()) or min(COUNTED.values()) >= 5, COUNTED


@FAST
@given(
    st.one_of(
        st.binary(max_size=200), st.text(max_size=120).map(lambda t: ("订单号,a\n" + t).encode("utf-8", "replace"))
    )
)
def test_any_bytes(content: bytes) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "o.csv"
        path.write_bytes(content)
        check([path], None, bad_rows="drop")
        check([path], None, customer="订单号", date="a", amount="b")
        path.write_bytes(b"customer,date,amount\n" + content)
        check([path], None, customer="customer", bad_rows="drop")
        path.write_bytes(b"PK\x03\x04" + content)
        check([path], None)
