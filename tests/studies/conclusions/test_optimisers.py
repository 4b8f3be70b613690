"""What came of a contest is counted as by hand."""

import numpy as np
import pandas as pd
import pytest

from pipeline.studies.conclusions.optimisers import (
    behind_gradients,
    exponents_of,
    medians_of,
    shares_solved,
    sizes_plot,
    table,
)


def _tasks(passes_by_size, optimiser="swarm", days=50):
    return pd.DataFrame(
        [
            {
                "task": "latch",
                "days": days,
                "units": size,
                "parameters": size**2,
                "optimiser": optimiser,
                "seed": seed,
                "budget": 1000,
                "passes": passes,
                "solved": passes <= 1000,
                "solved_in_steps": np.isfinite(passes),
            }
            for size, all_passes in passes_by_size.items()
            for seed, passes in enumerate(all_passes)
        ]
    )


def test_exponent_of_a_power_law_is_found():
    # Passes are 3 · P^1.5 for every seed.
    found = exponents_of(_tasks({size: [3.0 * size**3] * 5 for size in (2, 4, 8)}))["swarm"]
    assert (found.value, found.low, found.high) == (pytest.approx(1.5),) * 3


def test_no_exponent_where_a_size_is_not_solved():
    rows = _tasks({2: [10.0] * 5, 4: [20.0] * 5, 8: [np.nan] * 4 + [50.0]})
    assert exponents_of(rows) == {}
    speeds = medians_of(rows)
    assert speeds["passes"].tolist() == [10.0, 20.0, np.inf]
    assert sizes_plot(speeds).curves[0].x == [4, 16]


def test_shares_by_hand():
    rows = _tasks({2: [10.0, 2000.0, np.nan, np.nan]})
    found = shares_solved(rows).iloc[0]
    assert found["solved"] == 0.25
    assert found["solved_in_steps"] == 0.5
    assert table(rows, rows.iloc[:0])["passes"].isna().all()


def test_growth_is_paired_by_seed():
    crps = {"gradients": [1.0, 2.0, 3.0], "swarm": [1.5, 2.5, 3.5], "constant": [9.0]}
    rows = pd.DataFrame(
        [
            {"units": 2, "optimiser": name, "seed": seed, "crps": value}
            for name, values in crps.items()
            for seed, value in enumerate(values)
        ]
    )
    found = behind_gradients(rows)
    assert list(found) == [(2, "swarm")]
    assert found[2, "swarm"].low == found[2, "swarm"].high == pytest.approx(0.5)
