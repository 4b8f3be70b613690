"""Blueprints: equal for networks that compute the same, and twins of them."""

import random

import numpy as np
import pytest
from networks import drawn

import models
from models import ARCHITECTURES, blueprint, twin

SEEN = np.random.default_rng(0).normal(size=(2, 4, 3)).astype(np.float32)


@pytest.mark.parametrize("name", sorted(ARCHITECTURES))
def test_a_twin_computes_the_same_from_the_same_weights(name: str) -> None:
    network = drawn(name)
    random.seed(5)
    follows = random.random()
    random.seed(5)
    other = twin(network)
    assert random.random() == follows  # what is drawn next does not tell of it
    assert blueprint(other) == blueprint(network)
    assert [own.shape for own in other.variables] == [own.shape for own in network.variables]
    other.set_weights(network.get_weights())
    np.testing.assert_array_equal(other(SEEN), network(SEEN))


def test_only_what_computes_the_same_has_the_same_blueprint() -> None:
    first = models.build("seq2seq", features=3, units=4, horizon=2)
    same = models.build("seq2seq", features=3, units=4, horizon=2)
    assert (
        blueprint(first) == blueprint(same) == blueprint(models.from_bytes(models.to_bytes(same)))
    )
    others = [
        models.build("seq2seq", features=3, units=4, horizon=3),
        models.build("seq2seq", features=3, units=4, horizon=2, dropout=0.1),
        models.build("gru", features=3, units=4, horizon=2),
    ]
    models.set_shape(same, models.Shape([2.0, 1.0], [1.0, 1.0], [0.0, 0.0], [0.0, 0.0]))
    found = {blueprint(each) for each in (first, same, *others)}
    assert len(found) == 5
