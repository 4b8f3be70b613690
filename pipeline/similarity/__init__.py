"""Which firms move alike: trajectories → similarities by blocks of days → peers."""

from pipeline.similarity.peers import Peers

__all__ = ["Peers"]
