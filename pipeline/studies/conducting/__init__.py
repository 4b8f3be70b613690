"""Conducting a study: cells, answer, page, and what MLflow is told."""
