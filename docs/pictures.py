"""The pictures of docs/policies.md: what each policy does, by its section's YAML: `python -m docs.pictures [NAME...]`.

A section has a block of YAML, a comment that names a column of the daily series with its title, and the picture that it is
drawn into. Without names all are drawn again, which takes a minute.
"""

import io
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from ruamel.yaml import YAML

from models.data.files import write_whole
from sim.pool import PoolModel
from sim.results.plots.canvas import COLOURS, GREY, panels, titled
from sim.run import Run
from sim.scenario import Scenario, load

HERE = Path(__file__).resolve().parent
PAGE = HERE / "policies.md"
MARKET = HERE.parent / "scenarios" / "markets" / "cdnow.yaml"
MEMBERS, DAYS, WEEK = 10_000, 364, 7
BASE: dict[str, Any] = {
    "acquisition": [{"channel": "package_card", "per_day": 12, "cac": 8, "buyers": 1.0, "organic": 0.2}],
    "push": {"per_week": 2},
}
_STATES = ("pool", "trust", "fatigue", "mood", "silent")  # told as they are; everything else is counted a week
_SECTION = re.compile(
    r"^```yaml\n(?P<yaml>.*?)^```\n\n<!-- picture: (?P<column>\w+), (?P<title>[^\n]+) -->\n"
    r"!\[(?P<words>[^\]]+)\]\((?P<picture>[\w/.]+)\)$",
    re.MULTILINE | re.DOTALL,
)


class Section(NamedTuple):
    """What a section of the page shows: keys of a policy, and of the daily series the column to be drawn."""

    keys: dict[str, Any]
    column: str
    title: str
    picture: Path


def sections() -> Iterator[Section]:
    """All sections of the page that have a picture."""
    for part in _SECTION.finditer(PAGE.read_text(encoding="utf-8")):
        keys = YAML(typ="safe").load(part["yaml"])
        yield Section(keys, part["column"], part["title"], HERE / part["picture"])


def scenarios(section: Section) -> tuple[Scenario, Scenario]:
    """The base without what the section switches on, and with it.

    What the section says of a part comes in place of the base's; without it the base has its own, but for the part that the
    section is named after.
    """
    shown = section.picture.stem
    left_out = {key: value for key, value in BASE.items() if key != shown}
    market = YAML(typ="safe").load(MARKET)
    costs = {"message": 0.02}
    without, with_it = (
        load({"name": name, "market": market, "members": MEMBERS, "days": DAYS, "costs": costs, "policy": policy})
        for name, policy in (("without", left_out), ("with", BASE | section.keys))
    )
    return without, with_it


def weekly(run: Run, column: str) -> np.ndarray:
    """float64[weeks]: a state's mean over each week, or so many a week and 1,000 founding members."""
    weeks = run.daily[column].to_numpy(float).reshape(-1, WEEK)
    return np.asarray(weeks.mean(axis=1) if column in _STATES else weeks.sum(axis=1) * 1000 / MEMBERS)


def drawn(section: Section) -> bytes:
    """The picture of a section, a PNG."""
    runs = [PoolModel(scenario).run() for scenario in scenarios(section)]
    money = [run.daily["contribution"].to_numpy(float).reshape(-1, WEEK).sum(axis=1).cumsum() / MEMBERS for run in runs]
    figure, (moved, gained) = panels(2, 2, 3.6, 2.3)
    weeks = np.arange(1, DAYS // WEEK + 1)
    for run, name, colour in zip(runs, ("without", "with"), (GREY, COLOURS[1]), strict=True):
        moved.plot(weeks, weekly(run, section.column), color=colour, label=name, linewidth=1.6)
    moved.legend(frameon=False, fontsize=8)
    titled(moved, section.title, "week", "" if section.column in _STATES else "a week and 1,000 founders")
    gained.axhline(0.0, color=GREY, linewidth=0.8)
    gained.plot(weeks, money[1] - money[0], color=COLOURS[0], linewidth=1.6)
    titled(gained, f"contribution gained, {runs[0].scenario.market.currency} a member", "week")
    for axes in (moved, gained):
        axes.title.set_fontsize(9)
        axes.yaxis.label.set_fontsize(8)
        axes.margins(x=0.01)
    return quantised(figure)


def quantised(figure: Any) -> bytes:
    """A figure as a PNG of few colours: a fraction of the size, and nobody sees it."""
    from PIL import Image

    full, small = io.BytesIO(), io.BytesIO()
    figure.savefig(full, format="png", dpi=100)
    image = Image.open(full).convert("RGB").quantize(48, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    image.save(small, format="png", optimize=True)
    return small.getvalue()


def main() -> None:
    """Draw every picture of the page, or those that are named."""
    for section in sections():
        if len(sys.argv) == 1 or section.picture.stem in sys.argv[1:]:
            content = drawn(section)
            print(
                write_whole(section.picture, lambda path, png=content: path.write_bytes(png)).relative_to(HERE.parent)
            )


if __name__ == "__main__":
    main()
