"""What MLflow's UI tells of the runs of a comparison, with links from one to the other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pipeline.comparison.compare import Cell
from pipeline.evaluation.titles import model_title
from pipeline.outputs import Compared
from pipeline.registry.versions import FORECASTER
from pipeline.tracking.pages import link, models_page, run_page, runs_page, version_page
from pipeline.words import number

MOST = 7_500
"""Characters of a note: MLflow keeps 8,000 of a tag."""


@dataclass(frozen=True)
class Links:
    """Pages of MLflow's UI on one comparison."""

    experiment: str
    """Id of its experiment."""
    parent: str
    """Id of its run."""

    def run(self, text: str, run_id: str) -> str:
        """Link to a run."""
        return link(text, run_page(self.experiment, run_id))

    @property
    def pages(self) -> str:
        """Link to the trainings of the comparison, and to the networks that came of them."""
        charts = runs_page(self.experiment, self.parent, charts=True)
        table = runs_page(self.experiment, self.parent)
        return (
            f"{link('Loss, gradient norm and CRPS by epoch', charts)} of all trainings; the "
            f"{link('trainings as a table', table)}, and their "
            f"{link('networks', models_page(self.experiment))}."
        )


def parent_note(
    found: Compared,
    links: Links,
    runs: Mapping[str, str],
    trained: Mapping[Cell, str],
    version: str,
) -> str:
    """Return the description of the parent: who won, and where everything is.

    Parameters
    ----------
    found
        The leaderboard.
    links
        Of the comparison.
    runs
        Row of the leaderboard or the ladder → its run's id.
    trained
        Training → its run's id.
    version
        Number of the forecaster that is registered.
    """
    entered = link(f"{FORECASTER} version {version}", version_page(FORECASTER, version))
    pages = f"{links.pages} Registered: {entered}."
    told = "\n\n".join([found.summary["verdict"], pages, _board(found, links, runs)])
    folds = "".join(
        f"\n- fold {fold['fold']}: training {_span(fold['training'])}, validation "
        f"{_span(fold['validation'])}, test {_span(fold['test'])}"
        for fold in found.summary["folds"]
    )
    below = f"Trainings, by seed and fold:\n{_trainings(links, trained)}"
    if len(told) + len(below) + len(folds) > MOST:
        below = "Each row links to its trainings."
    return f"{told}\n\n{below}\n\nFolds:\n{folds}"[:MOST]


def entry_note(links: Links, trained: Mapping[Cell, str]) -> str:
    """Return the description of a row: its comparison, and its trainings if it has any."""
    below = f" Its trainings, by seed and fold:\n{_trainings(links, trained)}" if trained else ""
    return f"Of {links.run('this comparison', links.parent)}.{below}"[:MOST]


def compared(found: Compared, links: Links, run_id: str) -> str:
    """Return what the card of a network tells of the comparison that it comes from."""
    where = f"{links.run('its training', run_id)} and {links.run('the comparison', links.parent)}"
    return f"**Compared.** {found.summary['verdict']} See {where}."


def _board(found: Compared, links: Links, runs: Mapping[str, str]) -> str:
    """Return the leaderboard; each row links to its run."""
    lines = [
        "| | kind | CRPS | of GARCH's | p beside GARCH | firms better | in set |",
        "|---|---|---|---|---|---|---|",
    ]
    for row in found.board.to_dict("records"):
        cells = (
            links.run(model_title(row["name"]), runs[row["name"]]),
            str(row["kind"]),
            number(row["crps"], ".4f"),
            number(row["crps_ratio"], ".4f"),
            number(row["dm_p_garch"], "p"),
            number(row["firms_better"], ".0%"),
            "yes" if row["in_set"] else "no",
        )
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def _trainings(links: Links, trained: Mapping[Cell, str]) -> str:
    """Return a line an architecture, with a link a seed and fold."""
    lines: dict[str, list[str]] = {}
    for cell, run_id in trained.items():
        own = links.run(f"seed {cell.seed} fold {cell.fold}", run_id)
        lines.setdefault(model_title(cell.rung.name), []).append(own)
    # Those of the board's last row were logged first.
    return "".join(f"\n- {name}: {', '.join(own)}" for name, own in reversed(lines.items()))


def _span(days: tuple[str, str]) -> str:
    """Write first and last day."""
    return f"{days[0]} to {days[1]}"
