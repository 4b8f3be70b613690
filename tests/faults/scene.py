"""A place where a day was published undisturbed, and what the next day comes to there.

Artifacts are addressed by absolute paths in MLflow's database, so a scene has one place, which is
put back from copies.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import signal
import sqlite3
import time
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd
import psutil
from command import ONCE, Place, planted
from nursery import Child, Ended, Nursery
from toy import TOY

from pipeline.similarity.asking.peers import Peers
from pipeline.store import open_store

FIRMS, DAYS = 6, 330
SMALL = [
    *("--set", "daily.models=[elman]"),
    # The second day's challenger becomes champion, were it worse by chance.
    *("--set", "daily.champion_days=0"),
    *("--set", "daily.level=0.000001"),
    *ONCE,
]
TIMES = [
    *("seconds", "targets_per_second", "made", "digests", "files"),
    *("run_id", "edition", "folder", "report", "seal"),
]
"""What differs between two undisturbed runs: times, ids that are drawn, what is named by them, and
the sizes of files with times."""
VERSIONS = ("version", "challenger", "before", "champion")
"""Keys whose values are numbers of versions."""
TAKEN = re.compile(
    rb"in [\d.]+ s \([\d,]+ targets a second\)|took [\d.]+ s a training"
    rb'|<td class="n">201</td><td class="n">[\d.]+</td><td class="n">[\d,]+</td>'
    rb"|Plotly.newPlot\(\s*\"figure-cost\".*?</script>",
    re.DOTALL,
)
"""What a page tells of the time that training took: sentences, a row and a figure. The network has
201 parameters."""


@dataclass
class Scene:
    """The place, its copies, and the runs made there."""

    folder: Path
    nursery: Nursery
    kills: dict[str, int] = field(default_factory=dict)
    """How often a run was killed, by where."""

    def __post_init__(self) -> None:
        self.place: Place = planted(self.folder / "place", FIRMS, DAYS, TOY)
        days = pd.read_parquet(self.place.prices / "prices.parquet")["date"]
        self.yesterday, self.today = sorted({str(day.date()) for day in days})[-2:]
        self.options = [*self.place.options, *SMALL]
        # A day more of prices need not change a network, and the same one does not take over.
        other = [*self.options, "--set", "model.units=5"]
        assert self.daily(self.yesterday, arguments=other).status == 0
        self.save("yesterday")
        self.before = self.published
        record = self.folder / "moments.txt"
        self.reference_run = self.daily(self.today, record=str(record))
        assert self.reference_run.status == 0, self.reference_run.told
        self.moments = record.read_text(encoding="utf-8").splitlines()
        self.save("today")
        self.reference = account(self.place)

    @property
    def store(self) -> Path:
        return self.place.folder / "store"

    @property
    def published(self) -> bytes:
        return (self.store / "published.json").read_bytes()

    def start(self, day: str, target: tuple[str, int] | None = None, **options: Any) -> Child:
        """Start the run of a day."""
        arguments = ["daily", "--date", day, *options.pop("arguments", self.options)]
        return self.place.begin(*arguments, target=target, **options)

    def daily(self, day: str, target: tuple[str, int] | None = None, **options: Any) -> Ended:
        """Do the run of a day to its end."""
        return self.nursery.wait(self.start(day, target, **options))

    def save(self, name: str) -> None:
        """Copy the place."""
        shutil.copytree(self.place.folder, self.folder / name)

    def restore(self, stages: str = "yesterday") -> None:
        """Put the place back as it was yesterday.

        With `stages="today"`, today's stages are made already: what is left is what they are
        logged, decided and published by.
        """
        shutil.rmtree(self.place.folder)
        shutil.copytree(self.folder / "yesterday", self.place.folder)
        if stages == "today":
            made = self.folder / "today" / "store" / "stages"
            for folder in made.iterdir():
                if folder.name != "edition":
                    shutil.copytree(folder, self.store / "stages" / folder.name, dirs_exist_ok=True)

    def kill(self, moment: str, times: int = 1) -> None:
        """Do today's run until a moment has come so many times, and it is killed."""
        ended = self.daily(self.today, (moment, times))
        assert ended.status == -9, (moment, ended)
        self._count(moment)
        self.readable()

    def kill_after(self, seconds: float) -> None:
        """Kill today's run when it has used the processor so long, if it has not ended before."""
        child = self.start(self.today)
        process = psutil.Process(child.number)
        while process.status() != psutil.STATUS_ZOMBIE:
            used = process.cpu_times()
            if used.user + used.system >= seconds:
                process.send_signal(signal.SIGKILL)
                break
            time.sleep(0.005)
        ended = self.nursery.wait(child)
        assert ended.status in (-9, 0), ended.told
        if ended.status == -9:
            self._count("at random")
        self.readable()

    def kill_when(self, child: Child, text: str) -> None:
        """Kill a run as soon as it has told something."""
        while text not in child.told:
            time.sleep(0.005)
        psutil.Process(child.number).send_signal(signal.SIGKILL)
        assert self.nursery.wait(child).status == -9
        self._count("beside another run")

    def readable(self) -> None:
        """Check that yesterday's results or today's are published, and whole."""
        if self.published != self.before:
            assert json.loads(self.published)["date"] == self.today
        record = json.loads(self.published)
        store = open_store(self.store)
        places = {**record["fingerprints"], "edition": record["edition"]}
        for stage, name in places.items():
            assert store.damage(stage, name) is None, (stage, store.damage(stage, name))
        assert (store.root / record["folder"] / "page.html").is_file()
        assert len(Peers.load(self.store).similar("F01", 3)) == 3

    def ends_well(self, beside: str = "nothing") -> Ended:
        """Do today's run to its end: the place is then as if nothing had happened.

        Outputs of the stage `beside` may be there that are not the reference's.
        """
        ended = self.daily(self.today)
        assert ended.status == 0, ended.told
        self.readable()
        found = account(self.place)
        for name in found["outputs"].keys() - self.reference["outputs"].keys():
            assert name.startswith(beside), name
            del found["outputs"][name]
        for part, expected in self.reference.items():
            assert found[part] == expected, part
        return ended

    def refused(self, ended: Ended, sentence: str) -> None:
        """Check that a run was refused with one sentence, and that yesterday's results stay."""
        assert ended.status == 2, ended.told
        assert "Traceback" not in ended.told
        assert sentence in ended.told.splitlines()[-1], ended.told
        assert ended.told.splitlines()[-1].startswith("firmament: ")
        assert self.published == self.before
        self.readable()

    def _count(self, where: str) -> None:
        """Count a kill."""
        self.kills[where] = self.kills.get(where, 0) + 1


