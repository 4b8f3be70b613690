"""Views of an experiment's runs in MLflow's UI: the columns and charts that matter.

The UI keeps a view that somebody shares as a tag of the experiment, and opens it by the tag's key.
Those with a name are listed under `Views`.
"""

from __future__ import annotations

import json
import zlib
from base64 import b64encode
from dataclasses import dataclass
from typing import Any

SHARED = "mlflow.sharedViewState."
"""What the tags of views begin with; their keys follow."""
RUNS = "firmament"
"""Key of the view of all runs."""
SECTION = "firmament"
BY_EPOCH = ("valid/loss", "valid/crps", "train/loss", "train/gradient_norm")
"""Metrics that networks are watched by while they train, a chart each."""


@dataclass(frozen=True)
class View:
    """Runs of an experiment, as the UI shows them."""

    search: str = ""
    """Which runs: a search as of `mlflow.search_runs`; all by default."""
    columns: tuple[str, ...] = ()
    """Names as a search has them, such as ``metrics.`test/crps` ``."""
    order: str = "attributes.start_time"
    """What they are sorted by; the UI nests runs below their parents only by when they began."""
    ascending: bool = False
    name: str = ""
    """What it is called under `Views`; without one it is reached by its address alone."""

    def tag(self, now: int) -> str:
        """Return the value of the tag; `now` in milliseconds since 1970."""
        state = json.dumps(
            {
                "searchFilter": self.search,
                "orderByKey": self.order,
                "orderByAsc": self.ascending,
                "selectedColumns": self.columns,
                "columnOrder": self.columns,
                "runsHiddenMode": "FIRST_20_RUNS",
                "compareRunCharts": [_chart(metric) for metric in BY_EPOCH],
                "compareRunSections": [{"uuid": SECTION, "name": "By epoch", "display": True}],
            }
        )
        packed = f"deflate;{b64encode(zlib.compress(state.encode())).decode()}"
        if not self.name:
            return packed
        return json.dumps({"name": self.name, "createdAt": now, "updatedAt": now, "state": packed})


def all_runs() -> View:
    """Return the view that an experiment is opened with."""
    return View(
        columns=(
            "tags.`kind`",
            "metrics.`test/crps`",
            "metrics.`test/crps_ratio`",
            "metrics.`test/crps_over_best`",
            "metrics.`test/log_score`",
            "metrics.`test/coverage_90`",
            "metrics.`valid/loss`",
            "metrics.`train/best_epoch`",
            "tags.`confidence_set`",
            "attributes.`Models`",
        ),
        name="Runs and comparisons",
    )


def trainings_of(comparison: str) -> View:
    """Return the view of a comparison's trainings, the best on test days first."""
    return View(
        search=f"tags.comparison = '{comparison}' and tags.kind = 'training'",
        columns=(
            "metrics.`test/crps`",
            "metrics.`test/crps_ratio`",
            "metrics.`valid/loss`",
            "metrics.`train/best_epoch`",
            "params.`train.seed`",
            "params.`fold`",
            "tags.`confidence_set`",
        ),
        order="metrics.`test/crps`",
        ascending=True,
    )


def _chart(metric: str) -> dict[str, Any]:
    """Return a chart of a metric by epoch, a line a run."""
    return {
        "uuid": f"{SECTION}-{metric}",
        "type": "LINE",
        "metricSectionId": SECTION,
        "deleted": False,
        "isGenerated": False,
        "metricKey": metric,
        "selectedMetricKeys": [metric],
        "runsCountToCompare": 100,
        "lineSmoothness": 0,
        "xAxisKey": "step",
        "xAxisScaleType": "linear",
        "scaleType": "linear",
        "range": {},
        "yAxisKey": "metric",
        "yAxisExpressions": [],
        "useGlobalXaxisKey": True,
        "useGlobalLineSmoothing": True,
    }
