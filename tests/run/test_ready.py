"""What is checked before any work: quickly, without MLflow, and changing nothing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from command import lay_out_tracking

from pipeline.errors import StoreError
from pipeline.run import space
from pipeline.run.ready import check_ready
from pipeline.settings.settings import Settings
from pipeline.watch import Silence


def settings(folder: Path) -> Settings:
    return Settings(
        data_root=str(folder / "store"), tracking_uri=f"sqlite:///{folder}/mlruns/mlflow.db"
    )


def test_where_nothing_is_yet_nothing_is_made(tmp_path: Path) -> None:
    check_ready(settings(tmp_path), Silence())
    assert list(tmp_path.iterdir()) == []


def test_a_disk_that_is_all_but_full_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(space, "NEED", 1e9)
    with pytest.raises(StoreError, match=r"GiB are free on the disk of the store .*a run needs"):
        check_ready(settings(tmp_path), Silence())


def test_the_address_alone_is_read_where_nothing_is_tracked(tmp_path: Path) -> None:
    down = settings(tmp_path).model_copy(update={"tracking_uri": "http://127.0.0.1:9"})
    check_ready(down, Silence(), tracked=False)
    with pytest.raises(StoreError, match="No MLflow server answers"):
        check_ready(down, Silence())


def test_mlflow_is_not_loaded_for_it(tmp_path: Path) -> None:
    lay_out_tracking(tmp_path)
    script = f"""
import sys, time
from pipeline.run.ready import check_ready
from pipeline.settings.settings import Settings
from pipeline.watch import Silence
uri = "sqlite:///{tmp_path}/mlruns/mlflow.db"
settings = Settings(data_root="{tmp_path}/store", tracking_uri=uri)
begin = time.process_time()
check_ready(settings, Silence())
assert time.process_time() - begin < 0.2, time.process_time() - begin
assert not {{"mlflow", "sqlalchemy", "requests"}} & set(sys.modules)
"""
    subprocess.run([sys.executable, "-c", script], check=True)
