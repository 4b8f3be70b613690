"""What is checked before any work: it takes milliseconds, and nothing is changed.

That the store can be written is proved by whoever opens it, which comes next.
"""

from __future__ import annotations

from models.backend import MISSING, backend, installed
from pipeline.errors import ConfigError
from pipeline.run.space import check_space
from pipeline.settings.settings import Settings
from pipeline.tracking import check_address, probe
from pipeline.watch import Watch


def check_backend() -> None:
    """Refuse to work without what Keras is told to run on.

    Raises
    ------
    ConfigError
        If it is not installed.
    """
    if not installed(backend()):
        raise ConfigError(MISSING.format(backend()))


def check_ready(
    settings: Settings, watch: Watch, *, tracked: bool = True, outdated: bool = False
) -> None:
    """Refuse what could not be brought to its end.

    Parameters
    ----------
    settings
        The configuration.
    watch
        Told while a tracking store that is locked is waited for.
    tracked
        Whether the tracking store is used; else its address is read, no more.
    outdated
        Whether its schema may be of an older MLflow, to be brought up to date.

    Raises
    ------
    ConfigError
        If the address of the tracking store is none, or Keras's backend is not installed.
    StoreError
        If the tracking store cannot be used, or a disk is all but full.
    """
    check_backend()
    if tracked:
        probe(settings.tracking_uri, writing=True, outdated=outdated, watch=watch)
    else:
        check_address(settings.tracking_uri)
    check_space(settings)
