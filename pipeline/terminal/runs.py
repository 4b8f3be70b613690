"""What a person sees when a run or a comparison has ended, and of the architectures."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table
from rich.text import Text

from pipeline.outputs import Compared
from pipeline.terminal.tables import columns_of, fitting, wide_console

ENDS = ["crps_low", "crps_high"]
BOARD = {
    "CRPS ↓": ("crps", "{:.4f}"),
    "of GARCH": ("crps_ratio", "{:.4f}"),
    "p (GARCH)": ("dm_p_garch", "{:.3f}"),
    "p (best)": ("dm_p_holm", "{:.3f}"),
    "in set": ("inside", "{}"),
    "firms better": ("firms_better", "{:.0%}"),
    "in 90%": ("coverage_90", "{:.1%}"),
    "95 %": ("interval", "{}"),
    "log score ↓": ("log_score", "{:.4f}"),
    "in 50%": ("coverage_50", "{:.1%}"),
    "seconds": ("seconds", "{:.0f}"),
    "parameters": ("parameters", "{:,.0f}"),
}
"""Heading → column of the leaderboard and its form, the most important first."""
AHEAD = {
    "day ahead": ("horizon", "{}"),
    "CRPS ↓": ("crps", "{:.4f}"),
    "of GARCH": ("crps_ratio", "{:.4f}"),
    "p (GARCH)": ("dm_p_garch", "{:.3f}"),
    "in 90%": ("coverage_90", "{:.1%}"),
}
"""The same of the days ahead."""
DAYS = (1, 2, 3, 4, 5, 10, 20, 40)
"""Days ahead that are printed, beside the last."""


def summary(result: Mapping[str, Any], peers: Mapping[str, Any], ui: str) -> None:
    """Print what a run found: forecasts beside the baselines, three peers, where to look."""
    console = Console(highlight=False)
    scores = result["scores"]
    console.print(
        f"\n[bold]{result['model']}[/bold] forecast the growth of {scores['firms']} firms, "
        f"{scores['first']} to {scores['last']} ({scores['forecasts']:,} forecasts):"
    )
    console.print(_table(scores))
    console.print(_verdict(scores))
    nearest = ", ".join(f"{peer['symbol']} ({peer['score']:.2f})" for peer in peers["peers"])
    nearest = nearest or f"none. {peers['reason']}"
    # Symbols and paths are a person's own: square brackets in them are no markup.
    for line in (
        f"Firms most similar to {peers['firm']}: {nearest}",
        f"Report: {result['report']}",
        f"MLflow run {result['run_id']}: {ui}",
    ):
        console.print(Text(line), soft_wrap=True)


def _table(scores: Mapping[str, Any]) -> Table:
    """Return scores × (network, baselines)."""
    columns = {
        "CRPS ↓": ("crps", "{:.4f}"),
        "log score ↓": ("log_score", "{:.4f}"),
        "MAE ↓": ("mae", "{:.4f}"),
        "direction ↑": ("directional_accuracy", "{:.1%}"),
        "in 50%": ("coverage_50", "{:.1%}"),
        "in 90%": ("coverage_90", "{:.1%}"),
    }
    table = Table(box=None, pad_edge=False)
    table.add_column("", no_wrap=True)
    for heading in columns:
        table.add_column(heading, justify="right", no_wrap=True)
    for name, row in {"network": scores, **scores["baselines"]}.items():
        cells = [
            "–" if row[key] is None else form.format(row[key]) for key, form in columns.values()
        ]
        table.add_row(name.replace("_", " "), *cells)
    return table


def _verdict(scores: Mapping[str, Any]) -> str:
    """Say in words how the network did beside the best baseline."""
    from pipeline.report.sentences import TINY

    skill, best = scores["crps_skill"], scores["best_baseline"].replace("_", " ")
    if abs(skill) < TINY:
        return f"CRPS practically as good as the best baseline's ({best}), no better."
    word = "better" if skill > 0 else "worse"
    return f"CRPS {abs(skill):.1%} {word} than the best baseline ({best})."


def models_table(models: Any) -> None:
    """Print the architectures, a DataFrame of `architectures`, as a table."""
    console = wide_console()
    table = Table(box=None, pad_edge=False)
    for heading, justify in (
        ("name", "left"),
        ("what it is", "left"),
        ("causal", "left"),
        ("days ahead", "right"),
        ("parameters", "right"),
    ):
        table.add_column(heading, justify=justify)  # type: ignore[arg-type]
    for model in models.itertuples():
        causal = "yes" if model.causal else "no"
        table.add_row(
            model.name, model.summary, causal, str(model.horizon), f"{model.parameters:,}"
        )
    console.print(table)


def leaderboard(found: Compared, page: Path, run_id: str, ui: str) -> None:
    """Print the leaderboard of a comparison, its days ahead, and what it comes to."""
    console = wide_console()
    board = found.board.assign(
        interval=[f"{low:.2f}–{high:.2f}" for low, high in found.board[ENDS].to_numpy()],
        inside=np.where(found.board["in_set"], "yes", "no"),
    )
    console.print(fitting(console, board, BOARD))
    if found.summary["horizon"] > 1:
        shown = found.ahead["horizon"].isin({*DAYS, found.summary["horizon"]})
        networks = found.ahead[shown & (found.ahead["kind"] == "network")]
        console.print("\nEach day ahead on its own, beside GARCH of the same day ahead:")
        console.print(columns_of(networks.sort_values(["name", "horizon"], kind="stable"), AHEAD))
    for line in (
        found.summary["verdict"],
        f"Report: {page}",
        f"MLflow run {run_id}: {ui}",
    ):
        console.print(Text(line), soft_wrap=True)
