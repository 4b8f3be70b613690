import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline import words


@given(st.floats(-1e6, 1e6))
def test_numbers_read_back(value: float) -> None:
    assert float(words.number(value).replace("−", "-")) == pytest.approx(value, abs=5.1e-4)


@pytest.mark.parametrize("value", [None, np.nan, np.inf])
def test_what_is_no_number_is_a_dash(value: float | None) -> None:
    assert words.number(value) == "–"


def test_words() -> None:
    assert words.plural(1, "day") == "1 day" and words.plural(2000, "day") == "2,000 days"
    assert words.listed(["a"]) == "a" and words.listed(["a", "b", "c"]) == "a, b and c"
    assert words.listed(["a", "b"], "or") == "a or b"
    assert words.shown(["a", "b", "c", "d"]) == "a, b, c, …"
    assert words.number(0.0004, "p") == "< 0.001" and words.number(0.25, ".0%") == "25 %"
