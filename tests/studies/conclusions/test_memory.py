"""Sentences say what the figures and their intervals show, and the other thing if they do."""

import pandas as pd
import pytest

from pipeline.studies.conclusions.memory import MOST, conclude
from pipeline.studies.intervals import share


def rows(task, network, solved, start="default", days=20, seeds=10):
    """Return trainings of one condition, of which a number solved the task."""
    return pd.DataFrame(
        [
            {
                "network": network,
                "days": days,
                "budget": 250,
                "batch": 32,
                "task": task,
                "start": start,
                "parameters": 100,
                "seed": seed,
                "share": 0.01 if seed < solved else 1.0,
                "accuracy": float("nan"),
                "solved": seed < solved,
                "solved_after": 100.0 if seed < solved else float("nan"),
            }
            for seed in range(seeds)
        ]
    )


def test_the_answer_counts_tasks_and_names_those_that_nobody_learned():
    found = conclude(
        pd.concat(
            [
                rows("adding", "lstm", 10),
                rows("adding", "elman", 0),
                rows("latch", "lstm", 9),
                rows("latch", "elman", 10),
                rows("parity", "lstm", 6),
                rows("parity", "elman", 0),
            ]
        )
    )
    assert "After the same 250 steps, so many of the 3 tasks over 20 days" in found.answer
    assert ": lstm 2; elman 1." in found.answer
    assert "No network learned parity in most trainings." in found.answer
    assert "Adding over 20 days: learned by lstm (10 of 10); not by elman (0 of 10)." in (
        found.sentences
    )
    assert any("undecided of lstm (6 of 10)" in sentence for sentence in found.sentences)
    assert any("3,200 sequences" in s and "quoted" in s for s in found.sentences)
    row = found.rows.set_index(["task", "network"]).loc[("parity", "lstm")]
    assert (row["solved"], row["low"], row["high"]) == pytest.approx(share(6, 10))
    assert "solved latch over 20 days, elman, default" in {each.name for each in found.figures}


@pytest.mark.parametrize(
    ("default", "chrono", "verdict"),
    [(0, 10, "more often"), (10, 0, "less often"), (4, 6, "the intervals overlap")],
)
def test_what_a_start_changes_is_said_as_it_came_out(default, chrono, verdict):
    given = [("default", default), ("chrono", chrono)]
    found = conclude(pd.concat([rows("recall", "gru", count, start) for start, count in given]))
    assert verdict in found.answer
    assert "The GRU learned to recall a number after 20 days" in found.answer
    found = conclude(pd.concat([rows("adding", "gru", count, start) for start, count in given]))
    said = [sentence for sentence in found.sentences if "start was told apart" in sentence]
    assert bool(said) == (verdict == "the intervals overlap")
    assert [plot.name for plot in found.plots] == ["solved", "loss_left", "starts"]
    assert bool(said) or any(f"{verdict} than begun as Keras does" in s for s in found.sentences)


def test_a_training_that_diverged_and_a_task_not_asked():
    lost = rows("latch", "elman", 0).assign(share=float("nan"))
    found = conclude(pd.concat([lost, rows("copying", "gru", 0)]))
    table = found.rows.set_index("task")
    assert table.loc["latch", "share"] == MOST
    assert table.loc["copying", "naive"] == pytest.approx(0.5199, abs=1e-4)
    assert all("nan" not in sentence for sentence in [found.answer, *found.sentences])
