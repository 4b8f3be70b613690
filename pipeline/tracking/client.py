"""MLflow's tracking store: opened, and its refusals told in one sentence."""

from __future__ import annotations

import fcntl
import logging
import re
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from functools import wraps
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from pipeline.errors import ConfigError, SchemaError, StoreError

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


def database(uri: str) -> Path | None:
    """Return the file of an SQLite tracking store, or None for another kind."""
    return Path(uri.removeprefix("sqlite:///")).absolute() if uri.startswith("sqlite:///") else None


def open_client(uri: str) -> Any:
    """Open a tracking store, making an SQLite file's folder and schema if need be."""
    file = database(uri)
    try:
        if file is not None:
            file.parent.mkdir(parents=True, exist_ok=True)
        return _client(uri, file)
    except OSError as error:
        raise StoreError(
            f"The tracking store {uri} cannot be written ({error.strerror or error}): choose "
            "another --tracking-uri or mend its permissions."
        ) from error


def _client(uri: str, file: Path | None) -> Any:
    """Return a client whose store answers."""
    from mlflow import MlflowClient
    from mlflow.exceptions import MlflowException
    from sqlalchemy.exc import SQLAlchemyError

    for chatty in ("mlflow", "alembic"):
        logging.getLogger(chatty).setLevel(logging.CRITICAL)  # what fails is told by `told`
    try:
        # Two processes that make the schema at once would break it: one at a time.
        with file.with_suffix(".lock").open("w") if file else nullcontext() as lock:
            if lock is not None:
                fcntl.flock(lock, fcntl.LOCK_EX)
            client = MlflowClient(tracking_uri=uri)
            client.search_experiments(max_results=1)
            return client
    except (MlflowException, SQLAlchemyError, ImportError) as error:
        reason = _reason(error)
        if "out-of-date database schema" in str(error):
            raise SchemaError(
                f"The tracking store {uri} was made by another version of MLflow ({reason}): bring "
                "it up to date with `firmament daily --step upgrade`, which keeps a copy."
            ) from error
        kind = ConfigError if "://" not in uri else StoreError
        raise kind(
            f"The tracking store {uri} cannot be used ({reason}): give --tracking-uri as "
            "sqlite:///FILE or as the address of an MLflow server."
        ) from error


def _reason(error: Exception) -> str:
    """Return the first sentence of an error."""
    return re.split(r"\n|\.\s|\.$", str(error).strip())[0]


def artifacts_of(uri: str) -> str | None:
    """Return where artifacts of an SQLite store lie; a server knows for itself."""
    file = database(uri)
    return None if file is None else (file.parent / "artifacts").as_uri()
