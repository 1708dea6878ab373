"""The states of orders in tables of no known platform: which words mean that an order was paid, or not, or came back."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from models.data.cells import quoted
from models.data.door.parts import Part
from models.data.door.values import Values
from models.errors import BadInput
from models.words import Listed, Remark

KNOWN_SHARE = 0.99  # of the rows, from which a column with a well-known name is read without being asked for
FEW = 0.01  # share of rows and of money up to which rows of unknown states are left out and counted
_SHOWN = 8
_KINDS = 20  # states are a few words, each on many rows; more of them are free text
_LONGEST = 20  # letters
_OF_PERSONS = re.compile(r"@|(\d[ ().-]*){7}")

_WORDS: Mapping[str, tuple[str, ...]] = {
    "used": (
        *("paid", "complete", "completed", "fulfilled", "shipped", "delivered", "processing", "success", "succeeded"),
        *("successful", "settled", "finished", "done", "captured", "confirmed", "received", "partially paid"),
        *(
            "已完成",
            "完成",
            "交易完成",
            "交易成功",
            "订单完成",
            "成功",
            "已付款",
            "已支付",
            "支付成功",
            "付款成功",
            "待发货",
        ),
        *(
            "已发货",
            "部分发货",
            "待收货",
            "已收货",
            "已签收",
            "确认收货",
            "待评价",
            "已评价",
            "等待卖家发货",
            "等待买家确认收货",
        ),
        *("买家已付款,等待卖家发货", "卖家已发货,等待买家确认", "待自提", "已自提", "待核销", "已核销", "已成交"),
    ),
    "partial": ("partially refunded", "部分退款", "部分退款成功"),
    "unpaid": (
        *("pending", "unpaid", "on hold", "awaiting payment", "pending payment", "authorized", "draft", "open"),
        *("待付款", "未付款", "待支付", "未支付", "等待买家付款", "等待付款", "待确认"),
    ),
    "closed": (
        *("cancelled", "canceled", "void", "voided", "failed", "expired", "declined", "rejected", "abandoned"),
        *("已取消", "取消", "订单取消", "交易取消", "已关闭", "关闭", "交易关闭", "订单关闭", "已作废", "作废", "失败"),
        *("支付失败", "交易失败", "已撤销", "超时关闭"),
    ),
    "refunded": (
        "refunded",
        "fully refunded",
        "returned",
        "已退款",
        "退款成功",
        "全额退款",
        "退款完成",
        "已退货",
        "退货退款",
    ),
    "test": ("test", "test order", "测试", "测试订单"),
}


def bare(text: str) -> str:
    """A state as compared: without case, spaces, hyphens and underscores."""
    return "".join(ch for ch in text.casefold().replace("，", ",") if not ch.isspace() and ch not in "-_")


KNOWN: Mapping[str, str] = {bare(word): state for state, words in _WORDS.items() for word in words}


def bare_sql(text: str) -> str:
    """SQL of `bare`."""
    return f"regexp_replace(replace(lower({text}), '，', ','), '[\\s_-]', '', 'g')"


def mapped(text: str, states: Mapping[str, str], otherwise: str) -> str:
    """A state by the platform's map: SQL for the text expression `text`, `otherwise` (SQL) where no entry fits.

    Texts are compared without case and spaces. A `*` at the end of an entry stands for any continuation, one at its
    beginning for anything before: `*退款成功*` is every text that contains 退款成功. Entries without one go first, those
    with one follow in the order of the file.
    """
    told = f"coalesce({text}, '')" if "" in states else text
    bare = f"lower(regexp_replace({told}, '\\s', '', 'g'))"
    parts = {entry: state for entry, state in states.items() if entry.startswith("*") or entry.endswith("*")}
    whole = [f"WHEN {quoted(entry)} THEN {quoted(states[entry])}" for entry in states if entry not in parts]
    if parts:
        tests = " ".join(f"WHEN {_part(bare, entry)} THEN {quoted(state)}" for entry, state in parts.items())
        otherwise = f"CASE {tests} ELSE {otherwise} END"
    return f"CASE {bare} {' '.join(whole)} ELSE {otherwise} END" if whole else otherwise


def _part(bare: str, entry: str) -> str:
    """Whether a text begins with, ends with or contains what the entry says."""
    wanted = quoted(entry.strip("*"))
    if entry.startswith("*") and entry.endswith("*"):
        return f"contains({bare}, {wanted})"
    return f"suffix({bare}, {wanted})" if entry.startswith("*") else f"prefix({bare}, {wanted})"


@dataclass(frozen=True)
class States:
    """How a part's states are read: by which map of `bare` texts (None: it has none that is read), what a text means that is
    not in it, and what is to be said. unknown: of a platform's column, the texts that its map does not have."""

    map: Mapping[str, str] | None = None
    otherwise: str = "unknown"
    remarks: tuple[Remark, ...] = field(default=())
    unknown: Listed | None = None


_UNREAD = (
    "Column {column} is not read as the orders' status: {share:.0%} of its rows hold something else ({texts}). Name it with "
    "status, and with keep the states that count, if it tells which orders were paid."
)
_FEW = "{n:,} {n:row is|rows are} left out, as column {column} holds a state there that is not known ({texts})."


