"""Names of networks and baselines as one writes them."""

from __future__ import annotations

from models.catalogue import ARCHITECTURES
from pipeline.evaluation.baselines import BASELINES


def model_title(name: str) -> str:
    """Return a model's name as one writes it: ``"ewma_volatility"`` is EWMA volatility."""
    known = ARCHITECTURES.get(name) or BASELINES.get(name)
    return known.title if known else name.replace("_", " ")
