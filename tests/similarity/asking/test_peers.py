"""An analyst's questions to a planted universe."""

import dataclasses
import tracemalloc
from datetime import date

import numpy as np
import pandas as pd
import planted
import pytest
import universe
from numpy.testing import assert_allclose, assert_array_equal

from models.comovement import initial
from pipeline.errors import InputError
from pipeline.outputs import Embedded
from pipeline.similarity import classical
from pipeline.similarity.asking.peers import Peers
from pipeline.similarity.classical import offered
from pipeline.similarity.embedding import exposures
from pipeline.similarity.embedding.days import Days
from pipeline.similarity.embedding.reading import SIZES, Reading, Scale
from pipeline.similarity.study.labels import precision_at
from pipeline.store import Store

GROUP = np.arange(12) % 3
SECTOR = {f"F{number:02d}": f"Group {number % 3}" for number in range(12)}


@pytest.fixture(scope="module")
def embedded():
    """Twelve firms in three groups, of which F05 and F02 are share classes of one company."""
    return planted.embedded(days=700, twins=True)


@pytest.fixture(scope="module")
def peers(embedded):
    return Peers(embedded, run_id="a-run")


def edge(embedded, block, end):
    return embedded.edges[block, end].item()


def test_planted_groups_are_found(peers):
    assert precision_at(peers.matrix().to_numpy(), list(GROUP), 3) == 1.0
    for symbol in peers.symbols:
        assert set(peers.similar(symbol, top=3)["sector"]) == {SECTOR[symbol]}


def test_twins_are_each_other_s_nearest_in_every_year_and_by_every_network(peers):
    for one, other in (("F02", "F05"), ("F05", "F02")):
        found = peers.similar(one, top=1).iloc[0]
        assert found["symbol"] == other and found["score"] > 0.5
        assert found["network_rank_high"] == found["year_rank_high"] == 1.0


def test_columns_order_and_metadata(peers):
    found = peers.similar("F01", top=4)
    expected = "rank symbol name sector industry market_cap score percentile chance "
    expected += "beyond_chance network_rank_low "
    expected += "network_rank_high year_rank_median year_rank_low year_rank_high"
    quick = [name for name, one in offered(12).items() if not one.slow]
    beside = [name for measure in quick for name in (measure, f"{measure}_rank")]
    assert list(found.columns) == [*expected.split(), *beside]
    assert list(found["rank"]) == [1, 2, 3, 4]
    assert found["score"].is_monotonic_decreasing
    assert list(found["sector"][:3]) == ["Group 1"] * 3
    assert list(found["name"]) == [f"Firm {symbol}" for symbol in found["symbol"]]
    assert peers.run_id == "a-run"


@pytest.mark.parametrize("measure", ["learned", "pearson", "profile"])
def test_a_firm_is_never_its_own_peer(peers, measure):
    for symbol in peers.symbols[::4]:
        found = peers.similar(symbol, top=100, measure=measure)
        assert len(found) == 11
        assert symbol not in set(found["symbol"])


def test_scores_are_those_of_the_matrix_and_it_is_symmetric_and_in_range(peers):
    matrix = peers.matrix()
    assert_array_equal(matrix, matrix.T)
    assert np.abs(matrix.to_numpy()).max() <= 1.0
    assert_array_equal(np.diag(matrix), 1.0)
    found = peers.similar("F07", top=11)
    assert_allclose(found["score"], matrix.loc["F07", found["symbol"]], atol=1e-6)


def test_the_percentile_is_the_share_of_pairs_below(peers):
    pairs = peers.matrix().to_numpy()[np.triu_indices(12, 1)].astype(float)
    found = peers.similar("F03", top=11)
    expected = [100 * (pairs < score - 1e-6).mean() for score in found["score"].to_numpy()]
    assert_allclose(found["percentile"], expected)
    assert peers.similar("F02", top=1)["percentile"].item() == pytest.approx(100 * 65 / 66)


def test_the_percentile_of_another_measure_is_of_its_own_pairs(peers):
    pairs = peers.matrix(measure="spearman").to_numpy()[np.triu_indices(12, 1)]
    found = peers.similar("F03", top=11, measure="spearman")
    expected = [100 * (pairs < score - 1e-9).mean() for score in found["score"].to_numpy()]
    assert_allclose(found["percentile"], expected)


