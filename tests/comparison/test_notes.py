"""Notes of a comparison in MLflow, which have no more room than MLflow gives them."""

import pandas as pd

from pipeline.comparison.compare import Cell
from pipeline.comparison.notes import MOST, Links, parent_note
from pipeline.evaluation.ladder import Rung
from pipeline.outputs import Compared


def test_a_note_with_too_many_trainings_leaves_them_to_its_rows() -> None:
    board = pd.DataFrame(columns=["name"])
    found = Compared(board, board, board, board, board, {"verdict": "Won.", "folds": []}, "")
    links = Links("1", "b" * 32)
    for seeds, told in ((2, True), (200, False)):
        trained = {Cell(Rung("gru"), seed, 1, None): "a" * 32 for seed in range(seeds)}  # type: ignore[arg-type]
        note = parent_note(found, links, {}, trained, "1")
        assert ("seed 1 fold 1" in note) == told
        assert ("Each row links to its trainings." in note) != told
        assert len(note) <= MOST
