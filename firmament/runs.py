"""A run of the pipeline: on prices in a DataFrame or from a source, or one that is finished."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from firmament.asked import settings_of, watching
from firmament.prices import Prices, priced
from firmament.shown import page_html
from pipeline.errors import InputError
from pipeline.run.finished import Finished

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from firmament.forecasters import Forecaster


class Run(Finished):
    """A finished run: scores, forecasts, peers, report.

    Attributes
    ----------
    record : dict
        What `firmament run --format json` prints of it.
    forecasts : DataFrame
        `symbol date horizon location scale df skew` and a column `q05` … a quantile, in 1/year: the
        sessions after the last day of the prices.
    report : Path
        The HTML page.
    """

    @property
    def run_id(self) -> str:
        """The MLflow run's id."""
        return str(self.record["run_id"])

    @property
    def scores(self) -> dict[str, Any]:
        """Scores of the network on its test days, the baselines' below `baselines`."""
        if "scores" in self.record:
            told: dict[str, Any] = self.record["scores"]
            return told
        from pipeline.outputs import Evaluated

        return self.made(Evaluated, "evaluate", "judge its forecasts").scores

    @property
    def leaderboard(self) -> pd.DataFrame:
        """The network, the control and the baselines, a row each, and the scores of a run's table.

        Units are those of `docs/evaluation.md`; CRPS and MAE are in 1/year, and lower is better.
        """
        from pipeline.evaluation.columns import printed
        from pipeline.evaluation.rows import run_rows

        rows = run_rows(self.scores, self.record.get("control") or {})
        columns = [score.key for score in printed("run")]
        table = pd.DataFrame.from_dict(rows, orient="index")
        return table.reindex(columns=columns).rename_axis("name")

    def forecaster(self) -> Forecaster:
        """Return the run's network, which can be asked about recent growth of any firms."""
        from firmament.forecasters import Forecaster

        return Forecaster.of(self)

    def plot(self) -> go.Figure:
        """Draw the similarity of all firms, alike ones together, as a heat map of plotly."""
        from pipeline.report.figures.similarity import heat_map
        from pipeline.report.peers import named
        from pipeline.similarity.asking.clusters import order, tree

        peers = self.peers()
        matrix = peers.matrix()
        if len(matrix) < 2:
            raise InputError("One firm alone is like no other: ask a run of several firms.")
        along = order(tree(matrix.to_numpy()))
        sectors = named(peers.firms).set_index("symbol")["sector"]
        return heat_map(matrix.iloc[along, along], sectors)

    def _repr_html_(self) -> str:
        told = {key: self.record.get(key) for key in ("source", "model", "date")}
        return page_html(f"Run {self.run_id}", told, self.leaderboard, self.report)


def run(
    prices: Prices | None = None,
    *,
    firms: pd.DataFrame | None = None,
    config: str | Path | None = None,
    progress: bool = False,
    **settings: Any,
) -> Run:
    """Run the whole pipeline on prices: forecasts, similar firms and a report, tracked in MLflow.

    What has not changed since an earlier run is reused, as by `firmament run`.

    Parameters
    ----------
    prices : DataFrame, str or Path, optional
        What `read_prices` takes; by default the source of the settings, which is the sample.
    firms : DataFrame, optional
        `symbol` and any of `name sector industry market_cap as_of`, beside prices in a DataFrame.
    config : str or Path, optional
        A YAML file of settings.
    progress : bool
        Whether progress is shown on standard error.
    **settings
        Settings that win over it: `model="lstm"`, `data_root`, `tracking_uri`, and sections as
        mappings, such as `train={"epochs": 10}`. `firmament config` lists them.

    Returns
    -------
    Run
        The finished run.

    Raises
    ------
    FirmamentError
        Where prices or settings are refused, in one sentence.

    Examples
    --------
    >>> done = run("sample", model="lstm", train={"epochs": 10})  # doctest: +SKIP
    >>> done.leaderboard["crps"].idxmin()  # doctest: +SKIP
    'network'
    """
    asked = priced(settings_of(config, **settings), prices, firms)
    from pipeline.run.run import run as run_plan
    from pipeline.stages import PLAN

    with watching(asked, progress) as watch:
        result = run_plan(PLAN, asked, watch)
    return Run.load(asked.data_root, result["run_id"], asked.mirror_root)


def load_run(
    run_id: str | None = None,
    data_root: str | Path = "data/store",
    mirror_root: str | Path = "data/mirror",
) -> Run:
    """Open a finished run.

    Parameters
    ----------
    run_id : str, optional
        An MLflow run's id or how it begins, or ``latest``; by default what a schedule has
        published, or else the latest run.
    data_root : str or Path
        The store's folder, or its address.
    mirror_root : str or Path
        Folder of copies of what is read from an address.

    Returns
    -------
    Run
        The run.

    Raises
    ------
    InputError
        If there is no such run.
    StoreError
        If its record is damaged.

    Examples
    --------
    >>> load_run().peers().similar("AAPL", top=3)  # doctest: +SKIP
    """
    return Run.load(data_root, run_id, mirror_root)
