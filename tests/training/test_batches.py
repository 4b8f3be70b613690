import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from universe import windowed

from pipeline.errors import ConfigError
from pipeline.panel.splits import Fold
from pipeline.sections import Train, Window
from pipeline.training.batches import Sequences, Windows, targets

PANEL = windowed(Window(lookback=10, horizon=2), firms=5, days=200)
FOLD = Fold.from_json(PANEL.fold)


def naive(firm: int, day: int, origins: tuple[int, int]) -> list[float]:
    if not origins[0] <= day < origins[1]:
        return [np.nan, np.nan]
    return [PANEL.target[firm, day + 1], PANEL.target[firm, day + 2]]


def test_targets_are_the_days_ahead_of_origins_alone() -> None:
    target = np.array([[0.0, 1.0, 2.0, np.nan, 4.0]], np.float32)
    got = targets(target, np.array([0]), np.arange(5), (1, 3), 2)
    np.testing.assert_array_equal(
        got, [[np.nan] * 2, [2.0, np.nan], [np.nan, 4.0], [np.nan] * 2, [np.nan] * 2]
    )


@settings(max_examples=20, deadline=None)
@given(
    sequence=st.integers(1, 150),
    burn_in=st.integers(0, 30),
    batch=st.integers(1, 9),
    seed=st.integers(0, 99),
)
def test_a_batch_of_sequences_equals_naive_slicing(
    sequence: int, burn_in: int, batch: int, seed: int
) -> None:
    section = Train(sequence=sequence, burn_in=burn_in, batch_size=batch, seed=seed)
    batches = Sequences(PANEL, FOLD, section)
    for step in range(min(len(batches), 3)):
        features, target = batches[step]
        assert features.shape[:2] == target.shape[:2] == (batch, burn_in + batches.days)
        for row in range(batch):
            firm = batches.firms[step * batch + row]
            first = batches.starts[step * batch + row] - burn_in
            days = np.arange(first, first + burn_in + batches.days)
            assert days[0] >= 0
            assert days[-1] < FOLD.train[1]
            np.testing.assert_array_equal(features[row], PANEL.features[firm, days])
            wanted = [naive(firm, day, FOLD.train) for day in days]
            np.testing.assert_array_equal(target[row, burn_in:], np.array(wanted)[burn_in:])
            assert np.isnan(target[row, :burn_in]).all()


def test_an_epoch_supervises_each_day_once_and_the_next_lays_it_anew() -> None:
    batches = Sequences(PANEL, FOLD, Train(sequence=20, burn_in=3, batch_size=1))
    seen = []
    for _ in range(8):
        pairs = list(zip(batches.firms, batches.starts, strict=True))
        unique = sorted(set(pairs))
        for firm in range(5):
            mine = [start for f, start in unique if f == firm]
            assert (np.diff(mine) == 20).all()
        seen.append(unique)
        assert len(unique) > len(pairs) * 0.7
        batches.on_epoch_end()
    assert len({tuple(tiles) for tiles in seen}) > 3


def test_sequences_without_any_target_are_not_learnt_from() -> None:
    batches = Sequences(PANEL, FOLD, Train(sequence=5, burn_in=0, batch_size=1))
    listed = 200 // 4
    assert (batches.starts[batches.firms == 4] + 6 >= listed).all()


@settings(max_examples=10, deadline=None)
@given(batch=st.integers(1, 50), seed=st.integers(0, 99))
def test_a_batch_of_windows_equals_naive_slicing(batch: int, seed: int) -> None:
    batches = Windows(PANEL, FOLD, Train(batch_size=batch, seed=seed, windows_per_epoch=60))
    features, target = batches[0]
    assert features.shape == (batch, 10, 5)
    for row, (firm, day) in enumerate(zip(batches.firms[:batch], batches.days, strict=False)):
        np.testing.assert_array_equal(features[row], PANEL.features[firm, day - 9 : day + 1])
        np.testing.assert_array_equal(target[row], naive(firm, day, FOLD.train))


def test_a_burn_in_that_leaves_nothing_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"burn_in of 500 days leaves none"):
        Sequences(PANEL, FOLD, Train(burn_in=500))


@pytest.mark.parametrize("kind", [Sequences, Windows])
def test_the_seed_decides_the_order(kind: type[Sequences] | type[Windows]) -> None:
    one, same, other = (kind(PANEL, FOLD, Train(seed=seed)).firms.tolist() for seed in (0, 0, 1))
    assert one == same != other
