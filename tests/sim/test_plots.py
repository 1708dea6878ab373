"""Plots: every one is drawn in both languages, says what it shows, and never shows an empty box."""

import re

import numpy as np
import pytest

import models.report.plots.canvas
import sim.results.plots.canvas as canvas
from models.report.plots.svg import svg, text_stays_text
from sim import compare, sweep
from sim.results import plots
from sim.results.simulation import simulate as simulated
from sim.words import WORDS

SMALL = {"members": 150, "days": 70, "replicates": 2, "jobs": 1}
LANGUAGES = ("en", "zh")
CHANNELS = ["one_to_one", "moments"]


@pytest.fixture(scope="module")
def result():
    return compare(["benchmarks/cdnow/blast.yaml", "benchmarks/cdnow/nurture.yaml"], **SMALL)


@pytest.fixture(scope="module")
def swept():
    return sweep("benchmarks/cdnow/nurture.yaml", {"policy.push.per_week": [5, 1, 3]}, **SMALL)


@pytest.fixture(scope="module")
def swept_two():
    return sweep(
        "benchmarks/cdnow/nurture.yaml", {"policy.push.per_week": [1, 4], "policy.push.channel": CHANNELS}, **SMALL
    )


def texts(figure) -> list[str]:
    from matplotlib.text import Text

    return [t.get_text() for t in figure.findobj(Text) if t.get_text().strip()]


def drawn(figure) -> str:
    from io import BytesIO

    stream = BytesIO()
    figure.savefig(stream, format="png", dpi=40)
    return str(len(stream.getvalue()))


@pytest.mark.parametrize("font", ["DejaVu Sans", None], ids=["a Chinese font", "no Chinese font"])
@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_plot_is_drawn_in_a_language_that_can_be_shown(result, swept, lang, font, monkeypatch, recwarn):
    # a stand-in: whether its glyphs are there does not matter for which words are chosen
    for module in (models.report.plots.canvas, canvas):
        monkeypatch.setattr(module, "chinese_font", lambda: font)
    figures = [*plots.all_figures(result, lang).values(), plots.sweep_curves(swept, lang)]
    for figure in figures:
        chinese = any(re.search("[\u4e00-\u9fff]", t) for t in texts(figure))
        assert chinese == (lang == "zh" and font is not None)
        if not chinese:
            drawn(figure)
    assert not [w for w in recwarn if "Glyph" in str(w.message)]


def test_a_scenario_named_in_chinese_is_numbered_where_no_font_shows_it(result, monkeypatch):
    renamed = tuple(
        s.model_copy(update={"name": name}) for s, name in zip(result.scenarios, ("狂轰", "calm"), strict=True)
    )
    from dataclasses import replace

    other = replace(result, scenarios=renamed, against="狂轰")
    monkeypatch.setattr(canvas, "chinese_font", lambda: None)
    assert [look.label for look in canvas.looks(other)] == ["scenario 1", "calm"]
    with text_stays_text():
        assert [look.label for look in canvas.looks(other)] == ["狂轰", "calm"]


def test_measures_side_by_side_name_scenarios_means_and_units(result):
    said = texts(result.plot())
    assert {"blast", "nurture", "LTV/CAC", "ROI", "D7 retention", "3 : 1", "USD gained per USD spent"} <= set(said)
    assert {"mean", "90 %, all uncertainty", "by chance alone (±), around the mean"} <= set(said)


def test_one_replicate_has_means_without_intervals():
    one = compare(["benchmarks/cdnow/nurture.yaml"], members=50, days=20, replicates=1, jobs=1, fixed_response=True)
    for figure in plots.all_figures(one).values():
        drawn(figure)
    assert "90 %, all uncertainty" not in texts(one.plot())


def test_a_pool_without_joiners_has_no_payback_panel():
    nobody = {"policy.acquisition": []}
    from sim import load

    quiet = compare(
        [load("benchmarks/cdnow/nurture.yaml").with_changes(nobody)], members=50, days=40, replicates=2, jobs=1
    )
    assert len(plots.contribution_over_time(quiet).axes) == 1
    assert "LTV/CAC" not in texts(quiet.plot())


def test_lifecycle_stages_add_up_to_all_who_ever_joined(result):
    figure = plots.lifecycle(result, "nurture")
    tops = [collection.get_paths()[0].vertices[:, 1].max() for collection in figure.axes[0].collections]
    ever = result.interval("nurture", "members").mean
    assert max(tops) == pytest.approx(ever)


def test_contribution_ends_at_the_measure(result):
    line = plots.contribution_over_time(result).axes[0].get_lines()[0]
    assert line.get_ydata()[-1] == pytest.approx(result.interval("blast", "contribution_per_member").mean)


