"""Cells to amounts, currencies and keys: what a column says of them, and what each cell of it is then worth."""

import re
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.data.cells import (
    KeyReading,
    MoneyReading,
    amount_sql,
    currency_of,
    key_sql,
    money_reading,
)
from models.data.cells.currencies import code_of, written_as
from models.data.cells.forms import form_of
from models.errors import BadInput
from tests.models.door.column import CELL, FAST, amounts, fill, keys, refused

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

pytestmark = pytest.mark.usefixtures("in_2026")

D = Decimal
ONE_AMOUNT = [
    ("1", "1"), ("-5", "-5"), ("+5", "5"), (".5", "0.5"), ("5.", "5"), ("1,234.50", "1234.5"), ("1,234,567", "1234567"),
    ("¥12.30", "12.3"), ("￥ 12.30", "12.3"), ("12.30元", "12.3"), ("$1,234.50", "1234.5"), ("€ 20", "20"), ("20 €", "20"),
    ("USD 5", "5"), ("5.00usd", "5"), ("$5.00 USD", "5"), ("US$5", "5"), ("HK$ 6.5", "6.5"), ("人民币 8", "8"),
    ("5 美元", "5"), ("(12.00)", "-12"), ("($1,234.50)", "-1234.5"), ("（12.00）", "-12"), ("12.00-", "-12"),
    ("-$5.00", "-5"), ("$-5.00", "-5"), ("\u221212.5", "-12.5"), ("-¥1,280", "-1280"), ("1.234,50", "1234.5"),
    ("1.234,50 €", "1234.5"), ("12,5", "12.5"), ("1.234.567", "1234567"), ("1 234,50", "1234.5"),
    ("1\u2009234.50", "1234.5"),    ("1\u00a0000", "1000"), ("1'234.50", "1234.5"), ("1\u2019234.50", "1234.5"),
    ("１２．５", "12.5"), ("￥１，２３４．５", "1234.5"),    ("12,34,567.00", "1234567"),
    ("0,125", "0.125"), ("0.125", "0.125"), ("1e3", "1000"), ("1.5E-2", "0.015"),
    ("1.25e+2", "125"), ("99999999999999.9999", "99999999999999.9999"), ("1.00005", "1.0001"), ("-1.00005", "-1.0001"),
    ("1.000049999", "1"), ("¥1,234", "1234"), ("USD 1.234", "1.234"), ("$1,234", "1234"), ("£1,234", "1234"),
    ("$1.234,50", "1234.5"), ("  7 ", "7"), ("1234,5-", "-1234.5"),
]  # fmt: skip
NO_AMOUNTS = [
    *("", "free", "nan", "inf", "-", "--5", "5-5", "(-5)", "(5", "5)", "1e999", "1.23E+05", "12 34", "1,2,3", "1..2"),
    *("XYZ 5", "5 5", "$", "0x10", "1_000", "100000000000000", "12.50%", "1,23.4", "¥", "五", None),
]  # fmt: skip


@pytest.mark.parametrize(("text", "value"), ONE_AMOUNT)
def test_an_amount(db: "DuckDBPyConnection", text: str, value: str) -> None:
    assert amounts(db, [text]) == [D(value)]


@pytest.mark.parametrize("text", NO_AMOUNTS)
def test_no_amount(db: "DuckDBPyConnection", text: str | None) -> None:
    assert amounts(db, [text]) == [None]


@pytest.mark.parametrize(
    ("values", "wanted"),
    [
        (["1,234", "12.50"], ["1234", "12.5"]),
        (["1,234", "12,50"], ["1.234", "12.5"]),
        (["1.234", "12,50"], ["1234", "12.5"]),
        (["1.234", "0.5"], ["1.234", "0.5"]),
        (["1.000,00", "2.000,00", "3.50"], ["1000", "2000", None]),
        (["12,50", "13.50", "14.50"], [None, "13.5", "14.5"]),
        (["¥1,234", "¥50", "1,234"], ["1234", "50", "1234"]),
        (["1 234", "12,5"], ["1234", "12.5"]),
        (["1,234"] * 3 + ["1,234,567"], ["1234"] * 3 + ["1234567"]),
    ],
)
def test_the_decimal_sign_is_the_columns(db: "DuckDBPyConnection", values: list[str], wanted: list[str | None]) -> None:
    assert amounts(db, values) == [None if value is None else D(value) for value in wanted]


