"""Results in any locale, and at any end of standard output."""

from __future__ import annotations

import json
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest
from nursery import environment

SCRIPT = r"""
import sys
from pipeline.cli import entry
from pipeline.errors import HealthError
from pipeline.terminal import output

NAMES = ["Soci\u00e9t\u00e9 \u2192 G\u00e9n\u00e9rale \u2013 \u03c3"] * int(sys.argv.pop())

@entry.app.command("tell")
def tell(forms: str, status: int = 0):
    for form in forms.split():
        if form == "object":  # without pandas, which takes longest to import
            output.print_json({"names": NAMES})
        elif form == "end":
            print("----")
        else:
            told(form)
    if status:
        raise HealthError("Something is wrong.")

def told(form):
    import pandas as pd
    from pipeline.terminal.tables import laid_out, text, wide_console

    rows = pd.DataFrame({"name": NAMES})
    if form == "table":
        wide_console().print(laid_out(rows, [text("name")]))
    else:
        output.print_rows(rows, form)

sys.argv[0] = "firmament"
entry.main()
"""
FORMS = ("table", "object", "json", "csv")


def told(
    shell: str, forms: str, *options: str, rows: int = 1, **variables: str
) -> subprocess.CompletedProcess[bytes]:
    """Run a command that tells rows, as a shell has it: `"$@"` is the command.

    Rich writes a table; all other forms are printed, and differ to a locale alone.
    """
    command = [sys.executable, "-c", SCRIPT, "tell", forms, *options, str(rows)]
    return subprocess.run(
        ["bash", "-c", f"set -o pipefail; {shell}", "bash", *command],
        capture_output=True,
        env=environment() | variables,
        check=False,
    )


@pytest.mark.parametrize(("form", "rows"), [("table", 1), ("object", 1), ("object", 5_000)])
def test_a_full_disk_is_told(form: str, rows: int) -> None:
    done = told('"$@" > /dev/full', form, rows=rows)
    (sentence,) = done.stderr.decode().splitlines()
    assert done.returncode == 2
    assert sentence.startswith("firmament: Standard output cannot be written (No space left")


def test_a_closed_standard_output_is_told() -> None:
    done = told('"$@" >&-', "object")
    (sentence,) = done.stderr.decode().splitlines()
    assert (done.returncode, sentence[:38]) == (2, "firmament: Standard output is closed: ")


@pytest.mark.parametrize("shell", ['"$@" 2>&-', '"$@" 2>/dev/full', '"$@" <&-'])
def test_other_streams_may_be_closed(shell: str) -> None:
    done = told(shell, "object", "--status", "2")
    assert done.returncode == 2
    assert "Soci" in done.stdout.decode()


@pytest.mark.parametrize(("form", "status"), [("table", 0), ("object", 0), ("object", 2)])
def test_a_reader_who_has_read_enough_changes_nothing(form: str, status: int) -> None:
    done = told('"$@" | head -c 9', form, "--status", str(status), rows=5_000)
    said = b"firmament: Something is wrong.\n" if status else b""
    assert (done.returncode, done.stderr) == (status, said)
    assert len(done.stdout) == 9


@cache
def in_each_form(variables: tuple[tuple[str, str], ...]) -> dict[str, bytes]:
    """What is told in each form by one command with variables of the environment."""
    done = told('"$@"', " end ".join(FORMS), **dict(variables))
    assert (done.returncode, done.stderr) == (0, b"")
    return dict(zip(FORMS, done.stdout.split(b"----\n"), strict=True))


ASCII = (("PYTHONIOENCODING", "ascii"),)
LATIN = (("PYTHONIOENCODING", "latin-1"),)
OLD = (("LC_ALL", "C"), ("PYTHONUTF8", "0"), ("PYTHONCOERCECLOCALE", "0"))
NAME = "Société → Générale – σ"


@pytest.mark.parametrize(
    ("variables", "encoding", "name"),
    [
        (ASCII, "ascii", "Societe -> Generale - sigma"),
        (OLD, "ascii", "Societe -> Generale - sigma"),
        (LATIN, "latin-1", "Société -> Générale - sigma"),
        ((("LC_ALL", "C"),), "utf-8", NAME),
    ],
)
def test_a_locale_with_few_characters_has_others_like_them(
    variables: tuple[tuple[str, str], ...], encoding: str, name: str
) -> None:
    assert in_each_form(variables)["table"].decode(encoding).split("\n")[1].rstrip() == name


def test_rows_have_characters_like_them_too() -> None:
    assert in_each_form(ASCII)["csv"] == b"name\nSociete -> Generale - sigma\n"


@pytest.mark.parametrize("form", ["object", "json"])
@pytest.mark.parametrize("variables", [ASCII, LATIN], ids=["ascii", "latin-1"])
def test_json_loses_no_character(form: str, variables: tuple[tuple[str, str], ...]) -> None:
    found = json.loads(in_each_form(variables)[form].decode("ascii"))
    assert (found["names"] if form == "object" else [found[0]["name"]]) == [NAME]


def test_errors_are_told_in_any_locale(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pipeline", "runs", "--data-root", "↓é"],
        capture_output=True,
        cwd=tmp_path,
        env=environment() | {"PYTHONIOENCODING": "ascii"},
        check=False,
    )
    assert done.returncode == 2
    assert f"There is no run yet in {tmp_path / 've'}" in done.stderr.decode("ascii")
