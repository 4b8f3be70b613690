"""Where the outputs of stages and the records of runs lie: whole or not at all."""

from __future__ import annotations

from pathlib import Path

from pipeline.store import disk
from pipeline.store.formats import read
from pipeline.store.local import Store
from pipeline.store.records import (
    ANSWER,
    DAYS,
    EDITION,
    LATEST,
    PUBLISHED,
    RUNS,
    STUDIES,
    made,
)

__all__ = [
    "ANSWER",
    "DAYS",
    "EDITION",
    "LATEST",
    "PUBLISHED",
    "RUNS",
    "STUDIES",
    "Store",
    "disk",
    "made",
    "open_store",
    "read",
]


def open_store(root: str | Path, mirror_root: str | Path = "data/mirror") -> Store:
    """Return the store at a place; nothing is made or reached yet.

    Parameters
    ----------
    root
        A local folder, or an address such as ``s3://bucket/prefix``.
    mirror_root
        Folder in which this machine keeps copies of what it reads from an address.

    Raises
    ------
    ConfigError
        If it is an address of no known kind, or the package for it is missing.
    """
    if "://" not in str(root):
        return Store(root)
    from pipeline.store.remote import RemoteStore

    return RemoteStore(str(root), mirror_root)
