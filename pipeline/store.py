"""Where the outputs of stages lie: whole or not at all.

A stage's output is a folder `stages/NAME/FINGERPRINT` with a file a field. It is written beside
its place, synced to disk and renamed into it, so that a reader never sees half of it and a
writer that dies leaves only a folder under `unfinished/`, which the next run sweeps away.
"""

from __future__ import annotations

import dataclasses
import errno
import fcntl
import json
import os
import shutil
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, TypeVar

import numpy as np
import pandas as pd

from pipeline.errors import InputError, StoreError

T = TypeVar("T")


class Store:
    """Stage outputs and run records below one folder.

    Parameters
    ----------
    root
        The folder; made by `prepare`, not before.
    """

    def __init__(self, root: str | Path) -> None:
        if "://" in str(root):
            raise StoreError(
                f"data_root {str(root)!r} is an address, but the store is a folder: give a local "
                "path."
            )
        self.root = Path(root).absolute()

    @property
    def cache(self) -> Path:
        """Folder of raw answers that sources keep."""
        return self.root / "cache"

    def prepare(self) -> None:
        """Make the folder, and prove that it can be written."""
        with _told(self.root):
            self.root.mkdir(parents=True, exist_ok=True)
            probe = self.root / f".probe-{uuid.uuid4().hex}"
            probe.write_bytes(b"firmament")
            probe.unlink()

    def folder(self, stage: str, fingerprint: str) -> Path:
        """Return the place of a stage's output, whether it is there or not."""
        return self.root / "stages" / stage / fingerprint

    def has(self, stage: str, fingerprint: str) -> bool:
        """Tell whether a stage's output is there, with every file that was written."""
        place = self.folder(stage, fingerprint)
        try:
            about = json.loads((place / "about.json").read_text(encoding="utf-8"))
            return all(
                (place / name).stat().st_size == size for name, size in about["files"].items()
            )
        except (OSError, ValueError, KeyError):
            return False

    def write(self, stage: str, fingerprint: str, outputs: Any, about: Mapping[str, Any]) -> Path:
        """Write a stage's output (a flat dataclass) and what is known about it.

        Raises
        ------
        StoreError
            If the disk is full or read-only; nothing half-written stays in the stage's place.
        """
        place = self.folder(stage, fingerprint)
        with _told(self.root), self._unfinished() as draft:
            for field in dataclasses.fields(outputs):
                _write(draft, field, getattr(outputs, field.name))
            files = {path.name: path.stat().st_size for path in sorted(draft.iterdir())}
            _write_json(draft / "about.json", {**about, "files": files})
            _sync(draft)
            place.parent.mkdir(parents=True, exist_ok=True)
            if place.exists() and not self.has(stage, fingerprint):
                place.rename(draft.with_name(f"{draft.name}-damaged"))
                shutil.rmtree(draft.with_name(f"{draft.name}-damaged"))
            try:
                draft.rename(place)
            except OSError as error:
                # Another run finished the same stage first: its output is as good as ours.
                if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
                    raise
            _sync_folder(place.parent)
        return place

    def read(self, kind: type[T], stage: str, fingerprint: str) -> T:
        """Read a stage's output; arrays are memory maps."""
        return read(kind, self.folder(stage, fingerprint))

    def about(self, stage: str, fingerprint: str) -> dict[str, Any]:
        """Return what was noted when the output was written: seconds, settings, inputs."""
        return dict(json.loads((self.folder(stage, fingerprint) / "about.json").read_text()))

    def record(self, run_id: str, facts: Mapping[str, Any]) -> None:
        """Note a finished run and make it the latest."""
        with _told(self.root):
            runs = self.root / "runs"
            runs.mkdir(parents=True, exist_ok=True)
            for name in (f"{run_id}.json", "latest.json"):
                _replace(runs / name, facts)

    def run(self, run_id: str = "latest") -> dict[str, Any]:
        """Return the record of a run.

        Raises
        ------
        InputError
            If there is no such run.
        """
        path = self.root / "runs" / f"{run_id}.json"
        if not path.is_file():
            which = "no run yet" if run_id == "latest" else f"no run {run_id!r}"
            raise InputError(
                f"There is {which} in {self.root}: start one with `firmament run`, or point "
                "--data-root to where one is."
            )
        try:
            return dict(json.loads(path.read_text(encoding="utf-8")))
        except ValueError as error:
            raise StoreError(
                f"The run record {path} is damaged: remove it, and `firmament run` writes it again."
            ) from error

    def claim(self, name: str, text: str = "") -> IO[str]:
        """Hold a name as long as the returned file is open; the system lets go of it at death.

        `text` is kept with the name for whoever finds it after this process has died.
        """
        with _told(self.root):
            claims = self.root / "claims"
            claims.mkdir(parents=True, exist_ok=True)
            while True:
                held = (claims / name).open("w")
                fcntl.flock(held, fcntl.LOCK_EX)
                # A sweep may have taken the file away between our opening and our locking it.
                if (claims / name).exists():
                    held.write(text)
                    held.flush()
                    return held
                held.close()

    def release(self, held: IO[str]) -> None:
        """Give a claimed name back."""
        Path(held.name).unlink(missing_ok=True)
        held.close()

    def sweep(self, bury: Callable[[str, str], bool]) -> None:
        """Clear away what dead processes left.

        `bury` is given the name and the text of each claim whose holder is dead, and says whether
        it is done with. The claim goes only then, so that it is asked again if not, or if this
        process dies as well.
        """
        for path in sorted((self.root / "claims").glob("*")):
            try:
                file = path.open("r+")
            except FileNotFoundError:
                continue  # given back since we listed it
            with file:
                try:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    continue
                if not bury(path.name, file.read()):
                    continue
                shutil.rmtree(self.root / "unfinished" / path.name, ignore_errors=True)
                path.unlink(missing_ok=True)

    @contextmanager
    def _unfinished(self) -> Iterator[Path]:
        """Give a folder to write in that is gone afterwards, and swept if this process dies."""
        held = self.claim(f"draft-{uuid.uuid4().hex}")
        draft = self.root / "unfinished" / Path(held.name).name
        try:
            draft.mkdir(parents=True)
            yield draft
        finally:
            shutil.rmtree(draft, ignore_errors=True)
            self.release(held)


