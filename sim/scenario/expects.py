"""What a belief would have to show: measures that should be higher or lower than another strategy's, like `> balanced`."""

import re
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, core_schema

from models.errors import BadInput
from sim.scenario.targets import Measure

_WRITTEN = re.compile(r"\s*([><])\s*([^\s=](?:.*\S)?)\s*")
_LONGEST = 200


@dataclass(frozen=True, slots=True)
class Expectation:
    """A measure's expected value above (`>`) or below (`<`) that of the strategy `other`; `text` as written."""

    operator: Literal[">", "<"]
    other: str
    text: str

    @classmethod
    def parse(cls, text: Any) -> "Expectation":
        """The expectation that `text` says; BadInput if it is not > or < and a strategy's name."""
        if isinstance(text, Expectation):
            return text
        written = _WRITTEN.fullmatch(text) if isinstance(text, str) and len(text) <= _LONGEST else None
        if written is None:
            raise BadInput("must be > or < and the name of another strategy in quotes, like '> balanced'")
        return cls(">" if written[1] == ">" else "<", written[2], text.strip())

    @property
    def sign(self) -> int:
        """1 where the measure should be higher, -1 where lower."""
        return 1 if self.operator == ">" else -1

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Read from text, written back as that text."""
        return core_schema.no_info_plain_validator_function(
            cls.parse,
            serialization=core_schema.plain_serializer_function_ser_schema(lambda expectation: expectation.text),
        )

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """Text with > or < and a name."""
        return {"type": "string", "pattern": r"^\s*[><]\s*\S.*$"}


Expects = dict[Measure, Expectation]
