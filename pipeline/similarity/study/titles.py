"""What measures are called in tables and sentences."""

from __future__ import annotations

from pipeline.similarity.asking.learned import LEARNED
from pipeline.similarity.classical import MEASURES

UNTRAINED, NO_NETWORK = "untrained", "no_network"

CONTROLS = {UNTRAINED: "an untrained network", NO_NETWORK: "no network"}
"""What the learned measure is judged beside: the same reading of first weights, and the running
correlations that networks start from."""

TITLES = {LEARNED: "the learned measure", **CONTROLS} | {
    name: measure.title for name, measure in MEASURES.items()
}
