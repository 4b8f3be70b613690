"""Splits by hand, and the purge between their parts."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import InputError
from pipeline.outputs import Fold
from pipeline.panel.splits import split
from pipeline.settings.window import Window

DAYS = np.arange("2020-01-01", "2020-04-10", dtype="datetime64[D]")  # 100 days


def test_shares_by_hand() -> None:
    fold = split(Window(lookback=10, train_share=0.6, valid_share=0.2), DAYS)
    # Targets: training to position 59, validation to 79, test to 99; an origin is a day before.
    assert fold == Fold(train=(9, 59), valid=(59, 79), test=(79, 99), horizon=1, lookback=10)
    assert fold.training_days == slice(0, 60)


def test_the_days_that_each_part_forecasts_by_hand() -> None:
    # Origins 9 to 56, 59 to 76 and 79 to 96, each three days ahead; the last two of every part
    # are left out.
    fold = split(Window(lookback=10, horizon=3, train_share=0.6, valid_share=0.2), DAYS)
    assert fold.purge == 2
    assert fold.spans(DAYS) == {
        "training": ("2020-01-11", "2020-02-29"),
        "validation": ("2020-03-01", "2020-03-20"),
        "test": ("2020-03-21", "2020-04-09"),
    }


def test_end_dates_by_hand() -> None:
    section = Window(lookback=10, horizon=3, train_end=date(2020, 2, 1), valid_end=date(2020, 3, 1))
    fold = split(section, DAYS)
    # 2020-02-01 is position 31 and 2020-03-01 is position 60; two origins are purged at each.
    assert fold.train == (9, 29)
    assert fold.valid == (31, 58)
    assert fold.test == (60, 97)
    assert DAYS[fold.training_days][-1] == np.datetime64("2020-02-01")


@given(
    days=st.integers(60, 400),
    horizon=st.integers(1, 8),
    train=st.floats(0.4, 0.7),
    valid=st.floats(0.1, 0.25),
)
def test_no_day_is_a_target_in_two_parts(
    days: int, horizon: int, train: float, valid: float
) -> None:
    dates = np.datetime64("2020-01-01") + np.arange(days)
    section = Window(lookback=5, horizon=horizon, train_share=train, valid_share=valid)
    try:
        fold = split(section, dates)
    except InputError:
        return
    targets = [
        {t + k for t in range(*part) for k in range(1, horizon + 1)}
        for part in (fold.train, fold.valid, fold.test)
    ]
    assert targets[0] | targets[1] | targets[2] == set(range(5, days))
    assert sum(map(len, targets)) == days - 5
    assert max(targets[0]) < min(targets[1]) <= max(targets[1]) < min(targets[2])


@pytest.mark.parametrize(
    ("section", "part"),
    [
        (Window(lookback=98), "training"),
        (Window(lookback=5, train_end=date(2020, 2, 1), valid_end=date(2021, 1, 1)), "test"),
        (
            Window(lookback=5, train_end=date(2020, 2, 1), valid_end=date(2020, 2, 2), horizon=3),
            "valid",
        ),
    ],
)
def test_a_part_without_days_is_refused(section: Window, part: str) -> None:
    with pytest.raises(InputError, match=rf"leave no {part}.*longer date range"):
        split(section, DAYS)


def test_json_round_trip() -> None:
    fold = split(Window(lookback=10), DAYS)
    assert Fold.from_json(json.loads(json.dumps(asdict(fold)))) == fold
