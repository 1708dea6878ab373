"""What each platform's exports look like: read from the YAML files beside this module."""

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import cache
from typing import Any, Literal, TypeAlias, get_args

from models.errors import BadInput
from models.words import Remark

Kind: TypeAlias = Literal[
    "orders", "customers", "contacts", "settlements", "items", "friends", "groups", "lost", "daily_friends", "daily_groups"
]  # fmt: skip
Lines: TypeAlias = Literal["sum", "repeat", "first", "ask"]

# How `timezone` says that the offsets in the cells are the shop's own and its clock counts, summer time and all.
AS_WRITTEN = "as written"

_INVISIBLE = "\ufeff\u200b\u200c\u200d\u2060"
_STATES = {
    "orders": {"used", "unpaid", "closed", "refunded"},
    "contacts": {"unsent", "delivered", "failed", "not_friend", "limit"},
}
_AFTERSALE = {"refunded", "partial", "none"}


@dataclass(frozen=True)
class SheetType:
    """One kind of sheet: its headers, what its columns mean, its statuses and its rule for refunds.

    marks: headers that must all be there; `a|b` is either of two. fields and identity: aliases in order of preference,
    a `*` at the end stands for any continuation. automatic: identity keys that may be chosen without being asked for.
    hidden: the platform names no buyer, so that the orders are refused with `instead` unless a key is there or named.

    status, aftersale: text -> state; a `*` at the beginning or the end of a text stands for anything. Of an order: used,
    unpaid, closed, refunded (in full). Of its after-sale: refunded (by what `refund` says, else the whole row), partial
    (by what `refund` says, else not told), none (whatever `refund` says). test: texts that mark a test order.

    lines: what several rows of one order number are. sum: items that add up; repeat: the order's total on each row or on
    some, which counts once; first: its figures stand on its first row only; ask: not known, so the rows or the user must
    say. numbers: whether an order number is one order's on the whole platform (unique), or each shop counts from 1 (shop),
    so that equal numbers of other customers or days are other orders. refund_is: whether `refund` is the order's, or each
    row's own and so adds up. amount_is: whether refunds are still in the amount (gross) or off already (net).

    currency: its ISO code where no column says it. timezone: the zone of times without an offset (IANA), or AS_WRITTEN.
    date_format: the order of day and month (mdy, dmy, ymd) or a strftime pattern.
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
    test: tuple[str, ...] = ()
    lines: Lines = "repeat"
    numbers: Literal["unique", "shop"] = "unique"
    refund_is: Literal["order", "row"] = "order"
    amount_is: Literal["gross", "net"] = "gross"
    currency: str | None = None
    timezone: str | None = None
    date_format: str | None = None
    hidden: bool = False
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
    """A sheet as its file says it. Raises ValueError, for who writes the file, where a key or a state is none."""
    where = f"platform {platform}, sheet {sheet.get('name')}"
    known = dict(sheet)
    if strange := sorted(set(known) - {key.name for key in fields(SheetType)}):
        raise ValueError(f"{where}: unknown keys {', '.join(strange)}")
    for part, allowed in (("status", _STATES.get(sheet["kind"])), ("aftersale", _AFTERSALE)):
        if allowed is not None and (strange := sorted(set(sheet.get(part, ())) - allowed)):
            raise ValueError(f"{where}: {part} has unknown states {', '.join(strange)}")
        texts = [(plain(text), state) for state, texts in sheet.get(part, {}).items() for text in texts]
        known[part] = dict(texts)
        if len(known[part]) < len(texts):
            raise ValueError(f"{where}: {part} names a text twice")
    for part in ("fields", "identity"):
        known[part] = {name: tuple(aliases) for name, aliases in sheet.get(part, {}).items()}
    known |= {"marks": tuple(sheet["marks"]), "automatic": tuple(sheet.get("automatic", ()))}
    known["test"] = tuple(plain(text) for text in sheet.get("test", ()))
    _check_words(where, known)
    return SheetType(platform=platform, **known)


def _check_words(where: str, known: Mapping[str, Any]) -> None:
    words = {
        "kind": Kind,
        "lines": Lines,
        "numbers": Literal["unique", "shop"],
        "refund_is": Literal["order", "row"],
        "amount_is": Literal["gross", "net"],
    }
    for key, one_of in words.items():
        if known.get(key, get_args(one_of)[0]) not in get_args(one_of):
            raise ValueError(f"{where}: {key} is {known[key]!r}, not one of {', '.join(get_args(one_of))}")
    if strange := sorted(set(known["automatic"]) - set(known["identity"])):
        raise ValueError(f"{where}: automatic keys {', '.join(strange)} are not under identity")
    if (known.get("hidden") or known["automatic"]) and known["kind"] == "orders" and not known.get("instead"):
        raise ValueError(f"{where}: instead must say what to export where no key tells buyers apart")
    for needed, here in (("test", bool(known["test"])), ("aftersale", bool(known["aftersale"]))):
        if here and needed not in known["fields"]:
            raise ValueError(f"{where}: {needed} has texts but no column under fields")


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
    matches = [kind for kind in sheet_types() if all(_has(names, mark) for mark in kind.marks)]
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


def refuse_hidden(layouts: Iterable[tuple[Layout, str | Remark]], identity: str | None) -> None:
    """Raises BadInput, with what to export instead, where no sheet of orders has a key that tells buyers apart and their
    platform names none. `layouts`: each with where it is; `identity`: the key or column that the user named."""
    orders = [(layout, where) for layout, where in layouts if layout.type.kind == "orders"]
    if identity is None and orders and all(_names_nobody(layout) for layout, _ in orders):
        layout, where = orders[0]
        raise BadInput(
            "{where}: {title}: no column names the buyer, so repeat purchases cannot be seen; {instead}.",
            where=where,
            title=Remark(layout.type.title),
            instead=Remark(layout.type.instead),
        )


def _names_nobody(layout: Layout) -> bool:
    return layout.type.hidden and not {*layout.type.automatic, "column"} & set(layout.kinds)


def _has(names: Sequence[str], mark: str) -> bool:
    """Whether a header has a mark, or one of those between bars."""
    return any(_find(names, one) for one in mark.split("|"))


def _find(names: Sequence[str], alias: str) -> list[int]:
    wanted = plain(alias)
    if alias.endswith("*"):
        return [i for i, name in enumerate(names) if name.startswith(wanted[:-1])]
    return [i for i, name in enumerate(names) if name == wanted]
