"""Tables of what people get wrong: the command, what was spoilt before, and the one sentence."""

from __future__ import annotations

import hashlib
import re
import shutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pytest
from command import Place, planted
from toy import TOY


@dataclass(frozen=True)
class Case:
    """One thing that somebody gets wrong.

    Attributes
    ----------
    name
        What is wrong, in words.
    words
        The command line; `{folder}`, `{prices}`, `{store}` and `{tracking}` are filled in.
    sentence
        What the one sentence on standard error is searched for: a regular expression.
    spoil
        What is done to the place before.
    status
        How the command ends.
    variables
        Of the environment.
    """

    name: str
    words: tuple[str, ...]
    sentence: str
    spoil: Callable[[Place], Any] = lambda _: None
    status: int = 2
    variables: dict[str, str] = field(default_factory=dict)


def table(cases: Iterable[Case]) -> pytest.MarkDecorator:
    """Run a test for each case, under its name."""
    return pytest.mark.parametrize("case", cases, ids=lambda case: case.name)


def refused(case: Case, place: Place) -> None:
    """Run a case's command: its status, one sentence alone, and nothing made, lost or changed."""
    case.spoil(place)
    before = contents(place.folder)
    done = place.run(*_filled(case.words, place), **case.variables)
    told = done.stderr.splitlines()
    said = [line for line in told if line.startswith("firmament: ")]
    assert done.returncode == case.status, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    assert (len(said), done.stdout) == (1, ""), done.stdout + done.stderr
    assert told[-1] == said[0]
    assert re.search(case.sentence, said[0]), said[0]
    assert contents(place.folder) == before


def contents(folder: Path) -> dict[str, str]:
    """Return what is in a folder, by path; but for the lock that who uses a store opens."""
    return {
        str(path.relative_to(folder)): _digest(path)
        for path in sorted(folder.rglob("*"))
        if not path.is_dir() and path.name != "use.lock"
    }


def fresh(folder: Path) -> Place:
    """Return a place with prices that a toy plan can be run on, and no run yet."""
    shutil.copytree(_prepared().prices, folder / "prices")
    return Place(folder, TOY)


@cache
def _prepared() -> Place:
    return planted(Path(mkdtemp(prefix="firmament-refusals-")), firms=5, days=330, plan=TOY)


def _digest(path: Path) -> str:
    if not path.is_file():
        return "no file"
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except PermissionError:
        return "unreadable"


def _filled(words: Iterable[str], place: Place) -> list[str]:
    """Fill in where things are."""
    places = {
        "{folder}": str(place.folder),
        "{prices}": str(place.prices),
        "{store}": str(place.store),
        "{tracking}": place.tracking_uri,
    }
    filled = []
    for word in words:
        for name, value in places.items():
            word = word.replace(name, value)
        filled.append(word)
    return filled
