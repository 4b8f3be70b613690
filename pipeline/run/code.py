"""What code a function runs, found from imports as text: nothing is imported to find it.

The code of a function is its own definition, those of its module that it names, and every module
that is reached by imports from there, lazy ones within functions included. A text that is the
name of a module counts as an import of it: tables such as `models.catalogue` name modules that
are loaded when they are wanted. Comments and docstrings are no code.
"""

from __future__ import annotations

import ast
import hashlib
import io
import re
import sys
import tokenize
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

HOUSE = Path(__file__).parents[2]
FORMATS = ("pipeline.outputs", "pipeline.store.formats")
"""What decides how every output is written."""
QUOTED = re.compile(r"""["']((?:pipeline|models)(?:\.[a-z_][a-z0-9_]*)+)["']""")
PACKAGES = {"sklearn": "scikit-learn", "yaml": "pyyaml"}
"""Libraries whose package has another name: asking all packages takes a second."""


@dataclass(frozen=True)
class Code:
    """What decides what a function makes, beside its arguments."""

    digest: str
    """Of all modules that are reached, without comments and docstrings."""
    modules: tuple[str, ...]
    """Their names, sorted."""
    libraries: tuple[str, ...]
    """Packages that they import, sorted: another version of one makes other outputs."""

    @property
    def versions(self) -> dict[str, str]:
        """Version of each library that is installed."""
        found = {library: _version(library) for library in self.libraries}
        return {library: known for library, known in found.items() if known}


@cache
def code(function: Callable[..., Any]) -> Code:
    """Return the code of a function.

    Parameters
    ----------
    function
        A function at the top level of a module.
    """
    home = _Module.of(function.__module__, Path(function.__code__.co_filename))
    own, reached = home.part(function.__name__)
    modules: dict[str, _Module] = {}
    seen: set[tuple[str, bool]] = set()
    libraries: set[str] = set()
    waiting = [(name, True) for name in reached]
    while waiting:
        step = waiting.pop()
        if step in seen:
            continue
        seen.add(step)
        name, wanted = step
        module = _found(name, home)
        if module is None:
            libraries.add(name.partition(".")[0])
            continue
        modules[name] = module
        waiting += [(inner, True) for inner in (module.imports if wanted else module.loaded)]
        # A package is imported with its module, but nobody calls what it would import lazily.
        waiting += [(package, False) for package in _parents(name)]
    for name in FORMATS:
        modules |= {name: _Module.of(name, _path(HOUSE, name))}
    digest = hashlib.sha256("\n".join(own).encode())
    for name in sorted(modules):
        digest.update(f"{name}\n{modules[name].digest}".encode())
    known = libraries - sys.stdlib_module_names
    return Code(digest.hexdigest(), tuple(sorted(modules)), tuple(sorted(known)))


