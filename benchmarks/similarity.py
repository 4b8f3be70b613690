"""How long similarities take, how much memory they need, and how soon a question is answered.

usage: python benchmarks/similarity.py [--firms 500] [--days 2500] [--units 64] [--block-days 21]

States and growth are random; the arithmetic does not look at their values. It prints the rate
of the block products beside the machine's own rate of a matrix times its transpose, the memory
that they add, and the time of one question on memory maps, the first (cold) and the median.
"""

from __future__ import annotations

import argparse
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipeline.outputs import Embedded
from pipeline.similarity import blocks
from pipeline.similarity.peers import Peers

QUESTIONS = 20


def main() -> None:
    sizes = _arguments()
    random = np.random.default_rng(0)
    shape = (sizes.firms, sizes.days, sizes.units)
    states = random.standard_normal(shape, dtype=np.float32)
    present = random.random(shape[:2], dtype=np.float32) < 0.99
    ranges = blocks.bounds(0, sizes.days, sizes.block_days)
    print(f"{sizes.firms} firms × {sizes.days} days × {sizes.units} units, {len(ranges)} blocks")
    with tempfile.TemporaryDirectory() as folder:
        products, common = _sums_on_disk(Path(folder), states, present, ranges)
        del states
        growth = random.standard_normal((sizes.days, sizes.firms), dtype=np.float32)
        _questions(_embedded(products, common, ranges, growth))
    _import()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--firms", type=int, default=500)
    parser.add_argument("--days", type=int, default=2500)
    parser.add_argument("--units", type=int, default=64)
    parser.add_argument("--block-days", type=int, default=21)
    return parser.parse_args()


def _sums_on_disk(
    folder: Path,
    states: NDArray[np.float32],
    present: NDArray[np.bool_],
    ranges: NDArray[np.int64],
) -> tuple[NDArray[np.float32], NDArray[np.uint16]]:
    """Sum the blocks, time them without the writing, and return memory maps of the sums."""
    firms, days, units = states.shape
    shape = (len(ranges) + 1, firms, firms)
    paths = folder / "products.npy", folder / "common.npy"
    products = np.lib.format.open_memmap(paths[0], "w+", np.float32, shape)
    common = np.lib.format.open_memmap(paths[1], "w+", np.uint16, shape)
    before, spent, sums = _peak(), 0.0, blocks.running_sums(states, present, ranges)
    for block in range(len(products)):
        started = time.perf_counter()
        product, count = next(sums)
        spent += time.perf_counter() - started
        products[block], common[block] = product, count
    work = firms * (firms + 1) * days * units / 1e9
    plain = _seconds(lambda: _plain(states, int(ranges[0, 1])), 3) / ranges[0, 1]
    added = _peak() - before
    print(
        f"block products  {spent:8.2f} s   {work / spent:7.1f} GFLOP/s; the matrix products alone"
        f" {plain * days:.2f} s\n"
        f"memory          {added:8.0f} MiB beside the states' {states.nbytes / 2**20:.0f} MiB"
        f" (sums on disk: {(products.nbytes + common.nbytes) / 2**20:.0f} MiB, counted where"
        " they are mapped)"
    )
    products.flush()
    common.flush()
    return np.load(paths[0], mmap_mode="r"), np.load(paths[1], mmap_mode="r")


def _plain(states: NDArray[np.float32], days: int) -> NDArray[np.float32]:
    """One block's matrix times its transpose, and nothing else."""
    flat = states[:, :days].reshape(len(states), -1)
    return flat @ flat.T


def _embedded(
    products: NDArray[np.float32],
    common: NDArray[np.uint16],
    ranges: NDArray[np.int64],
    growth: NDArray[np.float32],
) -> Embedded:
    """Dress the sums up as the stage's output."""
    symbols = [f"F{number:05d}" for number in range(growth.shape[1])]
    firms = pd.DataFrame({"symbol": symbols, "name": symbols, "sector": "unknown"})
    dates = pd.bdate_range("2010-01-04", periods=len(growth)).to_numpy().astype("datetime64[D]")
    edges = dates[np.column_stack([ranges[:, 0], ranges[:, 1] - 1])]
    return Embedded(products, common, edges, growth, dates, firms[["symbol"]], firms, {})


def _questions(embedded: Embedded) -> None:
    """Time one question over all days and over the middle third."""
    peers, dates = Peers(embedded), embedded.dates
    third = len(dates) // 3
    for label, start, end in (
        ("all days", None, None),
        ("a third of them", dates[third].item(), dates[2 * third].item()),
    ):
        times = [
            _seconds(partial(peers.similar, symbol, start=start, end=end), 1)
            for symbol in peers.symbols[:QUESTIONS]
        ]
        print(
            f"one question    {1e3 * statistics.median(times):8.1f} ms  over {label}"
            f" (the first {1e3 * times[0]:.1f} ms)"
        )


def _import() -> None:
    """Time a fresh interpreter that imports what a question needs."""
    command = [sys.executable, "-c", "from pipeline.similarity.peers import Peers"]
    print(f"import          {_seconds(lambda: subprocess.run(command, check=True), 5):8.2f} s")


def _seconds(work: Callable[[], object], repeats: int) -> float:
    """Median time of some work."""
    times = []
    for _ in range(repeats):
        started = time.perf_counter()
        work()
        times.append(time.perf_counter() - started)
    return statistics.median(times)


def _peak() -> float:
    """Largest resident memory of this process so far, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
