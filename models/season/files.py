"""A season from a YAML file: its own, or a market's."""

from pathlib import Path
from typing import Any

from models.errors import BadInput
from models.season.calendar import Season
from models.words import Quoted


def read_season(path: str | Path) -> Season:
    """The season in a YAML file: months, peaks, harmonics and weekdays, at its top or, as in a market file, under `season`.

    Raises BadInput where there is no such file, it is no YAML (with line and column), or holds no season.
    """
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    from models.data.yaml_depth import shallow_yaml, told

    where = Path(path)
    try:
        content: Any = shallow_yaml().load(where.read_text(encoding="utf-8-sig"))
    except OSError as problem:
        raise BadInput(
            "{where}: cannot be read ({reason}); give auto, estimate, none, or a YAML file with a season.",
            where=where,
            reason=Quoted(str(problem.strerror)),
        ) from None
    except UnicodeDecodeError:
        raise BadInput("{where}: is not UTF-8 text; save the season's YAML file as UTF-8.", where=where) from None
    except YAMLError as problem:
        mark = problem.problem_mark if isinstance(problem, MarkedYAMLError) else None
        place = f":{mark.line + 1}:{mark.column + 1}" if mark is not None else ""
        raise BadInput(
            "{where}{place}: is not YAML ({reason}).",
            where=where,
            place=place,
            reason=Quoted(told(problem) or "cannot be parsed"),
        ) from None
    if isinstance(content, dict) and isinstance(content.get("season"), dict):
        content = content["season"]
    if not isinstance(content, dict) or not content:
        raise BadInput("{where}: holds no season; give months, peaks, harmonics or weekdays.", where=where)
    try:
        return Season.from_dict(content)
    except BadInput as problem:
        raise BadInput("{where}: {problem}", where=where, problem=problem) from None
