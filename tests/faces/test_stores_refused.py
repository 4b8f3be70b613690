"""A store that is damaged, or none: each command says so, and the doctor finds what is wrong."""

from __future__ import annotations

import gc
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import universe
from command import ONCE, Place
from refusals import Case, fresh, refused, table

from pipeline.cli.entry import app
from pipeline.errors import ConfigError, StoreError
from pipeline.maintenance.contents import contents
from pipeline.maintenance.finding import FAULT
from pipeline.settings.settings import Settings
from pipeline.store import Store, open_store
from pipeline.watch import Silence

Spoil = Callable[[Place], Any]
DAY = str(universe.SESSIONS[329].date())
SIMILAR = ("similar", "F01", "--data-root", "{store}")
LATEST = (*SIMILAR, "--run", "latest")
FORECAST = ("forecast", "--data-root", "{store}")
VALIDATE = ("validate", "--data-root", "{store}")
TRACKED = ("--data-root", "{store}", "--tracking-uri", "{tracking}")
RUN = ("run", "--source", "files:{prices}", *TRACKED, *ONCE)
STEP = ("daily", "--date", DAY, "--step", "window", "--source", "files:{prices}", *TRACKED)


def written(name: str, content: str) -> Spoil:
    """Write something in place of a record."""
    return lambda place: (place.store / f"{name}.json").write_text(content)


def changed(name: str, **facts: Any) -> Spoil:
    """Write a record as an earlier version would, without a seal, and with something wrong."""

    def spoil(place: Place) -> None:
        path = place.store / f"{name}.json"
        known = json.loads(path.read_text())
        known.pop("seal")
        for key, value in facts.items():
            known.pop(key)
            if value is not ...:
                known[key] = value
        path.write_text(json.dumps(known))

    return spoil


def at(path: str, spoil: Callable[[Path], Any]) -> Spoil:
    """Spoil a file of the store, or of the output of a stage that analysts are answered from."""

    def spoilt(place: Place) -> None:
        stage, _, file = path.partition("/")
        published = json.loads((place.store / "published.json").read_text())
        if stage in published["fingerprints"]:
            spoil(place.store / "stages" / stage / published["fingerprints"][stage] / file)
        else:
            spoil(place.store / path)

    return spoilt


def removed(path: Path) -> None:
    """Take a file or a folder away."""
    shutil.rmtree(path) if path.is_dir() else path.unlink()


def a_folder(path: Path) -> None:
    """Put a folder in its place."""
    removed(path)
    path.mkdir()


def a_file(path: Path) -> None:
    """Put a file in its place."""
    removed(path)
    path.write_text("")


def a_dangling_link(path: Path) -> None:
    """Put a link that leads nowhere in its place."""
    removed(path)
    path.symlink_to("nowhere")


def a_pipe(path: Path) -> None:
    """Put a pipe that nobody writes to in its place."""
    removed(path)
    os.mkfifo(path)


def flipped(path: Path) -> None:
    """Change a byte in the middle."""
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def a_row_short(path: Path) -> None:
    """Write an array again without its last row."""
    kept = np.load(path)[:-1]
    np.save(path, kept)


def a_column_short(path: Path) -> None:
    """Write a table again without its last column."""
    found = pd.read_parquet(path)
    found.drop(columns=found.columns[-1]).to_parquet(path)


def another(path: Path) -> None:
    """Lay a file beside it that might be taken for it."""
    shutil.copy(path, path.with_suffix(".copy"))


def told(**facts: Any) -> Callable[[Path], Any]:
    """Write an `about.json` anew."""
    return lambda path: path.write_text(json.dumps(facts))


