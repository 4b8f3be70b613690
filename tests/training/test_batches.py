from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from universe import windowed

from pipeline.errors import ConfigError
from pipeline.settings.train import Train
from pipeline.settings.window import Window
from pipeline.training.batches import Sequences, Windows
from pipeline.training.day_factors import DayFactors

PANEL = windowed(Window(lookback=10, horizon=2), firms=5, days=200)
FOLD = PANEL.fold
FEATURES = PANEL.features.shape[2]
Pair = tuple[int, int]


def naive(firm: int, day: int, origins: tuple[int, int]) -> list[float]:
    if not origins[0] <= day < origins[1]:
        return [np.nan, np.nan]
    return [PANEL.growth[firm, day + ahead] / PANEL.unit[firm, day] for ahead in (1, 2)]


@settings(max_examples=20)
@given(
    sequence=st.integers(1, 150),
    burn_in=st.integers(0, 30),
    batch=st.integers(1, 9),
    seed=st.integers(0, 99),
)
def test_a_batch_of_sequences_equals_naive_slicing(
    sequence: int, burn_in: int, batch: int, seed: int
) -> None:
    section = Train(
        sequence=sequence, burn_in=burn_in, batch_size=batch, seed=seed, sequences_per_epoch=20
    )
    batches = Sequences(PANEL, FOLD, section)
    assert len(batches) == -(-20 // batch)
    for step in {*range(min(len(batches), 2)), len(batches) - 1}:
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


def tilings(section: Train) -> list[set[Pair]]:
    """The sequences of each way to lay them end to end, by brute force."""
    first = max(FOLD.train[0], section.burn_in)
    days = min(section.sequence, FOLD.train[1] - first)
    ways = []
    for offset in range(min(days, FOLD.train[1] - first - days + 1)):
        starts = range(first + offset, FOLD.train[1] - days + 1, days)
        reach = days + FOLD.horizon
        ways.append(
            {
                (firm, start)
                for start in starts
                for firm in range(5)
                if np.isfinite(PANEL.growth[firm, start + 1 : start + reach]).any()
            }
        )
    return ways


@pytest.mark.parametrize(
    ("sequence", "an_epoch"), [(20, 7), (20, 24), (20, 100), (1, 500), (126, 9), (500, 12)]
)
def test_all_sequences_are_used_up_before_they_are_laid_anew(sequence: int, an_epoch: int) -> None:
    section = Train(sequence=sequence, burn_in=3, batch_size=1, sequences_per_epoch=an_epoch)
    batches, ways = Sequences(PANEL, FOLD, section), tilings(section)
    drawn: list[Pair] = []
    for _ in range(-(-2000 // an_epoch)):
        drawn += zip(batches.firms.tolist(), batches.starts.tolist(), strict=True)
        batches.on_epoch_end()
        assert len(batches.firms) == len(batches.starts) == len(batches) == an_epoch
    laid = []
    while len(drawn) > len(max(ways, key=len)):
        found = [n for n, way in enumerate(ways) if set(drawn[: len(way)]) == way]
        assert len(found) == 1
        size = len(ways[found[0]])
        assert sequence > 100 or drawn[:size] != sorted(drawn[:size])
        laid.append(found[0])
        drawn = drawn[size:]
    assert len(set(laid)) > len(ways) / 2


def test_an_epoch_has_as_many_steps_whatever_the_universe() -> None:
    section = Train(sequence=20, burn_in=3, batch_size=8, sequences_per_epoch=100)
    whole = Sequences(PANEL, FOLD, section)
    one = {name: getattr(PANEL, name)[:1] for name in ("features", "growth", "unit", "symbols")}
    small = Sequences(replace(PANEL, **one), FOLD, section)
    assert len(whole) == len(small) == 13
    for batches in (whole, small):
        assert {len(batches[step][0]) for step in range(13)} == {8}


def test_sequences_without_any_target_are_not_learnt_from() -> None:
    batches = Sequences(PANEL, FOLD, Train(sequence=5, burn_in=0, batch_size=1))
    listed = 200 // 4
    assert (batches.starts[batches.firms == 4] + 6 >= listed).all()


@settings(max_examples=10)
@given(batch=st.integers(1, 50), seed=st.integers(0, 99))
def test_a_batch_of_windows_equals_naive_slicing(batch: int, seed: int) -> None:
    batches = Windows(PANEL, FOLD, Train(batch_size=batch, seed=seed, windows_per_epoch=60))
    features, target = batches[0]
    assert features.shape == (batch, 10, FEATURES)
    for row, (firm, day) in enumerate(zip(batches.firms[:batch], batches.days, strict=False)):
        np.testing.assert_array_equal(features[row], PANEL.features[firm, day - 9 : day + 1])
        np.testing.assert_array_equal(target[row], naive(firm, day, FOLD.train))


def test_a_burn_in_that_leaves_nothing_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"burn_in of 500 days leaves none"):
        Sequences(PANEL, FOLD, Train(burn_in=500))


def test_training_days_without_growth_are_refused() -> None:
    empty = np.full_like(PANEL.growth, np.nan)
    empty[:, FOLD.train[1] + FOLD.horizon :] = 1.0
    with pytest.raises(ConfigError, match="No firm has a growth rate to learn from"):
        Sequences(replace(PANEL, growth=empty), FOLD, Train())


@pytest.mark.parametrize("kind", [Sequences, Windows])
def test_the_seed_decides_the_order(kind: type[Sequences] | type[Windows]) -> None:
    def drawn(seed: int) -> list[list[int]]:
        batches = kind(PANEL, FOLD, Train(seed=seed, sequences_per_epoch=200, batch_size=8))
        epochs = []
        for _ in range(3):
            epochs.append(batches.firms.tolist())
            batches.on_epoch_end()
        return epochs

    one, same, other = (drawn(seed) for seed in (0, 0, 1))
    assert one == same
    assert all(mine != theirs for mine, theirs in zip(one, other, strict=True))
    assert one[0] != one[1] != one[2]


@pytest.mark.parametrize("kind", [Sequences, Windows])
def test_targets_are_without_the_factors_of_their_days(kind: type[Sequences | Windows]) -> None:
    section = Train(sequence=30, burn_in=3, batch_size=16, windows_per_epoch=64)
    random = np.random.default_rng(0)
    factors = DayFactors(
        random.uniform(0.5, 2.0, (200, 2)).astype(np.float32),
        random.normal(size=(200, 2)).astype(np.float32),
    )
    plain, divided = kind(PANEL, FOLD, section), kind(PANEL, FOLD, section, factors)
    features, target = plain[0]
    np.testing.assert_array_equal(divided[0][0], features)
    if isinstance(plain, Sequences):
        days = plain.starts[:16, None] - 3 + np.arange(3 + plain.days)
    else:
        days = plain.days[:16]
    assert np.isfinite(target).any()
    wanted = factors.without(target, days)
    np.testing.assert_array_equal(divided[0][1], wanted)
    assert not np.array_equal(wanted, target, equal_nan=True)