def broken_lines(axes) -> list[float]:
    """Where phases begin."""
    return sorted(
        line.get_xdata()[0] for line in axes.lines if line.get_linestyle() == "--" and len(line.get_xdata()) == 2
    )


def test_every_plot_over_days_shows_where_a_phase_begins():
    """Day 28 of the run is the 29th, on which the first value under the new policy is drawn; what has been added up before
    each day, and alerts on the morning of the review, stand at 28."""
    from sim import load

    guard = {"watch": {"click_rate": 0.99}}
    phases = [{"from_day": 28, "policy": {"push": {"per_week": 9}}}]
    changed = load("scenarios/nurture.yaml").with_changes({"name": "changed", "phases": phases, "policy.guard": guard})
    compared = compare([changed], **SMALL)
    for figure in (plots.activity(compared), plots.fatigue_and_trust(compared), plots.activity(simulated(changed))):
        assert [broken_lines(axes) for axes in figure.axes] == [[29], [29]]
    assert broken_lines(plots.lifecycle(compared).axes[0]) == [29]
    assert broken_lines(plots.contribution_over_time(compared).axes[0]) == [28]
    assert broken_lines(plots.alert_timeline(compared).axes[0]) == [28]
    line = plots.contribution_over_time(compared).axes[0].get_lines()[0]
    assert line.get_xdata()[0] == 0 and line.get_ydata()[0] == 0.0, "nothing has been earned before the first day"


def test_intervals_over_time_are_those_of_the_comparison():
    from sim.results.comparison import Interval

    values = [1.0, 4.0, 2.5]
    mean, low, high = canvas.band([np.array([v, v]) for v in values])
    own = Interval.of(values)
    assert (mean[0], low[0], high[0]) == pytest.approx((own.mean, own.low, own.high))


def test_a_sweep_says_its_best_value_and_what_is_as_good(swept):
    said = texts(plots.sweep_curves(swept))
    assert f"best value: {swept.best[0]}" in said and any(re.fullmatch("within .* of the best", text) for text in said)
    assert "per_week" in said
    x = plots.sweep_curves(swept).axes[0].get_lines()[0].get_xdata()
    assert list(x) == [1, 3, 5]  # in order, however they were given


def test_two_keys_are_a_heat_map_with_every_mean_written(swept_two):
    figure = plots.sweep_curves(swept_two)
    drawn(figure)
    assert "per_week" in texts(figure) and set(CHANNELS) <= set(texts(figure))
    assert len(list(figure.axes[0].texts)) == 4


def test_svg_has_no_addresses_and_ids_of_its_own(result):
    with text_stays_text():
        text = svg(plots.measures_side_by_side(result, "zh"), "one")
    assert text.startswith("<svg viewBox=") and "http" not in text and "会员人均LTV" in text
    referred = set(re.findall(r'(?:href="#|url\(#)([\w-]+)', text))
    assert referred <= set(re.findall(r'\bid="([\w-]+)"', text)) and all(r.startswith("one-") for r in referred)


def test_every_label_has_its_chinese():
    from pathlib import Path

    said = set()
    for path in Path(plots.__file__).parent.glob("*.py"):
        said |= set(re.findall(r'say\(\s*"([^"]+)"', path.read_text(encoding="utf-8")))
    from sim.catalogue import LIFECYCLE

    missing = {text for text in said | set(LIFECYCLE) if WORDS.chinese(text) is None}
    assert not missing


def test_for_a_phone_panels_stand_below_one_another(result, swept, swept_two):
    def figures():
        return [*plots.all_figures(result).values(), plots.sweep_curves(swept), plots.sweep_curves(swept_two)]

    wide = figures()
    with canvas.one_column():
        narrow = figures()
    for page, phone in zip(wide, narrow, strict=True):
        assert len(page.axes) == len(phone.axes)
        assert len({a.get_subplotspec().colspan.start for a in phone.axes}) == 1
        assert phone.get_figwidth() < 5 and drawn(phone)
    assert figures()[0].get_figwidth() == wide[0].get_figwidth()  # and no longer afterwards


@pytest.mark.parametrize("lang", LANGUAGES)
def test_no_legend_and_no_head_is_wider_than_its_figure_on_a_phone_too(result, swept, lang, monkeypatch):
    monkeypatch.setattr(canvas, "_market", lambda *_: "Market " + "shanghai-and-beijing " * 4 + "(orders of 1997)")
    with canvas.one_column():
        narrow = [*plots.all_figures(result, lang).values(), plots.sweep_curves(swept, lang)]
    for figure in [*narrow, *plots.all_figures(result, lang).values()]:
        figure.draw_without_rendering()
        for artist in (figure._suptitle, *figure.legends):
            extent = artist.get_window_extent()
            assert extent.x0 >= 0 and extent.x1 <= figure.bbox.width
