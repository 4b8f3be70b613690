r"""The law of what recurrent layers cost, and how it is fitted to measured seconds.

A layer of g gates multiplies, for each sequence and day, a state of H numbers with a matrix (H, gH)
and the day's I inputs with one (I, gH): 2g(H² + HI) operations. Back through time there are as many
again for the gradient of each matrix, and 2gH² for that of the state before (the inputs need none):

.. math:: T_{forward} ∝ T \, (H^2 + H I), \qquad T_{training} ∝ T \, (3 H^2 + 2 H I)

What this leaves out is a cost of each call, one of each day, whatever is done on it, and one of
each gate's function, of which there are gH a day.
"""

from __future__ import annotations

import math
from dataclasses import astuple, dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pipeline.studies.intervals import LEVEL

Array = NDArray[np.float64]
GATES = {"elman": 1, "lstm": 4, "gru": 3}
"""Gates and candidates: products of a state that a layer makes a day."""
TIMES = {"forward": (1.0, 1.0), "training": (3.0, 2.0)}
"""Passes, and how often they multiply with the matrices of the state and of the inputs."""


@dataclass(frozen=True)
class Sizes:
    """What a pass is measured with; arrays of one length, or numbers."""

    days: ArrayLike
    units: ArrayLike
    inputs: ArrayLike
    batch: ArrayLike


def operations(architecture: str, way: str, sizes: Sizes) -> Array:
    """Return the floating-point operations of a pass's products in the recurrent layer.

    A multiplication and an addition are two. The functions of the gates and the head are left out.
    """
    days, units, inputs, batch = (np.asarray(each, dtype=float) for each in _all(sizes))
    of_state, of_inputs = TIMES[way]
    answer: Array = 2.0 * days * batch * (of_state * units**2 + of_inputs * units * inputs)
    return GATES[architecture] * answer


@dataclass(frozen=True)
class Law:
    """Seconds = launch + day · T + gate · (batch · T · gH) + operation · operations."""

    launch: float
    """Seconds a call."""
    day: float
    """Seconds a day."""
    gate: float
    """Seconds a gate, sequence and day."""
    operation: float
    """Seconds an operation."""

    def seconds(self, architecture: str, way: str, sizes: Sizes) -> Array:
        """Return the seconds that the law says."""
        answer: Array = _parts(architecture, way, sizes) @ np.array(astuple(self))
        return answer

    def products(self, architecture: str, way: str, sizes: Sizes) -> Array:
        """Return the part of the seconds that is the products'."""
        return self.operation * operations(architecture, way, sizes)

    def balance(self, architecture: str, way: str, inputs: float, batch: float) -> float:
        """Return the units H at which a day's products cost what else it costs.

        Below, a day costs little more with more units; far above, the law of operations holds.
        """
        of_state, of_inputs = TIMES[way]
        each = 2.0 * GATES[architecture] * batch * self.operation
        square = each * of_state
        linear = each * of_inputs * inputs - self.gate * batch * GATES[architecture]
        if square == 0.0:
            return math.inf
        return (-linear + math.sqrt(linear**2 + 4.0 * square * self.day)) / (2.0 * square)


def fit(architecture: str, way: str, sizes: Sizes, seconds: Array, *, least: float = 0.0) -> Law:
    """Fit the constants, none below 0, by least squares of relative errors.

    Relative, for seconds span decades: else the longest alone would decide.

    Parameters
    ----------
    architecture, way
        Of all passes.
    sizes, seconds
        A pass each, (n,).
    least
        Seconds that an operation costs at least, such as those of a big product.
    """
    from scipy.optimize import nnls

    relative = _parts(architecture, way, sizes) / seconds[:, None]
    scale = relative.max(axis=0)
    constants = nnls(relative / scale, 1.0 - least * relative[:, -1])[0] / scale
    constants[-1] += least
    return Law(*map(float, constants))


def proportional(architecture: str, way: str, sizes: Sizes, seconds: Array) -> Law:
    """Fit the cost of an operation alone."""
    relative = operations(architecture, way, sizes) / seconds
    return Law(0.0, 0.0, 0.0, float(relative.sum() / np.square(relative).sum()))


def exponent(sizes: ArrayLike, seconds: ArrayLike) -> tuple[float, float, float]:
    """Return b of seconds ∝ size^b and the ends of its 95 % interval, by the logarithms' line."""
    return slope(np.log(np.asarray(sizes, dtype=float)), np.log(np.asarray(seconds)))


def slope(x: ArrayLike, y: ArrayLike) -> tuple[float, float, float]:
    """Return the slope of a line of least squares and the ends of its 95 % interval.

    Of two points the slope alone is known: its ends are infinite.
    """
    from scipy import stats

    line, number = stats.linregress(np.asarray(x), np.asarray(y)), len(np.asarray(x))
    middle = float(line.slope)
    if number < 3:
        return middle, -math.inf, math.inf
    half = float(stats.t.ppf(0.5 + LEVEL / 2, number - 2) * line.stderr)
    return middle, middle - half, middle + half


def r2(seconds: Array, predicted: Array) -> float:
    """Return the share of the variance of the logarithms of seconds that is explained."""
    logs = np.log(seconds)
    away = np.square(logs - np.log(predicted)).sum()
    return 1.0 - float(away / np.square(logs - logs.mean()).sum())


def _parts(architecture: str, way: str, sizes: Sizes) -> Array:
    """Return what each constant of a law is multiplied with, (n, 4)."""
    days, units, _, batch = (np.asarray(each, dtype=float) for each in _all(sizes))
    gates = batch * days * units * GATES[architecture]
    columns = (np.ones_like(gates), days, gates, operations(architecture, way, sizes))
    return np.stack(np.broadcast_arrays(*columns), axis=-1)


def _all(sizes: Sizes) -> tuple[ArrayLike, ArrayLike, ArrayLike, ArrayLike]:
    return sizes.days, sizes.units, sizes.inputs, sizes.batch