RECORDS = (
    Case("latest is empty braces", LATEST, r"latest\.json lacks `run_id`: remove it, and "
         "`firmament run` writes it again", written("runs/latest", "{}")),
    Case("latest is a list", LATEST, r"latest\.json is damaged", written("runs/latest", "[]")),
    Case("latest is emptied", LATEST, r"latest\.json is damaged", written("runs/latest", "")),
    Case("latest has NaN", LATEST, r"latest\.json is damaged", written("runs/latest", '{"a":NaN}')),
    Case("latest is deep", LATEST, r"latest\.json is damaged", written("runs/latest", "[" * 9**5)),
    Case("latest is no text", LATEST, r"latest\.json is damaged",
         at("runs/latest.json", lambda path: path.write_bytes(b"\xff\xfe\x00"))),
    Case("latest is flipped", LATEST, r"latest\.json is damaged", at("runs/latest.json", flipped)),
    Case("latest is a folder", LATEST, r"latest\.json cannot be read \(it is no file\)",
         at("runs/latest.json", a_folder)),
    Case("latest leads nowhere", LATEST, r"latest\.json cannot be read \(it is a link that leads",
         at("runs/latest.json", a_dangling_link)),
    Case("latest is a pipe", LATEST, r"latest\.json cannot be read \(it is no file\)",
         at("runs/latest.json", a_pipe)),
    Case("latest is missing", LATEST, r"latest\.json is missing, though there are runs",
         at("runs/latest.json", removed)),
    Case("a run's id is a number", LATEST, r"latest\.json has no text in `run_id`",
         changed("runs/latest", run_id=7)),
    Case("a run's id is null", LATEST, r"latest\.json has no text in `run_id`",
         changed("runs/latest", run_id=None)),
    Case("a run lacks its outputs", LATEST, r"latest\.json lacks `fingerprints`",
         changed("runs/latest", fingerprints=...)),
    Case("a run's outputs are a list", LATEST, r"has no names with values in `fingerprints`",
         changed("runs/latest", fingerprints=["embed"])),
    Case("a run's output is null", LATEST, r"has no text in `fingerprints\.embed`",
         changed("runs/latest", fingerprints={"embed": None})),
    Case("a run's output is a path", LATEST, r"has nothing that fits in `fingerprints\.embed`",
         changed("runs/latest", fingerprints={"embed": "../../x"})),
    Case("a run's output is not there", LATEST, r"stages/embed/gone is not there",
         changed("runs/latest", fingerprints={"embed": "gone"})),
    Case("published is empty braces", SIMILAR, r"published\.json lacks `run_id`: remove it, and "
         "`firmament daily` writes", written("published", "{}")),
    Case("published is a list", FORECAST, r"published\.json is dama", written("published", "[]")),
    Case("published lacks its day", FORECAST, r"published\.json lacks `date`",
         changed("published", date=...)),
    Case("published has another day", SIMILAR, r"published\.json has nothing that fits in `date`",
         changed("published", date="yesterday")),
    Case("published has no version", VALIDATE, r"published\.json has no text in `version`",
         changed("published", version=1)),
    Case("published is missing", SIMILAR, r"published\.json is missing, though a schedule has",
         at("published.json", removed)),
    Case("published is damaged, and a run begins", RUN, r"published\.json lacks `run_id`",
         written("published", "{}")),
    Case("a day is empty braces", STEP, rf"days/{DAY}\.json lacks `ingest`: remove it, and "
         rf"`firmament daily --date {DAY}`", written(f"days/{DAY}", "{}")),
    Case("a day is a list", STEP, rf"days/{DAY}\.json is damaged", written(f"days/{DAY}", "[]")),
    Case("a day's step is null", STEP, rf"days/{DAY}\.json has no names with values in `ingest`",
         changed(f"days/{DAY}", ingest=None)),
    Case("a day lacks its prices", STEP, r"lacks `ingest\.fingerprint`",
         changed(f"days/{DAY}", ingest={"origin": ["a", "b"]})),
    Case("a day's origin is short", STEP, r"has too little in `ingest\.origin`",
         changed(f"days/{DAY}", ingest={"origin": ["a"], "fingerprint": "b"})),
)  # fmt: skip
OUTPUTS = (
    Case("a table lacks a column", SIMILAR, r"stages/embed/\w+ is not whole \(firms\.parquet has "
         r"another size than was written\): remove it", at("embed/firms.parquet", a_column_short)),
    Case("a table is a folder", FORECAST, r"stages/forecast/\w+ is not whole \(forecasts\.parquet",
         at("forecast/forecasts.parquet", a_folder)),
    Case("a table is emptied", VALIDATE, r"stages/study/\w+ is not whole \(figures\.parquet has",
         at("study/figures.parquet", a_file)),
    Case("a table leads nowhere", FORECAST, r"stages/forecast/\w+ .*forecasts\.parquet is missing",
         at("forecast/forecasts.parquet", a_dangling_link)),
    Case("a table is a pipe", FORECAST, r"stages/forecast/\w+ is not whole \(forecasts\.parq",
         at("forecast/forecasts.parquet", a_pipe)),
    Case("an array is a row short", SIMILAR, r"stages/embed/\w+ is not whole \(held\.npy has anoth",
         at("embed/held.npy", a_row_short)),
    Case("an array is flipped", SIMILAR, r"stages/embed/\w+ is not whole \(held\.npy has another c",
         at("embed/held.npy", flipped)),
    Case("an array that is not asked is flipped", SIMILAR, r"\(untrained\.npy has another content",
         at("embed/untrained.npy", flipped)),
    Case("an array is missing", SIMILAR, r"\(present\.npy is missing\)",
         at("embed/present.npy", removed)),
    Case("an array has a double", SIMILAR, r"\(held\.copy was not written with it\)",
         at("embed/held.npy", another)),
    Case("an output is a file", SIMILAR, r"stages/embed/\w+ is not whole \(it is no folder\)",
         at("embed", a_file)),
    Case("an output leads nowhere", SIMILAR, r"stages/embed/\w+ is not whole \(about\.json is miss",
         at("embed", a_dangling_link)),
    Case("an output is gone", VALIDATE, r"stages/study/\w+ is not there", at("study", removed)),
    Case("about is a list", SIMILAR, r"\(about\.json is damaged\)",
         at("embed/about.json", lambda path: path.write_text("[]"))),
    Case("about lacks the files", SIMILAR, r"\(about\.json lacks `files`\)",
         at("embed/about.json", told())),
    Case("about lists no files", SIMILAR, r"\(about\.json has too little in `files`\)",
         at("embed/about.json", told(files={}))),
    Case("about has a size that is none", SIMILAR, r"about\.json has no whole number in `files\.a`",
         at("embed/about.json", told(files={"a": "b"}))),
    Case("about is flipped", FORECAST, r"stages/growth/\w+ is not whole \(about\.json is damaged\)",
         at("growth/about.json", flipped)),
    Case("about is a folder", SIMILAR, r"\(about\.json cannot be read \(it is no file\)\)",
         at("embed/about.json", a_folder)),
    Case("the records' folder is a file", SIMILAR, r"runs is a file where a folder of the store is",
         lambda place: (at("runs", a_file)(place), removed(place.store / "published.json"))),
)  # fmt: skip
ASK = ("similar", "F01", "--data-root")
PLACES = (
    Case("a file", (*ASK, "{prices}/firms.csv"), r"firms\.csv is a file where a folder"),
    Case("below a file", (*ASK, "{prices}/firms.csv/x"), r"firms\.csv is a file where a folder"),
    Case("a run below a file", ("run", "--data-root", "{prices}/firms.csv/x"), r"--data-root"),
    Case("not there", (*ASK, "{folder}/none"), r"no run yet in .*/none: .*--data-root"),
    Case("a line break", (*ASK, "{folder}/a\nb"), r"no run yet in .*/a\\nb: "),
    Case("no bucket", (*ASK, "s3:///prefix"), r"s3:///prefix names no bucket"),
    Case("a run that climbs", (*SIMILAR, "--run", "../published"), r"no run '\.\./published'"),
    Case("a run without a name", (*SIMILAR, "--run", ""), r"--run has no value"),
    Case("a run with a long name", (*SIMILAR, "--run", "x" * 999), r"no run 'x"),
    *(
        Case(address, (*words, address), rf"The address {address} (is of no known|needs a package)")
        for address in ("gs://b/p", "ftp://b/p", "http://b/p", "memory://b/p", "zip://b")
        for words in [ASK]
    ),
    Case("a run to ftp", ("run", "--data-root", "ftp://b/p"), r"ftp://b/p is of no known kind"),
    Case("a mirror at an address", (*SIMILAR, "--set", "mirror_root=s3://b/p"), r"mirror_root"),
)


