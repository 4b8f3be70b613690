"""Which firms move alike: running exposures → what networks read from them → peers."""

from typing import Any

__all__ = ["Peers"]


def __getattr__(name: str) -> Any:
    """Load what an analyst asks, which the stages that make it do not need."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from pipeline.similarity.asking.peers import Peers

    return Peers
