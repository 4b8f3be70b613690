"""The table of architectures: what there is, told without loading Keras.

Everything else takes the names, titles and defaults from here: settings, command line, report and
docs. An architecture is a row here and a module with `build(sizes)`, `parameters(sizes)` and, if
it is not always causal, `causal(sizes)`; a kind that others can be composed of also has `layer`,
`layer_parameters` and, where a layer is not `units` wide, `width` (see `models.cells`). A control
has no recurrence, and is left out wherever all architectures are meant that recur (`RECURRENT`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING

from models.suggest import pick

if TYPE_CHECKING:
    import keras

    from models.network import Sizes


@dataclass(frozen=True)
class Architecture:
    """One kind of network."""

    name: str
    title: str
    """As one writes it."""
    summary: str
    module: str
    """The module that builds it."""
    composed: bool = False
    """Whether it is made of `layers` layers of a recurrent kind, `cell`."""
    layers: int = 1
    """Layers, unless told otherwise."""
    horizon: int = 1
    """Days ahead, unless told otherwise."""
    control: bool = False
    """Whether it has no recurrence: what recurrent networks are judged beside."""
    pretrained: bool = False
    """Whether networks of its kind that were trained on many firms come with firmament."""

    def load(self) -> ModuleType:
        """Import the module, and Keras with it."""
        return import_module(self.module)

    def build(self, sizes: Sizes) -> keras.Model:
        """Build the network; see `models.build`."""
        from models.recurrence import engage

        return engage(self.load().build(sizes))

    def parameters(self, sizes: Sizes) -> int:
        """Return the number of parameters by formula, without building the network."""
        count: int = self.load().parameters(sizes)
        return count

    def causal(self, sizes: Sizes) -> bool:
        """Say whether its state at the end of a day depends on the days up to it alone."""
        told: Callable[[Sizes], bool] = getattr(self.load(), "causal", lambda _: True)
        return told(sizes)


ARCHITECTURES = {
    row.name: row
    for row in (
        Architecture(
            "elman",
            "Elman",
            "one recurrent layer without gates (Elman 1990)",
            "models.elman",
        ),
        Architecture(
            "jordan",
            "Jordan",
            "feeds its output back, not its hidden layer (Jordan 1986)",
            "models.jordan",
        ),
        Architecture(
            "lstm",
            "LSTM",
            "a memory cell with forget, input and output gates (Hochreiter, Schmidhuber 1997)",
            "models.lstm",
        ),
        Architecture(
            "gru",
            "GRU",
            "one state with an update and a reset gate (Cho et al. 2014)",
            "models.gru",
            pretrained=True,
        ),
        Architecture(
            "bidirectional",
            "bidirectional",
            "reads its window forwards and backwards (Schuster, Paliwal 1997)",
            "models.bidirectional",
            composed=True,
        ),
        Architecture(
            "stacked",
            "stacked",
            "several recurrent layers, each over the states of the one below",
            "models.stacked",
            composed=True,
            layers=2,
        ),
        Architecture(
            "attention",
            "attention",
            "each day looks back at the states of the days before (Bahdanau et al. 2015)",
            "models.attention",
            composed=True,
        ),
        Architecture(
            "seq2seq",
            "seq2seq",
            "an encoder reads the past, a decoder writes the days ahead (Cho et al. 2014)",
            "models.seq2seq",
            composed=True,
            horizon=5,
        ),
        Architecture(
            "hybrid",
            "hybrid",
            "causal convolutions in front of a recurrent layer (Sainath et al. 2015)",
            "models.hybrid",
            composed=True,
        ),
        Architecture(
            "memory",
            "memory",
            "a recurrent controller with a memory that it writes and reads (Graves et al. 2014)",
            "models.memory",
        ),
        Architecture(
            "linear",
            "linear",
            "a linear map of the day's inputs, with no hidden layer",
            "models.linear",
            control=True,
            pretrained=True,
        ),
        Architecture(
            "feedforward",
            "feedforward",
            "a hidden layer over the day's inputs, or over a window of days, without recurrence",
            "models.feedforward",
            control=True,
            pretrained=True,
        ),
    )
}
"""All that can be built."""

CONTROLS = tuple(row.name for row in ARCHITECTURES.values() if row.control)
"""Those without recurrence."""
RECURRENT = tuple(name for name in ARCHITECTURES if name not in CONTROLS)
"""Those with it: what "all architectures" means unless a control is asked for by name."""
COMPOSED = tuple(name for name in RECURRENT if ARCHITECTURES[name].composed)
"""Architectures that are made of layers of a recurrent kind."""
CELLS = tuple(name for name in RECURRENT if name not in COMPOSED)
"""The recurrent kinds that those are made of."""
PRETRAINED = tuple(name for name, row in ARCHITECTURES.items() if row.pretrained)
"""Those of which pretrained networks come with firmament."""


def architecture(name: str) -> Architecture:
    """Return an architecture by name; an unknown name raises ValueError with suggestions."""
    return pick(name, ARCHITECTURES, "architecture")
