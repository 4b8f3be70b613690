"""Many small networks at once: their passes, losses and steps, without a framework."""
