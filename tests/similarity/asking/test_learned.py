"""The learned measure over ranges of blocks, against recomputation from the days."""

import dataclasses
import tracemalloc

import numpy as np
import planted
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from threadpoolctl import threadpool_info  # type: ignore[import-untyped]

from pipeline import cores
from pipeline.outputs import Embedded
from pipeline.similarity.asking.learned import Learned
from pipeline.similarity.classical.gaps import MIN_COMMON
from pipeline.similarity.embedding import exposures
from pipeline.similarity.embedding.correlations import correlations
from pipeline.similarity.embedding.days import Days
from pipeline.similarity.embedding.frame import Frame
from pipeline.similarity.embedding.reading import PARTS, Reading
from pipeline.similarity.embedding.readings import mean_score
from pipeline.store import Store

EVERYONE = np.arange(12)
RANGES = [(0, 19), (0, 1), (6, 10), (17, 19)]


@pytest.fixture(scope="module")
def embedded():
    return planted.embedded(twins=True)


@pytest.fixture(scope="module")
def learned(embedded):
    return Learned(embedded)


def days_of(blocks):
    return slice(1 + 21 * blocks[0], min(1 + 21 * blocks[1], 400))


def seen(embedded, blocks):
    return np.unpackbits(embedded.present, axis=1, count=400)[:, days_of(blocks)].astype(bool)


@pytest.mark.parametrize("blocks", RANGES)
def test_common_days_equal_a_count_by_loops(embedded, learned, blocks):
    present = seen(embedded, blocks)
    expected = [[(one & other).sum() for other in present] for one in present]
    assert_array_equal(learned.common(blocks, EVERYONE), expected)
    few = np.array([11, 0])
    assert_array_equal(learned.common(blocks, few), np.array(expected)[few])


def test_common_days_of_many_firms_equal_those_of_few(embedded):
    # Beyond 16 firms they are a product of matrices rather than bits that are counted.
    two = dataclasses.replace(embedded, present=np.tile(embedded.present, (2, 1)))
    learned, everyone = Learned(two), np.arange(24)
    for blocks in RANGES:
        few = np.concatenate([learned.common(blocks, part) for part in np.split(everyone, 2)])
        assert_array_equal(learned.common(blocks, everyone), few)


@pytest.mark.parametrize("network", [None, 0, 1])
@pytest.mark.parametrize("blocks", RANGES[:1] + RANGES[2:])
def test_scores_of_a_range_are_what_those_days_alone_give(embedded, learned, blocks, network):
    days, growth = days_of(blocks), embedded.growth
    whole = Days.of(growth)
    held = exposures.over(whole, embedded.portfolios, days.start, days.stop)
    states = Frame(held, embedded.portfolios).states
    readings = [Reading.unpacked(numbers) for numbers in embedded.readings]
    expected = mean_score(readings if network is None else [readings[network]], states, states)
    present = seen(embedded, blocks)
    expected[present.astype(int) @ present.T < MIN_COMMON] = np.nan
    np.fill_diagonal(expected, 1.0)
    assert_allclose(learned.matrix(blocks, network), expected, atol=2e-3)


def test_the_parts_of_a_score_sum_to_it(learned):
    matrix = learned.matrix((0, 19))
    for one, other in ((0, 3), (2, 5), (4, 9)):
        found = learned.parts((0, 19), one, other)
        assert list(found) == list(PARTS)
        assert sum(found.values()) == pytest.approx(matrix[one, other], abs=1e-5)
        swapped = learned.parts((0, 19), other, one)
        assert_allclose(list(swapped.values()), list(found.values()), atol=1e-6)


@pytest.mark.parametrize("blocks", RANGES)
def test_scores_are_symmetric_and_in_range_and_rows_are_those_of_the_matrix(learned, blocks):
    matrix = learned.matrix(blocks)
    assert_array_equal(matrix, matrix.T)
    assert_array_equal(np.diag(matrix), 1.0)
    assert np.nanmax(np.abs(matrix)) <= 1.0
    rows = learned.rows(blocks, np.array([3, 7]))
    rows[[0, 1], [3, 7]] = 1.0
    assert_allclose(rows, matrix[[3, 7]], atol=1e-6)


