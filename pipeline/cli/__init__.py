"""The command line: thin callers, one function a command."""

from pipeline.cli.entry import app, main

__all__ = ["app", "main"]
