"""Where the outputs of stages and the records of runs lie: whole or not at all."""

from __future__ import annotations

from pathlib import Path

from pipeline.errors import StoreError
from pipeline.store.formats import read
from pipeline.store.local import PUBLISHED, Store

__all__ = ["PUBLISHED", "Store", "open_store", "read"]


def open_store(root: str | Path) -> Store:
    """Return the store at a place; nothing is made or reached yet.

    Parameters
    ----------
    root
        A local folder.

    Raises
    ------
    StoreError
        If it is an address.
    """
    if "://" in str(root):
        raise StoreError(
            f"data_root {str(root)!r} is an address, but the store is a folder: give a local path."
        )
    return Store(root)
