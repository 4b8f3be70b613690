"""`import firmament`: its names, and that none of them loads anything before it is used."""

from __future__ import annotations

import doctest
import importlib
import subprocess
import sys

import pytest

import firmament

NAMES = ["Forecaster", "Peers", "compare", "load_run"]
NAMES += ["mlflow_metrics", "read_prices", "run", "study"]
HEAVY = ("keras", "matplotlib", "mlflow", "numpy", "pandas", "plotly", "pydantic", "tensorflow")


def test_the_names_are_those_that_are_promised() -> None:
    assert dir(firmament) == sorted(firmament.__all__) == NAMES
    for name in NAMES:
        assert getattr(firmament, name).__name__ == name
        assert getattr(firmament, name).__doc__


def test_no_other_name_is_there() -> None:
    with pytest.raises(AttributeError, match="absent"):
        firmament.absent  # noqa: B018


def test_an_import_takes_no_time_and_loads_nothing() -> None:
    script = f"""
import sys, time
begin = time.perf_counter()
import firmament
seconds = time.perf_counter() - begin
print(seconds, [name for name in {HEAVY!r} if name in sys.modules])
firmament.Peers
print([name for name in ("keras", "matplotlib", "mlflow", "tensorflow") if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    first, second = done.stdout.splitlines()
    seconds, _, loaded = first.partition(" ")
    assert float(seconds) < 0.1
    assert (loaded, second) == ("[]", "[]")


@pytest.mark.parametrize("module", ["firmament", "firmament.prices"])
def test_examples_run(module: str) -> None:
    failed, tried = doctest.testmod(importlib.import_module(module))
    assert (failed, tried > 0) == (0, True)
