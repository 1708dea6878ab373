"""What a platform's text says of an order: SQL that maps it to a state, by the whole text or by a part of it."""

from collections.abc import Mapping


def mapped(text: str, states: Mapping[str, str], otherwise: str) -> str:
    """A state by the platform's map: SQL for the text expression `text`, `otherwise` (SQL) where no entry fits.

    Texts are compared without case and spaces. A `*` at the end of an entry stands for any continuation, one at its
    beginning for anything before: `*退款成功*` is every text that contains 退款成功. Entries without one go first, those
    with one follow in the order of the file.
    """
    bare = f"lower(regexp_replace({text}, '\\s', '', 'g'))"
    parts = {entry: state for entry, state in states.items() if entry.startswith("*") or entry.endswith("*")}
    whole = [f"WHEN {_quoted(entry)} THEN {_quoted(states[entry])}" for entry in states if entry not in parts]
    if parts:
        tests = " ".join(f"WHEN {_part(bare, entry)} THEN {_quoted(state)}" for entry, state in parts.items())
        otherwise = f"CASE {tests} ELSE {otherwise} END"
    return f"CASE {bare} {' '.join(whole)} ELSE {otherwise} END" if whole else otherwise


def _part(bare: str, entry: str) -> str:
    """Whether a text begins with, ends with or contains what the entry says."""
    wanted = _quoted(entry.strip("*"))
    if entry.startswith("*") and entry.endswith("*"):
        return f"contains({bare}, {wanted})"
    return f"suffix({bare}, {wanted})" if entry.startswith("*") else f"prefix({bare}, {wanted})"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
