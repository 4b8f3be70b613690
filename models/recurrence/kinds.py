r"""One day of each recurrence, forwards and backwards.

Forwards, a day takes a_t = W x_t, which is made for all days at once, and the states before it.
Backwards it takes the gradient of the states after it, :math:`∂L/∂h_t`, and gives that of a_t and
that of the states before it. What it needs for this is kept of it. Gates whose product with a state
is made at once are a group, and what belongs to them lies side by side. The equations are those of
`models.elman`, `models.lstm` and `models.gru`; the order of the gates is Keras's.

Gates are kept one by one: XLA does not vectorise what cuts a day out of an array, that into gates,
and adds to a state in place.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from keras import ops

from models.recurrence.products import Products
from models.recurrence.scan import Tensors

ACTIVATIONS: dict[str, Callable[[Any], Any]] = {
    "tanh": ops.tanh,
    "sigmoid": ops.sigmoid,
    "relu": ops.relu,
    "elu": ops.elu,
    "softsign": ops.softsign,
    "linear": lambda x: x,
}
"""σ, by Keras's name."""

SLOPES: dict[str, Callable[[Any], Any]] = {
    "tanh": lambda y: 1.0 - y * y,
    "sigmoid": lambda y: y * (1.0 - y),
    "relu": lambda y: ops.cast(y > 0.0, y.dtype),
    "elu": lambda y: ops.minimum(y, 0.0) + 1.0,
    "softsign": lambda y: ops.square(1.0 - ops.abs(y)),
    "linear": ops.ones_like,
}
"""σ' at a place x, as a function of y = σ(x)."""


class Kind(Protocol):
    """A recurrence of h units."""

    units: int
    groups: tuple[int, ...]
    """Gates of each product with a state."""
    states: int
    """1: h; 2: h and c."""
    kept: int
    """Arrays, (batch, h), that are kept of a day beside its states."""

    def forward(self, a: Tensors, before: Tensors, products: Products) -> tuple[Tensors, Tensors]:
        """Return the states after a day, (batch, h) each, and what is kept of it.

        Parameters
        ----------
        a
            Of each group, (batch, gates·h).
        before
            The states before the day.
        products
            With the recurrent matrices.
        """

    def backward(
        self, after: Tensors, day: Tensors, before: Tensors, kept: Tensors, products: Products
    ) -> tuple[Tensors, Tensors]:
        """Return the gradients of a, and those of the states before.

        Parameters
        ----------
        after
            Gradients of the states after the day.
        day, before
            The states after it, and before it.
        kept
            As `forward` gave it.
        products
            With the recurrent matrices.
        """

    def multiplied(self, h: Any, kept: Tensors) -> Tensors:
        """Return what each group was multiplied with, (T, batch, h), from all h_{t-1}."""

    def product(self, da: Tensors, kept: Tensors) -> Tensors:
        """Return the gradient of each group's product on all days from that of a."""


class _Plain:
    """What a kind is where it says nothing else: one product, of h itself, which is added to a."""

    groups: tuple[int, ...] = (1,)
    states = 1
    kept = 0

    def multiplied(self, h: Any, kept: Tensors) -> Tensors:
        return (h,)

    def product(self, da: Tensors, kept: Tensors) -> Tensors:
        return da


@dataclass(frozen=True)
class Elman(_Plain):
    """h = σ(a + h U)."""

    units: int
    activation: str

    def forward(self, a: Tensors, before: Tensors, products: Products) -> tuple[Tensors, Tensors]:
        return (ACTIVATIONS[self.activation](a[0] + products.forward(0, before[0])),), ()

    def backward(
        self, after: Tensors, day: Tensors, before: Tensors, kept: Tensors, products: Products
    ) -> tuple[Tensors, Tensors]:
        da = after[0] * SLOPES[self.activation](day[0])
        return (da,), (products.backward(0, da),)


