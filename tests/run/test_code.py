"""What code a stage runs is found from imports, and hashed without what a reader alone sees."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from models.catalogue import ARCHITECTURES
from pipeline.run.code import HOUSE, Code, code
from pipeline.stages import PLAN

Stale = Callable[[str, str, str], set[str]]
SCRIPT = """
import sys
from pipeline.run.code import code
from pipeline.stages import PLAN
for stage in PLAN:
    code(stage.function)
print([name for name in ("keras", "sklearn", "arch", "plotly", "mlflow") if name in sys.modules])
"""


@cache
def codes() -> dict[str, Code]:
    """The code of each stage."""
    return {stage.name: code(stage.function) for stage in PLAN}


@pytest.fixture(scope="module")
def copied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The house's code elsewhere, to be changed."""
    folder = tmp_path_factory.mktemp("copied")
    for name in ("pipeline", "models"):
        shutil.copytree(HOUSE / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    return folder


def digests(folder: Path) -> dict[str, str]:
    """What the stages' code comes to in a copy."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("pipeline.run.code", "pipeline.stages"):
            patch.setitem(sys.modules, name, sys.modules[name])
            del sys.modules[name]
            spec = importlib.util.spec_from_file_location(
                name, folder.joinpath(*name.split(".")).with_suffix(".py")
            )
            assert spec and spec.loader
            sys.modules[name] = importlib.util.module_from_spec(spec)
            spec.loader.exec_module(sys.modules[name])
        found, plan = sys.modules["pipeline.run.code"].code, sys.modules["pipeline.stages"].PLAN
        return {stage.name: found(stage.function).digest for stage in plan}


@pytest.fixture(scope="module")
def before(copied: Path) -> dict[str, str]:
    """What it comes to before a change."""
    return digests(copied)


@pytest.fixture
def stale(copied: Path, before: dict[str, str]) -> Stale:
    """Tells the stages that another text in a file makes stale."""

    def tell(file: str, old: str, new: str) -> set[str]:
        path = copied / file
        text = path.read_text(encoding="utf-8")
        assert old in text, (file, old)
        path.write_text(text.replace(old, new), encoding="utf-8")
        after = digests(copied)
        path.write_text(text, encoding="utf-8")
        return {name for name in before if before[name] != after[name]}

    return tell


def test_a_copy_elsewhere_has_the_same_code(before: dict[str, str]) -> None:
    assert before == {name: found.digest for name, found in codes().items()}


def test_lazy_imports_and_those_of_other_modules_are_followed() -> None:
    assert "pipeline.evaluation.significance" in codes()["study"].modules
    assert "arch" in codes()["study"].libraries
    assert {"pipeline.training.fit", "pipeline.training.train"} <= {*codes()["train"].modules}
    assert {"keras", "tensorflow"} <= {*codes()["train"].libraries}
    assert {"exchange_calendars", "yfinance"} <= {*codes()["ingest"].libraries}
    assert "pipeline.sources.yahoo" in codes()["ingest"].modules


def test_a_table_that_names_modules_reaches_them() -> None:
    for stage in ("train", "evaluate"):
        assert {"models.gru", "models.memory", "models.bidirectional"} <= {*codes()[stage].modules}
    # Whatever is in a name, a digit included: every network is reached.
    assert {row.module for row in ARCHITECTURES.values()} <= set(codes()["train"].modules)


def test_a_stage_knows_nothing_of_those_that_do_not_make_it() -> None:
    assert not [m for m in codes()["growth"].modules if m.startswith(("models", "pipeline.report"))]
    assert not [m for m in codes()["train"].modules if m.startswith("pipeline.evaluation")]
    others = ("pipeline.similarity.study", "pipeline.training", "models.gru")
    assert not [m for m in codes()["embed"].modules if m.startswith(others)]
    assert "models.comovement" in codes()["embed"].modules
    for name, found in codes().items():
        others = ("pipeline.run", "pipeline.cli", "pipeline.tracking", "pipeline.stages")
        assert not [module for module in found.modules if module.startswith(others)], name
        # Of the settings, the sections that it is given.
        assert "pipeline.settings.settings" not in found.modules


def test_every_library_has_a_version() -> None:
    for found in codes().values():
        assert set(found.versions) == set(found.libraries)


def test_comments_and_docstrings_are_no_code(stale: Stale) -> None:
    file = "pipeline/panel/growth.py"
    first = (HOUSE / file).read_text(encoding="utf-8").splitlines()[0]
    assert stale(file, first, '"""Another\ndocstring # of two lines."""') == set()
    assert stale(file, "\n\n\ndef ", "\n\n\n# A comment.\n\n\ndef ") == set()


def test_what_is_computed_is_code(stale: Stale) -> None:
    assert stale("pipeline/panel/growth.py", "np.log(", "np.log1p(") == {"growth"}
    changed = stale("pipeline/evaluation/significance.py", "LEAST_DAYS = 20", "LEAST_DAYS = 21")
    assert changed == {"evaluate", "control", "study", "report"}


def test_a_stage_s_own_lines_count_and_those_of_others_do_not(stale: Stale) -> None:
    old, new = (
        "return embed(bench.settings.embed, *made, watch=bench.watch)",
        "return embed(bench.settings.embed, *made[:], watch=bench.watch)",
    )
    assert stale("pipeline/stages.py", old, new) == {"embed"}


def test_a_template_beside_a_module_is_code(stale: Stale) -> None:
    assert stale("pipeline/report/pieces.html.jinja", "<", "<!-- --><") == {"report"}


def test_how_outputs_are_written_decides_all(stale: Stale) -> None:
    old, new = "allow_pickle=False", "allow_pickle=True"
    assert stale("pipeline/store/formats.py", old, new) == {*codes()}


def test_nothing_is_imported_to_find_code() -> None:
    command = [sys.executable, "-c", SCRIPT]
    done = subprocess.run(command, check=True, capture_output=True, text=True, cwd=HOUSE)
    assert done.stdout.strip() == "[]"
