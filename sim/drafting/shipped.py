"""The strategies, the market and the schema that come with siyu.

There is one copy to edit: `scenarios/` of the project, which the build installs as `sim/shipped` (setup.py).
"""

from pathlib import Path

from models.data.files import write_whole
from models.errors import BadInput

STRATEGIES = (
    "balanced",
    "blast",
    "nurture",
    "member_tiers",
    "community_3_1",
)  # of the demo; the first is the reference
MARKET = Path("markets") / "cdnow.yaml"


def shipped() -> Path:
    """The folder of what comes with siyu: in the package once installed, in a checkout the project's own.

    Raises BadInput where neither is there.
    """
    here = Path(__file__).resolve().parents[1]
    for folder in (here / "shipped", here.parent / "scenarios"):
        if (folder / MARKET).is_file():
            return folder
    raise BadInput(
        "{folder}: the strategies that come with siyu are missing; install siyu again",
        folder=here / "shipped",
    )


def copy_missing(folder: Path) -> list[Path]:
    """Copy to `folder` each shipped file that is not there yet; returns what it wrote. What is there stays as it is.

    Published cases stay where they are: they are frozen, and `siyu cases` finds them there.
    """
    source = shipped()
    files = sorted(path.relative_to(source) for path in source.rglob("*") if path.suffix in (".yaml", ".json"))
    files = [path for path in files if path.parts[0] != "cases"]
    missing = [path for path in files if not (folder / path).exists()]
    return [write_whole(folder / path, (source / path).read_bytes()) for path in missing]
