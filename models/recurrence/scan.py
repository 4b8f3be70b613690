"""A loop over days that keeps what each day gives."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
from keras import ops

Tensors = tuple[Any, ...]
Day = Callable[[Tensors, Tensors], tuple[Tensors, Tensors]]
"""From the state and what a day is given to the new state and what the day gives."""


def scan(
    day: Day, state: Tensors, days: Tensors, widths: tuple[int, ...], *, reverse: bool = False
) -> tuple[Tensors, Tensors]:
    """Go through days, from the first to the last or back.

    Parameters
    ----------
    day
        What is done on each.
    state
        Before the first of them.
    days
        What the days are given, each (T, …); the first of them (T, batch, …).
    widths
        Of what a day gives.
    reverse
        Begin with the last day.

    Returns
    -------
    state
        After the last of them.
    given
        By the days, in order of date whatever the direction: each (T, batch, width).
    """
    if keras.backend.backend() == "tensorflow":
        return _tensorflow(day, state, days, widths, reverse)
    answer: tuple[Tensors, Tensors] = ops.scan(day, state, days, reverse=reverse)
    return answer


def _tensorflow(
    day: Day, state: Tensors, days: Tensors, widths: tuple[int, ...], reverse: bool
) -> tuple[Tensors, Tensors]:
    """Do so where Keras's own scan wants what a day gives to look like its state."""
    import tensorflow as tf

    number = days[0].shape[0]
    number = tf.shape(days[0])[0] if number is None else number
    batch = days[0].shape[1]
    arrays = [
        tf.TensorArray(days[0].dtype, number, element_shape=(batch, width)) for width in widths
    ]

    def body(count: Any, state: Tensors, arrays: list[Any]) -> tuple[Any, Tensors, list[Any]]:
        at = number - 1 - count if reverse else count
        state, given = day(state, tuple(each[at] for each in days))
        return count + 1, state, [a.write(at, g) for a, g in zip(arrays, given, strict=True)]

    _, state, arrays = tf.while_loop(
        lambda count, *_: count < number, body, (0, state, arrays), maximum_iterations=number
    )
    return state, tuple(array.stack() for array in arrays)
