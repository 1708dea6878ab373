"""Plots of forecasts say what the model says, with titles and units, in English and Chinese."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from models import BadInput
from models.checks.holdout import Holdout, score_holdout
from models.checks.tracking import weekly_tracking
from models.data.orders import Orders, read_orders
from models.data.rfm import summarise
from models.data.summary import Summary
from models.families.bg_nbd import BGNBD
from models.families.gamma_gamma import GammaGamma
from models.report import plots
from models.words import WORDS


@pytest.fixture(scope="module")
def held(sample_orders: Orders) -> Holdout:
    return score_holdout(sample_orders, "1997-09-30")


def texts(figure: Figure) -> list[str]:
    return [t for axes in figure.axes for t in (axes.get_title(loc="left"), axes.get_xlabel(), axes.get_ylabel()) if t]


def all_figures(rhythm: BGNBD, baskets: GammaGamma, sample: Summary, lang: str) -> list[Figure]:
    rng = np.random.default_rng(3)
    bought = {"a": [date(1997, 1, 1), date(1997, 3, 1)], "b": [date(1997, 2, 2)]}
    return [
        plots.probability_alive_matrix(rhythm, 272.0, lang=lang),  # type: ignore[arg-type]
        plots.frequency_recency_matrix(rhythm, 100.0, 272.0, lang=lang),  # type: ignore[arg-type]
        plots.spend_density(baskets, sample, lang=lang),  # type: ignore[arg-type]
        plots.histories(rhythm, bought, date(1997, 9, 30), lang=lang),  # type: ignore[arg-type]
        plots.posterior_pairs(rhythm.sample_posterior(50, rng), lang=lang),  # type: ignore[arg-type]
    ]


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_every_plot_has_words_in_its_language(
    lang: str, rhythm: BGNBD, baskets: GammaGamma, sample: Summary, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plots.canvas, "chinese_font", lambda: "DejaVu Sans")
    chinese = set(WORDS.texts.values())
    for figure in all_figures(rhythm, baskets, sample, lang):
        suptitle = figure.get_suptitle()
        said = [t for t in [*texts(figure), suptitle] if t and t not in BGNBD.parameters]
        assert said
        assert all(any(ord(ch) > 0x2E80 for ch in t) == (lang == "zh") for t in said), said
        assert lang == "en" or any(t in chinese for t in said)


def test_matrices_hold_what_the_model_says(rhythm: BGNBD) -> None:
    T = 200.0
    for figure, value in (
        (plots.probability_alive_matrix(rhythm, T, most=5), rhythm.probability_alive(3.0, 120.0, T)),
        (plots.frequency_recency_matrix(rhythm, 90.0, T, most=5), rhythm.expected_purchases(90.0, 3.0, 120.0, T)),
    ):
        table = figure.axes[0].collections[0].get_array().reshape(81, 6)
        assert table[48, 3] == pytest.approx(float(value[0]), rel=1e-12)  # 120 of 200 is step 48 of 80
        assert table.mask[5, 0] and table.mask[0, 2]  # no such customer


def test_spend_is_a_density(baskets: GammaGamma, sample: Summary) -> None:
    axes = plots.spend_density(baskets, sample).axes[0]
    (line,) = axes.get_lines()
    at, height = (np.asarray(v, float) for v in line.get_data())
    area = np.trapezoid(height, np.log(at))
    assert area == pytest.approx(1.0, abs=0.02)  # what lies beyond the ends is left out
    seen = np.asarray(sample.monetary_value)[np.asarray(sample.monetary_value) > 0]
    mean_log = np.trapezoid(height * np.log(at), np.log(at)) / area
    assert abs(mean_log - np.log(seen).mean()) < 5 * np.log(seen).std() / np.sqrt(seen.size) + 0.02


def test_histories_show_the_chance_of_every_day(rhythm: BGNBD) -> None:
    bought = [date(1997, 1, 1), date(1997, 1, 31), date(1997, 1, 31), date(1997, 5, 1)]
    axes = plots.histories(rhythm, {"x": bought}, date(1997, 6, 30)).axes[0]
    (line,) = axes.get_lines()
    heights = np.asarray(line.get_ydata(), float) / 0.85
    assert heights.size == 181
    assert heights[:30] == pytest.approx(1.0)
    assert heights[60] == pytest.approx(float(rhythm.probability_alive(1.0, 30.0, 60.0)[0]))
    assert heights[180] == pytest.approx(float(rhythm.probability_alive(2.0, 120.0, 180.0)[0]))
    with pytest.raises(BadInput, match="no order up to"):
        plots.histories(rhythm, {"x": [date(1998, 1, 1)]}, date(1997, 6, 30))
    with pytest.raises(BadInput, match="1 to 12 customers"):
        plots.histories(rhythm, {}, date(1997, 6, 30))


def test_pairs_ask_for_draws() -> None:
    with pytest.raises(BadInput, match="at least two draws"):
        plots.posterior_pairs({"r": np.ones(1)})


def test_the_band_of_the_weeks_holds_most_of_them(held: Holdout, sample_orders: Orders) -> None:
    """90 % bands; weeks of real customers vary more than any stationary model has it, so at least half is asked for."""
    tracking = weekly_tracking(sample_orders, held, np.random.default_rng(1))
    assert tracking.band is not None and tracking.cumulative_band is not None
    low, high = tracking.band
    assert (low <= tracking.expected).all() and (tracking.expected <= high).all()
    assert ((low <= tracking.actual) & (tracking.actual <= high)).mean() > 0.5
    width = np.diff(tracking.cumulative_band, axis=0)[0]
    assert (np.diff(width) > 0).all()
    figure = plots.weekly_orders(tracking, cumulative=True)
    drawn = np.asarray(figure.axes[0].get_lines()[0].get_ydata(), float)
    assert drawn[-1] == pytest.approx(tracking.actual.sum())


def test_the_band_covers_simulated_weeks() -> None:
    """Weeks of 3,000 simulated customers lie in a 90 % band in 90 % of cases: 40 runs, 5 standard errors."""
    rng = np.random.default_rng(12)
    truth = BGNBD.known(0.6, 40.0, 0.8, 2.5)
    inside = []
    for _ in range(40):
        made = truth.simulate(3_000, 273.0, rng)
        orders = pd.DataFrame(
            {
                "customer": np.concatenate([np.arange(3_000), made.customer]).astype(str),
                "date": np.datetime64("2023-01-02") + np.concatenate([np.zeros(3_000), np.ceil(made.time)]).astype(int),
                "amount": 1.0,
            }
        )
        read = read_orders(orders)
        scored = Holdout(
            summarise(read, "2023-08-01"), truth, np.zeros(0), np.zeros(0), date(2023, 8, 1), date(2023, 10, 1)
        )
        tracking = weekly_tracking(read, scored, rng, draws=2)
        assert tracking.band is not None and tracking.cumulative_band is not None
        (low, high), (low_sum, high_sum), weeks = tracking.band, tracking.cumulative_band, tracking.actual
        inside.append(
            [((low <= weeks) & (weeks <= high)).mean(), (low_sum[-1] <= weeks.sum()) & (weeks.sum() <= high_sum[-1])]
        )
    share, last = np.mean(inside, axis=0)
    # weeks of one run share customers: a run's share varies more than a binomial's; 40 runs of their own spread
    spread = np.std([s for s, _ in inside]) / np.sqrt(40)
    assert abs(share - 0.9) < 5 * spread + 0.01
    assert abs(last - 0.9) < 5 * np.sqrt(0.9 * 0.1 / 40)