def test_other_measures_and_ranks_stand_beside_on_the_same_days(peers, embedded):
    start, end = edge(embedded, 5, 0), edge(embedded, 9, 1)
    growth = peers.growth(start, end).to_numpy(dtype=float)
    assert len(growth) == 5 * 21
    found = peers.similar("F04", top=11, start=start, end=end).set_index("symbol")
    for name in ("pearson", "residual"):
        row = pd.Series(getattr(classical, name)(growth)[4], index=peers.symbols).drop("F04")
        assert_allclose(found[name], row[found.index], atol=1e-6)
        best = row.sort_values(ascending=False).index
        assert list(found[f"{name}_rank"]) == [list(best).index(one) + 1 for one in found.index]


def test_ranking_by_another_measure_puts_the_learned_one_beside(peers):
    found = peers.similar("F04", top=11, measure="residual").set_index("symbol")
    growth = peers.growth().to_numpy(dtype=float)
    row = pd.Series(classical.residual(growth)[4], index=peers.symbols).drop("F04")
    assert list(found.index) == list(row.sort_values(ascending=False).index)
    assert_allclose(found["score"], row[found.index], atol=1e-6)
    learned = peers.similar("F04", top=11).set_index("symbol")
    assert_allclose(found["learned"], learned.loc[found.index, "score"], atol=1e-6)
    assert_array_equal(found["learned_rank"], learned.loc[found.index, "rank"])
    assert "residual" not in found and "network_rank_low" not in found


def test_the_matrix_of_another_measure(peers):
    matrix = peers.matrix(measure="pearson")
    expected = classical.pearson(peers.growth().to_numpy())
    off = ~np.eye(12, dtype=bool)
    assert_allclose(matrix.to_numpy()[off], expected[off], atol=1e-12)
    assert_array_equal(np.diag(matrix), 1.0)
    assert peers.measures == ["learned", *offered(12)]


def test_a_range_is_what_those_days_alone_give(peers, embedded):
    # What came before and after is changed: of the range, nothing but rounding is.
    other = dataclasses.replace(embedded, held=embedded.held.copy())
    other.held[:6], other.held[11:] = 1e3, np.nan
    days = Days.of(embedded.growth)
    alone = exposures.over(days, embedded.portfolios, 1 + 6 * 21, 1 + 10 * 21)
    other.held[6], other.held[10] = 0.0, alone
    asked = (edge(embedded, 6, 0), edge(embedded, 9, 1))
    found = peers.matrix(*asked).to_numpy()
    assert_allclose(Peers(other).matrix(*asked), found, atol=1e-3)
    assert np.abs(found - peers.matrix().to_numpy()).max() > 0.05


def test_network_ranks_are_the_extremes_over_single_networks(peers):
    found = peers.similar("F06", top=11)
    ranks = []
    for network in range(2):
        row = pd.Series(peers.learned.matrix(peers.calendar.blocks(), network)[6], peers.symbols)
        ranks.append(row.drop("F06").rank(ascending=False)[found["symbol"]].to_numpy())
    assert_array_equal(found["network_rank_low"], np.min(ranks, axis=0))
    assert_array_equal(found["network_rank_high"], np.max(ranks, axis=0))
    assert (found["network_rank_low"] < found["network_rank_high"]).any()


@pytest.mark.parametrize("measure", ["learned", "pearson"])
def test_year_ranks_are_those_in_single_years(peers, measure):
    found = peers.similar("F06", top=11, measure=measure)
    ranks = []
    for blocks in peers.calendar.years(peers.calendar.blocks()).values():
        start, end = peers.calendar.span(blocks)
        row = peers.matrix(start, end, measure).loc["F06"].drop("F06")
        ranks.append(row.rank(ascending=False)[found["symbol"]].to_numpy())
    assert len(ranks) == 3
    assert_array_equal(found["year_rank_low"], np.nanmin(ranks, axis=0))
    assert_array_equal(found["year_rank_median"], np.nanmedian(ranks, axis=0))
    assert_array_equal(found["year_rank_high"], np.nanmax(ranks, axis=0))


def test_without_a_year_there_are_no_year_ranks(peers):
    found = peers.similar("F06", start="2015-06-01", end="2015-08-01")
    assert found[["year_rank_low", "year_rank_median", "year_rank_high"]].isna().all(axis=None)


def test_the_score_with_a_basket_is_the_mean_and_its_firms_are_not_listed(peers):
    basket = ["F00", "f03", "F00"]
    found = peers.similar(basket, top=100).set_index("symbol")
    mean = peers.matrix().loc[["F00", "F03"]].mean().drop(["F00", "F03"])
    assert set(found.index) == set(mean.index)
    assert_allclose(found["score"], mean[found.index], atol=1e-6)
    assert set(found.index[:2]) == {"F06", "F09"}
    pearson = peers.matrix(measure="pearson").loc[["F00", "F03"]].mean()
    assert_allclose(found["pearson"], pearson[found.index], atol=1e-6)
    pd.testing.assert_frame_equal(peers.similar(["F01"]), peers.similar("F01"))


