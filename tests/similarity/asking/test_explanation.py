"""Why two firms are similar, by hand."""

import dataclasses

import numpy as np
import pandas as pd
import planted
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from pipeline.errors import InputError
from pipeline.similarity import classical
from pipeline.similarity.asking.explanation import LISTED
from pipeline.similarity.asking.peers import Peers

START, END = "2015-06-01", "2017-03-31"


@pytest.fixture(scope="module")
def peers():
    return Peers(planted.embedded(days=700, twins=True))


@pytest.fixture(scope="module")
def found(peers):
    return peers.explain("f02", "F05", START, END)


@pytest.fixture(scope="module")
def growth(peers):
    return peers.growth(START, END).to_numpy(dtype=float)


def test_score_percentile_and_days_are_those_of_similar(peers, found):
    listed = peers.similar("F02", top=1, start=START, end=END).iloc[0]
    assert listed["symbol"] == "F05" and found.score > 0.7
    assert found.score == pytest.approx(listed["score"], abs=1e-6)
    assert found.percentile == pytest.approx(listed["percentile"])
    assert found.span == peers.span(START, END)
    assert found.common_days == len(peers.growth(START, END))


def test_correlations_stand_beside(found, growth):
    assert found.pearson == pytest.approx(np.corrcoef(growth[:, 2], growth[:, 5])[0, 1], abs=1e-6)
    assert found.pearson > 0.999
    assert found.residual == pytest.approx(classical.residual(growth)[2, 5], abs=1e-9)


