"""How soon the analyst's page shows an answer in Debian's chromium, served and as one file.

usage: PYTHONPATH=.browser/site python benchmarks/page.py [--firms 1000] [--days 2500] [--opened 5]

`make browser` installs what drives the browser, which must be there. The firms are those of
benchmarks/service.py. Printed are, each the median of some:

- **opened**: seconds from an address to a table of peers that is visible (bar: 1 s);
- **changed**: seconds from a click on a peer to its own table, not asked before (bar: 0.2 s);
- both for `firmament export page`, too, with the seconds that it takes and its size (bar: 8 MB).
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from service import asked, free, store

BARS = {"opened": 1.0, "changed": 0.2, "megabytes": 8.0}
TABLE = "#peers tbody tr"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--firms", type=int, default=1000)
    parser.add_argument("--days", type=int, default=2500)
    parser.add_argument("--opened", type=int, default=5)
    given = parser.parse_args()
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory() as name, sync_playwright() as driver:
        folder, file, port = Path(name) / "store", Path(name) / "firms.html", free()
        store(folder, given.firms, given.days)
        browser = driver.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        root = ["--data-root", str(folder)]
        command = [sys.executable, "-m", "pipeline"]
        with subprocess.Popen([*command, "serve", "--port", str(port), *root]) as process:
            try:
                wait(port)
                told("served", browser, f"http://127.0.0.1:{port}/", given.opened)
            finally:
                process.terminate()
        started = time.perf_counter()
        subprocess.run([*command, "export", "page", str(file), *root], check=True)
        print(f"{'file: seconds to write':28}{time.perf_counter() - started:8.1f}")
        size = file.stat().st_size / 1e6
        print(f"{'file: megabytes':28}{size:8.2f}  (bar {BARS['megabytes']:g})")
        told("file", browser, file.as_uri(), given.opened)
        browser.close()


def wait(port: int) -> None:
    """Wait until a service answers."""
    while True:
        try:
            asked(port, ["F00000"])
            return
        except OSError:
            time.sleep(0.05)


def told(name: str, browser: Any, address: str, times: int) -> None:
    """Open the page some times, change the firm, and print how long that took."""
    opened, changed = [], []
    for number in range(times):
        page = browser.new_page()
        started = time.perf_counter()
        page.goto(f"{address}?symbol=F{7 * number + 3:05d}")
        page.wait_for_selector(TABLE)
        opened.append(time.perf_counter() - started)
        page.wait_for_load_state("networkidle")
        link = page.locator("#peers td button").first
        symbol = link.inner_text()
        started = time.perf_counter()
        link.click()
        page.wait_for_selector(f"h2:has-text('{symbol}')")
        changed.append(time.perf_counter() - started)
        page.close()
    for what, found in (("opened", opened), ("changed", changed)):
        print(f"{f'{name}: {what}':28}{np.median(found):8.3f}  (bar {BARS[what]:g})")


if __name__ == "__main__":
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    main()
