"""A forecaster in MLflow's registry of models, which anyone may load or serve by name."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

from pipeline.registry.versions import FORECASTER
from pipeline.tracking import Tracker, told

HOUSE = Path(__file__).parents[2]
NEEDS = (
    "exchange_calendars",
    "joblib",
    "keras",
    "mlflow",
    "numpy",
    "pandas",
    "pydantic",
    "pyyaml",
    "scipy",
    "tensorflow",
    "threadpoolctl",
)
"""Packages that a process without firmament needs to load the forecaster."""


@told
def register(
    tracker: Tracker,
    files: Mapping[str, Path],
    beside: Iterable[str],
    quantiles: tuple[float, ...],
    tags: Mapping[str, str],
    model: str = FORECASTER,
) -> str:
    """Log a forecaster to a run and register it as a new version, without an alias.

    The code that it runs goes with it, so whoever loads it needs the packages of `NEEDS` and no
    firmament.

    Parameters
    ----------
    tracker
        Of a run that goes on.
    files
        As `forecaster.write` returns them.
    beside
        Numeric columns that the table of growth may have more.
    quantiles
        Levels that are answered unless others are asked for.
    tags
        Of the registered version.
    model
        The registered model.

    Returns
    -------
    str
        The version's number.
    """
    import mlflow
    from mlflow.models import ModelSignature
    from mlflow.types import ColSpec, ParamSchema, ParamSpec, Schema

    signature = ModelSignature(
        inputs=Schema(
            [
                ColSpec("datetime", "date"),
                ColSpec("string", "symbol"),
                ColSpec("double", "growth"),
                *(ColSpec("double", name, required=False) for name in beside),
            ]
        ),
        outputs=None,
        params=ParamSchema([ParamSpec("quantiles", "double", list(quantiles), (-1,))]),
    )
    with tracker.resumed(), warnings.catch_warnings():
        # An example would be years of growth of every firm; the signature does not need it.
        warnings.filterwarnings("ignore", ".*An input example was not provided", UserWarning)
        logged = mlflow.pyfunc.log_model(
            name="forecaster",
            python_model=str(HOUSE / "pipeline" / "forecaster" / "mlflow_model.py"),
            artifacts={name: str(path) for name, path in files.items()},
            code_paths=[str(HOUSE / folder) for folder in ("models", "pipeline")],
            signature=signature,
            pip_requirements=[f"{package}=={version(package)}" for package in NEEDS],
        )
    client = tracker.client
    _present(client, model)
    made = client.create_model_version(
        model,
        logged.model_uri,
        tracker.run_id,
        tags=dict(tags),
        model_id=logged.model_id,
    )
    return str(made.version)


def _present(client: Any, model: str) -> None:
    """Make the registered model if it is not there."""
    from mlflow.exceptions import MlflowException

    try:
        client.create_registered_model(
            model, description="Takes recent growth (date, symbol, growth), gives quantiles."
        )
    except MlflowException as error:
        if error.error_code != "RESOURCE_ALREADY_EXISTS":
            raise
