"""What is wrong with a user's input, in one sentence; the command line prints it and leaves with exit code 2."""


class BadInput(ValueError):  # noqa: N818 - named for what users read, not for what it is
    """The input cannot be used: the message says where, what, and what to do, in one sentence."""


class CannotIdentify(BadInput):
    """The data are readable but cannot identify the model (nobody bought twice, a single customer)."""


def in_percent(value: float) -> str:
    """What a share that looks like a percentage should have been, to end a sentence with: "; 10 % is 0.10", else ""."""
    return f"; {value:g} % is {value / 100:.{2 if value == round(value) else 4}f}" if 1 <= value <= 100 else ""
