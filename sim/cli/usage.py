"""What is wrong with how a command was typed, in Chinese: the parser itself says it in English only."""

from typing import Any

from sim.words import WORDS, say


def speaks_for_itself(problem: Exception) -> bool:
    """True if the parser's own words are to be shown: the help that stands for an error where nothing was typed."""
    return type(problem).__name__ == "NoArgsIsHelpError"


def usage_said(problem: Any) -> str:
    """How the command is used, where to find help, and what is wrong, in Chinese."""
    lines = []
    if problem.ctx is not None:
        usage, command = problem.ctx.get_usage().removeprefix("Usage: "), problem.ctx.command_path
        lines.append(say("Usage: {usage}", "zh", usage=usage))
        lines.append(say("Try '{command} --help' for help.", "zh", command=command) + "\n")
    lines.append(say("Error: {problem}", "zh", problem=WORDS.recognise(problem.format_message(), "zh")))
    return "\n".join(lines)
