"""What a shop did to its members: synthetic exports of every source with a known truth."""

import json
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from models.errors import BadInput

JUNE = "2026-06-{:02d} 10:00:00".format


# --- sends -----------------------------------------------------------------------------------------------------------


def test_every_status_and_group_sends_are_kept(tmp_path: Path, make: SimpleNamespace, read: Any, hashed: Any) -> None:
    path = make.sends(tmp_path / "s.csv",
        ("m1", "s1", "wmA", "", "1", JUNE(1)), ("m1", "s1", "wmB", "", "0", "0"), ("m1", "s1", "wmC", "", "3", "0"),
        ("m1", "s1", "wmD", "", "2", ""), ("m1", "s1", "", "wrG", "1", JUNE(2)), ("m1", "s1", "", "wrH", "0", "0"),
    )  # fmt: skip
    found = read(path)
    a, b, c, d = (hashed("external_userid", f"wm{letter}") for letter in "ABCD")
    g, h = (hashed("group", f"linkwechat|wr{letter}") for letter in "GH")
    assert make.rows_of(found.touches, "customer", "group", "time", "channel", "status") == [
        (a, None, JUNE(1), "mass", "delivered"),
        (c, None, JUNE(1), "mass", "limit"),
        (d, None, JUNE(1), "mass", "not_friend"),
        (None, g, JUNE(2), "group", "delivered"),
        (b, None, None, "mass", "unsent"),
        (None, h, None, "group", "unsent"),
    ]
    assert set(make.rows_of(found.touches, "message", "campaign", "staff", "key", "source", "content", "coupon")) == {
        (hashed("message", "linkwechat|m1"), hashed("campaign", "linkwechat|template"), hashed("staff", "s1"),
         "external_userid", "linkwechat_sends", None, None)
    }  # fmt: skip
    assert set(make.rows_of(found.touches, "observed_from", "observed_until")) == {(JUNE(1), JUNE(2))}
    assert make.rows_of(found.contacts, "customer", "time", "delivered") == [(a, JUNE(1), True), (c, JUNE(1), False),
                                                                      (d, JUNE(1), False)]  # fmt: skip
    assert found.report.kept.touches == {"delivered": 2, "unsent": 2, "limit": 1, "not_friend": 1}
    assert (found.report.kept.to_groups, found.report.delivered, found.report.dropped) == (2, 1, {})


def test_no_longer_a_friend_brackets_an_exit(tmp_path: Path, make: SimpleNamespace, read: Any, hashed: Any) -> None:
    """Between the last delivery by the same member of staff and the first send that met no friend; she may come back."""
    path = make.sends(tmp_path / "s.csv",
        *((f"m{day}", "s1", "wmX", "", "1", JUNE(day)) for day in (1, 8, 15, 22, 29)),  # gives the messages a time
        ("m1", "s1", "wmA", "", "1", JUNE(1)), ("m8", "s1", "wmA", "", "1", JUNE(8)), ("m15", "s1", "wmA", "", "2", "0"),
        ("m22", "s1", "wmA", "", "2", "0"),
        ("m1", "s1", "wmB", "", "2", "0"), ("m8", "s1", "wmB", "", "1", JUNE(8)), ("m15", "s1", "wmB", "", "2", "0"),
        ("m15", "s2", "wmA", "", "1", JUNE(16)),  # another member of staff is still her friend
        ("m29", "s3", "wmA", "", "2", "0"),  # s3 reached nobody, so when he sent is not known
    )  # fmt: skip
    found = read(path)
    a, b = (hashed("external_userid", f"wm{letter}") for letter in "AB")
    one = hashed("staff", "s1")
    assert make.rows_of(
        found.ties, "customer", "kind", "staff", "start", "end", "end_after", "end_before", "ended", "end_by"
    ) == [
        (b, "friend", one, None, None, None, JUNE(1), True, None),
        (a, "friend", one, None, None, JUNE(8), JUNE(15), True, None),
        (b, "friend", one, None, None, JUNE(8), JUNE(15), True, None),
    ]
    assert (found.report.kept.ended, found.report.kept.bracketed) == (3, 3)


