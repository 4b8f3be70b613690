"""What a person sees of prices that were checked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from rich.text import Text

from pipeline.ingest.summary import sentence
from pipeline.terminal.tables import wide_console
from pipeline.words import shown


def checked_prices(quality: Mapping[str, Any]) -> None:
    """Print how prices were understood, what each rule found, and what is not known of firms."""
    console = wide_console()
    for line in _lines(quality):
        console.print(Text(line), soft_wrap=True)


def _lines(quality: Mapping[str, Any]) -> Iterator[str]:
    yield sentence(quality)
    read = quality["understood"]
    if taken := read.get("columns"):
        yield "Columns: " + ", ".join(
            name if name == term else f"{name} as {term}" for name, term in taken.items()
        )
    if unused := read.get("unused"):
        yield f"Passed over: {shown(unused, 12)}"
    for rule in quality["rules"]:
        if rule["count"]:
            yield f"{rule['rule'].replace('_', ' ')} ({rule['action']}): {rule['sentence']}"
            yield from (f"    {example}" for example in rule["examples"])
    for firm, reason in quality["quarantined"].items():
        yield f"Set apart: {firm}, {reason}"
    yield from quality["notes"]
