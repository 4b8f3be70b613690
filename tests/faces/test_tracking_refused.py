"""Tracking stores that are none are refused before any work, and left as they are."""

from __future__ import annotations

import socket
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from command import Place, lay_out_tracking
from refusals import Case, contents, fresh, refused, table

PLACES = ("--data-root", "{store}", "--tracking-uri")
SOURCE = ("--source", "files:{prices}")
TRACKING = "{tracking}"
RUN = ("run", *SOURCE, *PLACES)
STAGE = ("stage", "ingest", *SOURCE, *PLACES)
COMPARE = ("compare", *SOURCE, *PLACES)
DAILY = ("daily", "--date", "2016-07-14", *SOURCE, *PLACES)
UI = ("ui", "--tracking-uri")
HISTORY = ("registry", "history", "--tracking-uri")
ROLLBACK = ("registry", "rollback", *SOURCE, *PLACES)


def database(place: Place) -> Path:
    """Where a place's tracking store is, or would be."""
    file = place.folder / "mlruns" / "mlflow.db"
    file.parent.mkdir(exist_ok=True)
    return file


def empty(place: Place) -> None:
    database(place).touch()


def text(place: Place) -> None:
    database(place).write_text("Dear diary, today I tracked nothing.\n" * 100)


def foreign(place: Place) -> None:
    tell(database(place), "CREATE TABLE customers (name TEXT)", "INSERT INTO customers VALUES (1)")


def migrated(place: Place) -> None:
    """A database of another program that notes its revisions as MLflow does."""
    foreign(place)
    tell(
        database(place),
        "CREATE TABLE alembic_version (version_num TEXT)",
        "INSERT INTO alembic_version VALUES ('c9d8e7f6a5b4')",
    )


def tell(file: Path, *statements: str) -> None:
    """Tell a database something, and let go of it."""
    with closing(sqlite3.connect(file)) as opened:
        for statement in statements:
            opened.execute(statement)
        opened.commit()


def no_folder(place: Place) -> None:
    """Put a file where a run's artifacts are to lie."""
    (database(place).parent / "artifacts").touch(mode=0o777)


def flipped(place: Place) -> None:
    """Overwrite the beginning of a page that a run does not read."""
    lay_out_tracking(place.folder)
    file = database(place)
    with closing(sqlite3.connect(file)) as opened:
        page = opened.execute("SELECT rootpage FROM sqlite_master WHERE name = 'spans'").fetchone()[
            0
        ]
        size = opened.execute("PRAGMA page_size").fetchone()[0]
    with file.open("r+b") as written:
        written.seek((page - 1) * size)
        written.write(b"X" * 16)


def revised(revision: str) -> Callable[[Place], None]:
    """Give a place MLflow's database with another revision."""

    def spoil(place: Place) -> None:
        lay_out_tracking(place.folder)
        tell(database(place), f"UPDATE alembic_version SET version_num = '{revision}'")

    return spoil


older, newer = revised("451aebb31d03"), revised("fedcba987654")


def before_the_registry(place: Place) -> None:
    """MLflow's first tables, as it had them before there was a registry of models."""
    statements = (f"CREATE TABLE {name} (key TEXT)" for name in ("metrics", "params", "tags"))
    tell(
        database(place),
        *statements,
        "CREATE TABLE experiments (experiment_id INTEGER)",
        "CREATE TABLE runs (run_uuid TEXT)",
        "CREATE TABLE alembic_version (version_num TEXT)",
        "INSERT INTO alembic_version VALUES ('451aebb31d03')",
    )


