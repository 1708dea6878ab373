"""Opening what a shop has: text in any usual encoding, workbooks, tables saved as web pages, archives, Parquet."""

from models.data.opening.read import read_sheets
from models.data.opening.sheet import Choose, Sheet

__all__ = ["Choose", "Sheet", "read_sheets"]
