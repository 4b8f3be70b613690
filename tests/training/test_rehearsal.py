"""With `train.rehearse`, validation chooses the epochs of the refit by the refit itself."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from fits import PANEL, SMALL, Listener

from pipeline.outputs import Windowed
from pipeline.settings.train import Train
from pipeline.training import train as training
from pipeline.training.refit import FEWEST

SECTION = Train(
    epochs=3,
    sequence=40,
    batch_size=16,
    refit_batch_size=2,
    sequences_per_epoch=32,
    burn_in=4,
    learning_rate=0.02,
    rehearse=True,
)


def rehearsed(panel: Windowed) -> tuple[list[Any], Any, Listener]:
    """Train with a rehearsal; return what both fits gave, the training, and what was told."""
    diaries, first = [], training.fit

    def fit(*given: Any, **told: Any) -> Any:
        diaries.append((given[1], first(*given, **told)))
        return diaries[-1][1]

    listener = Listener()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(training, "fit", fit)
        return diaries, training.train(SECTION, SMALL, panel, watch=listener), listener


@pytest.fixture(scope="module")
def plainly() -> tuple[list[Any], Any, Listener]:
    """A training with a rehearsal on the panel as it is."""
    return rehearsed(PANEL)


def test_the_refit_lasts_as_long_as_its_rehearsal_validated_best(
    plainly: tuple[list[Any], Any, Listener],
) -> None:
    fits, done, listener = plainly
    (plain, chosen), (rehearsal, again) = fits
    assert done.summary["best_epoch"] == chosen.best_epoch
    assert done.summary["refit_epochs"] == again.best_epoch
    # What is rehearsed is the refit: its steps, and growth without what a day's firms share.
    assert (plain.batch_size, rehearsal.batch_size) == (16, FEWEST)
    assert plain.factors is None
    assert np.ptp(rehearsal.factors.factor) > 0.0
    # The training's own history is that of its first fit; the rehearsal is told as steps.
    pd.testing.assert_frame_equal(done.history, chosen.history)
    told = [step for step in listener.steps if step[0] == "rehearse"]
    assert [done for _, done, _ in told] == list(range(1, len(again.history) + 1))
    assert sum(step[0] == "refit" for step in listener.steps) == again.best_epoch


def test_a_rehearsal_learns_from_training_days_alone(
    plainly: tuple[list[Any], Any, Listener], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(training, "refit", lambda *_, **__: None)  # which learns from all of them
    # Growth of validation days is three times what it was: what is learned must be the same.
    growth = PANEL.growth.copy()
    growth[:, PANEL.fold.train[1] + PANEL.fold.horizon :] *= 3.0
    losses = [
        fits[1][1].history[["loss", "gradient_norm"]]
        for fits, *_ in (plainly, rehearsed(replace(PANEL, growth=growth)))
    ]
    pd.testing.assert_frame_equal(*losses)