def account(place: Place) -> dict[str, Any]:
    """Return all that a place has come to, without times and ids."""
    store = place.folder / "store"
    with closing(sqlite3.connect(place.folder / "mlruns" / "mlflow.db")) as database:
        dates = _dates(database)
        tracked = _tracked(database, dates)
    stages = sorted((store / "stages").glob("*/*/*"))
    days = sorted((store / "days").glob("*.json"))
    records = {path.name: path for path in (*days, store / "published.json")}
    left = [path for name in ("claims", "unfinished") for path in (store / name).glob("*")]
    left += [path for name in ("", "days", "runs") for path in (store / name).glob(".*")]
    return {
        "outputs": {_named(path, store): _content(path, dates) for path in stages},
        "records": {name: _content(path, dates) for name, path in records.items()},
        "left": sorted(str(path.relative_to(store)) for path in left),
        **tracked,
    }


def _dates(database: sqlite3.Connection) -> dict[str, str]:
    """Return the day of every version by its number: numbers that were taken back are not reused.

    Versions that were taken back are not among them.
    """
    found = database.execute(
        "SELECT tags.version, tags.value FROM model_version_tags AS tags JOIN model_versions AS "
        "made ON tags.name = made.name AND tags.version = made.version "
        "WHERE tags.key = 'date' AND made.current_stage != 'Deleted_Internal'"
    )
    return {str(number): date for number, date in found}


def _tracked(database: sqlite3.Connection, dates: dict[str, str]) -> dict[str, Any]:
    """Return what the tracking store holds for results, and who is champion."""
    runs = database.execute(
        "SELECT run_uuid, experiments.name, runs.name, status, artifact_uri FROM runs "
        "JOIN experiments ON experiments.experiment_id = runs.experiment_id"
    ).fetchall()
    ended = {run[0]: (run[1], _numberless(run[2])) for run in runs if run[3] == "FINISHED"}
    metrics = database.execute("SELECT run_uuid, key, value FROM latest_metrics").fetchall()
    made = database.execute(
        "SELECT version, run_id FROM model_versions WHERE current_stage != 'Deleted_Internal'"
    ).fetchall()
    aliases = database.execute("SELECT alias, version FROM registered_model_aliases").fetchall()
    return {
        "open": [name for _, _, name, status, _ in runs if status == "RUNNING"],
        "results": Counter(ended.values()),
        "metrics": Counter(
            (*ended[run], key, value)
            for run, key, value in metrics
            if run in ended and not key.endswith(("second", "seconds"))
        ),
        "artifacts": Counter(
            (*ended[run], name)
            for run, _, _, _, uri in runs
            if run in ended
            for name in _files(Path(uri.removeprefix("file://")))
        ),
        "versions": Counter((dates[str(number)], ended.get(run)) for number, run in made),
        "aliases": {alias: dates[str(number)] for alias, number in aliases},
    }


def _numberless(name: str) -> str:
    """Return a run's name without the number of a version."""
    return re.sub(r"champion \d+", "champion", name)


def _files(root: Path) -> list[str]:
    """Return the names of a run's artifacts."""
    return [str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()]


def _named(path: Path, store: Path) -> str:
    """Return an output's file; an edition's name depends on when its decision was made."""
    stage, name, file = path.relative_to(store / "stages").parts
    if stage == "edition":
        name = json.loads((path.parent / "summary.json").read_bytes())["date"]
    return f"{stage}/{name}/{file}"


def _content(path: Path, dates: dict[str, str]) -> Any:
    """Return what a file holds, without times; pages tell how long training took."""
    if path.match("edition/*/about.json"):
        return None  # no more than its name
    if path.suffix == ".json":
        return _plain(json.loads(path.read_bytes()), dates)
    if path.name in ("history.parquet", "board.parquet"):
        return pd.read_parquet(path).drop(columns=TIMES, errors="ignore").to_json()
    content = path.read_bytes()
    if path.suffix == ".html":
        content = TAKEN.sub(b"", content)
    return hashlib.sha256(content).hexdigest()


def _plain(value: Any, dates: dict[str, str]) -> Any:
    """Return plain values without times and ids, and with dates in place of versions."""
    if isinstance(value, dict):
        return {
            key: dates.get(each, each) if key in VERSIONS else _plain(each, dates)
            for key, each in value.items()
            if key not in TIMES
        }
    return [_plain(each, dates) for each in value] if isinstance(value, list) else value
