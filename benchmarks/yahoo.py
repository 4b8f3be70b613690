"""How long Yahoo's evening takes: firms fetched in batches beside one by one.

usage: python -m benchmarks.yahoo [--firms 500] [--burst 20] [--rate 4] [--latency 0.15]

The service is the one of tests/sources/chart_server.py, on the loopback, asked through yfinance
and its own kind of session. It limits by the rule of a bucket: BURST requests may come at once and
RATE more each second; one that finds the bucket empty is answered with 429. Yahoo does not publish
its rule. With a burst of 20, one call of `yf.download` for 100 firms has 80 of them limited, as
users report; and RATE is slower than what firmament sets out with, so that it has to find it.

All firms are kept with 250 days and have one day more; one in 60 has its history rewritten. Fetched
are they

- one by one, a request a second, as firmament did before it had batches;
- one by one at the pace of the batches, which tells what the batches themselves are worth;
- in batches, as set by default;
- by one call of `yf.download` for all of them: what that leaves out.

Every way but the last has to leave the same bytes in the cache.
"""

from __future__ import annotations

import argparse
import logging
import shutil
import sys
import tempfile
import time
import warnings
from datetime import date
from pathlib import Path
from typing import Any

from pipeline.settings.ingest import Ingest
from pipeline.settings.yahoo import Yahoo
from pipeline.sources.yahoo import YahooSource
from pipeline.watch import Silence

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "sources"))

START = date(2023, 1, 2)
WAYS = {
    "one by one, one a second": Yahoo(start=START, batch=1, pause=1.0),
    "one by one": Yahoo(start=START, batch=1),
    "in batches": Yahoo(start=START),
}


def fetched(server: Any, firms: list[str], yahoo: Yahoo, cache: Path) -> tuple[float, str]:
    """Fetch firms, and return the seconds and the digest of what is kept then."""
    source = YahooSource(",".join(firms), Ingest(), yahoo, cache, server.session())
    started = time.perf_counter()
    digest = source.digest(Silence())
    return time.perf_counter() - started, digest


def evening(server: Any, burst: int, rate: float) -> None:
    """Let the service limit from now on, and forget what it was asked."""
    server.burst, server.rate, server.left = burst, rate, float(burst)
    server.asked.clear()


def told(server: Any) -> str:
    statuses = server.statuses()
    return f"{len(statuses):>9,}  {statuses.count(429):>7,}"


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("--firms", type=int, default=500)
    asked.add_argument("--burst", type=int, default=20)
    asked.add_argument("--rate", type=float, default=4.0)
    asked.add_argument("--latency", type=float, default=0.15)
    given = asked.parse_args()

    import yfinance
    from chart_server import ChartServer
    from chart_service import days

    firms = [f"F{number:04}" for number in range(given.firms)]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        yfinance.set_tz_cache_location(str(folder / "yfinance"))
        with ChartServer(folder, days(f"{START}", 250)) as server:
            fetched(server, firms, Yahoo(start=START, pause=0.0), folder / "kept")
            server.days, server.latency = days(f"{START}", 251), given.latency
            server.splits = set(firms[7::60])
            taken, digests = {}, set()
            print(f"{given.firms} firms, one day more, {len(server.splits)} rewritten;", end=" ")
            print(f"at once {given.burst} requests, then {given.rate:g} a second")
            print(f"{'':<26}{'seconds':>8}  {'requests':>9}  {'limited':>7}")
            for way, yahoo in WAYS.items():
                shutil.copytree(folder / "kept", folder / way)
                shutil.rmtree(folder / way / "pace")
                evening(server, given.burst, given.rate)
                taken[way], digest = fetched(server, firms, yahoo, folder / way)
                digests.add(digest)
                print(f"{way:<26}{taken[way]:>8.1f}  {told(server)}", flush=True)
            assert len(digests) == 1, "the ways do not agree"
            evening(server, given.burst, given.rate)
            started = time.perf_counter()
            logging.getLogger("yfinance").setLevel(logging.CRITICAL)
            warnings.simplefilter("ignore")
            together = yfinance.download(
                firms, start="2023-12-01", session=server.session(), progress=False
            )
            missing = int(together["Close"].isna().all().sum())
            seconds = time.perf_counter() - started
            print(f"{'yf.download of all':<26}{seconds:>8.1f}  {told(server)}", end="")
            print(f"  ({missing} firms left out)")
            ratios = [f"{taken[way] / taken['in batches']:.1f} × {way}" for way in WAYS]
            print(f"In batches is faster: {', '.join(ratios[:2])}; all left the same bytes.")


if __name__ == "__main__":
    main()
