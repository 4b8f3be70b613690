r"""The recurrence engine: how recurrent layers are run and trained, not what they are.

Autodiff of a loop over days keeps every operation of every day and walks it back. Here the loop has
a gradient of its own instead (P. Werbos, "Backpropagation through time: what it does and how to do
it", Proceedings of the IEEE 78, 1990), in three parts: the inputs' part of all days is one product
before the loop, the loop backwards carries the gradient of the state alone, and the gradient of the
recurrent matrix is one product after it,

.. math:: \frac{∂L}{∂U} = \sum_t h_{t-1}^⊤ \, \frac{∂L}{∂(h_{t-1} U)}

A network stays one of Keras's own layers, and is saved as that: `engage` lets the engine run them.
"""

from models.recurrence.engage import engage

__all__ = ["engage"]
