"""What a comparison is made for, and which of its trainings is registered then."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from pipeline.comparison.compare import Cell
from pipeline.evaluation.entry import kind_of
from pipeline.outputs import Compared, Trained

Choice = Callable[[Compared, list[Cell]], Cell]
"""Which training of a comparison is registered."""


def winner(found: Compared, trainings: list[Cell]) -> Cell:
    """Choose the winning network, as it was trained last.

    Of its seeds, the one that validated best on the last fold: test days choose nothing but
    the architecture.
    """
    won, last = found.summary["winner"], max(cell.fold for cell in trainings)
    own = [c for c in trainings if (c.rung.name, c.fold) == (won, last)]
    return min(own, key=lambda cell: _validated(cell, "valid_loss"))


def best_validated(found: Compared, trainings: list[Cell]) -> Cell:  # noqa: ARG001
    """Choose the network with the lowest CRPS on validation days.

    Test days choose nothing, so that they may judge it beside the champion. A control is chosen
    only where no network is compared.
    """
    whole = [cell for cell in trainings if cell.rung.whole]
    networks = [cell for cell in whole if kind_of(cell.architecture) == "network"]
    return min(networks or whole, key=lambda cell: _validated(cell, "valid_crps"))


def _validated(cell: Cell, score: str) -> float:
    """Return a training's score at its best epoch."""
    trained = cell.flow.opened().made(Trained)
    epochs = trained.history.set_index("epoch")[score]
    return float(epochs.loc[trained.summary["best_epoch"]])


@dataclass(frozen=True)
class Occasion:
    """What a comparison is made for: by itself, or on a day of a schedule."""

    experiment: str | None = None
    """Name of the experiment; one a source and date range by default."""
    label: str = ""
    """What the parent's name begins with."""
    choose: Choice = winner
    """Which training is registered and made the challenger."""
