"""Who was a friend of whom, in which group, a member, and how it ended; daily figures. Synthetic exports, known truth."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from models.errors import BadInput

JUNE = "2026-06-{:02d} 10:00:00".format


# --- ties ------------------------------------------------------------------------------------------------------------


def test_linkwechat_customers_are_those_still_there(
    tmp_path: Path, make: SimpleNamespace, read: Any, hashed: Any
) -> None:
    path = make.friends(tmp_path / "c.csv", ("wmA", "小王", JUNE(1), make.PHONES[0]), ("wmA", "小李", JUNE(9), ""))
    orders = make.write_csv(tmp_path / "o.csv", make.YOUZAN_ORDERS, make.youzan_orders())
    found = read(orders, path)
    a, phone = hashed("external_userid", "wmA"), hashed("phone", make.PHONES[0])
    assert make.rows_of(found.ties, "customer", "buyer", "staff", "start", "end", "ended") == [
        (a, phone, hashed("staff", "小王"), JUNE(1), None, False),
        (a, None, hashed("staff", "小李"), JUNE(9), None, False),
    ]
    assert phone in found.orders["customer"].to_pylist()  # so a touch finds its buyer
    assert set(make.rows_of(found.ties, "observed_from", "observed_until")) == {(JUNE(9), JUNE(9))}


def test_mochat_tables_of_friends_and_groups(tmp_path: Path, make: SimpleNamespace, read: Any, hashed: Any) -> None:
    """Its own numbers of customers become WeCom's where another table of the import has both."""
    rooms = make.write_csv(tmp_path / "room.csv", make.MOCHAT_ROOMS, [
        {"wx_user_id": "wmA", "contact_id": 11, "room_id": 5, "type": 2, "status": 1, "join_time": JUNE(1), "out_time": ""},
        {"wx_user_id": "wmB", "contact_id": 12, "room_id": 5, "type": 2, "status": 2, "join_time": JUNE(1),
         "out_time": JUNE(8)},
        {"wx_user_id": "staff", "contact_id": 0, "room_id": 5, "type": 1, "status": 1, "join_time": JUNE(1),
         "out_time": "0"}])  # fmt: skip
    staff = make.write_csv(tmp_path / "staff.csv", make.MOCHAT_EMPLOYEES, [
        {"employee_id": 3, "contact_id": 11, "status": 1, "create_time": JUNE(1), "deleted_at": "\\N"},
        {"employee_id": 3, "contact_id": 12, "status": 3, "create_time": JUNE(1), "deleted_at": JUNE(7)},
        {"employee_id": 3, "contact_id": 13, "status": 2, "create_time": JUNE(2), "deleted_at": "\\N"}])  # fmt: skip
    found = read(rooms, staff)
    a, b = (hashed("external_userid", f"wm{letter}") for letter in "AB")
    shown = ("customer", "key", "kind", "start", "end", "end_after", "end_before", "ended", "end_by")
    assert sorted(make.rows_of(found.ties, *shown), key=str) == sorted([
        (a, "external_userid", "group", JUNE(1), None, None, None, False, None),
        (b, "external_userid", "group", JUNE(1), JUNE(8), JUNE(8), JUNE(8), True, None),
        (a, "external_userid", "friend", JUNE(1), None, None, None, False, None),
        (b, "external_userid", "friend", JUNE(1), JUNE(7), JUNE(7), JUNE(7), True, "customer"),
        (hashed("mochat_contact", "13"), "mochat_contact", "friend", JUNE(2), None, None, None, True, "staff"),
    ], key=str)  # fmt: skip
    assert found.report.ties.dropped == {"member of staff": 1}
    windows = dict(make.rows_of(found.ties, "source", "observed_until"))
    assert windows == {"mochat_rooms": JUNE(8), "mochat_employees": JUNE(7)}


def test_weimob_lost_customers(tmp_path: Path, make: SimpleNamespace, read: Any, hashed: Any) -> None:
    values = [
        {"客户昵称": make.NICKNAMES[0], "外部联系人userid": "wmA", "所属员工": "小王", "添加时间": JUNE(1),
         "流失时间": JUNE(8), "留存天数": "7"},
        {"客户昵称": make.NICKNAMES[0], "外部联系人userid": "wmA", "所属员工": "小李", "添加时间": JUNE(2),
         "流失时间": JUNE(20), "留存天数": "18"},
    ]  # fmt: skip
    path = make.write_csv(tmp_path / "lost.csv", make.WEIMOB_LOST, values)
    found = read(path)
    assert make.rows_of(
        found.ties, "customer", "staff", "start", "end", "end_by", "observed_from", "observed_until"
    ) == [
        (
            hashed("external_userid", "wmA"),
            hashed("staff", name),
            JUNE(begun),
            JUNE(ended),
            "customer",
            JUNE(8),
            JUNE(20),
        )
        for name, begun, ended in (("小王", 1, 8), ("小李", 2, 20))
    ]
    with pytest.raises(BadInput, match="row 2: column '流失时间' holds a date before the tie began"):
        read(make.write_csv(path, make.WEIMOB_LOST, [{**values[0], "流失时间": "2026-05-01"}]))
    nameless = [name for name in make.WEIMOB_LOST if name != "外部联系人userid"]
    with pytest.raises(
        BadInput, match="no column names the customers; export the list with the customers' external_userid"
    ):
        read(make.write_csv(tmp_path / "n.csv", nameless, [{"添加时间": JUNE(1)}]))


