"""What a network computes, whatever its weights: what is made of one serves all alike.

To trace a network into a graph takes longer than to run a small one, and a session trains many that
differ in their weights alone: another seed, the refit of the first fit, the one that is read back.
"""

from __future__ import annotations

import random

import keras

from models.files import numbered
from models.recurrence import engage


def blueprint(network: keras.Model) -> str:
    """Return a text that two networks share exactly if they compute the same from equal weights."""
    return numbered(network.to_json().encode()).decode()


def twin(network: keras.Model) -> keras.Model:
    """Return another network of the same blueprint, with weights of its own.

    What is drawn next, as first weights are, does not depend on whether this was called.
    """
    drawn = random.getstate()
    try:
        return engage(type(network).from_config(network.get_config()))
    finally:
        random.setstate(drawn)
