"""Sentences without persons: mobile numbers and e-mail addresses in them are masked."""

import re
from dataclasses import replace
from pathlib import PurePath

from models.words import Listed, Remark

BARE = r"1[3-9][0-9]{9}"  # a mobile number of China without anything that says it is one
_IN_TEXT = re.compile(rf"(?<![0-9]){BARE}(?![0-9])|[\w.+-]+@[\w-]+(\.[\w-]+)+")


def without_persons(text: str) -> str:
    """A sentence or a command with the mobile numbers and e-mail addresses in it masked."""
    return _IN_TEXT.sub(lambda match: masked(match[0]), text)


def remark_without_persons(remark: Remark) -> Remark:
    """A remark in whose texts, such as the names of files and sheets, mobile numbers and e-mail addresses are masked."""
    return replace(remark, values={name: _value_without_persons(value) for name, value in remark.values.items()})


def _value_without_persons(value: object) -> object:
    if isinstance(value, Remark):
        return remark_without_persons(value)
    if isinstance(value, Listed):
        return replace(value, items=[_value_without_persons(item) for item in value.items])
    return without_persons(str(value)) if isinstance(value, str | PurePath) else value


def masked(personal: str) -> str:
    """A phone number or an e-mail address with its middle hidden."""
    if "@" in personal:
        name, _, domain = personal.partition("@")
        return f"{name[0]}***@{domain}"
    digits = re.sub(r"\D", "", personal)
    if re.fullmatch(rf"((\+|00)?86)?{BARE}", re.sub(r"[^0-9+]", "", personal)):
        return f"{digits[-11:-8]}****{digits[-4:]}"
    return f"***{digits[-4:]}"
