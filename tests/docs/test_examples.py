"""The examples of the documentation run."""

from __future__ import annotations

import doctest
import re
import sys
from pathlib import Path

import command
import pandas as pd
import pytest
import universe
from pages import HOUSE, PAGES, blocks, name, page, rows
from similarity import planted

from pipeline.forecaster.example import interface
from pipeline.forecaster.forecaster import About, write
from pipeline.outputs import Grown
from pipeline.registry.register import register
from pipeline.registry.versions import CHALLENGER, give_alias
from pipeline.run.universal_model import register_universal
from pipeline.settings.load import load
from pipeline.settings.window import Window
from pipeline.sources.firms import read_firms
from pipeline.sources.formats import read_prices
from pipeline.store import Store
from pipeline.watch import Silence

WITH_PYTHON = [path for path in PAGES if blocks(path, "python") and path.name != "CONTRIBUTING.md"]
"""Those of CONTRIBUTING.md are followed in `test_contributing`."""


@page
def test_example_tables_can_be_read(path: Path, tmp_path: Path) -> None:
    for body in blocks(path, "csv"):
        file = tmp_path / "AAPL.csv"
        file.write_text(body)
        table = (
            read_prices(file).prices if "date" in body.lower().split("\n")[0] else read_firms(file)
        )
        assert "AAPL" in set(table["symbol"])


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which `data/store` has a run on firms that are called as the sample's."""
    folder = tmp_path_factory.mktemp("docs")
    names = pd.read_csv(HOUSE / "data" / "sample" / "firms.csv")["symbol"]
    growth = universe.growth_panel(firms=len(names), days=1600)
    growth.columns = pd.Index(names, name="symbol")
    made = planted.embedded(Grown(growth, universe.grown().basis))
    kept = Store(folder / "data" / "store")
    kept.prepare()
    kept.write("embed", "planted", made, {})
    kept.record("a-run", {"run_id": "a-run", "fingerprints": {"embed": "planted"}})
    universe.prices(growth).to_parquet(folder / "prices.parquet")
    challenger(folder)
    settings = load(None, [], {"tracking_uri": command.tracker(folder).uri})
    register_universal(settings, Silence())
    return folder


def challenger(folder: Path) -> None:
    """Register a network that was never trained in the folder's `mlruns`."""
    import models

    features = Window().inputs(told=False)
    network = models.to_bytes(models.build("gru", features=len(features) + 1, units=4))
    files = write(folder, network, About("gru", features, 64, 1, (0.1, 0.9), "XNYS"))
    tracker = command.tracker(folder)
    tracker.start("docs", "planted", {}, {})
    asked = interface((0.1, 0.9), 64)
    give_alias(tracker, CHALLENGER, register(tracker, files, asked, "Planted.", {}))
    tracker.end("FINISHED")


@pytest.mark.parametrize("path", WITH_PYTHON, ids=name)
def test_python_examples_run(path: Path, store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(store)
    monkeypatch.setattr("sys.path", [*sys.path])  # MLflow puts a model's own code before it
    names: dict[str, object] = {}
    for number, body in enumerate(blocks(path, "python"), start=1):
        if ">>>" not in body:
            exec(compile(body, f"{path.name}, example {number}", "exec"), names)
            continue
        example = doctest.DocTestParser().get_doctest(body, names, path.name, None, None)
        said: list[str] = []
        doctest.DocTestRunner(verbose=False).run(example, out=said.append)
        assert not said, "".join(said)
    if "forecasts" in names:
        forecasts = names["forecasts"]
        assert isinstance(forecasts, pd.DataFrame)
        assert list(forecasts)[-3:] == ["q05", "q50", "q95"]
        columns = " ".join(row[0] for row in rows(path, "column"))
        assert set(forecasts) - {"q95"} == set(re.findall(r"\w+", columns))
