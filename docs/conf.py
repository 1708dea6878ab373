"""The site (`make site`): the repository's own pages and notebooks where they are, and the API from its public names.

The source folder is the repository itself, so that a link between pages is the same link on a repository page.
"""

import re
import sys
from importlib.metadata import version as version_of
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.errors import ExtensionError

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from docs.api import API, docstring_as_rst, short_signature, write_api  # noqa: E402

project = "siyu 私域"
author = "siyu contributors"
copyright = "2026, siyu contributors"
version = release = version_of("siyu")
language = "en"

extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.viewcode"]
root_doc = "docs/index"
include_patterns = [
    "*.md", "docs/*.md", f"{API}/*.rst", "notebooks/*.ipynb", "benchmarks/RESULTS.md",
]  # fmt: skip
exclude_patterns = [".*", "build"]

nb_execution_mode = "off"  # notebooks are committed with their output, and a test runs them
myst_heading_anchors = 3
myst_links_external_new_tab = False

autodoc_typehints = "signature"
autodoc_preserve_defaults = True  # as written: PEAKS, not each of them
autodoc_member_order = "bysource"
autodoc_default_options = {"exclude-members": "model_config, model_post_init"}  # pydantic's own
python_use_unqualified_type_names = True
python_maximum_signature_line_length = 100
add_module_names = False
toc_object_entries_show_parents = "hide"
nitpick_ignore_regex = [
    ("py:.*", ".*"),  # types of other libraries: their inventories would come over the network
]

html_theme = "pydata_sphinx_theme"
html_title = "siyu"
html_static_path = ["static"]
html_css_files = ["site.css"]
html_additional_pages = {"index": "to-the-start.html"}
templates_path = ["templates"]
html_sourcelink_suffix = ""
html_show_sourcelink = False
html_theme_options = {
    "navigation_with_keys": False,
    "navbar_align": "left",
    "show_toc_level": 2,
    "secondary_sidebar_items": ["page-toc"],
    "footer_start": ["copyright"],
    "footer_end": [],
}


def setup(app: Sphinx) -> None:
    """Write the pages of the API first, and read docstrings as they are written here."""
    app.connect("builder-inited", lambda app: write_api(ROOT / API))
    app.connect("autodoc-process-signature", short_signature)
    app.connect("autodoc-process-docstring", docstring_as_rst)
    app.connect("build-finished", _fetches_nothing)


def _fetches_nothing(app: Sphinx, exception: Exception | None) -> None:
    """Raise ExtensionError where a page would load something from elsewhere: it is to be read without a network."""
    loads = re.compile(r"""<(?:script|link|img|iframe|source)\b[^>]*\b(?:src|href)=["']((?:https?:)?//[^"']+)""")
    for page in [] if exception else sorted(Path(app.outdir).rglob("*.html")):
        for address in loads.findall(page.read_text(encoding="utf-8")):
            raise ExtensionError(f"{page.name} loads {address}")
