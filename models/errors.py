"""What is wrong with a user's input, in one sentence; the command line prints it and leaves with exit code 2."""


class BadInput(ValueError):  # noqa: N818 - named for what users read, not for what it is
    """The input cannot be used: the message says where, what, and what to do, in one sentence."""


class CannotIdentify(BadInput):
    """The data are readable but cannot identify the model (nobody bought twice, a single customer)."""
