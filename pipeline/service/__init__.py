"""Answers over HTTP: the analyst's questions as an API and as a page, read only."""
