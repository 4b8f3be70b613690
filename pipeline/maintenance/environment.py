"""Whether this machine is fit for a run: Python, packages, backend, space."""

from __future__ import annotations

import platform
from importlib.metadata import Distribution, PackageNotFoundError, distribution, version

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from models.backend import MISSING, backend, installed
from pipeline.errors import StoreError
from pipeline.maintenance.finding import FAULT, OK, WARNING, Finding
from pipeline.run.space import FREE, NEED, Disk, disks
from pipeline.settings.settings import Settings
from pipeline.words import plural

LEAST = 5.0
"""GiB that a disk should have free: several runs of some hundred firms."""


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
    name = backend()
    if installed(name):
        return Finding(OK, "backend", f"Keras's backend {name} is installed (it was not loaded).")
    return Finding(FAULT, "backend", MISSING.format(name))


def _space(settings: Settings) -> list[Finding]:
    """Tell how full the disks are."""
    try:
        return [_free(disk) for disk in disks(settings)]
    except StoreError as error:
        return [Finding(FAULT, "space", str(error))]


def _free(disk: Disk) -> Finding:
    if disk.free < NEED:
        return Finding(FAULT, "space", f"{disk}, and a run needs {NEED:g} GiB: {FREE}.")
    if disk.free >= LEAST:
        return Finding(OK, "space", f"{disk}.")
    sentence = (
        f"{disk}, less than {LEAST:g} GiB: `firmament clean --older-than DAYS` removes outputs "
        "that are no longer used."
    )
    return Finding(WARNING, "space", sentence)
