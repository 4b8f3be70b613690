"""The tables of options in `docs/operations`, made from the commands themselves.

`python tests/docs/options.py` writes them anew where a command has changed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer.main

from pipeline.cli import app
from pipeline.cli.usage import NAMES

PAGES = sorted((Path(__file__).parents[2] / "docs" / "operations").glob("*.md"))
BLOCK = re.compile(
    r"(<!-- options of firmament ([\w ]+) -->\n)(.*?)(<!-- end of options -->)", re.S
)
"""What stands between a command's two markers, and the markers."""
FIRST = "run"
"""The command that tells of the options of settings for all others."""


def commands() -> dict[str, Any]:
    """Return every command by its words, such as `registry history`."""
    return dict(_below(typer.main.get_command(app)))


def _below(group: Any) -> Iterator[tuple[str, Any]]:
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from ((f"{name} {inner}", found) for inner, found in _below(command))
        else:
            yield name, command


def told() -> list[str]:
    """Return the commands whose options stand on some page."""
    return [found[1] for page in PAGES for found in BLOCK.findall(page.read_text())]


def rewritten(text: str) -> str:
    """Return a page with its tables of options as the commands are now."""
    known = commands()
    return BLOCK.sub(lambda found: f"{found[1]}{block(found[2], known)}\n{found[4]}", text)


def block(name: str, known: dict[str, Any]) -> str:
    """Return the options of a command as a table; as a sentence where a table would be longer."""
    rows = list(_rows(known[name]))
    first = [] if name == FIRST else list(_rows(known[FIRST]))
    shared = [row for row in rows if row in first and row[0] != "--format"]
    own = [row for row in rows if row not in shared]
    also = ", ".join(f"`{option}`" for option, _ in shared)
    if len(own) < 2:
        alone = [f"`{option}` ({meaning[0].lower()}{meaning[1:]}), and" for option, meaning in own]
        return " ".join(["Options:", *alone, f"those of `{FIRST}`: {also}."])
    table = ["| option | meaning |", "| --- | --- |"]
    table += [f"| `{option}` | {meaning} |" for option, meaning in own]
    return "\n".join([*table, f"| {also} | As for `{FIRST}` |"] if shared else table)


def _rows(command: Any) -> Iterator[tuple[str, str]]:
    """Yield option and meaning, of arguments too, as the command's own help tells them."""
    context = command.make_context(command.name, [], resilient_parsing=True)
    for parameter in command.params:
        option, _, value = parameter.get_help_record(context)[0].partition(" ")
        meaning, _, notes = parameter.get_help_record(context)[1].partition("  [")
        for place, names in NAMES.items():
            meaning = meaning.replace(place, ", ".join(f"`{name}`" for name in names()))
        said = [meaning.removesuffix(".")]
        if "|" in value:
            *most, last = (f"`{choice}`" for choice in re.findall(r"[\w.]+", value))
            said[0] += f": {', '.join(most)} or {last}"
        for note in notes.removesuffix("]").split("; ") if notes else ():
            note = re.sub(r"^default: (.*)", r"`\1` by default", note)
            note = re.sub(r"^(\d+)<=x<=(\d+)$", r"\1 to \2", note)
            said.append(note.replace("required", "must be given"))
        yield option.strip("[]"), "; ".join(said)


if __name__ == "__main__":
    for page in PAGES:
        page.write_text(rewritten(page.read_text()))
