"""Settings that make no sense are refused before anything is done."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
from command import Place
from refusals import Case, fresh, refused, table

PLACES = ("--data-root", "{store}", "--tracking-uri", "{tracking}")
RUN = ("run", "--source", "files:{prices}", *PLACES)
FILE = ("config", "--config", "{folder}/own.yaml")


def written(text: str | bytes) -> Callable[[Place], Any]:
    """Return what writes a file of settings."""
    data = text.encode() if isinstance(text, str) else text
    return lambda place: (place.folder / "own.yaml").write_bytes(data)


def without_prices(place: Place) -> None:
    shutil.rmtree(place.prices)


def closes(place: Place) -> None:
    """Leave no prices but the close."""
    file = place.prices / "prices.parquet"
    pd.read_parquet(file, columns=["date", "symbol", "close"]).to_parquet(file, index=False)


def variable(name: str, value: str, sentence: str) -> Case:
    return Case(f"{name}={value[:20]}", ("config",), sentence, variables={name: value})


def assigned(text: str, sentence: str) -> Case:
    return Case(f"--set {text[:40]}", ("config", "--set", text), sentence)


def filed(name: str, text: str | bytes, sentence: str) -> Case:
    return Case(name, FILE, sentence, spoil=written(text))


CASES = (
    Case("an unknown key", (*RUN, "--set", "train.epoch=3"), r"did you mean train\.epochs\?"),
    Case("an unknown calendar", (*RUN, "--set", "ingest.calendar=XXXX"), r"'XXXX' is not"),
    Case(
        "a misspelt feature, before any price is read",
        (*RUN, "--set", "window.features=[growht]"),
        r"there is no feature 'growht'; did you mean growth\?$",
        spoil=without_prices,
    ),
    Case(
        "a misspelt calendar, before any price is read",
        (*RUN, "--set", "ingest.calendar=XLOM"),
        r"did you mean XLON\?$",
        spoil=without_prices,
    ),
    Case(
        "a misspelt architecture in a comparison",
        ("compare", "--models", "gru,lstmm", "--source", "files:{prices}", *PLACES),
        r"lstmm.* did you mean lstm\?",
    ),
    Case(
        "a misspelt architecture",
        (*RUN, "--model", "gruu"),
        r"--model takes .*, not 'gruu': did you mean gru\?$",
    ),
    variable("FIRMAMENT_TRAIN_EPOCHS", "3", r"write FIRMAMENT_TRAIN__EPOCHS, with two underscores"),
    variable("FIRMAMENT_TRAIN__EPOCHS", "abc", r"'abc'\) in the environment variable FIRMAMENT_TR"),
    variable(
        "FIRMAMENT_TRAIN__EPOCHS", "", r"FIRMAMENT_TRAIN__EPOCHS .* whole number from 1 to 10"
    ),
    variable("FIRMAMENT_TRAIN", "5", r"FIRMAMENT_TRAIN is not valid: it is a section"),
    variable("FIRMAMENT_TRAIN", "{bad json", r"FIRMAMENT_TRAIN is not valid YAML"),
    variable(
        "firmament_trian__epochs", "3", r"firmament_trian__epochs .* FIRMAMENT_TRAIN__EPOCHS\?"
    ),
    variable("FIRMAMENT_WINDOW__FEATURES", "growth,volum", r"did you mean volume\?$"),
    variable(
        "FIRMAMENT_LOG", "loud", r"'loud'\) in .*FIRMAMENT_LOG is not valid: give text or json"
    ),
    variable("FIRMAMENT_DATAROOT", "x", r"did you mean FIRMAMENT_DATA_ROOT\?$"),
    variable("FIRMAMENT_INGEST__START", "2020", r"give a date as 2020-01-31"),
    variable("FIRMAMENT_TRACKING_URI", ":memory:", r"FIRMAMENT_TRACKING_URI .* forgets its runs"),
    *(
        Case(
            f"{words[0]}: no such backend",
            words,
            r"Keras's backend foo is not installed: .*KERAS_BACKEND",
            variables={"KERAS_BACKEND": "foo"},
        )
        for words in (("models",), RUN)
    ),
    assigned("train", r"not of the form section\.key=value"),
    assigned("=3", r"not of the form"),
    assigned("train.epochs=", r"train\.epochs \(nothing\) in --set"),
    assigned("train..epochs=3", r"not of the form"),
    assigned("train.epochs.x=3", r"train\.epochs \(\{x: 3\}\)"),
    assigned("train={epochs: 3", r"is not valid YAML"),
    assigned("train=3", r"it is a section"),
    assigned("train.epochs=0", r"whole number from 1 to 10,000"),
    assigned("train.learning_rate=.nan", r"a number above 0 and no more than 1"),
    assigned("train.refit=maybe", r"true or false"),
    assigned("train.clipnorm=1", r"exclude each other"),
    assigned("ingest.start=2020", r"a date as 2020-01-31"),
    assigned("ingest.start=2020-02-30", r"there is no such day"),
    assigned("ingest.calendar=24-7", r"did you mean 24/7\?$"),
    assigned("window.features=[]", r"a list of names in brackets"),
    assigned("window.features=growth,growth", r"names growth twice"),
    assigned("evaluate.quantiles=[a]", r"a list of numbers in brackets"),
    assigned("data_root=s3:/b/p", r"written as s3://BUCKET/PREFIX"),
    assigned("data_root=C:\\store", r"neither a folder nor an address"),
    assigned("data_root=$HOME/store", r"a variable \(\$HOME/store\) that nothing fills in"),
    assigned("mirror_root=a/${B}", r"a variable \(\$\{B\}\) that nothing fills in"),
    assigned("tracking_uri=sqlite:///$HOME/x.db", r"a variable \(\$HOME/x\.db\)"),
    filed("a tag", "train: !!python/object:os.system {}\n", r"has the tag .*os\.system at line 1"),
    filed("a set", "window:\n  features: !!set {growth}\n", r"has the tag .*:set at line 2"),
    filed(
        "an unknown key in a file", "train:\n  epoch: 3\n", r"in line 2 of .*own\.yaml is unknown"
    ),
    filed("a value in a file", "train:\n  epochs: -1\n", r"\(-1\) in line 2 of .*own\.yaml is not"),
    filed("tabs", "train:\n\tepochs: 3\n", r"own\.yaml has a tab at line 2"),
    filed("a dotted key", "train.epochs: 3\n", r"write train: and, indented below it, epochs"),
    filed("off", "log: off\n", r"log \('off'\) in line 1"),
    filed("an alias", "train: &a {}\nmodel: *a\n", r"refers to another place by \*a at line 2"),
    filed(
        "a bomb of aliases",
        "a: &a [x]\n" + "".join(f"b{n}: &b{n} [*a, *a]\n" for n in range(40)),
        r"refers to another place",
    ),
    filed("two documents", "train: {}\n---\ntrain: {}\n", r"a second document from line 2 on"),
    filed("a list", "- train\n", r"holds no sections"),
    filed("latin-1", "source: caf\xe9\n".encode("latin-1"), r"is not in UTF-8 at line 1"),
    filed("a huge file", b"#" * 1_000_000, r"is larger than 256,000 bytes"),
    filed("a key twice", "train: {}\ntrain: {}\n", r"has train twice, on the lines 1 and 2"),
    Case("a folder as file", ("config", "--config", "{prices}"), r"\(Is a directory\)"),
    Case("no file", ("config", "--config", "{folder}/absent.yaml"), r"absent\.yaml cannot be read"),
    Case("an endless file", ("config", "--config", "/dev/zero"), r"/dev/zero is larger than"),
)


@table(CASES)
def test_it_is_refused(case: Case, tmp_path: Path) -> None:
    refused(case, fresh(tmp_path))


def test_a_feature_that_needs_columns_is_refused_after_ingest(tmp_path: Path) -> None:
    place = fresh(tmp_path)
    closes(place)
    done = place.run("run", *place.options, "--set", "window.features=[growth, volume]")
    assert done.returncode == 2
    said = done.stderr.splitlines()[-1]
    assert said.startswith("firmament: The feature volume is made of ranges and volumes, but the ")
    assert "have no high and low and no volume: take it out of window.features" in said
    assert not (tmp_path / "store" / "runs").exists() or not [*(tmp_path / "store/runs").iterdir()]


def test_a_year_of_every_day_has_365(tmp_path: Path) -> None:
    place = fresh(tmp_path)
    daily = ["--set", "ingest.calendar=24/7", "--set", "ingest.quality.missing_share=1"]
    done = place.run("stage", "growth", *place.options, *daily, "--format", "json")
    assert done.returncode == 0, done.stderr
    about = json.loads((Path(json.loads(done.stdout)["folder"]) / "about.json").read_text())
    assert about["settings"]["growth"]["days_per_year"] == 365
