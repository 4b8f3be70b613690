"""Learning a task, or growth, from many first weights by a step that is compiled once."""
