"""The responses that come with siyu, by their names."""

from pathlib import Path

from models.errors import BadInput
from models.words import Listed
from sim.drafting.shipped import shipped

RESPONSES = Path("response")


def chosen_response(given: Path | None) -> Path | None:
    """The file of the response called `given`: a path as it is, a bare name (`claims`) one that comes with siyu.

    Raises BadInput for a name that is neither a file nor one of these, with the names.
    """
    if given is None or given.suffix or given.name != str(given) or given.exists():
        return given
    file = shipped() / RESPONSES / f"{given}.yaml"
    if file.is_file():
        return file
    raise BadInput(
        "--response: there is no response called {given!r}; choose one of {names}, or give the path of a response file",
        given=str(given)[:60],
        names=Listed(sorted(path.stem for path in file.parent.glob("*.yaml")), ","),
    )
