"""What each platform's exports look like: read from the YAML files beside this module."""

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Literal, TypeAlias

from models.errors import BadInput
from models.words import Remark

Kind: TypeAlias = Literal[
    "orders", "customers", "contacts", "settlements", "items", "friends", "groups", "lost", "daily_friends", "daily_groups"
]  # fmt: skip

_INVISIBLE = "\ufeff\u200b\u200c\u200d\u2060"


@dataclass(frozen=True)
class SheetType:
    """One kind of sheet: its headers, what its columns mean, its statuses and its rule for refunds.

    marks: headers that must all be there. fields and identity: aliases in order of preference, a `*` at the end
    stands for any continuation. status: text -> state. amount_is: whether refunds are still in the amount
    (gross) or off already (net). automatic: identity keys that may be chosen without being asked for.
    """

    platform: str
    name: str
    kind: Kind
    title: str
    marks: tuple[str, ...]
    fields: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    identity: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    automatic: tuple[str, ...] = ()
    status: Mapping[str, str] = field(default_factory=dict)
    aftersale: Mapping[str, str] = field(default_factory=dict)
    amount_is: Literal["gross", "net"] = "gross"
    formula_row: bool = False
    instead: str = ""


@dataclass(frozen=True)
class Layout:
    """Where in a sheet the needed columns are: name -> (position, header as we know it). Keys are `key_KIND`."""

    type: SheetType
    columns: Mapping[str, tuple[int, str]]
    width: int

    def has(self, name: str) -> bool:
        """True if the sheet has the field."""
        return name in self.columns

    @property
    def kinds(self) -> list[str]:
        """The identity keys that the sheet has."""
        return [name.removeprefix("key_") for name in self.columns if name.startswith("key_")]


def plain(text: str) -> str:
    """A header as compared: full-width made half-width (NFKC), without spaces, marks and `="..."`, in lower case."""
    bare = unicodedata.normalize("NFKC", text)
    bare = "".join(ch for ch in bare if not ch.isspace() and ch not in _INVISIBLE).lstrip("'")
    return bare.removeprefix("=").strip('"').casefold()


@cache
def sheet_types() -> tuple[SheetType, ...]:
    """All known kinds of sheets, in the order of their files."""
    from importlib.resources import files

    from ruamel.yaml import YAML

    types: list[SheetType] = []
    folder = files("models.data.imports") / "platforms"
    for file in sorted(folder.iterdir(), key=lambda f: f.name):
        if file.name.endswith(".yaml"):
            content = YAML(typ="safe").load(file.read_text(encoding="utf-8"))
            types += [_sheet_type(content["platform"], sheet) for sheet in content["sheets"]]
    return tuple(types)


def _sheet_type(platform: str, sheet: Mapping[str, Any]) -> SheetType:
    known = {key: value for key, value in sheet.items() if key not in ("status", "aftersale", "fields", "identity")}
    known["marks"] = tuple(sheet["marks"])
    known["automatic"] = tuple(sheet.get("automatic", ()))
    for part in ("fields", "identity"):
        known[part] = {name: tuple(aliases) for name, aliases in sheet.get(part, {}).items()}
    for part in ("status", "aftersale"):
        states = sheet.get(part, {})
        known[part] = {plain(text): state for state, texts in states.items() for text in texts}
    return SheetType(platform=platform, **known)


def identity_kinds() -> list[str]:
    """The names of identity keys that `identity=` takes, apart from a column's own name."""
    return sorted({name for kind in sheet_types() for name in _offered(kind)})


def _offered(kind: SheetType) -> Mapping[str, tuple[str, ...]]:
    """The keys that may be asked for: those of buyers, and WeCom's. A header by which other sheets know a key (手机号) is a
    column of the orders' own when it is asked for."""
    if kind.kind in ("orders", "customers"):
        return kind.identity
    return {name: aliases for name, aliases in kind.identity.items() if name == "external_userid"}


def identity_kind(wanted: str) -> str | None:
    """The key that is meant by its name or by a header known to hold it; None where it is another column."""
    if wanted in identity_kinds():
        return wanted
    headers = {
        plain(alias): name for kind in sheet_types() for name, aliases in _offered(kind).items() for alias in aliases
    }
    return headers.get(plain(wanted))


def recognise(header: Sequence[str], where: str | Remark, column: str | None = None) -> Layout | None:
    """The layout of a sheet with this header, None where it is none that we know. `column`: a further column,
    taken as an identity key (`key_column`) where it is there.

    Raises BadInput where a needed header is there twice.
    """
    names = [plain(text) for text in header]
    matches = [kind for kind in sheet_types() if all(_find(names, mark) for mark in kind.marks)]
    if not matches:
        return None
    chosen = max(matches, key=lambda kind: len(kind.marks))
    columns: dict[str, tuple[int, str]] = {}
    wanted = {**chosen.fields, **{f"key_{name}": aliases for name, aliases in chosen.identity.items()}}
    for name, aliases in wanted.items():
        for alias in aliases:
            if positions := _find(names, alias):
                if len(positions) > 1:
                    raise BadInput(
                        "{where}: there are two columns called {alias!r}; rename one of them.",
                        where=where,
                        alias=alias,
                    )
                columns[name] = (positions[0], alias.rstrip("*"))
                break
    if column is not None and (positions := _find(names, column)):
        columns["key_column"] = (positions[0], column)
    return Layout(chosen, columns, len(header))


def _find(names: Sequence[str], alias: str) -> list[int]:
    wanted = plain(alias)
    if alias.endswith("*"):
        return [i for i, name in enumerate(names) if name.startswith(wanted[:-1])]
    return [i for i, name in enumerate(names) if name == wanted]


def plain_layout(header: Sequence[str], where: str | Remark, wanted: Mapping[str, str | None]) -> Layout | None:
    """The layout of a table whose columns the user names; what is not named is found by well-known names. None where
    the header does not have them."""
    from models.data.orders.columns import ROLES, Role, find_column

    names = [text.strip() for text in header]
    roles: tuple[tuple[Role, str], ...] = (("customer", "key_customer"), ("date", "created"), ("amount", "amount"))
    columns: dict[str, tuple[int, str]] = {}
    for role, name in roles:
        try:
            column = find_column(str(where), role, wanted.get(role), names)
        except BadInput:
            return None  # its message lists the header, which may be a row with a person in it
        if sum(plain(text) == plain(column) for text in names) > 1:
            raise BadInput(
                "{where}: there are two columns for {role}; rename one of them.",
                where=where,
                role=Remark(ROLES[role]),
            )
        columns[name] = (names.index(column), column)
    if (order := wanted.get("order")) is not None:
        positions = [i for i, name in enumerate(names) if plain(name) == plain(order)]
        if not positions:
            return None
        columns["order"] = (positions[0], order)
    if len({position for position, _ in columns.values()}) < len(columns):
        raise BadInput(
            "{where}: one column cannot be two things at once; name customer, date and amount apart.",
            where=where,
        )
    kind = SheetType("plain", "plain", "orders", "plain columns", (), automatic=("customer",))
    return Layout(kind, columns, len(header))
