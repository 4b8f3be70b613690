"""What every test shares."""

import os
import sys
from pathlib import Path

import pytest

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
# What several tests share lies beside them, in modules that are no tests.
HELPERS = {
    file.parent for file in Path(__file__).parent.rglob("*.py") if not file.name.startswith("test_")
}
sys.path[:0] = sorted(map(str, HELPERS))

LONG = {
    *("test_comparison", "test_fit", "test_training", "test_steps", "test_cli", "test_engines"),
    *("test_analyst", "test_journal", "test_interruptions", "test_faults", "test_object_store"),
}
"""Files that take a minute or more."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the long files, so that no process is alone with one of them at the end."""
    items.sort(key=lambda item: item.path.stem not in LONG)
