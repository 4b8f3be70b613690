"""Asking a registered forecaster as a stranger would: in a process of its own, or over HTTP."""

from __future__ import annotations

import ast
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pandas as pd
import requests
from command import Place, environment
from strangers import told

CHALLENGER = "models:/firmament-forecaster@challenger"
SCRIPT = """
import json, sys
import mlflow, pandas as pd
model = mlflow.pyfunc.load_model(sys.argv[1])
model.predict(pd.read_parquet("recent.parquet")).to_parquet("answer.parquet")
files = [module.__file__ for name, module in sys.modules.items()
         if name.partition(".")[0] in ("pipeline", "models")]
print(json.dumps(files))
"""


def loaded(
    place: Place, folder: Path, recent: pd.DataFrame, model: str = CHALLENGER
) -> tuple[pd.DataFrame, list[Path]]:
    """Load a model and ask it; also the files of firmament that were imported."""
    recent.to_parquet(folder / "recent.parquet")
    done = told(SCRIPT, model, folder=folder, **alone(place))
    assert done.returncode == 0, done.stderr
    files = json.loads(done.stdout.splitlines()[-1])
    return pd.read_parquet(folder / "answer.parquet"), [Path(file) for file in files]


@contextmanager
def served(place: Place, folder: Path, model: str = CHALLENGER) -> Iterator[str]:
    """Serve a model on the loopback; the address that answers."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "mlflow", "models", "serve", "-m", model]
    command += ["--env-manager", "local", "--host", "127.0.0.1", "--port", str(port)]
    kept = {key: value for key, value in environment().items() if key != "PYTHONPATH"}
    with (folder / "served.log").open("w") as log:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=kept | alone(place),
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # its workers end with it
        )
    address = f"http://127.0.0.1:{port}"
    try:
        _until_it_answers(process, address, folder / "served.log")
        yield f"{address}/invocations"
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def recent(growth: pd.DataFrame) -> pd.DataFrame:
    """Growth as a long table; gaps are NaN."""
    return growth.reset_index().melt("date", var_name="symbol", value_name="growth")


def body(recent: pd.DataFrame, **parameters: Any) -> dict[str, Any]:
    """Return what is posted: the table, its dates as text, and parameters."""
    table = recent.assign(date=recent["date"].dt.strftime("%Y-%m-%d"))
    split = json.loads(table.to_json(orient="split", index=False, double_precision=15))
    return {"dataframe_split": split, **({"params": parameters} if parameters else {})}


def imported(file: Path) -> Iterator[str]:
    """The modules that a file names in its imports, wherever they stand."""
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def _until_it_answers(process: subprocess.Popen[bytes], address: str, log: Path) -> None:
    end = time.monotonic() + 120
    while time.monotonic() < end:
        assert process.poll() is None, log.read_text()
        try:
            if requests.get(f"{address}/ping", timeout=5).ok:
                return
        except requests.ConnectionError:
            time.sleep(0.1)
    raise AssertionError(log.read_text())


def alone(place: Place) -> dict[str, str]:
    """What leads someone who has the packages, but no checkout, to the tracking store."""
    # MLflow looks up the server that it starts on the path.
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    mlflow = {"MLFLOW_TRACKING_URI": place.tracking_uri, "MLFLOW_DISABLE_TELEMETRY": "true"}
    return {**mlflow, "PATH": path}
