"""The rows of `siyu import`'s report on touches, responses, ties and daily figures (docs/touches.md)."""

from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from models.data.imports.kept import Kept


def kept_rows(kept: "Kept | None", lang: Literal["en", "zh"]) -> list[tuple[str, str, str]]:
    """Counts and observed windows as rows of measure, value and note; a table that is not there has none."""
    from sim.words import say

    if kept is None:
        return []
    statuses = {
        "delivered": say("delivered", lang),
        "unsent": say("not sent", lang),
        "not_friend": say("no longer a friend", lang),
        "limit": say("over the limit", lang),
        "failed": say("could not be delivered", lang),
    }
    responses = {
        "opened": say("opened", lang),
        "clicked": say("clicked", lang),
        "unsubscribed": say("unsubscribed", lang),
        "complained": say("complained", lang),
        "purchased": say("bought", lang),
    }
    kinds = {
        "friend": say("of friends", lang),
        "group": say("of groups", lang),
        "member": say("of members", lang),
    }
    names = {
        "touches": say("touches", lang),
        "responses": say("responses", lang),
        "ties": say("ties", lang),
        "daily": say("days of figures", lang),
    }
    tables = (
        ("touches", kept.touches, statuses, ((say("of these to a group", lang), kept.to_groups),)),
        (
            "responses",
            kept.responses,
            responses,
            ((say("of these without a time", lang), kept.responses_without_time),),
        ),
        (
            *("ties", kept.ties, kinds),
            (
                (say("of these ended", lang), kept.ended),
                (say("of these with an end between two times only", lang), kept.bracketed),
            ),
        ),
    )
    shown = {one.table for one in kept.observed}
    rows: list[tuple[str, str, str]] = []
    for table, counts, words, parts in tables:
        if table in shown:
            told = "  ".join(f"{words[name]} {n:,}" for name, n in counts.items())
            rows.append((names[table], f"{sum(counts.values()):,}", told))
            rows += [(text, f"{n:,}", "") for text, n in parts if n]
    if kept.days:
        rows.append((names["daily"], f"{kept.days:,}", ""))
    for one in kept.observed:
        if one.first is not None and one.last is not None:
            span = f"{one.first:%Y-%m-%d} – {one.last:%Y-%m-%d}"
            rows.append((say("{table}: observed", lang, table=names[one.table]), span, one.source))
    return rows
