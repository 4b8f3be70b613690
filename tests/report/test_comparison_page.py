"""The page of a comparison stands alone, and says what the tables say."""

from __future__ import annotations

from typing import Any

import entries
import numpy as np
import pandas as pd
import pytest
import universe
from reader import Reader, asks_nothing, read

from pipeline.evaluation.titles import model_title
from pipeline.outputs import Compared
from pipeline.report import comparison
from pipeline.report.comparison import gained
from pipeline.report.figures import course, standing
from pipeline.report.figures.ladder import ladder
from pipeline.report.style import GREY, entry_colours

SECTIONS = ["leaderboard", "course", "firms", "calibration", "training", "folds", "limits"]
EVIL = "<script>alert('firm')</script>"


@pytest.fixture(scope="module")
def found() -> Compared:
    return entries.shared()


@pytest.fixture(scope="module")
def ahead() -> Compared:
    return entries.shared(folds=1, horizon=3, ladder=True)


@pytest.fixture(scope="module")
def reader(found: Compared) -> Reader:
    return read(found.page)


def colours(found: Compared) -> dict[str, str]:
    kinds = {kind: list(rows["name"]) for kind, rows in found.board.groupby("kind")}
    return entry_colours([*kinds["network"], *kinds["control"]], kinds["baseline"])


def test_the_page_is_well_formed_and_stands_alone(reader: Reader) -> None:
    assert reader.open == []
    assert [attrs["id"] for tag, attrs in reader.tags if tag == "section"] == SECTIONS
    links = [str(attrs["href"]) for tag, attrs in reader.tags if tag == "a"]
    assert links == [f"#{name}" for name in SECTIONS]
    asks_nothing(reader)


def test_the_same_comparison_gives_the_same_bytes(found: Compared) -> None:
    assert entries.comparison().page == found.page


def test_facts_and_verdict_are_on_top(found: Compared, reader: Reader) -> None:
    top = reader.by_section[""]
    assert found.summary["verdict"] in top
    assert "trained 4 times: 2 seeds in 2 folds" in top
    assert f"{found.summary['forecasts']:,} firm-days" in top
    for label, value in entries.SHOWN.items():
        assert label in top and value in top


def test_every_entry_has_its_numbers(found: Compared, reader: Reader) -> None:
    for row in found.board.to_dict("records"):
        assert model_title(row["name"]) in reader.by_section["leaderboard"]
        assert f"{row['crps_ratio']:.4f}" in reader.by_section["leaderboard"]
        assert f"{row['rmse']:.3f}" in reader.by_section["leaderboard"]
        assert f"{100 * row['coverage_99']:.1f} %" in reader.by_section["calibration"]
    for name in entries.WIDTH:
        assert f"{20.0 * entries.WIDTH[name]:.1f}" in reader.by_section["training"]


def test_every_figure_is_drawn(ahead: Compared) -> None:
    reader = read(ahead.page)
    drawn = [attrs["id"] for _, attrs in reader.tags if attrs.get("class") == "plotly-graph-div"]
    names = (
        "forest",
        "ladder",
        "accumulated",
        "by-firm",
        "pit",
        "reached",
        "ahead",
        "cost",
        "timeline",
    )
    assert drawn == [f"figure-{name}" for name in names]


