"""What is said of costs is what the seconds say, whichever way they went."""

import numpy as np
import pandas as pd
import pytest

from pipeline.studies.conclusions.cost import conclude
from pipeline.studies.cost import SIZES, USUAL, design
from pipeline.studies.law import Law, Sizes


def _rows(laws, varied=tuple(SIZES)):
    rows = [
        {"architecture": architecture, "way": way, "varied": name, **USUAL, name: size}
        for architecture, way in laws
        for name in varied
        for size in SIZES[name]
    ]
    for row in rows:
        sizes = Sizes(row["days"], row["units"], row["inputs"], row["batch"])
        key = (row["architecture"], row["way"])
        row["seconds"] = float(laws[key].seconds(*key, sizes))
        row |= {"quarter": row["seconds"], "three_quarters": row["seconds"]}
        row |= {"turns": 5, "limit": 2e11}
    return pd.DataFrame(rows)


def test_says_that_the_law_holds_where_it_does():
    law = Law(0.0, 0.0, 0.0, 1e-11)
    found = conclude(_rows({("gru", "forward"): law, ("gru", "training"): law}))
    assert "With T seconds grow with an exponent of 1.00 to 1.00" in found.answer
    assert "With H² + HI seconds grow with an exponent of 1.00 to 1.00" in found.answer
    assert found.answer.count("within 0.1 of the law's 1 in 2 of 2 passes") == 2
    assert "The law alone is 0% to 0% off" in found.answer
    figures = {figure.name: figure for figure in found.figures}
    assert figures["cost of one operation, GRU forward"].value == pytest.approx(10.0)
    # 10¹¹ operations a second, of 2 · 10¹¹.
    assert figures["share of the limit, GRU forward"].value == pytest.approx(0.5)
    assert len(figures) == len(found.figures)


def test_says_where_it_bends():
    law = Law(1e-3, 1e-5, 4e-9, 1e-11)
    found = conclude(_rows({("lstm", "forward"): law}))
    assert "of 1.00 to 1.00 once launch, days and gates are taken off" in found.answer
    figures = {figure.name: figure for figure in found.figures}
    assert figures["exponent of operations, LSTM forward"].value < 0.9
    units = law.balance("lstm", "forward", USUAL["inputs"], USUAL["batch"])
    assert f"LSTM forward {units:.0f} (" in " ".join(found.sentences)
    assert found.rows["law"].to_numpy() == pytest.approx(found.rows["seconds"].to_numpy())
    assert not any(sentence.startswith("Training over") for sentence in found.sentences)


def test_concludes_from_a_part_of_the_cells():
    found = conclude(_rows({("elman", "forward"): Law(1e-3, 0.0, 1e-9, 1e-11)}, ("inputs",)))
    assert "Too few sizes" in found.answer
    assert all(np.isfinite(figure.value) for figure in found.figures)


def test_design_times_each_network_in_all_ways():
    for full in (False, True):
        cells = pd.DataFrame(design(full))
        assert cells["cell"].is_unique
        assert len(cells) == 3 * len(SIZES)
