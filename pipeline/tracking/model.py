"""A model that a run has made: MLflow's logged model, with signature, example and card."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import redirect_stdout
from importlib.metadata import version
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.backend import import_keras

NOTE = "mlflow.note.content"
"""MLflow's tag of a description, in Markdown: of a run, and of a logged model."""
NETWORK = "network"
"""Name of the logged model of a network."""
CARD = "model_card.md"
"""File of a model's card among its artifacts."""


def log_model(
    client: Any, run_id: str, save: Callable[..., None], *, name: str, step: int, **told: Any
) -> str:
    """Log a model as an output of a run; return its id.

    MLflow's functions that log a model to the active run would copy to it whatever the run has
    logged at that step, whether it is of this model or not. So it is saved, and told no run.

    Parameters
    ----------
    client, run_id
        Of the tracking store, and the run, which goes on.
    save
        `save_model` of a flavour.
    name
        Of the model.
    step
        The epoch that it is of.
    **told
        `parameters`, `card` (Markdown), and what the flavour takes.
    """
    from mlflow.entities import LoggedModelOutput, LoggedModelStatus
    from mlflow.models import Model

    card = told.pop("card")
    experiment = client.get_run(run_id).info.experiment_id
    parameters = told.pop("parameters", None)
    made = client.create_logged_model(experiment, name, run_id, {NOTE: card}, parameters)
    with TemporaryDirectory() as folder:
        place = Path(folder) / name
        place.mkdir()
        # What Keras exports it also prints, and standard output belongs to results.
        with redirect_stdout(StringIO()):
            own = Model(made.artifact_location, run_id, model_id=made.model_id)
            save(path=str(place), mlflow_model=own, **told)
        (place / CARD).write_text(card, encoding="utf-8")
        client.log_model_artifacts(made.model_id, str(place))
    client.finalize_logged_model(made.model_id, LoggedModelStatus.READY)
    client.log_outputs(run_id, [LoggedModelOutput(made.model_id, step)])
    return str(made.model_id)


def keras_model(network: bytes, example: NDArray[np.float32]) -> dict[str, Any]:
    """Return what saves a network in the Keras flavour, and what that is given.

    Parameters
    ----------
    network
        In Keras's own format.
    example
        1 × days × features.
    """
    import_keras()
    import mlflow
    from mlflow.models import ModelSignature
    from mlflow.types import Schema

    import models

    loaded = models.from_bytes(network)
    # Layers that are not Keras's own are logged as the graph that they compute, so that a
    # process without firmament can load them too. Keras is given inputs by the name that the
    # signature has for them; such a graph takes them without.
    portable = models.portable(loaded)
    (days,) = loaded.inputs
    signature = ModelSignature(
        inputs=Schema([_tensor(days.shape, days.name if portable else None)]),
        outputs=Schema([_tensor(loaded.output_shape)]),
    )
    return {
        "save": mlflow.keras.save_model,
        "model": loaded,
        "input_example": {days.name: example} if portable else example,
        "signature": signature,
        "pip_requirements": [f"{name}=={version(name)}" for name in ("keras", "tensorflow")],
        "save_exported_model": not portable,
    }


def _tensor(shape: Sequence[int | None], name: str | None = None) -> Any:
    """Return a tensor of a signature; sizes that are free are −1."""
    from mlflow.types import TensorSpec

    return TensorSpec(
        np.dtype("float32"), tuple(-1 if size is None else size for size in shape), name
    )
