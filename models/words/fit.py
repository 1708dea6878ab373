"""How a fit went, in Chinese: what models say of themselves in `message_`, taken apart where it is put together."""

from models.words import WORDS, Language


def fit_said(message: str, lang: Language) -> str:
    """A model's `message_` in the language asked for; parts that are not known stay as they are."""
    return message if lang == "en" else "；".join(WORDS.recognise(part, lang) for part in message.split("; "))
