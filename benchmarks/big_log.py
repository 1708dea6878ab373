"""Order logs far larger than memory should be: Parquet of 5 M and 50 M orders and CSV in GB18030, to a summary and a fit.

The logs are written to a temporary folder first, in time order as a shop writes them. Each is then read in a fresh
process, so that peaks are its own.
"""

import json
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from benchmarks.common import MILLION, Row, fresh
from benchmarks.memory import peak_memory

SIZES = (5 * MILLION, 50 * MILLION)
TEXTS = (MILLION, 5 * MILLION)
GIGABYTE = 1e9

_DAYS = 730
_PIECE = 200_000  # customers made at a time
_COLUMNS = ("买家ID", "订单创建时间", "实付金额", "商品标题", "收货省份")


def _orders(rng: np.random.Generator, first: int, n: int) -> dict[str, Any]:
    """The orders of `n` customers numbered from `first`: Pareto/NBD, about ten orders each, in whole seconds.

    Starts are spread over the two years; rates and losses differ by gamma distributions, baskets too. Two orders in a
    hundred are refunds of what came before, one a gift.
    """
    start = rng.uniform(0.0, _DAYS, n)
    life = rng.exponential(1.0, n) / rng.gamma(0.6, 1.0 / 150.0, n)
    span = np.minimum(life, _DAYS - start)
    counts = rng.poisson(rng.gamma(0.7, 1.0 / 20.0, n) * span) + 1
    who = np.repeat(np.arange(n), counts)
    day = start[who] + rng.uniform(0.0, 1.0, who.size) * span[who]
    day[np.r_[0, np.cumsum(counts)[:-1]]] = start
    mean = 15.44 / rng.gamma(3.74, 1.0, n) * 40.0
    amount = np.round(mean[who] * rng.gamma(4.0, 0.25, who.size), 2)
    kind = rng.random(who.size)
    amount = np.where(kind < 0.02, -0.5 * amount, np.where(kind < 0.03, 0.0, amount)).round(2)
    return {"customer": first + who, "second": np.floor(day * 86_400.0).astype(np.int64), "amount": amount}


def write(orders: int, path: Path, seed: int = 7) -> None:
    """Write `orders` orders in time order: Parquet with text ids, or CSV in GB18030 with the columns of a Chinese shop."""
    import duckdb

    with TemporaryDirectory(dir=path.parent) as folder:
        pieces = Path(folder) / "pieces.parquet"
        _write_pieces(orders, pieces, seed)
        connection = duckdb.connect(config={"memory_limit": "2GB", "temp_directory": folder})
        connection.execute("SET preserve_insertion_order = false")
        columns = """'wx_' || left(md5(customer::VARCHAR), 16) AS customer_id,
            TIMESTAMP '2022-01-01' + to_seconds(second) AS order_time, amount"""
        rows = f"FROM read_parquet('{pieces}') ORDER BY second, customer"
        if path.suffix == ".parquet":
            connection.execute(f"COPY (SELECT {columns} {rows}) TO '{path}' (FORMAT parquet)")
            return
        utf8 = Path(folder) / "utf8.csv"
        goods = """'【旗舰店】婴儿有机棉连体衣 ' || second % 97,
            CASE second % 3 WHEN 0 THEN '浙江省' WHEN 1 THEN '广东省' ELSE '四川省' END"""
        connection.execute(f"COPY (SELECT {columns}, {goods} {rows}) TO '{utf8}' (FORMAT csv, HEADER false)")
        with utf8.open(encoding="utf-8") as source, path.open("w", encoding="gb18030") as out:
            out.write(",".join(_COLUMNS) + "\n")
            while text := source.read(1 << 20):
                out.write(text)


def _write_pieces(orders: int, path: Path, seed: int) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    left, piece = orders, 0
    writer = None
    while left:
        rng = np.random.default_rng((seed, piece))
        made = _orders(rng, piece * _PIECE, min(_PIECE, max(left // 5, 1000)))
        table = pa.table({name: column[:left] for name, column in made.items()})
        writer = writer or pq.ParquetWriter(path, table.schema)
        writer.write_table(table)
        left, piece = left - len(table), piece + 1
    assert writer is not None
    writer.close()


def read(path: Path) -> dict[str, float]:
    """Seconds and peak memory (bytes) from the file to a summary, and of the fit, in this process."""
    from models.data.rfm import summarise
    from models.families.bg_nbd import BGNBD

    before = peak_memory()
    started = time.perf_counter()
    summary = summarise(path)
    summarised, peak = time.perf_counter(), peak_memory()
    model = BGNBD().fit(summary)
    fitted = time.perf_counter()
    assert model.converged_
    return {
        "customers": len(summary),
        "before": before,
        "summary": summarised - started,
        "peak": peak,
        "fit": fitted - summarised,
        "peak with fit": peak_memory(),
    }


def measure(orders: int, suffix: str) -> dict[str, float]:
    """One log, written and read in a process each."""
    with TemporaryDirectory(prefix="siyu-bench-") as folder:
        path = Path(folder) / f"orders{suffix}"
        written = fresh("benchmarks.big_log", "write", orders, path)
        found: dict[str, float] = fresh("benchmarks.big_log", "read", path)
        return found | {"orders": orders, "bytes": path.stat().st_size, "write": written["seconds"]}


def rows() -> list[Row]:
    """Peak memory and time at the two sizes of each kind, and how they grow."""
    small, large = (measure(size, ".parquet") for size in SIZES)
    little, much = (measure(size, ".csv") for size in TEXTS)
    return [
        *_rows("Parquet", small, large, 4.0, 5.0),
        *_rows("GB18030 CSV", little, much, 4.0, 2.0),
    ]


def _rows(kind: str, small: dict[str, float], large: dict[str, float], memory: float, minutes: float) -> list[Row]:
    times = [f["summary"] + f["fit"] for f in (small, large)]
    peaks = [f["peak with fit"] for f in (small, large)]
    what = f"{large['orders'] / 1e6:.0f} M orders, {kind}, summary and fit"
    than = f"{small['orders'] / 1e6:.0f} M"
    grown = large["orders"] / small["orders"]
    slope = (peaks[1] - peaks[0]) / (large["orders"] - small["orders"])
    return [
        Row(
            f"{what}: peak memory",
            f"{peaks[1] / GIGABYTE:.2f} GB",
            f"{peaks[0] / GIGABYTE:.2f} GB",
            peaks[1] / GIGABYTE,
            memory,
            "at most",
            " GB",
            note=f"the other is {than} orders; {slope:.0f} B an order more; {large['customers']:,.0f} customers; "
            f"the file has {large['bytes'] / GIGABYTE:.2f} GB",
        ),
        Row(
            f"{what}: time",
            f"{large['summary']:.0f} + {large['fit']:.0f} s",
            f"{small['summary']:.1f} + {small['fit']:.1f} s",
            times[1] / 60.0,
            minutes,
            "at most",
            " min",
            note=f"{times[1] / times[0]:.1f} times as long for {grown:.0f} times as many orders",
        ),
    ]


def main(what: str, *arguments: str) -> dict[str, float]:
    """One step, in this process."""
    if what == "read":
        return read(Path(arguments[0]))
    started = time.perf_counter()
    write(int(arguments[0]), Path(arguments[1]))
    return {"seconds": time.perf_counter() - started}


if __name__ == "__main__":
    print(json.dumps(main(*sys.argv[1:])))
