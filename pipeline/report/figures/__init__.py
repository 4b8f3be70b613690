"""Figures of the report: plain functions from a stage's tables to plotly figures."""
