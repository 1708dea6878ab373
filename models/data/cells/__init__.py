"""From the texts of cells to values: SQL expressions (DuckDB) and what a whole column says about them.

`times` reads days and times of day, `money` amounts, `currency` what they are in, `keys` what tells customers apart, `text`
what all need. A reading (`date_reading`, `money_reading`, `key_reading`) looks at a whole column once and settles what a
single cell leaves open: the order of day and month, the decimal comma, whether ids are phone numbers. The table that it
reads may be a view on several sheets, which are then read alike.
"""

from models.data.cells.currency import currency_of
from models.data.cells.keys import KeyReading, is_cut, is_hidden, is_stand_in, key_reading, key_sql
from models.data.cells.money import MoneyReading, amount_sql, money_reading
from models.data.cells.text import NOTHING, column, quoted
from models.data.cells.times import AS_WRITTEN, DateReading, date_reading, time_sql

__all__ = [
    "AS_WRITTEN",
    "NOTHING",
    "DateReading",
    "KeyReading",
    "MoneyReading",
    "amount_sql",
    "column",
    "currency_of",
    "date_reading",
    "is_cut",
    "is_hidden",
    "is_stand_in",
    "key_reading",
    "key_sql",
    "money_reading",
    "quoted",
    "time_sql",
]
