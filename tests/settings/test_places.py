"""Places that are given as text."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.errors import ConfigError
from pipeline.settings.load import load


def test_a_leading_tilde_is_the_home_folder() -> None:
    found = load(options={"data_root": "~/store", "tracking_uri": "sqlite:///~/runs.db"})
    assert found.data_root == str(Path.home() / "store")
    assert found.tracking_uri == f"sqlite:///{Path.home()}/runs.db"


@pytest.mark.parametrize(
    "kept", ["data/store", "/srv/a:b/store", "s3://bucket/prefix", "./c:d", "~a/b"[1:]]
)
def test_folders_and_addresses_are_kept(kept: str) -> None:
    assert load(options={"data_root": kept}).data_root == kept


@pytest.mark.parametrize(
    "uri", ["sqlite:////srv/runs.db", "http://127.0.0.1:5000", "postgresql://a/b"]
)
def test_tracking_stores_are_kept(uri: str) -> None:
    assert load(options={"tracking_uri": uri}).tracking_uri == uri


@pytest.mark.parametrize(
    ("key", "place", "sentence"),
    [
        ("data_root", "s3:/bucket/prefix", "neither a folder nor an address"),
        ("mirror_root", "s3:bucket", "neither a folder nor an address"),
        ("data_root", "~nobody-of-this-name/store", "no home here"),
        ("tracking_uri", "sqlite://", "forgets its runs; give sqlite:///FILE"),
        ("tracking_uri", "sqlite:///", "forgets its runs"),
        ("tracking_uri", "sqlite:///:memory:", "forgets its runs"),
        ("tracking_uri", ":memory:", "forgets its runs"),
    ],
)
def test_a_place_that_is_none_is_refused(key: str, place: str, sentence: str) -> None:
    with pytest.raises(ConfigError, match=sentence) as caught:
        load(options={key: place})
    assert key in str(caught.value)
    assert place in str(caught.value)
