"""README.md and README.zh.md are one page in two languages: same headings, commands, code, links and pictures."""

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

ROOT = Path(__file__).resolve().parents[1]
ENGLISH, CHINESE = (ROOT / name for name in ("README.md", "README.zh.md"))


def text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def blocks(path: Path) -> list[tuple[str, list[str]]]:
    """(language, lines) of each fenced block; what follows # is a comment, which may be translated."""
    found = re.findall(r"^```(\w*)\n(.*?)^```$", text(path), re.MULTILINE | re.DOTALL)
    return [(kind, [line.partition("#")[0].rstrip() for line in code.splitlines()]) for kind, code in found]


def headings(path: Path) -> list[str]:
    """The signs of the headings outside of code, in order."""
    return re.findall(r"^(#+) ", re.sub(r"^```.*?^```$", "", text(path), flags=re.MULTILINE | re.DOTALL), re.MULTILINE)


def targets(path: Path) -> list[str]:
    """Where links and pictures lead, in order, without the link to the other language."""
    found = re.findall(r"\]\(([^)\s]+)\)", text(path))
    return [target for target in found if target not in (ENGLISH.name, CHINESE.name)]


def rows(path: Path) -> int:
    return len(re.findall(r"^\|", text(path), re.MULTILINE))


def test_each_links_the_other_at_its_top() -> None:
    assert f"]({CHINESE.name})" in text(ENGLISH).partition("\n## ")[0]
    assert f"]({ENGLISH.name})" in text(CHINESE).partition("\n## ")[0]


@pytest.mark.parametrize("part", [headings, blocks, targets, rows], ids=lambda part: part.__name__)
def test_the_two_are_in_step(part: Any) -> None:
    assert part(ENGLISH), "there is something to hold in step"
    assert part(CHINESE) == part(ENGLISH)


def test_every_heading_and_comment_of_the_chinese_page_is_chinese() -> None:
    said = re.findall(r"^#+ (.*)$", text(CHINESE), re.MULTILINE) + re.findall(r"^[^#\n]+ # (.*)$", text(CHINESE), re.M)
    assert len(said) > 10
    assert [line for line in said if not re.search(r"[\u4e00-\u9fff]", line)] == []


@pytest.mark.parametrize("path", [ENGLISH, CHINESE], ids=lambda path: path.name)
def test_links_lead_somewhere(path: Path) -> None:
    assert [target for target in targets(path) if "://" not in target and not (ROOT / target).exists()] == []


def test_commands_are_understood() -> None:
    """Parsed with all their options, not run."""
    from sim.cli import app

    lines = [line for _, code in blocks(ENGLISH) for line in code if line.startswith("siyu ")]
    assert len(lines) > 6
    for line in lines:
        _, name, *arguments = shlex.split(line)
        command: Any = get_command(app)
        command.commands[name].make_context(name, arguments)
