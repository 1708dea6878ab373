"""The base of every part of a scenario: frozen models that refuse unknown keys, and the kinds of numbers they use."""

from collections.abc import Mapping
from datetime import date, datetime
from difflib import get_close_matches
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from models.errors import BadInput
from models.words import Listed, Remark
from models.words.numbers import told_apart
from sim.reading.writing import yaml_text


class Misfit(BadInput):
    """A value that does not fit others beside it; `at` leads from the validated part to the offending key."""

    def __init__(self, text: str, /, *at: str | int, **values: object) -> None:
        super().__init__(text, **values)
        self.at = at


class Part(BaseModel):
    """A frozen piece of a scenario; refuses unknown keys, text or booleans for numbers, NaN and infinity."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False, validate_default=True)

    def plain(self) -> dict[str, Any]:
        """The part as dicts, lists and scalars, keys as in a file, defaults filled in; None is left out."""
        return plain_values(self.model_dump(by_alias=True, exclude_none=True))  # type: ignore[no-any-return]

    def to_yaml(self) -> str:
        """The part as YAML text that reads back as an equal part."""
        return yaml_text(self.plain())


def plain_values(value: Any) -> Any:
    """`value` with lists for tuples, all the way down."""
    if isinstance(value, Mapping):
        return {key: plain_values(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain_values(item) for item in value]
    return value


def zero_unsigned(value: Any) -> Any:
    """`value` with 0.0 for -0.0, which is equal and yet written differently."""
    if isinstance(value, dict):
        return {key: zero_unsigned(item) for key, item in value.items()}
    if isinstance(value, list):
        return [zero_unsigned(item) for item in value]
    return value + 0.0 if isinstance(value, float) else value


def nearest(word: str, known: list[str] | tuple[str, ...]) -> str | None:
    """The known word nearest to `word`, or None if none is near."""
    close = get_close_matches(word, known, n=1, cutoff=0.6) or get_close_matches(word.lower(), known, n=1, cutoff=0.6)
    return close[0] if close else None


def suggestion(word: str, known: list[str] | tuple[str, ...]) -> Remark:
    """The half sentence that helps after an unknown `word`: the nearest known one, or all of them."""
    meant = nearest(word, known)
    if meant:
        return Remark("did you mean {meant}?", {"meant": meant})
    shown = {"known": Listed(known[:15], ","), "more": len(known) - 15}
    return Remark("known here: {known} and {more} more" if len(known) > 15 else "known here: {known}", shown)


def sum_to_one(shares: Mapping[str, float]) -> None:
    """Raise BadInput unless the shares sum to 1 within 1e-6."""
    total = sum(shares.values())
    if abs(total - 1) > 1e-6:
        written = " + ".join(f"{name} {share:g}" for name, share in shares.items() if share)
        raise BadInput(
            "the shares sum to {total} ({written}); make them sum to 1",
            total=told_apart((total, lambda finer: f"{total:.{6 + finer}g}"), (1.0, lambda _: "1"))[0],
            written=written or Remark("all 0"),
        )


def as_name(text: str) -> str:
    """`text` if it can name a scenario, a file and a column. Raises BadInput otherwise."""
    # no regular expression: Python, Rust and the JSON Schema of editors disagree on what a letter is
    if text and len(text) <= 60 and text[0].isalnum() and all(sign.isalnum() or sign in "-_" for sign in text):
        return text
    raise BadInput("must be a name of at most 60 letters, digits, - and _, not the text {text!r}", text=text[:60])


def _as_date(value: Any) -> Any:
    if isinstance(value, datetime):
        raise BadInput("must be a day without a time of day, like {value:%Y-%m-%d}", value=value)
    if isinstance(value, str):
        try:
            return date.fromisoformat(value)
        except ValueError:
            raise BadInput("{text!r} is no day of the calendar; write it as 2026-01-31", text=value[:40]) from None
    return value


Share = Annotated[float, Field(ge=0, le=1)]
LARGEST = 1e9  # of any amount or parameter: money is counted in 64-bit minor units, and nothing real comes near
Money = Annotated[float, Field(ge=0, le=LARGEST)]
SMALLEST = 1e-9  # of any rate, scale or sum of money that is not 0: below, products leave what a double can hold
Positive = Annotated[float, Field(ge=SMALLEST, le=LARGEST)]
Name = Annotated[str, AfterValidator(as_name)]
Day = Annotated[date, BeforeValidator(_as_date)]
