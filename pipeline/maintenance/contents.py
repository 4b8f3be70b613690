"""Whether a store is sound: every byte of every output, the records, and what dead runs left."""

from __future__ import annotations

import os
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

from pipeline.errors import StoreError
from pipeline.maintenance.clean import absent, leftovers
from pipeline.maintenance.finding import FAULT, OK, WARNING, Finding
from pipeline.maintenance.references import Output, named
from pipeline.outputs import Json
from pipeline.run.unfinished import sweep
from pipeline.settings.settings import Settings
from pipeline.store import DAYS, EDITION, LATEST, PUBLISHED, RUNS, STUDIES, Store, disk, open_store
from pipeline.tracking import existing
from pipeline.watch import Watch
from pipeline.words import plural, shown

MIB = 2**20
MEND = "`firmament doctor --mend`"
FOLDERS = ("stages", RUNS, DAYS, STUDIES, "claims", "unfinished", "cache", "tuning")
"""What is a folder in a store, where it is there."""


@dataclass(frozen=True)
class Contents:
    """What was found in a store."""

    findings: list[Finding]
    whole: set[Output]
    """Outputs that are there to the last byte."""


def contents(settings: Settings, watch: Watch, mend: bool) -> Contents:
    """Check a store; where asked to, remove what is damaged and what dead processes left.

    Raises
    ------
    StoreError
        If something is to be mended while a run uses the store.
    """
    store = open_store(settings.data_root, settings.mirror_root)
    if absent(store):
        return Contents([_absent(store)], set())
    used: AbstractContextManager[None] = nullcontext()
    try:
        store.prepare()
        findings = [Finding(OK, "store", f"The store {store.address} can be written.")]
        used = store.alone() if mend else store.shared()
    except StoreError as error:
        findings = [Finding(FAULT, "store", str(error))]
        mend = False
    whole: set[Output] = set()
    with used:
        try:
            whole, found = _outputs(store, watch, mend)
            findings += [*_misplaced(store), *found, *_records(store, whole)]
            findings += _claims(store, settings, watch, mend)
        except StoreError as error:
            findings.append(Finding(FAULT, "store", str(error)))
    return Contents(findings, whole)


def _absent(store: Store) -> Finding:
    """Say whether a store that is not there can be made."""
    above = next(parent for parent in store.root.parents if disk.exists(parent))
    if above.is_dir() and os.access(above, os.W_OK | os.X_OK) and not store.root.is_symlink():
        sentence = f"There is no store at {store.address} yet: the first run makes it."
        return Finding(OK, "store", sentence)
    sentence = (
        f"There is no store at {store.address}, and none can be made in {above}: choose another "
        "--data-root or mend its permissions."
    )
    return Finding(FAULT, "store", sentence)


def _misplaced(store: Store) -> list[Finding]:
    """Look for files where folders of the store are meant."""
    places = [*(store.root / name for name in FOLDERS), *store.root.glob("stages/*")]
    return [
        Finding(FAULT, "store", f"{place} is a file where a folder is meant: move it away.")
        for place in places
        if os.path.lexists(place) and not place.is_dir()
    ]


def _outputs(store: Store, watch: Watch, mend: bool) -> tuple[set[Output], list[Finding]]:
    """Read every output to its end; return those that are whole."""
    listed = list(store.outputs())
    whole: set[Output] = set()
    findings = []
    size = 0
    for done, output in enumerate(listed, start=1):
        damage = store.damage(*output)
        if damage is None:
            whole.add(output)
            size += store.size(*output)
        else:
            findings.append(_damaged(store, output, damage, mend))
        watch.step("outputs read", done, len(listed))
    sentence = f"{plural(len(whole), 'output')} of {size / MIB:.1f} MiB together are whole."
    return whole, [Finding(OK, "outputs", sentence), *findings]


def _damaged(store: Store, output: Output, damage: str, mend: bool) -> Finding:
    """Say that an output is damaged, and remove it if asked to."""
    what = f"The output {'/'.join(output)} is damaged ({damage})"
    if not mend:
        sentence = f"{what}: {MEND} removes it, and the next run makes it again."
        return Finding(FAULT, "outputs", sentence)
    store.remove(*output)
    return Finding(WARNING, "outputs", f"{what}. It was removed; the next run makes it again.")