def test_a_failed_send_takes_the_time_of_its_own_member_of_staff(
    tmp_path: Path, make: SimpleNamespace, read: Any
) -> None:
    path = make.sends(tmp_path / "s.csv", ("m", "s1", "wmA", "", "1", JUNE(1)), ("m", "s2", "wmB", "", "1", JUNE(3)),
        ("m", "s2", "wmC", "", "2", "0"), ("m", "s3", "wmD", "", "3", "0"),
    )  # fmt: skip
    touches = read(path).touches
    times = dict(make.rows_of(touches, "status", "time"))
    assert times["not_friend"] == JUNE(3)
    assert times["limit"] == JUNE(1)  # the first delivery of the message, by whomever


@pytest.mark.parametrize("swap", [False, True])
def test_a_later_export_of_the_same_send_counts(tmp_path: Path, make: SimpleNamespace, read: Any, swap: bool) -> None:
    early = make.sends(tmp_path / "1.csv", ("m", "s", "wmA", "", "0", "0"), ("m", "s", "wmB", "", "1", JUNE(1)))
    late = make.sends(tmp_path / "2.csv", ("m", "s", "wmA", "", "1", JUNE(2)), ("m", "s", "wmB", "", "1", JUNE(1)))
    found = read(*((late, early) if swap else (early, late)))
    assert make.rows_of(found.touches, "time", "status") == [(JUNE(1), "delivered"), (JUNE(2), "delivered")]
    assert found.report.contacts.dropped == {"duplicate": 2}


def test_a_bad_row_pushes_no_good_one_out(tmp_path: Path, make: SimpleNamespace, read: Any) -> None:
    bad = make.sends(tmp_path / "1.csv", ("m", "s", "wmA", "", "1", "yesterday"))
    good = make.sends(tmp_path / "2.csv", ("m", "s", "wmA", "", "1", JUNE(1)))
    found = read(bad, good, bad_rows="drop")
    assert make.rows_of(found.touches, "time", "status") == [(JUNE(1), "delivered")]
    assert found.report.contacts.dropped == {"unreadable date": 1}


def test_mochat_sends_and_an_empty_time(tmp_path: Path, make: SimpleNamespace, read: Any, hashed: Any) -> None:
    values = [
        {"id": 1, "batch_id": 7, "external_user_id": "wmA", "user_id": "s1", "status": 1, "send_time": 1780279200},
        {"id": 2, "batch_id": 7, "external_user_id": "wmB", "user_id": "s1", "status": 0, "send_time": 0},
        {"id": 3, "batch_id": 7, "external_user_id": "wmC", "user_id": "s1", "status": 2, "send_time": 0},
    ]
    found = read(make.write_csv(tmp_path / "mc.csv", make.MOCHAT_SENDS, values))
    assert make.rows_of(found.touches, "customer", "time", "status") == [
        (hashed("external_userid", "wmA"), JUNE(1), "delivered"),
        (hashed("external_userid", "wmC"), JUNE(1), "not_friend"),
        (hashed("external_userid", "wmB"), None, "unsent"),
    ]
    assert make.rows_of(found.ties, "end_after", "end_before") == [(None, JUNE(1))]
    empty = make.write_csv(tmp_path / "e.csv", make.MOCHAT_SENDS, [{**values[0], "send_time": "0"}])
    with pytest.raises(BadInput, match="row 2: column 'send_time' holds no date"):  # delivered, but never
        read(empty)
    dropped = read(empty, bad_rows="drop").report
    assert dropped.contacts.dropped == {"unreadable date": 1}


def test_weiban_sends(tmp_path: Path, make: SimpleNamespace, read: Any, hashed: Any) -> None:
    path = tmp_path / "w.csv"
    path.write_text(
        "external_user_id,external_user_name,send_time,staff_name,status\n"
        f"wmA,测试甲,{JUNE(1)},小王,1\nwmA,测试甲,{JUNE(9)},小王,2\nwmB,测试乙,,小王,0\n",
        encoding="utf-8",
    )
    found = read(path)
    a = hashed("external_userid", "wmA")
    assert make.rows_of(found.ties, "customer", "staff", "end_after", "end_before") == [
        (a, hashed("staff", "小王"), JUNE(1), JUNE(9))
    ]
    assert [status for (status,) in make.rows_of(found.touches, "status")] == ["delivered", "not_friend", "unsent"]


