r"""Additive attention of each day over the days up to it, with a gradient of its own.

Scores are :math:`s_{t,i} = v^⊤ y_{t,i}` of :math:`y_{t,i} = \tanh(q_t + k_i)`, and so

.. math:: ∂k_i = \sum_t ∂s_{t,i} \, v ⊙ (1 - y_{t,i}^2), \qquad ∂v = \sum_{t,i} ∂s_{t,i} \, y_{t,i}

A day's y is span × batch × units numbers: it is used while it is at hand, never kept, and computed
again backwards.
"""

from __future__ import annotations

from typing import Any

from keras import ops

from models.recurrence.scan import Tensors, scan

FAR = -1e9
"""Score of a day before the first: its weight is 0."""


def attend(queries: Any, keys: Any, values: Any, score: Any, span: int) -> tuple[Any, Any]:
    """Attend to the days t, t − 1, …, t − span + 1.

    Parameters
    ----------
    queries, keys
        (batch, T, u).
    values
        (batch, T, w).
    score
        v, (u,).
    span
        Days that a day looks back on, itself included.

    Returns
    -------
    c
        (batch, T, w).
    α
        (batch, T, span): the weight on day t of the day t − j; 0 before the first day.
    """
    scores = _scores(_turned(queries), _turned(keys), score, span)
    day = ops.arange(ops.shape(values)[1])[:, None]
    before = ops.arange(span) < span - 1 - day
    alpha = ops.softmax(ops.where(before, FAR, _turned(scores)), axis=-1)
    return _weighed(alpha, values, span), ops.flip(alpha, axis=-1)


def _scores(queries: Any, keys: Any, score: Any, span: int) -> Any:
    """Return s, (T, batch, span), of each day's window, the oldest day first."""

    def seen(query: Any, keys: Any, at: Any) -> Any:
        window = ops.slice(keys, (at, 0, 0), (span, *ops.shape(keys)[1:]))
        return ops.tanh(query + window)

    @ops.custom_gradient  # type: ignore[untyped-decorator]
    def run(queries: Any, keys: Any, score: Any) -> Any:
        days = ops.arange(ops.shape(queries)[0])

        def forward(_: Tensors, given: Tensors) -> tuple[Tensors, Tensors]:
            query, at = given
            return (), (ops.transpose(ops.matmul(seen(query, keys, at), score)),)

        def backward(after: Tensors, given: Tensors) -> tuple[Tensors, Tensors]:
            dkeys, dscore = after
            query, at, upstream = given
            y, ds = seen(query, keys, at), ops.transpose(upstream)[..., None]
            dinner = ds * (1.0 - y * y) * score
            start, shape = (at, 0, 0), ops.shape(dinner)
            dkeys = ops.slice_update(dkeys, start, ops.slice(dkeys, start, shape) + dinner)
            dscore = (
                dscore + ops.matmul(ops.reshape(ds, (1, -1)), ops.reshape(y, (-1, y.shape[-1])))[0]
            )
            return (dkeys, dscore), (ops.sum(dinner, axis=0),)

        def gradient(*args: Any, upstream: Any = None) -> Any:
            given = (queries, days, args[0] if upstream is None else upstream)
            nothing = (ops.zeros_like(keys), ops.zeros_like(score))
            width = queries.shape[-1]
            (dkeys, dscore), (dqueries,) = scan(backward, nothing, given, (width,), reverse=True)
            return dqueries, dkeys, dscore

        return scan(forward, (), (queries, days), (span,))[1][0], gradient

    # Empty days before the first, so that it has a window too.
    return run(queries, ops.pad(keys, [[span - 1, 0], [0, 0], [0, 0]]), score)


def _weighed(alpha: Any, values: Any, span: int) -> Any:
    """Return Σ α_{t,i} h_i, (batch, T, w), as products of matrices.

    Days are taken in blocks of a span. The windows of a block reach over it and the block before,
    so that its α, moved to their places in these, are a matrix (span, 2 span).
    """
    number, width = ops.shape(values)[1], values.shape[-1]
    blocks = (number + span - 1) // span
    alpha = ops.pad(alpha, [[0, 0], [0, span], [0, 0]])[:, : blocks * span]
    alpha = ops.reshape(alpha, (-1, blocks, span, span))
    # Row r moves r to the right if each is one longer than what it is cut into again.
    alpha = ops.reshape(
        ops.pad(alpha, [[0, 0]] * 3 + [[0, span + 1]]), (-1, blocks, span * (2 * span + 1))
    )
    alpha = ops.reshape(alpha[..., : 2 * span * span], (-1, blocks, span, 2 * span))
    values = ops.pad(values, [[0, 0], [span - 1, 2 * span], [0, 0]])[:, : (blocks + 1) * span]
    values = ops.reshape(values, (-1, blocks + 1, span, width))
    both = ops.concatenate([values[:, :-1], values[:, 1:]], axis=2)
    return ops.reshape(ops.matmul(alpha, both), (-1, blocks * span, width))[:, :number]


def _turned(days: Any) -> Any:
    """Return (batch, T, …) from (T, batch, …), or the other way round."""
    return ops.transpose(days, (1, 0, 2))
