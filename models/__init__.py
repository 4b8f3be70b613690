"""Recurrent networks and distribution heads; they know nothing of firms, files or tracking.

Importing this package loads Keras.
"""

from models.attention import attention_weights
from models.catalogue import ARCHITECTURES, Architecture, architecture, build, sizes
from models.files import from_bytes, portable, to_bytes
from models.network import Sizes, is_causal, states
from models.seq2seq import in_training
from models.student_t import negative_log_likelihood, student_t

__all__ = [
    "ARCHITECTURES",
    "Architecture",
    "Sizes",
    "architecture",
    "attention_weights",
    "build",
    "from_bytes",
    "in_training",
    "is_causal",
    "negative_log_likelihood",
    "portable",
    "sizes",
    "states",
    "student_t",
    "to_bytes",
]
