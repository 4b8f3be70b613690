"""What a person sees of maintenance: findings of the doctor, and what was removed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.text import Text

from pipeline.terminal.tables import Column, laid_out, plain, text, wide_console
from pipeline.words import plural

if TYPE_CHECKING:
    from pipeline.maintenance.clean import Cleaning
    from pipeline.maintenance.finding import Finding

COLOURS = {"ok": "green", "warning": "yellow", "fault": "bold red"}
MIB = 2**20
UNTOUCHED = "The sources' cache and the tracking store are left as they are."


def findings_table(findings: Sequence[Finding]) -> None:
    """Print what was found, a line a finding."""
    console = wide_console()
    checks = max(len(finding.check) for finding in findings)
    for finding in findings:
        line = Text(f"{finding.state:<8}", style=COLOURS[finding.state])
        line.append(f" {finding.check:<{checks}}  {finding.sentence}", style="default not bold")
        console.print(line, soft_wrap=True)


def cleaning_table(cleaning: Cleaning, dry_run: bool) -> None:
    """Print what was removed, or would be, by stage."""
    console = wide_console()
    stages = [{"stage": stage, **row} for stage, row in cleaning.by_stage().items()]
    if stages:
        size_of = Column("MiB", lambda row: f"{row['bytes'] / MIB:.1f}")
        console.print(laid_out(stages, [text("stage"), plain("outputs"), size_of]))
    size = sum(cleaning.outputs.values()) / MIB
    lines = [
        f"{'Would be removed' if dry_run else 'Removed'}: "
        f"{plural(len(cleaning.outputs), 'output')} ({size:.1f} MiB), "
        f"{plural(len(cleaning.records), 'record')} of runs and days, "
        f"{plural(len(cleaning.leftovers), 'leftover')} of dead processes. "
        f"{plural(cleaning.kept, 'output')} kept.",
        *cleaning.notes,
        UNTOUCHED,
    ]
    for sentence in lines:
        console.print(Text(sentence), soft_wrap=True)
