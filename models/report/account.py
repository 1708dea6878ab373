"""What a forecast or a calibration left out of an export, as JSON and as rows of a table."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from models.words import Language, say

if TYPE_CHECKING:
    from models.forecasting.left_out import Account


def account_json(account: "Account") -> dict[str, Any]:
    """dropped, dropped_customers, counted_apart and health of docs/json.md."""
    left_out, apart = account.left_out, account.apart
    return {
        "dropped": {reason: tally.rows for reason, tally in left_out.items() if tally.rows is not None},
        "dropped_customers": {
            reason: tally.customers for reason, tally in left_out.items() if tally.customers is not None
        },
        "counted_apart": {
            reason: {"rows": tally.rows, "customers": tally.customers} for reason, tally in apart.items()
        },
        "health": [finding.to_json() for finding in account.health],
    }


def account_rows(results: Mapping[str, Any], lang: Language) -> list[tuple[str, str, str]]:
    """Reason, rows and customers, as the tables on the terminal and on the page show them."""
    rows = [
        (
            say("orders left out: {reason}", lang, reason=say(reason, lang)),
            f"{n:,}",
            _whose("customers without any other order: {n:,}", results["dropped_customers"].get(reason), lang),
        )
        for reason, n in results["dropped"].items()
    ]
    for reason, tally in results["counted_apart"].items():
        n, customers = tally["rows"], tally["customers"]
        if n is None:
            rows.append((say(reason, lang), f"{customers:,}", ""))
        else:
            rows.append((say(reason, lang), f"{n:,}", _whose("of {n:,} customers", customers, lang)))
    return rows


def _whose(text: str, customers: int | None, lang: Language) -> str:
    return say(text, lang, n=customers) if customers else ""
