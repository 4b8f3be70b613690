"""The doctor finds what is wrong, says how to mend it, and mends what a run makes again."""

from __future__ import annotations

import shutil
from pathlib import Path

import command
import pytest
from flat import record as least
from maintenance.shelf import Shelf, outdated, register
from packaging.requirements import Requirement

from pipeline.errors import HealthError, StoreError
from pipeline.maintenance import environment
from pipeline.maintenance.doctor import confirm, examine
from pipeline.maintenance.environment import lacking
from pipeline.maintenance.finding import FAULT, OK, WARNING, Finding
from pipeline.registry import decisions
from pipeline.registry.decisions import Decision, log
from pipeline.registry.versions import CHALLENGER, CHAMPION, give_alias
from pipeline.tracking import CLAIM
from pipeline.watch import Silence


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    """A store with a run whose two outputs are whole."""
    made = Shelf(tmp_path)
    made.store.prepare()
    made.put("ingest", "prices")
    made.put("train", "network")
    facts = {"ingest": "prices", "train": "network"}
    made.store.record("a-run", {"run_id": "a-run", "fingerprints": facts})
    return made


def found(shelf: Shelf, mend: bool = False) -> dict[str, list[Finding]]:
    """What is found, by check."""
    checks: dict[str, list[Finding]] = {}
    for finding in examine(shelf.settings, Silence(), mend):
        checks.setdefault(finding.check, []).append(finding)
    return checks


def told(findings: list[Finding], state: str) -> str:
    """The one sentence of a state."""
    (finding,) = (finding for finding in findings if finding.state == state)
    return finding.sentence


def test_all_is_well_and_nothing_is_touched(shelf: Shelf) -> None:
    before = {path: path.stat().st_mtime_ns for path in shelf.folder.rglob("*/about.json")}
    findings = examine(shelf.settings, Silence())
    assert [finding for finding in findings if finding.state == FAULT] == []
    checks = [finding.check for finding in findings]
    assert [*dict.fromkeys(checks)] == [
        *("python", "packages", "backend", "space"),
        *("store", "outputs", "records", "answers", "claims", "tracking"),
    ]
    assert before == {path: path.stat().st_mtime_ns for path in before}
    assert not (shelf.folder / "mlruns").exists()
    confirm(findings)


def test_where_nothing_is_yet_nothing_is_made(tmp_path: Path) -> None:
    findings = found(Shelf(tmp_path))
    assert "no store at" in told(findings["store"], OK)
    assert "no tracking store at" in told(findings["tracking"], OK)
    assert not list(tmp_path.iterdir())


def test_a_place_that_cannot_be_a_store_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for root in (tmp_path / "file", tmp_path / "file" / "store"):
        settings = Shelf(tmp_path).settings.model_copy(update={"data_root": str(root)})
        (first,) = (one for one in examine(settings, Silence()) if one.check == "store")
        assert first.state == FAULT
        assert "--data-root" in first.sentence


def test_a_damaged_output_is_found_and_mended(shelf: Shelf) -> None:
    (shelf.store.folder("train", "network") / "facts.json").write_text('{"of": "networg"}')
    findings = found(shelf)
    said = told(findings["outputs"], FAULT)
    assert "train/network is damaged (facts.json has another size" in said
    assert "--mend" in said
    assert "lacks train/network" in told(findings["answers"], FAULT)
    with pytest.raises(HealthError, match=r"^2 faults were found \(outputs, answers\)"):
        confirm([finding for some in findings.values() for finding in some])
    assert shelf.there() == {"ingest/prices", "train/network"}
    mended = found(shelf, mend=True)
    assert "It was removed" in told(mended["outputs"], WARNING)
    assert "`firmament run` makes it again" in told(mended["answers"], FAULT)
    assert shelf.there() == {"ingest/prices"}
    shelf.put("train", "network")
    confirm(examine(shelf.settings, Silence()))


def test_a_store_in_use_is_looked_at_and_not_mended(shelf: Shelf) -> None:
    with shelf.store.shared():
        confirm(examine(shelf.settings, Silence()))
        with pytest.raises(StoreError, match="wait until it has ended"):
            examine(shelf.settings, Silence(), mend=True)


def test_records_that_are_damaged_or_name_what_is_gone_are_told(shelf: Shelf) -> None:
    shelf.store.keep("runs/b-run", least("runs/b-run", fingerprints={"embed": "gone"}))
    shelf.store.keep("days/2020-01-02", least("days/2020-01-02", fingerprint="gone"))
    said = told(found(shelf)["records"], WARNING)
    assert "2 records of 4 name outputs that are not there" in said
    assert "(runs/b-run, days/2020-01-02)" in said
    (shelf.store.root / "days" / "2020-01-02.json").write_text("{")
    findings = found(shelf)
    assert "days/2020-01-02.json is damaged: remove it" in told(findings["records"], FAULT)
    assert "1 record of 3" in told(findings["records"], WARNING)


def test_an_edition_that_is_not_whole_is_a_fault(shelf: Shelf) -> None:
    facts = least("published", run_id="daily", fingerprints={"ingest": "prices"})
    for name in ("published", "runs/daily"):
        shelf.store.keep(name, facts)
    shelf.store.keep("days/2020-01-02", least("days/2020-01-02"))
    said = [finding for finding in found(shelf)["answers"] if finding.state == FAULT]
    assert "edition of 2020-01-02 lacks edition/e: `firmament daily --date" in said[0].sentence
    shelf.put("edition", "e")
    assert [finding.state for finding in found(shelf)["answers"]] == [OK, OK]


