"""What MLflow loads and serves: a forecaster behind MLflow's interface.

MLflow runs this file when a registered forecaster is loaded (a model from code: nothing is
pickled). So, beside `tracking`, it is the one module that imports MLflow.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
from mlflow.models import set_model
from mlflow.pyfunc import PythonModel
from mlflow.pyfunc.model import PythonModelContext

from pipeline.forecaster import Forecaster


class Served(PythonModel):  # type: ignore[misc]
    """Answers a table `date symbol growth` with quantiles of the growth of the next sessions."""

    def load_context(self, context: PythonModelContext) -> None:
        """Read the network and what it was trained to see."""
        files = {name: Path(path) for name, path in context.artifacts.items()}
        self.forecaster = Forecaster.load(**files)

    def predict(
        self,
        context: PythonModelContext,  # noqa: ARG002
        model_input: pd.DataFrame,
        params: dict[str, Any] | None = None,
    ) -> pd.DataFrame:
        """Return what `Forecaster.forecast` does; `params` may have `quantiles`."""
        answer = self.forecaster.forecast(model_input, (params or {}).get("quantiles"))
        return answer.assign(date=answer["date"].dt.strftime("%Y-%m-%d"))


set_model(Served())
