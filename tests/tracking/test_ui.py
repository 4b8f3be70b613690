"""MLflow's UI: what is told where it cannot be served."""

from __future__ import annotations

import errno
import socket
import sys
from pathlib import Path

import pytest
from command import lay_out_tracking

from pipeline.errors import ConfigError, ServiceError
from pipeline.tracking import ui


def test_a_server_that_ends_by_itself_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    lay_out_tracking(tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with pytest.raises(ServiceError, match=r"has ended by itself \(status 1\)"):
        ui.serve(f"sqlite:///{tmp_path}/mlruns/mlflow.db", port)
    assert capfd.readouterr().out == ""


def test_a_port_of_the_system_s_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(port: int) -> OSError | None:
        return OSError(errno.EACCES, "Permission denied") if port < 1024 else None

    monkeypatch.setattr(ui, "_refusal", refuse)
    with pytest.raises(ConfigError, match=r"^The port 80 may be used by .*: give --port 5000"):
        ui._check_port(80)
