"""The law counts operations, and its constants are found again from seconds made of them."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.studies.law import (
    GATES,
    Law,
    Sizes,
    exponent,
    fit,
    operations,
    proportional,
    r2,
    slope,
)

GRID = Sizes(
    days=np.array([16.0, 64, 256, 1024, 64, 64, 64, 64, 64, 64]),
    units=np.array([64.0, 64, 64, 64, 16, 128, 512, 64, 64, 64]),
    inputs=np.array([16.0, 16, 16, 16, 16, 16, 16, 128, 16, 16]),
    batch=np.array([32.0, 32, 32, 32, 32, 32, 32, 32, 1, 128]),
)


def test_operations_by_hand():
    # A day of one sequence, 3 units, 2 inputs: 9 + 6 products of two numbers a gate, and as many
    # sums; in training three times the 9 and twice the 6.
    sizes = Sizes(days=1, units=3, inputs=2, batch=1)
    assert operations("elman", "forward", sizes) == 30
    assert operations("lstm", "forward", sizes) == 120
    assert operations("elman", "training", sizes) == 78
    assert operations("gru", "training", Sizes(days=5, units=3, inputs=2, batch=7)) == 35 * 3 * 78


@settings(max_examples=30)
@given(
    st.sampled_from(sorted(GATES)),
    st.sampled_from(["forward", "training"]),
    st.tuples(*(st.floats(0.1, 10.0) for _ in range(4))),
)
def test_fit_finds_the_constants_again(architecture, way, drawn):
    law = Law(*np.array(drawn) * [1e-3, 1e-5, 1e-9, 1e-11])
    seconds = law.seconds(architecture, way, GRID)
    found = fit(architecture, way, GRID, seconds)
    for name in ("launch", "day", "gate", "operation"):
        assert getattr(found, name) == pytest.approx(getattr(law, name), rel=1e-6)
    assert r2(seconds, found.seconds(architecture, way, GRID)) == pytest.approx(1.0)


def test_fit_has_no_cost_below_zero():
    law = Law(0.0, 0.0, 0.0, 1e-11)
    noise = 1.0 + 0.05 * np.random.default_rng(0).normal(size=len(GRID.days))
    found = fit("gru", "forward", GRID, noise * law.seconds("gru", "forward", GRID))
    assert min(found.launch, found.day, found.gate) >= 0.0
    assert found.operation == pytest.approx(1e-11, rel=0.1)


def test_no_operation_costs_less_than_the_least():
    law = Law(1e-3, 1e-5, 1e-9, 1e-11)
    seconds = law.seconds("gru", "forward", GRID)
    assert fit("gru", "forward", GRID, seconds, least=5e-12).operation == pytest.approx(1e-11)
    assert fit("gru", "forward", GRID, seconds, least=3e-11).operation == pytest.approx(3e-11)


def test_proportional_by_hand():
    # Operations over seconds are 10 and 30: (10 + 30) / (100 + 900) seconds an operation.
    sizes = Sizes(days=np.array([1.0, 3.0]), units=3, inputs=2, batch=1)
    assert proportional("elman", "forward", sizes, np.array([3.0, 3.0])).operation == pytest.approx(
        40.0 / 1000.0
    )


def test_balance_is_where_the_products_cost_the_rest_of_the_day():
    law = Law(1.0, 2e-5, 3e-9, 1e-11)
    for architecture, way in (("elman", "forward"), ("lstm", "training")):
        units = law.balance(architecture, way, inputs=16, batch=32)
        day = Sizes(days=1, units=units, inputs=16, batch=32)
        products = law.products(architecture, way, day)
        rest = law.seconds(architecture, way, day) - law.launch - products
        assert products == pytest.approx(rest)
    assert Law(0.0, 1.0, 0.0, 0.0).balance("elman", "forward", 16, 32) == np.inf


def test_exponents_by_hand():
    assert exponent([1, 2, 4], [3.0, 12.0, 48.0]) == pytest.approx((2.0, 2.0, 2.0))
    assert exponent([1, 10], [1.0, 10.0]) == (pytest.approx(1.0), -np.inf, np.inf)
    # Of 0, 0, 3 over 0, 1, 2: slope 3/2, residuals ½, −1, ½, error √(3/2 / 2), t of one degree of
    # freedom 12.706.
    half = 12.706 * 0.75**0.5
    assert slope([0, 1, 2], [0.0, 0.0, 3.0]) == pytest.approx((1.5, 1.5 - half, 1.5 + half), 1e-3)
