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


@pytest.mark.parametrize("text", ["", "samples", "sample:x", "files:", "yahoo:", "ftp:x", "/x/y"])
def test_any_other_text_is_told_the_forms(text):
    with pytest.raises(ConfigError, match=r"use sample, files:PATH, or yahoo:"):
        open_source(text, Ingest(), Yahoo(), Path("unused"))