def test_a_new_figure_is_drawn_after_those_of_its_section(
    found: Compared, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = comparison._course

    def longer(*given: Any) -> dict[str, Any]:
        told = first(*given)
        given[-1].add("course", "again", course.timeline(found.summary["folds"]), "Said of it.")
        return told

    monkeypatch.setattr(comparison, "_course", longer)
    firms = universe.firms_table(universe.growth_panel(firms=5))
    reader = read(comparison.page(found, {}, firms))
    drawn = [attrs["id"] for _, attrs in reader.tags if attrs.get("class") == "plotly-graph-div"]
    assert drawn[1:3] == ["figure-accumulated", "figure-again"]
    assert "Said of it." in reader.by_section["course"]


def test_days_ahead_are_told_only_where_there_are_several(ahead: Compared, reader: Reader) -> None:
    text = read(ahead.page).by_section["ahead"]
    for row in ahead.ahead.to_dict("records"):
        assert f"{row['crps_ratio']:.4f}" in text
    assert "ahead" not in reader.by_section


def test_a_ladder_is_drawn_and_told_where_there_is_one(ahead: Compared, reader: Reader) -> None:
    text = read(ahead.page).by_section["ladder"]
    for row in ahead.ladder.to_dict("records"):
        assert model_title(row["name"]) in text and f"{row['crps_ratio']:.4f}" in text
    assert "the features add" in ahead.summary["verdict"]
    assert "ladder" not in reader.by_section
    controls, networks = sorted(ladder(ahead.ladder).data, key=lambda trace: trace.name)
    assert (list(controls.y), list(controls.marker.symbol)) == (["linear"], ["diamond"])
    assert list(networks.y) == ["GRU raw", "GRU last 1 day", "GRU"]
    assert list(networks.marker.symbol) == ["circle-open", "circle-open", "circle"]
    assert list(networks.x) == list(ahead.ladder["crps_ratio"][1:])


def test_folds_fallbacks_and_survivorship_are_told(found: Compared, reader: Reader) -> None:
    for fold in found.summary["folds"]:
        for part in ("training", "validation", "test"):
            assert all(day in reader.by_section["folds"] for day in fold[part])
    assert "HAR for 2 firms" in reader.by_section["limits"]
    assert "Survivorship" in reader.by_section["limits"]


def test_names_from_users_files_are_escaped(found: Compared) -> None:
    firms = universe.firms_table(universe.growth_panel(firms=5)).assign(name=EVIL)
    page = comparison.page(found, {}, firms)
    assert "<script>alert" not in page and "\\u003cscript" not in page


def test_the_forest_has_ratios_and_their_intervals(found: Compared) -> None:
    figure = standing.forest(found.board, colours(found))
    drawn = {
        label: (x, x - low, x + high)
        for trace in figure.data
        for label, x, low, high in zip(
            trace.y, trace.x, trace.error_x.arrayminus, trace.error_x.array, strict=True
        )
    }
    assert len(drawn) == len(found.board)
    for row in found.board.to_dict("records"):
        keys = ("crps_ratio", "crps_ratio_low", "crps_ratio_high")
        assert drawn[model_title(row["name"])] == pytest.approx([row[key] for key in keys])
    inside, outside = figure.data
    assert {model_title(n) for n in found.board.loc[found.board["in_set"], "name"]} == set(inside.y)
    kinds = {model_title(row["name"]): row["kind"] for row in found.board.to_dict("records")}
    for trace, ending in ((inside, ""), (outside, "-open")):
        for label, symbol in zip(trace.y, trace.marker.symbol, strict=True):
            assert symbol == f"{'diamond' if kinds[label] == 'control' else 'circle'}{ending}"
    assert figure.layout.yaxis.categoryarray[-1] == model_title(found.board["name"].iloc[0])


def test_gains_add_up_to_the_ratio(ahead: Compared) -> None:
    # Days at the ends are forecast fewer times, and must count less.
    counts = ahead.daily[ahead.daily["name"] == "garch"].groupby("date")["forecasts"].sum()
    assert counts.min() < counts.max()
    gains = gained(ahead.daily)
    board = ahead.board.set_index("name")
    for name in board.index:
        assert gains[name].sum() == pytest.approx(board.loc[name, "crps_ratio"] - 1.0)
    (line,) = course.accumulated(gains[["lstm"]], colours(ahead), {"lstm"}).data
    assert line.y[-1] == pytest.approx(board.loc["lstm", "crps_ratio"] - 1.0)
    np.testing.assert_allclose(np.diff(line.y), gains["lstm"][1:], atol=1e-12)
    assert line.visible is True


def test_each_firm_is_a_point() -> None:
    ratios = pd.DataFrame({"gru": [0.9, 1.1], "elman": [1.0, 1.2]}, index=["<A>", "B"])
    figure = standing.by_firm(ratios, {"<A>": "Aa"}, {"gru": "#000000", "elman": "#111111"})
    assert [list(trace.x) for trace in figure.data] == [[0.9, 1.1], [1.0, 1.2]]
    assert list(figure.data[0].text) == ["&lt;A&gt; Aa", "B "]
    assert figure.data[0].boxpoints == "all"


def test_days_ahead_are_drawn_by_model(ahead: Compared) -> None:
    traces = {trace.name: trace for trace in standing.ahead(ahead.ahead, colours(ahead)).data}
    rows = ahead.ahead[ahead.ahead["name"] == "gru"].sort_values("horizon")
    np.testing.assert_array_equal(traces["GRU"].x, [1, 2, 3])
    np.testing.assert_array_equal(traces["GRU"].y, rows["crps_ratio"])
    assert traces["GRU"].visible is True and traces["GARCH"].visible == "legendonly"
    assert set(traces["GARCH"].y) == {1.0}


def test_cost_is_drawn_against_gain(found: Compared) -> None:
    figure = standing.cost(found.board, colours(found))
    (points,) = figure.data
    assert len(points.x) == len(entries.WIDTH)
    assert figure.layout.xaxis.type == "linear"
    board = found.board.assign(seconds=[10.0**rank for rank in found.board["rank"] % 9])
    assert standing.cost(board, colours(found)).layout.xaxis.type == "log"


def test_the_timeline_has_the_days_of_each_part(found: Compared) -> None:
    folds = found.summary["folds"]
    for trace in course.timeline(folds).data:
        assert list(trace.base) == [fold[trace.name][0] for fold in folds]
        lasts = pd.to_datetime(list(trace.base)) + pd.to_timedelta(list(trace.x), unit="ms")
        assert [str(day.date()) for day in lasts] == [fold[trace.name][1] for fold in folds]


def test_networks_have_colours_of_their_own_and_baselines_none() -> None:
    found = entry_colours(["gru", "elman"], ["garch", "har"])
    assert found["gru"] != found["elman"]
    assert found["garch"] == found["har"] == GREY