def truncated(place: Place) -> None:
    lay_out_tracking(place.folder)
    content = database(place).read_bytes()
    database(place).write_bytes(content[: len(content) // 2])


def folder(place: Place) -> None:
    database(place).mkdir()


def below_a_file(place: Place) -> None:
    (place.folder / "mlruns").write_text("a file")


ANOTHER = "give --tracking-uri another file"
UPGRADE = r"older version of MLflow .*`firmament daily --step upgrade`, which keeps a copy"
NEWER = r"newer MLflow .* is too old for it"
NOT_MLFLOWS = r"tables of its own \(customers\), none of MLflow's"

CASES = (
    Case("run: another program's tables", (*RUN, TRACKING), NOT_MLFLOWS, foreign),
    Case("compare: another program's tables", (*COMPARE, TRACKING), NOT_MLFLOWS, foreign),
    Case("daily: another program's tables", (*DAILY, TRACKING), NOT_MLFLOWS, foreign),
    Case("rollback: another program's tables", (*ROLLBACK, TRACKING), NOT_MLFLOWS, foreign),
    Case("history: another program's tables", (*HISTORY, TRACKING), NOT_MLFLOWS, foreign),
    Case("ui: another program's tables", (*UI, TRACKING), NOT_MLFLOWS, foreign),
    Case("run: with its own revisions", (*RUN, TRACKING), r"none of MLflow's", migrated),
    Case("run: a text file", (*RUN, TRACKING), f"is no SQLite database.*{ANOTHER}", text),
    Case("ui: a text file", (*UI, TRACKING), r"is no SQLite database", text),
    Case("history: a text file", (*HISTORY, TRACKING), r"is no SQLite database", text),
    Case("ui: nothing there", (*UI, TRACKING), r"no tracking store.*`firmament run` makes one"),
    Case("ui: an empty file", (*UI, TRACKING), r"no tracking store.*`firmament run`", empty),
    Case("run: cut short", (*RUN, TRACKING), r"damaged, or cut short: restore", truncated),
    Case("history: cut short", (*HISTORY, TRACKING), r"damaged, or cut short", truncated),
    Case("run: an older schema", (*RUN, TRACKING), UPGRADE, older),
    Case("compare: an older schema", (*COMPARE, TRACKING), UPGRADE, older),
    Case("ui: an older schema", (*UI, TRACKING), UPGRADE, older),
    Case("history: no registry yet", (*HISTORY, TRACKING), UPGRADE, before_the_registry),
    Case("run: a newer schema", (*RUN, TRACKING), NEWER, newer),
    Case("daily: a newer schema", (*DAILY, TRACKING), NEWER, newer),
    Case("ui: a newer schema", (*UI, TRACKING), NEWER, newer),
    Case("run: the database is a folder", (*RUN, TRACKING), r"is a folder: .*/mlflow\.db", folder),
    Case("run: below a file", (*RUN, TRACKING), r"mlruns, which is no folder", below_a_file),
    Case("run: where no folder can be", (*RUN, "sqlite:////proc/x/y.db"), r"cannot be written"),
    Case("run: artifacts are a file", (*RUN, TRACKING), r"artifacts is no folder", no_folder),
    Case("run: a device", (*RUN, "sqlite:////dev/null"), r"no regular file"),
    Case("run: a folder", (*RUN, "{folder}"), r"is a folder.*sqlite:////.*/mlflow\.db\."),
    Case("stage: a folder", (*STAGE, "{folder}"), r"is a folder.*sqlite:///"),
    Case("run: a bare path", (*RUN, "mlflow.db"), r"as sqlite:///mlflow\.db\."),
    Case("run: file:", (*RUN, "file:///srv/runs"), r"as sqlite:////srv/runs\."),
    Case("run: two slashes", (*RUN, "sqlite://runs.db"), r"three slashes.*sqlite:///runs\.db\."),
    Case("run: one slash", (*RUN, "sqlite:/srv/runs.db"), r"sqlite:////srv/runs\.db\."),
    Case("run: in memory", (*RUN, "sqlite:///file:x?mode=memory&uri=true"), r"in memory"),
    Case("run: a host", (*RUN, "localhost:5000"), r"lacks a protocol: .*http://localhost:5000\."),
    Case("run: no host", (*RUN, "http://"), r"names no host"),
    Case("run: no port", (*RUN, "http://localhost:port"), r"no port that there can be"),
    Case("run: an unknown protocol", (*RUN, "gopher://x"), r"does not know \(gopher://\)"),
    Case("run: nearly a protocol", (*RUN, "postgres://x/y"), r"did you mean postgresql://\?"),
    Case("stage: nearly a protocol", (*STAGE, "htp://x"), r"did you mean http://\?"),
    Case(
        "run: no driver", (*RUN, "mysql://x/y"), r"MySQLdb, which is not.*pip install mysqlclient"
    ),
    Case("run: no such driver", (*RUN, "mysql+own://x/y"), r"driver that SQLAlchemy does not know"),
    Case(
        "run: a password",
        (*RUN, "postgresql+pg8000://ann:s3cret@x/y"),
        r"ann:\*\*\*@x/y needs the driver pg8000",
    ),
    Case("run: a server that is down", (*RUN, "http://127.0.0.1:9"), r"No MLflow server answers"),
    Case("daily: a server that is down", (*DAILY, "http://127.0.0.1:9"), r"No MLflow server"),
    Case("compare: a server that is down", (*COMPARE, "http://127.0.0.1:9"), r"No MLflow server"),
    Case("history: a server that is down", (*HISTORY, "http://127.0.0.1:9"), r"No MLflow server"),
    Case(
        "ui: of a server", (*UI, "http://127.0.0.1:9"), r"the address of an MLflow server: open it"
    ),
    Case("ui: of another service", (*UI, "databricks"), r"has pages of its own"),
    Case(
        "a misspelt feature",
        (*RUN, TRACKING, "--set", "window.features=[growth, volatilty_21]"),
        r"volatilty_21.*did you mean \w+",
    ),
)


@table(CASES)
def test_it_is_refused(case: Case, tmp_path: Path) -> None:
    refused(case, fresh(tmp_path))
    assert not (tmp_path / "store" / "stages").exists()


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (foreign, "none of MLflow's"),
        (text, "is no SQLite database"),
        (truncated, "damaged, or cut short"),
        (older, "`firmament daily --step upgrade`"),
        (newer, "too old for it"),
        (folder, "is a folder"),
        (flipped, "damaged, or cut short"),
    ],
)
def test_the_doctor_tells_and_changes_nothing(
    spoil: Callable[[Place], None], sentence: str, tmp_path: Path
) -> None:
    place = Place(tmp_path)
    spoil(place)
    before = contents(tmp_path)
    done = place.run("doctor", *place.places, "--format", "json")
    assert done.returncode == 2
    assert "1 fault was found (tracking)" in done.stderr
    assert sentence in done.stdout
    assert contents(tmp_path) == before


