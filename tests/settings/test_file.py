"""Settings of a YAML file, and what a person reads when the file is wrong."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pipeline.errors import ConfigError
from pipeline.settings.explain import flatten
from pipeline.settings.file import LARGEST
from pipeline.settings.load import load
from pipeline.settings.settings import Settings

READ = (
    (b"\xef\xbb\xbftrain:\n  epochs: 3\n", "train.epochs", 3),
    (b"train:\r\n  epochs: 3\r\n", "train.epochs", 3),
    (b"---\ntrain: {epochs: 3}\n...\n", "train.epochs", 3),
    (b"train: &all {epochs: 3}\n", "train.epochs", 3),
    (b"train: {epochs: 010}\n", "train.epochs", 10),
    (b"train: {learning_rate: 1e-3}\n", "train.learning_rate", 0.001),
    (b"train: {refit: no}\n", "train.refit", False),
    (b"model: {layers: ~}\n", "model.layers", None),
    (b"ingest:\n  quality:\n", "ingest.quality.min_days", 60),
    (b"compare: {models: gru}\n", "compare.models", ("gru",)),
    (
        b"yahoo: {universes: {on: [ON, NO, 0700, 1e3]}}\n",
        "yahoo.universes",
        {"on": ["ON", "NO", "0700", "1e3"]},
    ),
)

REFUSED = (
    (b"train:\n  epochs: 0\n", r"train\.epochs \(0\) in line 2 of .*wrong\.yaml is not valid"),
    (b"train:\n  patience: 2\n  epochs:\n", r"train\.epochs \(nothing\) in line 3 of"),
    (b"learning: {rate: 1}\n", r"The key learning in line 1 of .*wrong\.yaml is unknown"),
    (
        b"train.epochs: 3\n",
        r"train\.epochs in line 1 .* write train: and, indented below it, epochs",
    ),
    (b"train: []\n", r"train \(\[\]\) in line 1 of .* it is a section"),
    (b"log: off\n", r"log \('off'\) in line 1 of .*: give text or json\.$"),
    (
        b"ingest:\n  start: 2020-1-31\n",
        r"ingest\.start \('2020-1-31'\) in line 2 .* give a date as",
    ),
    (b"train:\n  learning_rate: .nan\n", r"\('\.nan'\) in line 2 of"),
    (b"on: 1\n", r"The key on in line 1"),
    (b"1: 2\n", r"The key 1 in line 1"),
    (b"'': 2\n", r"The key '' in line 1"),
    (b"? [a]\n: 3\n", r"has a key at line 1 that is no word"),
    (b"- a\n- b\n", r"wrong\.yaml holds no sections"),
    (b"hello\n", r"wrong\.yaml holds no sections"),
    (b"train: [\n", r"wrong\.yaml is not valid YAML at line 2: mend it\.$"),
    (b"train:\n  epochs: 3\n   patience: 2\n", r"is not valid YAML at line 3"),
    (b"train:\n\tepochs: 3\n", r"has a tab at line 2: write spaces"),
    (b"train: {}\nmodel: {}\ntrain: {}\n", r"has train twice, on the lines 1 and 3: join them"),
    (b"train:\n  epochs: 3\n  epochs: 4\n", r"has epochs twice, on the lines 2 and 3"),
    (b"train: {}\n---\nmodel: {}\n", r"has a second document from line 2 on: keep one"),
    (b"train: &a {epochs: 3}\nmodel: *a\n", r"refers to another place by \*a at line 2"),
    (b"a: &a [x]\nb: &b [*a, *a]\n", r"refers to another place"),
    (b"train: &a\n  - *a\n", r"refers to another place"),
    (b"train: !new {}\n", r"has the tag !new at line 1: leave it out"),
    (b"train:\n  epochs: \x00\n", r"has a character that no text has at line 2"),
    (b"train: {}\nsource: caf\xe9\n", r"is not in UTF-8 at line 2: save it in that encoding"),
    (b"\xff\xfet\x00", r"is not in UTF-8 at line 1"),
    (b"train: " + b"[" * 3_000, r"is nested too deeply"),
    (b"# " + b"x" * LARGEST, r"is larger than 256,000 bytes"),
)


def written(folder: Path, data: bytes) -> Path:
    file = folder / "wrong.yaml"
    file.write_bytes(data)
    return file


@pytest.mark.parametrize(("data", "key", "value"), READ, ids=lambda given: str(given)[:50])
def test_what_is_written_is_read(tmp_path: Path, data: bytes, key: str, value: object) -> None:
    assert flatten(load(written(tmp_path, data)))[key] == value


@pytest.mark.parametrize(("data", "sentence"), REFUSED, ids=lambda given: str(given)[:50])
def test_a_wrong_file_is_named(tmp_path: Path, data: bytes, sentence: str) -> None:
    with pytest.raises(ConfigError, match=sentence) as caught:
        load(written(tmp_path, data))
    assert "wrong.yaml" in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("place", "sentence"),
    [
        ("absent.yaml", r"absent\.yaml cannot be read .*firmament config"),
        (".", r"cannot be read \(Is a directory\)"),
        ("/dev/zero", r"/dev/zero is larger than"),
    ],
)
def test_a_file_that_is_none_is_named(tmp_path: Path, place: str, sentence: str) -> None:
    with pytest.raises(ConfigError, match=sentence):
        load(tmp_path / place)


@pytest.mark.parametrize("data", [b"", b"# nothing yet\n", b"train:\nmodel:\n  # units: 8\n"])
def test_what_is_left_empty_has_its_defaults(tmp_path: Path, data: bytes) -> None:
    assert load(written(tmp_path, data)) == Settings()


def test_a_pipe_is_read_and_a_named_one_is_refused(tmp_path: Path) -> None:
    reader, writer = os.pipe()
    os.write(writer, b"train: {epochs: 7}\n")
    os.close(writer)
    (tmp_path / "link.yaml").symlink_to(f"/proc/self/fd/{reader}")
    assert load(tmp_path / "link.yaml").train.epochs == 7
    assert load(Path(f"/dev/fd/{reader}")) == Settings()  # nothing is left in it
    os.close(reader)
    os.mkfifo(tmp_path / "pipe.yaml")
    with pytest.raises(ConfigError, match=r"pipe\.yaml is a named pipe"):
        load(tmp_path / "pipe.yaml")
