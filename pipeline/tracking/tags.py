"""The tags of runs: what they go by, and which code and whom they are of."""

from __future__ import annotations

import getpass
from pathlib import Path

from pipeline.logs import process

FINGERPRINT = "firmament.fingerprint"
"""Tag of the digest of everything that a run's numbers depend on."""
CLAIM = "firmament.claim"
"""Tag of the name that the run's process holds in the store for as long as it lives."""
PROCESS = "firmament.process"
"""Tag of the id of the process that started the run; its structured logs have it too."""
PARENT = "mlflow.parentRunId"
"""MLflow's tag of the run that a run stands below."""


def code_version() -> dict[str, str]:
    """Return the tags that say which code ran: version and, in a checkout, commit and state."""
    import subprocess

    from pipeline import __version__

    tags = {"firmament.version": __version__}
    folder = Path(__file__).parents[1]
    for tag, command in (
        ("mlflow.source.git.commit", ["git", "rev-parse", "HEAD"]),
        ("firmament.changed_files", ["git", "status", "--porcelain", "--", "..", ":!../mlruns"]),
    ):
        try:
            done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
        except (OSError, subprocess.CalledProcessError):
            return tags
        lines = done.stdout.splitlines()
        tags[tag] = lines[0] if tag.endswith("commit") else str(len(lines))
    return tags


def origin() -> dict[str, str]:
    """Return the tags that say who ran what."""
    tags = {"mlflow.source.name": "firmament", "mlflow.source.type": "LOCAL", PROCESS: process()}
    try:
        return tags | {"mlflow.user": getpass.getuser()}
    except (KeyError, OSError):
        return tags
