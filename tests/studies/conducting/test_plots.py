"""A study's plots as figures of its page and as files."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from pipeline.errors import StoreError
from pipeline.studies.conducting.plots import drawn, save, svg
from pipeline.studies.study import Curve, Plot

LINES = Plot(
    "reach",
    "How far.",
    "lag (days)",
    "norm",
    [
        Curve("gru", [1, 2, 4], [1.0, 0.5, 0.25], [0.9, 0.4, 0.2], [1.1, 0.6, 0.3]),
        Curve("bound", [1, 2, 4], [2.0, 1.0, 0.5], style="dashes"),
        Curve("measured", [1, 4], [1.0, 0.2], style="dots", labels=["near", "far"]),
    ],
    log_y=True,
)
BARS = Plot(
    "solved",
    "How many.",
    "task",
    "share",
    [
        Curve("gru", ["adding", "latch"], [1.0, 0.5], [0.9, 0.2], [1.0, 0.8], "bars"),
        Curve("elman", ["adding", "latch"], [0.0, 1.0], style="bars"),
    ],
)


def test_intervals_are_shaded_behind_lines_and_stand_on_bars():
    figure = drawn(LINES)
    shade, gru, bound, measured = figure.data
    assert list(shade.x) == [1, 2, 4, 4, 2, 1]
    assert list(shade.y) == [1.1, 0.6, 0.3, 0.2, 0.4, 0.9]
    assert shade.mode == "lines"
    assert shade.fillcolor.startswith("rgba(")
    assert gru.line.color != bound.line.color
    assert bound.line.dash == "dash"
    assert list(measured.text) == ["near", "far"]
    assert figure.layout.yaxis.type == "log"
    bars = drawn(BARS).data[0]
    assert list(bars.error_y.array) == [0.0, pytest.approx(0.3)]
    assert list(bars.error_y.arrayminus) == [pytest.approx(0.1), 0.3]
    assert drawn(BARS).layout.xaxis.type == "category"


@pytest.mark.parametrize("plot", [LINES, BARS], ids=["lines", "bars"])
def test_a_file_holds_what_is_drawn_and_is_the_same_every_time(plot):
    first = svg(plot)
    assert first == svg(plot)
    texts = {element.text for element in ElementTree.fromstring(first).iter() if element.text}
    assert {plot.x, plot.y, *(curve.name for curve in plot.curves)} <= texts
    assert {x for curve in plot.curves for x in curve.x if isinstance(x, str)} <= texts


def test_files_are_written_and_a_folder_that_is_a_file_is_told(tmp_path):
    files = save({"reach": "<svg/>", "solved": "<svg/>"}, tmp_path / "new" / "plots")
    assert [file.name for file in files] == ["reach.svg", "solved.svg"]
    assert files[0].read_text() == "<svg/>"
    with pytest.raises(StoreError, match="another folder"):
        save({"reach": ""}, files[0])


def test_no_label_of_a_file_covers_another():
    names = ["lstm", "gru", "attention"]
    close = Curve("networks", [1.0, 1.01, 5.0], [2.0, 2.0, 2.0], style="dots", labels=names)
    drawing = ElementTree.fromstring(svg(Plot("a", "b", "c", "d", [close])))
    heights = {one.text: float(one.get("y")) for one in drawing.iter() if one.text in names}
    assert heights["lstm"] == heights["attention"]
    assert abs(heights["lstm"] - heights["gru"]) >= 8.0  # points of the letters
