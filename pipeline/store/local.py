"""The store in a local folder.

A stage's output is a folder `stages/NAME/FINGERPRINT` with a file a field and `about.json`. It is
written beside its place, synced to disk and renamed into it, so that a reader never sees half of
it and a writer that dies leaves only a folder under `unfinished/`, which the next run sweeps away.
"""

from __future__ import annotations

import errno
import os
import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from pipeline.errors import AbsentError, InputError, StoreError
from pipeline.store import disk, formats, output
from pipeline.store.claims import Claims
from pipeline.store.output import ABOUT
from pipeline.store.records import (
    DAYS,
    EDITION,
    LATEST,
    PUBLISHED,
    RUNS,
    UnfitError,
    parsed,
    sealed,
    shape_of,
)
from pipeline.words import shown

T = TypeVar("T")
AGAIN = "the same `firmament run` or `firmament daily` makes it again"
BEGINNING = 4
"""Characters of a run's id that will do where no other begins so."""
_ID = re.compile(r"[^/\0]{1,200}")
"""What the id of a run can be."""


class Store(Claims):
    """Stage outputs and small records below one folder.

    Parameters
    ----------
    root
        The folder; made by `prepare`, not before.

    Raises
    ------
    StoreError
        If the folder is relative to a working folder that has been removed.
    """

    def __init__(self, root: str | Path) -> None:
        try:
            super().__init__(Path(root).absolute())
        except FileNotFoundError as error:
            raise StoreError(
                f"The store {root} cannot be found, as the working folder has been removed: change "
                "to another one, or give --data-root in full."
            ) from error

    @property
    def address(self) -> str:
        """Where the store is, as `open_store` takes it from any working directory."""
        return str(self.root)

    @property
    def cache(self) -> Path | str:
        """Folder of raw answers that sources keep, or its address."""
        return self.root / "cache"

    def prepare(self) -> None:
        """Make the folder, and prove that it can be written."""
        with disk.told(self.root):
            self.root.mkdir(parents=True, exist_ok=True)
            with self.unfinished() as draft:
                (draft / "probe").write_bytes(b"firmament")

    def folder(self, stage: str, fingerprint: str) -> Path:
        """Return the place of a stage's output, whether it is there or not."""
        return self._place(stage, fingerprint)

    def has(self, stage: str, fingerprint: str) -> bool:
        """Tell whether a stage's output is there, with every file that was written.

        To be asked for is to be used: see `used`.
        """
        place = self._place(stage, fingerprint)
        there = output.whole(place)
        if there:
            output.touch(place / ABOUT)
        return there

    def write(self, stage: str, fingerprint: str, outputs: Any, about: Mapping[str, Any]) -> Path:
        """Write a stage's output (a flat dataclass) and what is known about it.

        Raises
        ------
        StoreError
            If the disk is full or read-only; nothing half-written stays in the stage's place.
        """
        with disk.told(self.root), self.unfinished() as draft:
            formats.write(outputs, draft)
            noted = sealed({**about, **output.content(draft)})
            (draft / ABOUT).write_text(noted, encoding="utf-8")
            self._commit(draft, stage, fingerprint)
        return self.folder(stage, fingerprint)

    def adopt(self, stage: str, fingerprint: str, folder: Path) -> None:
        """Take a whole output, `about.json` and all, from a folder elsewhere into its place.

        Raises
        ------
        StoreError
            If the folder holds another output, or a damaged one; or if the store cannot be
            written.
        """
        with disk.told(self.root), self.unfinished() as draft:
            damage = output.damage(folder)
            if damage is None:
                about = output.about(folder)
                if about.get("fingerprint", fingerprint) != fingerprint:
                    damage = f"it is the output {about['fingerprint']}"
                for name in (*about["files"], ABOUT):
                    shutil.copyfile(folder / name, draft / name)
            if damage is not None:
                raise StoreError(
                    f"The folder {folder} cannot be taken for the output {fingerprint} of {stage}: "
                    f"{damage}. Fetch it again."
                )
            self._commit(draft, stage, fingerprint)

    def read(self, kind: type[T], stage: str, fingerprint: str) -> T:
        """Read a stage's output; arrays are memory maps.

        Raises
        ------
        StoreError
            If it is not there, or a byte of it is another than was written.
        """
        place = self.folder(stage, fingerprint)
        if not os.path.lexists(place):
            raise StoreError(f"The stage output {place} is not there: {AGAIN}.")
        damage = output.damage(place, disk.remembered_digest)
        if damage is not None:
            raise StoreError(_not_whole(place, damage))
        return formats.read(kind, place)

    def about(self, stage: str, fingerprint: str) -> dict[str, Any]:
        """Return what was noted when the output was written: seconds, settings, inputs.

        Raises
        ------
        StoreError
            If it cannot be read.
        """
        place = self.folder(stage, fingerprint)
        try:
            return output.about(place)
        except (OSError, UnfitError) as error:
            raise StoreError(_not_whole(place, output.damage(place) or str(error))) from error

    def settings(self, stage: str, fingerprint: str) -> dict[str, Any]:
        """Return the stage's own section of the settings that an output was made with.

        Raises
        ------
        StoreError
            If it was not noted.
        """
        noted = self.about(stage, fingerprint).get("settings", {})
        if stage not in noted:
            place = self._place(stage, fingerprint)
            raise StoreError(_not_whole(place, f"{ABOUT} lacks `settings.{stage}`"))
        section: dict[str, Any] = noted[stage]
        return section

    def outputs(self) -> Iterator[tuple[str, str]]:
        """Yield the stage and the fingerprint of every output, be it whole or not."""
        for place in self._found("stages/*/*"):
            yield place.parent.name, place.name

    def damage(self, stage: str, fingerprint: str) -> str | None:
        """Read an output to its end, and say what is wrong with it, if anything.

        An output of an earlier version, which noted no digests, is judged by its files' sizes.
        """
        return output.damage(self._place(stage, fingerprint))

    def size(self, stage: str, fingerprint: str) -> int:
        """Return the bytes that an output takes."""
        return sum(path.stat().st_size for path in self._place(stage, fingerprint).glob("*"))

    def used(self, stage: str, fingerprint: str) -> datetime:
        """Return when an output was last written or asked for by `has`, within a day.

        Raises
        ------
        StoreError
            If it is not there.
        """
        place = self._place(stage, fingerprint)
        noted = place / ABOUT if (place / ABOUT).exists() else place
        try:
            return datetime.fromtimestamp(noted.stat().st_mtime, UTC)
        except OSError as error:
            raise StoreError(f"The stage output {place} is not there: was it removed?") from error

    def remove(self, stage: str, fingerprint: str) -> None:
        """Take an output away, if it is there: renamed aside first, so no reader sees half."""
        with disk.told(self.root), self.unfinished() as draft, suppress(FileNotFoundError):
            self._place(stage, fingerprint).rename(draft / fingerprint)

    def keep(self, name: str, facts: Mapping[str, Any]) -> None:
        """Keep a small record, whole, in place of an earlier one of its name.

        `name` is a word such as `published`, or one in a folder such as `days/2022-12-28`.
        """
        with disk.told(self.root), self.unfinished() as draft:
            path = self._record(name)
            path.parent.mkdir(parents=True, exist_ok=True)
            disk.replace(path, sealed(facts), draft / path.name)

    def kept(self, name: str) -> dict[str, Any] | None:
        """Return a record, or None if there is none.

        Raises
        ------
        StoreError
            If it is damaged or lacks what it must hold, which only happens from outside.
        """
        path = self._record(name)
        try:
            return self._parsed(name, disk.content(path))
        except FileNotFoundError as error:
            if not path.is_symlink():
                return None
            reason = "it is a link that leads nowhere"
            raise StoreError(self._unreadable(name, reason)) from error
        except NotADirectoryError as error:
            above = next(place for place in path.parents if os.path.lexists(place))
            raise StoreError(
                f"{above} is a file where a folder of the store is meant: move it away, or give "
                "another --data-root."
            ) from error
        except OSError as error:
            raise StoreError(self._unreadable(name, error.strerror or str(error))) from error

    def records(self, folder: str) -> list[str]:
        """Return the names of a folder's records, as `kept` takes them (`days/…`), sorted."""
        return [f"{folder}/{path.stem}" for path in self._found(f"{folder}/*.json")]

    def drop(self, name: str) -> None:
        """Take a record away, if it is there."""
        with disk.told(self.root):
            self._record(name).unlink(missing_ok=True)

    def record(self, run_id: str, facts: Mapping[str, Any]) -> None:
        """Note a finished run and make it the latest."""
        for name in (f"{RUNS}/{run_id}", LATEST):
            self.keep(name, facts)

    def run(self, run_id: str | None = None) -> dict[str, Any]:
        """Return the record of a run.

        Parameters
        ----------
        run_id
            An MLflow run's id or how it begins, or `latest`; by default what a schedule has
            published, and where there is no such thing the latest run.

        Raises
        ------
        InputError
            If there is no such run, or more than one whose id begins so.
        StoreError
            If its record cannot be read, or what a schedule has published is no longer recorded.
        """
        if run_id is None:
            facts = self._answering()
        elif run_id == "latest":
            facts = self._latest()
        else:
            facts = self._run(run_id)
        if facts is None:
            which = "no run yet" if run_id in (None, "latest") else f"no run {run_id!r}"
            raise AbsentError(
                f"There is {which} in {self.address}: start one with `firmament run`, or point "
                "--data-root to where one is."
            )
        return facts

    def _answering(self) -> dict[str, Any] | None:
        """Return what a schedule has published, and where there is no such thing the latest run."""
        facts = self.kept(PUBLISHED)
        if facts is None and self.records(DAYS) and self._noted(published=True):
            raise StoreError(
                f"The record {self.address}/{PUBLISHED}.json is missing, though a schedule has "
                "published: `firmament daily` writes it again, and --run latest asks the latest "
                "run."
            )
        return facts or self._latest()

    def _latest(self) -> dict[str, Any] | None:
        """Return the latest run."""
        facts = self.kept(LATEST)
        if facts is None and self._noted(published=False):
            raise StoreError(
                f"The record {self.address}/{LATEST}.json is missing, though there are runs: "
                "`firmament run` writes it again, and --run asks one of them."
            )
        return facts

    def _run(self, run_id: str) -> dict[str, Any] | None:
        """Return the record of the run that an id, or the beginning of one, means."""
        exact = self.kept(f"{RUNS}/{run_id}") if _ID.fullmatch(run_id) else None
        if exact is not None:
            return exact
        known = [name.removeprefix(f"{RUNS}/") for name in self.records(RUNS) if name != LATEST]
        if not known:
            return None
        begun = [name for name in known if name.startswith(run_id)]
        if len(begun) == 1 and len(run_id) >= BEGINNING:
            return self.kept(f"{RUNS}/{begun[0]}")
        if len(begun) > 1 and len(run_id) >= BEGINNING:
            raise InputError(
                f"{len(begun)} runs in {self.address} have ids that begin with {run_id}: give more "
                f"of the one that is meant: {shown(begun)}."
            )
        raise InputError(
            f"There is no run {run_id!r} in {self.address}: give latest, or at least the first "
            f"{BEGINNING} characters of an id that is there, such as {shown(begun or known)}."
        )

    def _noted(self, published: bool) -> bool:
        """Tell whether there is a record of a published day, or else of another run."""
        names = [name for name in self.records(RUNS) if name != LATEST]
        return any((EDITION in (self.kept(name) or {})) == published for name in names)

    def _found(self, pattern: str) -> list[Path]:
        """Return what is in the store, sorted."""
        try:
            return sorted(self.root.glob(pattern))
        except OSError as error:
            raise StoreError(
                f"The store at {self.root} cannot be looked into ({error.strerror or error}): mend "
                "its permissions, or give another --data-root."
            ) from error

    def _place(self, stage: str, fingerprint: str) -> Path:
        return self.root / "stages" / stage / fingerprint

    def _record(self, name: str) -> Path:
        return self.root / f"{name}.json"

    def _commit(self, draft: Path, stage: str, fingerprint: str) -> None:
        """Rename a whole output into its place, unless another is there already."""
        disk.sync(draft)
        place = self._place(stage, fingerprint)
        place.parent.mkdir(parents=True, exist_ok=True)
        if os.path.lexists(place) and output.damage(place) is not None:
            Store.remove(self, stage, fingerprint)
        try:
            draft.rename(place)
        except OSError as error:
            # Another run finished the same stage first: its output is as good as ours.
            if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
                raise
        disk.sync_folder(place.parent)

    def _parsed(self, name: str, content: bytes) -> dict[str, Any]:
        """Return a record's facts."""
        shape, command = shape_of(name)
        try:
            return parsed(content, shape)
        except UnfitError as error:
            raise StoreError(
                f"The record {self.address}/{name}.json {error}: remove it, and {command} writes "
                "it again."
            ) from error

    def _unreadable(self, name: str, reason: str) -> str:
        """Say that a record cannot be read."""
        _, command = shape_of(name)
        return (
            f"The record {self.address}/{name}.json cannot be read ({reason}): mend its "
            f"permissions, or remove it, and {command} writes it again."
        )


def _not_whole(place: Path, damage: str) -> str:
    """Say that an output is damaged."""
    return f"The stage output {place} is not whole ({damage}): remove it, and {AGAIN}."