@table([*RECORDS, *OUTPUTS])
def test_what_is_damaged_is_told_and_found(case: Case, stock: Place, tmp_path: Path) -> None:
    place = stock.copied(tmp_path)
    refused(case, place)
    found = contents(Settings(data_root=str(place.store)), Silence(), mend=False).findings
    assert FAULT in {one.state for one in found}


@table(PLACES)
def test_a_place_that_is_no_store_is_told(case: Case, tmp_path: Path) -> None:
    refused(case, fresh(tmp_path))


def test_the_stock_is_sound_and_asked_without_seals_as_with_them(
    stock: Place, tmp_path: Path
) -> None:
    place = stock.copied(tmp_path)
    settings = Settings(data_root=str(place.store))
    sound = contents(settings, Silence(), mend=False).findings
    assert [one for one in sound if one.state == FAULT] == []
    asked = ("similar", "F01", "--data-root", str(place.store))
    before = place.run(*asked).stdout
    for path in place.store.rglob("*.json"):
        facts = json.loads(path.read_text())
        if isinstance(facts, dict) and facts.pop("seal", None):
            path.write_text(json.dumps(facts))
    assert place.run(*asked).stdout == before
    assert place.run("forecast", *asked[2:]).returncode == 0
    # Without seals the outputs are a few bytes smaller.
    found = contents(settings, Silence(), mend=False).findings
    assert [(one.state, one.check) for one in found] == [(one.state, one.check) for one in sound]


