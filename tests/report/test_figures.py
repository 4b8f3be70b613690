"""Figures hold the data that they were given."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import simulated
import universe
from universe import baseline_names

from pipeline.report.figures import calibration, forecast, quality, similarity, training
from pipeline.report.style import COLOURS, model_colours, sector_marks


def test_coverage_counts_firms_by_day() -> None:
    growth = universe.growth_panel(firms=5, days=200)
    figure = quality.coverage(growth, {"training": ("2015-01-02", "2015-05-01")})
    expected = [int(np.isfinite(day).sum()) for day in growth.to_numpy()]
    assert list(figure.data[0].y) == expected
    assert min(expected) < max(expected) == 5
    assert [mark.text for mark in figure.layout.annotations] == ["training"]


def test_losses_mark_the_best_epoch() -> None:
    history = simulated.trained(6).history
    figure = training.losses(history, best_epoch=4)
    drawn = {trace.name: trace for trace in figure.data}
    np.testing.assert_array_equal(drawn["training"].y, history["loss"])
    np.testing.assert_array_equal(drawn["validation"].y, history["valid_loss"])
    np.testing.assert_array_equal(drawn["validation"].x, [1, 2, 3, 4, 5, 6])
    assert figure.layout.shapes[0].x0 == figure.layout.shapes[0].x1 == 4


def test_gradients_and_learning_rate_are_those_of_the_history() -> None:
    history = simulated.trained(6).history
    bars, line = training.gradients(history).data
    np.testing.assert_array_equal(bars.y, history["clipped_share"])
    np.testing.assert_array_equal(line.y, history["gradient_norm"])
    (rate,) = training.learning_rate(history).data
    np.testing.assert_array_equal(rate.y, history["learning_rate"])


def test_gradient_flow_has_a_line_an_epoch_and_leaves_out_what_vanished() -> None:
    rows = [(0, 0, 1.0), (0, 1, 0.5), (2, 0, 2.0), (2, 1, 0.0)]
    figure = training.gradient_flow(pd.DataFrame(rows, columns=["epoch", "lag", "norm"]))
    before, after = figure.data
    assert (before.name, after.name) == ("before training", "epoch 2")
    assert list(before.y) == [1.0, 0.5]
    assert (after.y[0], np.isnan(after.y[1])) == (2.0, True)
    assert figure.layout.yaxis.type == "log"


def test_intervals_have_the_quantiles_of_the_table(whole: simulated.Run) -> None:
    table = whole.evaluated.forecasts
    firm = table[table["symbol"] == "F03"].tail(40)
    wide, narrow, growth = forecast.intervals(table, {"F03": "Firm F03"}, days=40).data
    for band, low, high in ((wide, "q05", "q95"), (narrow, "q25", "q75")):
        expected = np.concatenate([firm[high], firm[low][::-1]])
        np.testing.assert_allclose(band.y, expected, rtol=1e-9)
    np.testing.assert_array_equal(growth.y, firm["growth"])
    outside = (firm["growth"] < firm["q05"]) | (firm["growth"] > firm["q95"])
    assert [colour == COLOURS[3] for colour in growth.marker.color] == list(outside)


def test_only_one_day_ahead_is_drawn(three: simulated.Run) -> None:
    figure = forecast.intervals(three.evaluated.forecasts, {"F00": ""}, days=1000)
    ahead = three.evaluated.forecasts.query("symbol == 'F00' and horizon == 1")
    np.testing.assert_array_equal(figure.data[-1].y, ahead["growth"])


@pytest.mark.parametrize(
    ("count", "expected"),
    [(1, ["D"]), (2, ["B", "E"]), (3, ["B", "D", "F"]), (9, list("ABCDEF"))],
)
def test_firms_are_spread_over_volatility(count: int, expected: list[str]) -> None:
    # Six firms with forecasts, A the calmest; G has none, H no volatility.
    symbols = np.array(list("FHABGCDE"))
    volatility = np.array([6.0, np.nan, 1.0, 2.0, 2.5, 3.0, 4.0, 5.0])
    forecasts = pd.DataFrame({"symbol": list("AABCDEFH")})
    assert forecast.spread_by_volatility(forecasts, symbols, volatility, count) == expected


def test_pit_is_a_density() -> None:
    table = pd.DataFrame(
        {"model": "network", "left": [0.0, 0.5], "right": [0.5, 1.0], "count": [30, 10]}
    )
    (bars,) = calibration.pit(table).data
    np.testing.assert_allclose(bars.y, [1.5, 0.5])
    np.testing.assert_allclose(bars.x, [0.25, 0.75])


def test_coverage_is_drawn_against_nominal(whole: simulated.Run) -> None:
    traces = {trace.name: trace for trace in calibration.reached(whole.evaluated.calibration).data}
    assert len(traces) == len(baseline_names()) and next(iter(traces)) == "network"
    network = traces["network"]
    at = dict(zip(np.round(network.x, 6), network.y, strict=True))
    for nominal in (0.5, 0.9):
        coverage = whole.evaluated.scores[f"coverage_{round(100 * nominal)}"]
        assert at[nominal] == pytest.approx(100 * (coverage - nominal), abs=0.15)


def test_models_keep_their_colours(whole: simulated.Run) -> None:
    table = whole.evaluated.calibration
    colours = model_colours(table["model"])
    assert len(set(colours.values())) == len(colours) == len(baseline_names())
    assert len(model_colours(["network", *baseline_names(ranges=True)])) <= len(COLOURS)
    assert [trace.line.color for trace in calibration.reached(table).data] == [
        colours[model] for model in sorted(colours, key=lambda m: (m != "network", m))
    ]
    assert [trace.line.color for trace in calibration.pit(table).data[1:]] == [
        colours[model] for model in sorted(set(colours) - {"network"})
    ]


def matrix(firms: int) -> pd.DataFrame:
    random = np.random.default_rng(0)
    half = random.uniform(-0.3, 0.3, size=(firms, firms))
    symbols = [f"S{number}" for number in range(firms)]
    scores = pd.DataFrame((half + half.T) / 2.0, index=symbols, columns=symbols)
    return scores.where(~np.eye(firms, dtype=bool), 1.0)


def test_the_heat_map_shows_scores_and_sectors() -> None:
    scores = matrix(6)
    sectors = pd.Series(["Energy", "Energy", "Health", "unknown", "Health", "Tech"], scores.index)
    strip, heat = similarity.heat_map(scores, sectors).data
    assert list(heat.x) == list(heat.y) == list(strip.y) == list(scores.index)
    off = ~np.eye(6, dtype=bool)
    np.testing.assert_allclose(np.array(heat.z)[off], scores.to_numpy()[off], rtol=1e-6)
    assert np.isnan(np.diagonal(heat.z)).all()
    assert np.ravel(strip.z).tolist() == [0, 0, 1, 3, 1, 2]
    assert np.ravel(strip.customdata).tolist() == list(sectors)
    assert heat.zmax == -heat.zmin


def test_a_heat_map_of_many_firms_is_averaged(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(similarity, "CELLS", 3)
    scores = matrix(5)
    (heat,) = similarity.heat_map(scores, pd.Series("Tech", scores.index)).data
    assert list(heat.x) == ["S0 … S1", "S2 … S3", "S4 … S4"]
    values = scores.to_numpy()
    assert heat.z[0][0] == pytest.approx(values[0, 1], rel=1e-5)
    assert heat.z[0][1] == pytest.approx(values[:2, 2:4].mean(), rel=1e-5)
    assert np.isnan(heat.z[2][2])


def test_the_map_places_firms_by_sector() -> None:
    firms = pd.DataFrame(
        {"symbol": ["A", "B", "C"], "name": ["Aa", "Bb", "Cc"], "sector": ["x", "unknown", "x"]}
    )
    places = pd.DataFrame({"x": [1.0, 2.0, 3.0], "y": [4.0, 5.0, 6.0]}, index=["A", "B", "C"])
    known, unknown = similarity.firm_map(places, firms, {"A": "C 0.50"}).data
    assert (known.name, list(known.x), list(known.y)) == ("x", [1.0, 3.0], [4.0, 6.0])
    assert known.customdata[0] == ["Aa", "C 0.50"] and known.customdata[1] == ["Cc", "none"]
    assert (unknown.name, list(unknown.text)) == ("unknown", ["B"])


def test_labels_of_figures_are_text() -> None:
    firms = pd.DataFrame({"symbol": ["<A>"], "name": ["<b>"], "sector": ["<i>"]})
    places = pd.DataFrame({"x": [0.0], "y": [0.0]}, index=["<A>"])
    (trace,) = similarity.firm_map(places, firms, {}).data
    assert (trace.name, trace.text[0], trace.customdata[0][0]) == (
        "&lt;i&gt;",
        "&lt;A&gt;",
        "&lt;b&gt;",
    )


def test_sectors_are_told_apart_without_colour() -> None:
    marks = sector_marks([f"sector {number:02d}" for number in range(11)] + ["unknown"])
    assert len(set(marks.values())) == 12
    assert len({colour for colour, _ in marks.values()}) == 12
    assert list(marks)[-1] == "unknown"
