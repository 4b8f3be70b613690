"""What of a store is referenced, and must stay whatever its age."""

from __future__ import annotations

from collections.abc import Iterable
from graphlib import TopologicalSorter

from pipeline.errors import FirmamentError, StoreError
from pipeline.outputs import Json
from pipeline.registry.decisions import recorded, reign
from pipeline.registry.versions import CHALLENGER, CHAMPION, aliased, listed
from pipeline.run.registration import described
from pipeline.store import ANSWER, DAYS, EDITION, LATEST, PUBLISHED, RUNS, STUDIES, Store
from pipeline.tracking import existing

Output = tuple[str, str]
"""Stage and fingerprint."""
NETWORKS = "train"
"""The stage whose outputs outlive what they were made from."""


class Lineage:
    """Which outputs of a store were made from which.

    A network counts as made from nothing: once it is trained, nobody asks for the days that it
    was trained on.

    Parameters
    ----------
    store
        Whose outputs are all looked at.
    """

    def __init__(self, store: Store) -> None:
        self.outputs = set(store.outputs())
        self._places: dict[str, set[Output]] = {}
        for stage, fingerprint in self.outputs:
            self._places.setdefault(fingerprint, set()).add((stage, fingerprint))
        self.needs = {output: self._needs(store, output) for output in self.outputs}

    def above(self, outputs: Iterable[Output]) -> set[Output]:
        """Return outputs, those that are there, and all that they were made from."""
        found: set[Output] = set()
        waiting = list(self.outputs.intersection(outputs))
        while waiting:
            output = waiting.pop()
            if output not in found:
                found.add(output)
                waiting += self.needs[output]
        return found

    def below(self, output: Output) -> set[Output]:
        """Return all that was made from an output, which is among them, directly or not."""
        return {other for other in self.outputs if output in self.above([other])}

    def last_first(self) -> list[Output]:
        """Return all outputs, none of them before one that was made from it."""
        return list(TopologicalSorter(self.needs).static_order())[::-1]

    def _needs(self, store: Store, output: Output) -> set[Output]:
        """Return what an output says that it was made from; a damaged one says nothing."""
        if output[0] == NETWORKS:
            return set()
        try:
            noted = store.about(*output).get("needs", ())
        except StoreError:
            return set()
        if isinstance(noted, dict):
            return self.outputs.intersection(noted.items()) - {output}
        found = (self._places.get(fingerprint, set()) for fingerprint in noted)
        return set().union(*found) - {output}


def records(store: Store) -> dict[str, Json]:
    """Return all records of a store, by name.

    Raises
    ------
    StoreError
        If one of them is damaged.
    """
    folders = (RUNS, DAYS, STUDIES)
    names = [PUBLISHED, *(name for folder in folders for name in store.records(folder))]
    return {name: found for name in names if (found := store.kept(name)) is not None}


def named(record: Json) -> set[Output]:
    """Return the outputs that a record of a run, a day, a study or what is published names."""
    found = set(record.get("fingerprints", {}).items())
    for stage in (EDITION, ANSWER):
        if stage in record:
            found.add((stage, record[stage]))
    if "ingest" in record:
        found.add(("ingest", record["ingest"]["fingerprint"]))
    return found


def shown_to_analysts(known: dict[str, Json], lineage: Lineage) -> set[Output]:
    """Return what is published and what its day can be done again with, and the latest run.

    The networks that a day trained and compared are named by no record, but all that belongs to a
    day was made from its prices.
    """
    found = set().union(*(named(known.get(name, {})) for name in (PUBLISHED, LATEST)))
    prices = known.get(PUBLISHED, {}).get("fingerprints", {}).get("ingest")
    return found | (lineage.below(("ingest", prices)) if prices else set())


def networks(uri: str, outputs: Iterable[Output]) -> tuple[set[Output], list[str]]:
    """Return the networks that the registry may ask for, and what is to be said about them.

    They are those of champion and challenger, and of every version that a rollback may restore.
    Where the tracking store does not tell, they are all networks.
    """
    try:
        return _registered(uri), []
    except FirmamentError as error:
        all_of_them = {output for output in outputs if output[0] == NETWORKS}
        return all_of_them, [f"All networks stay, as it is unknown which are champions'. {error}"]


def _registered(uri: str) -> set[Output]:
    tracker = existing(uri)
    if tracker is None:
        raise StoreError(f"There is no tracking store at {uri}: give --tracking-uri of the runs.")
    made, unended = recorded(tracker)
    wanted = set(reign(made)).union(*((one.champion, one.challenger) for one in unended))
    for alias in (CHAMPION, CHALLENGER):
        version = aliased(tracker, alias)
        if version is not None:
            wanted.add(version.number)
    versions = [version for number, version in listed(tracker).items() if number in wanted]
    return {
        (NETWORKS, fingerprint)
        for version in versions
        for fingerprint in described(tracker, version).networks.values()
    }
