"""Parts to rows: texts to values, values to state and money, and what is wrong with each row."""

from dataclasses import dataclass
from datetime import date, timedelta

from models.data.cells import is_cut, quoted
from models.data.door import problems
from models.data.door.refund_rows import is_refund_sql
from models.data.door.returned import came_back_sql
from models.data.door.states import States, bare_sql, mapped
from models.data.door.values import NO_TEXT, Values

NO_REFUNDS = ("无退款申请", "无退款", "未退款", "无")


@dataclass(frozen=True)
class Reading:
    """How one part is read.

    rule: what several rows of an order are (sum, repeat, first, ask), or `state`: each further row is a later state of it.
    unique: whether an order number is no other's; else orders are of one number, customer and day. returned: whether there
    is a column that says of a row that it came back. refund_rows: whether a column
    says of a row that it is a refund. kinds: all keys of all parts.
    """

    values: Values
    states: States
    rule: str
    unique: bool
    returned: bool
    refund_rows: bool
    kinds: tuple[str, ...]
    has_money: bool


def rows_sql(reading: Reading, today: date) -> str:
    """The query of one part's rows.

    file, source, row; platform, rule, is_unique, refund_by_row; order_id, line; keys, hidden keys, who (the first key that
    there is); state (used, unpaid, closed, refunded, test, other), life (how far the order has come); time, day; gross and
    money (after refunds), refund, above (refunded more than was paid); blank (no text of an amount), back; fell_back,
    aftersale, closed_by_refund; problem (NULL: none), and of rows with one date_text, amount_text, customer_there (a
    customer, but none that tells people apart) and customer_cut (one that a spreadsheet has shortened).
    """
    values, part = reading.values, reading.values.part
    morrow = (today + timedelta(days=1)).isoformat()
    order = _order(reading)
    missing = f"{order} IS NULL AND {part.has('order') and (values.asked.order is not None or not part.plain)}"
    return f"""
        SELECT * EXCLUDE (paid_text, order_missing, told, refund_unread), CASE
            WHEN order_missing THEN '{problems.NO_ORDER}'
            WHEN {is_cut("order_id")} THEN '{problems.CUT_ORDER}'
            WHEN state = 'unknown' THEN '{problems.NO_STATUS}'
            WHEN state <> 'used' THEN NULL
            {"WHEN key_customer IS NULL THEN " + quoted(problems.NO_CUSTOMER) if part.plain else ""}
            WHEN time IS NULL OR (fell_back AND paid_text IS NOT NULL) THEN '{problems.NO_DATE}'
            WHEN gross IS NULL THEN '{problems.NO_AMOUNT}'
            WHEN refund_unread OR refund IS NULL THEN '{problems.NO_REFUND}'
            WHEN gross < 0 AND NOT {part.plain} THEN '{problems.NEGATIVE}'
            WHEN time >= TIMESTAMP '{morrow}' THEN '{problems.FUTURE}'
        END AS problem,
        CASE WHEN problem IS NOT NULL THEN told.date END AS date_text,
        CASE WHEN problem IS NOT NULL THEN told.amount END AS amount_text,
        problem IS NOT NULL AND told.customer AS customer_there, problem IS NOT NULL AND told.cut AS customer_cut
        FROM ({_priced(reading, order, missing)})
    """


def _order(reading: Reading) -> str:
    """The order's number. Rows below an order's first may say nothing: they have its number."""
    number, values = reading.values.text("order"), reading.values
    if reading.values.part.plain or reading.rule not in ("first", "repeat") or not values.part.has("order"):
        return number
    below = f"{number} IS NULL AND {values.text('amount')} IS NULL"
    return f"CASE WHEN {below} THEN last_value({number} IGNORE NULLS) OVER (ORDER BY row) ELSE {number} END"


