"""What MLflow loads and serves: a forecaster behind MLflow's interface.

MLflow runs this file when a registered forecaster is loaded (a model from code: nothing is
pickled). `tracking`, `registry` and it are the only modules that import MLflow.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
from mlflow.exceptions import MlflowException
from mlflow.models import set_model
from mlflow.pyfunc import PythonModel
from mlflow.pyfunc.model import PythonModelContext

from pipeline.errors import InputError
from pipeline.forecaster.forecaster import Forecaster
from pipeline.forecaster.universal import Universal


class Served(PythonModel):  # type: ignore[misc]
    """Answers a table of recent growth with quantiles of the growth of the next sessions."""

    def load_context(self, context: PythonModelContext) -> None:
        """Read the network and what it was trained to see."""
        files = {name: Path(path) for name, path in context.artifacts.items()}
        kind = Forecaster if "network" in files else Universal
        self.forecaster = kind.load(**files)

    def predict(
        self,
        context: PythonModelContext,  # noqa: ARG002
        model_input: pd.DataFrame,
        params: dict[str, Any] | None = None,
    ) -> pd.DataFrame:
        """Return what `Forecaster.forecast` does; `params` may have `quantiles`.

        Dates are text, and numbers that a firm does not have are None: JSON has no NaN. What is
        wrong with the input is told as MLflow tells it, also over HTTP with status 400.
        """
        try:
            answer = self.forecaster.forecast(model_input, (params or {}).get("quantiles"))
        except InputError as error:
            raise MlflowException.invalid_parameter_value(str(error)) from error
        answer = answer.assign(date=answer["date"].dt.strftime("%Y-%m-%d"))
        lacking = answer.columns[answer.isna().any()]
        return answer.assign(
            **{
                name: answer[name].astype(object).where(answer[name].notna(), None)
                for name in lacking
            }
        )


set_model(Served())
