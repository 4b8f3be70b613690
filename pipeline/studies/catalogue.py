"""The table of studies: what each asks, told without loading Keras."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from types import ModuleType


@dataclass(frozen=True)
class Study:
    """One study; see `pipeline.studies.study` for what its module has."""

    name: str
    title: str
    question: str
    module: str
    networks: bool = False
    """Whether it runs networks of Keras."""
    growth: bool = False
    """Whether it asks about real growth too: its cells are handed the windows of the settings."""
    alone: bool = False
    """Whether it measures time: its cells are measured one after another, with nothing beside."""
    gathers: bool = False
    """Whether it concludes from the answers of the others, too, as far as they are given."""

    def load(self) -> ModuleType:
        """Import the module."""
        return import_module(self.module)


STUDIES = {
    row.name: row
    for row in (
        Study(
            "cost",
            "What a day costs",
            "Do the seconds of a forward pass and of training follow T · (H² + H · I)?",
            "pipeline.studies.cost",
            networks=True,
            alone=True,
        ),
        Study(
            "gradients",
            "How far gradients reach",
            "How fast does the influence of a day fade with its distance, and what sets the speed?",
            "pipeline.studies.gradients",
            networks=True,
            growth=True,
        ),
        Study(
            "clipping",
            "What clipping mends",
            "Does clipping the gradient's norm let plain gradient descent learn what is far away?",
            "pipeline.studies.clipping",
        ),
        Study(
            "memory",
            "What networks remember",
            "Which networks, begun how, learn to remember over how many days?",
            "pipeline.studies.memory",
            networks=True,
        ),
        Study(
            "optimisers",
            "Learning without gradients",
            "Would genetic algorithms, simulated annealing or particle swarms help where gradients "
            "vanish?",
            "pipeline.studies.optimisers",
            growth=True,
        ),
        Study(
            "markov",
            "Why not a hidden Markov model",
            "When is a hidden Markov model enough, and when must it fail?",
            "pipeline.studies.markov",
            growth=True,
        ),
        Study(
            "forgetting",
            "What a hidden state is worth",
            "What can a network without memory not do, on tasks and on real growth?",
            "pipeline.studies.forgetting",
            networks=True,
            growth=True,
        ),
        Study(
            "transfer",
            "What a pretrained network is worth",
            "From how many firms and years on does training of one's own pay?",
            "pipeline.studies.transfer",
            networks=True,
            growth=True,
        ),
        Study(
            "summary",
            "Which network for what",
            "What does each architecture cost, and what does it give for that?",
            "pipeline.studies.summary",
            networks=True,
            growth=True,
            gathers=True,
        ),
    )
}
