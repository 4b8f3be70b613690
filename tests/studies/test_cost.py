"""A cell of the study of costs is measured on the engine itself: seconds grow as the days do."""

from __future__ import annotations

import pytest

from pipeline.studies import cost
from pipeline.studies.law import exponent

BATCH = 128
"""Products take nearly all of the time there: launches weigh little, and caches hold neither."""
CELL = {"architecture": "lstm", "varied": "days", "full": False}
TRIES = 6


@pytest.mark.parametrize(
    ("within", "lengths", "budget"),
    [
        # Beside neighbours, whose caches and clocks are shared.
        pytest.param(0.4, (64, 256), 0.3, id="roughly", marks=pytest.mark.full),
        pytest.param(0.1, (128, 512), 1.0, id="closely", marks=pytest.mark.full),
    ],
)
def test_seconds_grow_as_the_days_do(within, lengths, budget, monkeypatch):
    monkeypatch.setitem(cost.SIZES, "days", lengths)
    monkeypatch.setitem(cost.USUAL, "batch", BATCH)
    fastest: dict[tuple[str, int], float] = {}
    found: dict[str, float] = {}
    # Neighbours on the machine make readings longer, and none shorter: what is fastest over
    # several tries is nearest to the truth, and one try is enough where the machine is quiet.
    for _ in range(TRIES):
        for row in cost.measure(CELL | {"budget": budget}):
            assert 0.0 < row["quarter"] <= row["seconds"] <= row["three_quarters"]
            assert row["turns"] >= 3
            assert row["limit"] > 1e9
            key = (row["way"], row["days"])
            fastest[key] = min(row["fastest"], fastest.get(key, row["fastest"]))
        for way in ("forward", "training"):
            found[way] = exponent(lengths, [fastest[way, days] for days in lengths])[0]
        if all(abs(one - 1.0) < within for one in found.values()):
            break
    assert found == pytest.approx({"forward": 1.0, "training": 1.0}, abs=within)
