"""Which response a scenario has, and how it differs from the default, in words."""

from collections.abc import Iterator

from models.words import Listed
from sim.reading.told import told_in
from sim.scenario.response import Response
from sim.scenario.response_named import numbers_in
from sim.words import Language, say

_MOST_NAMED = 8  # values; `check` lists them all above


def response_in_words(response: Response, lang: Language) -> Iterator[str]:
    """A sentence on its name and on what differs from the evidence, one on its covariance; nothing about the default."""
    if response == Response():
        return
    usual = {name: value for name, value, _ in numbers_in(Response())}
    others = [(name, value) for name, value, _ in numbers_in(response) if value != usual[name]]
    named = [
        say("{name} {value} (evidence: {usual})", lang, name=name, value=f"{value:g}", usual=f"{usual[name]:g}")
        for name, value in others[:_MOST_NAMED]
    ]
    called = say("{response}, changed", lang, response=response.name) if response.is_changed else response.name
    text = "response: {response}; no value differs from the evidence"
    if others:
        text = "response: {response}; {n} {n:value differs|values differ} from the evidence: {named}"
    if len(others) > _MOST_NAMED:
        text = "response: {response}; {n} {n:value differs|values differ} from the evidence, among them {named}"
    yield say(text, lang, response=called, n=len(others), named=Listed(named, ","))
    if response.about and response.about != Response().about:
        yield say("response: it believes: {about}", lang, about=told_in(response.about, lang))
    if response.covariance is not None:
        yield say(
            "response: comparisons draw {n} parameters from its covariance, all others from their priors; it is believed as "
            "it is given, so that no prior on the total holds it",
            lang,
            n=len(response.covariance.parameters),
        )
