"""What a run has learned from or is judged on, as MLflow is told of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

CONTEXT = "mlflow.data.context"
"""MLflow's tag of what a dataset is used for in a run."""


@dataclass(frozen=True)
class Dataset:
    """Rows that a run learns from or is judged on: equal digests, equal rows."""

    name: str
    digest: str
    """36 characters at most."""
    source: str
    """Where its prices come from, for people."""
    context: str = "training"
    """`training`, `validation` or `test`."""
    columns: Mapping[str, str] = field(default_factory=dict)
    """Name → MLflow's type of each column."""
    profile: Mapping[str, Any] = field(default_factory=dict)
    """How large it is and what it spans: plain values."""

    def entity(self) -> Any:
        """Return it as an input of a run."""
        from mlflow.entities import Dataset, DatasetInput, InputTag

        columns = [{"name": name, "type": kind} for name, kind in self.columns.items()]
        data = Dataset(
            name=self.name,
            digest=self.digest,
            source_type="firmament",
            source=json.dumps({"source": self.source}),
            schema=json.dumps({"mlflow_colspec": columns}) if columns else None,
            profile=json.dumps(dict(self.profile)),
        )
        return DatasetInput(data, [InputTag(CONTEXT, self.context)])
