"""Which source a text names."""

from pathlib import Path

import pytest

from pipeline.errors import ConfigError
from pipeline.settings.ingest import Ingest
from pipeline.settings.yahoo import Yahoo
from pipeline.sources import open_source


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("sample", "sample"),
        (" sample ", "sample"),
        ("files:some/where/mine", "files:mine"),
        ("files:some/mine/prices.parquet", "files:mine"),
        ("files:some/closes.csv.gz", "files:closes"),
        ("yahoo:banks", "yahoo:banks"),
        ("yahoo:BRK-B,KO", "yahoo:BRK-B,KO"),
    ],
)
def test_each_form_opens_its_source(text, name, tmp_path):
    assert open_source(text, Ingest(), Yahoo(), tmp_path).name == name
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "text", ["", "samples", "sample:x", "files:", "yahoo:", "ftp:x", "s3://b/p"]
)
def test_any_other_text_is_told_the_forms(text):
    with pytest.raises(ConfigError, match=r"use sample, files:PATH, or yahoo:"):
        open_source(text, Ingest(), Yahoo(), Path("unused"))


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("prices.csv", "files:{here}"),
        ("closes.CSV.gz", "files:closes"),
        ("./mine", "files:mine"),
        ("sub/mine", "files:mine"),
        ("~/mine", "files:mine"),
        ("/x/y", "files:y"),
        ("..", "files:{above}"),
        ("there", "files:there"),
        ("od:d", "files:od:d"),
    ],
)
def test_a_path_alone_is_a_source(text, name, tmp_path, monkeypatch):
    for folder in ("there", "od:d", "sample"):
        (tmp_path / folder).mkdir()
    monkeypatch.chdir(tmp_path)
    opened = open_source(text, Ingest(), Yahoo(), tmp_path)
    assert opened.name == name.format(here=tmp_path.name, above=tmp_path.parent.name)
    assert open_source("sample", Ingest(), Yahoo(), tmp_path).name == "sample"


@pytest.mark.parametrize(
    ("text", "meant"),
    [("closes", "closes.csv"), ("samples", "sample"), ("file:x", "files:…"), ("Yahoo:KO", "yahoo")],
)
def test_what_is_near_is_suggested(text, meant, tmp_path, monkeypatch):
    (tmp_path / "closes.csv").touch()
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigError, match=rf"unknown \(did you mean {meant}.*use sample, files:"):
        open_source(text, Ingest(), Yahoo(), tmp_path)


def test_nothing_is_suggested_for_what_is_like_nothing(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigError, match=r"'xyzzy' is unknown: use"):
        open_source("xyzzy", Ingest(), Yahoo(), tmp_path)
