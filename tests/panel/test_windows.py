"""The panel, and that windows are cut out of it exactly."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import universe
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import ConfigError, InputError
from pipeline.features import trading
from pipeline.features.features import FROM_GROWTH, SETS
from pipeline.features.units import units
from pipeline.outputs import Grown
from pipeline.panel.windows import gather, window
from pipeline.settings.window import Window
from pipeline.training.batches import targets


def test_gaps_are_zero_with_observed_zero_and_targets_nan() -> None:
    grown = universe.grown()
    windowed = universe.windowed()
    gap = np.isnan(grown.growth.to_numpy().T)
    assert gap.any()
    assert windowed.names[-1] == "observed"
    np.testing.assert_array_equal(windowed.features[..., -1] == 0.0, gap)
    assert (windowed.features[gap] == 0.0).all()
    np.testing.assert_array_equal(np.isnan(windowed.growth), gap)


def test_growth_is_kept_beside_its_running_unit() -> None:
    windowed, growth = universe.windowed(), universe.grown().growth.to_numpy()
    assert windowed.growth.dtype == windowed.unit.dtype == windowed.features.dtype == np.float32
    np.testing.assert_array_equal(windowed.growth, growth.T.astype(np.float32))
    np.testing.assert_array_equal(windowed.unit, units(growth).T.astype(np.float32))


def test_a_target_is_growth_in_the_unit_at_the_origin() -> None:
    section = Window(lookback=20, horizon=3)
    windowed, growth = universe.windowed(section), universe.grown().growth.to_numpy()
    unit, firms = units(growth), np.arange(12)[:, None]
    origins = (150, 180)
    found = targets(windowed, firms, np.arange(*origins)[None], origins)
    for ahead in (1, 2, 3):
        later = growth[origins[0] + ahead : origins[1] + ahead]
        wanted = (later / unit[slice(*origins)]).T
        np.testing.assert_allclose(found[..., ahead - 1], wanted, rtol=1e-5)


def test_features_up_to_a_day_do_not_depend_on_later_days() -> None:
    grown = universe.grown()
    changed = grown.growth.copy()
    changed.iloc[351:] *= -3.0
    before = window(Window(lookback=20), grown)
    after = window(Window(lookback=20), Grown(changed, grown.basis))
    np.testing.assert_array_equal(before.features[:, :351], after.features[:, :351])
    np.testing.assert_array_equal(before.unit[:, :351], after.unit[:, :351])
    np.testing.assert_array_equal(before.growth[:, :351], after.growth[:, :351])


def test_ranges_and_volumes_are_seen_where_the_source_tells_them() -> None:
    grown = universe.grown()
    section = Window(lookback=20)
    traded = replace(grown, **universe.traded(grown.growth))
    windowed = window(section, traded)
    assert windowed.names == [*FROM_GROWTH, *trading.FEATURES, "observed"]
    seen = windowed.features[..., len(FROM_GROWTH) : -1]
    assert (np.abs(seen).sum(axis=(0, 1)) > 0.0)[: [*trading.FEATURES].index("event_quarter")].all()
    without = Window(lookback=20, traded=False)
    volumes = replace(grown, volumes=traded.volumes)
    for fewer in (window(without, traded), window(section, grown), window(section, volumes)):
        assert fewer.names == [*FROM_GROWTH, "observed"]


def test_raw_inputs_are_of_the_day_alone() -> None:
    grown, section = universe.grown(), Window(features=("raw",), lookback=20)
    four = ["growth", "absolute_growth", "market_growth", "market_dispersion"]
    assert window(section, grown).names == [*four, "observed"]
    traded = replace(grown, **universe.traded(grown.growth))
    found = window(section, traded)
    assert found.names == [*four, "day_range", "volume", "observed"]
    whole = window(Window(lookback=20), traded)
    np.testing.assert_array_equal(found.features[..., :2], whole.features[..., :2])
    assert window(section.model_copy(update={"traded": False}), traded).names[-2] == four[-1]


def test_sets_and_features_may_stand_together() -> None:
    raw = SETS["raw"]
    mixed = Window(features=("tail", "raw", "growth"))
    assert mixed.inputs(told=False) == ("tail", *raw.always)
    assert mixed.inputs(told=True) == ("tail", *raw.always, *raw.traded)
    both = Window(features=("raw", "all")).inputs(told=True)
    assert set(both) == {*FROM_GROWTH, *trading.FEATURES, "day_range"}
    assert len(both) == len(set(both))
    assert Window(features=("tail",)).inputs(told=True) == ("tail", *trading.FEATURES)


def test_a_source_without_ranges_or_volumes_is_told() -> None:
    grown = universe.grown()
    with pytest.raises(ConfigError, match="day_range is made of ranges and volumes"):
        window(Window(features=("raw",), traded=True), grown)
    section = Window(lookback=20, traded=True)
    with pytest.raises(ConfigError, match="the prices have no high and low and no volume: set"):
        window(section, grown)
    ranges = replace(grown, ranges=universe.traded(grown.growth)["ranges"])
    with pytest.raises(ConfigError, match=r"range_volatility_2 is made of .* have no volume: set"):
        window(section, ranges)
    with pytest.raises(
        ConfigError, match=r"volume_trend is made of .*: take it out of window\.features"
    ):
        window(Window(features=("growth", "volume_trend")), ranges)


@pytest.mark.parametrize("part", ["training", "validation", "test"])
def test_a_part_without_growth_is_refused(part: str) -> None:
    grown = universe.grown()
    fold = window(Window(lookback=20), grown).fold
    days = {"training": fold.training_days, "validation": slice(*fold.valid)}
    empty = grown.growth.copy()
    empty.iloc[days.get(part, slice(*fold.test))] = np.nan
    # An origin forecasts the day after it.
    empty.iloc[fold.valid[1] if part == "validation" else fold.test[1]] = np.nan
    with pytest.raises(InputError, match=f"No firm has a growth rate from .*, the {part} days"):
        window(Window(lookback=20), Grown(empty, grown.basis))


@given(
    data=st.data(),
    firms=st.integers(1, 5),
    days=st.integers(4, 30),
    length=st.integers(1, 4),
)
def test_gather_equals_slices(data: st.DataObject, firms: int, days: int, length: int) -> None:
    panel = np.arange(firms * days * 2, dtype=np.float32).reshape(firms, days, 2)
    pairs = data.draw(
        st.lists(
            st.tuples(st.integers(0, firms - 1), st.integers(0, days - length)),
            min_size=1,
            max_size=6,
        )
    )
    rows = np.array([pair[0] for pair in pairs])
    first = np.array([pair[1] for pair in pairs])
    cut = gather(panel, rows, first, length)
    for position, (firm, day) in enumerate(pairs):
        np.testing.assert_array_equal(cut[position], panel[firm, day : day + length])
