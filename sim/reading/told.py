"""What a planner says of a strategy in her own words: one sentence, or the same in English and Chinese."""

from collections.abc import Mapping
from typing import Annotated, Any, TypeAlias

from pydantic import Discriminator, Field, Tag, WithJsonSchema

from models.words import Language
from sim.reading.part import Part

LONGEST = 500  # characters
TAGS = ("[sentence]", "[languages]")  # steps in the place of a refusal that are no keys of a file


class InLanguages(Part):
    """One sentence in both languages: a report has the one of its own."""

    en: str = Field(min_length=1, max_length=LONGEST, description="the sentence in English")
    zh: str = Field(min_length=1, max_length=LONGEST, description="the sentence in Chinese")


def _tag(given: Any) -> str:
    return TAGS[isinstance(given, Mapping | InLanguages)]


_SENTENCE = {"type": "string", "maxLength": LONGEST}
Told: TypeAlias = Annotated[
    Annotated[str, Field(max_length=LONGEST), Tag(TAGS[0])] | Annotated[InLanguages, Tag(TAGS[1])],
    Discriminator(_tag),
    WithJsonSchema({"anyOf": [_SENTENCE, InLanguages.model_json_schema()]}),
]
"""A sentence, or `{en: ..., zh: ...}`."""


def told_in(told: str | InLanguages, lang: Language) -> str:
    """The sentence in the language asked for; one that is written once is the same in both."""
    return told if isinstance(told, str) else getattr(told, lang)
