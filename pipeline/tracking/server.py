"""Tracking stores that are elsewhere: MLflow servers, and databases of servers."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from pipeline.errors import ConfigError, StoreError
from pipeline.tracking.address import FORMS
from pipeline.tracking.revision import NOTED, judged

if TYPE_CHECKING:
    from sqlalchemy.engine import Engine

CONNECT = 5.0
"""Seconds in which a server must answer."""
QUESTION = "api/2.0/mlflow/experiments/search"
"""What every MLflow server answers, whatever it holds."""
DRIVERS = {"psycopg2": "psycopg2-binary", "MySQLdb": "mysqlclient"}
"""Packages that are called otherwise than their modules."""
PORTS = {"postgresql": 5432, "mysql": 3306, "mssql": 1433}
ANOTHER = "or give another --tracking-uri"


def answers(uri: str) -> None:
    """Make sure that an MLflow server answers.

    One that asks who we are does: MLflow tells it, and what it refuses, later.

    Raises
    ------
    StoreError
        If nothing answers, or something else.
    """
    import requests

    insecure = os.environ.get("MLFLOW_TRACKING_INSECURE_TLS", "").lower() in ("true", "1")
    verify = os.environ.get("MLFLOW_TRACKING_SERVER_CERT_PATH") or not insecure
    address = f"{uri.rstrip('/')}/{QUESTION}"
    try:
        answer = requests.get(
            address, {"max_results": 1}, headers=_token(), timeout=CONNECT, verify=verify
        )
        known = answer.ok and isinstance(answer.json(), dict)
    except requests.Timeout as error:
        raise StoreError(
            f"The MLflow server at {uri} has not answered within {CONNECT:.0f} seconds: check the "
            f"address and the server, {ANOTHER}."
        ) from error
    except requests.exceptions.SSLError as error:
        raise StoreError(
            f"The server at {uri} does not speak TLS with a certificate that is trusted here: "
            "check the address, http:// or https://, and MLFLOW_TRACKING_SERVER_CERT_PATH."
        ) from error
    except requests.ConnectionError as error:
        if "NameResolution" in repr(error):
            why = ", whose host is not known: mend the address"
        else:
            why = ": start it there, or mend the address"
        raise StoreError(f"No MLflow server answers at {uri}{why}, {ANOTHER}.") from error
    except ValueError:  # no JSON
        known = False
    if known or answer.status_code in (401, 403):
        return
    if answer.status_code >= 500:
        raise StoreError(
            f"The MLflow server at {uri} answers with an error (status {answer.status_code}): see "
            f"its log, {ANOTHER}."
        )
    raise StoreError(
        f"What answers at {uri} is no MLflow server (status {answer.status_code}): mend the "
        f"address, {ANOTHER}."
    )


def _token() -> dict[str, str]:
    """Return who we are, as MLflow says it to a server."""
    from requests.auth import _basic_auth_str

    name = os.environ.get("MLFLOW_TRACKING_USERNAME")
    if name is not None:
        password = os.environ.get("MLFLOW_TRACKING_PASSWORD", "")
        return {"Authorization": _basic_auth_str(name, password)}
    token = os.environ.get("MLFLOW_TRACKING_TOKEN")
    return {"Authorization": f"Bearer {token}"} if token else {}


def connected(uri: str) -> bool:
    """Tell whether a database has MLflow's tables; False if it is empty.

    Raises
    ------
    ConfigError
        If its driver is not installed, or the address is none.
    StoreError
        If it does not answer, or is not MLflow's.
    """
    with _engine(uri) as engine:
        from sqlalchemy import MetaData, Table, inspect, select
        from sqlalchemy.exc import SQLAlchemyError

        _reach(uri, engine)
        try:
            tables = set(inspect(engine).get_table_names())
            revision = None
            if NOTED in tables:
                noted = Table(NOTED, MetaData(), autoload_with=engine)
                with engine.connect() as opened:
                    revision = opened.execute(select(noted)).scalar()
        except SQLAlchemyError as error:
            said = " ".join(str(getattr(error, "orig", None) or error).split())
            raise StoreError(
                f"The tracking store {uri} refuses us ({said[:200].rstrip('.')}): check user, "
                f"password and the database's name, {ANOTHER}."
            ) from error
    return judged(uri, tables, revision)


@contextmanager
def _engine(uri: str) -> Iterator[Engine]:
    """Give what reaches a database, and let go of it."""
    from sqlalchemy import create_engine
    from sqlalchemy.exc import ArgumentError, NoSuchModuleError
    from sqlalchemy.pool import NullPool

    try:
        engine = create_engine(uri, poolclass=NullPool)
    except NoSuchModuleError as error:
        raise ConfigError(
            f"The tracking store {uri} names a driver that SQLAlchemy does not know: leave it out, "
            f"as in {uri.partition('+')[0]}://…, {ANOTHER}."
        ) from error
    except ImportError as error:
        package = DRIVERS.get(error.name or "", error.name)
        raise ConfigError(
            f"The tracking store {uri} needs the driver {error.name}, which is not installed: "
            f"install it with `pip install {package}`, {ANOTHER}."
        ) from error
    except (ArgumentError, ValueError) as error:
        raise ConfigError(f"The tracking store {uri} is no address: {FORMS}.") from error
    try:
        yield engine
    finally:
        engine.dispose()


def _reach(uri: str, engine: Any) -> None:
    """Make sure that something listens where a database should be; drivers wait for minutes."""
    url = engine.url
    if not url.host or url.host.startswith("/"):
        return
    port = url.port or PORTS[url.get_backend_name()]
    try:
        socket.create_connection((url.host, port), CONNECT).close()
    except OSError as error:
        raise StoreError(
            f"No database answers at {url.host}:{port}, where the tracking store {uri} is "
            f"({error.strerror or error}): start it there, or mend the address, {ANOTHER}."
        ) from error
