"""Two answers about one firm, by hand-made numbers."""

import numpy as np
import pandas as pd
import pytest

from pipeline.sources.adjustment import extended, joined, one_course, rewritten


def prices(first: str, closes: list[float], adjusted: list[float] | None = None) -> pd.DataFrame:
    days = pd.date_range(first, periods=len(closes)).as_unit("us")
    made = {c: np.array(closes) for c in ("open", "high", "low", "close")}
    made["adj_close"] = np.array(adjusted or closes)
    return pd.DataFrame({"date": days, **made, "volume": 600.0})


KEPT = prices("2024-05-01", [10.0, 11.0, 12.0, 13.0])


@pytest.mark.parametrize(
    ("fresh", "answer"),
    [
        (prices("2024-05-03", [12.0, 13.0, 14.0]), False),
        (prices("2024-05-04", [13.0, 14.0]), False),
        (prices("2024-05-04", [13.0 * (1 + 2e-6)]), False),
        # A dividend of a cent on a share of 200: 5e-5.
        (prices("2024-05-04", [13.0], [13.0 * (1 - 5e-5)]), True),
        (prices("2024-05-04", [6.5]), True),
        (prices("2024-05-05", [14.0]), True),
        (prices("2024-05-03", [12.0, np.nan]), True),
        # What is lacking, or additional, is no rewriting.
        (prices("2024-05-03", [12.0, 13.0]).iloc[[1]], False),
        (prices("2024-04-30", [9.0, 10.0, 11.0]), False),
    ],
)
def test_rewritten_are_other_closes_or_none_in_common(fresh, answer):
    assert rewritten(KEPT, fresh) is answer


def test_volumes_highs_and_gaps_that_stay_are_no_rewriting():
    gap = prices("2024-05-01", [10.0, np.nan, 12.0])
    assert not rewritten(gap, gap.assign(volume=1.0, high=99.0))


def test_extending_keeps_the_kept_days_as_they_are():
    fresh = prices("2024-04-30", [9.0, 10.0]).assign(volume=1.0)
    later = prices("2024-05-05", [14.0])
    whole = extended(KEPT.iloc[[0, 1, 3]], pd.concat([fresh, later]))
    assert whole["close"].tolist() == [9.0, 10.0, 11.0, 13.0, 14.0]
    assert whole["volume"].tolist() == [1.0, 600.0, 600.0, 600.0, 600.0]
    assert whole["date"].is_monotonic_increasing
    assert whole.index.equals(pd.RangeIndex(5))


def test_lost_days_are_brought_to_the_new_adjustment():
    # Two shares for one on 05-05, and a dividend of 5 % on that day; Yahoo forgot 05-01 and 05-02.
    whole = prices("2024-05-03", [6.0, 6.5, 7.0], [5.7, 6.175, 7.0])
    assert one_course(KEPT, whole)
    both = joined(KEPT, whole)
    assert both["close"].tolist() == [5.0, 5.5, 6.0, 6.5, 7.0]
    assert both["high"].tolist() == both["close"].tolist()
    np.testing.assert_allclose(both["adj_close"], [4.75, 5.225, 5.7, 6.175, 7.0], rtol=1e-12)
    assert both["volume"].tolist() == [1200.0, 1200.0, 600.0, 600.0, 600.0]


def test_days_lost_in_the_middle_and_at_the_end_take_the_next_and_the_last_ratio():
    # The split is between 05-02 and 05-03: earlier closes are halved, later ones are not.
    whole = prices("2024-05-01", [5.0, 0.0, 12.0, 0.0]).iloc[[0, 2]]
    assert joined(KEPT, whole)["close"].tolist() == [5.0, 11.0, 12.0, 13.0]
    whole = prices("2024-05-01", [5.0, 5.5])
    assert joined(KEPT, whole)["close"].tolist() == [5.0, 5.5, 6.0, 6.5]


@pytest.mark.parametrize(
    "whole",
    [
        prices("2024-05-01", [20.0, 21.0, 22.0, 23.0]),
        prices("2024-05-04", [13.0, 14.0]),
        prices("2024-06-01", [13.0, 14.0]),
    ],
)
def test_other_growth_or_too_few_days_in_common_are_not_one_course(whole):
    assert not one_course(KEPT, whole)


def test_prices_of_zero_say_nothing_of_the_course():
    kept = prices("2024-05-01", [10.0, 0.0, 12.0, 13.0])
    whole = prices("2024-05-02", [5.5, 6.0, 6.5])
    assert joined(kept, whole)["close"].tolist() == [5.0, 5.5, 6.0, 6.5]
