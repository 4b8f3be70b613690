"""What was understood of a source, as plain values and as one sentence."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pipeline.outputs import Json
from pipeline.words import plural, shown


def understood(quality: Mapping[str, Any]) -> Json:
    """Return what a run tells of its prices.

    Parameters
    ----------
    quality
        As of `Ingested`.

    Returns
    -------
    dict
        `shape written firms first last rows_read rows_kept` (both with any price), `faults`
        (rule → rows or sessions, where there are any), `set_apart` (firm → reason), and `listed`
        and `matched`: rows of the table of firms, and those of firms with prices.
    """
    read = quality["understood"]
    return {
        "shape": read.get("shape", ""),
        "written": read.get("written", ""),
        "firms": quality["firms_kept"],
        "first": quality["first"],
        "last": quality["last"],
        "rows_read": quality["rows_read"],
        "rows_kept": quality["rows_kept"],
        "faults": {
            rule["rule"]: rule["count"]
            for rule in quality["rules"]
            if rule["count"] and rule["rule"] != "short"
        },
        "set_apart": quality["quarantined"],
        "listed": read.get("listed", 0),
        "matched": quality["matched"],
    }


def sentence(quality: Mapping[str, Any]) -> str:
    """Say in one line what was understood of a source, and what became of it."""
    told = understood(quality)
    shape = f"{told['shape']} ({told['written']})" if told["written"] else told["shape"]
    share = told["rows_kept"] / told["rows_read"]
    parts = [
        f"{plural(told['firms'], 'firm')}, {told['first']} to {told['last']}",
        f"{told['rows_kept']:,} of {plural(told['rows_read'], 'row')} kept"
        + (f" ({share:.1%})" if share < 1.0 else ""),
    ]
    if told["faults"]:
        found = (f"{name.replace('_', ' ')} {count:,}" for name, count in told["faults"].items())
        parts.append(f"found {', '.join(found)}")
    if apart := told["set_apart"]:
        names = [f"{firm} ({reason.split(':')[0]})" for firm, reason in apart.items()]
        parts.append(f"{plural(len(apart), 'firm')} set apart: {shown(names)}")
    if told["listed"]:
        listed = plural(told["listed"], "row")
        parts.append(f"{told['matched']:,} of {listed} of the table of firms match")
    return f"{quality['source']}{f', {shape}' if shape else ''}: {'; '.join(parts)}."
