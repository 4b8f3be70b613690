"""Experiments on recurrent networks themselves: a question each, answered in figures."""
