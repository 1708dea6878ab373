"""A YAML reader that refuses deep nesting as soon as it meets it, before it reads the rest of the file."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ruamel.yaml import YAML

DEEPEST = 30  # levels; what is written by hand has a handful


def shallow_yaml() -> "YAML":
    """A safe reader; raises ruamel.yaml.composer.MaxDepthExceededError at the first node deeper than DEEPEST levels."""
    from ruamel.yaml import YAML

    yaml = YAML(typ="safe", pure=True)
    yaml.max_depth = DEEPEST + 1
    return yaml


def told(problem: Exception) -> str | None:
    """The problem in a few words, without ruamel.yaml's advice to programmers; None if it gives none."""
    from ruamel.yaml.composer import MaxDepthExceededError

    if isinstance(problem, MaxDepthExceededError):
        return "this is nested too deeply"
    return getattr(problem, "problem", None)
