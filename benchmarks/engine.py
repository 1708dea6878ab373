"""The compiled engine at a million members: member-days a second, founding, living and collecting included."""

from benchmarks.common import MILLION, Row, interleaved, median, millions, simulate

DAYS = 90


def rate(threads: int, members: int = MILLION, days: int = DAYS) -> float:
    """Member-days a second of one run."""
    return simulate(members, days, threads).member_days_per_second


def rows() -> list[Row]:
    """With one thread and with two."""
    one, two = interleaved(3, lambda: rate(1), lambda: rate(2))
    what = "engine, 1 M members x 90 days, "
    return [
        Row(what + "1 thread", millions(median(one))),
        Row(what + "2 threads", millions(median(two)), "", median(two) / 1e6, 25.0, unit=" M/s", note="aim 60"),
    ]
