"""What code a stage runs is found from imports, and hashed without what a reader alone sees."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

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
heavy = ("keras", "sklearn", "arch", "plotly", "mlflow", "scipy.signal", "scipy.stats")
print([name for name in heavy if name in sys.modules])
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


class Copy:
    """The house's code in another folder, and what finds code there."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        with pytest.MonkeyPatch.context() as patch:
            self.finder, stages = (
                self._loaded(name, patch) for name in ("pipeline.run.code", "pipeline.stages")
            )
        self.plan = stages.PLAN

    def _loaded(self, name: str, patch: pytest.MonkeyPatch) -> Any:
        path = self.folder.joinpath(*name.split(".")).with_suffix(".py")
        spec = importlib.util.spec_from_file_location(name, path)
        assert spec and spec.loader
        module = importlib.util.module_from_spec(spec)
        patch.setitem(sys.modules, name, module)
        spec.loader.exec_module(module)
        return module

    def digests(self) -> dict[str, str]:
        """What the stages' code comes to."""
        self.finder.code.cache_clear()
        return {stage.name: self.finder.code(stage.function).digest for stage in self.plan}

    def write(self, file: str, text: str) -> None:
        """Change a file, and forget what was read of the folder, as a new process would."""
        path = self.folder / file
        path.write_text(text, encoding="utf-8")
        for beside in path.parent.glob("*.py"):
            parts = beside.relative_to(self.folder).with_suffix("").parts
            name = ".".join(part for part in parts if part != "__init__")
            read = vars(self.finder._Module.of(name, beside))
            for part in read.keys() - {"name", "path"}:
                del read[part]


@pytest.fixture(scope="module")
def copy(copied: Path) -> Copy:
    return Copy(copied)


@pytest.fixture(scope="module")
def before(copy: Copy) -> dict[str, str]:
    """What it comes to before a change."""
    return copy.digests()


@pytest.fixture
def stale(copy: Copy, before: dict[str, str]) -> Stale:
    """Tells the stages that another text in a file makes stale."""

    def tell(file: str, old: str, new: str) -> set[str]:
        text = (copy.folder / file).read_text(encoding="utf-8")
        assert old in text, (file, old)
        copy.write(file, text.replace(old, new))
        after = copy.digests()
        copy.write(file, text)
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
