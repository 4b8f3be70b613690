"""The toy study as one that asks about real growth."""

from dice import design

from pipeline.studies.study import Figure, Found

__all__ = ["design"]


def measure(_, windowed):
    """Count the firms."""
    return [{"firms": len(windowed.symbols)}]


def conclude(rows):
    """Tell them."""
    return Found("Firms.", [], rows, [Figure("firms", 20.0, 20.0, 20.0)])