def test_messages_and_responses(tmp_path: Path, make: SimpleNamespace, read: Any, hashed: Any) -> None:
    """The schema of REES46: one row a message, with what she did with it and when."""
    no = {
        f"is_{what}": "f" for what in ("opened", "clicked", "unsubscribed", "hard_bounced", "complained", "purchased")
    }
    base = {"campaign_id": "63", "message_type": "bulk", "channel": "email", **no}
    values = [
        {**base, "id": 1, "message_id": "a", "client_id": "151591562", "sent_at": "2026-06-01 10:00:00.250",
         "is_opened": "t", "opened_first_time_at": JUNE(2), "is_clicked": "t", "clicked_first_time_at": JUNE(3),
         "is_purchased": "t", "purchased_at": ""},
        {**base, "id": 2, "message_id": "b", "client_id": "151591563", "sent_at": JUNE(1), "is_hard_bounced": "t",
         "is_opened": "t"},
        {**base, "id": 3, "message_id": "c", "client_id": "151591562", "sent_at": JUNE(4), "message_type": "trigger",
         "channel": "Mobile_Push", "is_unsubscribed": "t", "unsubscribed_at": JUNE(20)},
        {**base, "id": 4, "message_id": "d", "client_id": "", "sent_at": JUNE(4), "message_type": "张三的信"},
    ]  # fmt: skip
    found = read(make.write_csv(tmp_path / "messages.csv", make.REES46, values))
    one, two = (hashed("customer", f"15159156{i}") for i in (2, 3))
    assert make.rows_of(found.touches, "customer", "time", "channel", "content_kind", "status") == [
        (two, JUNE(1), "email", "bulk", "failed"),
        (one, "2026-06-01 10:00:00.250000", "email", "bulk", "delivered"),
        (one, JUNE(4), "mobile_push", "trigger", "delivered"),
    ]
    assert make.rows_of(found.responses, "customer", "time", "kind", "message") == [
        (one, JUNE(2), "opened", hashed("message", "rees46|a")),
        (one, JUNE(3), "clicked", hashed("message", "rees46|a")),
        (one, JUNE(20), "unsubscribed", hashed("message", "rees46|c")),
        (one, None, "purchased", hashed("message", "rees46|a")),
    ]
    assert set(make.rows_of(found.responses, "observed_from", "observed_until")) == {(JUNE(1), JUNE(20))}
    assert found.report.kept.responses_without_time == 1
    assert found.report.contacts.dropped == {"no customer": 1}
    assert found.ties is None  # such a platform says nothing of friends
    assert "张三" not in str([table.to_pylist() for table in found.tables.values() if table is not None])


def test_worth_of_coupons(tmp_path: Path, make: SimpleNamespace, read: Any) -> None:
    header = [*make.REES46, "coupon_value"]
    value = {
        "message_id": "a",
        "client_id": "7",
        "sent_at": JUNE(1),
        "channel": "carrier pigeon",
        "coupon_value": "￥10.50",
    }
    found = read(make.write_csv(tmp_path / "c.csv", header, [value]))
    assert make.rows_of(found.touches, "coupon", "channel") == [(10.5, "other")]
    with pytest.raises(BadInput, match="row 2: column 'coupon_value' holds no amount"):
        read(make.write_csv(tmp_path / "c.csv", header, [{**value, "coupon_value": "满减"}]))


# --- what goes with them ---------------------------------------------------------------------------------------------


def test_bad_rows_are_named_or_dropped(tmp_path: Path, make: SimpleNamespace, read: Any) -> None:
    path = make.friends(tmp_path / "c.csv", ("wmA", "小王", JUNE(1), ""), ("wmB", "小王", make.NAMES[1], ""))
    with pytest.raises(BadInput, match=r"c\.csv: row 3: column '添加时间' holds no date") as refused:
        read(path)
    assert make.NAMES[1] not in str(refused.value)
    found = read(path, bad_rows="drop")
    assert found.report.ties.dropped == {"unreadable start of a tie": 1} and found.ties.num_rows == 1
    future = make.friends(tmp_path / "f.csv", ("wmA", "小王", "2027-01-01", ""))
    with pytest.raises(BadInput, match="holds a date in the future"):
        read(future)


