"""The study's cells are reproducible, and what it says follows its rows."""

import numpy as np
import pandas as pd

from pipeline.studies import optimisers
from pipeline.studies.contests import problems
from tests.universe import windowed

PANEL = windowed()


def _rows(cell):
    return [{**cell, **row} for row in optimisers.measure(cell, PANEL)]


def test_cells_have_names_of_their_own():
    for full in (False, True):
        cells = optimisers.design(full)
        assert len({cell["cell"] for cell in cells}) == len(cells)
        assert 8 <= len(cells) <= 40


def test_a_latch_and_growth_are_measured_and_told(monkeypatch):
    monkeypatch.setattr(problems, "RUNS", 4)
    cells = {cell["task"]: {**cell, "seeds": 2, "budget": 60} for cell in optimisers.design(False)}
    cells["latch"] |= {"cell": "short", "days": 10, "units": 2}
    rows = _rows(cells["latch"])
    again = pd.DataFrame(_rows(cells["latch"]))
    pd.testing.assert_frame_equal(pd.DataFrame(rows), again)
    growth = _rows({**cells["growth"], "budget": 6, "units": 2})
    assert all(0.0 < row["crps"] < 100.0 for row in growth)
    found = optimisers.conclude(pd.DataFrame([*rows, *growth]))
    assert "latch" in found.answer
    assert "real growth" in found.answer
    assert len({figure.name for figure in found.figures}) == len(found.figures)
    assert [plot.name for plot in found.plots] == ["sizes", "growth"]


def _latch(name, solved, seeds=20):
    return [
        {
            "cell": "latch",
            "task": "latch",
            "days": 200,
            "units": 4,
            "budget": 100,
            "optimiser": name,
            "seed": seed,
            "parameters": 29,
            "solved": seed < solved,
            "solved_in_steps": seed < solved,
            "passes": 9.0 if seed < solved else np.nan,
        }
        for seed in range(seeds)
    ]


def test_the_answer_follows_the_rows():
    far = optimisers.conclude(pd.DataFrame(_latch("guessing", 20) + _latch("gradients", 2)))
    assert far.answer.startswith("Yes where gradients vanish")
    near = optimisers.conclude(pd.DataFrame(_latch("guessing", 18) + _latch("gradients", 19)))
    assert near.answer.startswith("No search is clearly better")
