"""What a run tells of its prices, in one line and as plain values."""

from __future__ import annotations

import json
from datetime import date

import numpy as np
import pandas as pd
import pytest
import universe

from pipeline.ingest.ingest import ingest
from pipeline.ingest.summary import sentence, understood
from pipeline.outputs import Json
from pipeline.settings.ingest import Ingest
from pipeline.sources.source import Raw, firms_table
from pipeline.watch import Silence


@pytest.fixture(scope="module")
def quality() -> Json:
    growth = universe.growth_panel(firms=5, days=330)
    prices = universe.prices(growth)
    prices.loc[3, "close"] = -1.0
    first = prices["symbol"].iloc[0]
    young = prices["symbol"].ne("F04") | (np.arange(len(prices)) % 330 < 20)
    firms = firms_table(pd.DataFrame({"symbol": [first, "F01", "GONE"], "sector": "Energy"}))
    raw = Raw(prices[young], firms, [], {"shape": "long table", "written": "", "listed": 3})
    section = Ingest(calendar="24/5")
    return ingest(section, raw, "files:mine", today=date(2030, 1, 1), watch=Silence()).quality


def test_the_line_tells_shape_firms_days_faults_and_who_is_set_apart(quality: Json) -> None:
    told = sentence(quality)
    assert told.startswith(f"files:mine, long table: 4 firms, {quality['first']} to ")
    assert "nonpositive 1" in told
    assert "1 firm set apart: F04 (short)" in told
    assert told.endswith("2 of 3 rows of the table of firms match.")
    assert f"{quality['rows_kept']:,} of {quality['rows_read']:,} rows kept" in told


def test_plain_values_say_the_same(quality: Json) -> None:
    told = understood(quality)
    assert json.loads(json.dumps(told)) == told
    assert told["faults"]["nonpositive"] == 1
    assert list(told["set_apart"]) == ["F04"]
    assert (told["listed"], told["matched"], told["firms"]) == (3, 2, 4)
