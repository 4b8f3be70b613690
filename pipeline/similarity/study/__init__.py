"""Whether similarity can be believed, and what it goes with; labels are used for nothing else."""
