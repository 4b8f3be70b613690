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

from pipeline.errors import InputError
from pipeline.outputs import Embedded, Grown
from pipeline.panel.windows import window
from pipeline.similarity import blocks, classical
from pipeline.similarity.peers import Peers
from pipeline.similarity.validation import precision_at
from pipeline.store import Store

GROUP = np.arange(12) % 3


def with_twins():
    """Twelve firms, of which F05 moves as F02 does but for a whisper."""
    growth = universe.growth_panel()
    whisper = np.random.default_rng(9).normal(scale=0.1, size=len(growth))
    growth["F05"] = growth["F02"] + whisper
    return Grown(growth, universe.grown().basis)


@pytest.fixture(scope="module")
def embedded():
    return planted.embedded(with_twins())


@pytest.fixture(scope="module")
def peers(embedded):
    return Peers(embedded, run_id="a-run")


def edge(embedded, block, end):
    return embedded.edges[block, end].item()


def test_planted_groups_are_found(peers):
    assert precision_at(peers.matrix().to_numpy(), list(GROUP), 3) == 1.0


def test_twins_are_each_other_s_nearest(peers):
    assert peers.similar("F02", top=1)["symbol"].item() == "F05"
    assert peers.similar("F05", top=1)["symbol"].item() == "F02"


def test_columns_order_and_metadata(peers):
    found = peers.similar("F01", top=4)
    expected = (
        "rank symbol name sector score percentile pearson pearson_rank residual residual_rank"
    )
    assert list(found.columns) == expected.split()
    assert list(found["rank"]) == [1, 2, 3, 4]
    assert found["score"].is_monotonic_decreasing
    assert list(found["sector"][:3]) == ["Group 1"] * 3
    assert list(found["name"]) == [f"Firm {symbol}" for symbol in found["symbol"]]
    assert peers.run_id == "a-run"


def test_a_firm_is_never_its_own_peer(peers):
    for symbol in peers.symbols:
        found = peers.similar(symbol, top=100)
        assert len(found) == 11
        assert symbol not in set(found["symbol"])


def test_scores_are_those_of_the_matrix_and_it_is_symmetric_and_in_range(peers):
    matrix = peers.matrix()
    assert_array_equal(matrix, matrix.T)
    assert np.abs(matrix.to_numpy()).max() <= 1.0
    assert_array_equal(np.diag(matrix), 1.0)
    found = peers.similar("F07", top=11)
    assert_array_equal(found["score"], matrix.loc["F07", found["symbol"]])


def test_the_percentile_is_the_share_of_pairs_below(peers):
    pairs = peers.matrix().to_numpy()[np.triu_indices(12, 1)]
    found = peers.similar("F03", top=11)
    expected = [100 * (pairs < score).mean() for score in found["score"].to_numpy()]
    assert_allclose(found["percentile"], expected, rtol=1e-12)


def test_correlations_and_ranks_stand_beside_on_the_same_days(peers, embedded):
    start, end = edge(embedded, 5, 0), edge(embedded, 9, 1)
    growth = peers.growth(start, end).to_numpy(dtype=float)
    assert len(growth) == 5 * 21
    found = peers.similar("F04", top=11, start=start, end=end).set_index("symbol")
    for name in ("pearson", "residual"):
        row = pd.Series(getattr(classical, name)(growth)[4], index=peers.symbols).drop("F04")
        assert_allclose(found[name], row[found.index], atol=1e-12)
        best = row.sort_values(ascending=False).index
        assert list(found[f"{name}_rank"]) == [list(best).index(one) + 1 for one in found.index]


def test_a_range_is_what_those_days_alone_give(peers, embedded):
    # Days 146 … 229 are blocks 6 … 9; a stage that starts with its lookback before them and
    # the same trajectories must find the same scores.
    first, stop = 20 + 6 * 21, 20 + 10 * 21
    windowed = window(planted.SECTION, with_twins())
    states = planted.trajectories(windowed)[:, first:stop]
    present = windowed.features[:, first:stop, -1] > 0
    one_block = blocks.bounds(0, stop - first, 1000)
    *_, (products, common) = blocks.running_sums(states, present, one_block)
    scratch = blocks.scores(products, common)
    found = peers.matrix(edge(embedded, 6, 0), edge(embedded, 9, 1)).to_numpy()
    off = ~np.eye(12, dtype=bool)
    assert_allclose(found[off], scratch[off], atol=1e-5)


def test_span_widens_to_whole_blocks(peers, embedded):
    assert peers.span() == (edge(embedded, 0, 0), edge(embedded, -1, 1))
    inside = embedded.dates[20 + 3 * 21 + 5].item()
    assert peers.span(inside, inside) == (edge(embedded, 3, 0), edge(embedded, 3, 1))
    assert peers.span(edge(embedded, 2, 1), edge(embedded, 4, 0)) == (
        edge(embedded, 2, 0),
        edge(embedded, 4, 1),
    )
    assert peers.span("1990-01-01", inside) == (edge(embedded, 0, 0), edge(embedded, 3, 1))
    assert peers.span(pd.Timestamp(inside)) == (edge(embedded, 3, 0), edge(embedded, -1, 1))


