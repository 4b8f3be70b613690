"""Whether a database is MLflow's, and of which version: told from its tables, without MLflow.

To let MLflow find out would take seconds, and where its tables are missing it makes them.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import cache
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from pipeline.errors import SchemaError, StoreError
from pipeline.words import shown

TABLES = frozenset({"experiments", "metrics", "params", "runs", "tags"})
"""Tables that MLflow has had from its first version."""
NOTED = "alembic_version"
"""The table that holds the revision of the schema."""


def judged(uri: str, tables: Collection[str], revision: str | None) -> bool:
    """Tell whether a database has the tables of this MLflow; False if it is empty.

    Parameters
    ----------
    uri
        Where it is.
    tables
        Names of all its tables.
    revision
        What `NOTED` holds.

    Raises
    ------
    SchemaError
        If its schema is of an older MLflow.
    StoreError
        If it is not MLflow's, or of a newer MLflow.
    """
    own = {name for name in tables if not name.startswith(("sqlite_", "alembic_"))}
    if not own and (revision is None or _known(revision)):
        return False
    if not own >= TABLES:
        held = f"tables of its own ({shown(sorted(own))})" if own else "another program's notes"
        raise StoreError(
            f"The tracking store {uri} is a database with {held}, none of MLflow's: nothing was "
            "made in it; give --tracking-uri another file, which is made if it is not there."
        )
    if revision is not None and not _known(revision):
        raise StoreError(
            f"The tracking store {uri} was made by a newer MLflow (its schema is {revision}) than "
            f"the {version('mlflow')} installed here, which is too old for it: install the newer "
            "one, or give another --tracking-uri."
        )
    if revision is None or _followed(revision):
        raise SchemaError(
            f"The tracking store {uri} was made by an older version of MLflow (its schema is "
            f"{revision or 'without a number'}): bring it up to date with `firmament daily --step "
            "upgrade`, which keeps a copy."
        )
    return True


def _revisions() -> Path:
    """Return the folder of MLflow's migrations, a file a revision."""
    found = find_spec("mlflow")
    (package,) = found.submodule_search_locations  # type: ignore[union-attr, misc]
    return Path(package) / "store" / "db_migrations" / "versions"


@cache
def _known(revision: str) -> bool:
    """Tell whether this MLflow has heard of a revision."""
    return any(path.name.startswith(f"{revision}_") for path in _revisions().glob("*.py"))


@cache
def _followed(revision: str) -> bool:
    """Tell whether a revision comes after this one, so that it is not the newest."""
    line = re.compile(rf"^down_revision\b.*[\"']{re.escape(revision)}[\"']", re.MULTILINE)
    return any(line.search(path.read_text("utf-8")) for path in _revisions().glob("*.py"))
