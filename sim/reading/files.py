"""Scenario files -> one tree: decoding, `extends`, markets. A path is relative to the file that names it."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path

from models.errors import BadInput
from models.words import Listed, Quoted, Remark
from sim.reading.positions import WRITES_SCENARIO, Place, Tree, parse

LARGEST_FILE = 256 * 1024
LONGEST_CHAIN = 20
DATASETS = ("cdnow",)
_WRITES_MARKET = Remark("`siyu calibrate ORDERS -o FILE` writes one")
_A_RESPONSE = Remark("such a file holds `name:` and parameters; scenarios/response/evidence.yaml is one")
_SCENARIO, _MARKET, _RESPONSE = "a scenario", "a market", "a response"
_LIKE_ONE = Remark("docs/cases.md shows one")
_RULES, _CASE = "the rules of the cases", "a case"
_ADVICE = {
    _SCENARIO: WRITES_SCENARIO,
    _MARKET: _WRITES_MARKET,
    _RESPONSE: _A_RESPONSE,
    _RULES: _LIKE_ONE,
    _CASE: _LIKE_ONE,
}
_IS_FOLDER = {
    _SCENARIO: "{path}: this is a folder; name a scenario file in it",
    _MARKET: "{path}: this is a folder; name a market file in it",
    _RESPONSE: "{path}: this is a folder; name a response file in it",
    _RULES: "{path}: this is a folder, where a file is wanted; {advice}",
    _CASE: "{path}: this is a folder, where a file is wanted; {advice}",
}
# two of one name could not be told apart in a table, and a belief is that of one strategy
_NOT_TAKEN_OVER = {
    _SCENARIO: ("name", "believes", "expects"),
    _MARKET: (),
    _RESPONSE: ("name", "about", "named_digest"),
}
_NO_FILE = "{key}: there is no file {path}; {advice}"
_READ: ContextVar[list[Path] | None] = ContextVar("read", default=None)


@contextmanager
def files_noted() -> Iterator[list[Path]]:
    """The files that scenarios are read from in this block (their bases and markets, too), in a list that grows."""
    read: list[Path] = []
    before = _READ.set(read)
    try:
        yield read
    finally:
        _READ.reset(before)


def read_scenario(path: str | Path) -> Tree:
    """The scenario in the file `path`, with what it extends, its market and its name. Raises BadInput."""
    tree = _with_extended(Path(path), ())
    return _named(tree, Path(path))


def read_market(path: str | Path) -> Tree:
    """The market in the file `path`, what it extends merged in. Raises BadInput."""
    if not Path(path).is_dir() and not _is_file(Path(path)):
        raise BadInput("{path}: there is no such file; {advice}", path=_shown(Path(path)), advice=_WRITES_MARKET)
    return _with_extended(Path(path), (), _MARKET)


def read_response(path: str | Path) -> Tree:
    """The response in the file `path`, what it extends merged in, with its name. Raises BadInput."""
    if not Path(path).is_dir() and not _is_file(Path(path)):
        raise BadInput("{path}: there is no such file; {advice}", path=_shown(Path(path)), advice=_A_RESPONSE)
    return _named(_with_extended(Path(path), (), _RESPONSE), Path(path))


def read_of_cases(path: Path, is_rules: bool = False) -> Tree:
    """What the file of a case holds, or that of the rules of all. Raises BadInput."""
    what = _RULES if is_rules else _CASE
    tree = parse(decoded(path, what), str(path), _ADVICE[what])
    if not isinstance(tree.value, dict):
        raise BadInput("{place}: {what} is a mapping of keys and values", place=tree.place, what=Remark(what))
    return tree


def with_files(tree: Tree, folder: Path) -> Tree:
    """`tree` with its market and the file of its response read and its orders found; paths are relative to `folder`.

    What a response file holds stands under the key `file` of the response, beside what the scenario changes in it.
    """
    if not isinstance(tree.value, dict):
        return tree
    parts = dict(tree.value)
    market, orders = parts.get("market"), parts.get("orders")
    if market is not None and isinstance(market.value, str):
        file = _existing(folder, market, "market", _WRITES_MARKET)
        read = read_market(file)
        parts["market"] = Tree(read.value, read.place, whole=True)
    if orders is not None and isinstance(orders.value, str) and orders.value not in DATASETS:
        file = _existing(folder, orders, "orders", Remark("name an export, or write cdnow"))
        parts["orders"] = Tree(os.path.abspath(file), orders.place)
    if "response" in parts:
        parts["response"] = _with_response(parts["response"], folder)
    return Tree(parts, tree.place, tree.whole)


def _with_response(response: Tree, folder: Path) -> Tree:
    """A response that is the path of a file, or has one under `file`, with that file read; any other as it is."""
    beside = dict(response.value) if isinstance(response.value, dict) else {}
    named = response if isinstance(response.value, str) else beside.get("file")
    if named is None:
        return response
    if not isinstance(named.value, str):
        wrong = "response.file: must be the path of one response file, relative to this file"
        raise (
            BadInput("{place}: {problem}", place=named.place, problem=Remark(wrong)) if named.place else BadInput(wrong)
        )
    key = "response" if named is response else "response.file"
    read = read_response(_existing(folder, named, key, _A_RESPONSE))
    return Tree(beside | {"file": read}, response.place, whole=True)


def merge(base: Tree, over: Tree) -> Tree:
    """`over` laid upon `base`: mappings are merged key by key, everything else is replaced."""
    if over.whole or not (isinstance(base.value, dict) and isinstance(over.value, dict)):
        return over
    merged = dict(base.value)
    for key, tree in over.value.items():
        merged[key] = merge(merged[key], tree) if key in merged else tree
    return Tree(merged, over.place, base.whole)


def _with_extended(path: Path, chain: tuple[Path, ...], what: str = _SCENARIO) -> Tree:
    here = Path(os.path.normpath(path))
    if any(_same(here, earlier) for earlier in chain):
        circle = " -> ".join(str(file) for file in (*chain, here))
        raise BadInput(
            "{file}: extends goes round in a circle: {circle}; take one of them out",
            file=chain[-1],
            circle=circle,
        )
    if len(chain) >= LONGEST_CHAIN:
        raise BadInput(
            "{file}: extends reaches over more than {most} files; shorten the chain",
            file=here,
            most=LONGEST_CHAIN,
        )
    tree = parse(decoded(here, what), str(here), _ADVICE[what])
    if not isinstance(tree.value, dict):
        raise BadInput(
            "{place}: {what} is a mapping of keys and values, such as `name: balanced`",
            place=tree.place,
            what=Remark(what),
        )
    own = with_files(tree, here.parent) if what == _SCENARIO else tree
    extends = own.value.pop("extends", None)
    if extends is None:
        return own
    if not isinstance(extends.value, str):
        raise BadInput(
            "{place}: extends: must be the path of one file, relative to this one",
            place=extends.place,
        )
    base = _with_extended(_existing(here.parent, extends, "extends", what=what), (*chain, here), what)
    for told in _NOT_TAKEN_OVER[what]:
        base.value.pop(told, None)
    return merge(base, own)


def _same(one: Path, other: Path) -> bool:
    return os.path.realpath(one) == os.path.realpath(other)


def _existing(folder: Path, written: Tree, key: str, advice: Remark | None = None, what: str = _SCENARIO) -> Path:
    path = Path(os.path.normpath(folder / written.value)) if written.value.strip() else folder
    if _is_file(path):
        return path
    missing = Remark(_NO_FILE, {"key": key, "path": _shown(path), "advice": advice or _others(path, what)})
    if written.place is None:
        raise BadInput(missing)
    raise BadInput("{place}: {problem}", place=written.place, problem=missing)


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def _shown(path: Path) -> str:
    text = str(path)
    return text if text.isprintable() and len(text) <= 200 else repr(text[:200])


def _others(path: Path, what: str) -> Remark:
    """The scenarios beside a file that is missing; what writes one, or what one looks like, where there are none."""
    if what in (_RULES, _CASE):
        return _ADVICE[what]
    try:
        names = sorted(file.name for file in path.parent.glob("*.yaml"))[:8]
    except (OSError, ValueError):
        names = []
    if not names:
        return _ADVICE[what]
    return Remark("in its folder are {names}", {"names": Listed(names, ",")})


def decoded(path: Path, what: str = _SCENARIO) -> str:
    """The text of a small file in UTF-8, with or without a byte order mark, or GB18030. Raises BadInput.

    what: what the file is read as, by which it is told what to do where it is not there.
    """
    try:
        if path.is_dir():
            raise BadInput(_IS_FOLDER[what], path=path, advice=_ADVICE[what])
        if not path.is_file():
            raise BadInput("{path}: there is no such file; {advice}", path=_shown(path), advice=_others(path, what))
        with path.open("rb") as file:
            data = file.read(LARGEST_FILE + 1)
        if (read := _READ.get()) is not None:
            read.append(path)
    except (OSError, ValueError) as error:
        if isinstance(error, BadInput):
            raise
        said = getattr(error, "strerror", None)
        reason = Quoted(said) if said else Remark("the path is not a valid one")
        raise BadInput("{path}: cannot be read ({reason})", path=_shown(path), reason=reason) from None
    if len(data) > LARGEST_FILE:
        raise BadInput(
            "{path}: larger than {size} kB, which no scenario is; did you mean another file?",
            path=path,
            size=LARGEST_FILE // 1024,
        )
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise BadInput("{path}: neither UTF-8 nor GB18030; save it as UTF-8", path=path)


def _named(tree: Tree, path: Path) -> Tree:
    if "name" in tree.value:
        return tree
    return Tree({"name": Tree(path.stem, Place(str(path), 1, 1)), **tree.value}, tree.place)
