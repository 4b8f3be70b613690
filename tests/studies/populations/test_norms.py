"""Clipping by hand, and what is kept of gradients."""

import numpy as np
import pytest

from pipeline.studies.populations.norms import clip_each, clip_whole, cosine, each_norm, whole_norm

# Two networks of two variables: norms 2 and ½, and norms 0.3 and 0.4.
GRADIENT = [np.array([[2.0, 0.0], [0.3, 0.0]]), np.array([[0.5], [0.4]])]


def test_norms_by_hand():
    assert each_norm(GRADIENT) == pytest.approx(np.array([[2.0, 0.3], [0.5, 0.4]]))
    assert whole_norm(GRADIENT) == pytest.approx([4.25**0.5, 0.5])


def test_each_variable_is_clipped_apart():
    clipped = clip_each(GRADIENT, 1.0)
    assert clipped[0] == pytest.approx(np.array([[1.0, 0.0], [0.3, 0.0]]))
    assert clipped[1] == pytest.approx(GRADIENT[1])
    # (2 · 1 + ½ · ½) over the lengths √4.25 and √1.25.
    assert cosine(GRADIENT, clipped) == pytest.approx([2.25 / (4.25 * 1.25) ** 0.5, 1.0])


def test_whole_gradient_keeps_its_direction():
    clipped = clip_whole(GRADIENT, 1.0)
    assert clipped[0] == pytest.approx(np.array([[2.0 / 4.25**0.5, 0.0], [0.3, 0.0]]))
    assert whole_norm(clipped) == pytest.approx([1.0, 0.5])
    assert cosine(GRADIENT, clipped) == pytest.approx([1.0, 1.0], abs=1e-12)


def test_nothing_to_clip_is_left_alone():
    nothing = [np.zeros((1, 2, 3), np.float32)]
    for clipped in (clip_each(nothing, 1.0), clip_whole(nothing, 1.0)):
        assert (clipped[0] == 0.0).all()
        assert clipped[0].dtype == np.float32
    assert cosine(nothing, nothing) == pytest.approx([1.0])
