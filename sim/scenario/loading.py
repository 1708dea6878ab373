"""`load`: anything a scenario may come from -> a checked `Scenario`."""

from collections.abc import Mapping
from os import PathLike
from pathlib import Path
from typing import Any, TypeAlias

from models.errors import BadInput
from sim.reading.files import read_market, read_scenario, with_files
from sim.reading.positions import from_plain
from sim.reading.refusals import validated
from sim.scenario.market import Market
from sim.scenario.response_file import ResponseSource, with_response_laid_out
from sim.scenario.scenario import Scenario

Source: TypeAlias = str | Path | Scenario | Mapping[str, Any]


def load(source: Source) -> Scenario:
    """The scenario in a file, in a mapping (paths relative to the working directory), or as it is.

    Raises BadInput, one sentence with file, line and column.
    """
    if isinstance(source, Scenario):
        return source
    if isinstance(source, Mapping):
        return validated(Scenario, with_response_laid_out(with_files(from_plain(source), Path())))
    if not isinstance(source, str | PathLike):
        raise BadInput("a scenario is a file, a mapping or a Scenario, not {given!r}", given=source)
    return validated(Scenario, with_response_laid_out(read_scenario(source)))


def responded(scenario: Source, response: ResponseSource | None = None) -> Scenario:
    """The scenario (a file, a mapping or as it is) under another response; under its own where that is None.

    Raises BadInput.
    """
    loaded = load(scenario)
    return loaded if response is None else loaded.with_response(response)


def load_said(path: str | Path, response: ResponseSource | None = None) -> tuple[Scenario, dict[str, Any]]:
    """The scenario in a file, and the values that its files state, the extended ones and the market's included.

    All other values are defaults. Of a response that has a file, or is given in place of the scenario's, what differs from
    the defaults counts as stated. Raises BadInput.
    """
    tree = with_response_laid_out(read_scenario(path))
    scenario, said = validated(Scenario, tree), tree.plain()
    if response is not None:
        scenario = scenario.with_response(response)
    if response is not None or scenario.response.named_digest:
        said = said | {"response": scenario.changed_values()["response"]}
    return scenario, said


def load_market(source: str | Path | Market) -> Market:
    """The market in a file, or as it is. Raises BadInput."""
    return source if isinstance(source, Market) else validated(Market, read_market(source))
