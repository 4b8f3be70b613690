from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from models import Shape
from pipeline.evaluation.student import StudentT
from pipeline.outputs import Fold
from pipeline.training.hindsight import Hindsight
from pipeline.training.shape import fit_shape, skew_helps

FIRMS, DAYS = 40, 500
FOLD = Fold((0, 350), (350, 500), (500, 501), 2, 1)


def planted(
    scale: float = 1.0, df: float = 5.0, skew: float = 0.0, shift: float = 0.0, said_df: float = 5.0
) -> Hindsight:
    """Growth of a shape, and a network that says location 0.2, scale 3 and no skew of it."""
    random = np.random.default_rng(4)
    uniform = random.uniform(size=(FIRMS, DAYS, 2))
    ones = np.ones(uniform.shape)
    width = 3.0 * scale
    came = StudentT(*(np.array([part]) for part in (0.2 + shift * width, width, df, skew)))
    levels, place = np.unique(uniform.round(3), return_inverse=True)
    quantiles = [came.quantile(float(np.clip(level, 5e-4, 1 - 5e-4))) for level in levels]
    growth = np.concatenate(quantiles)[place].reshape(uniform.shape)
    said = np.stack([0.2 * ones, 3.0 * ones, said_df * ones, 0.0 * ones], axis=-1)
    return Hindsight(said.astype(np.float32), growth.astype(np.float32), 0)


def test_what_was_right_is_left_as_it_is() -> None:
    shape = fit_shape(planted(), skewed=True)
    np.testing.assert_allclose(shape.scale, 1.0, atol=0.03)
    np.testing.assert_allclose(shape.skew, 0.0, atol=0.02)
    np.testing.assert_allclose(shape.shift, 0.0, atol=0.03)


def test_a_planted_shape_is_found_on_every_day_ahead() -> None:
    seen = planted(scale=1.3, df=4.0, skew=-0.12, shift=0.15, said_df=6.0)
    seen.came[::7, ::3] = np.nan
    shape = fit_shape(seen, skewed=True)
    assert [len(part) for part in (shape.scale, shape.tail, shape.skew, shape.shift)] == [2] * 4
    np.testing.assert_allclose(shape.scale, 1.3, rtol=0.03)
    np.testing.assert_allclose(shape.tail, (4.0 - 2.01) / (6.0 - 2.01), rtol=0.2)
    np.testing.assert_allclose(shape.skew, -0.12, atol=0.02)
    np.testing.assert_allclose(shape.shift, 0.15, atol=0.03)


def test_without_skew_scale_and_tail_alone_are_fitted_as_scipy_does() -> None:
    seen = planted(scale=0.8, df=4.0)
    shape = fit_shape(seen, skewed=False)
    assert shape.skew == shape.shift == [0.0, 0.0]
    df, _, scale = stats.t.fit(seen.came[..., 0].ravel(), floc=0.2)
    assert shape.scale[0] == pytest.approx(scale / 3.0, rel=2e-3)
    assert 2.01 + shape.tail[0] * (5.0 - 2.01) == pytest.approx(df, rel=2e-2)


def test_a_skew_is_kept_if_it_holds_on_validation_days() -> None:
    seen = planted(skew=0.15)
    assert skew_helps(seen, FOLD)
    turned = seen.came.copy()
    turned[:, FOLD.valid[0] :] = 0.4 - turned[:, FOLD.valid[0] :]
    assert not skew_helps(replace(seen, came=turned), FOLD)


def test_nothing_of_validation_days_is_looked_at_to_find_the_skew_that_is_judged(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from pipeline.training import shape as place

    fitted: list[Hindsight] = []

    def spy(seen: Hindsight, *, skewed: bool) -> Shape:
        fitted.append(seen)
        return fit_shape(seen, skewed=skewed)

    monkeypatch.setattr(place, "fit_shape", spy)
    skew_helps(planted(skew=0.1), FOLD)
    assert [(seen.first, seen.came.shape[1]) for seen in fitted] == [(0, 350)] * 2