def test_touches_give_the_season_its_contacts(tmp_path: Path, make: SimpleNamespace, read: Any) -> None:
    from models import ContactClock

    found = read(make.sends(tmp_path / "s.csv", ("m", "s", "wmA", "", "1", JUNE(1)), ("m", "s", "wmB", "", "0", "0")))
    reached = found.contacts.filter(found.contacts["delivered"])
    clock = ContactClock(np.array(reached["customer"]), np.array(reached["time"]), effect=0.1)
    assert clock.day.tolist() == [date(2026, 6, 1)]


def test_the_command_writes_and_reports_them(
    tmp_path: Path, make: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    import pyarrow.parquet as pq

    from sim.cli import app

    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SIYU_SALT", raising=False)
    monkeypatch.setenv("COLUMNS", "200")
    make.sends(Path("s.csv"), ("m", "s", "wmA", "", "1", JUNE(1)), ("n", "s", "wmA", "", "2", "0"),
        ("n", "s", "wmB", "", "1", JUNE(9)),
    )  # fmt: skip
    make.friends(Path("c.csv"), ("wmA", make.NAMES[2], JUNE(1), make.PHONES[0]))
    made = CliRunner().invoke(app, ["import", "s.csv", "c.csv", "-o", "o.parquet", "--json", "r.json"])
    assert made.exit_code == 0, made.output
    assert {path.name for path in Path().glob("*.parquet")} == {
        f"o.{n}.parquet" for n in ("contacts", "touches", "ties")
    }
    touches = pq.read_table("o.touches.parquet")
    assert touches.schema.field("time").type == "timestamp[us]" and touches.num_rows == 3
    report = json.loads(Path("r.json").read_text(encoding="utf-8"))
    assert report["kept"]["touches"] == {"delivered": 2, "not_friend": 1}
    assert report["kept"]["ties"] == {"friend": 2} and report["kept"]["bracketed"] == 1
    assert report["kept"]["observed"][0] == {
        "table": "touches", "source": "linkwechat_sends", "first": "2026-06-01T10:00:00", "last": "2026-06-09T10:00:00"
    }  # fmt: skip
    assert "no longer a friend 1" in made.output and "2026-06-01 – 2026-06-09" in made.output
    zh = CliRunner().invoke(app, ["import", "s.csv", "c.csv", "-o", "o.parquet", "--force", "--lang", "zh"])
    assert "已非好友 1" in zh.output and "触达记录：观测区间" in zh.output
    written = b"".join(path.read_bytes() for path in Path().glob("o.*"))
    tables = "".join(str(pq.read_table(path).to_pylist()) for path in Path().glob("o.*.parquet"))
    for secret in (make.NAMES[2], make.PHONES[0], "wmA"):
        assert secret.encode() not in written and secret not in tables + made.output + zh.output


def test_every_reason_has_its_chinese() -> None:
    from models.data.imports.touches import daily, sends, ties
    from sim.words import say

    reasons = {*sends.WRONG, *ties.WRONG, ties.STAFF, *daily.WRONG}
    assert [reason for reason in reasons if say(reason, "zh") == reason] == []


def test_the_tables_are_those_of_the_page(tmp_path: Path, make: SimpleNamespace, read: Any) -> None:
    """docs/touches.md names every column of every table, and no other."""
    import re

    page = (Path(__file__).parents[3] / "docs" / "touches.md").read_text(encoding="utf-8")
    message = {"message_id": "a", "client_id": "7", "sent_at": JUNE(1), "channel": "sms", "is_opened": "t"}
    found = read(
        make.sends(tmp_path / "s.csv", ("m", "s", "wmA", "", "1", JUNE(1))),
        make.write_csv(tmp_path / "m.csv", make.REES46, [message]),
        make.write_csv(tmp_path / "d.csv", make.WECOM_DAILY, [{"日期": "2026-06-01", "新增客户数": "1"}]),
    )
    for name in ("touches", "responses", "ties", "daily"):
        section = re.search(rf"^## `{name}`\n(.*?)(?=^## |\Z)", page, re.MULTILINE | re.DOTALL)
        assert section is not None
        cells = re.findall(r"^\| ((?:`\w+`(?:, )?)+) \|", section[1], re.MULTILINE)
        columns = [column for cell in cells for column in re.findall(r"\w+", cell)]
        assert columns == getattr(found, name).schema.names, name
