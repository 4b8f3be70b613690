"""Universes are drawn as asked, and what follows is said of those that there are."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from universe import windowed

from pipeline.errors import ConfigError
from pipeline.features.features import SETS
from pipeline.settings.window import Window
from pipeline.studies import transfer

PANEL = windowed(Window(lookback=20), firms=12, days=1000)
CELL = {"firms": 5, "years": 2, "first_seed": 0}


def rows() -> pd.DataFrame:
    random = np.random.default_rng(0)
    factors = {
        (5, 2): {"zero-shot": 1.0, "fine-tuned": 0.99, "fresh": 1.05},
        (20, 5): {"zero-shot": 1.0, "fine-tuned": 1.0, "fresh": 0.98},
    }
    told = [
        {"firms": firms, "years": years, "seed": seed, "start": start, "moved": start == "fresh"}
        | {"crps": level * factor, "forecasts": 9}
        for (firms, years), starts in factors.items()
        for seed, level in enumerate(random.lognormal(sigma=0.2, size=10))
        for start, factor in starts.items()
    ]
    unasked = {"firms": 400, "years": 10, "seed": 0, "start": "", "crps": np.nan, "moved": False}
    return pd.DataFrame([*told, unasked])


def test_ratios_are_paired_by_draw():
    found = transfer.conclude(rows())
    table = found.rows.set_index(["firms", "years", "start"])
    assert table.loc[(5, 2, "fresh"), "ratio"] == pytest.approx(1.05)
    assert table.loc[(20, 5, "fresh"), "high"] == pytest.approx(0.98)
    assert table.loc[(5, 2, "fresh"), "draws"] == 10
    assert "fine-tuned is better on 5 firms and 2 years (0.9900)" in found.answer
    assert "fresh is better on 20 firms and 5 years (0.9800), and worse on 5 firms" in found.answer
    assert (
        "Not asked, for want of prices: universes of 100 or 400 firms or 10 years."
        in found.sentences
    )


def test_of_prices_that_are_too_few_nothing_is_claimed():
    nothing = rows()[lambda table: table["start"] == ""]
    found = transfer.conclude(nothing)
    assert found.rows.empty
    assert found.answer.startswith("No universe was large and long enough")
    (row,) = transfer.measure({**CELL, "firms": 400}, PANEL)
    assert row["start"] == ""


def test_a_universe_is_drawn_with_its_own_market_and_its_last_years():
    one, two = (transfer.drawn(PANEL, CELL, seed) for seed in (0, 1))
    assert len(one.symbols) == 5
    assert set(one.symbols) <= set(PANEL.symbols)
    assert one.symbols.tolist() != two.symbols.tolist()
    assert one.fold.train == (PANEL.fold.train[1] - 504, PANEL.fold.train[1])
    assert (one.fold.valid, one.fold.test) == (PANEL.fold.valid, PANEL.fold.test)
    assert one.names[:-1] == list(SETS["all"].always)
    place = one.names.index("market_growth")
    assert not np.array_equal(one.features[0, :, place], PANEL.features[0, :, place])
    firm = PANEL.symbols.tolist().index(one.symbols[0])
    np.testing.assert_array_equal(one.growth[0], PANEL.growth[firm])


@pytest.mark.full
def test_three_networks_are_judged_on_the_same_days(monkeypatch):
    monkeypatch.setattr(transfer, "TOGETHER", 1)
    found = pd.DataFrame(transfer.measure(CELL, PANEL))
    assert found["start"].tolist() == ["zero-shot", "fine-tuned", "fresh"]
    assert len(set(found["forecasts"])) == 1
    assert found["crps"].between(0.5, 10.0).all()
    assert len(set(found["crps"])) >= 2


def test_days_that_the_pretrained_network_saw_are_refused(monkeypatch):
    monkeypatch.setattr(transfer, "TOGETHER", 1)
    monkeypatch.setattr(transfer, "NETWORK", "linear")
    early = windowed(Window(lookback=20), firms=6, days=760)
    early.dates[:] = early.dates - np.timedelta64(2000, "D")
    with pytest.raises(ConfigError, match=r"has seen the days up to 2015-12-31.*give later days"):
        transfer.measure({**CELL, "years": 2}, early)
