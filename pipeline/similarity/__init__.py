"""Which firms move alike."""
