"""The only package, beside `registry`, that talks to MLflow: runs, their store, its UI."""

from pipeline.tracking.address import check_address, database
from pipeline.tracking.client import told
from pipeline.tracking.dataset import Dataset
from pipeline.tracking.file import check_content
from pipeline.tracking.glance import glance
from pipeline.tracking.model import NOTE
from pipeline.tracking.probe import probe
from pipeline.tracking.tags import CLAIM, FINGERPRINT, PARENT, code_version
from pipeline.tracking.tracker import Tracker, existing

__all__ = [
    "CLAIM",
    "FINGERPRINT",
    "NOTE",
    "PARENT",
    "Dataset",
    "Tracker",
    "check_address",
    "check_content",
    "code_version",
    "database",
    "existing",
    "glance",
    "probe",
    "told",
]
