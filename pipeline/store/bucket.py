"""Files at an address that fsspec knows, such as `s3://bucket/prefix`."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path, PurePosixPath

from pipeline.errors import ConfigError, StoreError

OBJECT_STORES = ("s3", "s3a", "gs", "gcs", "az", "abfs", "abfss", "adl", "oci", "oss")
"""What an address may begin with: where what is put is there whole, and is there for others."""

_OURS = (errno.ENOSPC, errno.EDQUOT, errno.EROFS)
"""What this machine's disk refuses, and no bucket does."""


class Bucket:
    """Files by name below an address; each is there whole or not at all.

    All methods raise StoreError, in one sentence, where the address cannot be reached, is not
    there or refuses; what is worth another try has been tried again by then, as the library for
    the address does. Nothing is reached before one of them is called.

    Parameters
    ----------
    address
        ``s3://bucket/prefix`` or another that fsspec knows.

    Raises
    ------
    ConfigError
        If it is no such address, or the package for it is missing.
    """

    def __init__(self, address: str) -> None:
        import fsspec

        self.address = address.rstrip("/")
        self.scheme = address.partition("://")[0]
        if self.scheme not in (*OBJECT_STORES, "file"):
            raise ConfigError(
                f"The address {address} is of no known kind: write s3://BUCKET/PREFIX, or a local "
                "folder."
            )
        try:
            # What another machine has written must be seen at once: no listing is remembered.
            self._files, path = fsspec.core.url_to_fs(address, use_listings_cache=False)
        except ImportError as error:
            said = " ".join(str(error).split()).rstrip(".")
            raise ConfigError(
                f"The address {address} needs a package that is not installed ({said}): write "
                "s3://BUCKET/PREFIX, for which firmament has the extra `s3`, or a local folder."
            ) from error
        except Exception as error:  # each library has errors of its own
            said = " ".join(str(error).split()).rstrip(".")
            raise ConfigError(
                f"The address {address} cannot be used ({said}): write s3://BUCKET/PREFIX, or a "
                "local folder."
            ) from error
        named = address.partition("://")[2]
        self.path = str(path).strip("/") if named.strip("/") and named[0] != "/" else ""
        if not self.path or ".." in PurePosixPath(self.path).parts or self.scheme == "file":
            raise ConfigError(
                f"The address {address} names no bucket: write s3://BUCKET/PREFIX, and a local "
                "folder without file://."
            )

    def read(self, name: str) -> bytes | None:
        """Return a file's content, or None if there is none."""
        with self._reached():
            try:
                return bytes(self._files.cat_file(self._key(name)))
            except FileNotFoundError as error:
                if _no_bucket(error):
                    raise
                return None

    def write(self, name: str, content: bytes) -> None:
        """Write a small file, in place of an earlier one."""
        with self._reached():
            self._files.pipe_file(self._key(name), content)

    def upload(self, path: Path, name: str) -> None:
        """Write a file of this machine's disk, in place of an earlier one."""
        with self._reached():
            self._files.put_file(str(path), self._key(name))

    def download(self, name: str, path: Path) -> None:
        """Bring a file to this machine's disk; nothing comes of one that is not there.

        Raises
        ------
        OSError
            If the disk is full or read-only.
        """
        with self._reached(), suppress(FileNotFoundError):
            self._files.get_file(self._key(name), str(path))

    def sizes(self, folder: str) -> dict[str, int]:
        """Return the bytes of every file in a folder and below, by its name within the folder."""
        start = f"{self._key(folder)}/"
        with self._reached():
            found = self._files.find(self._key(folder), detail=True)
        names = {name.lstrip("/"): facts["size"] for name, facts in found.items()}
        return {
            name.removeprefix(start): size for name, size in names.items() if name.startswith(start)
        }

    def changed(self, name: str) -> datetime:
        """Return when a file was last written."""
        with self._reached():
            when: datetime = self._files.modified(self._key(name))
            return when

    def remove(self, name: str) -> None:
        """Take a file away, if it is there."""
        with self._reached(), suppress(FileNotFoundError):
            self._files.rm_file(self._key(name))

    def _key(self, name: str) -> str:
        return f"{self.path}/{name}"

    @contextmanager
    def _reached(self) -> Iterator[None]:
        """Turn what the libraries for addresses raise into one clear sentence."""
        try:
            yield
        except Exception as error:  # each library has errors of its own
            if isinstance(error, OSError) and error.errno in _OURS:
                raise
            if isinstance(error, FileNotFoundError) and _no_bucket(error):
                advice = "make that bucket, or give another --data-root"
            elif isinstance(error, PermissionError):
                advice = "check the credentials and what they allow"
            else:
                advice = "check the address, its endpoint and the credentials, then try again"
            said = " ".join(str(error).split()).rstrip(".") or type(error).__name__
            raise StoreError(
                f"The store at {self.address} could not be reached ({said}): {advice}. What was "
                "finished before is kept."
            ) from error


def _no_bucket(error: FileNotFoundError) -> bool:
    """Tell a missing bucket from a missing file, which are one type of error."""
    return "NoSuchBucket" in str(error.__cause__) or "bucket does not exist" in str(error)
