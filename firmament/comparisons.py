"""A comparison of architectures on the same folds and seeds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from firmament.asked import settings_of, watching
from firmament.prices import Prices, priced
from firmament.shown import page_html
from pipeline.outputs import Compared


@dataclass(frozen=True)
class Comparison:
    """What a comparison found."""

    run_id: str
    """The parent run in MLflow."""
    found: Compared
    """All of it, as `pipeline.outputs` describes it."""
    report: Path
    """The HTML page."""

    @property
    def leaderboard(self) -> pd.DataFrame:
        """Networks, controls and baselines, a row each, the best first: `name kind crps …`."""
        return self.found.board

    @property
    def verdict(self) -> str:
        """What it comes to, in plain language."""
        return str(self.found.summary["verdict"])

    @property
    def winner(self) -> str | None:
        """The best architecture; None where none was compared."""
        name: str | None = self.found.summary["winner"]
        return name

    def _repr_html_(self) -> str:
        columns = ["name", "kind", "crps", "crps_ratio", "log_score", "mae", "in_set"]
        shown = self.leaderboard.reindex(columns=columns).set_index("name")
        return page_html(f"Comparison {self.run_id}", {"said": self.verdict}, shown, self.report)


def compare(
    prices: Prices | None = None,
    models: Sequence[str] | str | None = None,
    *,
    seeds: int | None = None,
    folds: int | None = None,
    ladder: bool | None = None,
    jobs: int | None = None,
    engine: str | None = None,
    firms: pd.DataFrame | None = None,
    config: str | Path | None = None,
    progress: bool = False,
    **settings: Any,
) -> Comparison:
    """Train several architectures on the same folds and seeds, and rank them with tests.

    Parameters
    ----------
    prices : DataFrame, str or Path, optional
        What `read_prices` takes; by default the source of the settings, which is the sample.
    models : sequence of str, or str with commas, optional
        Architectures; by default all that are recurrent.
    seeds, folds : int, optional
        Trainings of each, and walk-forward folds of the test days.
    ladder : bool, optional
        Whether raw inputs, and networks shown their last days alone, are judged too.
    jobs : int, optional
        Trainings at a time; as many as cores by default.
    engine : str, optional
        ``dask://HOST:PORT``, to train on that cluster's workers.
    firms, config, progress, **settings
        As of `run`.

    Returns
    -------
    Comparison
        With `leaderboard`, `verdict` and `report`.

    Raises
    ------
    FirmamentError
        Where prices or settings are refused, or the engine fails, in one sentence.

    Examples
    --------
    >>> found = compare("sample", ["gru", "lstm"], seeds=2)  # doctest: +SKIP
    >>> found.leaderboard[["name", "crps"]]  # doctest: +SKIP
    """
    given = {"models": models, "seeds": seeds, "folds": folds, "ladder": ladder}
    section: Mapping[str, Any] = settings.pop("compare", None) or {}
    wanted = {**section, **{key: value for key, value in given.items() if value is not None}}
    asked = settings_of(config, compare=wanted, **settings)
    asked = priced(asked, prices, firms)
    from pipeline.comparison.compare import compare as compare_all
    from pipeline.comparison.engines import open_engine
    from pipeline.comparison.tracked import track
    from pipeline.stages import PLAN

    trainer = open_engine(engine, jobs)
    with watching(asked, progress) as watch:
        comparison, trainings = compare_all(PLAN, asked, trainer, watch)
        run_id = track(comparison, trainings, watch)
    return Comparison(run_id, comparison.found, comparison.page)
