"""Adam that can begin anew: its graph is made once, and trains one network after the other."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops


class Adam(keras.optimizers.Adam):  # type: ignore[misc]
    """Adam (D. Kingma and J. Ba, ICLR 2015), as Keras has it, on given weights.

    Parameters
    ----------
    weights
        Variables that it moves.
    learning_rate
        A number or a schedule of Keras's.
    **clipping
        `clipnorm` or `global_clipnorm`, as Keras has them.
    """

    def __init__(self, weights: list[Any], learning_rate: Any = 1e-3, **clipping: Any) -> None:
        super().__init__(learning_rate, **clipping)
        self.build(weights)
        self._new = [ops.convert_to_numpy(variable) for variable in self.variables]

    def begin(self) -> None:
        """Forget all steps, and any other learning rate that was set since."""
        for variable, value in zip(self.variables, self._new, strict=True):
            variable.assign(value)
