"""A cell of the study of costs is measured on the engine itself: seconds grow as the days do."""

import pytest

from pipeline.studies import cost
from pipeline.studies.law import exponent


def test_seconds_grow_as_the_days_do(monkeypatch):
    lengths = (256, 1024)  # launches weigh little, and all that is kept fits into caches
    monkeypatch.setitem(cost.SIZES, "days", lengths)
    rows = cost.measure({"architecture": "lstm", "varied": "days", "full": False, "budget": 1.0})
    for way in ("forward", "training"):
        own = [row for row in rows if row["way"] == way]
        assert [row["days"] for row in own] == list(lengths)
        assert all(0.0 < row["quarter"] <= row["seconds"] <= row["three_quarters"] for row in own)
        assert all(row["turns"] >= 3 and row["limit"] > 1e9 for row in own)
        # Neighbours on the machine make some readings longer, and none shorter.
        found = exponent(lengths, [row["fastest"] for row in own])[0]
        assert found == pytest.approx(1.0, abs=0.1)
