"""The response head: what a network's hidden states make of a firm's day, apart from the others'.

A hidden state carries slow things along, above all how nervous the firm is; compared as they
are, states find firms of like volatility. The head is a linear map of the state and its change
since the day before, fitted on the training days to the firm's residual growth of the day in
units of its running volatility:

    f_it = [h_it − h_i,t−1 ; h_it],   r̂_it = wᵀ (f_it − mean of f_jt over j in P_t)

with P_t the firms present on day t. A response is r̂_it, cut off at twice the day's root mean
square and scaled so that this is 1 on every day: no single day, and no single firm on a day,
outweighs the others.

All passes are made over some firms at a time, so that no array of firms × days × units is held.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.outputs import Windowed
from pipeline.similarity.classical import market_residuals

Passes = Iterable[tuple[slice, NDArray[np.float32]]]
"""Trajectories of some firms at a time: rows, and their states (n × T × U)."""

RIDGE = 1e-4
"""Penalty beside the mean square of a feature: states are collinear, their response is not."""

TARGET_CUT = 4.0
"""Running volatilities at which the growth that the head is fitted to is cut off."""

CUT = 2.0
"""Root mean squares of the day at which a response is cut off."""

_DAYS = 256
"""Days that are scaled at once: bounds memory."""


@dataclass(frozen=True)
class Head:
    """A fitted response head."""

    weights: NDArray[np.float64]
    """2U: of the state's change, then of the state."""


def target(windowed: Windowed, stop: int) -> NDArray[np.float64]:
    """Residual growth of each firm-day in units of the firm's running volatility.

    Parameters
    ----------
    windowed : Windowed
        The panel.
    stop : int
        Days from here on are not looked at.

    Returns
    -------
    (N, stop) float64
        What is left of the scaled growth once the leave-one-out market of scaled growth is
        removed (see `market_residuals`); NaN at gaps.
    """
    scaled = np.full((len(windowed.symbols), stop), np.nan)
    scaled[:, 1:] = windowed.growth[:, 1:stop] / windowed.unit[:, : stop - 1]
    return market_residuals(np.clip(scaled, -TARGET_CUT, TARGET_CUT).T).T


def fit(
    passes: Passes, target: NDArray[np.float64], present: NDArray[np.bool_], first: int
) -> Head:
    """Fit the head by ridge regression on features that are centred across the firms of a day.

    Parameters
    ----------
    passes
        Trajectories, some firms at a time.
    target : (N, T′)
        What the head is to answer on the days that it may be fitted to; NaN where unknown.
    present : (N, T)
        Whether a firm is compared that day.
    first : int
        First day that is used, at least 1.

    Returns
    -------
    Head
        The weights that minimise the squared error on the days ``first`` … T′ − 1.
    """
    stop = target.shape[1]
    known = present[:, first:stop] & np.isfinite(target[:, first:])
    aim = np.where(known, target[:, first:], 0.0)
    counts = np.maximum(known.sum(axis=0), 1)
    square, sums, shared = np.zeros((1, 1)), np.zeros((1, 1)), np.zeros(1)
    for rows, states in passes:
        seen = _features(states, first, stop)
        seen[~known[rows]] = 0.0
        flat = seen.reshape(-1, seen.shape[2])
        square = square + (flat.T @ flat).astype(np.float64)
        shared = shared + (flat.T @ aim[rows].reshape(-1).astype(np.float32)).astype(np.float64)
        sums = sums + seen.sum(axis=0, dtype=np.float64)
    # Centring each day's features takes the days' means out of both moments.
    means = sums / counts[:, None]
    square = square - (means * counts[:, None]).T @ means
    shared = shared - means.T @ aim.sum(axis=0)
    ridge = max(RIDGE * np.trace(square) / len(square), np.finfo(float).tiny)
    return Head(np.linalg.solve(square + ridge * np.eye(len(square)), shared))


def respond(
    head: Head, passes: Passes, present: NDArray[np.bool_], first: int
) -> NDArray[np.float32]:
    """Let the head answer every day.

    Parameters
    ----------
    head : Head
        Made by `fit`.
    passes
        Trajectories, some firms at a time.
    present : (N, T)
        Whether a firm is compared that day.
    first : int
        First day that is answered, at least 1.

    Returns
    -------
    (T, N) float32
        Responses; zero where a firm is not compared. The mean square over the firms of a day is
        1, or 0 where fewer than two firms are compared.
    """
    answers = np.zeros(present.shape, dtype=np.float32)
    of_change, of_state = np.split(head.weights, 2)
    # wᵀf = (w₁ + w₂)ᵀ h_t − w₁ᵀ h_{t−1}: two numbers a firm-day, and no features.
    weights = np.column_stack([of_change + of_state, of_change]).astype(np.float32)
    for rows, states in passes:
        said = states[:, first - 1 :] @ weights
        answers[rows, first:] = said[:, 1:, 0] - said[:, :-1, 1]
    return standard(answers.T, present.T)


def standard(answers: NDArray[np.floating], present: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Centre, cut off and scale the answers of each day.

    Parameters
    ----------
    answers : (T, N)
        What a head says; anything where a firm is not present.
    present : (T, N)
        Whether a firm is compared that day.

    Returns
    -------
    (T, N) float32
        As `respond` returns them.
    """
    found = np.zeros(answers.shape, dtype=np.float32)
    for at in range(0, len(answers), _DAYS):
        days = slice(at, at + _DAYS)
        found[days] = _standard(answers[days].astype(np.float64), present[days])
    return found


def _standard(answers: NDArray[np.float64], present: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Centre, cut off and scale the answers of some days."""
    here = present & np.isfinite(answers)
    values = np.where(here, answers, 0.0)
    count = np.maximum(here.sum(axis=1, keepdims=True), 1)
    centred = np.where(here, values - values.sum(axis=1, keepdims=True) / count, 0.0)
    scaled = _scaled(centred, values, count)
    # One layout in memory, read from a file or not: sums round the same way every time.
    return np.ascontiguousarray(_scaled(np.clip(scaled, -CUT, CUT), scaled, count))


def _scaled(
    values: NDArray[np.float64], beside: NDArray[np.float64], count: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Divide each day by its root mean square, unless that is rounding of the numbers beside."""
    size = np.sqrt((values**2).sum(axis=1, keepdims=True) / count)
    noise = 1e-6 * np.abs(beside).max(axis=1, keepdims=True, initial=0.0)
    scaled: NDArray[np.float64] = np.zeros_like(values)
    np.divide(values, size, out=scaled, where=size > noise)
    return scaled


def _features(states: NDArray[np.float32], first: int, stop: int) -> NDArray[np.float32]:
    """Return changes and states of days ``first`` … ``stop − 1``: (n, days, 2U); gaps are zero."""
    here, before = states[:, first:stop], states[:, first - 1 : stop - 1]
    both: NDArray[np.float32] = np.concatenate([here - before, here], axis=2)
    both[np.isnan(both)] = 0.0
    return both
