import numpy as np
import pandas as pd
import pytest
import universe
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.errors import ConfigError
from pipeline.evaluation.foretell import foretell
from pipeline.outputs import Grown
from pipeline.panel.folds import walk_forward
from pipeline.panel.splits import split
from pipeline.panel.windows import window
from pipeline.settings.evaluate import Evaluate
from pipeline.settings.window import Window
from pipeline.watch import Silence

DAYS = pd.bdate_range("2013-01-02", periods=1000).to_numpy()


def test_one_fold_is_the_split_itself() -> None:
    section = Window(horizon=2)
    assert walk_forward(section, DAYS, 1) == [section]


def test_three_folds_worked_by_hand() -> None:
    # 1,000 days: the last training target is day 699, of validation 849; 150 test days.
    folds = [split(fold, DAYS) for fold in walk_forward(Window(lookback=10), DAYS, 3)]
    assert [fold.test for fold in folds] == [(849, 899), (899, 949), (949, 999)]
    assert [fold.valid for fold in folds] == [(699, 849), (749, 899), (799, 949)]
    assert [fold.train for fold in folds] == [(9, 699), (9, 749), (9, 799)]


def test_rolling_folds_train_on_the_last_days_alone() -> None:
    section = Window(lookback=10, train_days=200)
    folds = [split(fold, DAYS) for fold in walk_forward(section, DAYS, 3)]
    assert [fold.train for fold in folds] == [(499, 699), (549, 749), (599, 799)]
    assert [fold.training_days for fold in folds] == [
        slice(490, 700),
        slice(540, 750),
        slice(590, 800),
    ]


@settings(max_examples=50)
@given(folds=st.integers(1, 20), horizon=st.integers(1, 5))
def test_no_day_is_a_target_in_two_parts(folds: int, horizon: int) -> None:
    section, tested = Window(lookback=10, horizon=horizon), []
    for fold in (split(each, DAYS) for each in walk_forward(section, DAYS, folds)):
        targets = [
            set(range(part[0] + 1, part[1] + horizon))
            for part in (fold.train, fold.valid, fold.test)
        ]
        assert not (targets[0] & targets[1] or targets[1] & targets[2])
        assert max(targets[0]) + 1 == min(targets[1])
        assert max(targets[1]) + 1 == min(targets[2])
        tested.append(targets[2])
    assert sum(map(len, tested)) == len(set.union(*tested))
    assert max(set.union(*tested)) == len(DAYS) - 1


def test_more_folds_than_days_allow_are_refused() -> None:
    with pytest.raises(ConfigError, match=r"200 folds cannot be cut from 150 test days.*1 to 75"):
        walk_forward(Window(horizon=2), DAYS, 200)


def test_the_days_of_a_fold_are_dates() -> None:
    fold = walk_forward(Window(), DAYS, 2)[0]
    assert fold.test_end is not None
    assert np.datetime64(fold.test_end) in DAYS.astype("datetime64[D]")


def test_nothing_after_its_training_days_moves_what_a_fold_learns_from() -> None:
    grown = universe.grown(firms=4, days=500)
    dates = grown.growth.index.to_numpy()
    for section in walk_forward(Window(lookback=20, horizon=2), dates, 2):
        end = split(section, dates).training_days.stop
        changed = grown.growth.copy()
        changed.iloc[end:] = np.random.default_rng(1).normal(50.0, 90.0, changed[end:].shape)
        before, after = window(section, grown), window(section, Grown(changed, grown.basis))
        np.testing.assert_array_equal(before.unit[:, :end], after.unit[:, :end])
        np.testing.assert_array_equal(before.features[:, :end], after.features[:, :end])
        np.testing.assert_array_equal(before.growth[:, :end], after.growth[:, :end])
        assert (before.features[:, end:] != after.features[:, end:]).any()


def test_nothing_after_its_validation_days_moves_what_a_folds_baselines_are_fitted_to() -> None:
    # Days of the second fold follow the first one, which is the one to know nothing of them.
    grown = universe.grown(firms=3, days=500)
    dates = grown.growth.index.to_numpy()
    section, _ = walk_forward(Window(lookback=20, horizon=2), dates, 2)
    first = split(section, dates).test[0]
    changed = grown.growth.copy()
    changed.iloc[first + 1 :] *= -7.0
    found = []
    for growth in (grown, Grown(changed, grown.basis)):
        made = foretell(Evaluate(), window(section, growth), growth, watch=Silence())
        # The first origin of the test part: what it forecasts is fitted and known by then.
        table = made.forecasts[made.forecasts["date"] == dates[first + 1]]
        found.append(table[table["horizon"] == 1].drop(columns="growth"))
    assert found[0]["baseline"].nunique() >= 9
    pd.testing.assert_frame_equal(*found)
