"""Settings of a network and of its training that validate best, looked for trial by trial."""
