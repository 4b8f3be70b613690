"""Names of networks and baselines as one writes them."""

from __future__ import annotations

from models.catalogue import ARCHITECTURES
from pipeline.evaluation.baselines import BASELINES


def model_title(name: str) -> str:
    """Return a model's name as one writes it: ``"ewma_volatility"`` is EWMA volatility.

    What follows a space, as in ``"gru last 5 days"``, stays as it is.
    """
    first, space, rest = name.partition(" ")
    known = ARCHITECTURES.get(first) or BASELINES.get(first)
    return f"{known.title}{space}{rest}" if known else name.replace("_", " ")
