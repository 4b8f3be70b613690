"""Peers that answer many questions say what peers say that are asked once."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pandas as pd
import planted
import pytest

from pipeline.similarity.asking.peers import Peers
from pipeline.similarity.asking.ready import Kept, ReadyPeers

ASKED = [
    (firm, year) for firm in ("F01", "F05", "F09") for year in (None, "2015", "2016", "2015-06")
]


@pytest.fixture(scope="module")
def embedded():
    return planted.embedded(days=700)


@pytest.fixture(scope="module")
def plain(embedded):
    return Peers(embedded)


@pytest.fixture(scope="module")
def expected(plain):
    return [plain.similar(firm, 5, start=year, end=year) for firm, year in ASKED]


@pytest.mark.parametrize("room", [2**20, 1])
def test_they_say_the_same_in_any_order_and_from_any_thread(
    embedded, plain, expected, room: int
) -> None:
    ready = ReadyPeers(embedded, room=room, scores=room)
    with ThreadPoolExecutor(4) as pool:
        found = [*pool.map(lambda one: ready.similar(one[0], 5, one[1], one[1]), 2 * ASKED)]
    for at, table in enumerate(found):
        pd.testing.assert_frame_equal(table, expected[at % len(ASKED)], rtol=1e-4, atol=1e-5)
    pd.testing.assert_frame_equal(
        ready.history("F01", 3), plain.history("F01", 3), rtol=1e-4, atol=1e-5
    )
    one, other = (peers.explain("F01", "F04") for peers in (ready, plain))
    assert (one.sentence, one.change) == (other.sentence, other.change)


def test_what_is_asked_for_longest_ago_makes_room() -> None:
    kept, made = Kept(room=8 * 25), []

    def get(name: str) -> None:
        def make() -> np.ndarray:
            made.append(name)
            return np.zeros(10)

        assert not kept.get(name, make).flags.writeable

    for name in "abacab":
        get(name)
    assert made == ["a", "b", "c", "b"]
