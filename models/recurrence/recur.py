"""A recurrence over days, and its gradient."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from keras import ops

from models.recurrence.kinds import Kind
from models.recurrence.products import Products
from models.recurrence.scan import Tensors, scan


def recur(
    kind: Kind,
    a: Tensors,
    kernel: Any,
    bias: Any,
    first: Tensors,
    *,
    there: Any = None,
    dropped: Any = None,
    reverse: bool = False,
    keep: bool = True,
) -> tuple[Any, Tensors]:
    """Run a recurrence.

    Parameters
    ----------
    kind
        Of which one day is known.
    a
        The inputs' part of each group, (T, batch, gates·h).
    kernel
        The recurrent matrices side by side, (h, gates·h).
    bias
        What is added to the state's part, (gates·h,); None: nothing.
    first
        The states before the first day, (batch, h) each.
    there
        Where it is false, states stay what they were: (T, batch, 1); None: nowhere.
    dropped
        Masks of recurrent dropout, (gates, batch, h); None: nothing is dropped.
    reverse
        Begin with the last day.
    keep
        Whether what the gradient needs is kept. It is computed again if a gradient is asked for
        nevertheless.

    Returns
    -------
    h
        (T, batch, h), in order of date.
    last
        The states at the end, (batch, h) each.
    """
    groups = columns(kind)
    kernels = [kernel[:, at] for at in groups]
    biases = [] if bias is None else [bias[at] for at in groups]
    lengths = (len(a), len(kernels), len(biases), len(first))

    @ops.custom_gradient  # type: ignore[untyped-decorator]
    def run(*given: Any) -> Any:
        a, kernels, biases, first = _cut(given, lengths)
        passes = _Passes(kind, Products(kernels, biases, dropped), a, first, there, reverse)
        kept, last = passes.forward(keep)

        def gradient(*args: Any, upstream: Any = None) -> Any:
            if upstream is not None:
                args = upstream
            dh, *dlast = args[0] if len(args) == 1 else args
            return passes.backward(kept if keep else passes.forward(True)[0], dh, tuple(dlast))

        return (kept[0], *last), gradient

    h, *last = run(*a, *kernels, *biases, *first)
    return h, tuple(last)


def columns(kind: Kind) -> list[slice]:
    """Return the columns of the matrices, (…, gates·h), that each group has."""
    ends = [kind.units * sum(kind.groups[:k]) for k in range(len(kind.groups) + 1)]
    return [slice(*pair) for pair in pairwise(ends)]


class _Passes:
    """The two loops over days."""

    def __init__(
        self, kind: Kind, products: Products, a: Tensors, first: Tensors, there: Any, reverse: bool
    ) -> None:
        self.kind, self.products, self.a, self.first = kind, products, a, first
        self.there, self.reverse = there, reverse
        self.masks = () if there is None else (there,)

    def forward(self, keep: bool) -> tuple[Tensors, Tensors]:
        """Return h of all days, or all that is kept of them, and the states at the end."""
        kind = self.kind

        def day(before: Tensors, given: Tensors) -> tuple[Tensors, Tensors]:
            a, mask = _cut(given, (len(self.a), len(self.masks)))
            after, kept = kind.forward(a, before, self.products)
            after = _where(mask, after, before)
            return after, (*after, *kept) if keep else after[:1]

        widths = (kind.units,) * (kind.states + kind.kept if keep else 1)
        given = (*self.a, *self.masks)
        last, kept = scan(day, self.first, given, widths, reverse=self.reverse)
        return kept, last

    def backward(self, kept: Tensors, dh: Any, dlast: Tensors) -> Tensors:
        """Return the gradients of a, of the matrices, of the biases and of the first states."""
        kind, number = self.kind, self.kind.states
        states, more = kept[:number], kept[number:]
        before = tuple(map(self._before, states, self.first))

        def day(after: Tensors, given: Tensors) -> tuple[Tensors, Tensors]:
            parts = _cut(given, (1, number, number, len(more), len(self.masks)))
            (dh,), states, before, more_, mask = parts
            after = (after[0] + dh, *after[1:])
            nothing = tuple(map(ops.zeros_like, after))
            new = _where(mask, after, nothing)
            da, old = kind.backward(new, states, before, more_, self.products)
            return _where(mask, old, after), da

        given = (dh, *states, *before, *more, *self.masks)
        widths = tuple(gates * kind.units for gates in kind.groups)
        dfirst, da = scan(day, dlast, given, widths, reverse=not self.reverse)
        pairs = zip(kind.multiplied(before[0], more), kind.product(da, more), strict=True)
        dkernels, dbiases = [], []
        for group, (multiplied, product) in enumerate(pairs):
            dkernels.append(self.products.weights(group, multiplied, product))
            if self.products.biases:
                dbiases.append(ops.sum(product, axis=(0, 1)))
        return (*da, *dkernels, *dbiases, *dfirst)

    def _before(self, states: Any, first: Any) -> Any:
        """Return the states before each day from those after each."""
        if self.reverse:
            return ops.concatenate([states[1:], first[None]], axis=0)
        return ops.concatenate([first[None], states[:-1]], axis=0)


def _where(mask: Any, these: Tensors, those: Tensors) -> Tensors:
    """Return these where the mask, if there is one, is true, and those elsewhere."""
    if not mask:
        return these
    return tuple(ops.where(mask[0], one, other) for one, other in zip(these, those, strict=True))


def _cut(values: Tensors, lengths: tuple[int, ...]) -> list[Tensors]:
    """Cut what belongs together into parts of given lengths."""
    answer = []
    for length in lengths:
        answer.append(values[:length])
        values = values[length:]
    return answer