def test_members_of_a_shop(tmp_path: Path, make: SimpleNamespace, read: Any, hashed: Any) -> None:
    values = [
        {"客户手机号": make.PHONES[0], "是否会员": "是", "成为会员时间": "2026-02-01", "企微好友": "是",
         "成为客户时间": JUNE(1)},
        {"客户手机号": make.PHONES[1], "是否会员": "否", "成为客户时间": JUNE(2)},
    ]  # fmt: skip
    found = read(make.write_csv(tmp_path / "c.csv", make.YOUZAN_CUSTOMERS, values))
    phone = hashed("phone", make.PHONES[0])
    assert make.rows_of(found.ties, "customer", "key", "kind", "start", "observed_from") == [
        (phone, "phone", "member", "2026-02-01 00:00:00", JUNE(2)),
        (phone, "phone", "friend", None, JUNE(2)),
    ]


@pytest.mark.parametrize("swap", [False, True])
def test_a_later_table_ends_a_tie(tmp_path: Path, make: SimpleNamespace, read: Any, swap: bool) -> None:
    base = {"employee_id": 3, "contact_id": 11, "create_time": JUNE(1)}
    states = ({"status": 1}, {"status": 2}, {"status": 2, "deleted_at": JUNE(7)})
    paths = [
        make.write_csv(tmp_path / f"{i}.csv", make.MOCHAT_EMPLOYEES, [{**base, **state}])
        for i, state in enumerate(states)
    ]
    found = read(*(reversed(paths) if swap else paths))
    assert make.rows_of(found.ties, "end", "end_by") == [(JUNE(7), "staff")]
    assert found.report.ties.dropped == {"duplicate": 2}


# --- daily figures ---------------------------------------------------------------------------------------------------


def test_daily_figures(tmp_path: Path, make: SimpleNamespace, read: Any) -> None:
    header = ("日期", "客户总数", "新增客户数", "流失客户数")
    early = make.write_csv(tmp_path / "1.csv", make.LINKWECHAT_DAILY, [
        dict(zip(header, row, strict=True)) for row in (("2026-06-01", "1,100", "5", "1"), ("2026-06-02", "1101", "2", "1"))
    ])  # fmt: skip
    late = make.write_csv(tmp_path / "2.csv", make.LINKWECHAT_DAILY, [
        dict(zip(header, row, strict=True)) for row in (("2026-06-02", "1103", "4", "1"), ("2026-06-03", "1100", "0", "3"))
    ])  # fmt: skip
    groups = make.write_csv(tmp_path / "g.csv", make.LINKWECHAT_DAILY_GROUPS, [
        {"日期": "2026/6/1", "客群成员总数": "90", "新增客群成员数": "3", "流失客群成员数": "-"}])  # fmt: skip
    found = read(late, early, groups)
    assert make.rows_of(found.daily, "day", "kind", "joins", "exits", "total", "observed_from", "observed_until") == [
        ("2026-06-01", "friend", 5, 1, 1100, "2026-06-01", "2026-06-01"),
        ("2026-06-01", "group", 3, None, 90, "2026-06-01", "2026-06-01"),
        ("2026-06-02", "friend", 4, 1, 1103, "2026-06-02", "2026-06-03"),
        ("2026-06-03", "friend", 0, 3, 1100, "2026-06-02", "2026-06-03"),
    ]
    assert found.report.daily.dropped == {"duplicate": 1}
    assert (found.report.kept.days, found.orders, found.touches, found.ties) == (4, None, None, None)
    twice = make.write_csv(tmp_path / "t.csv", make.LINKWECHAT_DAILY, [
        {"日期": "2026-06-01", "客户总数": n, "新增客户数": "1", "流失客户数": "1"} for n in ("8", "9")])  # fmt: skip
    with pytest.raises(BadInput, match="row 3: column '日期' holds a day a second time, with other figures"):
        read(twice)
    assert read(twice, bad_rows="drop").daily["total"].to_pylist() == [8]


def test_figures_by_member_of_staff_add_up(tmp_path: Path, make: SimpleNamespace, read: Any) -> None:
    values = [
        {"日期": "2026-06-01", "成员": name, "新增客户数": joins, "删除/拉黑成员的客户数": exits}
        for name, joins, exits in (("小王", "5", "1"), ("小李", "2", "0"))
    ]
    found = read(make.write_csv(tmp_path / "w.csv", make.WECOM_DAILY, values))
    assert make.rows_of(found.daily, "day", "joins", "exits", "total") == [("2026-06-01", 7, 1, None)]
    with pytest.raises(BadInput, match="row 2: column '新增客户数' holds no whole number"):
        read(make.write_csv(tmp_path / "w.csv", make.WECOM_DAILY, [{**values[0], "新增客户数": "-3"}]))