def _records(store: Store, whole: set[Output]) -> list[Finding]:
    """Read the records, and see whether what they name is there."""
    known: dict[str, Json] = {}
    there, findings = set(), []
    folders = (RUNS, DAYS, STUDIES)
    for name in (PUBLISHED, *(name for folder in folders for name in store.records(folder))):
        try:
            record = store.kept(name)
        except StoreError as error:
            there.add(name)
            findings.append(Finding(FAULT, "records", str(error)))
            continue
        if record is not None:
            there.add(name)
            known[name] = record
    findings += _missing(store, known, there)
    last = (PUBLISHED, LATEST)
    partial = [name for name in known if name not in last and not named(known[name]) <= whole]
    if partial:
        sentence = (
            f"{plural(len(partial), 'record')} of {len(known)} name outputs that are not there or "
            f"not whole ({shown(partial)}): the same `firmament run`, `firmament daily` or "
            "`firmament study` makes them again."
        )
        findings.append(Finding(WARNING, "records", sentence))
    elif not findings:
        sentence = f"{plural(len(known), 'record')} can be read, and what they name is there."
        findings.append(Finding(OK, "records", sentence))
    return [*findings, *_asked_first(known, whole)]


def _missing(store: Store, known: dict[str, Json], there: set[str]) -> list[Finding]:
    """Look for records that were removed: others say that they have been there."""
    wanted: dict[str, str] = {}
    for name, record in known.items():
        if name.startswith(f"{RUNS}/"):
            published = EDITION in record
            wanted[PUBLISHED if published else LATEST] = "daily" if published else "run"
    if LATEST in known:
        wanted[f"{RUNS}/{known[LATEST]['run_id']}"] = "run"
    if PUBLISHED in known:
        again = f"daily --date {known[PUBLISHED]['date']}"
        wanted[f"{RUNS}/{known[PUBLISHED]['run_id']}"] = again
        wanted[f"{DAYS}/{known[PUBLISHED]['date']}"] = again
    return [
        Finding(
            FAULT,
            "records",
            f"The record {store.address}/{name}.json is missing: `firmament {command}` writes it "
            "again.",
        )
        for name, command in wanted.items()
        if name not in there
    ]


def _asked_first(known: dict[str, Json], whole: set[Output]) -> list[Finding]:
    """See whether what analysts are answered from is whole: what is published, the latest run."""
    findings = []
    if PUBLISHED in known:
        day = known[PUBLISHED].get("date")
        again = f"`firmament daily --date {day}`"
        findings.append(_answers(known[PUBLISHED], whole, f"published edition of {day}", again))
    if LATEST in known:
        run = f"latest run, {known[LATEST].get('run_id')},"
        findings.append(_answers(known[LATEST], whole, run, "`firmament run`"))
    return findings


def _answers(record: Json, whole: set[Output], what: str, again: str) -> Finding:
    lacking = sorted("/".join(output) for output in named(record) - whole)
    if not lacking:
        return Finding(OK, "answers", f"The {what} is whole.")
    sentence = f"The {what} lacks {shown(lacking)}: {again} makes it again."
    return Finding(FAULT, "answers", sentence)


def _claims(store: Store, settings: Settings, watch: Watch, mend: bool) -> list[Finding]:
    """Look for what dead processes left, and clear it away if asked to."""
    left = _dead(store)
    if not left:
        return [Finding(OK, "claims", "No dead process has left anything behind.")]
    if mend:
        _bury(store, settings, watch)
        cleared = len(left) - len(_dead(store))
        left = _dead(store)
    what = f"{plural(len(left), 'claim')} of dead processes ({shown(left)})"
    if not mend:
        sentence = f"{what} were left behind: the next run or {MEND} clears them away."
    elif left:
        sentence = f"{what} wait for a run that is tracked where theirs were."
    else:
        sentence = f"What dead processes had left was cleared away ({cleared})."
    return [Finding(WARNING, "claims", sentence)]


def _dead(store: Store) -> list[str]:
    """Return the claims whose holders are dead; they stay."""
    found: list[str] = []

    def look(claim: str, _: str) -> bool:
        found.append(claim)
        return False

    store.sweep(look)
    return found


def _bury(store: Store, settings: Settings, watch: Watch) -> None:
    """Clear away what dead processes left, and end their runs if the tracking store answers."""
    try:
        tracker = existing(settings.tracking_uri)
    except StoreError:
        tracker = None
    if tracker is None:
        leftovers(store, removed=True)
    else:
        sweep(store, tracker, watch)
