import pytest

from models.catalogue import ARCHITECTURES
from pipeline.evaluation.baselines import BASELINES
from pipeline.evaluation.titles import model_title


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("gjr_garch", "GJR GARCH"),
        ("ewma_volatility", "EWMA volatility"),
        ("lstm", "LSTM"),
        ("elman", "Elman"),
        ("seq2seq", "seq2seq"),
        ("network", "network"),
        ("no_such", "no such"),
    ],
)
def test_names_are_written_as_one_writes_them(name: str, title: str) -> None:
    assert model_title(name) == title


def test_titles_tell_models_apart() -> None:
    titles = [model_title(name) for name in (*ARCHITECTURES, *BASELINES)]
    assert len(set(titles)) == len(titles)
    assert all(BASELINES[name].name == name for name in BASELINES)
