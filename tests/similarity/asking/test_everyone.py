"""All firms at once: the nearest peers of each, and their places with their vectors."""

from __future__ import annotations

import numpy as np
import pytest
import universe
from similarity import planted

from pipeline.outputs import Grown
from pipeline.similarity.asking.everyone import COLUMNS, KNOWN, PLACE, nearest, placed
from pipeline.similarity.asking.peers import Peers


@pytest.fixture(scope="module")
def peers() -> Peers:
    """Six firms, the last of which has all but no days."""
    growth = universe.growth_panel(firms=6, days=300, gaps=False)
    growth.iloc[:-3, 5] = np.nan
    return Peers(planted.embedded(Grown(growth, universe.grown().basis)))


def test_the_nearest_are_those_that_one_is_told_of(peers: Peers) -> None:
    found = nearest(peers, 3)
    assert list(found) == COLUMNS
    assert found["symbol"].unique().tolist() == peers.symbols[:5]
    own = found[found["symbol"] == peers.symbols[1]]
    assert own["rank"].tolist() == [1, 2, 3]
    assert own["peer"].tolist() == peers.similar(peers.symbols[1], 3)["symbol"].tolist()


def test_a_firm_has_a_place_and_its_vector(peers: Peers) -> None:
    found = placed(peers)
    vectors = peers.embedding()
    known = vectors.notna().all(axis=1)
    assert list(found) == [*KNOWN, *PLACE, *vectors]
    assert found["symbol"].tolist() == vectors.index[known].tolist()
    np.testing.assert_array_equal(found[list(vectors)], vectors[known])
    assert np.isfinite(found[PLACE].to_numpy()).all()
