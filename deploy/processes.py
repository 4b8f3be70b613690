"""Servers that outlive the command that starts them, known by the process ids that it notes."""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import psutil

PATIENCE = 300.0
"""Seconds for a server to answer; a loaded machine is slow."""
GRACE = 15.0
"""Seconds for a server to end by itself."""
Words: TypeAlias = Sequence[str | Path]
"""A program and what it is told, or a part of that."""


class ClusterError(Exception):
    """What went wrong, in one sentence."""


@dataclass(frozen=True)
class Server:
    """A process to be started, and how to tell that it answers."""

    name: str
    command: Words
    environment: Mapping[str, str]
    folder: Path
    """Where it is started."""
    ready: Callable[[], bool]
    """Tells whether it answers; may raise OSError while it does not."""
    user: str | None = None
    """Whom it runs as, if not as the caller."""


class Processes:
    """The servers that were started from one folder.

    Parameters
    ----------
    folder
        Has `NAME.pid` (process id, and when it began) and `NAME.log` of every server.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def start(self, *servers: Server) -> None:
        """Start servers at once, and wait until all of them answer.

        Raises
        ------
        ClusterError
            If one ends, or does not answer in time.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        started = [(server, self._start(server)) for server in servers]
        deadline = time.monotonic() + PATIENCE
        for server, process in started:
            while not _answers(server):
                if process.poll() is not None or time.monotonic() > deadline:
                    raise ClusterError(
                        f"{server.name} does not answer: see {self.log(server.name)}"
                    )
                time.sleep(0.5)

    def log(self, name: str) -> Path:
        """Return where a server's output goes."""
        return self.folder / f"{name}.log"

    def names(self) -> list[str]:
        """Return the names of the servers that were started, the latest first."""
        notes = sorted(self.folder.glob("*.pid"), key=lambda note: -note.stat().st_mtime_ns)
        return [note.stem for note in notes]

    def stop(self, name: str) -> None:
        """Ask a server to end, and end by force what is left of it and of what it started."""
        tree = self._tree(name)
        if tree:
            # PostgreSQL would wait for its clients after the usual signal.
            number = signal.SIGINT if name == "postgres" else signal.SIGTERM
            with suppress(psutil.NoSuchProcess):
                tree[0].send_signal(number)
            psutil.wait_procs(tree[:1], GRACE)
        _kill(tree)
        self._note(name).unlink(missing_ok=True)

    def kill(self, name: str) -> int:
        """End a server and all that it started on the spot, as a power cut would; how many."""
        tree = self._tree(name)
        if not tree:
            raise ClusterError(f"{name} does not run")
        _kill(tree)
        self._note(name).unlink()
        return len(tree)

    def _start(self, server: Server) -> subprocess.Popen[bytes]:
        """Start a server in a session of its own, and note its process id."""
        with self.log(server.name).open("wb") as log:
            process = subprocess.Popen(
                list(map(str, server.command)),
                cwd=server.folder,
                env=server.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                user=server.user,
                group=server.user,
                start_new_session=True,
            )
        began = psutil.Process(process.pid).create_time()
        self._note(server.name).write_text(f"{process.pid} {began}\n")
        return process

    def _tree(self, name: str) -> list[psutil.Process]:
        """Return a server's process and all below it, or nothing if it has ended."""
        try:
            number, began = self._note(name).read_text().split()
            process = psutil.Process(int(number))
            # Another process may have the same id by now.
            if process.create_time() != float(began):
                return []
            return [process, *process.children(recursive=True)]
        except (FileNotFoundError, psutil.NoSuchProcess):
            return []

    def _note(self, name: str) -> Path:
        return self.folder / f"{name}.pid"


def _kill(tree: Sequence[psutil.Process]) -> None:
    for process in tree:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(tree, GRACE)


def _answers(server: Server) -> bool:
    try:
        return server.ready()
    except OSError:
        return False
