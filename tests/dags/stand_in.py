"""Stands in for the command `firmament daily` where the schedule alone is tested.

It writes down how it was called, in `calls.jsonl` of the folder it was called in, and says what
firmament would say. A file `faults.json` there tells it what to do otherwise: of a step, such as
`ingest` or `train lstm`, how often it is still to fail, or by which signal it is to have its task
stopped.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import time
from datetime import date, timedelta
from pathlib import Path
from typing import Any

FOUND: dict[str, dict[str, Any]] = {
    "ingest": {"source": "files:prices", "firms": 20, "notes": []},
    "window": {"models": ["gru", "lstm"]},
    "promote": {"outcome": "held", "champion": "3", "run_id": "b" * 32},
    "publish": {
        "version": "3",
        "model": "gru",
        "run_id": "a" * 32,
        "firms": 20,
        "scores": {"crps": 2.5},
        "folder": "data/store/stages/edition/1",
        "decision": {"outcome": "held"},
    },
}
"""What steps find, beside the day and their name."""


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("command", choices=["daily"])
    parser.add_argument("--date", required=True)
    parser.add_argument("--step", required=True)
    parser.add_argument("--model")
    parser.add_argument("--format", required=True, choices=["json"])
    parser.add_argument("--config")
    asked = parser.parse_args()
    name = " ".join(filter(None, (asked.step, asked.model)))
    call = {"step": name, "date": asked.date, "config": asked.config, "seen": seen()}
    with Path("calls.jsonl").open("a") as calls:
        print(json.dumps(call), file=calls)
    print(f"{name} of {asked.date} begins", file=sys.stderr, flush=True)
    place = Path("faults.json")
    faults = json.loads(place.read_text()) if place.exists() else {}
    fault = faults.get(name, 0)
    if isinstance(fault, str):
        stop(asked.date, signal.Signals[fault])
    elif fault:
        faults[name] -= 1
        place.write_text(json.dumps(faults))
        print("firmament: The source has no prices yet.", file=sys.stderr)
        return 2
    print("A line that is no result")
    session = session_of(date.fromisoformat(asked.date))
    print(json.dumps({"date": session, "step": asked.step, **found(asked.step, session)}))
    return 0


def session_of(day: date) -> str:
    """Give a day, or the Friday before where it is of a weekend."""
    return str(day - timedelta(days=max(0, day.weekday() - 4)))


def found(step: str, session: str) -> dict[str, Any]:
    """Give what a step finds; `publish` leaves a later day that was published before."""
    if step != "publish":
        return FOUND.get(step, {})
    place = Path("published")
    latest = place.read_text() if place.exists() else ""
    if latest > session:
        return {"published": latest}
    place.write_text(session)
    return {"published": session, **FOUND["publish"]}


def seen() -> list[str]:
    """Name the environment's variables that firmament has no business with."""
    return [key for key in os.environ if "AIRFLOW" in key or key == "PYTHONPATH"]


def stop(day: str, number: signal.Signals) -> None:
    """Start a process, write down its id and this one's, stop the task, and wait to be stopped."""
    child = subprocess.Popen(["sleep", "600"])
    Path(f"{day}.json").write_text(json.dumps([os.getpid(), child.pid]))
    os.kill(os.getppid(), number)
    time.sleep(600)


if __name__ == "__main__":
    sys.exit(main())
