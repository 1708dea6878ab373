"""Sends: who was to be reached by which message when, what became of it, and what she did with it."""

from datetime import date
from typing import TYPE_CHECKING

from models.data.door.problems import DUPLICATE, FUTURE, NO_DATE
from models.data.door.problems import NO_CUSTOMER as NOBODY
from models.data.imports import cells
from models.data.imports.others import Rows, union
from models.data.imports.touches.expressions import flag, keys, known, late, moment, source, told
from models.data.opening import Sheet

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

NO_SEND_STATUS, NO_COUPON = "unknown send status", "unreadable coupon value"
WRONG = {
    NO_SEND_STATUS: ("status", "holds a status of sending that is not known"),
    NO_DATE: ("created", "holds no date"),
    FUTURE: ("created", "holds a date in the future"),
    NO_COUPON: ("coupon", "holds no amount"),
}
RESPONSES = ("opened", "clicked", "unsubscribed", "complained", "purchased")
_BOUNCES = ("hard_bounced", "soft_bounced", "blocked")
_CHANNELS = ("email", "mobile_push", "web_push", "sms", "multichannel")
_CONTENTS = ("bulk", "trigger", "transactional")
# What makes rows those of one send: its message, or where there is none its time. (A hash of it narrows down which rows the
# costly windows have to look at.)
_SAME = """platform, message, staff, key_kind, key, "group",
    CASE WHEN message IS NULL THEN concat_ws('|', state, time_read) END,
    CASE WHEN message IS NULL AND time_read IS NULL OR (key IS NULL AND "group" IS NULL)
        THEN concat_ws('|', file, row) END"""
# Of its rows the one that knows most counts: an early export says 'unsent' of what was delivered later.
_FURTHEST = "CASE state WHEN 'unsent' THEN 1 WHEN 'unknown' THEN 2 ELSE 0 END, answers DESC, file, row"


def read_sends(connection: "DuckDBPyConnection", sheets: list[Sheet], today: date) -> Rows:
    """Make the table `sends`: a row of the sheets each, with status, time, bracket of an exit, problem and reason.

    A failed send has no time of its own: it takes that of the first delivery of its message by the same member of staff
    (`by_staff`), else of its message. `delivered_before`: the last delivery by that member of staff before it.
    """
    parts = [_sheet(number, sheet) for number, sheet in enumerate(sheets)]
    answers = " + ".join(f"CAST({name} AS INTEGER)" for name in RESPONSES)
    return union(
        connection,
        "sends",
        sheets,
        parts,
        f"""
        , lacking AS (
            SELECT file, row, platform, message, staff FROM read
            WHERE state IN ('not_friend', 'limit', 'failed') AND message IS NOT NULL AND NOT time_told
        ), by_staff AS (
            SELECT platform, message, staff, min(time_read) AS first FROM read
            SEMI JOIN lacking USING (platform, message) WHERE state = 'delivered' GROUP BY platform, message, staff
        ), by_message AS (
            SELECT platform, message, min(first) AS first FROM by_staff GROUP BY platform, message
        ), filled AS (
            SELECT file, row, own.first AS own, coalesce(own.first, anyone.first) AS anyone
            FROM lacking LEFT JOIN by_staff AS own ON own.platform = lacking.platform AND own.message = lacking.message
                AND own.staff IS NOT DISTINCT FROM lacking.staff
            LEFT JOIN by_message AS anyone ON anyone.platform = lacking.platform AND anyone.message = lacking.message
        ), judged AS (
            SELECT *, CASE WHEN state = 'unknown' THEN '{NO_SEND_STATUS}'
                WHEN coupon_told AND coupon IS NULL THEN '{NO_COUPON}'
                WHEN state = 'unsent' THEN NULL
                WHEN time IS NULL AND (time_told OR state = 'delivered') THEN '{NO_DATE}'
                WHEN {late("time", today)} THEN '{FUTURE}' END AS problem
            FROM (SELECT read.*, {answers} AS answers, coalesce(time_read, own) AS by_staff,
                    coalesce(time_read, anyone) AS time, hash({_SAME}) AS same, hash(platform, key_kind, key, staff) AS tie
                FROM read LEFT JOIN filled USING (file, row))
        ), repeated AS (
            SELECT file, row, row_number() OVER (PARTITION BY {_SAME} ORDER BY problem IS NOT NULL, {_FURTHEST}) > 1 AS again
            FROM judged SEMI JOIN (SELECT same FROM judged GROUP BY same HAVING count(*) > 1) USING (same)
        ), reasoned AS (
            SELECT judged.*, CASE WHEN problem IS NOT NULL THEN problem
                WHEN key IS NULL AND "group" IS NULL THEN '{NOBODY}' WHEN again THEN '{DUPLICATE}' END AS reason
            FROM judged LEFT JOIN repeated USING (file, row)
        ), before AS (
            SELECT file, row, max(by_staff) FILTER (WHERE state = 'delivered') OVER (
                PARTITION BY platform, key_kind, key, staff ORDER BY by_staff, state) AS delivered_before
            FROM reasoned SEMI JOIN (SELECT tie FROM reasoned WHERE state = 'not_friend') USING (tie)
            WHERE reason IS NULL AND state IN ('delivered', 'not_friend')
        )
        SELECT * EXCLUDE (same, tie) REPLACE (CASE WHEN state <> 'unsent' THEN time END AS time)
        FROM reasoned LEFT JOIN before USING (file, row)""",
    )


