"""Jacobians in closed form against central differences of the networks' recursions."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.studies import jacobians

H, D, T = 3, 2, 5
GATES = {"elman": 1, "lstm": 4, "gru": 3, "gru, reset after": 3}


def weights(kind: str, seed: int = 0, size: float = 0.7) -> dict[str, Any]:
    random, gates = np.random.default_rng(seed), GATES[kind]
    bias = (2, gates * H) if "after" in kind else (gates * H,)
    shapes = {"kernel": (D, gates * H), "recurrent_kernel": (H, gates * H), "bias": bias}
    return {name: random.normal(0.0, size, shape) for name, shape in shapes.items()}


def course(kind: str, w: Any, x: Any, activation: str = "tanh") -> jacobians.Course:
    if kind == "elman":
        return jacobians.elman(w, x, activation)
    return jacobians.lstm(w, x) if kind == "lstm" else jacobians.gru(w, x, "after" in kind)


def logistic(x: Any) -> Any:
    return 1.0 / (1.0 + np.exp(-x))


def day(kind: str, w: Any, x: Any, state: Any, activation: str) -> Any:
    """One day of a recurrence from its equations: state (S,) → (S,)."""
    u, after = w["recurrent_kernel"], "after" in kind
    if kind == "elman":
        a = x @ w["kernel"] + state @ u + w["bias"]
        return np.tanh(a) if activation == "tanh" else np.maximum(a, 0.0)
    if kind == "lstm":
        h, c = state[:H], state[H:]
        i, f, new, o = np.split(x @ w["kernel"] + h @ u + w["bias"], 4)
        c = logistic(f) * c + logistic(i) * np.tanh(new)
        return np.concatenate([logistic(o) * np.tanh(c), c])
    first, second = (w["bias"][0], w["bias"][1]) if after else (w["bias"], 0.0 * w["bias"])
    x_z, x_r, x_h = np.split(x @ w["kernel"] + first, 3)
    u_z, u_r, u_h = np.split(u, 3, axis=1)
    b_z, b_r, b_h = np.split(second, 3)
    z, r = logistic(x_z + state @ u_z + b_z), logistic(x_r + state @ u_r + b_r)
    reset = r * (state @ u_h + b_h) if after else (r * state) @ u_h
    return z * state + (1.0 - z) * np.tanh(x_h + reset)


@pytest.mark.parametrize(
    ("kind", "activation"), [*((kind, "tanh") for kind in GATES), ("elman", "relu")]
)
def test_they_are_the_central_differences_of_the_recursion(kind: str, activation: str) -> None:
    w, x = weights(kind), np.random.default_rng(1).normal(size=(2, T, D))
    states, found = course(kind, w, x, activation)
    step = 1e-6
    for n in range(2):
        before = np.zeros(states.shape[2])
        for t in range(T):
            np.testing.assert_allclose(
                states[n, t], day(kind, w, x[n, t], before, activation), rtol=1e-10
            )
            for j, unit in enumerate(step * np.eye(len(before))):
                up, down = (day(kind, w, x[n, t], before + s * unit, activation) for s in (1, -1))
                np.testing.assert_allclose(found[n, t, :, j], (up - down) / (2 * step), atol=1e-8)
            before = states[n, t]


@pytest.mark.parametrize("kind", GATES)
def test_their_product_is_the_influence_over_days(kind: str) -> None:
    w, x = weights(kind), np.random.default_rng(1).normal(size=(1, T, D))
    states, found = course(kind, w, x)
    step, lag = 1e-6, 3

    def end(state: Any) -> Any:
        for t in range(T - lag, T):
            state = day(kind, w, x[0, t], state, "tanh")
        return state

    middle = states[0, T - lag - 1]
    units = step * np.eye(len(middle))
    whole = np.stack([(end(middle + u) - end(middle - u)) / (2 * step) for u in units], axis=1)
    norms = jacobians.norms(found, (1, 3))[0]
    np.testing.assert_allclose(norms, [np.linalg.norm(found[0, -1], 2), np.linalg.norm(whole, 2)])


def test_worked_by_hand() -> None:
    # One unit without inputs: h stays 0, where tanh has slope 1: the influence is u to the lag.
    w = {"kernel": np.zeros((1, 1)), "recurrent_kernel": np.array([[0.5]]), "bias": np.zeros(1)}
    states, found = jacobians.elman(w, np.zeros((1, 4, 1)))
    assert not states.any()
    np.testing.assert_allclose(jacobians.norms(found, (1, 2, 4)), [[0.5, 0.25, 0.0625]])
    # A GRU without matrices keeps z = s(ln 3) = 3/4 of its state.
    w = {"kernel": np.zeros((1, 3)), "recurrent_kernel": np.zeros((1, 3))}
    _, found = jacobians.gru(w | {"bias": np.array([np.log(3.0), 0.0, 0.0])}, np.zeros((1, 3, 1)))
    np.testing.assert_allclose(jacobians.norms(found, (1, 2)), [[0.75, 0.5625]])


@settings(max_examples=60)
@given(
    seed=st.integers(0, 10**6),
    size=st.floats(0.05, 3.0),
    activation=st.sampled_from(["tanh", "relu"]),
)
def test_the_bounds_are_never_exceeded(seed: int, size: float, activation: str) -> None:
    w = weights("elman", seed, size)
    x = np.random.default_rng(seed).normal(size=(2, T, D))
    states, found = jacobians.elman(w, x, activation)
    exact = jacobians.norms(found, range(1, T + 1))
    norm = np.linalg.norm(w["recurrent_kernel"], 2)
    slopes = jacobians.largest_slopes(states, activation)[:, ::-1]
    tighter = np.cumprod(slopes * norm, axis=1)
    looser = norm ** np.arange(1, T + 1)
    assert (exact <= tighter * (1.0 + 1e-9)).all()
    assert (tighter <= looser * (1.0 + 1e-9)).all()


def test_with_slopes_of_one_and_an_orthogonal_matrix_the_bound_is_reached() -> None:
    turned, _ = np.linalg.qr(np.random.default_rng(0).normal(size=(H, H)))
    w = {"kernel": np.zeros((D, H)), "recurrent_kernel": 1.1 * turned, "bias": np.zeros(H)}
    _, found = jacobians.elman(w, np.zeros((1, T, D)))
    np.testing.assert_allclose(jacobians.norms(found, (1, T)), [[1.1, 1.1**T]])
