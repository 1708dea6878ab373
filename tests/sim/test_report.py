"""The report: one well-formed file that fetches nothing, holds everything, and alone is enough to repeat the run."""

import re
from html import unescape
from html.parser import HTMLParser
from pathlib import Path

import pytest

import sim.results.report
from sim import compare, load, sweep
from sim.results import plots, report
from sim.results.figures import CAPTIONS
from sim.results.metrics import REGISTRY, in_use
from sim.results.wording import unbroken
from sim.words import WORDS

SMALL = {"members": 150, "days": 70, "replicates": 2, "jobs": 1}
COMMAND = "siyu compare scenarios/blast.yaml scenarios/nurture.yaml --members 150"
VOID = {"meta", "br", "link", "img", "hr", "input"}
SECTIONS = (
    "The verdict, strategy by strategy",
    "Which to choose",
    "What each strategy believes",
    "Measures",
    "Differences, paired on the same lives",
    "Plots",
    "In detail",
    "What was changed",
    "What the measures mean",
    "How the intervals are made",
    "To repeat this run",
)


@pytest.fixture(scope="module")
def result():
    odd = load("benchmarks/cdnow/nurture.yaml").with_changes({"name": "温柔", "believes": "<b>A & B</b>"})
    return compare(["benchmarks/cdnow/blast.yaml", odd, "benchmarks/cdnow/nurture.yaml"], **SMALL)


@pytest.fixture(scope="module", params=["en", "zh"])
def page(result, request, tmp_path_factory):
    path = tmp_path_factory.mktemp("report") / "deep" / "report.html"
    assert report.write(result, path, request.param, COMMAND) == path
    assert [p.name for p in path.parent.iterdir()] == ["report.html"]  # no temporary file is left
    return path.read_text(encoding="utf-8"), request.param