def read(kind: type[T], folder: Path) -> T:
    """Read a stage's output from the folder that holds it; arrays are memory maps.

    Raises
    ------
    StoreError
        If a file is missing or damaged, which only happens from outside.
    """
    values = {}
    try:
        for field in dataclasses.fields(kind):  # type: ignore[arg-type]
            (path,) = folder.glob(f"{field.name}.*")
            values[field.name] = _read(path)
    except (OSError, ValueError, EOFError) as error:
        raise StoreError(
            f"The stage output {folder} is not whole (its {field.name} cannot be read): remove "
            "that folder, and `firmament run` makes it again."
        ) from error
    return kind(**values)


def _write(folder: Path, field: dataclasses.Field[Any], value: Any) -> None:
    """Write one field in the format of its type."""
    path = folder / field.name
    if isinstance(value, pd.DataFrame):
        value.to_parquet(path.with_suffix(".parquet"))
    elif isinstance(value, np.ndarray):
        np.save(path.with_suffix(".npy"), value, allow_pickle=False)
    elif isinstance(value, bytes):
        path.with_suffix(field.metadata["suffix"]).write_bytes(value)
    elif isinstance(value, str):
        path.with_suffix(field.metadata["suffix"]).write_text(value, encoding="utf-8")
    else:
        _write_json(path.with_suffix(".json"), value)


def _read(path: Path) -> Any:
    """Read one field by its file's suffix."""
    if path.suffix == ".parquet":
        return pd.read_parquet(path)
    if path.suffix == ".npy":
        return np.load(path, mmap_mode="r", allow_pickle=False)
    if path.suffix == ".json":
        return json.loads(path.read_text(encoding="utf-8"))
    if path.suffix == ".html":
        return path.read_text(encoding="utf-8")
    return path.read_bytes()


def _write_json(path: Path, value: Any) -> None:
    """Write plain values; NaN is refused, since JSON has none."""
    text = json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False, default=str)
    path.write_text(text + "\n", encoding="utf-8")


def _replace(path: Path, value: Any) -> None:
    """Write a file beside its place and rename it into it."""
    draft = path.with_name(f".{path.name}-{uuid.uuid4().hex}")
    try:
        _write_json(draft, value)
        with draft.open("rb") as file:
            os.fsync(file.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
    _sync_folder(path.parent)


def _sync(folder: Path) -> None:
    """Bring every file of a folder to the disk."""
    for path in folder.iterdir():
        with path.open("rb") as file:
            os.fsync(file.fileno())
    _sync_folder(folder)


def _sync_folder(folder: Path) -> None:
    """Bring a folder's entries to the disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _told(root: Path) -> Iterator[None]:
    """Turn the system's refusal to write into one clear sentence."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            advice = "the disk is full; free some space or choose another --data-root"
        elif error.errno in (errno.EROFS, errno.EACCES, errno.EPERM):
            advice = "it is read-only; choose another --data-root or mend its permissions"
        else:
            advice = f"{error.strerror or error}; choose another --data-root"
        raise StoreError(
            f"The store at {root} could not be written: {advice}. What was finished before is kept."
        ) from error
