"""The disks that a run writes to, and what is free on them."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import StoreError
from pipeline.settings.settings import Settings
from pipeline.store import open_store
from pipeline.tracking import database

GIB = 2**30
NEED = 0.25
"""GiB without which no run begins: what one of some dozen firms takes."""
FREE = (
    "free some space, as `firmament clean --older-than DAYS` does, or choose another --data-root "
    "or --tracking-uri"
)
"""What is to be done about a full disk."""


@dataclass(frozen=True)
class Disk:
    """A disk that something of a run lies on."""

    what: str
    """What lies on it."""
    place: Path
    """The folder of it, or the nearest that is there."""
    free: float
    """GiB."""

    def __str__(self) -> str:
        return f"{self.free:.1f} GiB are free on the disk of the {self.what} ({self.place})"


def disks(settings: Settings) -> list[Disk]:
    """Measure the disks of the store and of the tracking store's file, once if it is one disk.

    Raises
    ------
    StoreError
        If a place may not be looked at.
    """
    places = {"store": open_store(settings.data_root, settings.mirror_root).root}
    file = database(settings.tracking_uri)
    if file is not None:
        places["tracking store"] = file
    found: dict[int, Disk] = {}
    for what, place in places.items():
        try:
            there = next(path for path in (place, *place.parents) if path.exists())
            usage = shutil.disk_usage(there)
            if usage.total:  # else it is no disk, such as /proc
                found.setdefault(there.stat().st_dev, Disk(what, there, usage.free / GIB))
        except OSError as error:
            raise StoreError(
                f"The {what} at {place} cannot be reached ({error.strerror or error}): mend the "
                "permissions of its folders, or choose another place."
            ) from error
    return list(found.values())


def check_space(settings: Settings) -> None:
    """Refuse to begin on a disk that is all but full.

    Raises
    ------
    StoreError
        If one is.
    """
    for disk in disks(settings):
        if disk.free < NEED:
            raise StoreError(f"{disk}, and a run needs {NEED:g} GiB: {FREE}.")
