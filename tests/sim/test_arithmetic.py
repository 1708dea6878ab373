"""Arithmetic of the kernels: e^x - 1 as good as said, sums on the grid the same in any order."""

import math

import numpy as np
import pytest

from sim.engine.arithmetic import expm1, on_grid, total


def single_and_exact(x: float) -> tuple[float, float]:
    """e^x - 1 as the kernels have it, and exactly, of the number in single precision next to x."""
    single = np.float32(x)
    return float(expm1(single)), math.expm1(float(single))


@pytest.mark.parametrize(("furthest", "within"), [(5.0, 2e-6), (20.0, 1e-5)])
def test_expm1_is_as_near_as_it_says(furthest: float, within: float) -> None:
    for x in np.linspace(-furthest, furthest, 4001):
        ours, exact = single_and_exact(x)
        assert ours == pytest.approx(exact, rel=within, abs=0.0)


def test_expm1_of_small_numbers_keeps_its_digits() -> None:
    for power in range(-30, 0, 2):
        for x in (10.0**power, -(10.0**power)):
            ours, exact = single_and_exact(x)
            assert ours == pytest.approx(exact, rel=5e-7, abs=0.0)


def test_beyond_its_range_it_stays_at_the_end() -> None:
    low, high = np.float32(-20.0), np.float32(20.0)
    assert expm1(np.float32(-800.0)) == expm1(low) == pytest.approx(-1.0, abs=3e-7)
    assert expm1(np.float32(800.0)) == expm1(high)
    assert expm1(np.float32(0.0)) == 0.0


def test_sums_on_the_grid_do_not_depend_on_their_order() -> None:
    """Ten orders of 100,000 numbers of mixed size give one sum; off the grid they do not."""
    rng = np.random.default_rng(5)
    raw = rng.normal(size=100_003) * 10.0 ** rng.integers(-3, 2, 100_003)
    lying = np.array([on_grid(x) for x in raw])
    assert np.abs(lying - raw).max() <= 2.0**-29
    orders = [rng.permutation(len(raw)) for _ in range(10)]
    assert len({total(lying[order], len(raw)) for order in orders} | {sum(lying.tolist())}) == 1
    assert len({total(raw[order], len(raw)) for order in orders}) > 1


@pytest.mark.parametrize("n", [0, 1, 7, 8, 9, 255, 256])
def test_totals_of_any_length(n: int) -> None:
    amounts = np.arange(1.0, 301.0)
    assert total(amounts, n) == n * (n + 1) / 2
