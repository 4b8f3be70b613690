"""What is said of how far gradients reach follows from the figures."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from pipeline.studies.conclusions.gradients import conclude


def on_task(cell: str, start: float, trained: float, **facts: Any) -> list[dict[str, Any]]:
    """Ten seeds whose influence over 40 days is 10^start and 10^trained, give or take 5 %."""
    rows = []
    for seed in range(10):
        for when, log in (("start", start), ("trained", trained)):
            for lag in (20, 40):
                kind = cell.split(",")[0]
                row = {"cell": cell, "kind": kind, "on": "latch", "seed": seed, "when": when}
                row |= {"start": cell.split(", ")[1], "lag": lag, "accuracy": 0.5}
                row |= {"log_norm": log * lag / 40 + 0.02 * (seed - 4.5) / 4.5}
                rows.append({**row, "log_bound": 0.1, "log_sloped": 0.1, **facts})
    return rows


def on_growth(kind: str, before: int, after: int) -> list[dict[str, Any]]:
    return [
        {"cell": f"{kind} on growth", "kind": kind, "on": "growth", "start": "default"}
        | {"seed": seed, "epoch": epoch, "when": f"epoch {epoch}", "lag": lag}
        | {"log_norm": -lag / reach, "reach": reach + seed % 2}
        for seed in range(10)
        for epoch, reach in ((0, before), (3, after))
        for lag in (0, 10)
    ]


def test_it_says_what_fades_and_what_gates_do() -> None:
    rows = [
        *on_task("elman, norm 0.9", -2.0, -4.0),
        *on_task("elman, norm 1", -0.4, -3.0, log_bound=0.0),
        *on_task("gru, default", -6.0, -6.0),
        *on_task("gru, chrono", -1.0, -1.0, accuracy=1.0),
    ]
    found = conclude(pd.DataFrame(rows))
    figures = {figure.name: figure for figure in found.figures}
    reached = figures["influence over 40 days, elman, norm 0.9, start"]
    assert reached.value == pytest.approx(0.01)
    assert reached.low < 0.01 < reached.high
    # 10^(−0.4 / 40) a day.
    assert figures["what slopes leave a day, elman, norm 1, start"].value == pytest.approx(
        0.97724, 1e-4
    )
    gates = figures["times the influence over 40 days, gru, by chrono biases"]
    assert gates.value == pytest.approx(1e5)
    assert "0.01 (0.0098 to 0.01) in an Elman network" in found.answer
    assert "multiplied by chrono biases alone 100,000 (100,000 to 100,000) times in the GRU." in (
        found.answer
    )
    said = " ".join(found.sentences)
    assert "Of 80 cases in Elman networks the influence was above ∏‖W_hh‖ in 0" in said
    assert "both are upper bounds" in said
    assert "Of 30 trainings that began with an influence of a thousandth or more" in said
    assert "10 learned to tell the first day's sign" in said
    assert "of 10 that began with less, 0." in said
    assert {plot.name for plot in found.plots} == {"elman", "elman_trained", "starts"}


def test_figures_that_come_out_the_other_way_are_told_the_other_way() -> None:
    rows = [
        *on_task("elman, norm 1", 0.4, 0.4, log_bound=0.0),
        *on_task("gru, default", -1.0, -1.0),
        *on_task("gru, chrono", -3.0, -3.0),
    ]
    found = conclude(pd.DataFrame(rows))
    assert "chrono biases alone 0.01 (0.01 to 0.01) times" in found.answer
    assert "∏‖W_hh‖ in 40, and" in " ".join(found.sentences)
    assert "they are no bounds here" in " ".join(found.sentences)


def test_an_influence_of_zero_is_counted_and_left_out_of_means() -> None:
    rows = pd.DataFrame(on_task("elman, identity_relu", 0.0, 0.0))
    rows.loc[rows["seed"] < 3, "log_norm"] = -40.0
    found = conclude(rows)
    assert "zero for 3 (elman, identity_relu, at the start) and 3 (" in " ".join(found.sentences)
    assert found.figures[0].value > 0.9
    assert set(found.rows["seeds"]) == {7}


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [(20, 5, "its reach shorter"), (5, 20, "its reach longer"), (9, 9, "no change is shown")],
)
def test_growth_is_told_by_what_intervals_show(before: int, after: int, said: str) -> None:
    found = conclude(pd.DataFrame(on_growth("lstm", before, after)))
    assert said in " ".join(found.sentences)
    figures = {figure.name: figure.value for figure in found.figures}
    name = "days to a hundredth of the gradient on growth, lstm, epoch {}"
    assert figures == {name.format(0): before + 0.5, name.format(3): after + 0.5}
    assert [plot.name for plot in found.plots] == ["growth"]
