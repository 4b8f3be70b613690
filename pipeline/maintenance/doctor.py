"""Everything that firmament needs and keeps, checked."""

from __future__ import annotations

from pipeline.errors import HealthError
from pipeline.maintenance.contents import contents
from pipeline.maintenance.environment import environment
from pipeline.maintenance.finding import FAULT, Finding
from pipeline.maintenance.tracked import tracked
from pipeline.settings.settings import Settings
from pipeline.watch import Watch
from pipeline.words import plural


def examine(settings: Settings, watch: Watch, mend: bool = False) -> list[Finding]:
    """Check the environment, the store and the tracking store.

    Nothing is changed, and no output counts as used by it.

    Parameters
    ----------
    settings
        A configuration that was read is sound.
    watch
        Told of outputs that were read, which may take minutes.
    mend
        Whether to remove damaged outputs and what dead processes left.

    Raises
    ------
    StoreError
        If something is to be mended while a run uses the store.
    """
    found = contents(settings, watch, mend)
    return [*environment(settings), *found.findings, *tracked(settings, found.whole)]


def confirm(findings: list[Finding]) -> None:
    """Raise the faults among findings as one error.

    Raises
    ------
    HealthError
        If there is one.
    """
    faults = [finding for finding in findings if finding.state == FAULT]
    if faults:
        where = ", ".join(dict.fromkeys(finding.check for finding in faults))
        was = "was" if len(faults) == 1 else "were"
        raise HealthError(
            f"{plural(len(faults), 'fault')} {was} found ({where}): the list on standard output "
            "says how to mend each."
        )
