"""What is said of readers follows from their figures, whichever way they came out."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import pytest

from pipeline.studies.conclusions.forgetting import conclude

ABOUT = {
    "window": 20,
    "epochs": 10,
    "best_epoch": 5,
    "firms": 20,
    "first": "2019-01-02",
    "last": "2020-06-30",
}


def growth(inputs: str, crps: Mapping[str, float], noise: float = 1e-3) -> pd.DataFrame:
    """CRPS of ten seeds, of which each has much in common over readers."""
    random = np.random.default_rng(0)
    common = random.normal(0.0, 0.1, 10)
    rows = [
        {"inputs": inputs, "reader": reader, "seed": seed, **ABOUT}
        | {"crps": level * (1.0 + common[seed]) + random.normal(0.0, noise)}
        for reader, level in crps.items()
        for seed in range(10)
    ]
    return pd.DataFrame(rows)


def task(days: int, solved: Mapping[str, int]) -> pd.DataFrame:
    rows = [
        {"task": "adding", "days": days, "window": 10, "reader": reader, "seed": seed}
        | {"solved": seed < number, "share": 0.0 if seed < number else 1.0}
        for reader, number in solved.items()
        for seed in range(10)
    ]
    return pd.DataFrame(rows)


def test_what_the_state_is_worth_is_paired_by_seed() -> None:
    found = conclude(growth("the day alone", {"a day": 4.0, "a window": 3.0, "gru": 3.0}))
    figures = {figure.name: figure for figure in found.figures}
    worth = figures["less CRPS, the day alone, gru, a day"]
    assert (worth.value, worth.unit) == (pytest.approx(25.0, abs=0.1), "%")
    assert worth.high - worth.low < 0.2
    # Over seeds alone the interval is that of what they have in common.
    assert figures["CRPS, the day alone, gru"].high - figures["CRPS, the day alone, gru"].low > 0.2
    assert found.answer.startswith(
        "On growth from the day alone, memory pays, but a state is not seen to do better than 20 "
        "days at once: the CRPS of gru is 25.0 % below that of a feedforward network (25."
    )
    assert "and not told apart from that of one that sees 20 days at once (-0.0 to" in found.answer


@pytest.mark.parametrize(
    ("day", "window", "said"),
    [
        (2.0, 3.0, "a hidden state is not seen to pay: "),
        (3.0, 3.0, "a hidden state is not seen to pay: "),
        (4.0, 2.0, "memory pays, but a state is not seen to do better than 20 days at once: "),
        (4.0, 3.5, "memory pays, and a state does better than 20 days at once: "),
    ],
)
def test_whether_memory_pays_follows_from_both_windows(
    day: float, window: float, said: str
) -> None:
    found = conclude(growth("features", {"a day": day, "a window": window, "gru": 3.0}))
    assert found.answer.startswith(f"On growth from features, {said}the CRPS of gru is")


def test_it_says_the_other_thing_where_figures_came_out_the_other_way() -> None:
    answer = conclude(growth("features", {"linear": 2.0, "gru": 3.0, "lstm": 1.0})).answer
    assert "the CRPS of gru is 50.0 % above that of a linear map" in answer
    assert "lstm" not in answer
    (first, *_) = conclude(growth("features", {"linear": 2.0, "gru": 3.0, "lstm": 1.0})).sentences
    assert "the CRPS of lstm is 50.0 % below that of a linear map" in first


def test_what_features_are_worth_is_told_of_each_reader() -> None:
    plain = growth("the day alone", {"linear": 4.0, "gru": 3.0})
    rows = pd.concat([plain, growth("features", {"linear": 3.0, "gru": 3.0})])
    helped, others = [
        text for text in conclude(rows).sentences if text.startswith("Features in place")
    ]
    assert "lower the CRPS of linear by 25.0 %" in helped
    assert "gru" not in helped
    assert others.endswith("are not seen to help gru.")


def test_a_reader_that_was_still_learning_is_named() -> None:
    rows = growth("features", {"linear": 2.0, "elman": 3.0})
    said = "From features, most trainings of elman were best in the last epochs"
    assert not any(text.startswith(said) for text in conclude(rows).sentences)
    rows.loc[(rows["reader"] == "elman") & (rows["seed"] < 6), "best_epoch"] = 9
    assert any(text.startswith(said) for text in conclude(rows).sentences)


def test_tasks_are_counted_within_the_window_and_beyond() -> None:
    rows = pd.concat([task(10, {"a window": 10, "gru": 9}), task(30, {"a window": 0, "gru": 8})])
    found = conclude(rows)
    assert found.answer == (
        "On tasks that span more than 10 days, 8 of 10 trainings of gru and 0 of 10 of a "
        "feedforward network of 10 days found the answer (a loss below a tenth of the best without "
        "memory)."
    )
    assert found.sentences[0] == (
        "Adding over 10 days, within the window of 10, was solved, of 10 trainings each, by "
        "a window 10 and gru 9."
    )
    assert [plot.name for plot in found.plots] == ["tasks"]
    assert found.rows["value"].tolist() == pytest.approx([0.0, 0.1, 1.0, 0.2])


def test_both_together_make_three_plots_and_a_missing_value_is_left_out() -> None:
    shown = growth("features", {"linear": 2.0, "gru": 3.0})
    shown.loc[0, "crps"] = np.nan
    found = conclude(pd.concat([shown, task(30, {"a window": 0, "gru": 8})]))
    assert [plot.name for plot in found.plots] == ["growth", "worth", "tasks"]
    assert found.rows["seeds"].tolist() == [9, 10, 10, 10]
    assert len({figure.name for figure in found.figures}) == len(found.figures)
    assert any("20 firms, 2019-01-02 to 2020-06-30" in text for text in found.sentences)
