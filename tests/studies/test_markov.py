"""The study's cells are reproducible, and what it says follows its rows."""

import pandas as pd
import pytest

from pipeline.studies import markov
from pipeline.studies.sequences import forecasters
from tests.universe import windowed

PANEL = windowed()


def test_cells_have_names_of_their_own():
    for full in (False, True):
        cells = markov.design(full)
        assert len({cell["cell"] for cell in cells}) == len(cells)
        assert 8 <= len(cells) <= 40


def test_cells_are_measured_and_told(monkeypatch):
    monkeypatch.setattr(forecasters, "STEPS", 2)
    monkeypatch.setattr(forecasters, "STATES", (1, 3))
    monkeypatch.setattr(markov, "SEQUENCES", 6)
    cells = [{**cell, "seeds": 2, "starts": 1} for cell in markov.design(False)]
    wanted = ("hidden_markov", "lagged1_markov", "lagged1_gru", "growth_markov", "growth_gru")
    chosen = [cell for cell in cells if cell["cell"] in wanted]
    rows = [{**cell, **row} for cell in chosen for row in markov.measure(cell, PANEL)]
    assert markov.measure(chosen[0], PANEL) == markov.measure(chosen[0], PANEL)
    found = markov.conclude(pd.DataFrame(rows))
    assert "real growth" in found.answer
    assert [plot.name for plot in found.plots] == ["lags", "states", "growth"]
    best = found.rows[found.rows["model"] == markov.BEST].set_index("process")
    # A ninth of the bits in ten are flipped: 0.1 ln 10 + 0.9 ln (10/9).
    assert best.loc["lagged", "score"] == pytest.approx(0.3251, abs=1e-4)


def _lagged(lag, scores):
    return [
        {"process": "lagged", "lag": lag, "model": model, "parameters": 1, "seed": seed}
        | {"score": score + 0.001 * seed}
        for model, score in scores.items()
        for seed in range(3)
    ]


def test_the_answer_follows_the_rows():
    rows = _lagged(1, {"8 states": 0.3, markov.BEST: 0.3, "elman": 0.31})
    rows += _lagged(4, {"8 states": 0.6, markov.BEST: 0.3, "elman": 0.31})
    found = markov.conclude(pd.DataFrame(rows))
    assert "up to a lag of 1;" in found.answer
    assert "at lag 4 the nats above it are: 8 states 0.300" in found.answer
    assert "growth" not in found.answer
