"""The co-movement network: its formulas, over NumPy and over Keras."""

import keras
import numpy as np
import pytest
from keras import ops
from numpy.testing import assert_allclose

from models import comovement
from models.comovement import COMMON, Sizes, States, Vectors

SIZES = Sizes(half_lives=3, firm=5, portfolio=4)
FIRMS, PORTFOLIOS = 6, 7


def states(seed=0, batch=()):
    random = np.random.default_rng(seed)
    direction = random.normal(size=(*batch, FIRMS, PORTFOLIOS))
    direction /= np.linalg.norm(direction, axis=-1, keepdims=True)
    return States(
        random.normal(size=(*batch, 3, FIRMS, PORTFOLIOS)).astype("f4"),
        direction.astype("f4"),
        random.normal(size=(*batch, FIRMS, 5)).astype("f4"),
        random.normal(size=(*batch, PORTFOLIOS, 4)).astype("f4"),
    )


@pytest.fixture(scope="module")
def weights():
    random = np.random.default_rng(1)
    return {
        name: random.normal(size=shape).astype("f4")
        for name, shape in comovement.shapes(SIZES).items()
    }


def test_it_is_what_the_equations_say(weights):
    w, given = weights, states()
    found = comovement.read(np, w, given)
    for i in range(FIRMS):
        phi = np.tanh(given.firm[i] @ w["firm"] + w["firm_bias"])
        e = np.zeros(PORTFOLIOS)
        for k in range(PORTFOLIOS):
            psi = np.tanh(given.portfolio[k] @ w["portfolio"] + w["portfolio_bias"])
            gate = w["mixed"] + phi @ w["mixed_by_firm"] + psi @ w["mixed_by_portfolio"]
            e[k] = gate @ given.held[:, i, k]
        u = np.exp(phi @ w["length"]) * e / np.sqrt(e @ e + 1e-6)
        assert_allclose(found.exposure[i], u, rtol=1e-4, atol=1e-5)
        v = np.exp(phi @ w["direction_length"]) * given.direction[i]
        assert_allclose(found.direction[i], v, rtol=1e-4)
        assert_allclose(found.common[i], phi @ w["common"] + w["common_bias"], rtol=1e-4, atol=1e-5)
    b, w0, w1, w2 = w["score"]
    score = comovement.score(np, w, found, found)
    one, other = (Vectors(*(part[i] for part in found)) for i in (2, 5))
    alike = one.exposure @ other.exposure
    expected = b + w0 * (one.direction @ other.direction) + w1 * alike + w2 * alike**2
    assert score[2, 5] == pytest.approx(expected + one.common @ other.common, rel=1e-4)


def test_numpy_and_keras_say_the_same_whatever_leads(weights):
    for batch in ((), (2,)):
        given = states(batch=batch)
        plain = comovement.read(np, weights, given)
        kept = comovement.read(ops, weights, given)
        for one, other in zip(plain, kept, strict=True):
            assert_allclose(ops.convert_to_numpy(other), one, rtol=1e-4, atol=1e-5)
        score = comovement.score(ops, weights, kept, kept)
        assert_allclose(
            ops.convert_to_numpy(score), comovement.score(np, weights, plain, plain), rtol=1e-3
        )


def test_scores_are_symmetric_and_the_order_of_firms_does_not_matter(weights):
    given = states()
    read = comovement.read(np, weights, given)
    score = comovement.score(np, weights, read, read)
    assert_allclose(score, score.T, rtol=1e-5)
    order = np.random.default_rng(3).permutation(FIRMS)
    mixed = States(given.held[:, order], given.direction[order], given.firm[order], given.portfolio)
    again = comovement.read(np, weights, mixed)
    turned = comovement.score(np, weights, again, again)
    assert_allclose(turned, score[np.ix_(order, order)], rtol=1e-4)


def test_portfolios_turned_around_or_in_another_order_change_no_score(weights):
    given, random = states(), np.random.default_rng(4)
    order, sign = random.permutation(PORTFOLIOS), random.choice([-1.0, 1.0], PORTFOLIOS)
    other = States(
        (given.held * sign)[..., order],
        (given.direction * sign)[..., order],
        given.firm,
        given.portfolio[order],
    )
    one, two = (comovement.read(np, weights, each) for each in (given, other))
    assert_allclose(
        comovement.score(np, weights, two, two),
        comovement.score(np, weights, one, one),
        rtol=1e-3,
        atol=1e-5,
    )


def test_first_weights_follow_from_the_seed_and_begin_near_correlations():
    one, same, other = (comovement.initial(SIZES, seed) for seed in (0, 0, 1))
    for name in comovement.shapes(SIZES):
        assert_allclose(one[name], same[name])
    assert (one["firm"] != other["firm"]).any()
    read = comovement.read(np, one, states())
    score = comovement.score(np, one, read, read)
    near = read.direction @ read.direction.T
    off = ~np.eye(FIRMS, dtype=bool)
    assert np.corrcoef(score[off], near[off])[0, 1] > 0.9
    assert read.common.shape == (FIRMS, COMMON)


def test_nothing_of_keras_is_needed_to_read():
    import subprocess
    import sys

    code = "import sys, models.comovement; print({'keras', 'tensorflow'} & set(sys.modules))"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert answer.stdout.strip() == "set()", answer.stderr
    assert keras.__version__
