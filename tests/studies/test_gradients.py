"""The study of gradients, in small."""

from __future__ import annotations

from typing import Any

import pytest
from universe import windowed

from pipeline.settings.window import Window
from pipeline.studies import gradients

SMALL = {"seeds": 2, "steps": 2}


def cell(name: str) -> dict[str, Any]:
    (found,) = (cell for cell in gradients.design(full=False) if cell["cell"] == name)
    return {**found, **SMALL}


def test_cells_have_names_of_their_own_and_more_seeds_in_full() -> None:
    few, many = gradients.design(full=False), gradients.design(full=True)
    assert len({cell["cell"] for cell in few}) == len(few) == len(many) == 16
    assert {cell["seeds"] for cell in few} == {10}
    assert {cell["seeds"] for cell in many} == {30}


def test_an_elman_network_is_within_its_bounds_at_the_start_and_trained() -> None:
    panel = windowed(Window(lookback=10), firms=4, days=200)
    rows = gradients.measure(cell("elman, default"), panel)
    assert len(rows) == 2 * 2 * len(gradients.LAGS)
    for row in rows:
        assert row["log_norm"] <= row["log_sloped"] + 1e-9 <= row["log_bound"] + 2e-9
        if row["when"] == "start":
            assert row["log_bound"] == pytest.approx(0.0, abs=1e-5)  # an orthogonal matrix
    far = {(row["seed"], row["when"]): row["log_norm"] for row in rows if row["lag"] == 40}
    assert len(set(far.values())) == 4


def test_on_growth_it_is_told_by_epoch_beside_the_day_itself(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    less = {"epochs": 1, "sequences_per_epoch": 64, "sequence": 21}
    monkeypatch.setattr(gradients, "SECTION", gradients.SECTION | less)
    panel = windowed(Window(lookback=10), firms=4, days=200)
    rows = gradients.measure({**cell("elman on growth"), "seeds": 1}, panel)
    assert [(row["epoch"], row["lag"]) for row in rows] == [
        (epoch, lag) for epoch in (0, 1) for lag in gradients.GROWTH_LAGS
    ]
    for row in rows:
        assert (row["log_norm"] == 0.0) == (row["lag"] == 0)
        if 0 < row["lag"] < row["reach"]:
            assert row["log_norm"] >= -2.0
