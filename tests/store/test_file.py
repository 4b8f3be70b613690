"""Files that a person names: refused before any work, written whole or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.errors import FirmamentError, StoreError
from pipeline.store.file import check, whole


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("a.txt", "The table '.*a.txt' ends on .txt: name a file that ends on .csv or .parquet"),
        ("a", "ends on no suffix"),
        ("absent/a.csv", "is not there"),
        ("folder.csv", "is a folder"),
    ],
)
def test_a_file_with_no_place_is_refused(tmp_path: Path, name: str, sentence: str) -> None:
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(FirmamentError, match=sentence):
        check(tmp_path / name, (".csv", ".parquet"), "table")


def test_a_suffix_may_be_in_capitals(tmp_path: Path) -> None:
    check(tmp_path / "A.CSV", (".csv",), "table")
    with whole(tmp_path / "A.CSV", "table") as draft:
        assert draft.suffix == ".csv"
        draft.write_text("new")
    assert (tmp_path / "A.CSV").read_text() == "new"


def test_what_is_broken_off_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text("old")
    with pytest.raises(KeyError), whole(file, "table") as draft:
        draft.write_text("half")
        raise KeyError
    with pytest.raises(StoreError, match="No space left"), whole(file, "table") as draft:
        Path("/dev/full").write_text("much")
    assert file.read_text() == "old"
    assert list(tmp_path.iterdir()) == [file]
