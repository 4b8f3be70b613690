"""Contests of optimisers: problems, searches without gradients, and trials."""
