"""Pages of the API for the site, from the public names of the packages: one page a name, and one list a package."""

import inspect
import re
from collections.abc import Iterator, Mapping
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Any, get_args

from numpy.typing import ArrayLike
from pydantic import BaseModel
from sphinx.util.typing import stringify_annotation
from typing_extensions import TypeAliasType

from models.data.files import write_whole

PACKAGES = ("siyu", "sim", "models")  # a thing that several offer has its page in the last of them
API = "docs/api"  # in the repository, ignored by git
_ARRAY_LIKE = stringify_annotation(ArrayLike, "smart")  # a union of nine


def write_api(folder: Path) -> None:
    """Write the pages into `folder`, and remove those of names that are gone."""
    pages = api_pages()
    folder.mkdir(parents=True, exist_ok=True)
    for old in set(folder.glob("*.rst")) - {folder / name for name in pages}:
        old.unlink()
    for name, text in pages.items():
        path = folder / name
        if not path.exists() or path.read_text(encoding="utf-8") != text:  # Sphinx reads only what has changed
            write_whole(path, text)


def api_pages() -> dict[str, str]:
    """{file name: text}, in reStructuredText, the language of Sphinx's autodoc."""
    packages = {name: import_module(name) for name in PACKAGES if find_spec(name)}
    pages = {"index.rst": _index(list(packages))}
    for package in packages.values():
        where = {name: _page_name(package, name, packages) for name in package.__all__}
        pages[f"{package.__name__}.rst"] = _list(package, where)
        own = [name for name, page in where.items() if page.startswith(f"{package.__name__}.")]
        pages |= {f"{where[name]}.rst": _page(package, name, packages) for name in own}
    return pages


def _page_name(package: ModuleType, name: str, packages: Mapping[str, ModuleType]) -> str:
    """`sim.sweep.function` and `sim.Sweep.class`: apart where a file system does not tell capitals, too.

    A name that a later package offers for the very same thing has its page there, and a package has its list.
    """
    thing = getattr(package, name)
    if any(thing is other for other in packages.values()):
        return name
    home = [other for other in packages.values() if getattr(other, name, None) is thing and name in other.__all__][-1]
    return f"{home.__name__}.{name}.{_kind(thing)}"


def _kind(thing: Any) -> str:
    if inspect.ismodule(thing):
        return "module"
    if inspect.isclass(thing):
        return "exception" if issubclass(thing, BaseException) else "class"
    return "function" if callable(thing) and not isinstance(thing, TypeAliasType) else "data"


def _index(names: list[str]) -> str:
    return "\n".join(["Python", "======", "", ".. toctree::", "", *(f"   {name}" for name in names), ""])


def _page(package: ModuleType, name: str, packages: Mapping[str, ModuleType]) -> str:
    thing = getattr(package, name)
    if inspect.ismodule(thing):
        body = _module(thing, packages)
    elif isinstance(thing, TypeAliasType):
        union = " | ".join(option.__name__ for option in get_args(thing.__value__))
        body = [f".. py:type:: {name}", f"   :canonical: {union}"]
    else:
        body = [f".. auto{_kind(thing)}:: {name}", *(_options(thing) if inspect.isclass(thing) else ())]
    title = f"{package.__name__}.{name}"
    return "\n".join([title, "=" * len(title), "", f".. currentmodule:: {package.__name__}", "", *body, ""])


def _options(thing: type) -> list[str]:
    """A class has the members of its own bases, too, and none of those that come from other libraries."""
    foreign = [base.__name__ for base in thing.__mro__ if base.__module__.partition(".")[0] not in PACKAGES]
    bases = ["   :show-inheritance:"] if thing.__bases__ != (object,) else []
    return ["   :members:", f"   :inherited-members: {', '.join(foreign)}", *bases]


