"""Ranges of days as ranges of blocks, by hand."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal

from pipeline.errors import InputError
from pipeline.similarity.asking.calendar import Calendar
from pipeline.similarity.embedding.exposures import blocks as bounds


def calendar(first="2015-01-01", days=600, start=20, block_days=21):
    """Business days in blocks, the first `start` of them in none."""
    dates = pd.bdate_range(first, periods=days).to_numpy().astype("datetime64[D]")
    ranges = bounds(start, days, block_days)
    return Calendar(dates[np.column_stack([ranges[:, 0], ranges[:, 1] - 1])], dates), dates, ranges


def test_blocks_that_overlap_the_days_are_those_of_a_loop():
    found, dates, ranges = calendar(days=120)
    asked = np.arange(dates[0] - 3, dates[-1] + 4)
    for start in asked[::3]:
        for end in asked[asked >= start][::5]:
            overlap = [
                block
                for block, (a, b) in enumerate(ranges)
                if dates[b - 1] >= start and dates[a] <= end
            ]
            if overlap:
                assert found.blocks(start, end) == (overlap[0], overlap[-1] + 1)
            else:
                with pytest.raises(InputError):
                    found.blocks(start, end)


def test_without_an_end_a_range_goes_to_the_last_day():
    found, dates, ranges = calendar()
    assert found.blocks() == (0, len(ranges))
    assert found.blocks(end=dates[41]) == (0, 2)
    assert found.blocks(start=dates[-1]) == (len(ranges) - 1, len(ranges))


def test_days_are_read_however_they_are_written():
    found, dates, _ = calendar()
    day = dates[70].item()
    for written in (day, str(day), pd.Timestamp(day), dates[70], f"{day}T16:00:00"):
        assert found.blocks(written, written) == (2, 3)


@pytest.mark.parametrize(
    ("start", "end", "days"),
    [
        ("2016", "2016", ("2016-01-01", "2016-12-31")),
        ("2016-02", "2016-02", ("2016-02-01", "2016-02-29")),
        ("2015-12", "2016", ("2015-12-01", "2016-12-31")),
    ],
)
def test_months_and_years_are_whole(start, end, days):
    found, *_ = calendar(block_days=1)
    assert found.blocks(start, end) == found.blocks(*days)


def test_span_and_days_of_blocks():
    found, dates, ranges = calendar()
    for blocks in ((0, 1), (2, 5), (0, len(ranges))):
        first, stop = ranges[blocks[0], 0], ranges[blocks[1] - 1, 1]
        assert found.span(blocks) == (dates[first].item(), dates[stop - 1].item())
        assert found.days(blocks) == slice(first, stop)


def test_a_block_belongs_to_the_year_of_its_middle_and_years_follow_each_other():
    found, dates, ranges = calendar(days=800)
    years = found.years((0, len(ranges)))
    assert list(years) == [2015, 2016, 2017]
    for year, (first, stop) in years.items():
        for block in range(first, stop):
            a, b = dates[ranges[block, 0]], dates[ranges[block, 1] - 1]
            assert (a + (b - a) // 2).astype("datetime64[Y]").astype(int) + 1970 == year
    assert years[2015][1] == years[2016][0] and years[2016][1] == years[2017][0]


def test_a_year_that_is_hardly_covered_is_left_out():
    found, dates, ranges = calendar(first="2015-09-01", days=400)
    # 2015 begins with block 0 in late September; 2016 is whole; 2017 has less than half a year.
    years = found.years((0, len(ranges)))
    assert list(years) == [2016]
    assert found.years((0, 3)) == {}
    half = found.blocks("2016-01-01", "2016-07-15")
    assert list(found.years(half)) == [2016]
    assert found.years(found.blocks("2016-03-01", "2016-07-15")) == {}
    assert_array_equal(dates[ranges[0, 0]], np.datetime64("2015-09-29"))


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        (("2016-03-01", "2016-02-01"), "from 2016-03-01 to 2016-02-01 is empty: give the earlier"),
        (("2030-01-01", None), "outside the data: the similarities cover 2015-01-29 to 2017-04-19"),
        ((None, date(2001, 1, 1)), "outside the data"),
        (("2015-01-01", "2015-01-20"), "outside the data"),
        (("soon", None), "'soon' is not a day: write it as"),
        ((pd.NaT, None), "is not a day"),
        ((None, ["2016"]), "is not a day"),
        ((2016, None), "2016 is not a day"),
        *(
            ((text, None), f"'{text}' is not a day: write it as 2016-01-31, or a whole month")
            for text in ("03/04/2020", "-5", "May 2020", "2016-2", "2016-13", "2016/02", "20160131")
        ),
        *(
            ((None, text), "is not a day: write it as 2016-01-31, or a whole month")
            for text in ("2016-02-30", "2015-02-29", "0000", "2016-00", "today", "", " ", "NaT")
        ),
        *(
            ((text, None), "is not a day: write it as 2016-01-31, or a whole month")
            for text in ("٢٠١٦", "２０１６-01-01", "2016-W05", "2016-01-01 noon", "x" * 999)
        ),
        (("2017", "2016"), "from 2017-01-01 to 2016-12-31 is empty: give the earlier"),
        (("9999-12", None), "The range from 9999-12-01 is outside"),
        (("2030-01-01", None), "The range from 2030-01-01 is outside"),
        ((None, "2001-01-01"), "The range to 2001-01-01 is outside"),
        (("2015-02-28", "2015-03-01"), "no trading day from 2015-02-28 to 2015-03-01: widen"),
    ],
)
def test_what_is_no_range_is_said(asked, sentence):
    # Blocks of one day: a weekend lies between two of them.
    found, *_ = calendar(block_days=1)
    with pytest.raises(InputError, match=sentence):
        found.blocks(*asked)
