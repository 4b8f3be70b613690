"""What is answered from: the outputs of one run, and how a service follows what is published."""

from __future__ import annotations

import hashlib
import json
import time
from functools import cached_property
from threading import Lock
from typing import Any

import pandas as pd

from pipeline import __version__
from pipeline.errors import FirmamentError
from pipeline.outputs import Ingested, Studied
from pipeline.run.finished import Finished, listed
from pipeline.similarity.asking.ready import ReadyPeers
from pipeline.store import Store

LOOK = 1.0
"""Seconds after which it is looked whether another edition was published."""


class Edition:
    """One run's outputs, opened: every answer comes from one edition as a whole.

    Parameters
    ----------
    store : Store
        Where they are.
    record : dict
        The run's record, as `Store.run` gives it.

    Raises
    ------
    FirmamentError
        Where the run compared no firms, or what it left is damaged.
    """

    def __init__(self, store: Store, record: dict[str, Any]) -> None:
        self._run, self.record = Finished(store, record), record
        self.peers = ReadyPeers.of(store, record)
        self.name = named(record)

    @cached_property
    def forecasts(self) -> pd.DataFrame:
        """As `Foreseen.forecasts`."""
        return self._run.forecasts

    @cached_property
    def growth(self) -> dict[str, Any]:
        """How growth was taken: the section `growth` of the settings."""
        return self._run.growth_settings

    @cached_property
    def studied(self) -> Studied:
        """What the run's study found."""
        return self._run.studied

    @cached_property
    def quality(self) -> dict[str, Any]:
        """What was counted and mended in the prices."""
        quality: dict[str, Any] = self._run.made(Ingested, "ingest", "read prices").quality
        return quality


class Editions:
    """The edition that answers now: of one run, or of what is published, or else the latest run.

    Parameters
    ----------
    store : Store
        Looked at again after `LOOK` seconds. While another edition is opened, and where it
        cannot be, the one before goes on answering.
    run_id : str, optional
        The run to answer from, as `Store.run` takes it.
    """

    def __init__(self, store: Store, run_id: str | None = None) -> None:
        self._store, self._run_id = store, run_id
        self._lock, self._looked = Lock(), -LOOK
        self._edition: Edition | None = None
        self.trouble = ""
        """Why the newest edition could not be opened."""

    def current(self) -> Edition:
        """Return the edition that answers.

        Raises
        ------
        FirmamentError
            Where there never was one that could be opened.
        """
        if (fresh := self.fresh()) is not None:
            return fresh
        edition = self._edition
        if not self._lock.acquire(blocking=edition is None):
            assert edition is not None  # else the lock was waited for
            return edition
        try:
            return self._newest()
        finally:
            self._lock.release()

    def fresh(self) -> Edition | None:
        """Return the edition that answers, unless it is to be looked whether there is another."""
        return self._edition if time.monotonic() - self._looked < LOOK else None

    def runs(self) -> pd.DataFrame:
        """List the runs that can be asked, as `pipeline.run.finished.listed` does."""
        return listed(self._store)

    def _newest(self) -> Edition:
        """Open what is newer than the edition that is open, if anything is."""
        if (fresh := self.fresh()) is not None:
            return fresh
        held = self._edition
        try:
            record = self._store.run(self._run_id)
            if held is None or named(record) != held.name:
                self._edition = Edition(self._store, record)
            self.trouble = ""
        except FirmamentError as error:
            self.trouble = str(error)
            if held is None:
                raise
        self._looked = time.monotonic()
        assert self._edition is not None
        return self._edition


class Lasting(Editions):
    """Editions of which the first goes on answering, whatever is published meanwhile."""

    def fresh(self) -> Edition | None:
        """Return the edition that answers, once there is one."""
        return self._edition


def named(record: dict[str, Any]) -> str:
    """Return a name that no other edition has, nor the same one told by another version."""
    told = json.dumps([__version__, record], sort_keys=True, default=str)
    return hashlib.sha256(told.encode()).hexdigest()[:16]