def _module(thing: ModuleType, packages: Mapping[str, ModuleType]) -> list[str]:
    """What a module offers; of one that gathers what others offer, a list that leads there."""
    public = (getattr(package, name) for package in packages.values() for name in package.__all__)
    others = {id(other): other for other in public if inspect.ismodule(other) and other is not thing}
    homes = {
        name: home.__name__
        for name in getattr(thing, "__all__", ())
        for home in others.values()
        if name in getattr(home, "__all__", ()) and getattr(home, name) is getattr(thing, name)
    }
    if not homes or thing.__name__ in {getattr(thing, name).__module__.rpartition(".")[0] for name in homes}:
        return [f".. automodule:: {thing.__name__}", "   :members:"]
    lines = [f".. automodule:: {thing.__name__}", "   :no-members:", "", ".. list-table::", "   :widths: 35 65", ""]
    for name, home in homes.items():
        lines += [f"   * - :py:obj:`{name} <{home}.{name}>`", f"     - {_summary(getattr(thing, name))}"]
    return lines


def _list(package: ModuleType, where: Mapping[str, str]) -> str:
    title, names = package.__name__, sorted(where, key=str.lower)
    lines = [title, "=" * len(title), "", f".. automodule:: {title}", "   :no-members:", ""]
    lines += [".. list-table::", "   :widths: 25 75", ""]
    for name in names:
        lines += [f"   * - :doc:`{name} <{where[name]}>`", f"     - {_summary(getattr(package, name))}"]
    lines += ["", ".. toctree::", "   :hidden:", ""]
    own = [name for name in names if where[name].startswith(f"{title}.")]
    return "\n".join([*lines, *(f"   {name} <{where[name]}>" for name in own), ""])


def _summary(thing: Any) -> str:
    """The first sentence of the docstring."""
    if _kind(thing) == "data":
        return ""  # the docstring would be that of its type
    first = " ".join(inspect.cleandoc(thing.__doc__ or "").partition("\n\n")[0].split())
    return _escaped(re.split(r"(?<!e\.g)(?<!i\.e)(?<=\.) ", first, maxsplit=1)[0])


def short_signature(
    app: Any, what: str, name: str, thing: Any, options: Any, signature: str | None, returns: str | None
) -> tuple[str | None, str | None]:
    """Sphinx's event `autodoc-process-signature`: array-likes by their name, and of a scenario its keys alone.

    Defaults are Python that Sphinx can read, or it would show the whole signature as it stands: of a class its name, and
    of other objects, which print as <...>, three dots.
    """
    if inspect.isclass(thing) and issubclass(thing, BaseModel):
        return f"(*, {', '.join(thing.model_fields)})", None
    if signature:
        signature = re.sub(r"<class '(?:\w+\.)*(\w+)'>", r"\1", signature.replace(_ARRAY_LIKE, "ArrayLike"))
        signature = re.sub(r"<(?:[^<>]|<[^<>]*>)*>", "...", signature)
    return signature, returns


def docstring_as_rst(app: Any, what: str, name: str, thing: Any, options: Any, lines: list[str]) -> None:
    """Sphinx's event `autodoc-process-docstring`: docstrings are plain text with `code`, examples and indented blocks."""
    lines[:] = "\n\n".join(_blocks("\n".join(lines))).splitlines()


def _blocks(text: str) -> Iterator[str]:
    for block in re.split(r"\n\s*\n", text.strip("\n")):
        if block.startswith("    "):
            yield "::\n\n" + block
        else:
            yield block if block.startswith(">>>") else _escaped(block)


def _escaped(text: str) -> str:
    """`text` with the signs escaped that reStructuredText takes for markup, and `code` as its literals."""
    parts = re.split(r"`([^`]+)`", text)
    parts[::2] = [re.sub(r"([\\*|]|(?<=\w)_(?!\w))", r"\\\1", part) for part in parts[::2]]
    parts[1::2] = [f"``{code}``\\ " for code in parts[1::2]]  # an escaped space: a letter may follow, as in `Run`s
    return "".join(parts)