@dataclass(frozen=True)
class LSTM(_Plain):
    """Gates i, f, c̃ and o are kept."""

    units: int
    activation: str
    groups = (4,)
    states = 2
    kept = 4

    def forward(self, a: Tensors, before: Tensors, products: Products) -> tuple[Tensors, Tensors]:
        (h, c), activate = before, ACTIVATIONS[self.activation]
        columns = a[0] + products.forward(0, h)
        i, f, _, o = self._gates(ops.sigmoid(columns))
        new = activate(self._gates(columns)[2])
        c = f * c + i * new
        return (o * activate(c), c), (i, f, new, o)

    def backward(
        self, after: Tensors, day: Tensors, before: Tensors, kept: Tensors, products: Products
    ) -> tuple[Tensors, Tensors]:
        (dh, dc), slope = after, SLOPES[self.activation]
        i, f, new, o = kept
        shown = ACTIVATIONS[self.activation](day[1])
        dc = dc + dh * o * slope(shown)
        da = ops.concatenate(
            [
                dc * new * i * (1.0 - i),
                dc * before[1] * f * (1.0 - f),
                dc * i * slope(new),
                dh * shown * o * (1.0 - o),
            ],
            axis=-1,
        )
        return (da,), (products.backward(0, da), dc * f)

    def _gates(self, columns: Any) -> list[Any]:
        """Cut (batch, 4·h) into what belongs to each gate."""
        return [columns[:, gate * self.units : (gate + 1) * self.units] for gate in range(4)]


@dataclass(frozen=True)
class GRU(_Plain):
    """The textbook's; gates z, r and h̃ are kept, and h̃'s product is with r ⊙ h."""

    units: int
    activation: str
    groups = (2, 1)
    kept = 3

    def forward(self, a: Tensors, before: Tensors, products: Products) -> tuple[Tensors, Tensors]:
        (h,), u = before, self.units
        gates = ops.sigmoid(a[0] + products.forward(0, h))
        z, r = gates[:, :u], gates[:, u:]
        new = ACTIVATIONS[self.activation](a[1] + products.forward(1, r * h))
        return (new + z * (h - new),), (z, r, new)

    def backward(
        self, after: Tensors, day: Tensors, before: Tensors, kept: Tensors, products: Products
    ) -> tuple[Tensors, Tensors]:
        (dh,), (h,), (z, r, new) = after, before, kept
        dnew = dh * (1.0 - z) * SLOPES[self.activation](new)
        dreset = products.backward(1, dnew)
        dgates = ops.concatenate(
            [dh * (h - new) * z * (1.0 - z), dreset * h * r * (1.0 - r)], axis=-1
        )
        through = products.backward(0, dgates)
        return (dgates, dnew), (dh * z + dreset * r + through,)

    def multiplied(self, h: Any, kept: Tensors) -> Tensors:
        return h, h * kept[1]


@dataclass(frozen=True)
class ResetAfterGRU(_Plain):
    """The one that cuDNN runs; gates z, r, h̃ and what r resets are kept."""

    units: int
    activation: str
    groups = (3,)
    kept = 4

    def forward(self, a: Tensors, before: Tensors, products: Products) -> tuple[Tensors, Tensors]:
        (h,), u = before, self.units
        product = products.forward(0, h)
        gates = ops.sigmoid(a[0][:, : 2 * u] + product[:, : 2 * u])
        z, r, inner = gates[:, :u], gates[:, u:], product[:, 2 * u :]
        new = ACTIVATIONS[self.activation](a[0][:, 2 * u :] + r * inner)
        return (new + z * (h - new),), (z, r, new, inner)

    def backward(
        self, after: Tensors, day: Tensors, before: Tensors, kept: Tensors, products: Products
    ) -> tuple[Tensors, Tensors]:
        (dh,), (h,), (z, r, new, inner) = after, before, kept
        dnew = dh * (1.0 - z) * SLOPES[self.activation](new)
        dgates = [dh * (h - new) * z * (1.0 - z), dnew * inner * r * (1.0 - r)]
        through = products.backward(0, ops.concatenate([*dgates, dnew * r], axis=-1))
        return (ops.concatenate([*dgates, dnew], axis=-1),), (dh * z + through,)

    def product(self, da: Tensors, kept: Tensors) -> Tensors:
        u = self.units
        return (ops.concatenate([da[0][..., : 2 * u], da[0][..., 2 * u :] * kept[1]], axis=-1),)
