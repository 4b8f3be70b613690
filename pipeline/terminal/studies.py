"""What a person sees of studies of recurrent networks."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
from rich.text import Text

from pipeline.terminal.tables import Column, Row, fitting, section, text, wide_console
from pipeline.words import number

if TYPE_CHECKING:
    from pipeline.studies.conducting.answer import Answered

DIGITS = ".4g"


def studies_table(listed: pd.DataFrame) -> None:
    """Print the studies and what they ask."""
    console = wide_console()
    question = Column("question", lambda row: str(row["question"]), "left", wraps=True)
    console.print(fitting(console, listed, [text("study"), question]))


def answered(found: Answered, page: Path, run_id: str, files: Sequence[Path]) -> None:
    """Print the answer of a study, its figures, and where the rest is."""
    console, told = wide_console(), found.told
    console.print(Text(f"\n{told['question']}"), style="bold", soft_wrap=True)
    console.print(Text(told["answer"]), soft_wrap=True)
    for sentence in told["sentences"]:
        console.print(Text(f"• {sentence}"), soft_wrap=True)
    columns = [
        Column("figure", lambda row: str(row["name"]), "left"),
        Column("value", _value),
        Column("95 % interval", _interval, need=1),
    ]
    section(console, "Figures", told["figures"], columns)
    console.print()
    for file in files:
        console.print(Text(f"Plot: {file}"), soft_wrap=True)
    console.print(Text(f"Page: {page}"), soft_wrap=True)
    console.print(Text(f"MLflow run {run_id} of the experiment studies"), soft_wrap=True)


def _value(row: Row) -> str:
    """Write a figure with its unit."""
    return f"{number(row['value'], DIGITS)} {row['unit']}".rstrip()


def _interval(row: Row) -> str:
    """Write a figure's interval; what is no matter of chance has none."""
    if row["low"] == row["high"]:
        return "–"
    return f"{number(row['low'], DIGITS)} to {number(row['high'], DIGITS)}"
