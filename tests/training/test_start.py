"""A training may start from a network that was trained on other firms, unless it has seen days."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest
from fits import Listener
from universe import windowed

import models
from pipeline.outputs import Trained, Windowed
from pipeline.pretrained.pretrained import shipped
from pipeline.settings.model import Model
from pipeline.settings.train import Train
from pipeline.settings.window import Window
from pipeline.training.start import starts
from pipeline.training.train import train
from pipeline.watch import Silence

DAYS = 700
"""From January 2015 on: validation begins in 2017, after all that pretrained networks saw."""
PANEL = windowed(Window(lookback=20), firms=6, days=DAYS)
LINEAR = Model(name="linear")
PRETRAINED = shipped("linear", PANEL.names[:-1])
assert PRETRAINED is not None
QUICK = Train(
    epochs=2, sequence=60, batch_size=16, sequences_per_epoch=64, burn_in=4, learning_rate=0.01
)


def run(panel: Windowed = PANEL, watch: Any = None, **settings: Any) -> Trained:
    section = QUICK.model_copy(update=settings)
    return train(section, LINEAR, panel, watch=watch or Silence())


@pytest.fixture(scope="module")
def alone() -> dict[str, Trained]:
    """Trainings that start as they are told."""
    return {name: run(start=name) for name in ("pretrained", "fresh")}


def beginning(day: Any) -> Windowed:
    """A panel whose first validation target is on a day."""
    panel = windowed(Window(lookback=20), firms=6, days=DAYS)
    first = panel.dates[panel.fold.valid[0] + 1]
    moved = panel.dates + (np.datetime64(day) - first)
    return Windowed(**{**vars(panel), "dates": moved})


def test_what_it_may_start_from() -> None:
    both, reason = starts(QUICK, LINEAR, PANEL)
    assert [start.pretrained for start in both] == [PRETRAINED, None]
    assert reason is None
    # Fine-tuning takes few epochs of small steps.
    tuned, fresh = (start.section for start in both)
    assert (tuned.epochs, tuned.learning_rate) == (2, pytest.approx(0.001))
    assert fresh == QUICK
    for asked, pretrained in (("fresh", None), ("pretrained", PRETRAINED)):
        (only,), reason = starts(QUICK.model_copy(update={"start": asked}), LINEAR, PANEL)
        assert only.pretrained == pretrained
        assert reason is None


@pytest.mark.parametrize("asked", ["best", "pretrained"])
def test_days_that_it_saw_are_neither_for_choosing_nor_for_judging(asked: str) -> None:
    # A planted leak: the pretrained network has seen growth on the first validation day.
    section = QUICK.model_copy(update={"start": asked})
    seen = PRETRAINED.card.seen_to
    (only,), reason = starts(section, LINEAR, beginning(seen))
    assert only.pretrained is None
    assert reason is not None
    assert f"has seen the days up to {seen}" in reason
    assert f"validation begins on {seen}" in reason
    day_after, reason = starts(section, LINEAR, beginning(seen + timedelta(days=1)))
    assert day_after[0].pretrained == PRETRAINED
    assert reason is None


def test_a_run_that_may_not_start_from_it_starts_fresh_and_says_why(
    alone: dict[str, Trained],
) -> None:
    leaky = beginning(PRETRAINED.card.seen_to)
    said: list[str] = []
    watch = Silence()
    watch.note = said.append  # type: ignore[method-assign]
    found = run(leaky, watch)
    assert found.network == alone["fresh"].network  # which knows no dates
    (sentence,) = said
    assert sentence.startswith("The pretrained linear has seen the days up to 2015-12-31")
    assert sentence.endswith("the linear is trained from weights drawn anew.")
    assert found.summary["start"] == "fresh"
    assert found.summary["start_reason"] in sentence


@pytest.mark.parametrize(
    ("model", "window", "sentence"),
    [
        (Model(name="elman"), Window(lookback=20), "No pretrained elman comes with"),
        (LINEAR, Window(lookback=20, features=("raw",)), "No pretrained linear comes with"),
        (Model(name="gru", units=8), Window(lookback=20), "has model.units 64, not 8"),
        (LINEAR, Window(lookback=20, horizon=2), "forecasts 1 day ahead, not 2"),
    ],
    ids=["architecture", "inputs", "sizes", "horizon"],
)
def test_what_does_not_fit_starts_fresh(model: Model, window: Window, sentence: str) -> None:
    (only,), reason = starts(QUICK, model, windowed(window, firms=6, days=DAYS))
    assert only.pretrained is None
    assert reason is not None
    assert sentence in reason


def test_zero_shot_is_the_pretrained_network_as_it_came() -> None:
    # Growth of training days is six times what it was: what is learned of it is worse than nothing.
    growth = PANEL.growth.copy()
    growth[:, : PANEL.fold.train[1] + 1] *= 6.0
    found = run(replace(PANEL, growth=growth), start="pretrained", learning_rate=1.0)
    assert found.summary["start"] == "zero-shot"
    assert found.summary["pretrained"] == "linear-growth"
    assert found.summary["pretrained_to"] == "2015-12-31"
    assert (found.summary["best_epoch"], found.summary["refit_epochs"]) == (0, 0)
    ours, theirs = (models.from_bytes(content) for content in (found.network, PRETRAINED.network))
    for one, other in zip(ours.get_weights(), theirs.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)
    assert models.shape_of(ours) == models.shape_of(theirs)
    # Epoch 0 is what it came with; what was tried beside it is told.
    first = found.history.iloc[0]
    assert first["epoch"] == 0
    assert np.isnan(first["loss"])
    assert set(found.summary["starts"]) == {"zero-shot", "fine-tuned"}
    assert found.summary["starts"]["zero-shot"]["valid_loss"] == first["valid_loss"]


def test_fine_tuning_moves_from_it_by_small_steps(alone: dict[str, Trained]) -> None:
    found = alone["pretrained"]
    assert found.summary["start"] == "fine-tuned"
    assert found.summary["refit_epochs"] == found.summary["best_epoch"] > 0
    weights = [models.from_bytes(c).get_weights() for c in (found.network, PRETRAINED.network)]
    distance = [float(np.abs(a - b).max()) for a, b in zip(*weights, strict=True)]
    assert 0.0 < max(distance) < 0.5
    losses = found.summary["starts"]
    assert losses["fine-tuned"]["valid_loss"] < losses["zero-shot"]["valid_loss"]


def test_best_keeps_what_validates_best_and_tells_its_epochs_alone(
    alone: dict[str, Trained],
) -> None:
    listener = Listener()
    best = run(watch=listener)
    losses = {name: scores["valid_loss"] for name, scores in best.summary["starts"].items()}
    assert set(losses) == {"zero-shot", "fine-tuned", "fresh"}
    assert best.summary["start"] == min(losses, key=lambda name: losses[name])
    kept = alone["fresh" if best.summary["start"] == "fresh" else "pretrained"]
    assert best.network == kept.network
    timed = ["seconds", "targets_per_second"]
    pd.testing.assert_frame_equal(
        best.history.drop(columns=timed), kept.history.drop(columns=timed)
    )
    epochs = best.history["epoch"]
    assert [number for number, _ in listener.told] == epochs[epochs > 0].tolist()
    assert all(np.isfinite(list(metrics.values())).all() for _, metrics in listener.told)
