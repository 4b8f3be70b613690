"""One training of several epochs, which the tests of a fit and of a refit look at."""

from __future__ import annotations

import pytest
from fits import PANEL, SMALL, WILD, Listener

from pipeline.outputs import Trained
from pipeline.training.train import train


@pytest.fixture(scope="session")
def listener() -> Listener:
    """Told of the training that is `kept`."""
    return Listener()


@pytest.fixture(scope="session")
def kept(listener: Listener) -> Trained:
    """What a training of several epochs without a refit gives."""
    return train(WILD, SMALL, PANEL, watch=listener)
