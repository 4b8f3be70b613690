"""Tests mirror the tree: each module has a test file of its name, or CONTRIBUTING.md says which."""

from __future__ import annotations

import re
from pathlib import Path

from pages import HOUSE, rows

PAGE = HOUSE / "CONTRIBUTING.md"
TESTS = HOUSE / "tests"


def modules() -> list[Path]:
    """Return every module of the house but those of packages, relative to it."""
    packages = ("firmament", "pipeline", "models")
    files = [file for package in packages for file in (HOUSE / package).rglob("*.py")]
    return sorted(file.relative_to(HOUSE) for file in files if not file.stem.startswith("__"))


def elsewhere() -> dict[Path, list[str]]:
    """Return the modules that other tests cover, and the files of `tests` that do."""
    return {
        Path(folder) / f"{name}.py": re.findall(r"[\w/]+\.py", tests)
        for folder, names, tests in rows(PAGE, "in")
        for name in names.split(", ")
    }


def own(module: Path) -> Path:
    """Return the place of a module's own tests."""
    folder = module.parent
    inner = folder.relative_to("pipeline") if folder.parts[0] == "pipeline" else folder
    return TESTS / inner / f"test_{module.stem}.py"


def test_every_module_is_tested_by_its_own_file_or_by_those_named() -> None:
    known = elsewhere()
    untold = [str(module) for module in modules() if not own(module).exists()]
    untold = [module for module in untold if Path(module) not in known]
    assert untold == [], "give each a test file of its name, or name it under Covered elsewhere"


def test_what_is_covered_elsewhere_is_there() -> None:
    known = elsewhere()
    assert [str(module) for module in known if not (HOUSE / module).exists()] == []
    assert [name for names in known.values() for name in names if not (TESTS / name).exists()] == []
    assert [str(module) for module, names in known.items() if not names] == []
