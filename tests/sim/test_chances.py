"""How sure: two questions of a difference, what R replicates support, joint draws of several strategies."""

import numpy as np
import pytest
from scipy import stats

from sim.results.comparison import Difference, Interval
from sim.results.statistics.chances import Finding, confidence, finding, highest, near_zero, ranking, stated, usual_size
from sim.results.wording import percent

from .given import around, shifted

BASE = around(50.0, 8.0)


def told(mean, sd, n=20, reference=50.0):
    return finding(Interval.of(around(mean, sd, n)), [reference] * n)


def test_the_expected_value_is_surer_than_one_pool():
    """The mean of 20 is 4.47 standard errors above 0; one pool's difference lies above it with 83 %, less what a skewness
    that might be takes; of 7, which tell none, it is Student's."""
    found = told(2.0, 2.0)
    assert found.chance == pytest.approx(stats.t.cdf(1 / np.sqrt(1 + 1 / 20), 19), abs=0.01)
    assert told(2.0, 2.0, 7).chance == pytest.approx(stats.t.cdf(1 / np.sqrt(1 + 1 / 7), 6))
    assert found.sure == highest(20)
    assert found.word == "open" and found.sign == 1
    assert confidence(Interval.of(around(1.0, 4.0))) == pytest.approx(stats.t.cdf(np.sqrt(20) / 4, 19))


@pytest.mark.parametrize(
    ("mean", "sd", "n", "word", "sign"),
    [
        (10.0, 2.0, 20, "clearly", 1),
        (-10.0, 2.0, 20, "clearly", -1),
        (3.2, 2.0, 20, "likely", 1),
        (-3.2, 2.0, 20, "likely", -1),
        (10.0, 2.0, 18, "likely", 1),  # 18 replicates support 94.7 %
        (10.0, 2.0, 8, "open", 1),  # 8 support 88.9 %
        (1.0, 5.0, 20, "open", 1),
        (0.1, 0.1, 20, "alike", 1),  # 1 % of 50 is 0.5
        (-0.1, 0.1, 20, "alike", -1),
        (0.1, 0.1, 8, "open", 1),
        (0.4, 0.4, 20, "open", 1),
        (0.0, 0.0, 20, "equal", 0),
        (5.0, 0.0, 20, "clearly", 1),
        (5.0, 0.0, 1, "alone", 1),
    ],
)
def test_words(mean, sd, n, word, sign):
    found = told(mean, sd, n)
    assert (found.word, found.sign) == (word, sign)
    assert found.held_back == (n in (8, 18) and word != "alike" and abs(mean) > 1)
    if n == 1:
        assert found == Finding("alone", 1)


def test_nothing_defined_says_nothing():
    assert finding(Interval.of([None, None]), [1.0, 2.0]) == Finding("undefined", 0)


def test_one_per_cent_of_what_is_near_zero_is_of_its_usual_size():
    around_zero = around(0.001, 0.2)
    assert near_zero(around_zero) and usual_size(around_zero) == pytest.approx(np.mean(np.abs(around_zero)))
    assert not near_zero(around(-40.0, 5.0)) and usual_size(around(-40.0, 5.0)) == pytest.approx(40.0)
    assert usual_size([0.0, 0.0, None]) == 0.0 and usual_size([]) == 0.0
    alike = finding(Interval.of(around(0.0005, 0.0005)), around_zero)
    assert alike.word == "alike"
    assert finding(Interval.of(around(0.0005, 0.0005)), [0.001] * 20).word != "alike"
    assert finding(Interval.of(around(-0.1, 0.1)), around(-50.0, 3.0)).word == "alike"


@pytest.mark.parametrize("n", [2, 5, 10, 20, 100, 400])
def test_no_chance_is_stated_above_what_the_replicates_support(n):
    sure = Interval.of([5.0] * n)
    assert Difference(sure, "higher").probability_better == n / (n + 1)
    assert Difference(sure, "lower").probability_better == pytest.approx(1 / (n + 1))
    assert Difference(sure, "lower").probability_mean_better == pytest.approx(1 / (n + 1))
    for chance in np.linspace(0, 1, 2001):
        text = percent(stated(float(chance), n), "en", n)
        number = float(text.removesuffix(" %").split()[-1])
        assert number <= 100 * n / (n + 1) and number >= 100 / (n + 1) - (text.startswith("less") and 1), text
    found = ranking([[9.0] * n, [1.0] * n, [0.0] * n], 1)
    assert max(c for c in found.chances if c is not None) == pytest.approx(n / (n + 1))


def test_one_replicate_tells_no_chance():
    assert stated(0.7, 1) is None
    assert Difference(Interval.of([5.0]), "higher").probability_better is None
    found = ranking([[1.0], [2.0]], 1)
    assert found.means == (1.0, 2.0) and found.best == 1 and found.most_often == 1
    assert found.chances == found.regrets == (None, None)


def test_neither_way_better_has_no_chance():
    assert Difference(Interval.of([5.0, 6.0]), "neither").probability_better is None
    assert Difference(Interval.of([5.0, 6.0]), "neither").probability_mean_better is None


