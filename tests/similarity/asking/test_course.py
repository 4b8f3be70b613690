"""How likeness went over time."""

import numpy as np
import planted
import pytest

from pipeline.errors import InputError
from pipeline.similarity.asking.course import course
from pipeline.similarity.asking.peers import Peers


@pytest.fixture(scope="module")
def peers() -> Peers:
    return Peers(planted.embedded(days=700))


def test_each_window_is_what_is_asked_of_its_days(peers: Peers) -> None:
    found = course(peers, "f01", ["F04", "F02"])
    assert found["symbol"].tolist()[:2] == ["F04", "F02"]
    assert (found["low"] <= found["score"]).all() and (found["score"] <= found["high"]).all()
    dates = found["date"].unique()
    assert (np.diff(dates) > np.timedelta64(0)).all() if dates.dtype.kind == "M" else True
    last = found.iloc[-2]
    blocks = peers.calendar.blocks()
    year = (blocks[1] - 12, blocks[1])
    first, end = peers.calendar.span(year)
    assert end == last["date"]
    alone = peers.similar("F01", 11, start=first, end=end).set_index("symbol").loc["F04", "score"]
    assert last["score"] == pytest.approx(alone, abs=1e-5)


def test_less_than_a_year_and_unknown_firms_are_refused(peers: Peers) -> None:
    with pytest.raises(InputError, match="is less than a year: ask for a longer range"):
        course(peers, "F01", ["F04"], start="2016-01", end="2016-05")
    with pytest.raises(InputError, match="F01 is compared with others, not with itself"):
        course(peers, "F01", ["F04", "f01"])
    with pytest.raises(InputError, match="There is no firm 'F99'"):
        course(peers, "F01", ["F99"])
