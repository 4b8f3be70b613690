"""The graph of a network's forecasts, made once for all networks that compute the same."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

import models

KEPT = 8
"""Graphs that are kept, the last used: enough for all that one run makes."""

Array = NDArray[np.float32]


def runner(network: keras.Model) -> Callable[[Array], Array]:
    """Return a function from features (batch, days, F) to what the network gives for them now.

    It may be called by several threads at a time. Weights that the network takes later are not
    seen.
    """
    values = [tf.convert_to_tensor(variable.value) for variable in network.variables]
    graph = _graph(_Kind(models.blueprint(network), network))

    def run(features: Array) -> Array:
        answer: Array = graph(values, tf.convert_to_tensor(features)).numpy()
        return answer

    return run


@dataclass(frozen=True)
class _Kind:
    """A blueprint, and any network of it."""

    blueprint: str
    network: keras.Model = field(compare=False)


@lru_cache(KEPT)
def _graph(kind: _Kind) -> Any:
    """Return a function from weights and features to what a network of the kind gives."""
    # A twin, since the shape of what the network gives may be changed before the graph is made.
    network = models.twin(kind.network)
    columns = network.input_shape[-1]

    def run(values: list[Any], features: Any) -> Any:
        with keras.StatelessScope(state_mapping=[*zip(network.variables, values, strict=True)]):
            return network(features, training=False)

    weights = [tf.TensorSpec(value.shape, value.dtype) for value in network.variables]
    signature = (weights, tf.TensorSpec((None, None, columns), network.input_dtype))
    return tf.function(run, input_signature=signature, autograph=False)
