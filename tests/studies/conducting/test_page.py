"""A study's page tells question, answer, figures with intervals, and conditions."""

from __future__ import annotations

import numpy as np
import pandas as pd
from dice import DICE, conclude, design, measure

from pipeline.studies.conducting.page import figure_grid, page, row_grid
from pipeline.studies.study import Figure


def test_page_tells_everything():
    measured = pd.concat([pd.DataFrame(measure(cell)).assign(**cell) for cell in design(False)])
    found = conclude(measured)
    told = page(DICE, found, {"cells": "2"})
    for text in (DICE.question, found.answer, "A die is fair.", "figure-distance", "10 throws"):
        assert text in told
    assert told == page(DICE, found, {"cells": "2"})


def test_what_is_no_matter_of_chance_has_no_interval():
    exact, drawn = figure_grid(
        [Figure("ratio", 2.0, 2.0, 2.0), Figure("slope", 1.01234, 0.9, 1.1, "nats")]
    ).rows
    assert [cell.text for cell in exact.cells] == ["ratio", "2", "–"]
    assert [cell.text for cell in drawn.cells] == ["slope", "1.012 nats", "0.9 to 1.1 nats"]


def test_rows_are_written_by_their_kind():
    rows = pd.DataFrame(
        {"network": ["gru"], "units": [1024], "error": [np.nan], "solved": [True], "low": [0.5]}
    )
    grid = row_grid(rows)
    assert grid.words == 1
    assert [cell.text for cell in grid.rows[0].cells] == ["gru", "1,024", "–", "yes", "0.5"]
