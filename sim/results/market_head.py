"""Which market, money and response: the head of tables, plots and reports; and that a comparison has one money."""

from collections.abc import Sequence

from models.errors import BadInput
from models.words import Listed
from sim.scenario import Market, Scenario
from sim.scenario.trades import TRADES
from sim.words import Language, number, say


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
_YEAR = 365.0


def usual(scenarios: Sequence[Scenario], lang: Language = "en") -> list[str]:
    """What the market's customers do by themselves, in a sentence; one for each market where there are several.

    The mean basket is Gamma-Gamma's, p v / (q - 1); the orders are BG/NBD's expectation of a year after the first order
    (Fader, Hardie and Lee 2005), which no season moves: its mean over a year is 1.
    """
    markets = {s.market.name: s.market for s in scenarios}
    told = [_usual(market, lang) for market in markets.values()]
    if len(markets) == 1:
        return told
    return [say("{name}: {what}", lang, name=name, what=what) for name, what in zip(markets, told, strict=True)]


def _usual(market: Market, lang: Language) -> str:
    from models.families.bg_nbd import BGNBD

    rhythm = market.rhythm
    model = BGNBD.known(r=rhythm.r, alpha=rhythm.alpha, a=rhythm.a, b=rhythm.b)
    text = (
        "the usual order is {basket} {currency} at a margin of {margin}; a new customer who is left alone makes "
        "{orders} further orders within a year"
    )
    told = say(
        text,
        lang,
        basket=number(market.baskets.mean, "money"),
        currency=market.currency,
        margin=number(market.margin, "share", lang),
        orders=number(float(model.expected_purchases_new(_YEAR)), "count"),
    )
    trade = TRADES.get(market.name, "") if lang == "zh" else _in_words(market.name)
    told = say("trade {trade}: {told}", lang, trade=trade, told=told) if trade else told
    return told[:1].upper() + told[1:] + say(".", lang)


def _in_words(name: str) -> str:
    """The trade in English where the market's name does not say it already."""
    words = name.replace("_", " ")
    return words if name in TRADES and words != name else ""


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