class Reader(HTMLParser):
    """Checks that tags close in order; collects text and the addresses that would be fetched."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.text: list[str] = []
        self.addresses: list[str] = []
        self.tags: set[str] = set()
        self.ids: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.addresses += [v or "" for k, v in attrs if k in ("src", "href", "xlink:href", "srcset", "data", "action")]
        self.ids += [v or "" for k, v in attrs if k == "id"]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open and self.open.pop() == tag, f"</{tag}> closes nothing at {self.getpos()}"

    def handle_data(self, data: str) -> None:
        if not self.open or self.open[-1] not in ("style", "script"):
            self.text.append(data)


def read(text: str) -> Reader:
    reader = Reader()
    reader.feed(text)
    reader.close()
    assert not reader.open
    return reader


def said(text: str, lang: str) -> str:
    return WORDS.say(text, lang)


def test_it_is_one_well_formed_file_that_fetches_nothing(page):
    reader = read(page[0])
    assert all(address.startswith("#") for address in reader.addresses)
    assert "script" not in reader.tags and "link" not in reader.tags
    assert "http" not in page[0] and "@import" not in page[0]
    assert re.findall(r"url\((?!#)", page[0]) == []
    assert len(reader.ids) == len(set(reader.ids))


def test_it_never_says_none_or_nan(page):
    text = " ".join(read(page[0]).text)
    assert re.findall(r"\b(None|nan|NaN|inf|True|False)\b", text) == []


def test_cautions_come_on_the_first_page_then_verdicts_then_the_sections_in_order(page, result):
    text, lang = unescape(page[0]), page[1]
    titles = re.findall(r'<h2 id="[\w-]+">([^<]*)</h2>', text)
    assert titles == [said(title, lang) for title in SECTIONS]
    first, second = (text.index(f">{said(title, lang)}</h2>") for title in SECTIONS[:2])
    for sentence in result.verdict(lang):
        assert first < text.index(unbroken(sentence)) < second
    for sentence in result.cautions(lang):
        assert 0 < text.index(unbroken(sentence)) < first


def test_every_measure_scenario_and_definition_is_there(page, result):
    text, lang = page
    content = " ".join("".join(read(text).text).split())
    telling = in_use(result.scenarios)
    for measure in REGISTRY.values():
        if measure.name in telling:
            assert said(measure.label, lang) in content
        assert (said(measure.definition, lang) in content) == (measure.name in telling), measure.name
    assert 35 < len(telling) < len(REGISTRY), "shipped strategies do without some parts"
    # measures and differences, the main ones and the others; where the first page has all strategies it has their main ones
    at_a_glance = said("At a glance", lang) in content
    assert text.count('<table class="sticky">') == 3 + at_a_glance
    assert text.count('<table class="sticky detail">') == 6  # by segment and by channel
    assert text.count("<svg") == 2 + 2 * len(plots.all_figures(result)) > 18
    for name in result.names:
        assert content.count(name) > 5
    colon = "：" if lang == "zh" else ": "
    assert any(f"≥ 3{colon}{said(word, lang)}" in content for word in ("missed", "met"))


def test_chance_alone_is_named_and_what_is_censored_says_so(page):
    """Joiners are not paid back in every replicate: the cell says beyond what that lies (the first joins on day 6)."""
    text, lang = page
    content = unescape(text).replace("\N{NO-BREAK SPACE}", " ")
    assert said("by chance alone {spread}", lang).partition("{")[0] in content
    row = content.partition(f"<th>{said('payback', lang)}")[2].partition("</tr>")[0]
    assert "> 64" in row


def test_what_planners_write_is_text_and_no_markup(page):
    assert "<b>A" not in page[0] and "&lt;b&gt;A &amp; B" in page[0]


def test_only_what_was_changed_is_told_and_the_whole_folded(page, result, tmp_path):
    text = page[0]
    changed = re.findall(r"<td><code>([\w.]+)</code></td>", text)
    assert "policy.push.per_week" in changed and "members" not in changed and "name" not in changed
    written = re.findall(
        r"<details><summary>(\S+)\.yaml <code[^>]*>(\w+)</code></summary><pre><code>(.*?)</code>", text, re.S
    )
    assert [name for name, _, _ in written] == result.names
    for name, digest, yaml in written:
        path = tmp_path / f"{name}.yaml"
        path.write_text(unescape(yaml), encoding="utf-8")
        assert load(path).digest == digest == result.scenarios[result.names.index(name)].digest


def test_the_line_that_repeats_it_is_there(page, result):
    assert COMMAND in page[0] and result.version in page[0] and str(result.seed) in page[0]


def test_chinese_stands_in_plots_without_a_font(result, monkeypatch, recwarn):
    import models.report.plots.canvas
    import sim.results.plots.canvas

    for module in (models.report.plots.canvas, sim.results.plots.canvas):
        monkeypatch.setattr(module, "chinese_font", lambda: None)
    assert re.search(r"<text[^>]*>会员人均LTV</text>", report.html(result, "zh"))
    assert not [w for w in recwarn if "Glyph" in str(w.message)]


def test_one_scenario_alone_and_without_uncertainty():
    alone = compare(["benchmarks/cdnow/nurture.yaml"], fixed_response=True, **SMALL)
    reader = read(report.html(alone))
    content = "".join(reader.text)
    assert "fixed_response=True" in content  # how to repeat it from Python, as no command was given
    assert "simulation only: the response was taken as known" in content
    assert "Differences, paired" not in content


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_sweep_has_its_report(lang, tmp_path):
    swept = sweep("benchmarks/cdnow/nurture.yaml", {"policy.push.per_week": [1, 3]}, **SMALL)
    path = report.write_sweep(swept, tmp_path / "report.html", lang, "siyu sweep")
    text = path.read_text(encoding="utf-8")
    reader = read(text)
    assert "http" not in text and unbroken(swept.verdict(lang)) in unescape(text)
    assert re.findall(r"\b(None|nan)\b", " ".join(reader.text)) == []
    assert text.count("<svg") == 2  # for a page and for a phone
    heads = re.findall(r"<th>([^<]*)</th>", text.partition('<table class="cards">')[2].partition("</thead>")[0])
    assert heads[0] == "per_week" and "ROI" in heads
    rows = re.findall(r"<tr class.*?</tr>", text, re.S)
    assert len(rows) == 2 and all(row.count("data-label") == len(heads) - 1 for row in rows)  # the note needs none


def test_every_text_of_the_report_has_its_chinese():
    source = Path(sim.results.report.__file__)
    templates = [path.read_text(encoding="utf-8") for path in (source.parent / "templates").glob("*.html.j2")]
    texts = {text for template in templates for text in re.findall(r'\bt\("([^"]+)"', template)}
    texts |= set(re.findall(r'say\("([^"]+)"', source.read_text(encoding="utf-8")))
    texts |= {*CAPTIONS.values(), *sim.results.report._SECTION_STARTS.values()}
    texts |= {text for m in REGISTRY.values() for text in (m.label, m.definition)}
    texts.add(sim.results.report._how_intervals_are_made())
    assert sorted(text for text in texts if WORDS.chinese(text) is None) == []


def test_what_was_added_is_shown_without_its_defaults():
    """A touch or a line that only one strategy has: what its file says of it, and no key that stands as by default."""
    touch = {"delay": 1, "content": "emotion", "survey": True}
    line = {"per_week": 1, "channel": "group", "content": "live"}
    base = load("benchmarks/cdnow/nurture.yaml").with_changes(
        {"name": "base", "policy.lines": [], "policy.welcome": []}
    )
    more = base.with_changes({"name": "more", "policy.welcome": [touch], "policy.lines": [line]})
    page = unescape(report.html(compare([base, more], members=20, days=20, replicates=1, jobs=1)))
    assert "{delay: 1, content: emotion, survey: true}" in page
    assert "{per_week: 1.0, channel: group, content: {live: 1.0}}" in page


def test_measures_of_what_no_strategy_does_are_left_out():
    """Of touches and coupons in none of them no row, definition or section; in one of them rows for both, 0 of the other."""
    bare = load("benchmarks/cdnow/nurture.yaml").with_changes(
        {"name": "bare", "policy.coupons": [], "policy.segments": {}}
    )
    greeted = bare.with_changes({"name": "greeted", "policy.wake_up": [{"delay": 5, "content": "emotion"}]})
    small = {"members": 20, "days": 20, "replicates": 2, "jobs": 1}
    pages = {n: report.html(compare(ones, **small)) for n, ones in ((1, [bare]), (2, [bare, greeted]))}
    assert "Coupons and benefits" not in pages[1] + pages[2] and "benefit_use" not in pages[1] + pages[2]
    assert "personal touches a member a month" not in pages[1]
    row = pages[2].partition("personal touches a member a month</th>")[2].partition("</tr>")[0]
    first, second = re.findall(r"<td>(.*?)</td>", row, re.S)
    assert ">0.00<" in first and "range" not in first and "chance" not in first
    assert ">0.00<" not in second
