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
from pathlib import Path


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
    print(json.dumps({"date": asked.date, "step": asked.step, "models": ["gru", "lstm"]}))
    return 0


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
