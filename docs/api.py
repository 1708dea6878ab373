"""Pages of the API for the site, from the public names of the packages: one page a name, and one list a package."""

import inspect
import re
from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Any

from numpy.typing import ArrayLike
from pydantic import BaseModel
from sphinx.util.typing import stringify_annotation

from models.data.files import write_whole

PACKAGES = ("siyu", "sim", "models")  # a name of several packages has its page in the last of them
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
    packages = [import_module(name) for name in PACKAGES if find_spec(name)]
    home = {name: package for package in packages for name in package.__all__}
    pages = {f"{_page_name(package, name)}.rst": _page(package, name) for name, package in home.items()}
    pages |= {f"{package.__name__}.rst": _list(package, home) for package in packages}
    return pages | {"index.rst": _index([package.__name__ for package in packages])}


def _page_name(package: ModuleType, name: str) -> str:
    """`sim.sweep.function` and `sim.Sweep.class`: apart where a file system does not tell capitals, too."""
    return f"{package.__name__}.{name}.{_kind(getattr(package, name))}"


def _kind(thing: Any) -> str:
    if inspect.ismodule(thing):
        return "module"
    if inspect.isclass(thing):
        return "exception" if issubclass(thing, BaseException) else "class"
    return "function" if callable(thing) else "data"


def _index(names: list[str]) -> str:
    return "\n".join(["Python", "======", "", ".. toctree::", "", *(f"   {name}" for name in names), ""])


def _page(package: ModuleType, name: str) -> str:
    thing = getattr(package, name)
    kind = _kind(thing)
    body = [f".. auto{kind}:: {thing.__name__ if kind == 'module' else name}"]
    body += ["   :members:"] if kind in ("class", "module") else []
    body += ["   :show-inheritance:"] if inspect.isclass(thing) and thing.__bases__ != (object,) else []
    title = f"{package.__name__}.{name}"
    return "\n".join([title, "=" * len(title), "", f".. currentmodule:: {package.__name__}", "", *body, ""])


def _list(package: ModuleType, home: dict[str, ModuleType]) -> str:
    title, names = package.__name__, sorted(package.__all__, key=str.lower)
    page = {name: _page_name(home[name], name) for name in names}
    lines = [title, "=" * len(title), "", f".. automodule:: {title}", "   :no-members:", ""]
    lines += [".. list-table::", "   :widths: 25 75", ""]
    for name in names:
        lines += [f"   * - :doc:`{name} <{page[name]}>`", f"     - {_summary(getattr(package, name))}"]
    lines += ["", ".. toctree::", "   :hidden:", ""]
    return "\n".join([*lines, *(f"   {name} <{page[name]}>" for name in names if home[name] is package), ""])


def _summary(thing: Any) -> str:
    """The first sentence of the docstring."""
    if _kind(thing) == "data":
        return ""  # the docstring would be that of its type
    first = " ".join(inspect.cleandoc(thing.__doc__ or "").partition("\n\n")[0].split())
    return _escaped(re.split(r"(?<!e\.g)(?<!i\.e)(?<=\.) ", first, maxsplit=1)[0])


def short_signature(
    app: Any, what: str, name: str, thing: Any, options: Any, signature: str | None, returns: str | None
) -> tuple[str | None, str | None]:
    """Sphinx's event `autodoc-process-signature`: array-likes by their name, and of a scenario its keys alone."""
    if inspect.isclass(thing) and issubclass(thing, BaseModel):
        return f"(*, {', '.join(thing.model_fields)})", None
    return signature and signature.replace(_ARRAY_LIKE, "ArrayLike"), returns


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
