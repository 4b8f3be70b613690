"""The embed stage with real networks."""

import numpy as np
import pandas as pd
import pytest
import universe

import models
from pipeline.outputs import Trained
from pipeline.sections import Embed
from pipeline.similarity.embed import embed
from pipeline.similarity.peers import Peers
from pipeline.watch import Silence


@pytest.mark.parametrize("name", models.ARCHITECTURES)
def test_an_untrained_network_s_states_become_similarities(name):
    planted = {"firms": 6, "days": 160}
    windowed = universe.windowed(**planted)
    network = models.build(name, features=windowed.features.shape[2], units=4)
    trained = Trained(models.to_bytes(network), pd.DataFrame(), {})
    embedded = embed(
        Embed(block_days=20),
        universe.ingested(**planted),
        universe.grown(**planted),
        windowed,
        trained,
        watch=Silence(),
    )
    # Days 20 … 159 in blocks of 20; the last firm is listed on day 40.
    assert embedded.products.shape == (8, 6, 6)
    assert embedded.common[-1, 1, 2] == 140
    assert embedded.common[-1, 1, 5] == 100
    scores = Peers(embedded).matrix().to_numpy()
    assert np.isfinite(scores).all()
    assert len(np.unique(scores)) > 10
