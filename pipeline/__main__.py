"""`python -m pipeline` is `firmament`."""

from pipeline.cli import main

main()
