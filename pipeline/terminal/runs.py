"""What a person sees when a run or a comparison has ended, and of the architectures."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from rich.console import Console
from rich.text import Text

from pipeline.evaluation.columns import printed
from pipeline.evaluation.score import Place
from pipeline.outputs import Compared
from pipeline.terminal.tables import (
    Column,
    figure,
    fitting,
    laid_out,
    missing,
    plain,
    section,
    text,
    wide_console,
)

if TYPE_CHECKING:
    import pandas as pd

ENDS = ["crps_low", "crps_high"]
LADDER = (
    text("name", heading=""),
    text("kind", need=3),
    figure("crps", ".4f", "CRPS ↓"),
    figure("crps_ratio", ".4f", "of GARCH"),
    figure("dm_p_garch", "p", "p (GARCH)", need=1),
    figure("kept", ".0%", "of its gain"),
    figure("dm_p_whole", "p", "p (whole)", need=2),
)
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
    from pipeline.evaluation.rows import run_rows
    from pipeline.report.sentences import beside_best, beside_control, started

    control = result["control"]
    rows = [{"name": name, **row} for name, row in run_rows(scores, control or {}).items()]
    wide = wide_console()
    wide.print(fitting(wide, rows, _scores("run")))
    for line in (beside_best(scores), *beside_control(control), *started(result["start"])):
        console.print(line, soft_wrap=True)
    nearest = ", ".join(
        f"{peer['symbol']} ({peer['score']:.2f}{_lucky(peer)})" for peer in peers["peers"]
    )
    nearest = nearest or f"none. {peers['reason']}"
    # Symbols and paths are a person's own: square brackets in them are no markup.
    for line in (
        f"Firms most similar to {peers['firm']}: {nearest}",
        f"Report: {result['report']}",
        f"MLflow run {result['run_id']} of {result['source']}, to {result['date']}: {ui}",
    ):
        console.print(Text(line), soft_wrap=True)


def _scores(place: Place) -> list[Column]:
    """Return the name of a network or baseline and the scores that a table has."""
    name = Column("", lambda row: str(row["name"]).replace("_", " "), "left")
    return [name, *(plain(s.key, s.form, s.head, s.need) for s in printed(place))]


def _lucky(peer: Mapping[str, Any]) -> str:
    """Say of a peer that is no better than chance that it is not."""
    known = not missing(peer["beyond_chance"])
    return ", no better than chance" if known and not peer["beyond_chance"] else ""


def models_table(models: Any) -> None:
    """Print the architectures, a DataFrame of `architectures`, as a table."""
    columns = [
        Column("name", lambda row: str(row["name"]), "left"),
        Column("kind", lambda row: str(row["kind"]), "left", need=5),
        Column("what it is", lambda row: str(row["summary"]), "left", need=4, wraps=True),
        Column("causal", lambda row: "yes" if row["causal"] else "no", "left", need=2),
        Column("days ahead", lambda row: str(row["horizon"]), need=3),
        Column("parameters", lambda row: f"{row['parameters']:,}", need=1),
    ]
    console = wide_console()
    console.print(fitting(console, models, columns))


def runs_table(runs: pd.DataFrame) -> None:
    """Print the runs of a store, a DataFrame of `pipeline.run.finished.listed`, as a table."""
    console = wide_console()
    columns = [text("run_id", heading="run"), text("date", heading="to")]
    columns += [text("source", 2), text("model", 1)]
    marks = Column("", _marks, "left")
    console.print(fitting(console, runs, [*columns, marks]))


def _marks(run: Mapping[Any, Any]) -> str:
    """Say whether a run is what is published, and the latest."""
    return ", ".join(mark for mark in ("published", "latest") if run[mark])


def leaderboard(found: Compared, page: Path, run_id: str, ui: str) -> None:
    """Print the leaderboard of a comparison, its days ahead, and what it comes to."""
    console = wide_console()
    board = found.board.assign(
        crps_interval=[f"{low:.2f}–{high:.2f}" for low, high in found.board[ENDS].to_numpy()],
        inside=np.where(found.board["in_set"], "yes", "no"),
    )
    took = [plain("seconds", ".0f", need=11), plain("parameters", ",.0f", need=12)]
    name, *scores = _scores("board")
    console.print(fitting(console, board, [name, text("kind", need=8), *scores, *took]))
    if found.summary["horizon"] > 1:
        shown = found.ahead["horizon"].isin({*DAYS, found.summary["horizon"]})
        networks = found.ahead[shown & (found.ahead["kind"] != "baseline")]
        console.print("\nEach day ahead on its own, beside GARCH of the same day ahead:")
        name, *scores = _scores("ahead")
        rows = networks.sort_values(["name", "horizon"], kind="stable")
        console.print(laid_out(rows, [name, plain("horizon", heading="day ahead"), *scores]))
    section(console, "The ladder: inputs, recurrence and memory", found.ladder, LADDER)
    for line in (
        found.summary["verdict"],
        f"Report: {page}",
        f"MLflow run {run_id}: {ui}",
    ):
        console.print(Text(line), soft_wrap=True)
