"""Networks of a crowd learn, each on its own, and leave when they have."""

import numpy as np
import pytest

from pipeline.studies.populations.descent import ENOUGH, Crowd
from pipeline.studies.populations.norms import clip_whole
from pipeline.studies.tasks import TASKS

TASK = TASKS["temporal_order"]


def _trained(seeds: int, steps: int, weight: float = 0.0) -> Crowd:
    crowd = Crowd(TASK, 10, seeds, norm=1.0, weight=weight)
    for _ in range(steps):
        gradient = crowd.gradient()
        crowd.step(gradient, clip_whole(gradient, 1.0), 0.3)
    crowd.test(steps)
    return crowd


def test_who_has_learned_leaves():
    crowd = _trained(2, 300)
    rows = crowd.rows()
    assert [row["solved"] for row in rows] == [True, True]
    assert [row["taken"] for row in rows] == [300, 300]
    assert max(row["wrong"] for row in rows) < ENOUGH
    assert len(crowd.there) == 0
    assert min(row["least_cosine"] for row in rows) == pytest.approx(1.0)
    assert all(0.0 < row["above"] < 1.0 and row["kept"] < 1.0 for row in rows)


def test_a_seed_does_not_depend_on_how_many_there_are():
    two, three = _trained(2, 5, weight=1.0), _trained(3, 5, weight=1.0)
    for own, other in zip(two.weights, three.weights, strict=True):
        assert own == pytest.approx(other[:2], abs=1e-6)
    assert two.rows() == [
        {name: pytest.approx(value, abs=1e-5) for name, value in row.items()}
        for row in three.rows()[:2]
    ]


def test_who_is_lost_leaves_unsolved():
    crowd = Crowd(TASK, 10, 2, norm=1.0, weight=0.0)
    crowd.weights.recurrent[1] = np.nan
    crowd.step(crowd.gradient(), crowd.gradient(), 0.1)
    crowd.test(1)
    assert crowd.there.tolist() == [0]
    assert crowd.ends[1]["solved"] is False
