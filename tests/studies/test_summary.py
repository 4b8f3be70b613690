"""What each architecture costs and gives: operations by hand, ratios by seed, the frontier."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from universe import windowed

from pipeline.studies import summary


def rows() -> pd.DataFrame:
    random = np.random.default_rng(0)
    day = random.normal(1.0, 0.1, 10)  # what a seed has in common
    about = {
        "linear": (100, 200, 1.0),
        "gru": (1000, 2000, 0.9),
        "elman": (900, 3000, 0.95),
        "feedforward": (500, 900, 1.1),
    }
    return pd.DataFrame(
        [
            {
                "architecture": name,
                "seed": seed,
                "parameters": parameters,
                "operations": operations,
                "microseconds": 3.0,
                "crps": day[seed] * level + random.normal(0.0, 1e-4),
            }
            for name, (parameters, operations, level) in about.items()
            for seed in range(10)
        ]
    )


def test_ratios_are_paired_by_seed_and_the_frontier_is_not_dominated():
    found = summary.conclude(rows(), {})
    table = found.rows.set_index("architecture")
    assert list(table.index) == ["gru", "elman", "linear", "feedforward"]
    assert table.loc["gru", "ratio"] == pytest.approx(0.9, abs=1e-3)
    assert table.loc["gru", "high"] - table.loc["gru", "low"] < 1e-3
    assert table.index[table["frontier"]].tolist() == ["gru", "linear"]
    assert found.answer.startswith("After the same short training, gru has the lowest")
    assert "10 times the operations" in found.answer
    assert any(s.startswith("Better than linear") and "gru, elman" in s for s in found.sentences)
    assert any(s.startswith("Not answered in this store yet: cost") for s in found.sentences)


def test_other_answers_are_gathered():
    found = summary.conclude(rows(), {"cost": {"answer": "It grows.", "rows": pd.DataFrame()}})
    assert "cost: It grows." in found.sentences


def test_solved_tasks_are_those_of_the_study_of_memory():
    memory = pd.DataFrame(
        [
            ("gru", "default", "adding", 20, 0.7),
            ("gru", "default", "latch", 20, 0.8),
            ("gru", "default", "parity", 20, 0.1),
            ("gru", "chrono", "parity", 20, 0.9),
            ("gru", "default", "recall", 20, 0.9),
            ("gru", "default", "adding", 60, 0.9),
            ("elman", "default", "adding", 20, 0.2),
        ],
        columns=["network", "start", "task", "days", "low"],
    )
    found = summary.conclude(rows(), {"memory": {"answer": "", "rows": memory}})
    solved = found.rows.set_index("architecture")["tasks_solved"]
    assert (solved["gru"], solved["elman"]) == (2, 0)
    assert pd.isna(solved["linear"])


def test_operations_by_hand():
    panel = windowed()
    features, lookback = panel.features.shape[2], panel.fold.lookback
    assert summary.operations("linear", panel) == 2 * 3 * (features + 1)
    # Elman: 64 (d + 64 + 1) weights and the head of 3 × 65.
    elman = 64 * (features + 65) + 3 * 65
    assert summary.operations("elman", panel) == 2 * elman
    both = summary.operations("bidirectional", panel)
    assert both % lookback == 0
    assert both > lookback * summary.operations("gru", panel)


def test_a_cell_trains_from_each_seed(monkeypatch):
    monkeypatch.setattr(summary, "TOGETHER", 2)
    cell = next(c for c in summary.design(False) if c["architecture"] == "linear")
    short, panel = cell | {"epochs": 1, "sequences_per_epoch": 32}, windowed(firms=4, days=150)
    first, second = summary.measure(short, panel)
    assert first["parameters"] == 3 * (panel.features.shape[2] + 1)
    assert np.isfinite([first["crps"], second["crps"]]).all()
    assert first["crps"] != second["crps"]
    assert summary.measure(short, panel)[0]["crps"] == first["crps"]
