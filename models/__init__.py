"""Recurrent networks and distribution heads; they know nothing of firms, files or tracking.

Importing this package loads Keras and registers its layers, so that a saved network can be read
back with ``import models`` alone.
"""

from models.catalogue import ARCHITECTURES, Architecture, architecture, build
from models.files import from_bytes, to_bytes
from models.network import Sizes, is_causal, states
from models.student_t import StudentT, negative_log_likelihood

__all__ = [
    "ARCHITECTURES",
    "Architecture",
    "Sizes",
    "StudentT",
    "architecture",
    "build",
    "from_bytes",
    "is_causal",
    "negative_log_likelihood",
    "states",
    "to_bytes",
]
