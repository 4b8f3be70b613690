"""What a person sees while a run goes on and when it has ended."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
import pandas as pd
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from pipeline.outputs import Compared

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


class Screen:
    """A watch with a progress bar a task on a terminal, and a line a task elsewhere.

    Everything goes to standard error: standard output belongs to results.
    """

    def __init__(self) -> None:
        self.console = Console(stderr=True, highlight=False)
        self._bars = Progress(
            TextColumn("{task.description:<24}"),
            BarColumn(bar_width=28),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("{task.fields[note]}"),
            console=self.console,
            disable=not self.console.is_terminal,
        )
        self._tasks: dict[str, Any] = {}
        self._done: set[str] = set()

    def __enter__(self) -> Screen:
        self._bars.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._bars.stop()

    def step(self, task: str, done: int, total: int) -> None:
        """Move a task's bar."""
        if task not in self._tasks:
            self._tasks[task] = self._bars.add_task(task, total=total, note="")
        self._bars.update(self._tasks[task], completed=done, total=total)
        if done >= total and not self.console.is_terminal and task not in self._done:
            self._done.add(task)
            self.console.print(Text(f"{task}: done"))

    def epoch(self, number: int, metrics: Mapping[str, float]) -> None:
        """Show an epoch's losses beside the bar of training."""
        losses = f"loss {metrics['loss']:.4f}, validation {metrics['valid_loss']:.4f}"
        for name, task in self._tasks.items():
            if name == "train":
                self._bars.update(task, note=f"epoch {number}: {losses}")
        if not self.console.is_terminal:
            self.console.print(Text(f"epoch {number}: {losses}"))

    def note(self, sentence: str) -> None:
        """Print a sentence above the bars."""
        self.console.print(Text(sentence), soft_wrap=not self.console.is_terminal)


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


def peers_table(firm: str, first: str, last: str, peers: Any) -> None:
    """Print the peers of a firm, a DataFrame of `Peers.similar`, as a table."""
    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = 160
    table = Table(
        title=Text(f"Firms that move like {firm}, {first} to {last}"),
        box=None,
        title_justify="left",
    )
    for heading, justify in (
        ("rank", "right"),
        ("symbol", "left"),
        ("name", "left"),
        ("sector", "left"),
        ("score", "right"),
        ("percentile", "right"),
        ("Pearson rank", "right"),
    ):
        table.add_column(heading, justify=justify)  # type: ignore[arg-type]
    for peer in peers.itertuples():
        table.add_row(
            str(peer.rank),
            Text(str(peer.symbol)),
            Text(str(peer.name)),
            Text(str(peer.sector)),
            f"{peer.score:.3f}",
            f"{peer.percentile:.1f}",
            str(peer.pearson_rank),
        )
    console.print(table)


def models_table(models: Any) -> None:
    """Print the architectures, a DataFrame of `architectures`, as a table."""
    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = 160
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
    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = 160
    board = found.board.assign(
        interval=[f"{low:.2f}–{high:.2f}" for low, high in found.board[ENDS].to_numpy()],
        inside=np.where(found.board["in_set"], "yes", "no"),
    )
    console.print(_fitting(console, board, BOARD))
    if found.summary["horizon"] > 1:
        shown = found.ahead["horizon"].isin({*DAYS, found.summary["horizon"]})
        networks = found.ahead[shown & (found.ahead["kind"] == "network")]
        console.print("\nEach day ahead on its own, beside GARCH of the same day ahead:")
        console.print(_columns(networks.sort_values(["name", "horizon"], kind="stable"), AHEAD))
    for line in (
        found.summary["verdict"],
        f"Report: {page}",
        f"MLflow run {run_id}: {ui}",
    ):
        console.print(Text(line), soft_wrap=True)


def _fitting(console: Console, rows: pd.DataFrame, columns: Mapping[str, tuple[str, str]]) -> Table:
    """Return a table with as many columns, from the first, as the terminal is wide enough for."""
    unbounded = console.options.update(max_width=10_000)
    for count in range(len(columns), 1, -1):
        table = _columns(rows, dict(list(columns.items())[:count]))
        if console.measure(table, options=unbounded).maximum <= console.width:
            break
    return table


def _columns(rows: pd.DataFrame, columns: Mapping[str, tuple[str, str]]) -> Table:
    """Return rows with a `name` and a `kind` as a table: heading → column and its form."""
    table = Table(box=None, pad_edge=False)
    table.add_column("", no_wrap=True)
    for heading in columns:
        table.add_column(heading, justify="right", no_wrap=True)
    for row in rows.to_dict("records"):
        cells = ["–" if pd.isna(row[k]) else form.format(row[k]) for k, form in columns.values()]
        style = "bold" if row["kind"] == "network" else ""
        table.add_row(row["name"].replace("_", " "), *cells, style=style)
    return table
