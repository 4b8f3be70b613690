"""Several architectures on the same folds and seeds, ranked with tests and tracked."""
