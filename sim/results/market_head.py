"""Which market, money and response: the head of tables, plots and reports; and that a comparison has one money."""

from collections.abc import Sequence

from models.errors import BadInput
from models.words import Listed
from sim.scenario import Market, Scenario
from sim.words import Language, say


def head(scenarios: Sequence[Scenario], lang: Language = "en") -> str:
    """`Market cdnow (orders of 1997–1998), money in USD; response: evidence`; with several, which scenario has which."""
    return say("{market}; {response}", lang, market=_market(scenarios, lang), response=response(scenarios, lang))


def response(scenarios: Sequence[Scenario], lang: Language = "en") -> str:
    """`response: evidence`; with several, under which response each scenario is."""
    if len({s.response_name for s in scenarios}) == 1:
        return say("response: {name}", lang, name=_called(scenarios[0], lang))
    names = Listed(
        [say("{scenario}: {market}", lang, scenario=s.name, market=_called(s, lang)) for s in scenarios], ","
    )
    return say("responses: {names}", lang, names=names)


def _called(scenario: Scenario, lang: Language) -> str:
    name = scenario.response.name
    return say("{response}, changed", lang, response=name) if scenario.response.is_changed else name


def _market(scenarios: Sequence[Scenario], lang: Language) -> str:
    first = scenarios[0].market
    if all(s.market.name == first.name for s in scenarios):
        text = "Market {name} (orders of {years}), money in {currency}" if _years(first) else _PLAIN
        return say(text, lang, name=first.name, years=_years(first), currency=first.currency)
    names = Listed([say("{scenario}: {market}", lang, scenario=s.name, market=s.market.name) for s in scenarios], ",")
    return say("Markets {names}, money in {currency}", lang, names=names, currency=first.currency)


_PLAIN = "Market {name}, money in {currency}"


def _years(market: Market) -> str:
    """The years of the orders that the market was fitted to, as its file says; nothing where it does not."""
    first, last = (str(market.source.get(day, ""))[:4] for day in ("first_day", "last_day"))
    if not (first.isdecimal() and last.isdecimal()):
        return ""
    return first if first == last else f"{first}–{last}"


def one_currency(scenarios: Sequence[Scenario]) -> None:
    """Raise BadInput where scenarios are in different currencies: their money cannot be subtracted."""
    first = scenarios[0]
    for other in scenarios[1:]:
        if other.market.currency != first.market.currency:
            raise BadInput(
                "{first} is in {currency} and {other} in {other_currency}: money of two currencies cannot be "
                "compared; give both one market, or convert one market's amounts and costs",
                first=first.name,
                currency=first.market.currency,
                other=other.name,
                other_currency=other.market.currency,
            )
