"""The store on an object store, with a mirror on this machine.

An object store has no folders to rename, but what is put there is there whole. So the files of an
output are put first and its `about.json` last, and there is an output where that file is. Each
file lies under its digest: of two machines that write the same output, neither writes over a file
of the other's, and whichever `about.json` comes last names files of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pipeline.errors import StoreError
from pipeline.store import disk, output
from pipeline.store.bucket import Bucket
from pipeline.store.local import AGAIN, Store
from pipeline.store.output import ABOUT
from pipeline.store.records import About, UnfitError, parsed, sealed

TRIES = 2
"""Times that an output is fetched before it is said to be damaged."""


class RemoteStore(Store):
    """Stage outputs and small records below an address.

    What the address has is the truth. Outputs are fetched once, into a mirror on this machine's
    disk, and read from there; they never change, so that a copy cannot be out of date. Records are
    read from the address each time. Claims and locks hold on this machine alone.

    Parameters
    ----------
    address
        ``s3://bucket/prefix`` or another that fsspec knows.
    mirror_root
        Folder of mirrors; this store's is made in it by `prepare` or the first fetch.

    Raises
    ------
    ConfigError
        If it is no such address, or the package for it is missing.
    """

    def __init__(self, address: str, mirror_root: str | Path) -> None:
        self.bucket = Bucket(address)
        super().__init__(Path(mirror_root) / self.bucket.scheme / self.bucket.path)
        self._seen: set[tuple[str, str]] = set()

    @property
    def address(self) -> str:
        """The address, as `open_store` takes it."""
        return self.bucket.address

    @property
    def cache(self) -> str:
        """Address of the raw answers that sources keep."""
        return f"{self.address}/cache"

    def prepare(self) -> None:
        """Make the mirror, and prove that it and the address can be written."""
        super().prepare()
        probe = f".probe-{disk.unique()}"
        self.bucket.write(probe, b"firmament")
        self.bucket.remove(probe)

    def folder(self, stage: str, fingerprint: str) -> Path:
        """Return the mirror's place of a stage's output, which is fetched if it is there."""
        place = self._place(stage, fingerprint)
        damaged = output.damage(place, disk.remembered_digest) is not None
        if damaged and self.has(stage, fingerprint):
            self._fetch(stage, fingerprint)
        return place

    def has(self, stage: str, fingerprint: str) -> bool:
        """Tell whether the address has a stage's output, with every file that was written.

        An output that this machine has made but could not put there, or that was taken away from
        there, is put there from the mirror.
        """
        if (stage, fingerprint) in self._seen or self._published(stage, fingerprint):
            return True
        if output.damage(self._place(stage, fingerprint)) is not None:
            return False
        self._publish(stage, fingerprint)
        return True

    def about(self, stage: str, fingerprint: str) -> dict[str, Any]:
        """Return what was noted when the output was written, without fetching the output."""
        name = f"{_folder(stage, fingerprint)}/{ABOUT}"
        content = self.bucket.read(name)
        if content is None:
            return super().about(stage, fingerprint)
        try:
            return parsed(content, About)
        except UnfitError as error:
            raise StoreError(
                f"The stage output {self.address}/{name} {error}: remove it there, and {AGAIN}."
            ) from error

    def outputs(self) -> Iterator[tuple[str, str]]:
        """Yield the stage and the fingerprint of every output, be it whole or not."""
        paths = (name.split("/") for name in self.bucket.sizes("stages"))
        yield from sorted({(path[0], path[1]) for path in paths})

    def damage(self, stage: str, fingerprint: str) -> str | None:
        """Fetch an output beside its mirror, and say what is wrong with it, if anything."""
        with disk.told(self.root), self.unfinished() as draft:
            self._download(stage, fingerprint, draft)
            return output.damage(draft)

    def size(self, stage: str, fingerprint: str) -> int:
        """Return the bytes that an output takes at the address."""
        return sum(self.bucket.sizes(_folder(stage, fingerprint)).values())

    def used(self, stage: str, fingerprint: str) -> datetime:
        """Return when an output was last written or asked for by `has`, within a day."""
        folder = _folder(stage, fingerprint)
        names = self.bucket.sizes(folder)
        if not names:
            raise StoreError(
                f"The stage output {self.address}/{folder} is not there: was it removed?"
            )
        noted = ABOUT if ABOUT in names else min(names)
        return self.bucket.changed(f"{folder}/{noted}").astimezone(UTC)

    def remove(self, stage: str, fingerprint: str) -> None:
        """Take an output away, `about.json` first, and its mirror on this machine."""
        self._seen.discard((stage, fingerprint))
        folder = _folder(stage, fingerprint)
        for name in sorted(self.bucket.sizes(folder), key=lambda name: name != ABOUT):
            self.bucket.remove(f"{folder}/{name}")
        super().remove(stage, fingerprint)

    def keep(self, name: str, facts: Mapping[str, Any]) -> None:
        """Keep a small record, whole, in place of an earlier one of its name."""
        self.bucket.write(f"{name}.json", sealed(facts).encode())

    def kept(self, name: str) -> dict[str, Any] | None:
        """Return a record, or None if there is none."""
        content = self.bucket.read(f"{name}.json")
        return None if content is None else self._parsed(name, content)

    def records(self, folder: str) -> list[str]:
        """Return the names of a folder's records, as `kept` takes them (`days/…`), sorted."""
        names = (Path(name) for name in self.bucket.sizes(folder))
        return sorted(
            f"{folder}/{name.stem}" for name in names if name.parts == (f"{name.stem}.json",)
        )

    def drop(self, name: str) -> None:
        """Take a record away, if it is there."""
        self.bucket.remove(f"{name}.json")

    def _commit(self, draft: Path, stage: str, fingerprint: str) -> None:
        """Put a whole output in its place of the mirror, then at the address.

        Where another machine was first, its output is as good as ours, and fetched when it is read.
        """
        if self._published(stage, fingerprint):
            return
        if output.damage(self._place(stage, fingerprint)) is not None:
            super().remove(stage, fingerprint)
        super()._commit(draft, stage, fingerprint)
        self._publish(stage, fingerprint)

    def _published(self, stage: str, fingerprint: str) -> bool:
        """Tell whether the address has an output and every file of it; note that it was used."""
        folder = _folder(stage, fingerprint)
        there = self.bucket.sizes(folder)
        content = self.bucket.read(f"{folder}/{ABOUT}") if ABOUT in there else None
        try:
            noted = parsed(content or b"{}", About)
            whole = all(
                there.get(_name(noted, name)) == size for name, size in noted["files"].items()
            )
        except (UnfitError, KeyError):
            return False
        if whole and content:
            self._seen.add((stage, fingerprint))
            with suppress(StoreError):  # who may only read notes nothing
                age = datetime.now(UTC) - self.bucket.changed(f"{folder}/{ABOUT}")
                if age.total_seconds() > output.DAY:
                    self.bucket.write(f"{folder}/{ABOUT}", content)
        return whole

    def _publish(self, stage: str, fingerprint: str) -> None:
        """Put an output of the mirror at the address: what is missing there, `about.json` last."""
        place, folder = self._place(stage, fingerprint), _folder(stage, fingerprint)
        noted, there = output.about(place), self.bucket.sizes(folder)
        for name, size in noted["files"].items():
            if there.get(_name(noted, name)) != size:
                self.bucket.upload(place / name, f"{folder}/{_name(noted, name)}")
        self.bucket.write(f"{folder}/{ABOUT}", (place / ABOUT).read_bytes())
        self._seen.add((stage, fingerprint))

    def _fetch(self, stage: str, fingerprint: str) -> None:
        """Bring an output from the address into the mirror, whole or not at all."""
        with disk.told(self.root), self.unfinished() as draft:
            for _ in range(TRIES):
                self._download(stage, fingerprint, draft)
                damage = output.damage(draft)
                if damage is None:
                    super()._commit(draft, stage, fingerprint)
                    return
        self._seen.discard((stage, fingerprint))
        raise StoreError(
            f"The stage output {self.address}/{_folder(stage, fingerprint)} cannot be fetched "
            f"whole ({damage}): remove it there, and {AGAIN}."
        )

    def _download(self, stage: str, fingerprint: str, draft: Path) -> None:
        """Fetch the files of an output that are there; it is not judged."""
        folder = _folder(stage, fingerprint)
        self.bucket.download(f"{folder}/{ABOUT}", draft / ABOUT)
        with suppress(OSError, UnfitError, KeyError):
            noted = output.about(draft)
            for name in noted["files"]:
                self.bucket.download(f"{folder}/{_name(noted, name)}", draft / name)


def _folder(stage: str, fingerprint: str) -> str:
    return f"stages/{stage}/{fingerprint}"


def _name(noted: Mapping[str, Any], name: str) -> str:
    """Return the name at the address of an output's file."""
    return f"{noted['digests'][name]}/{name}"
