"""The embed stage with real networks."""

import keras
import numpy as np
import pandas as pd
import pytest
import universe
from numpy.testing import assert_array_equal

import models
from pipeline.outputs import Trained
from pipeline.settings.similarity import Embed
from pipeline.similarity.asking.peers import Peers
from pipeline.similarity.embedding.embed import embed
from pipeline.watch import Silence

PLANTED = {"firms": 6, "days": 160}


def embedded(name, networks=1, drawn=0):
    keras.utils.set_random_seed(drawn)
    windowed = universe.windowed(**PLANTED)
    made = []
    for _ in range(networks):
        network = models.build(name, features=windowed.features.shape[2], units=4, attention_days=6)
        made.append(Trained(models.to_bytes(network), pd.DataFrame(), {}))
    return embed(
        Embed(block_days=20),
        universe.ingested(**PLANTED),
        universe.grown(**PLANTED),
        windowed,
        made,
        list(range(7, 7 + networks)),
        watch=Silence(),
    )


ONE_EACH = ("gru", "bidirectional", "seq2seq", "memory")
"""States by day and by window, beside a decoder and of another width; others repeat these."""


@pytest.mark.parametrize(
    "name",
    [
        name if name in ONE_EACH else pytest.param(name, marks=pytest.mark.full)
        for name in models.ARCHITECTURES
    ],
)
def test_a_network_s_states_become_similarities(name):
    found = embedded(name)
    # Days 20 … 159 in blocks of 20; the last firm is listed on day 40. Half of 6 firms are 3.
    assert found.sums.shape[:3] == (1, 8, 6) and 1 <= found.sums.shape[3] <= 3
    peers = Peers(found)
    assert_array_equal(peers.learned.common((0, 7), np.array([1]))[0, [2, 5]], [140, 100])
    scores = peers.matrix().to_numpy()
    assert np.isfinite(scores).all()
    assert len(np.unique(scores)) > 10
    assert (found.untrained != 0.0).any()


def test_networks_are_told_apart_and_the_untrained_one_has_other_weights():
    found = embedded("gru", networks=2)
    assert found.responses.shape == (2, 160, 6)
    assert found.basis["networks"] == [7, 8]
    assert (found.responses[0] != found.responses[1]).any()
    assert (found.untrained != found.responses[0]).any()


def test_the_untrained_network_follows_from_the_seed():
    first, again = embedded("elman", drawn=1), embedded("elman", drawn=2)
    # The given weights are others; those of the network that learned nothing are not.
    assert (first.responses != again.responses).any()
    assert_array_equal(first.untrained, again.untrained)