THREE = "1234 or 1.234; export them with two decimals (1234.50), or without a sign between thousands."


@pytest.mark.parametrize(
    ("values", "end"),
    [
        (["1,234", "50"], f"1,234 is {THREE}"),
        (["€1.234"], f"1.234 is {THREE}"),
        (["$1.234", "$990"], f"1.234 is {THREE}"),  # dollars and cents, or Chilean pesos
        (["1,234"] * 40 + ["12,5"], f"1,234 is {THREE}"),
        (["12,5", "12.5"], "as a decimal point (12.50); export them in one way of writing."),
    ],
)  # fmt: skip
def test_columns_of_amounts_that_are_refused(db: "DuckDBPyConnection", values: list[str], end: str) -> None:
    with pytest.raises(BadInput) as problem:
        amounts(db, values)
    sentence = refused(problem.value)
    assert sentence.startswith("o.csv: ")
    assert "column 'the \"cell'" in sentence
    assert sentence.endswith(end)


def test_a_known_currency_settles_the_comma(db: "DuckDBPyConnection") -> None:
    fill(db, ["1,234", "50"])
    assert money_reading(db, "cells", CELL, "o.csv", "CNY").decimal == "."
    with pytest.raises(BadInput):
        money_reading(db, "cells", CELL, "o.csv", "EUR")


def test_several_columns_are_read_alike(db: "DuckDBPyConnection") -> None:
    db.execute("CREATE OR REPLACE TABLE two AS SELECT '1.234' AS paid, '12,5 €' AS back")
    reading = money_reading(db, "two", ["paid", "back"], "o.csv")
    read = db.execute(f"SELECT {amount_sql('paid', reading)}, {amount_sql('back', reading)} FROM two").fetchone()
    assert read == (D(1234), D("12.5"))


def test_typed_columns_of_amounts(db: "DuckDBPyConnection") -> None:
    assert amounts(db, [1.5, float("nan"), float("inf"), 1e15, None], "DOUBLE") == [D("1.5"), None, None, None, None]
    assert amounts(db, [3, None], "BIGINT") == [D(3), None]
    assert amounts(db, ["¥1,234.5", "7"], "ENUM('¥1,234.5', '7')") == [D("1234.5"), D(7)]


money = st.decimals(D("-99999999"), D("99999999"), places=2)
STYLES = {
    "plain": lambda v: f"{v}",
    "thousands": lambda v: f"{v:,}",
    "dollars": lambda v: f"{'-' if v < 0 else ''}${abs(v):,}",
    "euros": lambda v: f"{v:,}".translate(str.maketrans(",.", ".,")) + " €",
    "french": lambda v: f"{v:,}".translate(str.maketrans(",.", "\u202f,")),
    "swiss": lambda v: f"CHF {v:,}".replace(",", "\u2019"),
    "brackets": lambda v: f"({abs(v):,})" if v < 0 else f"{v:,}",
    "behind": lambda v: f"{abs(v)}{'-' if v < 0 else ''}元",
    "wide": lambda v: "￥" + f"{v}".translate({ord(c): 0xFEE0 + ord(c) for c in "0123456789."}),
}


@FAST
@given(st.lists(money, min_size=1, max_size=8), st.sampled_from(sorted(STYLES)))
def test_amounts_come_back(values: list[Decimal], style: str) -> None:
    with duckdb.connect(config={"threads": "1"}) as db:
        texts = [STYLES[style](value) for value in values]
        if style == "behind":
            texts = [re.sub("-元$", "元", f"-{text}") if text.endswith("-元") else text for text in texts]
        assert amounts(db, texts) == values


@FAST
@given(st.lists(st.decimals(D("-999999"), D("999999"), places=9), min_size=1, max_size=8))
def test_more_than_four_decimals_are_rounded_half_away_from_zero(values: list[Decimal]) -> None:
    with duckdb.connect(config={"threads": "1"}) as db:
        assert amounts(db, [f"{value:f}" for value in values]) == [
            value.quantize(D("0.0001"), ROUND_HALF_UP) for value in values
        ]


