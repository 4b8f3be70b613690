"""Fit one network on the panel, and run it over the days."""