def test_two_have_exactly_the_chance_of_their_difference():
    other = shifted(BASE, 1.0, 3.0)
    found = ranking([BASE, other], 1)
    d = Difference(Interval.of([y - x for x, y in zip(BASE, other, strict=True)]), "higher")
    assert found.chances[1] == pytest.approx(d.probability_better)
    assert found.chances[0] == pytest.approx(1 - d.probability_better)


def test_joint_draws_have_the_pairs_prediction_distribution():
    """Three of whom one is far behind: the other two share what a pair would. 20,000 draws in antithetic pairs: 5 standard
    errors of 10,000 independent ones."""
    other = shifted(BASE, 1.0, 3.0)
    found = ranking([BASE, other, [v - 500 for v in BASE]], 1)
    alone = ranking([BASE, other], 1)
    for of_three, of_two in zip(found.chances[:2], alone.chances, strict=True):
        assert abs(of_three - of_two) < 5 * np.sqrt(of_two * (1 - of_two) / 10_000)
    # E max(0, d) of Student's t: scale (pdf(g) (nu + g^2) / (nu - 1) + g cdf(g)), g = mean / scale
    scale, nu = 3.0 * np.sqrt(1 + 1 / 20), 19
    g = 1.0 / scale
    regret = scale * (stats.t.pdf(g, nu) * (nu + g * g) / (nu - 1) + g * stats.t.cdf(g, nu))
    assert abs(found.regrets[0] - regret) < 5 * scale / np.sqrt(10_000)


def test_the_highest_mean_has_the_lowest_regret_by_exactly_the_gap():
    rows = [shifted(BASE, gap, sd) for gap, sd in ((0.0, 3.0), (0.01, 1.0), (-1.0, 9.0), (0.02, 6.0), (-4.0, 2.0))]
    found = ranking(rows, 7)
    assert found.best == 3
    assert found.order == sorted(range(5), key=lambda k: found.regrets[k])
    for k in range(5):
        assert found.regrets[k] - found.regrets[3] == pytest.approx(found.means[3] - found.means[k])
    assert sum(found.chances) == pytest.approx(1.0)


def test_the_best_by_mean_need_not_be_the_one_most_often_best():
    """Two nearly equal ones share the pools in which they are ahead of a wild third."""
    leader, twin, third = shifted(BASE, 0.2, 0.0), shifted(BASE, 0.19, 0.05, turn=7), shifted(BASE, 0.0, 6.0)
    found = ranking([leader, twin, third], 1)
    assert found.best == 0 and found.most_often == 2
    assert found.chances[2] > max(found.chances[:2])
    wild = [0.0] * 19 + [40.0]  # best by mean for one pool in twenty
    assert ranking([[0.5 + 0.01 * z for z in around(0, 1)], wild, [0.0] * 20], 1).best == 1


def test_draws_are_the_seeds_whatever_the_order_and_whoever_else_is_there():
    other, third = shifted(BASE, 1.0, 3.0), shifted(BASE, 0.5, 2.0)
    one, again = ranking([BASE, other, third], 3), ranking([BASE, other, third], 3)
    assert one == again
    turned = ranking([third, BASE, other], 3)
    assert turned.chances == pytest.approx((one.chances[2], one.chances[0], one.chances[1]))
    assert ranking([BASE, other, third], 4).chances != one.chances
    state = np.random.get_state()[1].copy()  # noqa: NPY002 - the global generator is left alone
    ranking([BASE, other, third], 5)
    assert np.array_equal(state, np.random.get_state()[1])  # noqa: NPY002


def test_equals_share_the_first_place():
    found = ranking([BASE, list(BASE), [v - 100 for v in BASE]], 1)
    assert found.chances[0] == found.chances[1] == pytest.approx(0.5)
    assert found.regrets[:2] == (0.0, 0.0) and found.best == found.most_often == 0
    assert ranking([BASE, list(BASE)], 1).chances == (0.5, 0.5)


def test_undefined_ones_are_left_out_and_the_rest_compared_where_all_are_defined():
    other = shifted(BASE, 1.0, 3.0)
    nothing: list[float | None] = [None] * 20
    found = ranking([BASE, nothing, other], 1)
    assert found.means[1] is None and found.chances[1] is None and found.regrets[1] is None
    assert found.chances[0] == ranking([BASE, other], 1).chances[0] and found.order == [2, 0]
    holes = [None if k < 3 else v for k, v in enumerate(other)]
    assert ranking([BASE, holes], 1).n == 17
    assert ranking([BASE, holes], 1).means[0] == pytest.approx(np.mean(BASE[3:]))
    assert ranking([nothing, nothing], 1).best is None


def test_two_replicates_have_chances_and_no_expected_regret():
    found = ranking([[1.0, 2.0], [1.5, 2.1], [0.0, 0.3]], 1)
    assert found.regrets == (None, None, None)
    assert all(c is not None and c <= 2 / 3 for c in found.chances)


def test_more_strategies_than_replicates():
    rows = [shifted(around(10, 2, 6), 0.1 * k, 1.0 + 0.01 * k) for k in range(50)]
    found = ranking(rows, 1)
    assert found.best == 49 and found.chances[49] == highest(6)  # cut there
    assert 0 < sum(found.chances) <= 1
