"""Answers as figures: what is drawn is what is answered, and text is no markup."""

from __future__ import annotations

import numpy as np
import pytest
import universe
from similarity import planted

from pipeline.outputs import Grown
from pipeline.similarity.asking.drawing import BLUE, GREY
from pipeline.similarity.asking.figures import scored
from pipeline.similarity.asking.peers import Peers


@pytest.fixture(scope="module")
def peers() -> Peers:
    growth = universe.growth_panel(firms=5, days=300, gaps=False)
    return Peers(planted.embedded(Grown(growth, universe.grown().basis)))


def test_bars_are_scores_and_grey_where_chance_does_as_well(peers: Peers) -> None:
    found = peers.similar(peers.symbols[0], 4).assign(beyond_chance=[True, False, None, True])
    (bars,) = scored(found, "a < b").data
    assert list(bars.y) == found["symbol"].tolist()
    np.testing.assert_array_equal(bars.x, found["score"])
    assert list(bars.marker.color) == [BLUE, GREY, BLUE, BLUE]
    assert scored(found, "a < b").layout.title.text == "a &lt; b"


def test_peers_of_a_basket_are_drawn_under_their_title(peers: Peers) -> None:
    one, other = peers.symbols[:2]
    figure = peers.plot([one.lower(), other], 2)
    first, last = peers.span()
    title = f"Firms that move like the basket of {one}, {other}, {first} to {last}"
    assert figure.layout.title.text == title
    assert len(figure.data[0].x) == 2


def test_an_explanation_is_drawn_and_shown(peers: Peers) -> None:
    one, other = peers.symbols[:2]
    found = peers.explain(one, other)
    *lines, days = found.plot().data
    for line, column in zip(lines, ("score", "pearson", "residual"), strict=True):
        np.testing.assert_array_equal(line.y, found.years[column].to_numpy())
    assert days.y[-1] == pytest.approx(found.responses)
    shown = found._repr_html_()
    assert shown.startswith(f"<p>{one} and {other} move ")
    assert shown.count("<table") == 2