def test_a_late_listing_has_no_peers_before_it_and_some_after(peers, embedded):
    early = peers.matrix(end=edge(embedded, 3, 1))
    assert early.loc["F11"].drop("F11").isna().all()
    assert early.drop("F11").drop(columns="F11").notna().all(axis=None)
    assert "F11" not in set(peers.similar("F00", top=20, end=edge(embedded, 3, 1))["symbol"])
    assert "F11" in set(peers.similar("F02", top=4)["symbol"])
    with pytest.raises(InputError, match="F11 has fewer than 20 days in common"):
        peers.similar("F11", end=edge(embedded, 3, 1))


def test_a_block_shorter_than_the_minimum_gives_no_score(peers, embedded):
    with pytest.raises(InputError, match="ask for a longer range"):
        peers.similar("F01", start=edge(embedded, -1, 0))


def test_symbols_are_found_in_any_case_and_misspelt_ones_are_answered(peers):
    pd.testing.assert_frame_equal(peers.similar(" f01 "), peers.similar("F01"))
    with pytest.raises(InputError, match=r"no firm 'F1'.*did you mean.*F01"):
        peers.similar("F1")
    with pytest.raises(InputError, match="did you mean F07"):
        peers.similar("Firm F07")
    with pytest.raises(InputError, match="ask for one of them: F00"):
        peers.similar("???")


def test_a_name_may_be_missing(embedded):
    nameless = dataclasses.replace(embedded, firms=embedded.firms.assign(name=None))
    assert Peers(nameless).similar("F01")["name"].isna().all()
    with pytest.raises(InputError, match="no firm 'none'"):
        Peers(nameless).similar("none")


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ({"top": 0}, "at least 1"),
        ({"start": "2016-03-01", "end": "2016-02-01"}, "the earlier day first"),
        ({"start": "2030-01-01"}, "outside the data: the similarities cover 2015-01-30 to 2016"),
        ({"end": date(2001, 1, 1)}, "outside the data"),
        ({"start": "soon"}, "'soon' is not a day"),
        ({"start": pd.NaT}, "is not a day"),
        ({"start": "2015-02-28", "end": "2015-03-01"}, "no trading day"),
    ],
)
def test_what_cannot_be_answered_is_said(peers, asked, sentence):
    with pytest.raises(InputError, match=sentence):
        peers.similar("F01", **asked)


def test_the_embedding_s_cosine_is_close_to_the_score(peers):
    vectors = peers.embedding()
    assert list(vectors.index) == peers.symbols
    assert_allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-9)
    off = np.triu_indices(12, 1)
    cosine = vectors.to_numpy() @ vectors.to_numpy().T
    assert np.corrcoef(cosine[off], peers.matrix().to_numpy()[off])[0, 1] > 0.9


def test_answers_from_the_store_s_memory_maps_are_the_same(tmp_path, embedded, peers):
    store = Store(tmp_path)
    store.write("embed", "print", embedded, {})
    stored = store.read(Embedded, "embed", "print")
    assert isinstance(stored.products, np.memmap)
    mapped = Peers(stored)
    pd.testing.assert_frame_equal(mapped.matrix(), peers.matrix())
    pd.testing.assert_frame_equal(
        mapped.similar("F05", start="2015-06-01"), peers.similar("F05", start="2015-06-01")
    )
    with pytest.raises(ValueError, match="read-only"):
        stored.products[0] = 1.0


def many(firms=600, count=30):
    """Similarities of many firms, so large that loading them whole would show."""
    random = np.random.default_rng(0)
    unit = random.normal(size=(firms, 12)).astype(np.float32)
    unit /= np.linalg.norm(unit, axis=1, keepdims=True)
    days = 21 * np.arange(count + 1)
    dates = universe.SESSIONS[: 21 * count].to_numpy().astype("datetime64[D]")
    growth = pd.DataFrame(random.normal(size=(21 * count, firms)).astype(np.float32))
    growth.columns = [f"F{number:03d}" for number in range(firms)]
    return Embedded(
        products=(unit @ unit.T) * days[:, None, None].astype(np.float32),
        common=np.broadcast_to(days[:, None, None].astype(np.uint16), (count + 1, firms, firms)),
        edges=np.column_stack([dates[::21], dates[20::21]]),
        growth=growth.to_numpy(),
        dates=dates,
        embedding=pd.DataFrame({"symbol": growth.columns}),
        firms=universe.firms_table(growth),
        basis={"compare": "states"},
    )


def test_memory_maps_are_read_by_rows_and_never_loaded_whole(tmp_path):
    store = Store(tmp_path)
    store.write("embed", "print", many(), {})
    stored = store.read(Embedded, "embed", "print")
    tracemalloc.start()
    found = Peers(stored).similar("F123", start="2015-06-01", end="2015-12-31")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(found) == 10
    assert peak < (stored.products.nbytes + stored.common.nbytes) / 3


def test_beyond_512_firms_the_percentile_is_taken_over_evenly_spaced_ones():
    peers = Peers(many(count=2))
    pairs = peers.matrix().to_numpy()[np.triu_indices(600, 1)]
    found = peers.similar("F123", top=599)
    exact = np.searchsorted(np.sort(pairs), found["score"].to_numpy()) / len(pairs)
    assert_allclose(found["percentile"], 100 * exact, atol=0.2)
