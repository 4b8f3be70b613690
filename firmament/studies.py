"""An answer to a question about recurrent networks."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from firmament.asked import settings_of, watching
from firmament.shown import page_html
from pipeline.errors import UsageError
from pipeline.studies.conducting.answer import Answered


@dataclass(frozen=True)
class Study:
    """What a study found."""

    run_id: str
    """The parent run in MLflow."""
    answered: Answered
    """All of it."""
    report: Path
    """The HTML page."""

    @property
    def question(self) -> str:
        """What was asked."""
        return str(self.answered.told["question"])

    @property
    def answer(self) -> str:
        """What was found, in a sentence."""
        return str(self.answered.told["answer"])

    @property
    def rows(self) -> pd.DataFrame:
        """The figures by condition, with their intervals."""
        return self.answered.rows

    def _repr_html_(self) -> str:
        told = {"answer": self.answer}
        return page_html(self.question, told, self.rows, self.report)


def study(
    name: str,
    full: bool = False,
    *,
    jobs: int | None = None,
    config: str | Path | None = None,
    progress: bool = False,
    **settings: Any,
) -> Study:
    """Answer a question about recurrent networks by experiment, tracked in MLflow.

    Parameters
    ----------
    name : str
        The study; `firmament study` lists them.
    full : bool
        Whether to measure as much as a paper would.
    jobs : int, optional
        Cells at a time; as many as cores by default.
    config, progress, **settings
        As of `run`.

    Returns
    -------
    Study
        With `answer`, `rows` and `report`; from the store if it was given before.

    Raises
    ------
    FirmamentError
        If there is no such study, or settings are refused, in one sentence.

    Examples
    --------
    >>> study("gradients").answer  # doctest: +SKIP
    """
    from pipeline.studies.catalogue import STUDIES
    from pipeline.studies.conducting.conduct import conduct

    if name not in STUDIES:
        raise UsageError(f"There is no study {name!r}: choose from {', '.join(STUDIES)}.")
    asked = settings_of(config, **settings)
    with watching(asked, progress) as watch:
        conducted, run_id = conduct(STUDIES[name], asked, watch, full=full, jobs=jobs)
    return Study(run_id, conducted.answered, conducted.page)
