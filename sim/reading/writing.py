"""Plain values -> YAML text as a person would write it."""

from io import StringIO
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedSeq
from ruamel.yaml.representer import RoundTripRepresenter


class _Representer(RoundTripRepresenter):
    """Writes a null as `null`: a key with nothing after it looks forgotten."""

    def represent_none(self, data: None) -> Any:
        return self.represent_scalar("tag:yaml.org,2002:null", "null")


_Representer.add_representer(type(None), _Representer.represent_none)


def yaml_text(values: dict[str, Any]) -> str:
    """`values` (dicts, lists, scalars) as YAML in block style; lists of scalars on one line, 4.0 as 4."""
    yaml = YAML()
    yaml.Representer = _Representer
    yaml.width = 110
    yaml.allow_unicode = True
    stream = StringIO()
    yaml.dump(_styled(values), stream)
    return stream.getvalue()


def _styled(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _styled(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        items = CommentedSeq(_styled(item) for item in value)
        if all(isinstance(item, (int, float, str)) for item in value):
            items.fa.set_flow_style()
        return items
    return int(value) if isinstance(value, float) and value.is_integer() and abs(value) < 1e15 else value
