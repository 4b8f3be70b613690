"""Commands and settings in the documentation exist, as the real entry point reads them."""

from __future__ import annotations

import itertools
import re
import shlex
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import options
import pytest
import typer.main
from pages import OPERATIONS, blocks, page, spans

from pipeline.cli import app
from pipeline.settings.explain import flatten
from pipeline.settings.load import load
from pipeline.settings.settings import Settings

SHELL = ("sh", "bash", "console", "shell")
OPERATORS = {"|", "||", "&", "&&", ";", "(", ")", ">", ">>", "<", "2>", "2>>"}


def lines(path: Path) -> Iterator[str]:
    """The lines of a page's shell blocks; a loop's variables have their first values."""
    for body in blocks(path, *SHELL):
        text = body.replace("\\\n", " ")
        for name, first in re.findall(r"for (\w+) in (\S+)", text):
            text = text.replace(f"${name}", first)
        yield from text.splitlines()


def commands(path: Path) -> Iterator[tuple[dict[str, str], list[str]]]:
    """The environment and the words of every firmament command in a page's shell blocks."""
    for line in lines(path):
        words = shlex.shlex(line.removeprefix("$ "), posix=True, punctuation_chars=True)
        words.whitespace_split = True
        for end, part in itertools.groupby(words, lambda word: word in OPERATORS):
            command = list(part)
            names = [Path(word).name for word in command]
            if end or "firmament" not in names:
                continue
            at = names.index("firmament")
            settings = (word.partition("=") for word in command[:at] if "=" in word)
            yield {name: value for name, _, value in settings}, command[at + 1 :]


@cache
def group() -> Any:
    """The commands, as the real entry point has them."""
    return typer.main.get_command(app)


def parsed(words: list[str]) -> dict[str, Any]:
    """Parse a command line as the real entry point would, without running it."""
    words = [word for word in words if word not in ("--debug", "--help")]
    if not words:
        return {}
    command = group().commands[words[0]]
    return dict(command.make_context(words[0], words[1:]).params)


def setting_names() -> set[str]:
    """Every setting and every section that has settings, as `section.key`."""
    leaves = flatten(Settings())
    return {*leaves, *(leaf.rpartition(".")[0] for leaf in leaves)}


@page
def test_commands_and_their_settings_exist(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for environment, words in commands(path):
        asked = parsed(words)
        with monkeypatch.context() as patch:
            for name, value in environment.items():
                patch.setenv(name, value)
            options = {"model.name": asked.get("model"), "source": asked.get("source")}
            given = [f"{key}={value}" for key, value in options.items() if value]
            load(None, [*(asked.get("assign") or ()), *given])


@page
def test_commands_in_the_text_exist(path: Path) -> None:
    for span in spans(path):
        words = span.split()
        if words[0] != "firmament" or len(words) == 1 or words[1].startswith("-"):
            continue
        command = group().commands[words[1]]
        options = {option for parameter in command.params for option in parameter.opts}
        named = {word.partition("=")[0] for word in words[2:] if word.startswith("--")}
        assert named <= options, f"{path.name}: {span}"


@page
def test_settings_in_the_text_exist(path: Path) -> None:
    sections = {name for name in Settings.model_fields if name not in flatten(Settings())}
    for span in spans(path):
        key = span.partition("=")[0]
        if re.fullmatch(r"[a-z_]+(\.[a-z_]+)+", key) and key.partition(".")[0] in sections:
            assert key in setting_names() or key.endswith(".py"), f"{path.name}: {span}"


@page
def test_settings_files_can_be_loaded(path: Path, tmp_path: Path) -> None:
    for body in blocks(path, "yaml"):
        file = tmp_path / "settings.yaml"
        file.write_text(body)
        load(file)


def test_every_command_has_an_example() -> None:
    shown = [words for path in OPERATIONS.glob("*.md") for _, words in commands(path)]
    for name in options.commands():
        assert [words for words in shown if words[: len(name.split())] == name.split()], name


def test_options_are_told_once_as_the_commands_have_them() -> None:
    assert sorted(options.told()) == sorted(options.commands())
    for path in options.PAGES:
        text = path.read_text()
        assert options.rewritten(text) == text, (
            f"The options in docs/operations/{path.name} are not those of the commands: write them "
            "anew with `.venv/bin/python tests/docs/options.py`"
        )
