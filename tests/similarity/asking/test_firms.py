"""The firms of a planted universe, over ranges of blocks of days."""

import dataclasses

import numpy as np
import pandas as pd
import planted
import pytest
import universe
from numpy.testing import assert_allclose

from pipeline.similarity.asking.firms import Firms


@pytest.fixture(scope="module")
def embedded():
    return planted.embedded(days=700, twins=True)


@pytest.fixture(scope="module")
def firms(embedded):
    return Firms(embedded)


def edge(embedded, block, end):
    return embedded.edges[block, end].item()


def test_span_widens_to_whole_blocks(firms, embedded):
    assert firms.span() == (edge(embedded, 0, 0), edge(embedded, -1, 1))
    inside = embedded.dates[1 + 3 * 21 + 5].item()
    assert firms.span(inside, inside) == (edge(embedded, 3, 0), edge(embedded, 3, 1))
    assert firms.span(edge(embedded, 2, 1), edge(embedded, 4, 0)) == (
        edge(embedded, 2, 0),
        edge(embedded, 4, 1),
    )
    assert firms.span("1990-01-01", inside) == (edge(embedded, 0, 0), edge(embedded, 3, 1))
    assert firms.span(pd.Timestamp(inside)) == (edge(embedded, 3, 0), edge(embedded, -1, 1))


def test_the_largest_firm(embedded, firms):
    assert firms.largest() == "F11"
    unknown = dataclasses.replace(embedded, firms=embedded.firms.assign(market_cap=None))
    assert Firms(unknown).largest() == "F00"


def test_the_embedding_is_what_the_first_network_reads(firms, embedded):
    for asked in ({}, {"start": edge(embedded, 12, 0), "end": edge(embedded, 20, 1)}):
        vectors = firms.embedding(**asked)
        assert list(vectors.index) == firms.symbols
        read = firms.learned.vectors(firms.calendar.blocks(*asked.values()))
        assert_allclose(vectors, np.hstack(read))
    whole = embedded.embedding.set_index("symbol")
    assert_allclose(firms.embedding(), whole, atol=1e-5)


def test_growth_is_that_of_the_days_that_are_compared(firms):
    planted_growth = universe.growth_panel(days=700, twins=True)
    found = firms.growth("2016-01-10", "2016-02-20")
    first, last = firms.span("2016-01-10", "2016-02-20")
    pd.testing.assert_frame_equal(
        found.astype(float),
        planted_growth.loc[str(first) : str(last)],
        rtol=1e-5,
        check_names=False,
        check_freq=False,
        check_index_type=False,
    )
