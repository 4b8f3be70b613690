r"""A network that reads from firms' running exposures how two of them will move together.

The state of firm i is what leaky integrators hold of its days beside those of K portfolios of the
others, one for each of H half-lives and with nothing to train,

.. math::

    h_{iτk}(t) = γ_τ h_{iτk}(t-1) + z_{it} f_{kt}, \qquad γ_τ = 2^{-1/τ}

(a linear recurrence with gates that are fixed: M. Mozer, "Induction of multiscale temporal
structure", NIPS 1991). What is trained is how it is read:

.. math::

    φ_i &= \tanh(W_φ x_i + b_φ), \qquad ψ_k = \tanh(W_ψ y_k + b_ψ) \\
    e_{ik} &= \sum_τ (a_τ + P_τ φ_i + Q_τ ψ_k)\, h_{iτk} \\
    u_i &= e^{g φ_i}\, e_i / ‖e_i‖, \qquad v_i = e^{r φ_i}\, d_i, \qquad c_i = W_c φ_i + b_c \\
    s_{ij} &= b + w_0\, v_i^T v_j + w_1\, u_i^T u_j + w_2\, (u_i^T u_j)^2 + c_i^T c_j

with x what is known of the firm, y of the portfolio, and d_i its direction over the longer
half-life: w_0 alone is what linear algebra gives, and training starts near it. The gates over
half-lives are those of a gated network of many time scales, told by firm and portfolio; a state
and its sign turned around leave all scores as they are.

The formulas are written once, over `numpy` to answer questions without a framework, and over
`keras.ops` to be trained.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

WIDTH, NARROW, COMMON = 24, 12, 4
"""Units of φ and of ψ, and the length of c."""

Weights = Mapping[str, Any]
"""Arrays by the names of `shapes`."""


class States(NamedTuple):
    """What is known of firms; any leading shape is written as … here."""

    held: Any
    """h, in units of its portfolio: (…, H, N, K)."""
    direction: Any
    """d, of length 1 or 0: (…, N, K)."""
    firm: Any
    """x: (…, N, F)."""
    portfolio: Any
    """y: (…, K, G)."""
    lasting: Any = None
    """Directions by which near pairs are told, (…, N, K'), and which no network reads."""


class Vectors(NamedTuple):
    """What the network reads of firms."""

    direction: Any
    """v: (…, N, K)."""
    exposure: Any
    """u: (…, N, K)."""
    common: Any
    """c: (…, N, C)."""


@dataclass(frozen=True)
class Sizes:
    """H half-lives, F numbers a firm, G numbers a portfolio."""

    half_lives: int
    firm: int
    portfolio: int


def shapes(sizes: Sizes) -> dict[str, tuple[int, ...]]:
    """Return the shape of each array of weights, by name."""
    return {
        "firm": (sizes.firm, WIDTH),
        "firm_bias": (WIDTH,),
        "portfolio": (sizes.portfolio, NARROW),
        "portfolio_bias": (NARROW,),
        "mixed": (sizes.half_lives,),
        "mixed_by_firm": (WIDTH, sizes.half_lives),
        "mixed_by_portfolio": (NARROW, sizes.half_lives),
        "length": (WIDTH, 1),
        "direction_length": (WIDTH, 1),
        "common": (WIDTH, COMMON),
        "common_bias": (COMMON,),
        "score": (4,),
    }


def initial(sizes: Sizes, seed: int) -> dict[str, NDArray[np.float32]]:
    """Draw weights: of matrices at random, a tenth as large where they are read from φ and ψ.

    Half-lives are mixed alike, and the score is w_0 = 2, w_1 = ½ and nothing else.
    """
    random = np.random.default_rng(seed)
    drawn: dict[str, NDArray[np.float32]] = {}
    for name, shape in shapes(sizes).items():
        found = np.zeros(shape)
        if len(shape) == 2:
            size = 1.0 if name in ("firm", "portfolio") else 0.1
            found = size / np.sqrt(shape[0]) * random.standard_normal(shape)
        drawn[name] = found.astype(np.float32)
    drawn["common_bias"] = (0.1 * random.standard_normal(COMMON)).astype(np.float32)
    drawn["mixed"] = np.full(sizes.half_lives, 1.0 / sizes.half_lives, dtype=np.float32)
    drawn["score"] = np.array([0.0, 2.0, 0.5, 0.0], dtype=np.float32)
    return drawn


def read(xp: Any, weights: Weights, states: States) -> Vectors:
    """Read vectors from states.

    Parameters
    ----------
    xp
        `numpy`, or `keras.ops`.
    weights
        Arrays as `initial` gives them.
    states
        Of N firms.

    Returns
    -------
    Vectors
        Of these firms.
    """
    seen = xp.tanh(xp.matmul(states.firm, weights["firm"]) + weights["firm_bias"])
    told = xp.matmul(states.portfolio, weights["portfolio"]) + weights["portfolio_bias"]
    by_firm = weights["mixed"] + xp.matmul(seen, weights["mixed_by_firm"])
    by_portfolio = xp.matmul(xp.tanh(told), weights["mixed_by_portfolio"])
    # Sums of a row's number and a column's, as a product of rank two: by far the soonest done.
    rows = xp.stack([by_firm, xp.ones_like(by_firm)], axis=-1)
    columns = xp.stack([xp.ones_like(by_portfolio), by_portfolio], axis=-1)
    mixed: Any = 0.0
    for each in range(weights["mixed"].shape[0]):
        gate = xp.matmul(rows[..., each, :], xp.swapaxes(columns[..., each, :], -1, -2))
        mixed = mixed + gate * states.held[..., each, :, :]
    size = xp.sqrt(xp.sum(mixed * mixed, axis=-1, keepdims=True) + 1e-6)
    return Vectors(
        states.direction * xp.exp(xp.matmul(seen, weights["direction_length"])),
        mixed * (xp.exp(xp.matmul(seen, weights["length"])) / size),
        xp.matmul(seen, weights["common"]) + weights["common_bias"],
    )


def score(xp: Any, weights: Weights, rows: Vectors, columns: Vectors) -> Any:
    """Score pairs of firms: (…, n, N), in standard deviations of later correlations."""
    bias, straight, exposed, squared = (weights["score"][place] for place in range(4))
    alike = xp.matmul(rows.exposure, xp.swapaxes(columns.exposure, -1, -2))
    near = xp.matmul(rows.direction, xp.swapaxes(columns.direction, -1, -2))
    common = xp.matmul(rows.common, xp.swapaxes(columns.common, -1, -2))
    return bias + straight * near + exposed * alike + squared * alike * alike + common
