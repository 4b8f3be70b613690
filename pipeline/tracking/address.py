"""The address of a tracking store: which kind of store it names, or what is wrong with it."""

from __future__ import annotations

import re
from enum import Enum
from pathlib import Path
from urllib.parse import urlsplit

from pipeline.errors import ConfigError
from pipeline.words import closest

FORMS = "give --tracking-uri as sqlite:///FILE or as the address of an MLflow server"
FILE = "sqlite:///"
ENGINES = ("mssql", "mysql", "postgresql")
"""Databases of servers that MLflow keeps runs in."""
OWN = ("databricks", "databricks-uc", "uc")
"""Further protocols that MLflow knows by itself."""
_HOST = re.compile(r"(localhost|[\w.-]+\.[\w.-]+|\[[\d:a-f]+\]):\d+(/.*)?")


class Kind(Enum):
    """What an address leads to."""

    file = "an SQLite file"
    database = "a database of a server"
    server = "an MLflow server"
    other = "what MLflow, or an addition to it, knows a way to"


def database(uri: str) -> Path | None:
    """Return the file of an SQLite tracking store, or None for another kind."""
    if not uri.startswith(FILE):
        return None
    return Path(uri.removeprefix(FILE).partition("?")[0]).absolute()


def check_address(uri: str) -> None:
    """Refuse what is no address of a tracking store, as `kind` does."""
    kind(uri)


def kind(uri: str) -> Kind:
    """Return what an address leads to; nothing is reached.

    Raises
    ------
    ConfigError
        If it is no address of a tracking store.
    """
    scheme, colon, rest = uri.partition(":")
    if uri in OWN:
        return Kind.other
    if not colon or not re.fullmatch(r"[A-Za-z][\w+.-]*", scheme) or _HOST.fullmatch(uri):
        raise _path(uri)
    engine = scheme.partition("+")[0]
    if scheme == "file":
        raise _path(re.sub(r"^//(?=/)", "", rest))
    if scheme.lower() == "sqlite":
        _check_file(uri, rest)
        return Kind.file
    if not rest.startswith("//") and scheme not in OWN:
        raise ConfigError(f"The tracking store {uri} is no address: {FORMS}.")
    if scheme.lower() in ("http", "https"):
        _check_host(uri)
        return Kind.server
    if engine in ENGINES:
        return Kind.database
    if scheme in OWN or scheme in _added():
        return Kind.other
    raise _unknown(uri, engine)


def _path(path: str) -> ConfigError:
    """Say that a path, or a host, is no address."""
    if _HOST.fullmatch(path):
        advice = f"if that is an MLflow server, give --tracking-uri as http://{path}"
        return ConfigError(f"The tracking store {path} lacks a protocol: {advice}.")
    folder = Path(path).is_dir() or path.endswith("/")
    what = "folder" if folder else "path"
    file = f"{path.rstrip('/')}/mlflow.db" if folder else path
    return ConfigError(
        f"The tracking store {path} is a {what}, and MLflow keeps runs in a database: give "
        f"--tracking-uri as {FILE}{file}."
    )


def _check_file(uri: str, rest: str) -> None:
    """Refuse an SQLite address that is not sqlite:///FILE."""
    path = rest.removeprefix("//") if uri.startswith("sqlite://") else rest
    if not uri.startswith(FILE):
        raise ConfigError(
            f"The tracking store {uri} has not the form {FILE}FILE, with three slashes before the "
            f"path: give --tracking-uri as {FILE}{path}."
        )
    if path.startswith("/file:"):
        raise ConfigError(
            f"The tracking store {uri} is an address within an address, which may be of a "
            f"database in memory: give --tracking-uri as {FILE}FILE, with a plain path."
        )


def _check_host(uri: str) -> None:
    """Refuse an address without a host, or with a port that there cannot be."""
    try:
        parts = urlsplit(uri)
        port = parts.port
    except ValueError as error:
        raise ConfigError(
            f"The tracking store {uri} has no port that there can be: mend the address, such as "
            "http://localhost:5000."
        ) from error
    if not parts.hostname or port == 0:
        missing = "host" if not parts.hostname else "port"
        raise ConfigError(
            f"The tracking store {uri} names no {missing}: write an address such as "
            "http://localhost:5000."
        )


def _added() -> set[str]:
    """Return the protocols that packages have added to MLflow."""
    from importlib.metadata import entry_points

    return {point.name for point in entry_points(group="mlflow.tracking_store")}


def _unknown(uri: str, scheme: str) -> ConfigError:
    """Say that a protocol is not known, and which was probably meant."""
    close = closest(scheme, ["sqlite", "http", "https", *ENGINES])
    meant = f"did you mean {close}://? Else {FORMS}" if close else FORMS
    return ConfigError(
        f"The tracking store {uri} has a protocol that MLflow does not know ({scheme}://): {meant}."
    )
