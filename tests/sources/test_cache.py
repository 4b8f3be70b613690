"""The cache, in a folder and on an object store."""

import signal
import uuid
from pathlib import Path

import pandas as pd
import pytest
from dying import die, ended

from pipeline.errors import StoreError
from pipeline.sources.cache import Cache


def table(*closes: float, name: str = "Acme") -> pd.DataFrame:
    days = pd.bdate_range("2024-05-20", periods=len(closes)).as_unit("us")
    made = pd.DataFrame({"date": days, "close": closes})
    made.attrs = {"name": name}
    return made


@pytest.fixture(params=["folder", "address"])
def place(request, tmp_path):
    return tmp_path / "cache" if request.param == "folder" else f"memory://{uuid.uuid4().hex}/cache"


def aside(place: Path | str, symbol: str) -> list[pd.DataFrame]:
    """Read the tables that were replaced, in order of time."""
    import fsspec

    files, root = fsspec.core.url_to_fs(str(place))
    found = []
    for path in sorted(files.glob(f"{root}/replaced/{symbol}/*.parquet")):
        with files.open(path) as file:
            found.append(pd.read_parquet(file))
    return found


def test_tables_and_what_is_said_of_them_are_kept(place):
    cache = Cache(place)
    assert cache.read("^GSPC") is None
    cache.write("^GSPC", table(1.0, 2.0))
    cache.write("BTC/USD", table(3.0))
    kept = Cache(place).read("^GSPC")
    pd.testing.assert_frame_equal(kept, table(1.0, 2.0))
    assert kept.attrs == {"name": "Acme"}
    assert cache.read("BTC/USD")["close"].tolist() == [3.0]


def test_the_digest_is_of_the_tables_and_their_symbols(place):
    cache = Cache(place)
    cache.write("A", table(1.0))
    cache.write("B", table(1.0))
    both = cache.digest(["A", "B"])
    assert both == cache.digest(["B", "A"]) != cache.digest(["A"]) != cache.digest(["B"])
    cache.write("A", table(1.0))
    assert cache.digest(["A", "B"]) == both
    cache.write("B", table(1.0, 2.0))
    assert cache.digest(["A", "B"]) != both


def test_a_replaced_table_is_kept_with_the_reason(place):
    cache = Cache(place)
    for number in range(3):
        cache.replace("A", table(float(number)), f"reason {number}")
    assert cache.read("A")["close"].tolist() == [2.0]
    assert cache.read("A").attrs == {"name": "Acme"}
    earlier = aside(place, "A")
    assert [t["close"].tolist() for t in earlier] == [[0.0], [1.0]]
    assert [t.attrs["replaced"] for t in earlier] == ["reason 1", "reason 2"]


def test_an_equal_table_replaces_nothing(place):
    cache = Cache(place)
    cache.write("A", table(1.0))
    cache.replace("A", table(1.0, name="Acme Corporation"), "asked again")
    assert cache.read("A").attrs == {"name": "Acme Corporation"}
    assert aside(place, "A") == []


def test_a_replacement_that_fails_leaves_the_table_in_its_place(tmp_path, monkeypatch):
    cache = Cache(tmp_path)
    cache.write("A", table(1.0))
    replace = Path.replace

    def full(self, target):
        if target == tmp_path / "A.parquet":
            raise OSError(28, "No space left on device")
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(StoreError, match=r"cannot be written.*No space left.*make room"):
        cache.replace("A", table(2.0), "rewritten")
    assert cache.read("A")["close"].tolist() == [1.0]
    assert [t["close"].tolist() for t in aside(tmp_path, "A")] == [[1.0]]
    assert not list(tmp_path.rglob("*.part"))


@pytest.mark.parametrize("renames", [0, 1, 2])
def test_a_kill_at_any_moment_loses_nothing(tmp_path, renames):
    Cache(tmp_path).write("A", table(1.0))

    # The first rename puts the earlier table aside, the second puts the new one in its place.
    def replaced() -> None:
        rename, done = Path.replace, []

        def stop(self, target):
            if len(done) == renames:
                die()
            done.append(target)
            return rename(self, target)

        Path.replace = stop
        Cache(tmp_path).replace("A", table(2.0), "rewritten")
        die()

    assert ended(replaced) == -signal.SIGKILL
    earlier = [t["close"].tolist() for t in aside(tmp_path, "A")]
    kept = Cache(tmp_path).read("A")["close"].tolist()
    assert (kept, earlier) == [([1.0], []), ([1.0], [[1.0]]), ([2.0], [[1.0]])][renames]


def test_a_damaged_table_is_told(tmp_path):
    (tmp_path / "A.parquet").write_bytes(b"not a table")
    with pytest.raises(StoreError, match=r"A\.parquet are damaged: move"):
        Cache(tmp_path).read("A")


def test_an_object_store_that_fails_is_told():
    cache = Cache("nowhere://bucket/cache")
    with pytest.raises(StoreError, match=r"cannot be read from nowhere://bucket/cache .*address"):
        cache.read("A")
    with pytest.raises(StoreError, match=r"cannot be written to nowhere://bucket/cache"):
        cache.write("A", table(1.0))
