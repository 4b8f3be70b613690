"""How long similarity takes, how much memory it needs, and how soon a question is answered.

usage: python benchmarks/similarity.py [--firms 500 1000 2000 4000 8000] [--days 625 1250 2500]
           [--networks 2] [--components 64] [--block-days 21] [--questions 200]

The firms are of a factor model: a market, sectors, industries and noise of each firm. The path from
their growth is the embed stage's, written through the store:

- **Making.** Every number of firms over the most days, and a middle number of firms over every
  number of days, each in a process of its own: the seconds of each part, and the most memory beyond
  what the process held when its panel was there and Keras was loaded, and how much of that is not
  what is stored, in units of a float32 matrix of firms × firms (bar: 4 of them for the largest
  number of firms).
- **Asking.** A fresh process maps the arrays, which are first dropped from the page cache, and
  asks for the ten nearest of random firms over random ranges of days: the first question, the
  median and the 95th percentile (bars for the median: 5 ms at 500 firms, 20 ms at 8,000).

On a machine that others use, set OPENBLAS_NUM_THREADS=1 for the making: products on several threads
wait for the thread that was put off.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from threadpoolctl import threadpool_info

from pipeline.outputs import Embedded, Windowed
from pipeline.similarity.asking.peers import Peers
from pipeline.similarity.embedding import exposures
from pipeline.similarity.embedding.days import Days
from pipeline.similarity.embedding.frame import Frame, some
from pipeline.similarity.embedding.lessons import lessons
from pipeline.similarity.embedding.portfolios import portfolios
from pipeline.similarity.embedding.reading import Reading, scaled_to
from pipeline.similarity.embedding.readings import mean_score
from pipeline.store import Store

MEMORY_BAR = 4.0
MILLISECONDS = {500: 5.0, 8000: 20.0}
PARTS = ("days", "lessons", "training", "portfolios", "running sums")
TAUGHT = 0.7
"""Share of the days that teach."""

Array = NDArray[np.float32]


@dataclass
class Clock:
    """Seconds of named parts."""

    seconds: dict[str, float] = field(default_factory=dict)
    peaks: dict[str, float] = field(default_factory=dict)

    def start(self) -> None:
        """Begin a part."""
        self._started = time.perf_counter()

    def stop(self, part: str) -> None:
        """End a part, and begin the next."""
        self.seconds[part] = time.perf_counter() - self._started
        self.peaks[part] = _memory("VmHWM")
        self.start()


def panel(firms: int, days: int) -> Windowed:
    """Growth of firms in sectors and industries, each of ten firms, and its running unit."""
    random = np.random.default_rng(0)
    industries, sectors = -(-firms // 10), -(-firms // 100)
    growth = random.standard_normal((firms, days), dtype=np.float32)
    for groups, share in ((industries, 0.6), (sectors, 0.5), (1, 0.8)):
        factor = random.standard_normal((groups, days), dtype=np.float32)
        member = np.arange(firms) % groups
        for at in range(0, firms, 500):
            growth[at : at + 500] += share * factor[member[at : at + 500]]
    growth *= random.uniform(2.0, 6.0, size=(firms, 1)).astype(np.float32)
    unit = np.repeat(growth.std(axis=1, keepdims=True), days, axis=1)
    dates = pd.bdate_range("2010-01-04", periods=days).to_numpy()
    symbols = np.array([f"F{number:05d}" for number in range(firms)])
    return Windowed(growth[..., None], growth, unit, dates, symbols, {}, {})


def make(asked: argparse.Namespace, folder: Path) -> dict[str, Any]:
    """Do what the embed stage does; leave its output in a store, and return what it took."""
    from pipeline.similarity.embedding.comovement import train

    firms, count = asked.firms[0], asked.days[0]
    windowed = panel(firms, count)
    growth, stop = np.ascontiguousarray(windowed.growth.T), int(TAUGHT * count)
    clock, before = Clock(), _memory("VmRSS")
    clock.start()
    days, past = Days.of(growth), Days.of(growth[:stop])
    clock.stop("days")
    taught = list(lessons(growth[:stop], past, asked.components, 0))
    clock.stop("lessons")
    read = [scaled_to(train(taught, seed), taught) for seed in range(asked.networks)]
    clock.stop("training")
    del taught, past
    held_by = portfolios(days, asked.components)
    clock.stop("portfolios")
    ranges = exposures.blocks(1, count, asked.block_days)
    held = exposures.running(days, held_by, ranges)
    clock.stop("running sums")
    beyond = _memory("VmHWM") - before
    readings = np.stack([one.packed() for one in read])
    _keep(folder, windowed, growth, days, held, held_by, readings, ranges)
    return {
        "seconds": clock.seconds,
        "peaks": {part: (peak - before) / 2**20 for part, peak in clock.peaks.items()},
        "stored": held.nbytes / 2**20,
        "beyond": beyond / 2**20,
        "squares": (beyond - held.nbytes) / (4.0 * firms**2),
        "industry": _of_own_industry(held, held_by, read),
    }


def ask(asked: argparse.Namespace, folder: Path) -> dict[str, Any]:
    """Ask for the nearest of random firms over random ranges, and return the milliseconds."""
    for file in (folder / "stages").rglob("*.npy"):
        descriptor = os.open(file, os.O_RDONLY)
        os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
        os.close(descriptor)
    peers = Peers(Store(folder).read(Embedded, "embed", "benchmark"))
    random, days = np.random.default_rng(2), peers.growth().index
    times = []
    for _ in range(asked.questions):
        symbol = peers.symbols[random.integers(len(peers.symbols))]
        first, last = np.sort(random.choice(len(days) - 30, 2, replace=False))
        started = time.perf_counter()
        peers.nearest(symbol, 10, days[first], days[last + 30])
        times.append(1e3 * (time.perf_counter() - started))
    return {"cold": times[0], "median": np.median(times[1:]), "high": np.percentile(times[1:], 95)}


def _threads() -> int:
    """Threads of a matrix product, as OPENBLAS_NUM_THREADS or the machine sets them."""
    return max(int(pool["num_threads"]) for pool in threadpool_info())


def _of_own_industry(held: Array, held_by: Array, read: list[Reading]) -> float:
    """Share of some firms' five nearest that are of their own industry."""
    states = Frame(held[-1], held_by).states
    firms = len(held_by)
    chosen, industries = np.arange(0, firms, -(-firms // 500)), -(-firms // 10)
    score = mean_score(read, some(states, chosen), states)
    score[np.arange(len(chosen)), chosen] = -np.inf
    nearest = np.argsort(-score, axis=1)[:, :5]
    return float((nearest % industries == chosen[:, None] % industries).mean())


def _keep(
    folder: Path,
    windowed: Windowed,
    growth: Array,
    days: Days,
    held: Array,
    held_by: Array,
    readings: Array,
    ranges: NDArray[np.int64],
) -> None:
    """Write it all as the stage's output."""
    dates = windowed.dates.astype("datetime64[D]")
    table = pd.DataFrame({"symbol": windowed.symbols, "name": windowed.symbols})
    table["sector"] = table["industry"] = "unknown"
    table["market_cap"] = np.nan
    embedded = Embedded(
        held=held,
        portfolios=held_by,
        readings=readings,
        untrained=readings,
        days=days.standard,
        present=np.packbits(days.present.T, axis=1),
        edges=dates[np.column_stack([ranges[:, 0], ranges[:, 1] - 1])],
        growth=growth,
        dates=dates,
        embedding=table[["symbol"]],
        firms=table,
        basis={"days_per_year": 252},
    )
    store = Store(folder)
    store.prepare()
    store.write("embed", "benchmark", embedded, {})


def _memory(kind: str) -> int:
    """Resident memory of this process in bytes: VmRSS now, VmHWM at most so far."""
    # Not getrusage: its maximum is handed down from the process that started this one.
    status = Path("/proc/self/status").read_text()
    return 1024 * int(status.split(f"{kind}:")[1].split()[0])


def _apart(asked: argparse.Namespace, child: str, folder: str, firms: int, days: int) -> Any:
    """Do a part in a process of its own."""
    sizes = {"firms": firms, "days": days} | {
        name: getattr(asked, name) for name in ("networks", "components", "block_days", "questions")
    }
    options = [f"--{name.replace('_', '-')}={value}" for name, value in sizes.items()]
    command = [sys.executable, __file__, *options, f"--child={child}", f"--folder={folder}"]
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)


def case(asked: argparse.Namespace, firms: int, days: int) -> None:
    """Make and ask for one size, and print a line of each."""
    with tempfile.TemporaryDirectory() as folder:
        made = _apart(asked, "make", folder, firms, days)
        answered = _apart(asked, "ask", folder, firms, days)
    seconds = " ".join(f"{made['seconds'][part]:12.1f}" for part in PARTS)
    total = sum(made["seconds"].values())
    print(
        f"{firms:6,} {days:6,} {seconds} {total:8.1f} {made['stored']:8,.0f}"
        f" {made['beyond']:8,.0f} {made['squares']:6.1f} {made['industry']:9.2f}"
        f" {answered['cold']:8.1f} {answered['median']:7.1f} {answered['high']:6.1f}",
        flush=True,
    )
    if asked.peaks:
        peaks = (f"{part} {peak:,.0f}" for part, peak in made["peaks"].items())
        print(f"       most memory after each part, MiB: {', '.join(peaks)}")
    if firms == max(asked.firms) and days == max(asked.days):
        verdict = "held" if made["squares"] <= MEMORY_BAR else "not held"
        _bars.append(
            f"memory but for what is stored at {firms:,} firms: {made['squares']:.1f} n², bar at"
            f" most {MEMORY_BAR:g} n²: {verdict}"
        )
    if firms in MILLISECONDS and days == max(asked.days):
        bar, median = MILLISECONDS[firms], answered["median"]
        _bars.append(
            f"a question at {firms:,} firms: {median:.1f} ms, bar at most {bar:g} ms:"
            f" {'held' if median <= bar else 'not held'}"
        )


_bars: list[str] = []


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--firms", type=int, nargs="+", default=[500, 1000, 2000, 4000, 8000])
    parser.add_argument("--days", type=int, nargs="+", default=[625, 1250, 2500])
    parser.add_argument("--networks", type=int, default=2)
    parser.add_argument("--components", type=int, default=64)
    parser.add_argument("--block-days", type=int, default=21)
    parser.add_argument("--questions", type=int, default=200)
    parser.add_argument("--peaks", action="store_true", help="print the memory after each part")
    parser.add_argument("--child", choices=("make", "ask"), help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.child:
        found = (make if asked.child == "make" else ask)(asked, asked.folder)
        print(json.dumps(found))
        return
    print(
        f"{asked.networks} networks, {asked.components} portfolios, blocks of {asked.block_days}"
        f" days; threads of matrix products: {_threads()}\n\n"
        f"{'':14}{'seconds':<75}{'stored':<9}{'memory':<16}{'own':<15}milliseconds\n"
        f" firms   days {' '.join(f'{part:>12}' for part in PARTS)}    total      MiB"
        "      MiB     n²  industry    first  median   95 %"
    )
    middle = sorted(asked.firms)[len(asked.firms) // 2]
    sizes = {(firms, max(asked.days)) for firms in asked.firms}
    sizes |= {(middle, days) for days in asked.days}
    for firms, days in sorted(sizes):
        case(asked, firms, days)
    print("\n".join(_bars))


if __name__ == "__main__":
    main()
