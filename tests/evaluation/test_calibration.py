import numpy as np
import pytest

from pipeline.evaluation.calibration import BINS, coverage_curve, histogram


def test_histogram_by_hand() -> None:
    table = histogram({"network": np.array([0.0, 0.1, 0.3, 0.9, 1.0])}, bins=4)
    assert list(table.columns) == ["model", "left", "right", "count"]
    assert table["count"].tolist() == [2, 1, 0, 2]
    assert table["left"].tolist() == [0.0, 0.25, 0.5, 0.75]
    assert table["right"].tolist() == [0.25, 0.5, 0.75, 1.0]


def test_coverage_curve_by_hand() -> None:
    # Inner half: 1 + 0 of 5; all: 5 of 5.
    curve = coverage_curve(histogram({"network": np.array([0.0, 0.1, 0.3, 0.9, 1.0])}, bins=4))
    assert curve["nominal"].tolist() == [0.0, 0.5, 1.0]
    assert curve["coverage"].tolist() == pytest.approx([0.0, 0.2, 1.0])


def test_calibrated_forecasts_are_flat_and_too_wide_ones_are_not() -> None:
    random = np.random.default_rng(0)
    uniform, centred = random.uniform(size=40_000), random.beta(2.0, 2.0, size=40_000)
    table = histogram({"network": uniform, "wide": centred})
    assert table.groupby("model")["count"].sum().tolist() == [40_000, 40_000]
    flat = table.loc[table["model"] == "network", "count"]
    # 2,000 a bin, five standard errors of a count.
    assert len(flat) == BINS
    assert flat.between(2000 - 220, 2000 + 220).all()
    curve = coverage_curve(table).set_index(["model", "nominal"])["coverage"]
    assert curve["network", 0.9] == pytest.approx(0.9, abs=0.01)
    assert curve["network", 0.5] == pytest.approx(0.5, abs=0.015)
    assert curve["wide", 0.5] > 0.6
