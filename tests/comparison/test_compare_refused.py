"""Comparisons that are refused, with one sentence each."""

from __future__ import annotations

import subprocess

import pytest
from command import Place, planted
from toy import TOY


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    return planted(tmp_path_factory.mktemp("refused"), firms=5, days=400, plan=TOY)


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        (("--models", "gru,gruu"), "not 'gruu': did you mean gru?"),
        (("--models", "gru,gru"), "names an architecture twice"),
        (("--set", "compare.controls=gru"), "gru is no control, as it has recurrence; choose from"),
        (("--set", "compare.controls=lineal"), "compare.controls"),
        (("--seeds", "0"), "--seeds takes a whole number from 1"),
        (("--models", "gru", "--folds", "900"), "900 folds cannot be cut from"),
    ],
)
def test_bad_input_gets_one_sentence(place: Place, asked: tuple[str, ...], sentence: str) -> None:
    done: subprocess.CompletedProcess[str] = place.run("compare", *place.options, *asked)
    assert done.returncode == 2
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr
