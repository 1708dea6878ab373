"""What is wrong with a user's input, in one sentence; the command line prints it and leaves with exit code 2."""

from models.words import Catalogue, Language, Remark


class BadInput(ValueError):  # noqa: N818 - named for what users read, not for what it is
    """The input cannot be used: the message says where, what, and what to do, in one sentence.

    `BadInput("{path}: the file is empty; {advice}.", path=path, advice=advice)`: the template and what its places stand for,
    numbers, names, remarks or other errors. `str` of it is English whatever the environment; `say("zh")` is Chinese.
    """

    def __init__(self, text: str | Remark, /, **values: object) -> None:
        self.remark = text if isinstance(text, Remark) else Remark(text, values)
        super().__init__(str(self.remark))

    def say(self, lang: Language = "en", words: Catalogue | None = None) -> str:
        """The sentence in the language asked for; `words`: where its Chinese is found (sim.words.WORDS for those of sim)."""
        return self.remark.say(lang, words)


class CannotIdentify(BadInput):
    """The data are readable but cannot identify the model (nobody bought twice, a single customer)."""


class NotFitted(BadInput, AttributeError):  # noqa: N818 - as BadInput
    """A model was asked what it knows only after a fit; an AttributeError too, so that `hasattr` answers with False."""


def in_percent(value: float) -> str | Remark:
    """What a share that looks like a percentage should have been, to end a sentence with: "; 10 % is 0.10", else ""."""
    if not 1 <= value <= 100:
        return ""
    share = f"{value / 100:.{2 if value == round(value) else 4}f}"
    return Remark("; {percent:g} % is {share}", {"percent": value, "share": share})
