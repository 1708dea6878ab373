"""What a notebook shows of an object: an HTML table with a line above and lines below."""

from collections.abc import Sequence
from html import escape


def html_table(above: str, heads: Sequence[str], rows: Sequence[Sequence[str]], below: Sequence[str] = ()) -> str:
    """A table of texts, `heads` over its columns, between a paragraph `above` and one for each text `below`; all escaped."""
    import pandas as pd

    with pd.option_context("display.max_colwidth", None):
        table = pd.DataFrame(list(rows), columns=list(heads)).to_html(index=False, border=0)
    return f"<p>{escape(above)}</p>\n{table}\n" + "".join(f"<p>{escape(text)}</p>\n" for text in below if text)
