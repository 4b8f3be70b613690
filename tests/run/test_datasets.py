"""Digests of datasets tell whether two networks were judged on the same firm-days."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

import numpy as np
import pytest
import universe

from pipeline.outputs import Grown, Windowed
from pipeline.panel.windows import window
from pipeline.run.datasets import TEST, TRAINING, VALIDATION, datasets
from pipeline.run.flow import Flow
from pipeline.settings.window import Window

GROWN = Grown(universe.growth_panel(firms=4, days=400), {})
WINDOW = Window(lookback=20)


class Stand:
    """Of a flow, what datasets are told of."""

    class source:  # noqa: N801
        name, describe = "planted", "Planted."

    def __init__(self, windowed: Windowed) -> None:
        self.windowed = windowed

    def made(self, _: type) -> Windowed:
        return self.windowed


def digests(section: Window = WINDOW, grown: Grown = GROWN) -> dict[str, str]:
    parts = datasets(cast("Flow", Stand(window(section, grown))))
    return {context: part.digest for context, part in parts.items()}


def test_the_parts_of_a_fold_are_told_apart() -> None:
    windowed = window(WINDOW, GROWN)
    parts = datasets(cast("Flow", Stand(windowed)))
    assert [part.context for part in parts.values()] == [TRAINING, VALIDATION, TEST]
    assert parts[TEST].name == "planted test"
    assert len({part.digest for part in parts.values()}) == 3
    first, stop = windowed.fold.test
    profile = parts[TEST].profile
    assert profile["first"] == str(windowed.dates[first + 1])
    assert profile["sessions"] == stop - first
    growth = windowed.growth[:, first + 1 : stop + 1]
    assert profile["num_rows"] == int(np.isfinite(growth).sum())
    entity = parts[TEST].entity()
    assert '"growth"' in entity.dataset.schema
    assert [tag.value for tag in entity.tags] == ["test"]


def test_what_is_seen_of_a_day_changes_no_digest() -> None:
    assert digests(Window(lookback=20, features=("growth",))) == digests()


@pytest.mark.parametrize("other", [Window(lookback=21), Window(lookback=20, horizon=2)])
def test_which_days_are_judged_changes_them(other: Window) -> None:
    assert digests(other)[TEST] != digests()[TEST]


def test_a_growth_rate_changes_the_digest_of_its_part_alone() -> None:
    growth = GROWN.growth.copy()
    growth.iloc[-1, 0] += 1.0
    changed = digests(grown=replace(GROWN, growth=growth))
    assert changed[TEST] != digests()[TEST]
    assert changed[TRAINING] == digests()[TRAINING]
