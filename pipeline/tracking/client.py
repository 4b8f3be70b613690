"""MLflow's tracking store: opened, and its refusals told in one sentence."""

from __future__ import annotations

import fcntl
import logging
import re
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from pipeline.errors import StoreError
from pipeline.tracking.address import FILE, FORMS, database
from pipeline.tracking.file import ARTIFACTS
from pipeline.tracking.probe import probe

P = ParamSpec("P")
R = TypeVar("R")


def told(method: Callable[P, R]) -> Callable[P, R]:
    """Turn a tracking store's refusal into one clear sentence."""

    @wraps(method)
    def tell(*arguments: P.args, **options: P.kwargs) -> R:
        from mlflow.exceptions import MlflowException
        from sqlalchemy.exc import SQLAlchemyError

        try:
            with _undisturbed(getattr(arguments[0], "uri", "") if arguments else ""):
                return method(*arguments, **options)
        except (MlflowException, SQLAlchemyError, OSError) as error:
            raise StoreError(
                f"The tracking store failed while it was written ({_reason(error)}): free or mend "
                "it, or give another --tracking-uri. Finished stages are kept; run again."
            ) from error

    return tell


@contextmanager
def _undisturbed(uri: str) -> Iterator[None]:
    """Hold interruptions back while an SQLite file is written, which is soon done.

    One that came within a transaction would leave the file locked to all that is still to be
    told of the run. A server is waited for longer, and cannot be locked.
    """
    if not uri.startswith("sqlite:") or threading.current_thread() is not threading.main_thread():
        yield
        return
    came: list[int] = []
    numbers = (signal.SIGINT, signal.SIGTERM)
    # Not by blocking them: another thread of a library's would be sent them instead.
    before = {n: signal.signal(n, lambda number, _: came.append(number)) for n in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        for held in came:
            signal.raise_signal(held)


def open_client(uri: str, *, writing: bool = True) -> Any:
    """Open a tracking store, making an SQLite file with its folder if there is none.

    Raises
    ------
    ConfigError, StoreError
        As of `probe`, or what MLflow says.
    """
    there = probe(uri, writing=writing)
    file = database(uri)
    try:
        if file is not None and not there:
            _make(uri, file)
        return _client(uri)
    except OSError as error:
        raise StoreError(
            f"The tracking store {uri} cannot be written ({error.strerror or error}): choose "
            "another --tracking-uri or mend its permissions."
        ) from error


def _make(uri: str, file: Path) -> None:
    """Make a database with MLflow's tables, whole or not at all.

    Its tables are laid out one after another. One that was left in between would look as if it was
    made by an older MLflow, so it is made beside its place and renamed.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_name(f"{file.name}.unfinished")
    # Two processes that make it at once would break it: one at a time.
    with file.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if probe(uri):
            return
        draft.unlink(missing_ok=True)
        try:
            _client(f"{FILE}{draft}")
            draft.replace(file)
        finally:
            draft.unlink(missing_ok=True)


def _client(uri: str) -> Any:
    """Return a client whose store answers."""
    from mlflow import MlflowClient
    from mlflow.exceptions import MlflowException
    from sqlalchemy.exc import SQLAlchemyError

    for chatty in ("mlflow", "alembic"):
        logging.getLogger(chatty).setLevel(logging.CRITICAL)  # what fails is told by `told`
    try:
        client = MlflowClient(tracking_uri=uri)
        client.search_experiments(max_results=1)
        return client
    except (MlflowException, SQLAlchemyError, ImportError) as error:
        raise StoreError(
            f"The tracking store {uri} cannot be used ({_reason(error)}): mend it, or {FORMS}."
        ) from error


def _reason(error: Exception) -> str:
    """Return the first sentence of an error."""
    return re.split(r"\n|\.\s|\.$", str(error).strip())[0]


def artifacts_of(uri: str) -> str | None:
    """Return where artifacts of an SQLite store lie; a server knows for itself."""
    file = database(uri)
    return None if file is None else (file.parent / ARTIFACTS).as_uri()
