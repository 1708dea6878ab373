"""The alerts of a guard in words and tables: of one run each, of a comparison by figure over all replicates."""

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

from sim.catalogue import WEEK
from sim.guarding import plain_alerts
from sim.policies import in_use
from sim.policies.guard import DEEDS, LABELS, SHARES, STATISTICS, Statistic
from sim.policies.in_force import InForce
from sim.results.outcomes import Outcomes
from sim.scenario import Scenario
from sim.watching import ENOUGH, WEEKS
from sim.words import Language, number, say, told_apart

if TYPE_CHECKING:
    import pandas as pd

_ALL_WELL = (
    "Guard: no figure that had {events} {events:event|events} in {weeks} {weeks:week|weeks} was beyond its line."
)
_AT_MOST = ("complaints",)  # whose line is one to stay below: growth


def watched(result: Outcomes) -> list[str]:
    """The names of the scenarios that have a guard."""
    return [scenario.name for scenario in result.scenarios if _is_watched(scenario)]


def _is_watched(scenario: Scenario) -> bool:
    """True if a guard watches the pool at some time of the run."""
    return any(map(in_use.is_watched, InForce(scenario).policies))


def alert_sentences(scenario: Scenario, alerts: "pd.DataFrame", lang: Language = "en") -> list[str]:
    """A sentence for each alert of one run; one that there was none; nothing where nobody watches."""
    if not _is_watched(scenario):
        return []
    rows = plain_alerts(alerts)
    return [_sentence(row, lang) for row in rows] or [say(_ALL_WELL, lang, events=ENOUGH, weeks=WEEKS // WEEK)]


def _sentence(alert: dict[str, Any], lang: Language) -> str:
    statistic = alert["statistic"]
    above = "Guard, day {day}: {what} {value}, above its line of {line}"
    below = "Guard, day {day}: {what} {value}, below its line of {line}"
    value, line = ((alert[name], partial(figure_in_words, statistic, alert[name], lang)) for name in ("value", "line"))
    at_alert, limit = told_apart(value, line)
    parts = [
        say(
            above if statistic in _AT_MOST else below,
            lang,
            day=alert["day"],
            what=say(LABELS[statistic], lang),
            value=at_alert,
            line=limit,
        ),
        *_deed(alert, lang),
    ]
    if alert["value_after"] is not None:
        after = figure_in_words(statistic, alert["value_after"], lang)
        parts.append(say("4 weeks later {value}", lang, value=after))
    return say("; ", lang).join(parts)


def _deed(alert: dict[str, Any], lang: Language) -> Iterator[str]:
    if alert["act"] is None:
        return
    deed, first, last = say(DEEDS[alert["act"]], lang), alert["act_from"], alert["act_until"]
    if last is None:
        yield say("{deed} from day {first} on", lang, deed=deed, first=first)
    else:
        yield say("{deed} from day {first} to day {last}", lang, deed=deed, first=first, last=last - 1)


def figure_in_words(statistic: Statistic, value: float | None, lang: Language = "en", finer: int = 0) -> str:
    """A figure as tables have it: a share in per cent, a growth as a multiple, else a number; `finer`: decimals more."""
    if statistic in _AT_MOST and value is not None:
        return f"× {number(value, finer=finer)}"
    return number(value, "share" if statistic in SHARES else None, lang, finer)


def alert_tables(result: Outcomes, lang: Language = "en") -> list[dict[str, Any]]:
    """For each scenario with a guard its name, heads, and a row of text for each figure that was beyond its line."""
    heads = [
        say("figure", lang),
        say("alerts a run", lang),
        say("runs with an alert", lang),
        say("first day (median)", lang),
        say("at the alert", lang),
        say("4 weeks later", lang),
        say("what was done", lang),
    ]
    return [{"name": name, "heads": heads, "rows": _rows(result, name, lang)} for name in watched(result)]


def _rows(result: Outcomes, name: str, lang: Language) -> list[list[str]]:
    alerts, runs = result.alerts(name), len(result.replicates[result.kind])
    rows = []
    for statistic in STATISTICS:
        mine = alerts[alerts["statistic"] == statistic]
        if not len(mine):
            continue
        first = mine.groupby("replicate")["day"].min()
        followed = mine[mine["value_after"].notna()]
        after = float(followed["value_after"].astype(float).mean()) if len(followed) else None
        acts = [act for act in DEEDS if (mine["act"] == act).any()]
        rows.append(
            [
                say(LABELS[statistic], lang),
                number(len(mine) / runs, "count", lang),
                number(len(first) / runs, "share", lang),
                f"{first.median():,.0f}",
                figure_in_words(statistic, float(mine["value"].astype(float).mean()), lang),
                figure_in_words(statistic, after, lang),
                say(", ", lang).join(say(DEEDS[act], lang) for act in acts) or "–",
            ]
        )
    return rows
