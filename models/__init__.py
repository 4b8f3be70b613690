"""Recurrent networks and distribution heads; they know nothing of firms, files or tracking.

Importing this package loads Keras.
"""

from models.catalogue import ARCHITECTURES, Architecture, architecture, build
from models.files import from_bytes, to_bytes
from models.network import Sizes, is_causal, states
from models.student_t import negative_log_likelihood, student_t

__all__ = [
    "ARCHITECTURES",
    "Architecture",
    "Sizes",
    "architecture",
    "build",
    "from_bytes",
    "is_causal",
    "negative_log_likelihood",
    "states",
    "student_t",
    "to_bytes",
]
