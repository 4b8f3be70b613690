"""What follows from the cells of a study, where that takes a file of its own."""