CURRENCIES = [
    (["1", "2"], None), (["¥1", "2"], "CNY"), (["￥1", "2元", "RMB 3", "3 人民币"], "CNY"), (["$1", "US$2", "3 USD"], "USD"),
    (["$5.00 CAD", "CAD 6"], "CAD"), (["5 zł"], "PLN"), (["NT$5"], "TWD"),
    (["free", ""], None), (["3 円"], "JPY"),
]  # fmt: skip


@pytest.mark.parametrize(("values", "code"), CURRENCIES)
def test_the_currency_that_signs_say(db: "DuckDBPyConnection", values: list[str], code: str | None) -> None:
    fill(db, values)
    assert currency_of(db, "cells", CELL, None, "o.csv") == code


def test_the_currency_that_a_column_says(db: "DuckDBPyConnection") -> None:
    db.execute("CREATE OR REPLACE TABLE sold (row INTEGER, amount VARCHAR, currency VARCHAR)")
    db.execute(
        "INSERT INTO sold VALUES (2, '$5', 'cad'), (3, '6', 'Canadian Dollar'), (4, '7', NULL), (5, '8', '加元')"
    )
    assert currency_of(db, "sold", "amount", "currency", "o.csv") == "CAD"
    db.execute("INSERT INTO sold VALUES (9, '5', 'EUR'), (7, '5', '欧元'), (8, '€5', ''), (10, '3', 'CNY')")
    with pytest.raises(BadInput) as problem:
        currency_of(db, "sold", "amount", "currency", "o.csv")
    assert refused(problem.value) == (
        "o.csv: the amounts are in several currencies by column 'currency': CAD (rows: 3, the first is 2), EUR (rows: 3, "
        "the first is 7) and CNY (rows: 1, the first is 10); convert them to one, or export one currency at a time."
    )
    db.execute("DELETE FROM sold")
    db.execute("INSERT INTO sold VALUES (2, '5', 'CNY'), (3, '6', '积分')")
    with pytest.raises(BadInput) as problem:
        currency_of(db, "sold", "amount", "currency", "o.csv")
    assert refused(problem.value) == (
        "o.csv: row 3: '积分' in column 'currency' is no currency that is known; write it as a code, such as "
        "CNY, USD or EUR."
    )


def test_a_sign_that_never_stands_for_what_the_column_says(db: "DuckDBPyConnection") -> None:
    db.execute("CREATE OR REPLACE TABLE sold AS SELECT '$5' AS amount, 'EUR' AS currency")
    for _ in range(2):  # in every row, and in one of two
        with pytest.raises(BadInput, match="row 1: the amount is in USD by what stands beside it and in EUR by column"):
            currency_of(db, "sold", "amount", "currency", "o.csv")
        db.execute("INSERT INTO sold VALUES ('5', 'EUR')")
    for sign, code in (("$", "MXN"), ("¥", "JPY"), ("£", "EGP"), ("元", "HKD")):
        db.execute(f"CREATE OR REPLACE TABLE sold AS SELECT '{sign}5' AS amount, '{code}' AS currency")
        assert currency_of(db, "sold", "amount", "currency", "o.csv") == code


@pytest.mark.parametrize("values", [["12元", "8 USD", "7"], ["$5", "$5 CAD"], ["¥5", "5 JPY"], ["£5", "5€"]])
def test_bare_signs_take_no_currency_from_other_rows(db: "DuckDBPyConnection", values: list[str]) -> None:
    fill(db, values)
    with pytest.raises(BadInput, match="are in several currencies by their signs"):
        currency_of(db, "cells", CELL, None, "o.csv")


def test_several_signs_in_one_column(db: "DuckDBPyConnection") -> None:
    fill(db, ["€1", "$2", "€3"])
    with pytest.raises(BadInput) as problem:
        currency_of(db, "cells", CELL, None, "o.csv")
    assert refused(problem.value) == (
        "o.csv: the amounts in column 'the \"cell' are in several currencies by their signs: EUR (rows: 2, the first is 2) "
        "and USD (rows: 1, the first is 3); convert them to one, or export one currency at a time."
    )


