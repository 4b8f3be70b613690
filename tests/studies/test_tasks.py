"""Tasks ask for what they say, and their analytic baselines are those of their draws."""

import numpy as np
import pytest

from pipeline.studies.tasks import COPIED, SYMBOLS, TASKS

DRAWN = 4000


@pytest.mark.parametrize("task", TASKS.values(), ids=lambda task: task.name)
def test_shapes_and_answers(task):
    shown, answers = task.draw(64, 30, np.random.default_rng(0))
    assert shown.shape[0] == 64
    assert shown.shape[2] == task.features
    assert shown.dtype == answers.dtype == np.float32
    if task.classes:
        assert set(np.unique(answers)) <= set(range(task.classes))
    again = task.draw(64, 30, np.random.default_rng(0))
    assert np.array_equal(shown, again[0])
    assert np.array_equal(answers, again[1])


def test_adding_by_hand():
    shown, answers = TASKS["adding"].draw(DRAWN, 11, np.random.default_rng(1))
    marked = shown[..., 1] == 1.0
    assert (marked[:, :5].sum(axis=1) == 1).all()
    assert (marked[:, 5:].sum(axis=1) == 1).all()
    assert answers == pytest.approx(np.where(marked, shown[..., 0], 0.0).sum(axis=1), abs=1e-6)
    assert np.var(answers) == pytest.approx(TASKS["adding"].naive(11), rel=0.05)


def test_recall_by_hand():
    shown, answers = TASKS["recall"].draw(DRAWN, 9, np.random.default_rng(6))
    day = shown.shape[1] - 1 - 9
    assert (shown[..., 1].sum(axis=1) == 1.0).all()
    assert (shown[:, day, 1] == 1.0).all()
    assert (shown[:, day, 0] == answers).all()
    assert np.var(answers) == pytest.approx(TASKS["recall"].naive(9), rel=0.05)


def test_copying_by_hand():
    shown, answers = TASKS["copying"].draw(8, 5, np.random.default_rng(2))
    symbols = shown.argmax(axis=2)
    assert shown.shape[1] == 5 + 2 * COPIED
    assert (symbols[:, :COPIED] == answers[:, -COPIED:]).all()
    assert (symbols[:, COPIED:] >= SYMBOLS).all()
    assert (symbols[:, -COPIED - 1] == SYMBOLS + 1).all()
    # Blank where it may be, and any of 8 symbols on ten days: ten times ln 8 over all days.
    assert TASKS["copying"].naive(5) == pytest.approx(10 * np.log(8) / 25)


def test_temporal_order_is_told_by_two_days():
    shown, answers = TASKS["temporal_order"].draw(DRAWN, 20, np.random.default_rng(3))
    symbols = shown.argmax(axis=2)
    told = [row[row < 2] for row in symbols]
    assert all(len(pair) == 2 for pair in told)
    assert [2 * first + second for first, second in told] == answers.tolist()
    assert np.bincount(answers.astype(int)) / DRAWN == pytest.approx(0.25, abs=0.03)


def test_parity_and_latch_by_hand():
    shown, answers = TASKS["parity"].draw(50, 7, np.random.default_rng(4))
    assert ((shown[..., 0] > 0).sum(axis=1) % 2 == answers).all()
    shown, answers = TASKS["latch"].draw(50, 7, np.random.default_rng(5))
    assert ((shown[:, 0, 0] > 0) == answers).all()
    assert set(np.abs(shown[:, 0, 0])) == {1.0}
