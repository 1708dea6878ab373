"""The peers of the benchmarks still do the work of the engine: a ratio of speeds of different work says nothing."""

from benchmarks import lean_mesa, numpy_columns


def test_columns_of_numpy_give_the_engines_totals() -> None:
    numpy_columns.agree(2000)


def test_agents_of_plain_python_give_the_engines_totals() -> None:
    lean_mesa.agree(300)
