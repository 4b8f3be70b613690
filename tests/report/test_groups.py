"""Clusters and hubs, as figures, tables and words, against values worked by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from pipeline.outputs import UNKNOWN
from pipeline.report import groups
from pipeline.report.figures import dendrogram
from pipeline.report.figures.spanning_tree import spanning_tree
from pipeline.similarity.asking import clusters, spanning

# A and B are alike, D and E too, C is nearer to the latter.
SCORES = np.array(
    [
        [1.0, 0.9, 0.1, 0.0, 0.0],
        [0.9, 1.0, 0.0, 0.0, 0.2],
        [0.1, 0.0, 1.0, 0.5, 0.6],
        [0.0, 0.0, 0.5, 1.0, 0.8],
        [0.0, 0.2, 0.6, 0.8, 1.0],
    ]
)
FIRMS = pd.DataFrame(
    {
        "symbol": list("ABCDE"),
        "name": ["Aa", "Bb", "Cc", "Dd", "<b>"],
        "sector": ["x", "x", "y", UNKNOWN, "x"],
    }
)


def cut(count: int = 2) -> tuple[np.ndarray, np.ndarray]:
    joined = clusters.tree(SCORES)
    return joined, clusters.labels(joined, count)


def test_the_table_of_clusters_by_hand() -> None:
    _, labels = cut()
    grid = groups.cluster_grid(SCORES, labels, FIRMS)
    rows = {frozenset(row.cells[2].text.split()): row for row in grid.rows}
    pair, three = rows[frozenset("B")], rows[frozenset("CD")]
    assert [cell.text for cell in pair.cells[1:]] == ["A", "B", "x", "100 %", "2", "0.90"]
    # E has (0.6 + 0.8) / 2, D 0.65, C 0.55; their mean is 0.63; of C and E, x is first by letter.
    expected = ["E", "D C", "x", "50 %", "3", "0.63"]
    assert [cell.text for cell in three.cells[1:]] == expected
    assert [row.cells[0].text for row in grid.rows] == ["1", "2"]


def test_a_cluster_of_one_firm_of_no_sector() -> None:
    firms = FIRMS.assign(sector=UNKNOWN)
    grid = groups.cluster_grid(SCORES[:1, :1], np.zeros(1, np.intp), firms[:1])
    assert [cell.text for cell in grid.rows[0].cells] == ["1", "A", "–", "–", "–", "1", "–"]


def test_clusters_in_words() -> None:
    _, labels = cut()
    first, after = groups.clusters_in_words({2: 0.61, 3: 0.4}, labels, FIRMS)
    assert first.startswith(
        "The tree is cut into 2 clusters of 2 to 3 firms: among 2 to 3 clusters, these have the "
        "highest mean silhouette, 0.61"
    )
    assert "shade" not in first
    # Of A, B, C and E, three are of their cluster's commonest sector.
    assert "75 % of the firms with a known sector" in after
    weak, *_ = groups.clusters_in_words({2: 0.2}, labels, FIRMS)
    assert "clusters shade into one another" in weak
    only = groups.clusters_in_words({2: 0.61}, labels, FIRMS.assign(sector=UNKNOWN))
    assert len(only) == 1


def test_one_cluster_and_too_few_firms_in_words() -> None:
    one = np.zeros(5, np.intp)
    (sentence,) = groups.clusters_in_words({2: -0.1}, one, FIRMS)
    assert "all firms are one cluster" in sentence
    (sentence,) = groups.clusters_in_words({}, one[:2], FIRMS[:2])
    assert sentence == "2 firms: too few to be cut into clusters."


def test_hubs_in_words_by_hand() -> None:
    # A star about A: one of three edges between known sectors is within x … of six pairs, three.
    joined = np.array([[0, 1], [0, 2], [0, 3], [0, 4]])
    hubs, sectors = groups.hubs_in_words(SCORES, joined, FIRMS)
    assert hubs == "Most neighbours in the tree: A (4)."
    assert "Of its 3 edges" in sectors and "67 % join two of the same" in sectors
    assert sectors.endswith("50 % do.")
    chain = np.array([[0, 1], [1, 2]])
    assert groups.hubs_in_words(np.full((3, 3), np.nan), chain, FIRMS[:3]) == []


def test_the_dendrogram_has_a_row_a_firm_and_joints_at_the_heights() -> None:
    joined, labels = cut()
    figure = dendrogram.dendrogram(joined, labels, FIRMS)
    traces = {trace.name: trace for trace in figure.data}
    order = clusters.order(joined)
    assert list(figure.layout.yaxis.ticktext) == [list("ABCDE")[firm] for firm in order]
    np.testing.assert_allclose(sorted(traces["joints"].x), joined[:, 2])
    # The last joint is between clusters, the other three within.
    assert len(traces["between clusters"].x) == 5 and len(traces["within clusters"].x) == 15
    root = list(traces["joints"].text)[-1]
    assert root.startswith("<b>5 firms</b>: ")
    assert sorted(root.split(": ")[1].split(", ")) == list("ABCDE")
    x = traces["x"]
    assert list(x.text) == ["A", "B", "E"]
    assert list(x.y) == [list(order).index(firm) for firm in (0, 1, 4)]
    assert x.customdata[2][0] == "&lt;b&gt;"
    assert [number.strip(" ") for number in traces["clusters"].text] == ["<b>1</b>", "<b>2</b>"]


def test_elbows_lead_from_branch_to_branch() -> None:
    joined, labels = cut()
    traces = {t.name: t for t in dendrogram.dendrogram(joined, labels, FIRMS).data}
    across, along = traces["between clusters"].x, traces["between clusters"].y
    height = joined[-1, 2]
    np.testing.assert_allclose(across[1:3], [height, height])
    assert {across[0], across[3]} == {joined[int(side) - 5, 2] for side in joined[-1, :2]}
    assert along[0] == along[1] and along[2] == along[3] and np.isnan(across[4])
    middle = list(traces["joints"].y)[-1]
    assert middle == pytest.approx((along[0] + along[3]) / 2.0)


def test_of_many_firms_the_tree_ends_at_the_clusters(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dendrogram, "LEAVES", 4)
    joined, labels = cut()
    figure = dendrogram.dendrogram(joined, labels, FIRMS)
    traces = {trace.name: trace for trace in figure.data}
    sizes = np.bincount(labels)
    assert list(figure.layout.yaxis.ticktext) == [f"{size} firms" for size in sizes]
    assert list(traces["joints"].x) == [joined[-1, 2]] and list(traces["joints"].y) == [0.5]
    assert list(traces["clusters"].y) == [0.0, 1.0] and "x" not in traces


@pytest.mark.parametrize("firms", [1, 2, 3])
def test_few_firms_are_drawn(firms: int) -> None:
    scores, table = SCORES[:firms, :firms], FIRMS[:firms]
    joined = clusters.tree(scores)
    figure = dendrogram.dendrogram(joined, clusters.labels(joined, 1), table)
    assert len(figure.layout.yaxis.ticktext) == firms
    matrix = pd.DataFrame(scores, table["symbol"], table["symbol"])
    drawn = spanning_tree(matrix, spanning.edges(scores), table)
    assert sum(len(trace.x) for trace in drawn.data[2:]) == firms


def test_the_spanning_tree_is_drawn_with_scores_and_degrees() -> None:
    matrix = pd.DataFrame(SCORES, FIRMS["symbol"], FIRMS["symbol"])
    joined = spanning.edges(SCORES)
    figure = spanning_tree(matrix, joined, FIRMS)
    traces = {trace.name: trace for trace in figure.data}
    expected = ["A and B: 0.90", "B and E: 0.20", "C and E: 0.60", "D and E: 0.80"]
    assert list(traces["scores"].text) == expected
    place = spanning.layout(joined, 5)
    np.testing.assert_allclose(traces["scores"].x[0], place[[0, 1], 0].mean())
    a, b, e = traces["x"].marker.size
    assert a < b < e
    assert traces["x"].customdata[2][2] == "3 neighbours: D 0.80, C 0.60, B 0.20"
    assert traces["x"].customdata[2][1] == "&lt;b&gt;"


def test_edges_of_unknown_scores_are_not_drawn() -> None:
    scores = SCORES.copy()
    scores[2, :] = scores[:, 2] = np.nan
    matrix = pd.DataFrame(scores, FIRMS["symbol"], FIRMS["symbol"])
    figure = spanning_tree(matrix, spanning.edges(scores), FIRMS)
    traces = {trace.name: trace for trace in figure.data}
    assert not any("C" in text for text in traces["scores"].text)
    assert traces["y"].customdata[0][2] == "0 neighbours"


def test_of_many_firms_only_hubs_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    module = __import__("pipeline.report.figures.spanning_tree", fromlist=["NAMED"])
    monkeypatch.setattr(module, "NAMED", 4)
    monkeypatch.setattr(module, "HUBS", 1)
    matrix = pd.DataFrame(SCORES, FIRMS["symbol"], FIRMS["symbol"])
    figure = spanning_tree(matrix, spanning.edges(SCORES), FIRMS)
    named = [text for trace in figure.data[2:] for text in trace.text if text]
    assert named == ["E"]
