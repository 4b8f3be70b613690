"""What a reader of a page should know of its making, label → value."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pipeline.outputs import Grown, Ingested, Trained

if TYPE_CHECKING:
    from pipeline.settings.settings import Settings
    from pipeline.sources import Source


def run_facts(
    settings: Settings, source: Source, ingested: Ingested, grown: Grown, trained: Trained
) -> dict[str, str]:
    """Return what there is to know of one network."""
    return {
        **panel_facts(settings, source, ingested, grown),
        "Network": f"{settings.model.name}, {settings.model.units} units, "
        f"{trained.summary['parameters']:,} parameters",
        "Start": _start(trained),
        "Seed": str(settings.train.seed),
    }


def _start(trained: Trained) -> str:
    """Say what the network was trained from."""
    name = trained.summary.get("start", "fresh")
    pretrained = trained.summary.get("pretrained")
    return f"{name}: {pretrained}" if pretrained else str(name)


def panel_facts(
    settings: Settings, source: Source, ingested: Ingested, grown: Grown
) -> dict[str, str]:
    """Return what there is to know of the prices and of what networks see of them."""
    quality, basis = ingested.quality, grown.basis
    inputs = settings.window.inputs(grown.trading_told)
    return {
        "Source": source.describe,
        "Days": f"{quality['first']} to {quality['last']}",
        "Price": f"{basis['used']}, r_f = {basis['risk_free']:g}, Δt = 1/{basis['days_per_year']}",
        "Features": _shortened(inputs),
    }


def _shortened(names: Sequence[str], most: int = 4) -> str:
    """Return the first of a long list of names and how many more there are."""
    more = len(names) - most
    return ", ".join(names[:most]) + (f" and {more} more" if more > 0 else "")
