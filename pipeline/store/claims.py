"""What living processes of this machine hold of a store, by locks that end with them."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from pipeline.errors import StoreError
from pipeline.store.disk import told, unique


class Claims:
    """Names that processes hold, and the store as a whole: by many of them, or by one alone.

    Parameters
    ----------
    root
        The folder of the locks' files.
    """

    def __init__(self, root: Path) -> None:
        self.root = root

    def claim(self, name: str, text: str = "") -> IO[str]:
        """Hold a name as long as the returned file is open; the system lets go of it at death.

        `text` is kept with the name for whoever finds it after this process has died.
        """
        with told(self.root):
            claims = self.root / "claims"
            claims.mkdir(parents=True, exist_ok=True)
            while True:
                # Not emptied before it is ours: it may have the text of another.
                held = (claims / name).open("a")
                fcntl.flock(held, fcntl.LOCK_EX)
                if _in_place(held):
                    held.truncate(0)
                    held.write(text)
                    held.flush()
                    return held
                held.close()

    def release(self, held: IO[str]) -> None:
        """Give a claimed name back."""
        Path(held.name).unlink(missing_ok=True)
        held.close()

    def held(self, name: str) -> bool:
        """Tell whether a living process of this machine holds a name."""
        try:
            file = (self.root / "claims" / name).open("r")
        except FileNotFoundError:
            return False
        with file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
        return False

    def sweep(self, bury: Callable[[str, str], bool]) -> None:
        """Clear away what dead processes left.

        `bury` is given the name and the text of each claim whose holder is dead, and says whether
        it is done with. The claim goes only then, so that it is asked again if not, or if this
        process dies as well.
        """
        for path in sorted(self.root.glob("claims/*")):
            try:
                file = path.open("r+")
            except (FileNotFoundError, IsADirectoryError):
                continue  # given back since we listed it, or no claim
            with file:
                try:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    continue
                if not _in_place(file):
                    continue
                if not bury(path.name, file.read()):
                    continue
                shutil.rmtree(self.root / "unfinished" / path.name, ignore_errors=True)
                path.unlink(missing_ok=True)

    @contextmanager
    def shared(self) -> Iterator[None]:
        """Use the store beside others; waits while one has it alone.

        To be held by whoever makes or reads outputs and must find them there until it ends.
        """
        with self._use() as file:
            fcntl.flock(file, fcntl.LOCK_SH)
            yield

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Use the store with no other on this machine, as for taking outputs away.

        Raises
        ------
        StoreError
            At once, if somebody uses it.
        """
        with self._use() as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise StoreError(
                    f"A run is using the store {self.root}: wait until it has ended."
                ) from error
            yield

    @contextmanager
    def unfinished(self) -> Iterator[Path]:
        """Give a folder to write in that is gone afterwards, and swept if this process dies."""
        held = self.claim(f"draft-{unique()}")
        draft = self.root / "unfinished" / Path(held.name).name
        try:
            draft.mkdir(parents=True)
            yield draft
        finally:
            shutil.rmtree(draft, ignore_errors=True)
            self.release(held)

    @contextmanager
    def _use(self) -> Iterator[IO[str]]:
        """Open the file whose lock stands for the whole store."""
        with told(self.root):
            self.root.mkdir(parents=True, exist_ok=True)
            file = (self.root / "use.lock").open("a")
        with file:
            yield file


def _in_place(file: IO[str]) -> bool:
    """Say whether an open file is still the one that has its name.

    It may have been taken away, and another made, between our opening and our locking it.
    """
    try:
        return os.path.samestat(os.fstat(file.fileno()), Path(file.name).stat())
    except FileNotFoundError:
        return False