@dataclass(frozen=True)
class _Module:
    """A file of code."""

    name: str
    path: Path

    @staticmethod
    @cache
    def of(name: str, path: Path) -> _Module:
        return _Module(name, path)

    @cached_property
    def text(self) -> str:
        return self.path.read_text(encoding="utf-8")

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text)

    @cached_property
    def digest(self) -> str:
        """Of the code, and of the templates beside it, which no import names."""
        found = hashlib.sha256(_plain(self.text, self.tree).encode())
        for template in sorted(self.path.parent.glob("*.jinja")):
            found.update(template.name.encode() + template.read_bytes())
        return found.hexdigest()

    @cached_property
    def imports(self) -> tuple[str, ...]:
        """Modules and libraries that are imported anywhere in it, but for types alone."""
        return (*_imported(self.tree, self.name), *_told(self.text))

    @cached_property
    def loaded(self) -> tuple[str, ...]:
        """Modules and libraries that it imports when it is imported."""
        top = [node for node in self.tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
        return tuple(name for node in top for name in _imported(node, self.name))

    def part(self, name: str) -> tuple[list[str], list[str]]:
        """Return the definitions that one of them needs, and what is imported for them."""
        bound = dict(_bindings(self.tree, self.name))
        texts: dict[str, str] = {}
        imports: list[str] = []
        waiting = [name]
        while waiting:
            wanted = waiting.pop()
            found = bound.get(wanted)
            if found is None or wanted in texts:
                continue
            if isinstance(found, str):
                imports.append(found)
                continue
            segment = ast.get_source_segment(self.text, found) or ""
            texts[wanted] = _plain(segment, ast.parse(segment))
            imports += [*_imported(found, self.name), *_told(segment)]
            waiting += _names(found)
        return [texts[key] for key in sorted(texts)], imports


def _found(name: str, home: _Module) -> _Module | None:
    """Return a module of this house, or beside the function's own; None: it is a library."""
    for root in (HOUSE, home.path.parents[home.name.count(".")]):
        path = _path(root, name)
        if path.is_file():
            return _Module.of(name, path)
    return None


@cache
def _path(root: Path, name: str) -> Path:
    """Return where a module or package lies below a folder, if it does."""
    place = root.joinpath(*name.split("."))
    package = place / "__init__.py"
    return package if package.is_file() else place.with_suffix(".py")


def _parents(name: str) -> list[str]:
    """Return the packages that are imported with a module."""
    parts = name.split(".")
    return [".".join(parts[:depth]) for depth in range(1, len(parts))]


def _imported(tree: ast.AST, module: str) -> Iterator[str]:
    """Yield what is imported anywhere in a tree."""
    for node in _statements(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (_target(node, alias, module) for alias in node.names)


def _told(text: str) -> list[str]:
    """Return the modules of the house that a quoted text names."""
    return [name for name in QUOTED.findall(text) if _is_module(name)]


def _target(node: ast.ImportFrom, alias: ast.alias, module: str) -> str:
    """Return the module that `from … import …` takes a name from, or that the name is."""
    base = node.module or ""
    if node.level:
        above = module.split(".")[: -node.level]
        base = ".".join([*above, base] if base else above)
    inner = f"{base}.{alias.name}"
    return inner if _is_module(inner) else base


@cache
def _is_module(name: str) -> bool:
    """Say whether a name is that of a module of this house."""
    proper = all(part.isidentifier() for part in name.split("."))
    return proper and _path(HOUSE, name).is_file()


def _statements(tree: ast.AST) -> Iterator[ast.stmt]:
    """Walk the statements of a tree, but for those that only a type checker sees."""
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.stmt):
            yield node
        for part in ("body", "orelse", "finalbody", "handlers", "cases"):
            if part != "body" or not (isinstance(node, ast.If) and _guards_types(node.test)):
                waiting += _listed(getattr(node, part, None))


def _listed(part: object) -> list[ast.AST]:
    """Return the statements of a part of a node; a lambda's body, or a choice's, is none."""
    return part if isinstance(part, list) else []


def _guards_types(test: ast.expr) -> bool:
    return isinstance(test, ast.Name) and test.id == "TYPE_CHECKING"


def _bindings(tree: ast.Module, module: str) -> Iterator[tuple[str, ast.stmt | str]]:
    """Yield the names that a module's top level binds, and what to: a statement or a module."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name, node
        elif isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.asname or alias.name.partition(".")[0], alias.name
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                yield alias.asname or alias.name, _target(node, alias, module)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            for name in ast.walk(node):
                if isinstance(name, ast.Name) and isinstance(name.ctx, ast.Store):
                    yield name.id, node


def _names(tree: ast.AST) -> list[str]:
    """Return the names that a definition uses, but for annotations."""
    found, waiting = [], [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Name):
            found.append(node.id)
        for field, value in ast.iter_fields(node):
            if field not in ("annotation", "returns"):
                children = value if isinstance(value, list) else [value]
                waiting += [child for child in children if isinstance(child, ast.AST)]
    return found


def _plain(text: str, tree: ast.Module) -> str:
    """Return code without comments, docstrings, blank lines and spaces at the ends of lines."""
    lines = text.splitlines()
    for node in _statements(tree):
        if isinstance(node, ast.Expr) and _is_text(node.value):
            for line in range(node.lineno - 1, node.end_lineno or node.lineno):
                lines[line] = ""
    if any("#" in line for line in lines):
        for row, column in _comments(lines, text):
            lines[row] = lines[row][:column]
    return "\n".join(line.rstrip() for line in lines if line.strip())


def _is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def _comments(lines: list[str], text: str) -> Iterator[tuple[int, int]]:
    """Yield line and column, from 0, of every comment in what is left of a text."""
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        row, column = token.start
        if token.type == tokenize.COMMENT and lines[row - 1]:
            yield row - 1, column


@cache
def _version(library: str) -> str:
    """Return the version of the package that has a library; empty if there is none."""
    try:
        return version(PACKAGES.get(library, library))
    except PackageNotFoundError:
        return ""
