"""What a forecast says in sentences, for the terminal and the page."""

from typing import TYPE_CHECKING, Any

from models.words import Language, say
from models.words.numbers import significant, told_apart, whole, with_sign

if TYPE_CHECKING:
    from models.forecasting.pipeline import Forecast

_WORTH = (
    "In the next {days:g} days the {customers:,} customers are expected to order {orders} times and to be worth {total} "
    "({low} to {high}), {mean} each."
)
_ORDERS = (
    "In the next {days:g} days the {customers:,} customers are expected to order {orders} times ({low} to {high})."
)
_HELD = "Held out from {day}: {expected} orders were forecast and {actual} came ({error})."
_FAR_OFF = "Held out from {day}: {expected} orders were forecast and {actual} came, {times} times as many as came."
_NONE_CAME = "Held out from {day}: {expected} orders were forecast and none came."


def number(value: float, finer: int = 0) -> str:
    """A number for a sentence: whole from 10 on, below with two digits that count; `finer`: so many decimals more."""
    return whole(value, finer) if abs(value) >= 9.5 or value == 0 else significant(value, 2, finer)


_IN = "Money is in {code}."
_IN_NONE = "Money has no currency, as the orders name none."


def sentences(forecast: "Forecast", results: dict[str, Any], lang: Language) -> list[str]:
    """What is expected, how the holdout went, and what is to be said of the orders and the model."""
    held = results.get("holdout")
    said = [_expected(results, lang), *([_held_out(held, lang)] if held is not None else [])]
    return said + [note.say(lang) for note in forecast.notes]


def _expected(results: dict[str, Any], lang: Language) -> str:
    ltv, orders = results["ltv"], results["intervals"]["expected_orders"]
    values: dict[str, Any] = {
        "days": results["horizon_days"],
        "customers": results["customers"],
        "orders": number(results["expected_orders"]),
    }
    if ltv["total"] is None:
        return say(_ORDERS, lang, **values, low=number(orders["low"]), high=number(orders["high"]))
    money = {"total": ltv["total"], "low": ltv["total_low"], "high": ltv["total_high"], "mean": ltv["mean"]}
    worth = say(_WORTH, lang, **values, **{name: number(value) for name, value in money.items()})
    code = results["currency"]
    return f"{worth} {say(_IN, lang, code=code) if code else say(_IN_NONE, lang)}"


def _held_out(held: dict[str, Any], lang: Language) -> str:
    forecast, error = held["expected_orders"], held["total_error"]
    values: dict[str, Any] = {"day": held["last_calibration_day"], "expected": number(forecast)}
    if error is None:
        return say(_NONE_CAME, lang, **values)
    actual = held["actual_orders"]
    values["expected"], values["actual"] = told_apart(
        (forecast, lambda n: number(forecast, n)), (actual, lambda _: whole(actual))
    )
    if error > 1.0:  # more than double: a percentage is hard to read
        return say(_FAR_OFF, lang, **values, times=number(1.0 + error))
    return say(_HELD, lang, **values, error=with_sign(f"{error:.1%}"))
