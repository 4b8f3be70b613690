"""Peers year by year, by hand."""

import numpy as np
import pandas as pd
import planted
import pytest
from numpy.testing import assert_allclose

from pipeline.errors import InputError
from pipeline.similarity.asking.peers import Peers


@pytest.fixture(scope="module")
def peers():
    """F11 is listed after 2015 is over."""
    return Peers(planted.embedded(days=1040, twins=True))


def yearly(peers, symbol):
    """Scores of each year, the firm itself left out."""
    found = {}
    for year, blocks in peers.calendar.years(peers.calendar.blocks()).items():
        found[year] = peers.matrix(*peers.calendar.span(blocks)).loc[symbol].drop(symbol)
    return found


@pytest.mark.parametrize("symbol", ["F00", "F02", "F07"])
def test_years_list_the_nearest_of_each_year_and_their_ranks_before(peers, symbol):
    found, scores = peers.history(symbol, top=4), yearly(peers, symbol)
    columns = "year rank symbol name sector score rank_before new kept "
    columns += "expected_rank chance beyond_chance"
    assert list(found.columns) == columns.split()
    assert sorted(set(found["year"])) == list(scores) == [2015, 2016, 2017, 2018]
    for year, own in found.groupby("year"):
        best = scores[year].dropna().sort_values(ascending=False)
        assert list(own["rank"]) == [1, 2, 3, 4]
        assert list(own["symbol"]) == list(best.index[:4])
        assert_allclose(own["score"], best[:4], atol=1e-6)
        if year == 2015:
            assert own["rank_before"].isna().all() and own["kept"].isna().all()
            continue
        before = scores[year - 1].dropna().sort_values(ascending=False).index
        expected = [
            list(before).index(one) + 1 if one in before else pd.NA for one in own["symbol"]
        ]
        assert own["rank_before"].tolist() == expected
        assert own["new"].tolist() == [pd.isna(rank) or rank > 4 for rank in expected]
        kept = np.mean([one in before[:4] for one in own["symbol"]])
        assert own["kept"].tolist() == [kept] * 4


def test_twins_stay_first(peers):
    first = peers.history("F02", top=1)
    assert list(first["symbol"]) == ["F05"] * 4
    assert first["rank_before"].tolist() == [pd.NA, 1, 1, 1]
    assert first["kept"].tolist()[1:] == [1.0, 1.0, 1.0]


def test_a_peer_that_had_no_rank_before_is_not_kept(peers):
    # F11 is of F02's group, and has no score in 2015.
    own = peers.history("F02", top=11)
    newcomer = own[own["symbol"] == "F11"].set_index("year")
    assert 2015 not in newcomer.index and (own["year"] == 2015).sum() == 10
    assert pd.isna(newcomer.loc[2016, "rank_before"]) and newcomer.loc[2017, "rank_before"] >= 1
    assert own.loc[own["year"] == 2016, "kept"].iloc[0] == pytest.approx(10 / 11)


def test_a_firm_s_history_begins_with_its_first_year(peers):
    found = peers.history("F11", top=3)
    assert sorted(set(found["year"])) == [2016, 2017, 2018]
    first = found[found["year"] == 2016]
    assert first["rank_before"].isna().all() and first["kept"].isna().all()
    assert found.loc[found["year"] == 2017, "kept"].notna().all()


def test_a_range_has_its_years_alone(peers):
    whole = peers.history("F01", top=2)
    part = peers.history("f01", top=2, start="2016-01-01", end="2017-12-20")
    assert sorted(set(part["year"])) == [2016, 2017]
    assert part.loc[part["year"] == 2016, "kept"].isna().all()
    same = ["rank", "symbol", "rank_before", "kept"]
    pd.testing.assert_frame_equal(
        part.loc[part["year"] == 2017, same].reset_index(drop=True),
        whole.loc[whole["year"] == 2017, same].reset_index(drop=True),
    )


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        (("F99",), "no firm 'F99'"),
        (("F01", 0), "number of peers to list is 0: ask for at least 1"),
        (("F01", 5, "2016-01-10", "2016-03-10"), "No calendar year is covered by half from 20"),
        (("F01", 5, "2030-01-01"), "outside the data"),
        (("F11", 5, None, "2015-12-01"), "F11 has too few days in common with other firms in ev"),
    ],
)
def test_what_has_no_history_is_said(peers, asked, sentence):
    with pytest.raises(InputError, match=sentence):
        peers.history(*asked)


def test_what_is_expected_to_stay_is_told_from_all_days_so_far(peers):
    found = peers.history("F04", top=3)
    for year, own in found.groupby("year"):
        end = peers.calendar.years(peers.calendar.blocks())[year][1]
        scores = peers.learned.rows((0, end), np.array([4]))[0]
        scores[4] = np.nan
        ranks = pd.Series(scores, peers.symbols).rank(ascending=False)
        assert own["expected_rank"].tolist() == ranks[own["symbol"]].tolist()
