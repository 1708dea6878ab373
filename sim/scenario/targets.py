"""Targets: what a strategy must reach, written as text such as `>= 3` or `<= 40%`."""

import re
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, core_schema

from models.errors import BadInput
from sim.reading.part import Misfit, suggestion
from sim.scenario.measures import MEASURES

_WRITTEN = re.compile(r"\s*(>=|<=|>|<|≥|≤)\s*([-+]?(?:\d+(?:\.\d*)?|\.\d+))\s*([%％]?)\s*", re.ASCII)
_ASCII: dict[str, Literal[">=", "<=", ">", "<"]] = {
    ">=": ">=",
    "<=": "<=",
    ">": ">",
    "<": "<",
    "≥": ">=",
    "≤": "<=",
}


@dataclass(frozen=True, slots=True)
class Target:
    """One measure's target: `operator`, `value` (a percentage as its share) and the `text` as written."""

    operator: Literal[">=", "<=", ">", "<"]
    value: float
    text: str

    @classmethod
    def parse(cls, text: Any) -> "Target":
        """The target that `text` says; ValueError if it is not an operator and a number."""
        if isinstance(text, Target):
            return text
        written = _WRITTEN.fullmatch(text) if isinstance(text, str) and len(text) <= 40 else None
        if written is None:
            raise BadInput("must be a comparison in quotes, like '>= 3' or '<= 40%'")
        operator, number, percent = written.groups()
        return cls(_ASCII[operator], float(number) / (100 if percent else 1), text.strip())

    def met(self, value: float | None) -> bool | None:
        """Whether `value` reaches the target; None if the measure is undefined."""
        if value is None:
            return None
        if self.operator == ">=":
            return value >= self.value
        if self.operator == "<=":
            return value <= self.value
        return value > self.value if self.operator == ">" else value < self.value

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Read from text, written back as that text."""
        return core_schema.no_info_plain_validator_function(
            cls.parse,
            serialization=core_schema.plain_serializer_function_ser_schema(lambda target: target.text),
        )

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """Text with an operator and a number."""
        return {"type": "string", "pattern": r"^\s*(>=|<=|>|<|≥|≤)\s*[-+]?(\d+(\.\d*)?|\.\d+)\s*[%％]?\s*$"}


def _known(name: str) -> str:
    if name not in MEASURES:
        raise BadInput("unknown measure; {suggestion}", suggestion=suggestion(name, tuple(MEASURES)))
    return name


def _shares_below_one(targets: dict[str, Target]) -> dict[str, Target]:
    for name, target in targets.items():
        if MEASURES[name] == "share" and not 0 <= target.value <= 1:
            raise Misfit(
                "is a share from 0 to 1, never {value:g}; write it like '>= 30%' or '>= 0.3'",
                name,
                value=target.value,
            )
    return targets


Measure = Annotated[str, AfterValidator(_known), Field(json_schema_extra={"enum": list(MEASURES)})]
Targets = Annotated[dict[Measure, Target], AfterValidator(_shares_below_one)]