def _priced(reading: Reading, order: str, missing: str) -> str:
    """The rows with state and money, not judged yet."""
    values, part = reading.values, reading.values.part
    text = {name: values.text(name) for name in ("line", "paid", "aftersale", "closing", "amount", "created")}
    kind = part.layout.type
    refund_text = values.text("refund")
    if part.has("refund") and values.kind("refund") == "VARCHAR":
        refund_text = f"CASE WHEN {refund_text} NOT IN ({', '.join(map(quoted, NO_REFUNDS))}) THEN {refund_text} END"
    money = values.paid() if reading.has_money else "CAST(0 AS DECIMAL(18, 4))"
    if reading.refund_rows:
        money = f"CASE WHEN {is_refund_sql(values.text('row_type'))} THEN -abs({money}) ELSE {money} END"
    shown = (text["created"], text["amount"]) if part.plain else (NO_TEXT, NO_TEXT)
    told = f"{{date: {shown[0]}, amount: {shown[1]}, customer: {values.text('key_customer')} IS NOT NULL, "
    told += f"cut: {values.cut('customer')}}}"
    who = ", ".join(f"key_{one}" for one in _by_trust(reading))
    when = "date" if part.has("date") else "paid"  # of a platform's columns the one that is named
    return f"""
        WITH texts AS (
            SELECT {values.number} AS file, {part.source} AS source, row, {quoted(kind.platform)} AS platform,
                '{reading.rule}' AS rule, {reading.unique} AS is_unique, {kind.refund_is == "row"} AS refund_by_row,
                {order} AS order_id, {text["line"]} AS line, {missing} AS order_missing,
                {values.text(when)} AS paid_text, {_said(reading)} AS said,
                CASE WHEN {text["aftersale"]} IS NULL THEN 'unsaid'
                    ELSE {mapped(text["aftersale"], kind.aftersale, "'unknown'")} END AS aftersale,
                coalesce(contains({text["closing"]}, '退款'), FALSE) AS closed_by_refund,
                {values.time(when)} AS paid_time, {values.time("date" if part.has("date") else "created")} AS created_time,
                {money} AS gross, {text["amount"]} IS NULL AND {reading.has_money} AS blank,
                {refund_text} IS NULL AS no_refund, abs({values.money("refund")}) AS told_refund,
                {values.money("total")} AS total, {values.money("settled")} AS settled,
                {values.money("adjusted")} AS adjusted,
                {came_back_sql('"returned"') if reading.returned else "FALSE"} AS back, {told} AS told
                {_keys_sql(reading)}
            FROM {values.view}
        ),
        taken AS (
            SELECT * REPLACE (CASE said WHEN 'partial' THEN 'used' ELSE said END AS said,
                    CASE said WHEN 'partial' THEN 'partial' ELSE aftersale END AS aftersale),
                CASE WHEN no_refund THEN CASE WHEN adjusted > 0 AND adjusted < gross THEN gross - adjusted ELSE 0 END
                ELSE told_refund END AS off
            FROM texts
        ),
        priced AS (
            SELECT * EXCLUDE (total, settled, off), off, coalesce({_is_net(kind.amount_is)}, FALSE) AS is_net,
                CASE WHEN 'refunded' IN (aftersale, said) AND off = 0 THEN gross WHEN aftersale = 'none' THEN 0
                    ELSE off END AS refund
            FROM taken
        ),
        netted AS (
            SELECT *, CASE WHEN is_net AND aftersale <> 'refunded' THEN gross ELSE gross - refund END AS left_over
            FROM priced
        )
        SELECT file, source, row, platform, rule, is_unique, refund_by_row, order_id, line, order_missing, paid_text,
            aftersale, closed_by_refund,
            gross, blank, refund, back, told, NOT no_refund AND told_refund IS NULL AS refund_unread,
            CASE WHEN refund > 0 OR NOT {part.plain} THEN greatest(left_over, 0) ELSE left_over END AS money,
            left_over < 0 AND refund > 0 AS above, coalesce(paid_time, created_time) AS time,
            CAST(coalesce(paid_time, created_time) AS DATE) AS day,
            paid_time IS NULL AND NOT {part.plain} AS fell_back,
            CASE WHEN said = 'used' AND gross >= 0 AND refund > 0 AND left_over <= 0 THEN 'refunded' ELSE said END AS state,
            CASE WHEN said = 'unpaid' THEN 0 WHEN said = 'used' THEN 1 ELSE 2 END AS life,
            {f"coalesce({who})" if who else NO_TEXT} AS who
            {"".join(f", key_{one}, hidden_{one}" for one in reading.kinds)}
        FROM netted
    """


def _by_trust(reading: Reading) -> list[str]:
    """The kinds of keys of the part, those that are surely one person's first."""
    there, automatic = reading.values.part.layout.kinds, reading.values.part.layout.type.automatic
    first = [kind for kind in ("column", *automatic) if kind in there]
    return [*first, *(kind for kind in there if kind not in first)]


def _said(reading: Reading) -> str:
    """The state that the row says."""
    values, part = reading.values, reading.values.part
    kind = part.layout.type
    if part.plain:
        if reading.states.map is None:
            return "'used'"
        return _by_texts(bare_sql(values.text("status")), reading.states)
    if reading.states.map is not None:  # states to keep of a platform's export
        said = _by_texts(bare_sql(values.text("status")), reading.states)
    elif part.has("status"):
        said = mapped(values.text("status"), kind.status, "'unknown'")
    elif part.has("paid"):  # a report without statuses: what was not paid has no time of payment
        said = f"CASE WHEN {values.text('paid')} IS NULL THEN 'unpaid' ELSE 'used' END"
    else:
        said = "'used'"
    if part.has("cancelled"):  # paid, and cancelled all the same
        said = f"CASE WHEN {values.text('cancelled')} IS NOT NULL THEN 'closed' ELSE {said} END"
    if part.has("test"):
        marks = ", ".join(quoted(word) for word in kind.test)
        is_test = f"lower(regexp_replace({values.text('test')}, '\\s', '', 'g')) IN ({marks})"
        said = f"CASE WHEN {is_test} THEN 'test' ELSE {said} END"
    return said


def _by_texts(text: str, states: States) -> str:
    """SQL of a state by a map of `bare` texts."""
    assert states.map is not None
    cases = " ".join(f"WHEN {quoted(known)} THEN {quoted(state)}" for known, state in states.map.items())
    return f"CASE coalesce({text}, '') {cases} ELSE {quoted(states.otherwise)} END"


def _is_net(amount_is: str) -> str:
    """Whether refunds are off the amount already: by the row's own arithmetic where it tells, else the platform's rule."""
    return f"""CASE
        WHEN off = 0 THEN TRUE
        WHEN total = gross + off THEN TRUE WHEN total = gross THEN FALSE
        WHEN settled > 0 AND settled = gross - off THEN FALSE WHEN settled > 0 AND settled = gross THEN TRUE
        ELSE {amount_is == "net"} END"""


def _keys_sql(reading: Reading) -> str:
    """Every key of every part, NULL where this part does not have it, and whether it is masked or encrypted."""
    values = reading.values
    return "".join(f", {values.key(one)} AS key_{one}, {values.hidden(one)} AS hidden_{one}" for one in reading.kinds)
