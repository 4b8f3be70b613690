"""Adam that begins anew."""

import keras
import numpy as np

from models.adam import Adam


def _variable(*values: float) -> keras.Variable:
    return keras.Variable(np.array(values, np.float32))


def _moved(adam: Adam, weight: keras.Variable, *gradients: float) -> float:
    for gradient in gradients:
        adam.apply([keras.ops.convert_to_tensor([gradient])], [weight])
    return float(keras.ops.convert_to_numpy(weight)[0])


def test_its_first_step_is_the_learning_rate_against_the_gradient() -> None:
    """m / √v is ±1 after one step, whatever the gradient's size."""
    weight = _variable(1.0)
    assert np.isclose(_moved(Adam([weight], 0.25), weight, 40.0), 0.75)


def test_begun_anew_it_is_as_it_was() -> None:
    weight = _variable(0.0)
    adam = Adam([weight], 0.1)
    first = _moved(adam, weight, 1.0, -3.0, 0.5)
    weight.assign([0.0])
    assert _moved(adam, weight, 1.0, -3.0, 0.5) != first
    adam.learning_rate = 0.7
    adam.begin()
    weight.assign([0.0])
    assert _moved(adam, weight, 1.0, -3.0, 0.5) == first


def test_the_whole_gradient_is_clipped() -> None:
    """One of norm 5 becomes one of norm 1, and a shorter one stays."""
    cut, whole = _variable(0.0, 0.0), _variable(0.0, 0.0)
    clipped, plain = Adam([cut], 0.1, global_clipnorm=1.0), Adam([whole], 0.1)
    for long, short in (([3.0, 4.0], [0.6, 0.8]), ([-0.3, 0.4], [-0.3, 0.4])):
        clipped.apply([keras.ops.convert_to_tensor(long)], [cut])
        plain.apply([keras.ops.convert_to_tensor(short)], [whole])
    one, other = (keras.ops.convert_to_numpy(weight) for weight in (cut, whole))
    np.testing.assert_allclose(one, other, rtol=1e-5)
