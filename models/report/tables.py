"""The tables of `siyu forecast`, as text, for the terminal and the page."""

from typing import TYPE_CHECKING, Any

from models.report.account import account_rows
from models.words import Language, say
from models.words.numbers import minus

if TYPE_CHECKING:
    import pandas as pd

_MANY = 1e7  # sums from which a terminal shows millions, or 万


def group_table(
    groups: "pd.DataFrame", lang: Language, short: bool = False, currency: str | None = None
) -> tuple[list[str], list[list[str]]]:
    """Head and rows of the table of segments, whose sums have 90 % intervals; `short`: fit for a terminal, without currency.

    Without amounts there is nothing of value.
    """
    words = (
        "segment",
        "customers",
        "chance to be still a customer",
        "expected orders",
        "90 % interval",
        "LTV a customer",
        "LTV in total",
        "90 % interval",
    )

    valued = "ltv_total" in groups.columns

    def money(value: float) -> str:
        if not short or groups["ltv_total_high"].max() < _MANY:
            return f"{value:,.0f}"
        return f"{value / 1e4:,.0f}万" if lang == "zh" else f"{value / 1e6:,.2f} M"

    def cells(name: object, row: Any) -> list[str]:
        of_orders = [
            say(str(name), lang),
            f"{int(row['customers']):,}",
            f"{row['probability_alive']:.0%}",
            f"{row['expected_orders']:,.0f}",
            f"{row['orders_low']:,.0f}–{row['orders_high']:,.0f}",
        ]
        if not valued:
            return of_orders
        ends = f"{money(row['ltv_total_low'])}–{money(row['ltv_total_high'])}"
        return [*of_orders, f"{row['ltv']:,.2f}", money(row["ltv_total"]), ends]

    rows = [cells(name, row) for name, row in groups.iterrows()]
    head = [say(word, lang) for word in (words if valued else words[:5])]
    if valued and currency is not None and not short:
        head[5], head[6] = (f"{name} ({currency})" for name in head[5:7])
    left_out = {2, 4} if short and valued else set()
    kept = [i for i in range(len(head)) if i not in left_out]
    return [head[i] for i in kept], [[row[i] for i in kept] for row in rows]


def tables(groups: "pd.DataFrame", results: dict[str, Any], lang: Language) -> list[dict[str, Any]]:
    """Title, head and rows of each table of the page."""

    def said(*names: str) -> list[str]:
        return [say(name, lang) for name in names]

    errors = results["standard_errors"] | results["spend_standard_errors"]
    values = {k: v for k, v in (results["parameters"] | results["spend_parameters"]).items() if v is not None}
    head, segments = group_table(groups, lang, currency=results["currency"])
    sections = [
        {"title": say("By segment", lang), "head": head, "rows": segments},
        {
            "title": say("Parameters", lang),
            "head": said("parameter", "value", "standard error"),
            "rows": [[name, f"{value:.5g}", f"{errors.get(name) or 0.0:.3g}"] for name, value in values.items()],
        },
    ]
    account = [[*row] for row in account_rows(results, lang)]
    if account:
        head = [
            say("What was left out, and what was not counted as an order of its own", lang),
            *said("rows", "customers"),
        ]
        sections.insert(1, {"title": say("From the export", lang), "head": head, "rows": account})
    choice = results["diagnostics"].get("choice")
    if choice is not None:
        columns = ("model", "log_score", "crps", "mae", "total_error", "aic", "bic", "note")
        rows = [[_cell(row.get(name)) for name in columns] for row in choice["models"]]
        sections.append({"title": say("Models compared", lang), "head": list(columns), "rows": rows})
    return sections


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return minus(f"{value:,.4f}") if isinstance(value, float) else str(value)
