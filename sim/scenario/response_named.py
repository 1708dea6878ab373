"""What a response is called: its name, the digest of the values that the name stands for, and what it says of itself."""

import hashlib
import json
from collections.abc import Iterator
from typing import Annotated, Any

from pydantic import (
    BaseModel,
    Field,
    SerializerFunctionWrapHandler,
    WithJsonSchema,
    model_serializer,
    model_validator,
)

from sim.reading.part import Name, zero_unsigned
from sim.reading.told import InLanguages, Told
from sim.scenario.differing import differences
from sim.scenario.response_parts import Frozen

EVIDENCE = "evidence"  # the name of the defaults
ABOUT_EVIDENCE = InLanguages(
    en="What experiments and observed behaviour support (grades A and B), with the total of all effects held by a prior.",
    zh="以实验和观察到的行为为依据（证据等级 A 和 B），全部效果的总量由先验约束。",
)


class Named(Frozen):
    """A response's name and what it says of itself; neither sets anything, and defaults of them are not written."""

    name: Name = Field(default=EVIDENCE, description="what tables and reports call the response")
    about: Told = Field(
        default=ABOUT_EVIDENCE,
        description="what one who believes it believes, in one sentence; or {en: ..., zh: ...}, the same in both languages",
    )
    named_digest: Annotated[str, WithJsonSchema({"type": "string", "maxLength": 16, "readOnly": True})] = Field(
        default="",
        max_length=16,
        description="written by siyu: the digest of the values that have this name; others are told as changed",
    )

    @model_validator(mode="before")
    @classmethod
    def _own_words(cls, given: Any) -> Any:
        """A response of another name says nothing of itself unless it does; what `evidence` stands for is the code's."""
        if not isinstance(given, dict):
            return given
        if given.get("name", EVIDENCE) != EVIDENCE:
            return {"about": "", **given}
        codes = {"named_digest"} | ({"about"} if given.get("about") == ABOUT_EVIDENCE.en else set())
        return {key: value for key, value in given.items() if key not in codes}

    @model_serializer(mode="wrap")
    def _written(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Without what only names it, where that is the default: a scenario of before has the content it had."""
        values: dict[str, Any] = handler(self)
        plain = {
            "name": EVIDENCE,
            "about": ABOUT_EVIDENCE.model_dump(),
            "named_digest": "",
            "covariance": None,
        }
        return {key: value for key, value in values.items() if key not in plain or value != plain[key]}

    @property
    def digest(self) -> str:
        """16 hex digits, equal for equal parameters and covariance; the name does not count."""
        mine, default = (each.model_dump(mode="json", exclude=set(NAMING)) for each in (self, type(self)()))
        # only what is not as by default, so that it stays the same when a parameter is added
        changed = differences(zero_unsigned(mine), zero_unsigned(default))
        content = {key: value for key, value, _ in changed}
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:16]

    @property
    def is_changed(self) -> bool:
        """True if the values are others than those that the name stands for, as far as that is known."""
        stands_for = type(self)().digest if self.name == EVIDENCE else self.named_digest
        return bool(stands_for) and self.digest != stands_for

    @property
    def label(self) -> str:
        """`evidence` (the defaults), the name of a file, or either with `, changed`."""
        return f"{self.name}, changed" if self.is_changed else self.name


NAMING = ("name", "about", "named_digest")


def numbers_in(model: BaseModel, above: str = "") -> Iterator[tuple[str, float, dict[str, Any]]]:
    """(dotted name, value, what is said about it) of every parameter in a response or a part of one."""
    for name, field in type(model).model_fields.items():
        value = getattr(model, name)
        if isinstance(field.json_schema_extra, dict):
            yield f"{above}{name}", value, dict(field.json_schema_extra)
        elif isinstance(value, BaseModel):
            yield from numbers_in(value, f"{above}{name}.")
