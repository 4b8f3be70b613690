"""How long similarity takes, how much memory it needs, and how soon a question is answered.

usage: python benchmarks/similarity.py [--firms 500 1000 2000 4000 8000] [--days 625 1250 2500]
           [--units 64] [--networks 2] [--components 64] [--block-days 21] [--questions 200]

The firms are of a factor model: a market, sectors, industries and noise of each firm. A firm's
states are made from its growth some firms at a time, whenever a pass asks for them, and the
seconds that this takes are not counted. The path from there is the embed stage's: response
heads, correlations, learned directions, running sums, written through the store.

- **Making.** Every number of firms over the most days, and a middle number of firms over every
  number of days, each in a process of its own: the seconds of each part; the rate of the
  correlations beside that of a plain float32 matrix product of the same process; and the most
  memory beyond what the process held when its panel was there, in units of a float32 matrix of
  firms × firms (bar: 6 of them for the largest number of firms).
- **Asking.** A fresh process maps the arrays, which are first dropped from the page cache, and
  asks for the ten nearest of random firms over random ranges of days: the first question, the
  median and the 95th percentile (bars for the median: 5 ms at 500 firms, 20 ms at 8,000).

On a machine that others use, set OPENBLAS_NUM_THREADS=1: products on several threads wait for the
thread that was put off.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pipeline.similarity.embedding.directions import learn
from threadpoolctl import threadpool_info

from pipeline.outputs import Embedded, Windowed
from pipeline.similarity.asking.peers import Peers
from pipeline.similarity.embedding import response, sums
from pipeline.store import Store

LOOKBACK = 64
"""Days that are not compared."""
CELLS = 131_072
"""Firm-days a part, as where states come from networks."""
MEMORY_BAR = 6.0
MILLISECONDS = {500: 5.0, 8000: 20.0}
PARTS = ("target", "heads", "correlations", "directions", "running sums")

Array = NDArray[np.float32]


@dataclass
class Clock:
    """Seconds of named parts, without those that are spent on making states."""

    seconds: dict[str, float] = field(default_factory=dict)
    peaks: dict[str, float] = field(default_factory=dict)
    away: float = 0.0

    def start(self) -> None:
        """Begin a part."""
        self._started, self.away = time.perf_counter(), 0.0

    def stop(self, part: str) -> None:
        """End a part; time spent on the same part before is added."""
        spent = time.perf_counter() - self._started - self.away
        self.seconds[part] = self.seconds.get(part, 0.0) + spent
        self.peaks[part] = _memory("VmHWM")


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


def states(
    windowed: Windowed, units: int, seed: int, clock: Clock
) -> Iterator[tuple[slice, Array]]:
    """Bounded functions of a firm's day, of the days before and of how nervous it was."""
    random = np.random.default_rng(seed)
    into = random.standard_normal((3, units), dtype=np.float32)
    firms, days = windowed.growth.shape
    size = max(1, CELLS // days)
    for at in range(0, firms, size):
        started = time.perf_counter()
        rows = slice(at, min(at + size, firms))
        day = windowed.growth[rows] / windowed.unit[rows]
        slow = np.array(pd.DataFrame(np.abs(day.T)).ewm(alpha=0.1).mean().T, dtype=np.float32)
        before = np.roll(day, 1, axis=1)
        part = np.multiply(day[..., None], into[0])
        for scalar, weights in ((slow, into[1]), (0.3 * before, into[2])):
            part += scalar[..., None] * weights
        np.tanh(part, out=part)
        clock.away += time.perf_counter() - started
        yield rows, part


def make(asked: argparse.Namespace, folder: Path) -> dict[str, Any]:
    """Do what the embed stage does; leave its output in a store, and return what it took."""
    firms, days = asked.firms[0], asked.days[0]
    windowed = panel(firms, days)
    present = np.random.default_rng(1).random((firms, days), dtype=np.float32) < 0.99
    present[:, :LOOKBACK] = False
    plain, clock, before = _plain_rate(days), Clock(), _memory("VmRSS")
    clock.start()
    wanted = response.target(windowed, days * 7 // 10)
    clock.stop("target")
    answers = np.empty((asked.networks, days, firms), dtype=np.float32)
    for network in range(asked.networks):
        clock.start()
        head = response.fit(
            states(windowed, asked.units, network, clock), wanted, present, LOOKBACK
        )
        answers[network] = response.respond(
            head, states(windowed, asked.units, network, clock), present, LOOKBACK
        )
        clock.stop("heads")
    del wanted
    clock.start()
    together = sums.correlations(answers[:, LOOKBACK:], present.T[LOOKBACK:])
    clock.stop("correlations")
    clock.start()
    directions = learn(together, asked.components)
    clock.stop("directions")
    del together
    clock.start()
    ranges = sums.bounds(LOOKBACK, days, asked.block_days)
    summed = np.empty((asked.networks, len(ranges) + 1, *directions.shape), dtype=np.float32)
    for network, answer in enumerate(answers):
        summed[network] = sums.running(answer, directions, ranges)
    clock.stop("running sums")
    beyond = _memory("VmHWM") - before
    _keep(folder, windowed, present, answers, directions, summed, ranges)
    # A product and two sizes of each two firms and network, and one count of days, half of each
    # known by symmetry.
    work = firms**2 * (days - LOOKBACK) * (1 + 3 * asked.networks)
    return {
        "seconds": clock.seconds,
        "peaks": {part: (peak - before) / 2**20 for part, peak in clock.peaks.items()},
        "rate": work / clock.seconds["correlations"] / 1e9,
        "plain": plain,
        "beyond": beyond / 2**20,
        "squares": beyond / (4.0 * firms**2),
        "industry": _of_own_industry(summed, directions),
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


def _plain_rate(days: int) -> float:
    """Rate of a product of two float32 matrices, in GFLOP/s: the median of five."""
    random = np.random.default_rng(3)
    one, other = random.standard_normal((2, days, 2000), dtype=np.float32)
    rates = []
    for _ in range(5):
        started = time.perf_counter()
        _ = one.T @ other
        rates.append(2e-9 * days * 2000**2 / (time.perf_counter() - started))
    return float(np.median(rates))


def _threads() -> int:
    """Threads of a matrix product, as OPENBLAS_NUM_THREADS or the machine sets them."""
    return max(int(pool["num_threads"]) for pool in threadpool_info())


def _of_own_industry(summed: Array, directions: Array) -> float:
    """Share of some firms' five nearest that are of their own industry."""
    vectors = sums.vectors(summed[:, -1].mean(axis=0), directions)
    firms = len(vectors)
    some, industries = np.arange(0, firms, -(-firms // 500)), -(-firms // 10)
    score = vectors[some] @ vectors.T
    score[np.arange(len(some)), some] = -np.inf
    nearest = np.argsort(-score, axis=1)[:, :5]
    return float((nearest % industries == some[:, None] % industries).mean())


def _keep(
    folder: Path,
    windowed: Windowed,
    present: NDArray[np.bool_],
    answers: Array,
    directions: Array,
    summed: Array,
    ranges: NDArray[np.int64],
) -> None:
    """Write it all as the stage's output."""
    dates = windowed.dates.astype("datetime64[D]")
    table = pd.DataFrame({"symbol": windowed.symbols, "name": windowed.symbols})
    table["sector"] = table["industry"] = "unknown"
    table["market_cap"] = np.nan
    embedded = Embedded(
        sums=summed,
        directions=directions,
        responses=answers,
        untrained=answers[0],
        present=np.packbits(present, axis=1),
        edges=dates[np.column_stack([ranges[:, 0], ranges[:, 1] - 1])],
        growth=np.ascontiguousarray(windowed.growth.T),
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
        name: getattr(asked, name)
        for name in ("units", "networks", "components", "block_days", "questions")
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
        f"{firms:6,} {days:6,} {seconds} {total:8.1f} {made['rate']:7.0f} {made['plain']:6.0f}"
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
            f"memory at {firms:,} firms: {made['squares']:.1f} n², bar at most {MEMORY_BAR:g} n²:"
            f" {verdict}"
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
    parser.add_argument("--units", type=int, default=64)
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
        f"{asked.networks} networks of {asked.units} units, {asked.components} directions, blocks"
        f" of {asked.block_days} days; threads of matrix products: {_threads()}\n\n"
        f"{'':14}{'seconds':<75}{'GFLOP/s':<15}{'memory':<16}{'own':<15}milliseconds\n"
        f" firms   days {' '.join(f'{part:>12}' for part in PARTS)}    total      n²  plain"
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
