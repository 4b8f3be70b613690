"""What there is to choose from, and how large each choice is."""

from __future__ import annotations

import pandas as pd

import models
from pipeline.errors import ConfigError
from pipeline.settings.model import Model
from pipeline.settings.window import Window


def architectures(model: Model, window: Window) -> pd.DataFrame:
    """List the architectures at the configured sizes.

    Parameters
    ----------
    model
        Sizes.
    window
        Of which the features and, where it is set, the horizon count. What a source tells is not
        known here: ranges and volumes count where `traded` is true.

    Returns
    -------
    DataFrame
        `name kind summary causal horizon parameters`, a row an architecture; its kind is `network`,
        or `control` if it has no recurrence.

    Raises
    ------
    ConfigError
        If the sizes fit no network.
    """
    options = model.model_dump(exclude={"name", "layers"})
    options["horizon"] = window.horizon if "horizon" in window.model_fields_set else None
    features = len(window.inputs(told=False)) + 1  # and whether the firm was observed
    rows = []
    for kind in models.ARCHITECTURES.values():
        layers = model.layers if kind.composed else None
        try:
            sizes = models.sizes(kind.name, features=features, layers=layers, **options)
        except ValueError as error:
            raise ConfigError(f"model: {error}") from error
        rows.append(
            {
                "name": kind.name,
                "kind": "control" if kind.control else "network",
                "summary": kind.summary,
                "causal": kind.causal(sizes),
                "horizon": sizes.horizon,
                "parameters": kind.parameters(sizes),
            }
        )
    return pd.DataFrame(rows)
