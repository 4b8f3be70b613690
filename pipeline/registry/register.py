"""A forecaster in MLflow's registry of models, which anyone may load or serve by name."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.registry.versions import FORECASTER, LOGGED
from pipeline.tracking import Tracker, told

if TYPE_CHECKING:
    import pandas as pd

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
VERSIONS = "mlflow.modelVersions"
"""MLflow's tag of the versions that a logged model was registered as."""
DESCRIPTION = 5_000
"""Characters that MLflow keeps of a version's description."""
PARTS = ("location", "scale", "df", "skew")
"""Columns of the distribution that is answered, before those of its quantiles."""


@dataclass(frozen=True)
class Interface:
    """What a forecaster is asked with, and what it answers."""

    beside: tuple[str, ...]
    """Numeric columns that the table of growth may have more."""
    quantiles: Mapping[str, float]
    """Column of the answer → level, of those that are answered unless others are asked for."""
    example: pd.DataFrame
    """A small table of growth: `date symbol growth`."""

    def signature(self) -> Any:
        """Return MLflow's signature; what a firm may lack is not required."""
        from mlflow.models import ModelSignature
        from mlflow.types import ColSpec, ParamSchema, ParamSpec, Schema

        days = [ColSpec("string", "symbol"), ColSpec("string", "date"), ColSpec("long", "horizon")]
        numbers = (*PARTS, *self.quantiles)
        levels = list(self.quantiles.values())
        return ModelSignature(
            inputs=Schema(
                [
                    ColSpec("datetime", "date"),
                    ColSpec("string", "symbol"),
                    ColSpec("double", "growth"),
                    *(ColSpec("double", name, required=False) for name in self.beside),
                ]
            ),
            outputs=Schema([*days, *(ColSpec("double", name, required=False) for name in numbers)]),
            params=ParamSchema([ParamSpec("quantiles", "double", levels, (-1,))]),
        )


@told
def register(
    tracker: Tracker,
    files: Mapping[str, Path],
    interface: Interface,
    card: str,
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
    interface
        What it takes and answers.
    card
        What there is to know of it, in Markdown: the description of model and version.
    tags
        Of the registered version, and of the logged model.
    model
        The registered model.

    Returns
    -------
    str
        The version's number.
    """
    import mlflow

    logged = tracker.model(
        "forecaster",
        save=mlflow.pyfunc.save_model,
        step=0,
        parameters=dict(tags),
        card=card,
        python_model=str(HOUSE / "pipeline" / "forecaster" / "mlflow_model.py"),
        artifacts={name: str(path) for name, path in files.items()},
        code_paths=[str(HOUSE / folder) for folder in ("models", "pipeline")],
        signature=interface.signature(),
        input_example=interface.example,
        pip_requirements=[f"{package}=={version(package)}" for package in NEEDS],
    )
    client = tracker.client
    mlflow.set_tracking_uri(tracker.uri)  # by which MLflow finds a model of that id
    _present(client, model)
    made = client.create_model_version(
        model,
        f"{LOGGED}{logged}",
        tracker.run_id,
        tags=dict(tags),
        description=card[:DESCRIPTION],
        model_id=logged,
    )
    # By this MLflow's UI shows which version a model became.
    told_of = json.dumps([{"name": model, "version": made.version}])
    client.set_logged_model_tags(logged, {VERSIONS: told_of})
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
