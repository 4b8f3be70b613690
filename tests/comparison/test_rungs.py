"""What a ladder judges, and that each rung differs in its settings alone."""

from __future__ import annotations

from pipeline.comparison.rungs import rungs, settings_of
from pipeline.evaluation.ladder import Rung
from pipeline.settings.load import load

ASKED = ["compare.models=gru", "window.lookback=10"]


def names(*assignments: str) -> list[str]:
    return [rung.name for rung in rungs(load(None, [*ASKED, *assignments], {}))]


def test_without_a_ladder_there_are_the_entries_of_the_leaderboard() -> None:
    assert names() == ["gru", "linear", "feedforward"]
    assert names("compare.controls=[]") == ["gru"]
    assert names("compare.models=[linear, gru]") == ["linear", "gru", "feedforward"]


def test_a_ladder_goes_from_controls_on_raw_inputs_to_networks_on_all() -> None:
    shown = ["gru last 1 day", "gru last 2 days", "gru last 5 days"]  # fewer than the lookback
    controls = ["linear raw", "linear", "feedforward raw", "feedforward"]
    assert names("compare.ladder=true") == [*controls, "gru raw", *shown, "gru"]
    told = names("compare.ladder=true", "window.features=raw")
    assert told == ["linear", "feedforward", *shown, "gru"]


def test_a_rung_differs_in_its_settings_alone() -> None:
    fold = load(None, ASKED, {})
    raw, shown = (
        settings_of(Rung("lstm", "raw"), fold, 3),
        settings_of(Rung("gru", "all", 5), fold, 3),
    )
    assert raw.window.features == ("raw",)
    assert (raw.model.name, raw.train.seed) == ("lstm", 3)
    assert raw.window.model_copy(update={"features": fold.window.features}) == fold.window
    assert shown.evaluate.shown_days == 5 and raw.evaluate == fold.evaluate
    assert shown.window == fold.window
    whole = settings_of(Rung("gru"), fold, 0)
    assert whole == fold
