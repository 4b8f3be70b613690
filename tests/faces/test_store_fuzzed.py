"""Every file of a small store is damaged, one at a time: no command is misled, the doctor sees it.

A file that analysts are answered from is damaged in two ways; another in one, in turn. The full
product is left to the marker `full`.
"""

from __future__ import annotations

import gc
import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, redirect_stderr, redirect_stdout, suppress
from io import StringIO
from itertools import product, zip_longest
from pathlib import Path

import pytest
from command import Place
from typer.main import get_command

from pipeline.cli.entry import app
from pipeline.errors import FirmamentError
from pipeline.maintenance.contents import contents
from pipeline.maintenance.finding import FAULT
from pipeline.settings.settings import Settings
from pipeline.watch import Silence

COMMANDS = get_command(app)
QUESTIONS = {
    "similar": ("embed", "similar", "F01", "--format", "json"),
    "explain": ("embed", "explain", "F01", "F02", "--format", "json"),
    "history": ("embed", "history", "F01", "--format", "json"),
    "validate": ("study", "validate", "--format", "json"),
    "forecast": ("forecast growth", "forecast"),
    "latest": ("embed", "similar", "F01", "--format", "json", "--run", "latest"),
}
"""The stages that answer a question, and its words."""


def cut(path: Path) -> None:
    """Leave the first half."""
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def flip(path: Path) -> None:
    """Change a byte in the middle."""
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def empty(path: Path) -> None:
    """Leave nothing in it."""
    path.write_bytes(b"")


def replace(path: Path) -> None:
    """Put a folder in its place."""
    path.unlink()
    path.mkdir()


WAYS = (cut, flip, empty, replace, Path.unlink)


@contextmanager
def damaged(path: Path, way: Callable[[Path], object]) -> Iterator[None]:
    """Damage a file for a while."""
    before = path.read_bytes()
    way(path)
    try:
        yield
    finally:
        if path.is_dir():
            path.rmdir()
        path.write_bytes(before)


def answer(store: Path, question: str) -> str:
    """Ask a question; return the answer, or the sentence that there is in place of one."""
    output, errors = StringIO(), StringIO()
    words = [*QUESTIONS[question][1:], "--data-root", str(store)]
    try:
        with redirect_stdout(output), redirect_stderr(errors):
            COMMANDS(words, standalone_mode=False)
    except FirmamentError as error:
        assert error.exit_status == 2
        assert output.getvalue() == ""
        return f"refused: {error}"
    finally:
        gc.enable()  # which these commands go without
    return output.getvalue()


def faults(store: Path) -> list[str]:
    """Return what the doctor finds."""
    found = contents(Settings(data_root=str(store)), Silence(), mend=False).findings
    return [one.sentence for one in found if one.state == FAULT]


@pytest.fixture(scope="module")
def store(stock: Place, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return stock.copied(tmp_path_factory.mktemp("fuzzed")).store


@pytest.fixture(scope="module")
def answers(store: Path) -> dict[str, str]:
    """The answers of a store that is sound."""
    assert faults(store) == []
    found = {question: answer(store, question) for question in QUESTIONS}
    assert not [text for text in found.values() if text.startswith("refused")]
    return found


def files(store: Path) -> list[Path]:
    """All files but locks, which hold nothing."""
    return sorted(path for path in store.rglob("*") if path.is_file() and path.suffix != ".lock")


def asked(store: Path, path: Path) -> list[str]:
    """Return the questions that a file is an answer to."""
    record = path.relative_to(store).parts[0] != "stages"
    place, whose = path.parent.name, {}
    for name in ("published", "runs/latest"):
        with suppress(OSError, ValueError):
            whose[name] = json.loads((store / f"{name}.json").read_bytes())["fingerprints"]
    return [
        question
        for question, (stages, *_) in QUESTIONS.items()
        for known in [whose["runs/latest" if question == "latest" else "published"]]
        if record or place in {known[stage] for stage in stages.split()}
    ]


def sampled(store: Path) -> Iterator[tuple[Path, Callable[[Path], object], list[str]]]:
    """Yield files, a way of damage and who is to be asked."""
    for number, path in enumerate(files(store)):
        wanted = asked(store, path)
        turned = [*WAYS[number % len(WAYS) :], *WAYS[: number % len(WAYS)]]
        ways = turned[:2] if wanted else turned[:1]
        for turn, way in enumerate(ways):
            yield path, way, wanted[(number + turn) % len(wanted) :][:1] if wanted else []


def told(store: Path, path: Path) -> str:
    """Return what is told of a file that is damaged: the output, or the record, that it is of."""
    return path.parent.name if path.relative_to(store).parts[0] == "stages" else path.stem


def check(
    store: Path,
    path: Path,
    way: Callable[[Path], object],
    questions: list[str],
    answers: dict[str, str],
) -> None:
    """Damage a file: each question is answered as before or refused."""
    with damaged(path, way):
        for question in questions:
            found = answer(store, question)
            if found != answers[question]:
                where = (path.relative_to(store), way, question, found)
                assert found.startswith("refused: "), where
                assert told(store, path) in found, where


def diagnose(store: Path, damages: list[tuple[Path, Callable[[Path], object]]]) -> None:
    """Damage files, each of something else: the doctor finds them all."""
    with ExitStack() as all_of_them:
        for path, way in damages:
            all_of_them.enter_context(damaged(path, way))
        found = faults(store)
    for path, way in damages:
        name = told(store, path)
        assert any(name in sentence for sentence in found), (path.relative_to(store), way)


def test_no_damage_goes_unseen(store: Path, answers: dict[str, str]) -> None:
    outputs: dict[str, list[tuple[Path, Callable[[Path], object]]]] = {}
    for path, way, questions in sampled(store):
        check(store, path, way, questions, answers)
        if path.is_relative_to(store / "stages"):
            outputs.setdefault(told(store, path), []).append((path, way))
        else:  # a record that is not read hides what others say
            diagnose(store, [(path, way)])
    for damages in zip_longest(*outputs.values()):
        diagnose(store, list(filter(None, damages)))


@pytest.mark.full
def test_no_damage_of_any_kind_misleads_any_command(store: Path, answers: dict[str, str]) -> None:
    for path, way in product(files(store), WAYS):
        check(store, path, way, list(QUESTIONS), answers)
        diagnose(store, [(path, way)])


def test_an_output_that_was_removed_is_seen(store: Path, answers: dict[str, str]) -> None:
    for question in ("similar", "validate", "forecast"):
        stage = QUESTIONS[question][0].split()[0]
        made = json.loads((store / "published.json").read_text())["fingerprints"][stage]
        place = store / "stages" / stage / made
        shutil.move(place, aside := store.parent / "aside")
        assert made in answer(store, question)
        assert any(made in sentence for sentence in faults(store))
        shutil.move(aside, place)
        assert answer(store, question) == answers[question]
