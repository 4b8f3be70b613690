"""Whether a tracking store can be used: found out within seconds, and without changing it."""

from __future__ import annotations

from pipeline.errors import SchemaError
from pipeline.tracking import file, server
from pipeline.tracking.address import Kind, database, kind
from pipeline.watch import Silence, Watch


def probe(
    uri: str, *, writing: bool = False, outdated: bool = False, watch: Watch | None = None
) -> bool:
    """Tell whether a tracking store is there; False if a run is to make it.

    Parameters
    ----------
    uri
        Its address.
    writing
        Whether it has to be fit to be written.
    outdated
        Whether its schema may be of an older MLflow.
    watch
        Told while a file that is locked is waited for.

    Raises
    ------
    ConfigError
        If it is no address of a tracking store, or a driver is missing.
    SchemaError
        If its schema is of an older MLflow.
    StoreError
        If it cannot be used for another reason, or is not MLflow's.
    """
    way = kind(uri)
    try:
        if way is Kind.file:
            place = database(uri)
            assert place is not None  # of this kind
            return file.found(uri, place, writing, watch or Silence())
        if way is Kind.database:
            return server.connected(uri)
        if way is Kind.server:
            server.answers(uri)
        return True
    except SchemaError:
        if not outdated:
            raise
        return True
