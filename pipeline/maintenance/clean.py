"""Space is freed by age, and what is referenced stays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from pipeline.errors import InputError
from pipeline.maintenance.references import (
    Lineage,
    Output,
    named,
    networks,
    records,
    shown_to_analysts,
)
from pipeline.outputs import Json
from pipeline.run.unfinished import PREFIX
from pipeline.settings.settings import Settings
from pipeline.store import LATEST, PUBLISHED, Store, disk, open_store
from pipeline.watch import Watch

WITHIN = timedelta(days=1)
"""By so much the noted time of an output's last use may be behind; see `Store.used`."""


@dataclass(frozen=True)
class Cleaning:
    """What is taken out of a store."""

    outputs: Mapping[Output, int]
    """Their bytes, in the order in which they go: none before one that was made from it."""
    records: list[str]
    """Of runs and days that name what goes; they go first."""
    leftovers: list[str]
    """What dead processes left unfinished."""
    kept: int
    """How many outputs stay."""
    notes: list[str]
    """Sentences for whoever asked."""

    def by_stage(self) -> dict[str, Json]:
        """Return what goes, a stage each: `outputs` and `bytes`, the most bytes first."""
        stages: dict[str, Json] = {}
        for (stage, _), size in self.outputs.items():
            row = stages.setdefault(stage, {"outputs": 0, "bytes": 0})
            row["outputs"] += 1
            row["bytes"] += size
        return dict(sorted(stages.items(), key=lambda pair: -pair[1]["bytes"]))


def clean(settings: Settings, days: int, watch: Watch, dry: bool = False) -> Cleaning:
    """Remove the outputs that were not used for a number of days and that nothing references.

    Whatever its age there stays what is published, and all that was made of its day's prices; the
    latest run; the networks of champion, challenger and former champions; and what these, or
    outputs that were used since, were made from. A record of a run or a day goes with the first
    output that it names, and before it: no record ever names what this has removed.

    Parameters
    ----------
    settings
        Of which `data_root` and `tracking_uri` say where to look. Neither the sources' cache nor
        the tracking store is changed.
    days
        1 or more.
    watch
        Told of what is removed.
    dry
        Whether only to say what would go.

    Raises
    ------
    InputError
        If there is no store.
    StoreError
        If a run uses the store, or if a record is damaged: what it references is unknown.
    """
    store = open_store(settings.data_root, settings.mirror_root)
    if absent(store):
        raise InputError(f"There is no store at {store.address}: give --data-root of one.")
    with store.alone():
        cleaning = _plan(store, settings.tracking_uri, timedelta(days=days))
        if not dry:
            _carry_out(store, cleaning, watch)
    return cleaning


def absent(store: Store) -> bool:
    """Tell whether a store is a folder that is not there."""
    return store.address == str(store.root) and not disk.exists(store.root)


def leftovers(store: Store, removed: bool) -> list[str]:
    """Return, and maybe remove, what dead processes left; runs that they began are left alone.

    Those are to be marked as killed in their tracking store, by the next run.
    """
    found: list[str] = []

    def bury(claim: str, _: str) -> bool:
        mine = not claim.startswith(PREFIX)
        if mine:
            found.append(claim)
        return mine and removed

    store.sweep(bury)
    return found


def _plan(store: Store, uri: str, age: timedelta) -> Cleaning:
    """Decide what goes."""
    known, lineage = records(store), Lineage(store)
    since = datetime.now(UTC) - age - WITHIN
    young = {output for output in lineage.outputs if store.used(*output) >= since}
    registered, notes = networks(uri, lineage.outputs)
    stay = lineage.above(young | registered | shown_to_analysts(known, lineage))
    gone = [output for output in lineage.last_first() if output not in stay]
    there = lineage.outputs - set(gone)
    return Cleaning(
        outputs={output: store.size(*output) for output in gone},
        records=[name for name, record in known.items() if _obsolete(name, record, gone, there)],
        leftovers=leftovers(store, removed=False),
        kept=len(stay),
        notes=notes,
    )


def _obsolete(name: str, record: Json, gone: list[Output], there: set[Output]) -> bool:
    """Tell whether a record names what goes, or nothing that is there."""
    if name in (PUBLISHED, LATEST):
        return False
    names = named(record)
    return bool(names) and (not names.isdisjoint(gone) or names.isdisjoint(there))


def _carry_out(store: Store, cleaning: Cleaning, watch: Watch) -> None:
    """Remove what was decided, so that the store is whole whenever this process dies."""
    for name in cleaning.records:
        store.drop(name)
    for done, output in enumerate(cleaning.outputs, start=1):
        store.remove(*output)
        watch.step("outputs removed", done, len(cleaning.outputs))
    leftovers(store, removed=True)