def _sheet(number: int, sheet: Sheet) -> str:
    there = sheet.layout.columns
    if "status" in there:
        state = cells.mapped(cells.column("status", there), sheet.layout.type.status, "'unknown'")
    else:
        bounced = " OR ".join(flag(name, there) for name in _BOUNCES)
        state = f"CASE WHEN {bounced} THEN 'failed' WHEN {told('created', there)} THEN 'delivered' ELSE 'unsent' END"
    # A platform without channels is WeCom's: a mass send to a customer or to a group.
    to_group = cells.column("group", there) + " IS NOT NULL"
    wecom = f"CASE WHEN {to_group} THEN 'group' ELSE 'mass' END"
    coupon = cells.column("coupon", there)
    responses = ", ".join(
        f"{flag(name, there)} OR {told(f'{name}_at', there)} AS {name}, {moment(f'{name}_at', there)} AS {name}_at"
        for name in RESPONSES
    )
    return f"""
        SELECT {source(number, sheet)}, {keys(sheet)}, {state} AS state,
            {cells.column("group", there)} AS "group", {cells.column("message", there)} AS message,
            {cells.column("campaign", there)} AS campaign, {cells.column("staff", there)} AS staff,
            {known("channel", there, _CHANNELS) if "channel" in there else wecom} AS channel,
            {cells.column("content", there)} AS content, {known("content_kind", there, _CONTENTS)} AS content_kind,
            {coupon} IS NOT NULL AS coupon_told, {cells.fen("coupon", there)} AS coupon,
            {told("created", there)} AS time_told, {moment("created", there)} AS time_read, {responses}
        FROM sheet_{number}"""


_FROM = "'sends' AS origin, file, row, platform, source, key_kind, key"
TOUCHES = f"""
    SELECT {_FROM}, "group", time, channel, message, campaign, staff, content, content_kind, coupon / 100 AS coupon,
        state AS status
    FROM sends WHERE reason IS NULL"""


def responses_sql() -> str:
    """A row for each thing that a customer did with a message that reached her."""
    return " UNION ALL ".join(
        f"SELECT {_FROM}, {name}_at AS time, '{name}' AS kind, message, campaign FROM sends "
        f"WHERE reason IS NULL AND key IS NOT NULL AND state = 'delivered' AND {name}"
        for name in RESPONSES
    )


# An exit between the last delivery by this member of staff and the first send by the same that met no friend any more.
EXITS = """
    SELECT 'sends' AS origin, min(file) AS file, min(row) AS row, platform, source, key_kind, key, 'friend' AS kind, staff,
        delivered_before AS end_after, min(by_staff) AS end_before, TRUE AS ended
    FROM sends WHERE reason IS NULL AND state = 'not_friend' AND by_staff IS NOT NULL AND key IS NOT NULL
    GROUP BY platform, source, key_kind, key, staff, delivered_before"""
