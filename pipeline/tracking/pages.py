"""Addresses of pages within MLflow's UI, from its root on."""

from __future__ import annotations

from urllib.parse import quote

_TRAINING = "workflowType=machine_learning"
"""Without it the UI shows what it has for judging language models."""


def runs_page(experiment: str, view: str, *, charts: bool = False) -> str:
    """Return the address of an experiment's runs in a view of `pipeline.tracking.views`.

    They are shown as charts with `charts`, and else as a table.
    """
    mode = "&compareRunsMode=CHART" if charts else ""
    return f"#/experiments/{experiment}/runs?{_TRAINING}&viewStateShareKey={view}{mode}"


def models_page(experiment: str) -> str:
    """Return the address of an experiment's logged models."""
    return f"#/experiments/{experiment}/models?{_TRAINING}"


def run_page(experiment: str, run_id: str) -> str:
    """Return the address of a run."""
    return f"#/experiments/{experiment}/runs/{run_id}?{_TRAINING}"


def version_page(model: str, number: str) -> str:
    """Return the address of a version of a registered model."""
    return f"#/models/{quote(model)}/versions/{number}?{_TRAINING}"


def link(text: str, page: str) -> str:
    """Return a link in Markdown; brackets of the text are none of its own."""
    return f"[{text.replace('[', '(').replace(']', ')')}]({page})"
