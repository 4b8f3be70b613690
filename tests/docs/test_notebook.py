"""The notebook of the documentation runs from top to bottom."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

import nbformat
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nursery import environment
from pages import DOCS, HOUSE

QUICK = {
    "FIRMAMENT_INGEST__START": "2021-06-01",
    "FIRMAMENT_TRAIN__EPOCHS": "1",
    "FIRMAMENT_TRAIN__SEQUENCES_PER_EPOCH": "16",
}
"""Settings that no cell gives: who reads the notebook waits for more days and epochs."""
NOTEBOOK = DOCS / "notebook.ipynb"


def test_the_notebook_is_kept_without_what_it_shows() -> None:
    cells = json.loads(NOTEBOOK.read_text())["cells"]
    assert not any(cell.get("outputs") or cell.get("execution_count") for cell in cells)


def test_the_notebook_runs(tmp_path: Path) -> None:
    docs = tmp_path / "docs"
    docs.mkdir()
    shutil.copytree(HOUSE / "data" / "sample", tmp_path / "data" / "sample")
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    # Sockets in a folder of its own: on a port of the machine, others could listen.
    kernel = AsyncKernelManager(transport="ipc", ip=str(tmp_path / "kernel"))
    kernel.kernel_spec.argv[0] = sys.executable
    client = NotebookClient(notebook, km=kernel, timeout=240)
    client.execute(cwd=str(docs), env=environment() | QUICK)
    shown = [out for cell in notebook.cells for out in cell.get("outputs", ())]
    kinds = [kind for out in shown for kind in out.get("data", ())]
    assert kinds.count("application/vnd.plotly.v1+json") == 3
    assert any("MSFT" in out.get("data", {}).get("text/html", "") for out in shown)
    assert (tmp_path / "data" / "quick" / "stages").is_dir()