def test_what_dead_processes_left_is_found_and_cleared_away(shelf: Shelf) -> None:
    tracker = command.tracker(shelf.folder)
    dead = tracker.start("planted", "dead", {}, {CLAIM: "run-dead"})
    tracker.start("planted", "alive", {}, {CLAIM: "run-alive"})
    shelf.store.claim("run-dead", shelf.uri).close()
    shelf.store.claim("run-elsewhere", "http://127.0.0.1:9").close()
    shelf.store.claim("draft-1").close()
    (shelf.store.root / "unfinished" / "draft-1").mkdir(parents=True, exist_ok=True)
    alive = shelf.store.claim("run-alive", shelf.uri)
    findings = found(shelf)
    said = told(findings["claims"], WARNING)
    assert "3 claims of dead processes (draft-1, run-dead, run-elsewhere) were left" in said
    assert f"1 run open that no process of this machine works on ({dead})" in told(
        findings["runs"], WARNING
    )
    mended = found(shelf, mend=True)
    assert "(run-elsewhere) wait for a run that is tracked" in told(mended["claims"], WARNING)
    assert mended["runs"][0].state == OK
    assert tracker.client.get_run(dead).info.status == "KILLED"
    assert not any((shelf.store.root / "unfinished").iterdir())
    shelf.store.release(alive)


def test_an_outdated_schema_says_how_to_mend_it(shelf: Shelf) -> None:
    outdated(shelf)
    said = told(found(shelf)["tracking"], FAULT)
    assert "`firmament daily --step upgrade`, which keeps a copy" in said


def test_a_file_that_is_no_database_is_told(shelf: Shelf) -> None:
    (shelf.folder / "mlruns").mkdir()
    (shelf.folder / "mlruns" / "mlflow.db").write_text("no database" * 100)
    assert "is no SQLite database" in told(found(shelf)["tracking"], FAULT)


def test_champion_and_challenger_are_tried(shelf: Shelf) -> None:
    tracker = command.tracker(shelf.folder)
    for networks in ({"0": "network", "1": "further"}, {"0": "other"}):
        number = register(shelf, networks)
        give_alias(tracker, CHAMPION if number == "1" else CHALLENGER, number)
    findings = found(shelf)
    assert "version 1, is whole in the registry with 2 networks" in told(findings[CHAMPION], OK)
    assert findings[CHALLENGER][0].state == OK

    def artifacts(part: str) -> list[Path]:
        return sorted((shelf.folder / "mlruns").rglob(f"trainings/{part}"))

    (first,) = (path for path in artifacts("0") if "network" in (path / "facts.json").read_text())
    (other,) = (path for path in artifacts("0") if path != first)
    (first / "facts.json").write_text('{"of": "networg"}')
    shutil.rmtree(other)
    findings = found(shelf)
    assert "has train/network in this store alone" in told(findings[CHAMPION], WARNING)
    assert "has lost train/other" in told(findings[CHALLENGER], WARNING)
    shelf.store.remove("train", "network")
    said = told(found(shelf)[CHAMPION], FAULT)
    assert "version 1, has lost train/network, in the registry and in this store" in said
    assert "firmament registry rollback" in said
    (first.parent / "about.json").unlink()
    assert "does not say which networks it has" in told(found(shelf)[CHAMPION], FAULT)


def test_a_decision_left_open_and_an_alias_that_is_gone_are_told(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    tracker = command.tracker(shelf.folder)
    assert "no champion yet" in told(found(shelf)[CHAMPION], OK)
    register(shelf, {"0": "network"})
    with monkeypatch.context() as patched:
        patched.setattr(decisions, "_carry_out", _die)
        with pytest.raises(KeyboardInterrupt):
            log(tracker, Decision("promoted", "2020-01-02", "1", "", "1", "A reason."))
    assert "2020-01-02 (version 1 promoted) was written down" in told(
        found(shelf)["decisions"], WARNING
    )
    decisions.settled(tracker)
    findings = found(shelf)
    assert "decisions" not in findings
    assert findings[CHAMPION][0].state == OK
    tracker.client.delete_registered_model_alias("firmament-forecaster", CHAMPION)
    assert "though version 1 was made it" in told(found(shelf)[CHAMPION], FAULT)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("numpy>=2", None),
        ("numpy>=99", "but firmament needs >=99"),
        ("no-such-package", "no-such-package is not installed"),
    ],
)
def test_packages_are_compared_with_what_is_asked_for(asked: str, said: str | None) -> None:
    answer = lacking(Requirement(asked))
    assert answer == said or (said is not None and answer is not None and said in answer)


def test_a_backend_that_is_not_there_and_a_disk_that_fills_are_told(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KERAS_BACKEND", "abacus")
    monkeypatch.setattr(environment, "LEAST", 1e9)
    findings = found(shelf)
    assert "abacus is not installed" in told(findings["backend"], FAULT)
    assert "less than 1e+09 GiB: `firmament clean" in told(findings["space"], WARNING)
    monkeypatch.setattr(environment, "NEED", 1e9)
    said = told(found(shelf)["space"], FAULT)
    assert "a run needs 1e+09 GiB: free some space, as `firmament clean" in said


def _die(*_: object) -> None:
    raise KeyboardInterrupt