def test_a_basket_s_firm_without_a_score_leaves_the_mean_to_the_others(peers, embedded):
    end = edge(embedded, 3, 1)
    found = peers.similar(["F02", "F11"], top=20, end=end)
    alone = peers.similar("F02", top=20, end=end)
    assert_array_equal(found["symbol"], alone["symbol"])
    assert_allclose(found["score"], alone["score"], atol=1e-6)


def test_the_least_similar_come_first_at_the_bottom(peers):
    found, whole = peers.similar("F01", bottom=3), peers.similar("F01", top=11)
    assert list(found["symbol"]) == list(whole["symbol"][:-4:-1])
    assert list(found["rank"]) == [11, 10, 9]
    assert "Group 1" not in set(found["sector"])


def test_filters_list_fewer_firms_and_leave_their_ranks(peers):
    whole = peers.similar("F01", top=11)
    beside = ["rank", "symbol", "score", "percentile", "pearson_rank"]
    for asked, kept in (
        ({"sector": "group 2"}, whole["sector"] == "Group 2"),
        ({"exclude_sector": "Group 1"}, whole["sector"] != "Group 1"),
        ({"cap": "small"}, whole["market_cap"] < 2e9),
        ({"cap": "large", "sector": "Group 1"},
         (whole["market_cap"] >= 1e10) & (whole["sector"] == "Group 1")),
    ):  # fmt: skip
        found = peers.similar("F01", top=11, **asked)
        assert 0 < len(found) < 11
        pd.testing.assert_frame_equal(found[beside], whole[kept][beside].reset_index(drop=True))


def test_the_nearest_agree_with_similar(peers):
    for asked in ({}, {"start": "2015-06-01", "end": "2016-06-01"}):
        near, found = peers.nearest("f08", 4, **asked), peers.similar("F08", 4, **asked)
        assert list(near.columns) == ["symbol", "score"]
        assert_array_equal(near["symbol"], found["symbol"])
        assert_allclose(near["score"], found["score"])


def test_a_late_listing_has_no_peers_before_it_and_some_after(peers, embedded):
    # F11 is listed on day 175.
    early = peers.matrix(end=edge(embedded, 3, 1))
    assert early.loc["F11"].drop("F11").isna().all()
    assert early.drop("F11").drop(columns="F11").notna().all(axis=None)
    assert "F11" not in set(peers.similar("F00", top=20, end=edge(embedded, 3, 1))["symbol"])
    assert "F11" in set(peers.similar("F02", top=4)["symbol"])
    for ask in (peers.similar, peers.nearest):
        with pytest.raises(InputError, match="F11 has fewer than 20 days in common"):
            ask("F11", end=edge(embedded, 3, 1))


def test_a_block_shorter_than_the_minimum_gives_no_score(peers, embedded):
    # 680 days are 32 blocks of 21 and one of 8.
    with pytest.raises(InputError, match=r"F01, F02 have fewer than 20 .* ask for a longer"):
        peers.similar(["F01", "F02"], start=edge(embedded, -1, 0))


def test_symbols_are_found_in_any_case_and_misspelt_ones_are_answered(peers):
    pd.testing.assert_frame_equal(peers.similar(" f01 "), peers.similar("F01"))
    assert peers.named("f01") == "F01"
    with pytest.raises(InputError, match=r"no firm 'F1'.*did you mean.*F01"):
        peers.similar("F1")