def states_of(values: Values, named: bool) -> States:
    """How the states of a part are read. `named`: whether its column is named by the user.

    Raises BadInput where a state to keep is nowhere, or more than a hundredth of rows or money has one that is not known.
    """
    part, keep = values.part, values.asked.keep
    if not part.has("status"):
        if keep:
            raise BadInput(
                "{where}: keep names states, but there is no column of them; name it with status.", where=part.where
            )
        return States()
    seen = _seen(values)
    if keep:
        return States(_kept(part, keep, seen), "other")
    rows, money = sum(n for n, _ in seen.values()), sum(m for _, m in seen.values())
    unknown = {text: n for text, (n, _) in seen.items() if bare(text) not in KNOWN}
    n, m = sum(unknown.values()), sum(seen[text][1] for text in unknown)
    told = {"column": part.header("status"), "texts": texts_told(unknown), "n": n, "share": n / max(rows, 1)}
    if not named and n > (1 - KNOWN_SHARE) * rows:
        return States(None, remarks=(unread(part.header("status"), unknown, n / max(rows, 1)),))
    if n > FEW * rows or m > FEW * money:
        raise too_many_unknown(part, n, rows, texts_told(unknown))
    return States(KNOWN, remarks=(Remark(_FEW, told),) if n else ())


def states_of_platform(values: Values) -> States:
    """The texts in a platform's column of states that are not known, as platforms invent states every year.

    Only those of several customers: in a row whose cells have slipped a name may stand there.
    """
    part = values.part
    if not part.has("status"):
        return States()
    keys = [values.text(f"key_{kind}") for kind in part.layout.kinds]
    of_several = f"count(DISTINCT coalesce({', '.join(keys)})) > 1" if keys else "count(*) > 1"
    text, state = values.text("status"), mapped(values.text("status"), part.layout.type.status, "'unknown'")
    # Rows below an order's first may say nothing.
    rows = values.connection.execute(f"""
        SELECT coalesce({text}, ''), count(*) FROM {values.view}
        WHERE {state} = 'unknown' AND NOT ({text} IS NULL AND {values.text("amount")} IS NULL) GROUP BY 1
        HAVING {of_several} ORDER BY 2 DESC, 1
    """).fetchall()
    return States(unknown=texts_told(dict(rows)) if rows else None)


def too_many_unknown(part: Part, n: int, rows: int, texts: Listed) -> BadInput:
    """That more than a few of a part's rows have a state that is not known."""
    return BadInput(
        "{where}: column {column!r} holds states that are not known in {n:,} of {rows:,} rows ({texts}); say which "
        "states count with keep, such as keep=paid,completed.",
        where=part.where,
        column=part.header("status"),
        n=n,
        rows=rows,
        texts=texts,
    )


def few_unknown(part: Part, n: int, texts: Listed) -> Remark:
    """That a few rows are left out as their state is not known."""
    return Remark(_FEW, {"n": n, "column": part.header("status"), "texts": texts})


def _seen(values: Values) -> dict[str, tuple[int, float]]:
    """Rows and money of each text in the column of states, the most frequent first."""
    amount = f"abs({values.money('amount')})" if values.part.has("amount") else "0"
    rows = values.connection.execute(f"""
        SELECT coalesce({values.text("status")}, ''), count(*), coalesce(sum({amount}), 0) FROM {values.view}
        GROUP BY 1 ORDER BY 2 DESC, 1
    """).fetchall()
    return {text: (int(n), float(money)) for text, n, money in rows}


def _kept(part: Part, keep: Sequence[str], seen: Mapping[str, object]) -> dict[str, str]:
    """The map that takes the states to keep as paid, and others as far as they are known."""
    there = {bare(text) for text in seen}
    for text in keep:
        if bare(text) not in there:
            raise BadInput(
                "{where}: no row has the state {state!r} in column {column!r}; there are {texts}: name one of these with "
                "keep.",
                where=part.where,
                state=text,
                column=part.header("status"),
                texts=texts_told(seen),
            )
    known = KNOWN if part.plain else {bare(text): state for text, state in part.layout.type.status.items()}
    others = {text: "other" if state in ("used", "partial") else state for text, state in known.items()}
    return others | {bare(text): "partial" if KNOWN.get(bare(text)) == "partial" else "used" for text in keep}


def unread(column: str, unknown: Collection[str], share: float) -> Remark:
    """That a column by the name of states is not read; `unknown`: its texts that are none, on this share of the rows."""
    return Remark(_UNREAD, {"column": column, "texts": texts_told(unknown), "share": share})


def texts_told(texts: Collection[str]) -> Listed:
    """Texts as a sentence lists them, the empty one named; only their number where some may be free text, and so persons:
    where they are many, or one is long or has a number of seven digits or an @."""
    if len(texts) > _KINDS or any(len(text) > _LONGEST or _OF_PERSONS.search(text) for text in texts):
        return Listed([Remark("{n:,} different {n:text|texts}", {"n": len(texts)})])
    shown: list[object] = [text or Remark("(empty)") for text in list(texts)[:_SHOWN]]
    return Listed([*shown, "..."] if len(texts) > _SHOWN else shown, ",")
