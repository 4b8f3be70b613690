"""Who a firm is, and how much it moves."""

import numpy as np
import planted
import pytest

from pipeline.errors import InputError
from pipeline.similarity.asking.changes import changes
from pipeline.similarity.asking.facts import facts
from pipeline.similarity.asking.movement import movement
from pipeline.similarity.asking.peers import Peers


@pytest.fixture(scope="module")
def peers() -> Peers:
    return Peers(planted.embedded(days=500), record={"source": "files:prices"})


def test_a_firm_is_told_as_an_explanation_tells_it(peers: Peers) -> None:
    told = facts(peers, "f01")
    beside = peers.explain("F01", "F04").firms.iloc[0]
    for name in ("symbol", "name", "sector", "volatility", "beta", "market_correlation"):
        assert told[name] == beside[name]
    assert told["days"] == peers.days("F01")
    assert told["source"] == "files:prices"


def test_movement_by_hand() -> None:
    own, market = np.array([2.0, -2.0, 4.0, np.nan]), np.array([1.0, -1.0, 2.0, 5.0])
    found = movement(own, market, 4)
    assert found["beta"] == pytest.approx(2.0)
    assert found["market_correlation"] == pytest.approx(1.0)
    assert found["volatility"] == pytest.approx(np.std([2.0, -2.0, 4.0], ddof=1) / 2.0)
    assert all(np.isnan(list(movement(own[3:], market[3:], 4).values())))
    assert np.isnan(movement(own, np.ones(4), 4)["beta"])


def test_changes_are_log_returns_in_percent(peers: Peers) -> None:
    told = changes(peers, ["f01", "F02"], last=7)
    growth = peers.growth()[["F01", "F02"]].tail(7)
    assert told["dates"] == [str(day.date()) for day in growth.index]
    expected = 100.0 * growth["F02"] / 252.0
    np.testing.assert_allclose(told["growth"][1]["percent"], expected, atol=6e-4)
    with pytest.raises(InputError, match="There is no firm"):
        changes(peers, ["F99"])
