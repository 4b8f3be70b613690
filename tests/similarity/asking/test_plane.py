"""All firms on a plane."""

import numpy as np
import planted
import pytest
from numpy.testing import assert_allclose

from pipeline.errors import InputError
from pipeline.similarity.asking import plane as planes
from pipeline.similarity.asking import spanning
from pipeline.similarity.asking.peers import Peers
from pipeline.similarity.asking.plane import pairs, plane, survival


@pytest.fixture(scope="module")
def peers() -> Peers:
    return Peers(planted.embedded(days=500))


def test_firms_links_and_tree_are_of_the_scores(peers: Peers) -> None:
    found, scores = plane(peers, draws=3), peers.matrix()
    assert found.firms["symbol"].tolist() == peers.symbols
    assert len(found.tree) == len(peers.symbols) - 1
    for table in (found.links, found.tree):
        told = [scores.loc[row.one, row.other] for row in table.itertuples()]
        assert_allclose(table["score"], told, rtol=1e-6)
    assert found.tree["share"].between(0.0, 1.0).all()
    assert 0.5 < found.keeps <= 1.0
    linked = {
        frozenset(pair) for pair in zip(found.links["one"], found.links["other"], strict=True)
    }
    for symbol in peers.symbols:
        nearest = scores[symbol].drop(symbol).nlargest(planes.NEAREST).index
        assert all(frozenset((symbol, peer)) in linked for peer in nearest)


def test_draws_of_all_blocks_once_are_the_days_as_they_were(
    peers: Peers, monkeypatch: pytest.MonkeyPatch
) -> None:
    blocks = peers.calendar.blocks()

    class Once:
        def integers(self, count: int, size: int) -> np.ndarray:
            assert count == size == blocks[1] - blocks[0]
            return np.arange(count)

    monkeypatch.setattr(np.random, "default_rng", lambda _: Once())
    scores = peers.learned.matrix(blocks)
    joined, again = spanning.edges(scores), planes._over(peers, np.arange(*blocks))
    np.fill_diagonal(again, 1.0)
    assert_allclose(again, scores, atol=1e-3)
    assert survival(peers, blocks, joined, 2, 0).tolist() == [1.0] * len(joined)


def test_with_no_draws_nothing_is_known_of_edges(peers: Peers) -> None:
    assert plane(peers).tree["share"].isna().all()


def test_pairs_are_whole_percent_in_the_order_of_clusters(peers: Peers) -> None:
    found, scores = pairs(peers), peers.matrix()
    assert sorted(found["symbols"]) == peers.symbols
    ordered = scores.loc[found["symbols"], found["symbols"]].to_numpy()
    assert_allclose(np.array(found["scores"]) / 100.0, ordered, atol=0.00501)


def test_too_few_and_too_many_firms_are_refused(
    peers: Peers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(planes, "MOST", 5)
    with pytest.raises(InputError, match="All pairs of 12 firms are too many"):
        pairs(peers)
    with pytest.raises(InputError, match="A map needs at least 3 firms; there are 2"):
        plane(Peers(planted.embedded(days=330, firms=2)))
