"""The registered forecasters: which there are, and which is champion or challenger."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from pipeline.errors import InputError
from pipeline.tracking import Tracker, told

FORECASTER = "firmament-forecaster"
"""Name of the registered model."""
CHALLENGER = "challenger"
"""Alias of the version that was registered last by a run that ended well."""
CHAMPION = "champion"
"""Alias of the version that published forecasts and peers are of."""
LOGGED = "models:/"
"""What the source of a version begins with that was made from a logged model."""
TRAININGS = "trainings"
"""Artifacts of a version's run: the outputs of `train` behind it, a folder a seed."""


@dataclass(frozen=True)
class Version:
    """One registered forecaster."""

    number: str
    run_id: str
    """The run that it was registered by, which has its trainings."""
    tags: dict[str, str] = field(default_factory=dict)
    model_id: str = ""
    """MLflow's logged model behind it, if it was made from one."""

    @property
    def day(self) -> date:
        """The last day of the prices that it was made with.

        Raises
        ------
        InputError
            If nothing says so.
        """
        try:
            return date.fromisoformat(self.tags["date"])
        except (KeyError, ValueError) as error:
            raise InputError(
                f"Version {self.number} of {FORECASTER} does not say which day it is of: it was "
                f"not registered by this firmament. Give the alias {CHAMPION} to another version."
            ) from error


@told
def aliased(tracker: Tracker, alias: str) -> Version | None:
    """Return the version that has an alias."""
    from mlflow.exceptions import MlflowException

    try:
        return _version(tracker.client.get_model_version_by_alias(FORECASTER, alias))
    except MlflowException as error:
        # A model without the alias is an invalid parameter, one that was never registered missing.
        if error.error_code in ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"):
            return None
        raise


@told
def registered_by(tracker: Tracker, run_id: str) -> Version | None:
    """Return the newest version that a run registered."""
    found = tracker.client.search_model_versions(f"run_id='{run_id}'")
    own = [version for version in found if version.name == FORECASTER]
    return _version(max(own, key=lambda version: int(version.version))) if own else None


@told
def listed(tracker: Tracker) -> dict[str, Version]:
    """Return all versions that there are, by number."""
    versions: dict[str, Version] = {}
    token = None
    while True:
        page = tracker.client.search_model_versions(f"name='{FORECASTER}'", page_token=token)
        versions |= {str(found.version): _version(found) for found in page}
        token = page.token
        if not token:
            return versions


@told
def tagged(tracker: Tracker, model: str, tag: str, value: str) -> Version | None:
    """Return the newest version of a registered model that has a tag."""
    found = tracker.client.search_model_versions(f"name='{model}'")
    own = [version for version in found if version.tags.get(tag) == value]
    return _version(max(own, key=lambda version: int(version.version))) if own else None


@told
def numbered(tracker: Tracker, number: str) -> Version:
    """Return a version by its number."""
    return _version(tracker.client.get_model_version(FORECASTER, number))


@told
def give_alias(tracker: Tracker, alias: str, number: str) -> None:
    """Give an alias to a version, and take it from any other."""
    tracker.client.set_registered_model_alias(FORECASTER, alias, number)


@told
def withdraw(tracker: Tracker, run_ids: Iterable[str]) -> None:
    """Take back the versions of runs that did not end: nobody shall take them for results."""
    for run_id in run_ids:
        for found in tracker.client.search_model_versions(f"run_id='{run_id}'"):
            if found.name == FORECASTER:
                tracker.client.delete_model_version(FORECASTER, found.version)


@told
def trainings(tracker: Tracker, version: Version, part: str, folder: Path) -> Path:
    """Fetch a part of a version's trainings into a folder, and return where it lies."""
    got = tracker.client.download_artifacts(version.run_id, f"{TRAININGS}/{part}", str(folder))
    return Path(got)


def _version(found: Any) -> Version:
    # MLflow's own field for the model's id is not kept by its databases.
    model = found.source.removeprefix(LOGGED) if found.source.startswith(LOGGED) else ""
    return Version(str(found.version), found.run_id, dict(found.tags), model)
