"""Figures as SVG that stands in a page, with text left as text: the reader's own fonts show Chinese."""

import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from io import StringIO
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# Whether figures made now will be written with their labels as text, so that no font is needed here.
stays_text: ContextVar[bool] = ContextVar("stays_text", default=False)


@contextmanager
def text_stays_text() -> Iterator[None]:
    """Figures made and written within keep their labels as text, so that Chinese needs no font on this machine."""
    from matplotlib import rc_context

    token = stays_text.set(True)
    try:
        with rc_context({"svg.fonttype": "none", "svg.hashsalt": "siyu"}), warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="Glyph .* missing from font")
            yield
    finally:
        stays_text.reset(token)


def svg(figure: "Figure", name: str) -> str:
    """The figure as an <svg> element to stand in a page: no header, no addresses, ids begin with `name`."""
    stream = StringIO()
    figure.savefig(stream, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    text = stream.getvalue()
    text = text[text.index("<svg") :]
    text = re.sub(r"<metadata>.*?</metadata>", "", text, flags=re.S)
    text = re.sub(r'\sxmlns(:\w+)?="[^"]*"', "", text).replace("xlink:href", "href")
    text = re.sub(r'\bid="', f'id="{name}-', text)
    text = re.sub(r'href="#', f'href="#{name}-', text).replace("url(#", f"url(#{name}-")
    text = re.sub(r"font-family: [^;\"]*;? ?", "", text)  # the page's
    text = re.sub(r'\bd="[^"]*"', _shorter, text)
    return re.sub(r'<svg [^>]*?viewBox="([^"]+)"[^>]*>', r'<svg viewBox="\1" role="img">', text, count=1)


def _shorter(path: re.Match[str]) -> str:
    """A path with coordinates to a tenth of a point and no line breaks: half the file, nothing that is seen."""
    return re.sub(r"-?\d+\.\d+", lambda v: f"{float(v[0]):.1f}".removesuffix(".0"), path[0]).replace(" \n", "")
