"""The networks once more, written in NumPy from their equations, a day at a time.

Weights are read out of the Keras layers; everything is computed in float64. A `mask` (batch, days)
says which days are there: on the others the state is carried over.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np

Array = np.ndarray[Any, np.dtype[np.float64]]


def weights(layer: Any) -> dict[str, Array]:
    """Return the weights of a layer by their names."""
    return {w.name: keras.ops.convert_to_numpy(w).astype(np.float64) for w in layer.weights}


def logistic(x: Array) -> Array:
    return 1.0 / (1.0 + np.exp(-x))


def softmax(x: Array) -> Array:
    e = np.exp(x - x.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def gates(x: Array, number: int) -> list[Array]:
    """Part what Keras keeps side by side."""
    return np.split(x, number, axis=-1)


def unroll(
    day: Callable[..., tuple[Array, ...]], x: Array, state: tuple[Array, ...], mask: Array | None
) -> list[Array]:
    """Run `day(x_t, *state)` over the days; return each part of the state by day."""
    seen = []
    for t in range(x.shape[1]):
        there = np.ones(len(x), bool) if mask is None else mask[:, t]
        new = day(x[:, t], *state)
        pairs = zip(new, state, strict=True)
        state = tuple(
            np.where(there.reshape(-1, *[1] * (a.ndim - 1)), a, before) for a, before in pairs
        )
        seen.append(state)
    return [np.stack(part, axis=1) for part in zip(*seen, strict=True)]


def elman(layer: Any, x: Array, mask: Array | None = None) -> Array:
    w = weights(layer)

    def day(x: Array, h: Array) -> tuple[Array]:
        return (np.tanh(h @ w["recurrent_kernel"] + x @ w["kernel"] + w["bias"]),)

    return unroll(day, x, (np.zeros((len(x), layer.units)),), mask)[0]


def jordan(layer: Any, x: Array, mask: Array | None = None) -> Array:
    w = weights(layer)
    w_ss, w_sy, b_s = w["recurrent_kernel"], w["feedback_kernel"], w["state_bias"]
    u_h, w_h, b_h = w["state_kernel"], w["kernel"], w["bias"]
    w_y, b_y = w["output_kernel"], w["output_bias"]

    def day(x: Array, s: Array, y: Array, _: Array) -> tuple[Array, Array, Array]:
        s = np.tanh(s @ w_ss + y @ w_sy + b_s)
        h = np.tanh(s @ u_h + x @ w_h + b_h)
        return s, h @ w_y + b_y, h

    zeros = tuple(np.zeros((len(x), len(b))) for b in (b_s, b_y, b_h))
    _, y, h = unroll(day, x, zeros, mask)
    return np.concatenate([h, y], axis=-1)


def lstm(layer: Any, x: Array, mask: Array | None = None) -> Array:
    w = weights(layer)

    def day(x: Array, h: Array, c: Array) -> tuple[Array, Array]:
        i, f, new, o = gates(x @ w["kernel"] + h @ w["recurrent_kernel"] + w["bias"], 4)
        c = logistic(f) * c + logistic(i) * np.tanh(new)
        return logistic(o) * np.tanh(c), c

    zeros = np.zeros((len(x), layer.units))
    return unroll(day, x, (zeros, zeros), mask)[0]


def gru_day(w: dict[str, Array], x: Array, h: Array, reset_after: bool) -> Array:
    """Return h_t: z_t = 1 keeps the old state."""
    given, past = (w["bias"][0], w["bias"][1]) if reset_after else (w["bias"], 0.0 * w["bias"])
    x_z, x_r, x_h = gates(x @ w["kernel"] + given, 3)
    u_z, u_r, u_h = gates(w["recurrent_kernel"], 3)
    b_z, b_r, b_h = gates(past, 3)
    z = logistic(x_z + h @ u_z + b_z)
    r = logistic(x_r + h @ u_r + b_r)
    candidate = np.tanh(x_h + (r * (h @ u_h + b_h) if reset_after else (r * h) @ u_h))
    return z * h + (1.0 - z) * candidate


def gru(layer: Any, x: Array, mask: Array | None = None) -> Array:
    w = weights(layer)

    def day(x: Array, h: Array) -> tuple[Array]:
        return (gru_day(w, x, h, layer.reset_after),)

    return unroll(day, x, (np.zeros((len(x), layer.units)),), mask)[0]


def slots(memory: Array, key: Array, raw_sharpness: Array) -> Array:
    """Return softmax_i(β cos(k, M(i))), with 1e-6 under the squared norms."""
    squares = ((memory**2).sum(axis=-1) + 1e-6) * ((key**2).sum(axis=-1) + 1e-6)[:, None]
    cosine = np.einsum("bnw,bw->bn", memory, key) / np.sqrt(squares)
    return softmax((1.0 + np.log1p(np.exp(raw_sharpness)))[:, None] * cosine)


def memory(layer: Any, x: Array, mask: Array | None = None) -> Array:
    cell, w = layer.cell, weights(layer)
    first, width = w["first_memory"], cell.slot_width

    def day(x: Array, h: Array, r: Array, m: Array) -> tuple[Array, Array, Array]:
        h = gru_day(w, np.concatenate([x, r], axis=-1), h, cell.reset_after)
        heads = h @ w["head_kernel"] + w["head_bias"]
        write_key, read_key, erase, add = gates(heads[:, : 4 * width], 4)
        written = slots(m, np.tanh(write_key), heads[:, -2])[:, :, None]
        m = m * (1.0 - written * logistic(erase)[:, None]) + written * np.tanh(add)[:, None]
        read = slots(m, np.tanh(read_key), heads[:, -1])[:, :, None]
        return h, (read * m).sum(axis=1), m

    start = np.zeros((len(x), cell.units)), np.zeros((len(x), width)), np.stack([first] * len(x))
    h, r, _ = unroll(day, x, start, mask)
    return np.concatenate([h, r], axis=-1)


CELLS = {"elman": elman, "jordan": jordan, "lstm": lstm, "gru": gru, "memory": memory}


def dense(layer: Any, x: Array) -> Array:
    w = weights(layer)
    return x @ w["kernel"] + w["bias"]


def student_t(location: Array, raw_scale: Array, raw_df: Array) -> Array:
    scale, df = 1e-3 + np.log1p(np.exp(raw_scale)), 2.01 + np.log1p(np.exp(raw_df))
    return np.stack([location, scale, df, np.zeros_like(df)], axis=-1)


def head(network: Any, seen: Array) -> Array:
    raw = ("location", "raw_scale", "raw_df")
    return student_t(*(dense(network.get_layer(name), seen) for name in raw))


def encoder(network: Any, x: Array, sizes: Any, last: str = "hidden") -> Array:
    names = [f"hidden_{depth}" for depth in range(1, sizes.layers)]
    for name in (*names, last):
        x = CELLS[sizes.cell](network.get_layer(name), x)
    return x


def bidirectional(network: Any, x: Array, sizes: Any) -> Array:
    run = CELLS[sizes.cell]
    names = [f"hidden_{depth}" for depth in range(1, sizes.layers)]
    for name in (*names, "hidden"):
        layer = network.get_layer(name)
        forwards = run(layer.forward_layer, x)
        backwards = run(layer.backward_layer, x[:, ::-1])[:, ::-1]
        x = np.concatenate([forwards, backwards], axis=-1)
    return head(network, np.concatenate([forwards[:, -1], backwards[:, 0]], axis=-1))


def attention_alpha(layer: Any, h: Array, span: int | None) -> Array:
    """Return α_{t,i} of day t for day i, (batch, days, days)."""
    w, days = weights(layer), h.shape[1]
    alpha = np.zeros((len(h), days, days))
    for t in range(days):
        past = range(days) if span is None else range(max(0, t - span + 1), t + 1)
        scores = [
            np.tanh(h[:, t] @ w["query"] + h[:, i] @ w["key"] + w["bias"]) @ w["score"][:, 0]
            for i in past
        ]
        alpha[:, t, list(past)] = softmax(np.stack(scores, axis=-1))
    return alpha


def attention(network: Any, x: Array, sizes: Any) -> Array:
    causal = sizes.attention == "causal"
    h = encoder(network, x, sizes, "hidden" if causal else "encoder")
    span = sizes.attention_days if causal else None
    context = attention_alpha(network.get_layer("attention"), h, span) @ h
    seen = np.concatenate([h, context], axis=-1)
    return head(network, seen if causal else seen[:, -1])


def decoder(layer: Any, h: Array, target: Array | None = None) -> Array:
    """Write H days ahead from h_t; a target is told where it is known."""
    state, w = np.tanh(dense(layer.bridge, h)), weights(layer.step)
    none = np.zeros(h.shape[:-1])
    told, answer = np.stack([none] * 3, axis=-1), []
    for ahead in range(layer.horizon):
        state = gru_day(w, told, state, reset_after=False)
        raw = dense(layer.raw, state)
        answer.append(raw)
        scale = 1e-3 + np.log1p(np.exp(raw[..., 1]))
        told = np.stack([raw[..., 0], np.log(scale), none], axis=-1)
        if target is not None:
            came = target[..., ahead]
            truth = np.stack([came, np.log(np.abs(came) + 0.05), none + 1.0], axis=-1)
            told = np.where(np.isfinite(came)[..., None], truth, told)
    return student_t(*np.moveaxis(np.stack(answer, axis=-2), -1, 0))


def seq2seq(network: Any, x: Array, sizes: Any, target: Array | None = None) -> Array:
    return decoder(network.get_layer("decoder"), encoder(network, x, sizes), target)


def convolution(layer: Any, x: Array, skip: int = 1) -> Array:
    """Join each day with those before it, `skip` days from one to the next."""
    w = weights(layer)
    days = len(w["kernel"])
    found = np.zeros((*x.shape[:2], len(w["bias"]))) + w["bias"]
    for j in range(days):
        for t in range(j * skip, x.shape[1]):
            found[:, t] += x[:, t - j * skip] @ w["kernel"][days - 1 - j]
    return found


def hybrid(network: Any, x: Array, sizes: Any) -> Array:
    for depth in range(1, sizes.convolutions + 1):
        layer = network.get_layer(f"convolution_{depth}")
        x = np.maximum(0.0, convolution(layer, x, skip=2 ** (depth - 1)))
    return head(network, encoder(network, x, sizes))


def feedforward(network: Any, x: Array, _: Any) -> Array:
    return head(network, np.tanh(convolution(network.get_layer("hidden"), x)))


def forecast(network: Any, x: Array, sizes: Any) -> Array:
    """Return the forecasts of any network of the catalogue."""
    own = {
        "bidirectional": bidirectional,
        "attention": attention,
        "seq2seq": seq2seq,
        "hybrid": hybrid,
        "linear": lambda network, x, _: head(network, x),
        "feedforward": feedforward,
        "stacked": lambda network, x, sizes: head(network, encoder(network, x, sizes)),
    }
    if network.name in own:
        return own[network.name](network, x, sizes)
    if network.name == "jordan":
        y = jordan(network.get_layer("jordan"), x)[..., sizes.units :]
        return student_t(*np.split(y, 3, axis=-1))
    return head(network, CELLS[network.name](network.get_layer("hidden"), x))
