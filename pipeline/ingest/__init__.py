"""Prices as later stages may rely on them: dates chosen, faults found, each by a rule."""
