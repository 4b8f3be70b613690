"""What networks remember is measured as the design says, on every task that they can be asked."""

import numpy as np

from models.catalogue import RECURRENT
from pipeline.studies import memory
from pipeline.studies.learning.learning import BLOCK, HELD_OUT
from pipeline.studies.study import FULL_SEEDS, SEEDS
from pipeline.studies.tasks import TASKS


def test_all_architectures_are_asked_alike():
    cells = memory.design(False)
    assert len({cell["cell"] for cell in cells}) == len(cells)
    alike = [cell for cell in cells if len(cell["tasks"].split()) > 1]
    assert [cell["network"] for cell in alike] == list(RECURRENT)
    assert len({(cell["days"], cell["budget"], cell["seeds"]) for cell in alike}) == 1
    assert all(cell["seeds"] == SEEDS and cell["budget"] % BLOCK == 0 for cell in cells)
    assert all(cell["seeds"] == FULL_SEEDS for cell in memory.design(True))
    # A bidirectional network has seen the days after, so it may not answer on each of them.
    assert {cell["network"] for cell in alike if "copying" not in cell["tasks"]} == {
        "bidirectional"
    }


def test_a_row_a_task_start_and_seed():
    (cell,) = [cell for cell in memory.design(False) if cell["cell"] == "elman adding 60 days"]
    small = {**cell, "days": 4, "starts": "default orthogonal", "budget": BLOCK, "seeds": 2}
    rows = memory.measure(small)
    assert rows.groupby("start", sort=False)["seed"].apply(list).to_dict() == {
        "default": [0, 1],
        "orthogonal": [0, 1],
    }
    assert not set(rows) & set(cell)
    assert rows["loss"].nunique() == 4
    assert (rows["share"] == rows["loss"] / TASKS["adding"].naive(4)).all()
    # 16 (16 + 2 + 1) of the layer, 3 (16 + 1) of the head.
    assert (rows["parameters"] == 355).all()
    # It has learned something, and less than the noise of its test would hide is left of a mean.
    assert (rows["share"] < 1.0 - 3.0 / np.sqrt(HELD_OUT)).all()
