"""The graph of forecasts: one for all networks that compute the same."""

import keras
import numpy as np
import pytest

import models
from pipeline.training import graph
from pipeline.training.graph import runner

SEEN = np.random.default_rng(0).normal(size=(3, 6, 4)).astype(np.float32)


def network(name: str = "gru", units: int = 4) -> keras.Model:
    return models.build(name, features=4, units=units, dropout=0.2)


@pytest.mark.parametrize("name", ["elman", "bidirectional", "seq2seq"])
def test_a_network_is_run_as_it_is_for_any_batch_and_days(name: str) -> None:
    one = network(name)
    run = runner(one)
    for part in (SEEN, SEEN[:1, :3]):
        np.testing.assert_allclose(run(part), one(part), rtol=1e-5, atol=1e-6)


def test_networks_that_compute_the_same_share_a_graph_and_no_weights() -> None:
    one, other = network(), network()
    runner(one)(SEEN)
    made = graph._graph.cache_info().misses
    run = runner(other)
    np.testing.assert_allclose(run(SEEN), other(SEEN), rtol=1e-5, atol=1e-6)
    assert np.abs(run(SEEN) - np.asarray(one(SEEN))).max() > 1e-3
    assert graph._graph.cache_info().misses == made
    read_back = models.from_bytes(models.to_bytes(other))
    np.testing.assert_array_equal(runner(read_back)(SEEN), run(SEEN))
    assert graph._graph.cache_info().misses == made
    runner(network(units=5))(SEEN)
    assert graph._graph.cache_info().misses == made + 1


def test_a_shape_that_is_given_later_is_of_that_network_alone() -> None:
    one, other = network(), network()
    before = runner(one)
    models.set_shape(one, models.Shape([2.0], [1.5], [0.1], [0.2]))
    np.testing.assert_allclose(runner(one)(SEEN), one(SEEN), rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(runner(other)(SEEN), other(SEEN), rtol=1e-5, atol=1e-6)
    assert np.abs(before(SEEN) - np.asarray(one(SEEN))).max() > 1e-3


def test_weights_that_a_network_takes_later_are_not_seen() -> None:
    one = network()
    run = runner(one)
    before = run(SEEN)
    one.set_weights([2.0 * value for value in one.get_weights()])
    np.testing.assert_array_equal(run(SEEN), before)
