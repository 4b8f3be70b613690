"""The only package, beside `registry`, that talks to MLflow: runs, their store, its UI."""

from pipeline.tracking.client import database, told
from pipeline.tracking.glance import glance
from pipeline.tracking.tags import CLAIM, FINGERPRINT, PARENT, code_version
from pipeline.tracking.tracker import Tracker, existing

__all__ = [
    "CLAIM",
    "FINGERPRINT",
    "PARENT",
    "Tracker",
    "code_version",
    "database",
    "existing",
    "glance",
    "told",
]