def test_networks_differ_and_their_scores_are_averaged(learned):
    assert learned.networks == 2
    one, other = (learned.matrix((0, 19), network) for network in (0, 1))
    assert np.abs(one - other).max() > 0.001
    assert_allclose(learned.matrix((0, 19)), (one + other) / 2.0, atol=1e-6)


def test_an_answer_does_not_depend_on_the_one_before(embedded):
    asked = [((0, 19), None), ((2, 5), None), ((2, 5), 1), ((2, 5), 1), ((0, 19), None)]
    learned = Learned(embedded)
    for blocks, network in asked:
        again = Learned(embedded).matrix(blocks, network)
        assert_array_equal(learned.matrix(blocks, network), again)


def test_many_firms_are_answered_in_parts_as_few_are(embedded, learned, monkeypatch):
    monkeypatch.setattr(cores, "PART", 5)
    assert len(cores.in_parts(lambda part: part, len(EVERYONE))) > 1
    for blocks in RANGES:
        assert_allclose(Learned(embedded).matrix(blocks), learned.matrix(blocks), atol=1e-5)


def test_products_of_an_answer_take_one_thread(embedded, monkeypatch):
    seen = []
    monkeypatch.setattr(Reading, "vectors", _noting(Reading.vectors, seen))
    monkeypatch.setattr(Reading, "score", _noting(Reading.score, seen))
    with cores.threads(2, "blas"):
        Learned(embedded).rows((0, 19), np.array([3]))
    assert set(seen) == {1}


def _noting(function, seen):
    """Note how many threads a product takes when it is called."""

    def noting(*given):
        pools = (each for each in threadpool_info() if each["user_api"] == "blas")
        seen.extend(int(each["num_threads"]) for each in pools)
        return function(*given)

    return noting


@pytest.mark.parametrize(("one", "other"), [(2, 5), (0, 11), (1, 3)])
def test_products_of_all_days_sum_to_the_correlation_of_days(embedded, learned, one, other):
    blocks = (3, 12)
    days = days_of(blocks)
    found = learned.products(days, one, other)
    pair = embedded.days[days][:, [one, other]].astype(float)
    present = seen(embedded, blocks)
    both = present[one] & present[other]
    assert_array_equal(found[~both], 0.0)
    a, b = pair[both].T
    assert_allclose(found[both], a * b / np.sqrt((a**2).sum() * (b**2).sum()), atol=1e-12)
    together = correlations(embedded.days[days], present.T)
    assert found.sum() == pytest.approx(together[one, other], abs=1e-5)
    assert_array_equal(learned.products(days, other, one), found)


def test_products_of_firms_that_never_meet_are_zero(learned):
    assert_array_equal(learned.products(slice(20, 60), 0, 11), 0.0)


@pytest.mark.parametrize("network", [None, 1])
def test_a_question_reads_what_is_held_at_two_days(tmp_path, network):
    count, firms = 60, 400
    small = planted.embedded(days=200)
    random = np.random.default_rng(0)
    dates = np.arange("2015-01-01", "2016-06-01", dtype="datetime64[D]")[: 5 * count]
    large = dataclasses.replace(
        small,
        held=random.normal(size=(count + 1, 5, firms, 18)).astype(np.float32),
        portfolios=random.normal(size=(firms, 16)).astype(np.float32),
        present=np.full((firms, -(-len(dates) // 8)), 255, dtype=np.uint8),
        edges=np.column_stack([dates[::5], dates[4::5]]),
        dates=dates,
    )
    store = Store(tmp_path)
    store.write("embed", "print", large, {})
    stored = store.read(Embedded, "embed", "print")
    assert isinstance(stored.held, np.memmap)
    learned = Learned(stored)
    tracemalloc.start()
    found = learned.rows((10, 40), np.array([3]), network)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert found.shape == (1, firms)
    assert peak < stored.held.nbytes / 4
