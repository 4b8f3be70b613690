"""Which firms move alike: trajectories → similarities by blocks of days → peers."""
