"""What exports and spreadsheets wrap around a cell's text, taken off whole columns at once."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa

NOTHING = ("", "-", "--", "null", "none", "nan", "\\n", "/")  # what stands for an empty cell, in lower case
_INVISIBLE = "[\\x{200b}-\\x{200d}\\x{2060}\\x{feff}\\x{0}]"


def clean(texts: "pa.Array") -> "pa.Array":
    """Texts without full-width forms (NFKC), invisible marks, spaces, tabs, `="..."`, an apostrophe; nothing is null."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if not pc.all(pc.string_is_ascii(texts)).as_py():  # slow, and without effect on ASCII
        texts = pc.utf8_normalize(texts, form="NFKC")
        texts = pc.replace_substring_regex(texts, _INVISIBLE, "")
    elif pc.any(pc.match_substring(texts, "\0")).as_py():
        texts = pc.replace_substring_regex(texts, _INVISIBLE, "")
    texts = pc.utf8_trim_whitespace(texts)
    if pc.any(pc.starts_with(texts, '="')).as_py():
        texts = pc.replace_substring_regex(texts, '^="([^"]*)"$', "\\1")
    if pc.any(pc.or_(pc.starts_with(texts, "'"), pc.starts_with(texts, "`"))).as_py():
        texts = pc.utf8_trim_whitespace(pc.replace_substring_regex(texts, "^['`]+", ""))
    nothing = pc.is_in(pc.utf8_lower(texts), value_set=pa.array(NOTHING))
    return pc.if_else(nothing, pa.scalar(None, pa.string()), texts)
