"""Whether the tracking store is sound: its schema, open runs, champion and challenger."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from pipeline.errors import FirmamentError, StoreError
from pipeline.maintenance.finding import FAULT, OK, WARNING, Finding
from pipeline.maintenance.references import NETWORKS, Output
from pipeline.registry.decisions import Decision, recorded, reign
from pipeline.registry.versions import CHALLENGER, CHAMPION, FORECASTER, Version, aliased
from pipeline.run.registration import described, fetch
from pipeline.settings.settings import Settings
from pipeline.store import Store, open_store
from pipeline.tracking import Tracker, check_content, database, existing
from pipeline.words import plural, shown


def tracked(settings: Settings, whole: set[Output]) -> list[Finding]:
    """Check the tracking store and its registry.

    Parameters
    ----------
    settings
        Of which `tracking_uri` says where.
    whole
        Outputs that the store has.
    """
    uri = settings.tracking_uri
    try:
        tracker, file = existing(uri), database(uri)
        if tracker is not None and file is not None:
            check_content(uri, file)
    except FirmamentError as error:
        return [Finding(FAULT, "tracking", str(error))]
    if tracker is None:
        sentence = f"There is no tracking store at {uri} yet: the first run makes it."
        return [Finding(OK, "tracking", sentence)]
    findings = [Finding(OK, "tracking", f"The tracking store {uri} answers; its schema fits.")]
    try:
        findings.append(_runs(tracker, open_store(settings.data_root, settings.mirror_root)))
        findings += _registry(tracker, whole)
    except StoreError as error:
        findings.append(Finding(FAULT, "tracking", str(error)))
    return findings


def _runs(tracker: Tracker, store: Store) -> Finding:
    """Look for runs that are open though no process of this machine works on them."""
    orphans = [run for run, claim in tracker.unended().items() if not store.held(claim)]
    if not orphans:
        return Finding(OK, "runs", "No run is open that nobody works on.")
    sentence = (
        f"{plural(len(orphans), 'run')} open that no process of this machine works on "
        f"({shown(orphans)}): the next run marks those that died here as killed; those of another "
        "machine or store that are dead can be deleted in `firmament ui`."
    )
    return Finding(WARNING, "runs", sentence)


def _registry(tracker: Tracker, whole: set[Output]) -> list[Finding]:
    """Check who is champion and challenger, and whether their networks can be had."""
    made, unended = recorded(tracker)
    findings = [_unfinished(decision) for decision in unended]
    champion, challenger = aliased(tracker, CHAMPION), aliased(tracker, CHALLENGER)
    if champion is not None:
        findings.append(_version(tracker, champion, CHAMPION, FAULT, whole))
    else:
        findings.append(_without(reign(made), unended))
    if challenger is not None and (champion is None or challenger.number != champion.number):
        findings.append(_version(tracker, challenger, CHALLENGER, WARNING, whole))
    return findings


def _unfinished(decision: Decision) -> Finding:
    sentence = (
        f"The decision of {decision.date} (version {decision.challenger} {decision.outcome}) was "
        "written down and not carried out: the next `firmament daily` does, or "
        "`firmament registry history`."
    )
    return Finding(WARNING, "decisions", sentence)


def _without(champions: list[str], unended: list[Decision]) -> Finding:
    """Say what it means that no version is champion."""
    if not champions or unended:
        sentence = "There is no champion yet: the first `firmament daily` makes one."
        return Finding(OK, CHAMPION, sentence)
    sentence = (
        f"No version of {FORECASTER} has the alias {CHAMPION}, though version {champions[-1]} was "
        f"made it: give that version the alias in `firmament ui`, or the next `firmament daily` "
        "makes its challenger champion."
    )
    return Finding(FAULT, CHAMPION, sentence)


def _version(
    tracker: Tracker, version: Version, alias: str, state: str, whole: set[Output]
) -> Finding:
    """Fetch a version's networks for a try; `state` is that of a version that cannot be used."""
    who = f"The {alias}, version {version.number}"
    mend = f"restore the artifacts of run {version.run_id} from a backup"
    if alias == CHAMPION:
        mend += ", or make the champion before it champion with `firmament registry rollback`"
    try:
        networks = described(tracker, version).networks
    except StoreError as error:
        return Finding(state, alias, f"{who}, does not say which networks it has: {mend}. {error}")
    lost = [
        (NETWORKS, fingerprint)
        for seed, fingerprint in networks.items()
        if not _fetched(tracker, version, seed, fingerprint)
    ]
    names = shown(["/".join(output) for output in lost])
    if not lost:
        text = f"{who}, is whole in the registry with {plural(len(networks), 'network')}."
        return Finding(OK, alias, text)
    if whole.issuperset(lost):
        text = f"{who}, has {names} in this store alone, and no more in the registry: {mend}."
        return Finding(WARNING, alias, text)
    text = f"{who}, has lost {names}, in the registry and in this store: {mend}."
    return Finding(state, alias, text)


def _fetched(tracker: Tracker, version: Version, seed: str, fingerprint: str) -> bool:
    """Tell whether the registry gives a network, whole."""
    with TemporaryDirectory() as folder:
        try:
            fetch(tracker, version, seed, fingerprint, Store(Path(folder) / "store"))
            return True
        except StoreError:
            return False
