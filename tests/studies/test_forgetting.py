"""Readers with and without a memory: cells are measured alike whenever they are."""

from dataclasses import replace

import pytest
from universe import windowed

from pipeline.studies.forgetting import design, measure

PANEL = windowed(firms=4, days=150)
LEAST = {"seeds": 2, "steps": 50, "epochs": 1, "sequences_per_epoch": 32}


def cell(name: str) -> dict[str, object]:
    (found,) = [dict(one) for one in design(full=False) if one["cell"] == name]
    return found | {key: value for key, value in LEAST.items() if key in found}


def test_every_reader_is_asked_alike() -> None:
    for full in (False, True):
        cells = design(full)
        assert len({one["cell"] for one in cells}) == len(cells)
        for asked in ("task", "days", "inputs", "steps", "epochs"):
            readers = {one.get(asked): set() for one in cells if asked in one}
            for one in cells:
                if asked in one:
                    readers[one[asked]].add(one["reader"])
            assert all(own == {one["reader"] for one in cells} for own in readers.values())
        spans = {one["days"] for one in cells if "days" in one}
        assert min(spans) <= 10 < max(spans)  # within the window, and beyond it


def test_growth_is_measured_from_the_day_alone_without_features() -> None:
    bare = replace(PANEL, features=PANEL.features[..., :0])
    first, second = measure(cell("growth from the day alone, a day"), bare)
    assert (first["seed"], second["seed"]) == (0, 1)
    assert first["crps"] != second["crps"]
    assert first["firms"] == 4
    assert first["first"] == str(PANEL.dates[PANEL.fold.valid[0] + 1])


def test_a_task_is_measured_against_what_is_known_without_memory() -> None:
    first, second = measure(cell("adding over 10 days, linear"), PANEL)
    assert first["share"] != second["share"]
    # So short a training only begins to learn.
    assert min(first["share"], second["share"]) > 0.8
    assert not first["solved"]
    assert first["share"] == pytest.approx(1.0, abs=0.5)
