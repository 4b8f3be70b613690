"""Keras's own recurrent layers, run by the engine."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import keras
from keras import ops

from models.recurrence.kinds import ACTIVATIONS, GRU, LSTM, Elman, Kind, ResetAfterGRU
from models.recurrence.recur import columns, recur
from models.recurrence.scan import Tensors

GATES = "sigmoid"
"""Of every gate: the logistic function."""
DTYPES = ("float32", "float64")


def engage(network: keras.Model) -> keras.Model:
    """Let the engine run the recurrent layers of a network, and return the network.

    The layers stay what they are, weights and configuration: Keras hands its inner loop over days
    to a backend that knows a better one, and this is where it asks. Keras itself runs what the
    engine does not know (layers that are unrolled, stateful or in mixed precision, and other
    activations), and cuDNN what it can where there is a GPU.
    """
    for layer in _recurrent(network):
        kind = _kind(layer)
        if kind is not None:
            layer.inner_loop = partial(_inner_loop, layer, kind)
    return network


def _recurrent(network: keras.Model) -> Iterator[Any]:
    """Give the recurrent layers of Keras's own."""
    for layer in network.layers:
        if isinstance(layer, keras.layers.Bidirectional):
            yield from (layer.forward_layer, layer.backward_layer)
        else:
            yield layer


def _kind(layer: Any) -> Kind | None:
    """Return the recurrence that a layer is, if the engine is to run it."""
    kinds = {keras.layers.SimpleRNN: Elman, keras.layers.LSTM: LSTM, keras.layers.GRU: GRU}
    kind: Any = kinds.get(type(layer))
    if kind is None or layer.unroll or layer.stateful or layer.compute_dtype not in DTYPES:
        return None
    activation = layer.activation.__name__
    gates = getattr(layer.cell, "recurrent_activation", None)
    if activation not in ACTIVATIONS or (gates is not None and gates.__name__ != GATES):
        return None
    if kind is GRU and layer.reset_after:
        kind = ResetAfterGRU
    if kind in (LSTM, ResetAfterGRU) and _cudnn(layer, activation):
        return None
    answer: Kind = kind(layer.units, activation)
    return answer


def _cudnn(layer: Any, activation: str) -> bool:
    """Say whether cuDNN is there and can run a layer."""
    if keras.backend.backend() != "tensorflow":
        return False
    import tensorflow as tf

    there = bool(tf.config.list_physical_devices("GPU"))
    return there and activation == "tanh" and layer.use_bias and not layer.recurrent_dropout


def _inner_loop(
    layer: Any, kind: Kind, sequences: Any, initial_state: Any, mask: Any, training: bool = False
) -> tuple[Any, Any, list[Any]]:
    """Do what `keras.layers.RNN.inner_loop` does: return the last output, all, and the states."""
    first = _several(initial_state)
    a, bias = _inputs(layer, kind, sequences, training)
    there = None
    if mask is not None:
        there = ops.transpose(ops.cast(_several(mask)[0], "bool"))[..., None]
    h, last = recur(
        kind,
        a,
        ops.convert_to_tensor(layer.cell.recurrent_kernel),
        bias,
        first,
        there=there,
        dropped=_dropped(layer, kind, first[0], training),
        reverse=layer.go_backwards,
        keep=bool(training),
    )
    if not layer.return_sequences:
        return last[0], last[0][:, None], list(last)
    if layer.go_backwards:  # Keras gives the days in the order in which they were read
        h, there = ops.flip(h, axis=0), None if there is None else ops.flip(there, axis=0)
    if there is not None:
        since = ops.cumsum(ops.cast(there, "int32"), axis=0) > 0
        h = ops.where(there if layer.zero_output_for_mask else since, h, 0.0)
    return last[0], ops.transpose(h, (1, 0, 2)), list(last)


def _several(values: Any) -> Tensors:
    return tuple(values) if isinstance(values, list | tuple) else (values,)


def _inputs(layer: Any, kind: Kind, sequences: Any, training: bool) -> tuple[Tensors, Any]:
    """Return the inputs' part of each group on all days, (T, batch, gates·h), and the state's bias.

    A bias that is added to both parts alike is the state's.
    """
    cell, days = layer.cell, ops.transpose(sequences, (1, 0, 2))
    kernel = ops.convert_to_tensor(cell.kernel)
    masks = cell.get_dropout_mask(sequences[:, 0]) if training and cell.dropout else None
    if isinstance(masks, list):  # one of each gate
        kernels = ops.split(kernel, sum(kind.groups), axis=1)
        pairs = zip(map(_at_hand, masks), kernels, strict=True)
        parts = [ops.matmul(days * mask, k) for mask, k in pairs]
        whole = ops.concatenate(parts, axis=-1)
        a = [whole[..., at] for at in columns(kind)]
    else:
        days = days if masks is None else days * _at_hand(masks)
        a = [ops.matmul(days, kernel[:, at]) for at in columns(kind)]
    bias = ops.convert_to_tensor(cell.bias) if cell.use_bias else None
    if bias is not None and len(bias.shape) == 2:
        a = [part + bias[0][at] for part, at in zip(a, columns(kind), strict=True)]
        bias = bias[1]
    return tuple(a), bias


def _at_hand(mask: Any) -> Any:
    """Return a mask, (batch, F), as the factor of a product that leaves it as it is.

    XLA makes a product's factors once. What is only multiplied elementwise it computes where it is
    needed: the random numbers of a mask anew for each day.
    """
    return ops.matmul(mask, ops.eye(mask.shape[-1], dtype=mask.dtype))


def _dropped(layer: Any, kind: Kind, state: Any, training: bool) -> Any:
    """Return the masks of recurrent dropout, (gates, batch, h), or None."""
    if not (training and layer.cell.recurrent_dropout):
        return None
    masks = layer.cell.get_recurrent_dropout_mask(state)
    return ops.stack(masks if isinstance(masks, list) else [masks] * sum(kind.groups))
