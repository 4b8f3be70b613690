"""Building any of the networks from its name and sizes."""

from __future__ import annotations

from typing import Any

import keras

from models.catalogue import architecture
from models.cells import Cell
from models.network import Sizes


def sizes(name: str, *, features: int, **options: Any) -> Sizes:
    """Return the sizes that an architecture is built with.

    Parameters
    ----------
    name
        One of `models.catalogue.ARCHITECTURES`.
    features
        d_in, inputs a day.
    **options
        Any other of `Sizes`; `horizon` and `layers`, where they are missing or None, are the
        architecture's own.

    Raises
    ------
    ValueError
        If there is no architecture or cell of that name, or a size is one that the architecture
        cannot have.
    """
    kind = architecture(name)
    for option in ("horizon", "layers"):
        if options.get(option) is None:
            options[option] = getattr(kind, option)
    answer = Sizes(features=features, **options)
    if kind.composed:
        Cell(answer.cell)
    elif kind.control and answer.layers != 1:
        raise ValueError(f"{name} has no recurrent layer, but layers is {answer.layers}: give 1.")
    elif answer.layers != 1:
        raise ValueError(
            f"{name} has one recurrent layer, but layers is {answer.layers}: take stacked with "
            f"the cell {name}."
        )
    return answer


def build(name: str, *, features: int, **options: Any) -> keras.Model:
    """Build a network with a Student-t head.

    Parameters
    ----------
    name, features, **options
        As of `sizes`.

    Returns
    -------
    keras.Model
        From (batch, days, d_in) to location, scale and degrees of freedom: (batch, days, H, 4) of
        a causal network, one forecast at the end of every day, else (batch, H, 4) at the end of
        the window.

    Raises
    ------
    ValueError
        As `sizes` does.

    Examples
    --------
    >>> build("stacked", features=5, cell="lstm", layers=3).output_shape
    (None, None, 1, 4)
    """
    return architecture(name).build(sizes(name, features=features, **options))
