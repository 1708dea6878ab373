"""The markets of trades that come with siyu: which one a planner chose, by its name in English or Chinese."""

from pathlib import Path
from typing import NamedTuple

from models.errors import BadInput
from models.words import Listed
from sim.drafting.shipped import shipped
from sim.scenario.trades import TRADES

MARKETS = Path("markets")


class Chosen(NamedTuple):
    """The market that a scenario is to live on."""

    file: Path  # where it is, or will be
    original: (
        Path | None
    )  # the file that comes with siyu and is copied there where there is none; None: the planner's own


def chosen_market(given: str | Path, folder: Path) -> Chosen:
    """The market called `given`: a trade's name in English or Chinese, else the path of a file.

    folder: that of the scenario; a trade's market lies in its `markets/`. Raises BadInput for what is neither a name nor
    looks like a path, with the names.
    """
    text = str(given)
    in_english = {chinese: name for name, chinese in TRADES.items()}
    name = in_english.get(text, text.lower().replace("-", "_"))
    if name in TRADES:
        within = MARKETS / f"{name}.yaml"
        return Chosen(folder / within, shipped() / within)
    path = Path(given)
    if not path.is_file() and path.name == text and not path.suffix:
        raise BadInput(
            "--market: there is no market called {given!r}; choose one of {names}, or give the path of a market file",
            given=text[:60],
            names=Listed([f"{english} ({chinese})" for english, chinese in TRADES.items()], ","),
        )
    return Chosen(path, None)
