import numpy as np
from numpy.testing import assert_allclose
from skfolio.moments import DenoiseCovariance

from pipeline.similarity.classical import denoised, scaled
from pipeline.similarity.classical.scaled import scaled_residuals


def panel(seed=0, days=300, firms=40):
    random = np.random.default_rng(seed)
    factor = random.normal(size=(days, 4))
    return factor[:, np.arange(firms) % 4] + 2.0 * random.normal(size=(days, firms))


def test_it_is_the_librarys():
    growth = panel()
    values = np.nan_to_num(scaled_residuals(growth)[1:], nan=0.0)
    covariance = DenoiseCovariance(nearest=False).fit(values).covariance_
    size = np.sqrt(np.diagonal(covariance))
    assert_allclose(denoised(growth), covariance / np.outer(size, size), atol=1e-9)


def test_noise_is_less_than_in_the_correlations():
    growth = panel()
    alike = np.arange(40)[:, None] % 4 == np.arange(40) % 4
    other = ~alike
    assert denoised(growth)[other].std() < 0.7 * scaled(growth)[other].std()
    assert denoised(growth)[alike & ~np.eye(40, dtype=bool)].mean() > 0.1
