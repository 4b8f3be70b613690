"""What clipping does is measured, and what follows is said of the figures that came out."""

import numpy as np
import pandas as pd
import pytest

from pipeline.studies.clipping import TITLES, conclude, design, measure

CELL = {"days": 10, "rate": 0.3, "steps": 20, "seeds": 2}


def test_design_has_all_methods_at_all_rates():
    for full in (False, True):
        cells = pd.DataFrame(design(full))
        assert cells["cell"].is_unique
        assert cells["seeds"].min() >= 10
        assert (cells.groupby(["days", "rate"]).size() == len(TITLES)).all()


@pytest.mark.parametrize("method", TITLES)
def test_measures_what_clipping_does(method):
    rows = measure({"method": method, **CELL})
    assert rows == measure({"method": method, **CELL})
    kept, cosines = ([row[name] for row in rows] for name in ("kept", "cosine"))
    assert all(each == 1.0 if method == "plain" else each < 1.0 for each in kept)
    if method == "each":
        assert max(cosines) < 1.0
    else:
        assert cosines == pytest.approx([1.0, 1.0])


def _rows(rate=0.1, **solved):
    """Return ten trainings a method, some of which succeeded."""
    given = {"days": 20, "rate": rate, "steps": 100, "above": 0.5, "wrong": 0.1}
    return pd.DataFrame(
        {
            **given,
            "method": method,
            "seed": seed,
            "solved": seed < number,
            "taken": 50.0 + seed,
            "kept": 0.5,
            "cosine": 0.9 if method == "each" else 1.0,
            "least_cosine": 0.4 if method == "each" else 1.0,
        }
        for method, number in solved.items()
        for seed in range(10)
    )


def test_says_what_the_figures_say():
    found = conclude(_rows(plain=1, each=8, whole=9, constrained=10))
    assert found.answer.startswith("Yes: with the rate")
    assert "1 of 10" in found.answer
    assert "9 of 10" in found.answer
    assert "a difference (p = 0.0011" in found.answer  # 2 · (C(10,1) C(10,9) + 1) / C(20,10)
    text = " ".join(found.sentences)
    assert "cosine with the gradient is 0.900 on average" in text
    assert "the direction is kept" in text
    assert "of 1 trainings that succeeded without it, 1 did so" in text
    named = {figure.name: figure for figure in found.figures}
    figure = named["solved over 20 days, clipped, rate 0.1"]
    assert (figure.value, figure.low) == pytest.approx((0.9, 0.5958), abs=1e-4)
    assert len(named) == len(found.figures)
    assert found.rows["solved"].tolist() == [0.1, 0.8, 0.9, 1.0]


def test_claims_no_difference_where_none_is_shown():
    found = conclude(_rows(plain=8, whole=7))
    assert found.answer.startswith("It is not shown to help")
    assert "which shows no difference" in found.answer
    assert "loses some" in found.sentences[1]


def test_compares_within_lengths():
    # All succeed over 10 days and none over 30, so that the 20 days alone tell: 10 and 5 of 10,
    # 2 · C(15, 10) / C(20, 10) by Fisher's test.
    parts = [_rows(plain=10, whole=10), _rows(plain=5, whole=10), _rows(plain=0, whole=0)]
    rows = pd.concat(part.assign(days=days) for part, days in zip(parts, (10, 20, 30), strict=True))
    found = conclude(rows)
    assert found.answer.startswith("Yes")
    assert "15 of 30 trainings" in found.answer
    assert "(p = 0.033" in found.answer


def test_says_that_a_small_rate_would_do_as_well():
    found = conclude(pd.concat([_rows(0.01, plain=9, whole=9), _rows(0.2, plain=0, whole=10)]))
    assert found.answer.startswith("It lets descent take larger steps, and no more is shown")
    assert "own best rate (plain: 0.01)" in found.answer


def test_concludes_from_a_part_of_the_cells():
    found = conclude(_rows(constrained=4))
    assert "nothing to compare" in found.answer
    assert np.isfinite([figure.value for figure in found.figures]).all()