@pytest.mark.parametrize(
    "words",
    [
        ["similar", "F01"],
        ["explain", "F01", "F02"],
        ["history", "F01"],
        ["validate"],
        ["forecast"],
        ["run"],
        ["compare"],
        ["daily"],
        ["doctor"],
        ["clean", "--older-than", "9"],
        ["registry", "history"],
        ["config"],
        ["ui"],
    ],
    ids=" ".join,
)
def test_a_working_folder_that_was_removed_is_told(words: list[str], tmp_path: Path) -> None:
    here = Path.cwd()
    gone = tmp_path / "gone"
    gone.mkdir()
    os.chdir(gone)
    gone.rmdir()
    try:
        with pytest.raises(ConfigError, match="working folder has been removed: change to another"):
            app(words, standalone_mode=False)
        with pytest.raises(StoreError, match="working folder has been removed"):
            open_store("data/store")
    finally:
        os.chdir(here)
        gc.enable()  # which some of these commands go without


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be somebody else for a while")
@pytest.mark.parametrize("closed", ["", "runs", "runs/latest.json", "stages/embed"])
def test_what_may_not_be_read_is_told_and_found(
    closed: str, stock: Place, tmp_path_factory: pytest.TempPathFactory
) -> None:
    place = stock.copied(tmp_path_factory.mktemp("closed"))
    (place.store / "published.json").unlink()
    shutil.rmtree(place.store / "days")
    ways = [path for path in (place.store, *place.store.parents) if path != Path("/")]
    before = {path: path.stat().st_mode for path in ways}
    store = Store(place.store)
    embed = store.run("latest")["fingerprints"]["embed"]
    for path in ways:
        path.chmod(0o755)
    (place.store / closed).chmod(0)
    os.seteuid(65534)
    try:
        with pytest.raises(StoreError, match=r"Permission denied"):
            store.run("latest")
            store.about("embed", embed)
        settings = Settings(data_root=str(place.store))
        found = contents(settings, Silence(), mend=False).findings
    finally:
        os.seteuid(0)
        (place.store / closed).chmod(0o755)
        for path, mode in before.items():
            path.chmod(mode)
    assert FAULT in {one.state for one in found}
