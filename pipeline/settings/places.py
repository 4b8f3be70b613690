"""Places that are given as text: folders, and addresses."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator

_ONE_SLASH = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:/?(?!/)")
"""What begins as an address does, and is none; or as a folder of another system, on drive C:."""
_UNFILLED = re.compile(r"\$\{?\w")
"""A variable that no shell has filled in, as within single quotes or in YAML."""
_IN_MEMORY = re.compile(r"(sqlite:)?/{0,4}(:memory:)?")


def _folder(place: str) -> str:
    """Return a place with a leading ~ written out; refuse what is nearly an address."""
    if _ONE_SLASH.match(place):
        raise ValueError("neither a folder nor an address, which is written as s3://BUCKET/PREFIX")
    return _home(place)


def _local(place: str) -> str:
    """Return a folder of this machine; refuse an address."""
    if "://" in place:
        raise ValueError("an address, where a folder of this machine is meant")
    return _folder(place)


def _tracking(uri: str) -> str:
    """Return a tracking store's address; refuse one that forgets its runs."""
    if _IN_MEMORY.fullmatch(uri):
        raise ValueError("a database in memory, which forgets its runs; give sqlite:///FILE")
    kind, slashes, file = uri.partition("sqlite:///")
    return f"{kind}{slashes}{_home(file)}" if slashes else uri


def _home(place: str) -> str:
    """Return a place with the home folder written out."""
    if variable := _UNFILLED.search(place):
        raise ValueError(
            f"a place with a variable ({place[variable.start() :]}) that nothing fills in here; "
            "write the place out"
        )
    if not place.startswith("~"):
        return place
    try:
        return str(Path(place).expanduser())
    except RuntimeError as error:
        raise ValueError("of a user who has no home here; write the folder out") from error


Folder = Annotated[str, AfterValidator(_folder)]
"""A folder, or the address of an object store."""
LocalFolder = Annotated[str, AfterValidator(_local)]
"""A folder of this machine."""
Tracking = Annotated[str, AfterValidator(_tracking)]
"""Where MLflow keeps runs."""