@pytest.mark.parametrize("spoil", [empty, lambda place: lay_out_tracking(place.folder)])
def test_who_only_asks_changes_nothing(spoil: Callable[[Place], None], tmp_path: Path) -> None:
    place = Place(tmp_path)
    spoil(place)
    before = contents(tmp_path)
    asked = place.run("registry", "history", *place.places[2:])
    assert (asked.returncode, asked.stderr) == (0, "")
    assert "No decision has been made yet" in asked.stdout
    assert place.run("doctor", *place.places).returncode == 0
    assert contents(tmp_path) == before


def test_a_locked_database_is_waited_for_and_then_refused(tmp_path: Path) -> None:
    place = fresh(tmp_path)
    lay_out_tracking(tmp_path)
    # In a process of its own: SQLite's locks are lost to a process that reads the file beside it.
    script = (
        "import sqlite3, sys\n"
        "held = sqlite3.connect(sys.argv[1], isolation_level=None)\n"
        "held.execute('BEGIN EXCLUSIVE')\n"
        "print('held', flush=True)\n"
        "sys.stdin.read()\n"
    )
    command = [sys.executable, "-c", script, str(database(place))]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        done = place.run("run", *place.options)
        assert holder.stdin is not None
        holder.stdin.close()
    waiting, refusal = done.stderr.splitlines()
    assert (done.returncode, done.stdout) == (2, "")
    assert waiting.endswith("is locked by another process: waiting.")
    assert "its database is locked by another process, and was for 8 seconds" in refusal


@contextmanager
def answering(status: int, body: bytes) -> Iterator[str]:
    """Answer everything alike; gives the address."""

    class Alike(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Alike) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.mark.parametrize(
    ("status", "body", "sentence"),
    [
        (200, b"<!doctype html><title>Bread</title>", r"is no MLflow server \(status 200\)"),
        (404, b"Not here", r"is no MLflow server \(status 404\)"),
        (503, b"Later", r"answers with an error \(status 503\): see its log"),
    ],
)
def test_what_else_answers_is_told(status: int, body: bytes, sentence: str, tmp_path: Path) -> None:
    with answering(status, body) as address:
        refused(Case("", (*RUN, address), sentence), fresh(tmp_path))


def test_a_server_that_says_nothing_is_told(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"http://127.0.0.1:{silent.getsockname()[1]}"
        refused(Case("", (*RUN, address), r"not answered within 5 seconds"), fresh(tmp_path))


def test_a_port_in_use_is_told_before_the_ui_starts(tmp_path: Path) -> None:
    place = fresh(tmp_path)
    lay_out_tracking(tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        sentence = rf"^firmament: The port {port} is in use.*: give --port \d+, which is free\.$"
        refused(Case("", (*UI, TRACKING, "--port", str(port)), sentence), place)
