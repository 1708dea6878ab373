"""The pages of the API that the site is built from: every public name, and docstrings as reStructuredText reads them."""

import re
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType

import pytest

pytest.importorskip("sphinx", reason="the documentation's tools are not installed: make site")

from docs.api import PACKAGES, api_pages, docstring_as_rst, short_signature


@pytest.mark.parametrize("package", [name for name in PACKAGES if find_spec(name)])
def test_every_public_name_has_its_page_and_a_line_in_the_list(package: str) -> None:
    pages = api_pages()
    listed = dict(re.findall(r"^   \* - :doc:`(\w+) <(\S+)>`$", pages[f"{package}.rst"], re.MULTILINE))
    assert sorted(listed) == sorted(import_module(package).__all__)
    assert {f"{page}.rst" for page in listed.values()} <= set(pages)


def test_no_two_pages_differ_in_capitals_alone() -> None:
    names = [name.lower() for name in api_pages()]
    assert len(names) == len(set(names))


def test_a_thing_of_two_packages_has_one_page_and_two_things_of_one_name_have_two(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    one, two = ModuleType("one"), ModuleType("two")
    one.__all__ = ["shared", "plots", "two"]
    two.__all__ = ["shared", "plots"]
    one.shared = two.shared = len
    one.plots, two.plots, one.two = ModuleType("one.plots"), ModuleType("two.plots"), two
    monkeypatch.setattr("docs.api.PACKAGES", ("one", "two"))
    monkeypatch.setattr("docs.api.find_spec", lambda name: True)
    monkeypatch.setattr("docs.api.import_module", {"one": one, "two": two}.__getitem__)
    pages = {name.removesuffix(".rst") for name in api_pages()}
    assert pages == {"index", "one", "two", "one.plots.module", "two.plots.module", "two.shared.function"}


@pytest.mark.parametrize(
    ("page", "foreign"),
    [
        ("sim.Comparison.class", "object"),
        ("sim.PoolModel.class", "Model, object"),  # Mesa's
        ("sim.Scenario.class", "BaseModel, object"),
        ("models.MBGNBD.class", "ABC, object"),  # `Model` is our own here
    ],
)
def test_a_class_has_the_members_of_its_own_bases_and_none_of_other_libraries(page: str, foreign: str) -> None:
    assert f"\n   :members:\n   :inherited-members: {foreign}\n" in api_pages()[f"{page}.rst"]


def test_a_type_shows_what_it_stands_for() -> None:
    page = api_pages()["models.OrdersLike.data.rst"]
    assert ".. py:type:: OrdersLike\n   :canonical: Orders | str | Path | Frame\n" in page


def test_a_module_that_gathers_leads_to_what_others_offer() -> None:
    pages = api_pages()
    assert ":members:" in pages["models.plots.module.rst"] and ":members:" in pages["sim.plots.module.rst"]
    gathered = pages["siyu.plots.module.rst"]
    led = re.findall(r"^   \* - :py:obj:`(\w+) <(\S+)\.\1>`$", gathered, re.MULTILINE)
    assert {name for name, _ in led} == set(import_module("siyu.plots").__all__)
    assert {home for _, home in led} == {"models.report.plots", "sim.results.plots"}


def test_defaults_in_signatures_can_be_read_by_sphinx() -> None:
    signature = "(kept: ~a.B = <factory>, tell: C = <function f.<locals>.<lambda>>, model: D = <class 'a.b.BGNBD'>)"
    shown = "(kept: ~a.B = ..., tell: C = ..., model: D = BGNBD)"
    assert short_signature(None, "", "", len, None, signature, "~a.B") == (shown, "~a.B")


def test_docstrings_are_text_with_code_examples_and_indented_blocks() -> None:
    lines = ["`Run`s of params_ {p, q}; *args | None.", "", "    a_ = `b`", "", ">>> x_", "1"]
    docstring_as_rst(None, "", "", None, None, lines)
    assert lines == [
        "``Run``\\ s of params\\_ {p, q}; \\*args \\| None.",
        "",
        "::",
        "",
        "    a_ = `b`",
        "",
        ">>> x_",
        "1",
    ]