def test_contributions_of_all_days_sum_to_the_correlation_of_responses(peers, found):
    days = peers.calendar.days(peers.calendar.blocks(START, END))
    added = peers.learned.products(days, 2, 5)
    assert found.responses == pytest.approx(added.sum())
    assert 0.9 < found.responses <= 1.0 + 1e-9
    dates = peers.growth(START, END).index
    order = np.argsort(-np.abs(added))[:LISTED]
    assert_array_equal(found.days["date"], dates[order])
    assert_allclose(found.days["contribution"], added[order])
    by_block = pd.Series(added).groupby(np.arange(len(added)) // 21).sum().to_numpy()
    largest = np.argsort(-np.abs(by_block))[:LISTED]
    assert_allclose(found.episodes["contribution"], by_block[largest])
    assert len(by_block) > LISTED


def test_all_episodes_of_a_short_range_sum_to_the_whole(peers):
    short = peers.explain("F01", "F04", "2015-06-01", "2015-11-30")
    assert len(short.episodes) <= LISTED
    assert short.episodes["contribution"].sum() == pytest.approx(short.responses)


def test_days_tell_what_the_firms_and_the_market_did(found, peers, growth):
    place = list(peers.growth(START, END).index).index(found.days["date"][0])
    day = growth[place]
    assert found.days["market"][0] == pytest.approx(100 * np.expm1(np.nanmean(day) / 252))
    assert found.days["F02"][0] == pytest.approx(100 * np.expm1(day[2] / 252))
    left = classical.market_residuals(growth)[place]
    assert found.days["F05 beyond the market"][0] == pytest.approx(100 * np.expm1(left[5] / 252))


def test_episodes_tell_when_and_what_the_market_did(found, peers):
    row = found.episodes.iloc[0]
    own = peers.growth(row["first"], row["last"])
    assert (own.index[0].date(), own.index[-1].date()) == (row["first"], row["last"])
    market = own.mean(axis=1).sum() / 252
    assert row["market"] == pytest.approx(100 * (np.exp(market) - 1), rel=1e-5)
    days = found.course["date"].between(pd.Timestamp(row["first"]), pd.Timestamp(row["last"]))
    compounded = np.prod(1 + found.course["market"][days] / 100) - 1
    assert row["market"] == pytest.approx(100 * compounded, rel=1e-5)


def test_changes_and_volatility_follow_the_days_of_a_year():
    # The same growth rates, taken with 365 days a year: days moved the prices by less.
    embedded = planted.embedded(days=300)
    other = dataclasses.replace(embedded, basis=embedded.basis | {"days_per_year": 365})
    usual, found = (Peers(one).explain("F02", "F05") for one in (embedded, other))
    ratio = 252 / 365
    assert_allclose(found.firms["volatility"], np.sqrt(ratio) * usual.firms["volatility"])
    for table in ("days", "course", "episodes"):
        one, two = getattr(usual, table), getattr(found, table)
        moved = [name for name in one if name not in ("date", "first", "last", "contribution")]
        logs = [np.log1p(part[moved].to_numpy() / 100.0) for part in (one, two)]
        assert_allclose(logs[1], ratio * logs[0], rtol=1e-9, atol=1e-15)
    assert_allclose(found.course["contribution"], usual.course["contribution"])


@pytest.mark.parametrize(("one", "other"), [(2, 5), (11, 0)])
def test_volatility_and_beta_by_hand(peers, growth, one, other):
    found = peers.explain(f"F{one:02d}", f"F{other:02d}", START, END).firms
    assert list(found["symbol"]) == [f"F{one:02d}", f"F{other:02d}"]
    for row, firm in enumerate((one, other)):
        own = growth[:, firm]
        market = np.nanmean(np.delete(growth, firm, axis=1), axis=1)
        both = np.isfinite(own)
        slope = np.polyfit(market[both], own[both], 1)[0]
        assert found["beta"][row] == pytest.approx(slope, rel=1e-6)
        expected = own[both].std(ddof=1) / np.sqrt(252)
        assert found["volatility"][row] == pytest.approx(expected, rel=1e-6)
        correlation = np.corrcoef(own[both], market[both])[0, 1]
        assert found["market_correlation"][row] == pytest.approx(correlation, rel=1e-6)


def test_ranks_are_those_of_similar_seen_from_either_firm(peers):
    found = peers.explain("F03", "F04", START, END).firms
    for row, (one, other) in enumerate((("F03", "F04"), ("F04", "F03"))):
        listed = peers.similar(one, 11, START, END).set_index("symbol")
        assert found["rank"][row] == listed.loc[other, "rank"]
        assert found["of"][row] == len(listed)


def test_years_are_those_of_single_years(peers):
    found = peers.explain("F01", "F04").years
    assert list(found["year"]) == [2015, 2016, 2017]
    for year, blocks in peers.calendar.years(peers.calendar.blocks()).items():
        start, end = peers.calendar.span(blocks)
        row = found.set_index("year").loc[year]
        matrix = peers.matrix(start, end)
        assert row["score"] == pytest.approx(matrix.loc["F01", "F04"], abs=1e-6)
        ranks = matrix.loc["F01"].drop("F01").rank(ascending=False)
        assert row["rank"] == ranks["F04"]
        growth = peers.growth(start, end).to_numpy()
        assert row["pearson"] == pytest.approx(classical.pearson(growth)[1, 4], abs=1e-6)
        assert row["residual"] == pytest.approx(classical.residual(growth)[1, 4], abs=1e-6)


def test_a_range_without_a_year_has_no_years(peers):
    found = peers.explain("F01", "F04", "2015-06-01", "2015-08-01")
    assert found.years.empty and np.isfinite(found.score)


def test_a_year_before_a_firm_was_listed_has_no_score():
    # F11 is listed on the last day of 2015 or so.
    peers = Peers(planted.embedded(days=1040))
    years = peers.explain("F11", "F02").years.set_index("year")
    assert np.isnan(years.loc[2015, "score"]) and pd.isna(years.loc[2015, "rank"])
    assert np.isfinite(years.loc[2016, "score"]) and years.loc[2016, "rank"] >= 1


def test_both_ways_round_say_the_same(peers):
    one, other = peers.explain("F01", "F06", START), peers.explain("F06", "F01", START)
    assert one.score == pytest.approx(other.score, abs=1e-6)
    assert one.responses == pytest.approx(other.responses)
    assert_array_equal(one.days["date"], other.days["date"])
    assert_array_equal(one.firms["beta"], other.firms["beta"][::-1])


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        (("F01", "F01"), "Both firms are F01: ask about two different ones"),
        (("F01", "f01"), "Both firms are F01"),
        (("F01", "F99"), "no firm 'F99'"),
        (("F01", "F11", None, "2015-06-01"),
         "F01 and F11 have 0 days in common from 2015-01-05 to .*, fewer than 20: ask for"),
        (("F01", "F02", "2030-01-01"), "outside the data"),
        (("F01", "F02", "2016-03-01", "2016-02-01"), "the earlier day first"),
    ],
)  # fmt: skip
def test_what_cannot_be_explained_is_said(peers, asked, sentence):
    with pytest.raises(InputError, match=sentence):
        peers.explain(*asked)


def test_the_parts_of_the_score_and_what_changed(peers):
    found = peers.explain("F01", "F04")
    assert sum(found.parts.values()) == pytest.approx(found.score, abs=1e-5)
    assert set(found.parts) == {"all_pairs", "running_correlation", "exposures", "ties"}
    days = peers.calendar.days(peers.calendar.blocks())
    late = peers.learned.products(slice(days.stop - 252, days.stop), 1, 4)
    assert found.lately == pytest.approx(late.sum())
    assert found.change.startswith("Beside the others', their days correlated by ")


@pytest.mark.parametrize(
    ("before", "lately", "score", "words"),
    [
        (0.1, 0.5, 0.4, "the change is likely to last."),
        (0.1, 0.5, 0.3, "the change is likely to last in part."),
        (0.5, 0.1, 0.45, "the change is not likely to last."),
        (0.3, 0.35, 0.9, "little has changed."),
    ],
)
def test_a_change_is_likely_to_last_if_much_of_it_is_expected(peers, before, lately, score, words):
    found = peers.explain("F01", "F04")
    changed = dataclasses.replace(found, before=before, lately=lately, score=score)
    assert changed.change.endswith(words)


def test_over_one_year_nothing_is_said_of_a_change(peers):
    found = peers.explain("F01", "F04", "2016-01-01", "2016-06-30")
    assert np.isnan(found.before) and found.change == ""
