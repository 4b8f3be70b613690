"""Who follows CONTRIBUTING.md step by step gets what it promises: tried on a copy of the tree."""

from __future__ import annotations

import ast
import importlib.util
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pages import HOUSE

import models

PAGE = HOUSE / "CONTRIBUTING.md"
PLACE = re.compile(
    r"^# ([\w/]+\.py)(?:: (at the end of|before the last of|before|at the end)(?: (\w+))?)?$"
)
"""The comment that says where the lines below it go."""
CHECKS = Path(__file__).parent / "contributed.py"


def steps() -> list[tuple[str, str, str, str, str]]:
    """Return section, file, way, name and code of every step on the page, in order."""
    found = []
    for section, text in re.findall(r"^## (.+?)\n(.*?)(?=^## |\Z)", PAGE.read_text(), re.M | re.S):
        for block in re.findall(r"^```python\n(.*?)^```$", text, re.M | re.S):
            places = [number for number, line in enumerate(block.splitlines()) if PLACE.match(line)]
            lines = block.splitlines()
            assert places and places[0] == 0, f"{section}: the first line must name a file"
            for start, end in zip(places, [*places[1:], len(lines)], strict=True):
                place = PLACE.match(lines[start])
                assert place
                code = "\n".join(lines[start + 1 : end]) + "\n"
                found.append((section, place[1], place[2] or "", place[3] or "", code))
    return found


def follow(root: Path, file: str, way: str, name: str, code: str) -> None:
    """Do one step in a tree."""
    path = root / file
    if not way:
        assert not path.exists(), f"{file} is there already"
        path.write_text(code)
        return
    text = path.read_text()
    lines = text.splitlines(keepends=True)
    at = len(lines) if way == "at the end" else _line(ast.parse(text), way, name, file)
    path.write_text("".join([*lines[:at], code, *lines[at:]]))


def _line(tree: ast.Module, way: str, name: str, file: str) -> int:
    """Return the number of lines that stand before a place, which a name of the module tells."""
    for node in tree.body:
        if name not in _names(node):
            continue
        if way == "before":
            return min(one.lineno for one in [*getattr(node, "decorator_list", []), node]) - 1
        rows = max(map(_rows, ast.walk(node)), key=len)
        assert rows, f"{name} in {file} has no rows"
        return rows[-1].lineno - 1 if way == "before the last of" else rows[-1].end_lineno or 0
    raise AssertionError(f"{file} has no {name}")


def _names(node: ast.stmt) -> list[str]:
    """Return what a statement at the top of a module binds."""
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return [node.name]
    targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
    return [target.id for target in targets if isinstance(target, ast.Name)]


def _rows(node: ast.AST) -> list[ast.expr]:
    """Return the rows of a table that is written out."""
    if isinstance(node, ast.Dict):
        return node.values
    return node.elts if isinstance(node, ast.Tuple | ast.List) else []


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the house in which all steps are done."""
    root = tmp_path_factory.mktemp("contributed")
    for package in ("pipeline", "models"):
        shutil.copytree(HOUSE / package, root / package)
    for _, *step in steps():
        follow(root, *step)
    return root


@pytest.fixture(scope="module")
def told(tree: Path) -> dict[str, Any]:
    """What the copy answers about each section: the only process that is started."""
    done = subprocess.run(
        [sys.executable, str(CHECKS)],
        cwd=tree,
        env={"PYTHONPATH": str(tree)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    answers: dict[str, Any] = json.loads(done.stdout)
    assert answers.pop("tree") == str(tree), "what answered is not the copy"
    return answers


def test_every_kind_of_thing_is_shown() -> None:
    kinds = ["A score", "A baseline", "An architecture", "A feature", "A source"]
    kinds += ["A classical measure", "A study", "A stage", "A command"]
    assert list(dict.fromkeys(section for section, *_ in steps())) == kinds


@pytest.mark.parametrize(
    ("kind", "most"),
    [
        ("A score", 1),
        ("A baseline", 2),
        ("An architecture", 2),
        ("A feature", 1),
        ("A source", 2),
        ("A classical measure", 2),
        ("A study", 2),
        ("A stage", 3),
        ("A command", 1),
    ],
)
def test_a_thing_is_declared_once(kind: str, most: int) -> None:
    assert len({file for section, file, *_ in steps() if section == kind}) == most


def test_a_score_is_computed_and_told(told: dict[str, Any]) -> None:
    assert told["score"] == {"value": 2.0, "logged": True, "printed": True}


def test_a_baseline_forecasts_and_has_a_title(told: dict[str, Any]) -> None:
    assert told["baseline"] == {"title": "last growth", "location": [[1.0, 0.0], [3.0, 4.0]]}


def test_an_architecture_is_chosen_and_built(
    tree: Path, told: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    row = models.Architecture(**told["architecture"]["row"])
    assert row.name == told["architecture"]["setting"] == "skip"
    spec = importlib.util.spec_from_file_location(row.module, tree / "models" / "skip.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setitem(sys.modules, row.module, module)  # here, where Keras is imported already
    sizes = models.Sizes(features=3, horizon=2, units=4)
    network = row.build(sizes)
    # GRU with 3 inputs: 3 · 4 · (4 + 3 + 1); the head of 2 days ahead reads 4 + 3 numbers.
    assert row.parameters(sizes) == 3 * 4 * (4 + 3 + 1) + 3 * 2 * (4 + 3 + 1) == 144
    assert network.count_params() == 144
    assert network(np.zeros((1, 5, 3), dtype=np.float32)).shape == (1, 5, 2, 4)


def test_a_feature_is_seen(told: dict[str, Any]) -> None:
    assert told["feature"] == {"default": True, "highest": 0.0, "negative": True}


def test_a_source_is_opened_and_offered(told: dict[str, Any]) -> None:
    assert told["source"] == {"rows": 2, "offered": True, "help": True}


def test_a_measure_compares_and_is_offered(told: dict[str, Any]) -> None:
    # Signs + − + − and + − − −: means 0 and −½, so cov ½ over √(1 · ¾).
    assert told["measure"]["similarity"] == pytest.approx(0.5 / 0.75**0.5)
    assert told["measure"]["offered"]


def test_a_study_is_offered_and_answers(told: dict[str, Any]) -> None:
    # The mean of |N(0, 1/n)| is √(2 / πn): 0.25 of ten draws.
    assert told["study"]["offered"]
    assert told["study"]["answer"] == "The more draws, the nearer."
    assert told["study"]["off"] == pytest.approx((2 / np.pi / 10) ** 0.5, rel=0.5)


def test_a_stage_runs_within_the_plan(told: dict[str, Any]) -> None:
    assert told["stage"] == {"names": ["ingest", "growth", "market"], "market": [2.0, 3.0]}


def test_a_command_is_there(told: dict[str, Any]) -> None:
    assert told["command"] == "data/store\n"