def test_names_of_currencies() -> None:
    assert len(set(written_as().values())) > 150
    assert all(word == word.lower().strip() for word in written_as())
    named = {
        "RMB": "CNY",
        "人民币": "CNY",
        "美元": "USD",
        " US  dollars ": "USD",
        "港币": "HKD",
        "XYZ": "XYZ",
        "points": None,
    }
    assert {text: code_of(text) for text in named} == named


KEYS: list[tuple[str, list[str | None], list[str | None]]] = [
    ("phone", ["13800000001", "+86 138 0000 0001", "0086-13800000001", "86 13800000001", "13800000001.0",
      "１３８００００００１１"],
     ["13800000001"] * 5 + ["13800000011"]),
    ("receiver_phone", ["138****0001", "138xxxx0001", "1.38E+10", "0", "11111111111", "13800138000", "123", "", None],
     [None] * 9),
    ("phone", ["021-12345678", "+1 (415) 555-0100", "13800000001转1234", "13800000001-1234"],
     ["02112345678", "14155550100", None, None]),
    ("billing_email", ["Ann@X.com", " ann@x.COM ", "mailto:ann@x.com", "a***@x.com", "guest", "N/A", None],
     ["ann@x.com"] * 3 + [None] * 4),
    ("nickname", ["张  三", "匿名", "微信用户", "游客", "##abc", "$$x$$", "~AgAA~", "0", "-"], ["张 三"] + [None] * 8),
    ("customer", ["00012", "12", "1001.0", "1.0a", "1.23E+18", "1234567890123456789"],
     ["00012", "12", "1001", "1.0a", None, "1234567890123456789"]),
    ("customer", ["+86 13800000001", "13800000001", "13800000002.0", "A-1"], ["13800000001"] * 2 + ["13800000002", "A-1"]),
    ("customer", ["A@x.com", "a@X.com", "C1"], ["a@x.com", "a@x.com", "C1"]),
    ("customer", ["a@x.com", "A1", "a1"], ["a@x.com", "A1", "a1"]),  # ids keep their case
    ("customer", ["0", "1", "2"], ["0", "1", "2"]),  # customers numbered from 0
    ("customer", ["0", "0", "1", "2"], [None, None, "1", "2"]),  # guests
    ("customer", ["123456789012345000", "223456789012345000", "323456789012345000", "7"], [None, None, None, "7"]),
    ("customer", ["123456789012345000", "123456789012345678", "223456789012345000"],
     ["123456789012345000", "123456789012345678", "223456789012345000"]),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "values", "wanted"), KEYS)
def test_keys(db: "DuckDBPyConnection", kind: str, values: list[str | None], wanted: list[str | None]) -> None:
    assert keys(db, values, kind) == wanted


def test_typed_columns_of_keys(db: "DuckDBPyConnection") -> None:
    assert keys(db, [1001.0, None, 2.5, 7e15], "customer", "DOUBLE") == ["1001", None, None, "7000000000000000"]
    assert keys(db, [13800000001, 7], "customer", "BIGINT") == ["13800000001", "7"]


def test_a_key_without_a_look(db: "DuckDBPyConnection") -> None:
    fill(db, ["１３８ ００００ ０００１"])
    assert db.execute(f"SELECT {key_sql(CELL, 'phone')}, {key_sql(CELL, KeyReading('id'))} FROM cells").fetchone() == (
        "13800000001",
        "138 0000 0001",
    )
    fill(db, ["￥1,234.5"])
    assert db.execute(f"SELECT {amount_sql(CELL, MoneyReading())} FROM cells").fetchone() == (D("1234.5"),)


def test_shapes() -> None:
    assert form_of("9999-99-99 99:99:99") is not None
    forms = {shape: form_of(shape) for shape in ("9/9/9999", "99.99.99 99:99", "jan 9, 9999", "9999年9月9日99时9分")}
    read = {shape: form and form.ordered("dmy") for shape, form in forms.items()}
    assert read == {
        "9/9/9999": "%d/%m/%Y",
        "99.99.99 99:99": "%d.%m.%y %H:%M",
        "jan 9, 9999": "%b %d, %Y",
        "9999年9月9日99时9分": "%Y年%m月%d日%H时%M分",
    }
    assert form_of("9 9 9999") is None
    assert form_of("9999") is None
