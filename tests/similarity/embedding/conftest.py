"""Days of firms in groups, of which one is listed late and one is often missing."""

import numpy as np
import pytest
from similarity.embedding.test_portfolios import grouped

from pipeline.similarity.embedding.days import Days
from pipeline.similarity.embedding.portfolios import portfolios


@pytest.fixture(scope="module")
def days():
    found = grouped(400)
    present = found.present.copy()
    present[:150, 11], present[::9, 2] = False, False
    return Days(*(np.where(present, part, 0) for part in (found.plain, found.standard)), present)


@pytest.fixture(scope="module")
def held_by(days):
    return portfolios(days, 4)
