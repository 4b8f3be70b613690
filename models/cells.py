"""The recurrent kinds that other networks are composed of."""

from __future__ import annotations

from typing import Any

from models.catalogue import ARCHITECTURES, CELLS
from models.network import Sizes
from models.suggest import pick


class Cell:
    """One recurrent kind, by its row of the catalogue.

    Parameters
    ----------
    name
        One of `models.catalogue.CELLS`; an unknown one raises ValueError with suggestions.
    """

    def __init__(self, name: str) -> None:
        kinds = {kind: ARCHITECTURES[kind] for kind in CELLS}
        self._module = pick(name, kinds, "cell").load()

    def layer(self, sizes: Sizes, **options: Any) -> Any:
        """Return a Keras layer, (batch, days, d) → (batch, days, width) or (batch, width).

        Parameters
        ----------
        sizes
            Of the layer.
        **options
            `return_sequences` and `name`.
        """
        return self._module.layer(sizes, **options)

    def parameters(self, sizes: Sizes, inputs: int) -> int:
        """Return the number of a layer's parameters."""
        count: int = self._module.layer_parameters(sizes, inputs)
        return count

    def width(self, sizes: Sizes) -> int:
        """Return the numbers that a layer gives a day."""
        known = getattr(self._module, "width", None)
        return sizes.units if known is None else known(sizes)
