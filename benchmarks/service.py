"""How soon the service answers, how much at once, and how much memory it takes.

usage: python benchmarks/service.py [--firms 1000] [--days 2500] [--workers 2] [--clients 8]
           [--questions 4000]

The firms are those of benchmarks/similarity.py, compared by networks that have learned nothing:
that costs the same. `firmament serve` is started as its users start it, and asked for the ten
firms most similar to firms drawn at random, over the loopback:

- **first**: each firm once, so that nothing was asked before but the ranges' own scores;
- **again**: firms that were asked before, by several clients at once (bars: 95 % within 20 ms,
  500 answers a second with two workers);
- **in process**: what `ReadyPeers.similar` takes, asked the same;
- start (bar: 1.5 s until it answers) and the most memory of a worker (bar: 500 MB).
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from similarity import _keep, panel

from models.comovement import initial
from pipeline.outputs import Embedded
from pipeline.similarity.asking.ready import ReadyPeers
from pipeline.similarity.embedding import exposures
from pipeline.similarity.embedding.days import Days
from pipeline.similarity.embedding.portfolios import portfolios
from pipeline.similarity.embedding.reading import SIZES, Reading, Scale
from pipeline.store import Store

BARS = {"again_95": 20.0, "a_second": 500.0, "start": 1.5, "memory": 500.0}


def store(folder: Path, firms: int, days: int) -> Store:
    """Leave a finished run in a store."""
    windowed = panel(firms, days)
    growth = np.ascontiguousarray(windowed.growth.T)
    compared = Days.of(growth)
    held_by = portfolios(compared, 64)
    ranges = exposures.blocks(1, days, 21)
    held = exposures.running(compared, held_by, ranges)
    readings = np.stack([Reading(initial(SIZES, seed), Scale()).packed() for seed in range(2)])
    _keep(folder, windowed, growth, compared, held, held_by, readings, ranges)
    found = Store(folder)
    made = {"run_id": "benchmark", "fingerprints": {"embed": "benchmark"}, "date": "2019-07-31"}
    found.record("benchmark", {**made, "source": "planted", "model": "gru", "version": ""})
    return found


def free() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])


def asked(port: int, symbols: list[str]) -> list[float]:
    """Ask for the peers of firms one after another, and return the milliseconds of each."""
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    times = []
    for symbol in symbols:
        started = time.perf_counter()
        line.request("GET", f"/api/similar?symbol={symbol}&top=10")
        reply = line.getresponse()
        body = reply.read()
        times.append(1e3 * (time.perf_counter() - started))
        assert reply.status == 200 and json.loads(body)["firm"] == symbol, body
    return times


def children(process: int) -> list[int]:
    """Return a process and all below it."""
    below = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    return [process, *(number for child in below for number in children(int(child)))]


def memory(process: int) -> float:
    """Return the memory of the largest of a process and those below, in MB, its own alone."""
    found = []
    for number in children(process):
        lines = Path(f"/proc/{number}/smaps_rollup").read_text().splitlines()
        kept = {line.split(":")[0]: int(line.split()[1]) for line in lines[1:]}
        found.append((kept["Private_Clean"] + kept["Private_Dirty"]) / 1e3)
    return max(found)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--firms", type=int, default=1000)
    parser.add_argument("--days", type=int, default=2500)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--questions", type=int, default=4000)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "store"
        made = store(folder, given.firms, given.days)
        symbols = [f"F{number:05d}" for number in range(given.firms)]
        random, port = np.random.default_rng(0), free()
        command = [sys.executable, "-m", "pipeline", "serve", "--port", str(port)]
        command += ["--workers", str(given.workers), "--data-root", str(folder)]
        started = time.perf_counter()
        with subprocess.Popen(command, cwd=name, env={**os.environ}) as process:
            try:
                while True:
                    try:
                        asked(port, symbols[:1])
                        break
                    except OSError:
                        time.sleep(0.01)
                start = time.perf_counter() - started
                with ThreadPoolExecutor(given.workers) as pool:
                    parts = [symbols[at :: given.workers] for at in range(given.workers)]
                    first = np.concatenate([*pool.map(lambda part: asked(port, part), parts)])
                drawn = random.choice(symbols, (given.clients, given.questions // given.clients))
                for _ in range(5):  # each worker has to have been asked of nearly every firm
                    with ThreadPoolExecutor(given.clients) as pool:
                        begun = time.perf_counter()
                        again = [*pool.map(lambda part: asked(port, list(part)), drawn)]
                        seconds = time.perf_counter() - begun
                most = memory(process.pid)
            finally:
                process.terminate()
        inside = in_process(made, [str(one) for one in random.choice(symbols, 100)])
    told = {
        "start": start,
        "first_median": float(np.median(first)),
        "first_95": float(np.percentile(first, 95)),
        "again_median": float(np.median(again)),
        "again_95": float(np.percentile(again, 95)),
        "a_second": drawn.size / seconds,
        "in_process_median": inside,
        "memory": most,
    }
    for key, value in told.items():
        bar = f"  (bar {BARS[key]:g})" if key in BARS else ""
        print(f"{key.replace('_', ' '):20} {value:10.2f}{bar}")


def in_process(made: Store, symbols: list[str]) -> float:
    """Return the milliseconds of a question without the service."""
    peers = ReadyPeers(made.read(Embedded, "embed", "benchmark"))
    peers.similar(symbols[0], beside=peers.beside)
    times = []
    for symbol in symbols:
        started = time.perf_counter()
        peers.similar(symbol, beside=peers.beside)
        times.append(1e3 * (time.perf_counter() - started))
    return float(np.median(times))


if __name__ == "__main__":
    main()