def test_a_name_may_be_missing(embedded):
    nameless = dataclasses.replace(embedded, firms=embedded.firms.assign(name=None))
    assert Peers(nameless).similar("F01")["name"].isna().all()


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ({"top": 0}, "number of peers to list is 0: ask for at least 1"),
        ({"start": "2016-03-01", "end": "2016-02-01"}, "the earlier day first"),
        ({"start": "2030-01-01"}, "outside the data: the similarities cover 2015-01-05 to 2017"),
        ({"end": date(2001, 1, 1)}, "outside the data"),
        ({"start": "soon"}, "'soon' is not a day"),
        ({"symbol": "???"}, "ask for one of them: F00"),
        ({"symbol": []}, "give at least one symbol"),
        ({"symbol": ["F01", "F99"]}, "no firm 'F99'"),
    ],
)
def test_what_cannot_be_answered_is_said(peers, asked, sentence):
    for ask in (peers.similar, peers.nearest):
        with pytest.raises(InputError, match=sentence):
            ask(**{"symbol": "F01"} | asked)


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ({"bottom": 0}, "at least 1"),
        ({"sector": "Energy"}, "'Energy' is unknown: the sectors are Group 0, Group 1, Group 2"),
        ({"exclude_sector": "Group"}, "ambiguous"),
        ({"cap": "huge"}, "ask for small, mid, large"),
        ({"sector": "Group 0", "exclude_sector": "Group 0"}, "No firm is left to list"),
        (
            {"measure": "cosine"},
            "no measure 'cosine' for 12 firms: ask for one of learned, pearson",
        ),
        ({"measure": "eigen10"}, "no measure 'eigen10' for 12 firms"),
    ],
)
def test_filters_and_measures_that_are_unknown_are_said(peers, asked, sentence):
    with pytest.raises(InputError, match=sentence):
        peers.similar("F01", **asked)


def test_a_matrix_by_an_unknown_measure_is_refused(peers):
    with pytest.raises(InputError, match="no measure 'cosine'"):
        peers.matrix(measure="cosine")


def test_answers_from_the_store_s_memory_maps_are_the_same(tmp_path, embedded, peers):
    store = Store(tmp_path)
    store.write("embed", "print", embedded, {})
    stored = store.read(Embedded, "embed", "print")
    assert isinstance(stored.held, np.memmap)
    mapped = Peers(stored)
    pd.testing.assert_frame_equal(mapped.matrix(), peers.matrix())
    pd.testing.assert_frame_equal(
        mapped.similar("F05", start="2015-06-01"), peers.similar("F05", start="2015-06-01")
    )
    with pytest.raises(ValueError, match="read-only"):
        stored.held[0] = 1.0


def many(firms=600, count=30, components=24):
    """Exposures of many firms, so large that loading them whole would show."""
    random = np.random.default_rng(0)
    loadings = random.normal(size=(firms, components)).astype(np.float32)
    day = loadings @ (loadings.T @ loadings)
    beside = np.broadcast_to([0.0, 21.0], (firms, 2))
    held = np.broadcast_to(np.hstack([day, beside]), (5, firms, components + 2)).astype("f4")
    untrained = Reading(initial(SIZES, 0), Scale()).packed()
    dates = universe.SESSIONS[: 21 * count].to_numpy().astype("datetime64[D]")
    growth = pd.DataFrame(random.normal(size=(21 * count, firms)).astype(np.float32))
    growth.columns = [f"F{number:03d}" for number in range(firms)]
    return Embedded(
        held=np.arange(count + 1, dtype=np.float32)[:, None, None, None] * held,
        portfolios=loadings,
        readings=untrained[None],
        untrained=untrained[None],
        days=np.ones((len(dates), firms), dtype=np.float32),
        present=np.full((firms, -(-len(dates) // 8)), 255, dtype=np.uint8),
        edges=np.column_stack([dates[::21], dates[20::21]]),
        growth=growth.to_numpy(),
        dates=dates,
        embedding=pd.DataFrame({"symbol": growth.columns}),
        firms=universe.firms_table(growth),
        basis={"networks": [0], "learned_to": str(dates[-1]), "first": 0, "days_per_year": 252},
    )


def test_the_nearest_read_running_sums_of_two_days_and_load_nothing_whole(tmp_path):
    store = Store(tmp_path)
    store.write("embed", "print", many(), {})
    stored = store.read(Embedded, "embed", "print")
    tracemalloc.start()
    found = Peers(stored).nearest("F123", start="2015-06-01", end="2015-12-31")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(found) == 10
    assert peak < (stored.held.nbytes + stored.days.nbytes) / 3


def test_beyond_512_firms_the_percentile_is_taken_over_evenly_spaced_ones():
    peers = Peers(many(count=2))
    pairs = peers.matrix().to_numpy()[np.triu_indices(600, 1)].astype(float)
    score = np.array([-0.5, -0.1, 0.0, 0.2, 0.6])
    found = peers.scores.percentiles("learned", (0, 2), score)
    exact = np.searchsorted(np.sort(pairs), score) / len(pairs)
    assert_allclose(found, 100 * exact, atol=0.3)
    assert (found != 100 * exact).any()


def test_a_basket_of_all_firms_leaves_none_to_list(peers):
    with pytest.raises(InputError, match=r"All \d+ firms are asked about: leave out those"):
        peers.similar(peers.symbols)
