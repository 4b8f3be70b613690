import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from networks import noise, small, told
from scipy import special, stats

import models
from models import negative_log_likelihood
from models.student_t import Shape, log_gamma_step, set_shape, student_t


def test_the_likelihood_worked_by_hand() -> None:
    # ν = 3, m = 0, s = 1, y = √3: f = 2 / (π√3) · (1 + 1)⁻² = 1 / (2π√3)
    forecast = np.array([0.0, 1.0, 3.0, 0.0], np.float32)
    loss = negative_log_likelihood(np.float32(np.sqrt(3.0)), forecast)
    assert float(loss) == pytest.approx(np.log(2.0 * np.pi * np.sqrt(3.0)), abs=1e-6)


@settings(max_examples=50)
@given(
    y=st.floats(-20, 20),
    m=st.floats(-5, 5),
    s=st.floats(0.01, 10),
    df=st.floats(2.01, 500),
    skew=st.just(0.0) | st.floats(-0.5, 0.5),
)
def test_the_likelihood_is_that_of_scipy(
    y: float, m: float, s: float, df: float, skew: float
) -> None:
    y, m, s, df, skew = (float(np.float32(value)) for value in (y, m, s, df, skew))
    loss = negative_log_likelihood(np.float32(y), np.array([m, s, df, skew], np.float32))
    side = np.exp(skew if y > m else -skew)
    wanted = -stats.t.logpdf(y, df, m, s * side) + np.log(np.cosh(skew) / side)
    assert float(loss) == pytest.approx(wanted, rel=2e-5, abs=4e-5)


def test_the_step_of_log_gamma_keeps_its_digits() -> None:
    x = np.geomspace(1.0, 1e6, 200)
    exact = special.gammaln(x + 0.5) - special.gammaln(x)
    exact[x > 1e4] = 0.5 * np.log(x[x > 1e4]) - 0.125 / x[x > 1e4]
    np.testing.assert_allclose(
        log_gamma_step(keras.ops.array(x, "float64")), exact, rtol=2e-7, atol=1e-7
    )


def test_the_head_worked_by_hand() -> None:
    hidden = keras.Input((1,))
    head = keras.Model(hidden, student_t(hidden, horizon=2))
    biases = {"location": [5.0, -5.0], "raw_scale": [0.0, 40.0], "raw_df": [1.0, -40.0]}
    for name, bias in biases.items():
        head.get_layer(name).set_weights([np.zeros((1, 2)), np.array(bias)])
    first, second = head.predict_on_batch(np.ones((1, 1), np.float32))[0]
    np.testing.assert_allclose(
        first, [5.0, 0.001 + np.log(2), 2.01 + np.log1p(np.e), 0.0], rtol=1e-6
    )
    np.testing.assert_allclose(second, [-5.0, 40.001, 2.01, 0.0], rtol=1e-6)


@pytest.mark.parametrize("name", ["gru", "jordan", "seq2seq", "bidirectional"])
def test_a_shape_worked_by_hand_is_kept_in_the_file_of_every_network(name: str) -> None:
    network, inputs = small(name), noise(2, 3, 3)
    m, s, df, _ = np.moveaxis(told(network, inputs), -1, 0)
    shape = Shape(scale=[2.0, 0.5], tail=[3.0, 1.0], skew=[-0.1, 0.0], shift=[0.25, 0.0])
    set_shape(network, shape)
    wide = s * np.array([2.0, 0.5])
    skew = np.broadcast_to(np.float32([-0.1, 0.0]), wide.shape)
    wanted = np.stack(
        [m + wide * [0.25, 0.0], wide, 2.01 + (df - 2.01) * [3.0, 1.0], skew], axis=-1
    )
    again = models.from_bytes(models.to_bytes(network))
    for each in (network, again):
        np.testing.assert_allclose(told(each, inputs), wanted, rtol=1e-5, atol=1e-6)


def test_what_was_compiled_for_forecasts_is_compiled_again_for_a_shape() -> None:
    network, inputs = small("linear"), noise(2, 3, 3)
    before = network.predict_on_batch(inputs)[..., 1]
    set_shape(network, Shape(scale=[2.0, 0.5], tail=[1.0, 1.0], skew=[0.0, 0.0], shift=[0.0, 0.0]))
    np.testing.assert_allclose(
        network.predict_on_batch(inputs)[..., 1], before * [2.0, 0.5], rtol=1e-5
    )
