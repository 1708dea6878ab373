"""A YAML reader that stops at what is nested too deeply, before it has looked at the rest of the file."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ruamel.yaml import YAML

DEEPEST = 30  # levels; what is written by hand has a handful


def shallow_yaml() -> "YAML":
    """Safe, and raises ruamel.yaml.composer.MaxDepthExceededError at the first node below DEEPEST levels."""
    from ruamel.yaml import YAML

    yaml = YAML(typ="safe", pure=True)
    yaml.max_depth = DEEPEST + 1
    return yaml


def told(problem: Exception) -> str | None:
    """What is wrong, without ruamel.yaml's advice to programmers; None where it says nothing."""
    from ruamel.yaml.composer import MaxDepthExceededError

    if isinstance(problem, MaxDepthExceededError):
        return "this is nested too deeply"
    return getattr(problem, "problem", None)
