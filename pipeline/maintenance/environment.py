"""Whether this machine is fit for a run: Python, packages, backend, space."""

from __future__ import annotations

import os
import platform
import shutil
from importlib.metadata import Distribution, PackageNotFoundError, distribution, version
from importlib.util import find_spec
from pathlib import Path

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from pipeline.maintenance.finding import FAULT, OK, WARNING, Finding
from pipeline.settings.settings import Settings
from pipeline.store import disk, open_store
from pipeline.tracking import database
from pipeline.words import plural

LEAST = 5.0
"""GiB that a disk should have free: several runs of some hundred firms."""
NEEDED = 0.25
"""GiB without which not even a run of the sample ends."""
GIB = 2**30


def environment(settings: Settings) -> list[Finding]:
    """Check Python, the packages that firmament asks for, Keras's backend and the disks."""
    return [*_packages(), _backend(), *_space(settings)]


def _packages() -> list[Finding]:
    """Compare what is installed with what firmament says that it needs; nothing is imported."""
    try:
        own = distribution("firmament")
    except PackageNotFoundError:
        sentence = (
            "firmament is not installed as a package, so that nothing says what it needs: install "
            "it with `make run`, or `pip install -e .` in its folder."
        )
        return [Finding(WARNING, "packages", sentence)]
    return [_python(own), *_requirements(own)]


def _python(own: Distribution) -> Finding:
    running, asked = platform.python_version(), own.metadata["Requires-Python"] or ""
    if SpecifierSet(asked).contains(running, prereleases=True):
        return Finding(OK, "python", f"Python {running} is in {asked}.")
    sentence = f"Python {running} is not in {asked}: set up the environment with one that is."
    return Finding(FAULT, "python", sentence)


def _requirements(own: Distribution) -> list[Finding]:
    asked = [Requirement(text) for text in own.requires or []]
    needed = [one for one in asked if one.marker is None or one.marker.evaluate({"extra": ""})]
    wrong = [sentence for one in needed if (sentence := lacking(one))]
    if wrong:
        return [Finding(FAULT, "packages", sentence) for sentence in wrong]
    sentence = f"{plural(len(needed), 'package')} that firmament needs are installed and fit."
    return [Finding(OK, "packages", sentence)]


def lacking(asked: Requirement) -> str | None:
    """Say what is wrong with an installed package, if anything."""
    mend = "install what requirements.txt pins"
    try:
        found = version(asked.name)
    except PackageNotFoundError:
        return f"{asked.name} is not installed: {mend}."
    if asked.specifier.contains(found, prereleases=True):
        return None
    return f"{asked.name} is {found}, but firmament needs {asked.specifier}: {mend}."


def _backend() -> Finding:
    """Look for the package behind Keras; to load it would take longer than all else here."""
    name = os.environ.get("KERAS_BACKEND", "tensorflow")
    if find_spec(name) is not None:
        return Finding(OK, "backend", f"Keras's backend {name} is installed (it was not loaded).")
    sentence = f"Keras's backend {name} is not installed: install it, or mend KERAS_BACKEND."
    return Finding(FAULT, "backend", sentence)


def _space(settings: Settings) -> list[Finding]:
    """Measure the disks of the store and of the tracking store's file, once if it is one disk."""
    places = {"store": open_store(settings.data_root, settings.mirror_root).root}
    file = database(settings.tracking_uri)
    if file is not None:
        places["tracking store"] = file
    disks: dict[int, tuple[str, Path]] = {}
    for what, place in places.items():
        there = next(path for path in (place, *place.parents) if disk.exists(path))
        disks.setdefault(there.stat().st_dev, (what, there))
    return [_free(what, there) for what, there in disks.values()]


def _free(what: str, there: Path) -> Finding:
    usage = shutil.disk_usage(there)
    free = f"{usage.free / GIB:.1f} GiB are free on the disk of the {what} ({there})"
    if usage.free >= LEAST * GIB:
        return Finding(OK, "space", f"{free}.")
    mend = "`firmament clean --older-than DAYS` removes outputs that are no longer used"
    if usage.free >= NEEDED * GIB:
        return Finding(WARNING, "space", f"{free}, less than {LEAST:g} GiB: {mend}.")
    sentence = f"{free}, and a run needs at least {NEEDED:g} GiB: free some; {mend}."
    return Finding(FAULT, "space", sentence)
