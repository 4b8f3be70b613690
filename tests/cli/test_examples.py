"""What every command has in common: examples that can be typed, options, help."""

from __future__ import annotations

import shlex
from typing import Any

import pytest
from options import PAGES, commands

from pipeline import __version__
from pipeline.cli import app
from pipeline.settings.compare import Compare

COMMON = ("config", "assign", "data_root", "tracking_uri")
every = pytest.mark.parametrize("name", commands())


@every
def test_examples_can_be_typed_and_stand_in_the_docs(name: str) -> None:
    command = commands()[name]
    pages = "\n".join(page.read_text() for page in PAGES)
    assert 2 <= len(command.examples) <= 3
    for example in command.examples:
        program, *words = shlex.split(example.partition(" > ")[0])
        assert program == "firmament"
        assert words[: len(name.split())] == name.split()
        command.make_context(name, words[len(name.split()) :])
        assert f"\n{example}\n" in pages, example


@every
def test_every_command_takes_the_common_options(name: str) -> None:
    assert set(COMMON) <= {parameter.name for parameter in commands()[name].params}


@every
def test_every_command_explains_itself(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert _run([*name.split(), "-h"]) == 0
    told = capsys.readouterr().out
    assert "-h, --help " in told  # either is asked for alike
    assert told.startswith(f"Usage: firmament {name} ")
    assert commands()[name].examples[0] in told
    assert "{" not in told.partition("Options:")[2]


@pytest.mark.parametrize("words", [["-h"], ["registry", "-h"]])
def test_groups_explain_themselves(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert _run(words) == 0
    assert "Commands:" in capsys.readouterr().out


def test_the_version_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert _run(["--version"]) == 0
    assert capsys.readouterr().out == f"firmament {__version__}\n"


@pytest.mark.parametrize("name", ["seeds", "folds"])
def test_bounds_are_those_of_the_settings(name: str) -> None:
    (option,) = (one for one in commands()["compare"].params if one.name == name)
    told = {type(bound).__name__: bound for bound in Compare.model_fields[name].metadata}
    assert (option.min, option.max) == (told["Ge"].ge, told["Le"].le)


def _run(words: list[str]) -> Any:
    return app(words, prog_name="firmament", standalone_mode=False)
