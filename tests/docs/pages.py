"""The pages of the documentation, and what stands in them."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

HOUSE = Path(__file__).parents[2]
DOCS = HOUSE / "docs"
OPERATIONS = DOCS / "operations"
PAGES = [HOUSE / "README.md", HOUSE / "CONTRIBUTING.md", *sorted(DOCS.rglob("*.md"))]
"""What a person reads; in them every command, setting and example is held to be true."""
BESIDE = [*sorted(HOUSE.glob("[!.]*/README.md")), *sorted((HOUSE / "tests").rglob("*.md"))]
"""Notes beside code and data."""


def name(path: Path) -> str:
    """Return a page's path in the house."""
    return str(path.relative_to(HOUSE))


page = pytest.mark.parametrize("path", PAGES, ids=name)


def blocks(path: Path, *languages: str) -> list[str]:
    """The fenced blocks of a page in some languages; all of them without any."""
    found = re.findall(r"^```(\w*)\n(.*?)^```$", path.read_text(), re.MULTILINE | re.DOTALL)
    return [body for language, body in found if not languages or language in languages]


def prose(path: Path) -> str:
    """A page without its fenced blocks."""
    return re.sub(r"^```.*?^```$", "", path.read_text(), flags=re.MULTILINE | re.DOTALL)


def spans(path: Path) -> list[str]:
    """What stands in backticks within the text."""
    return re.findall(r"`([^`\n]+)`", prose(path))


def anchors(path: Path) -> set[str]:
    """The anchors that GitHub gives to a page's headings."""
    seen: dict[str, int] = {}
    found = set()
    for heading in re.findall(r"^#{1,6} (.+)$", prose(path), re.MULTILINE):
        slug = re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")
        count = seen.get(slug, 0)
        seen[slug] = count + 1
        found.add(f"{slug}-{count}" if count else slug)
    return found


def rows(path: Path, heading: str) -> list[list[str]]:
    """The cells of a table's rows, without their backticks, by the first heading of the table."""
    text = path.read_text()
    table = re.search(rf"^\| {heading} \|.*\n\|[ \-|]+\n((?:\|.*\n)+)", text, re.MULTILINE)
    assert table, f"{path.name} has no table of {heading}"
    lines = table[1].splitlines()
    return [[cell.strip(" `") for cell in line.strip("|").split(" | ")] for line in lines]


@cache
def imports(path: Path) -> frozenset[str]:
    """The dotted names of the house's modules that a file imports."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
    return frozenset(found)
