"""MLflow's UI."""

from __future__ import annotations

import os
import sys

from pipeline.errors import ConfigError
from pipeline.tracking.client import artifacts_of, open_client


def serve(uri: str, port: int) -> None:
    """Turn this process into MLflow's UI on a tracking store, with one worker, for this host.

    Raises
    ------
    ConfigError
        If the store is a server, which has a UI of its own.
    StoreError
        If the store cannot be opened.
    """
    if uri.startswith("http"):
        raise ConfigError(f"{uri} is an MLflow server: open that address in a browser.")
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    # Jobs are for judging language models; their five processes would only heat this machine.
    os.environ.setdefault("MLFLOW_SERVER_ENABLE_JOB_EXECUTION", "false")
    open_client(uri)
    command = [sys.executable, "-m", "mlflow", "ui", "--backend-store-uri", uri]
    command += ["--host", "127.0.0.1", "--port", str(port), "--workers", "1"]
    command += ["--allowed-hosts", f"127.0.0.1:{port},localhost:{port}"]
    artifacts = artifacts_of(uri)
    if artifacts is not None:
        command += ["--default-artifact-root", artifacts]
    print(f"MLflow UI: http://127.0.0.1:{port} (Ctrl-C ends it)", flush=True)
    os.execv(sys.executable, command)
