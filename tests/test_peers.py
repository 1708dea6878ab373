"""The peers of the benchmarks still do the same work as the engine: a comparison of speed with anything else says nothing."""

from benchmarks import lean_mesa, numpy_columns


def test_columns_of_numpy_give_the_engines_totals() -> None:
    numpy_columns.agree(2000)


def test_agents_of_plain_python_give_the_engines_totals() -> None:
    lean_mesa.agree(300)
